"""What was not understood is kept without the person, with what she then chose; what is private is not kept at all."""

from __future__ import annotations

import pytest

from bot.content.minds import ContentMinds
from db.tables import Unanswered
from db.types import ChannelName
from nlu.port import Decision, SafetyLevel
from tests.line.house import House, shipped
from tests.line.phones import Phone
from tests.line.school import FATMA
from tests.turn.scene import Script, scripted

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]
UNCLEAR = "Elif'in dingesi nerede, 2B, bel mij op 06 12345678"
MASKED = "… dingesi nerede, 2B, bel mij op …"
OFFERED = ("ask_grades", "ask_exams", "ask_timetable")
VAGUE = scripted(OFFERED[0], decision=Decision.OFFER, language="tr", others=OFFERED[1:])


def heard_by(house: House, script: Script) -> Phone:
    """Fatma, whose child is Elif, and an engine that understands what is written down for it."""
    house.line.minds = ContentMinds(house.line.database, shipped(), lambda: script)
    house.worker = house.line.worker()
    return Phone(house, "whatsapp", FATMA[ChannelName.WHATSAPP])


async def kept(house: House) -> list[tuple[str, str, list[str], str, str | None]]:
    rows = await house.rows(Unanswered)
    return [(row.text, row.language, row.offered, row.decision, row.chosen) for row in rows]


async def test_an_offer_is_kept_with_what_she_chose(house: House) -> None:
    """Her words without names and numbers, the guesses, and her first choice; the choice itself is no new row."""
    fatma = heard_by(house, Script({UNCLEAR: VAGUE}))
    said = await fatma.says(UNCLEAR)
    before = await kept(house)
    await fatma.says("2")
    await fatma.says("1")
    assert [row.response for row in said][-1] == "utter_not_understood"
    assert before == [(MASKED, "tr", list(OFFERED), "offer", None)]
    assert await kept(house) == [(MASKED, "tr", list(OFFERED), "offer", "ask_exams")]


@pytest.mark.parametrize("words", ["4", "mens"])
async def test_a_person_may_be_chosen(house: House, words: str) -> None:
    """By the last choice, or by the word that works everywhere."""
    fatma = heard_by(house, Script({UNCLEAR: VAGUE}))
    await fatma.says(UNCLEAR)
    await fatma.says(words)
    assert [row[-1] for row in await kept(house)] == ["person"]


async def test_what_went_to_a_person_is_kept_with_the_guesses(house: House) -> None:
    """Nothing was offered: the administrator still sees what the line took it for."""
    nothing = scripted("ask_grades", decision=Decision.PERSON, others=("out_of_scope", "greet"))
    fatma = heard_by(house, Script({"waar is het ding": nothing}))
    await fatma.says("waar is het ding")
    assert [row[2:] for row in await kept(house)] == [(["ask_grades"], "person", None)]


async def test_nothing_points_back_to_her(house: House) -> None:
    """No conversation, no address, no guardian: the row could be anybody's."""
    fatma = heard_by(house, Script({UNCLEAR: VAGUE}))
    await fatma.says(UNCLEAR)
    (row,) = await house.rows(Unanswered)
    named = {
        "id",
        "school_id",
        "language",
        "text",
        "offered",
        "decision",
        "chosen",
        "at",
        "settled_at",
        "settled_by_id",
    }
    assert {column.name for column in Unanswered.__table__.columns} == named
    assert "Elif" not in row.text


async def test_danger_is_never_kept(house: House) -> None:
    """Not what speaks of it, and not what she writes while it is open."""
    script = Script({"dus": VAGUE}, danger={"hij staat op het dak": SafetyLevel.PERHAPS})
    fatma = heard_by(house, script)
    said = await fatma.says("hij staat op het dak")
    await fatma.says("dus")
    assert [row.response for row in said] == ["utter_danger_perhaps"]
    assert await kept(house) == []


async def test_an_answer_to_a_flow_is_never_kept(house: House) -> None:
    """What she tells the school in a conversation is for the person it goes to."""
    script = Script({"ziek melden": scripted("report_absence", language="nl")})
    fatma = heard_by(house, script)
    await fatma.says("ziek melden")
    for words in ("zij heeft iets", "iets heel anders"):
        await fatma.says(words)
    assert len(await house.said_to(ChannelName.WHATSAPP, FATMA[ChannelName.WHATSAPP])) >= 3
    assert await kept(house) == []
