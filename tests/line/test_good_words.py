"""A good word over the real line: it leaves in school hours, and her answer comes to the mentor who said it."""

from __future__ import annotations

import pytest

from bot.staff.good_words import Hearer, Sent, send
from db.queries.staff import Me
from db.tables import Case
from db.types import CaseState, OutboxState, Rights
from tests.line.house import House
from tests.line.phones import phone
from tests.line.school import FATMA, NAME

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]


async def says(house: House, token: str) -> Sent:
    """The mentor, about Elif, to her mother."""
    place, line = house.place, house.line
    me = Me(place.staff["mentor"], place.school_id, "mevrouw De Wit", False, (), NAME, "Europe/Amsterdam", "")
    hers = Hearer(place.guardians["Fatma"], place.pupils["Elif"], "Elif", "2B", Rights.FULL, "tr")
    async with line.database.read() as session:
        view = await line.scenes.view(session, place.school_id)
    mind = await line.minds.of(place.school_id)
    return await line.database.write(
        lambda s: send(
            s,
            me,
            [hers],
            "utter_staff_phrase_good_news",
            token=token,
            mind=mind,
            view=view,
            now=house.clock.now(),
        )
    )


async def test_her_answer_comes_to_the_mentor(house: House) -> None:
    """Whatever she writes next belongs to the mentor's case, which is open again."""
    async with phone(house, "telegram polling", FATMA) as fatma:
        await fatma.says("merhaba")
        await says(house, "token-of-a-form")
        await house.settle()
        heard = await fatma.heard()
        assert [row.response for row in heard] == ["utter_staff_phrase_good_news"]
        await fatma.says("Çok sevindim, evde de çok çalışıyor")
    (case,) = await house.rows(Case)
    assert (case.assignee_id, case.state, case.pupil_id) == (
        house.place.staff["mentor"],
        CaseState.OPEN,
        house.place.pupils["Elif"],
    )


async def test_it_waits_for_the_morning_and_stop_takes_it_back(house: House) -> None:
    """Said at night it leaves when the school opens; after STOP never."""
    async with phone(house, "sms", FATMA) as fatma:
        await fatma.says("merhaba")
        house.clock.move(hours=14)
        first = await says(house, "token-of-a-form")
        await house.settle()
        assert first.opens is not None
        assert [row.state for row in await fatma.heard()] == [OutboxState.WAITING]
        await fatma.says("STOP")
        house.clock.move(hours=12)
        await house.settle()
        assert [entry for entry in fatma.brought() if "okulda iyi" in entry.get("body", "")] == []
