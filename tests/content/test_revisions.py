"""A school's own edits: drafted, compared, published, seen by every process, and taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.answers import Readiness, answers
from bot.content.minds import ContentMinds
from bot.content.revisions import Change, Revisions, history
from bot.content.shipped import Shipped
from bot.core.clock import TestClock
from bot.errors import Refusal
from bot.turn.types import Say
from bot.turn.types import School as SchoolSeen
from db.engine import Database
from db.tables import School
from db.types import ChannelName
from tests.content.conftest import DUTCH
from tests.content.test_phrases import PROMISE, Deaf

T = TypeVar("T")
pytestmark = pytest.mark.asyncio
PASSED = "utter_passed/0"
NEW = "Het bericht ligt bij {person_name}; vóór {promise} uur hoort u iets."


class Desk:
    """An administrator's desk: the verbs, each in its own transaction."""

    def __init__(self, database: Database, shipped: Shipped, clock: TestClock, school_id: int) -> None:
        self.database, self.school_id = database, school_id
        self.verbs = Revisions(shipped, clock)
        self.minds = ContentMinds(database, shipped, Deaf)

    async def edit(self, text: str, language: str = "nl", context: str = PASSED, *, same_meaning: bool = False) -> None:
        await self._write(
            lambda s: self.verbs.edit(s, self.school_id, None, context, language, text, same_meaning=same_meaning)
        )

    async def publish(self) -> int:
        return await self._write(lambda s: self.verbs.publish(s, self.school_id, None, "a note"))

    async def roll_back(self, number: int) -> int:
        return await self._write(lambda s: self.verbs.roll_back(s, self.school_id, None, number))

    async def discard(self) -> None:
        await self._write(lambda s: self.verbs.discard(s, self.school_id))

    async def difference(self) -> tuple[Change, ...]:
        async with self.database.read() as session:
            return await self.verbs.difference(session, self.school_id)

    async def numbers(self) -> list[tuple[int, int | None, bool]]:
        async with self.database.read() as session:
            return [(p.number, p.rolled_back_to, p.current) for p in await history(session, self.school_id)]

    async def _write(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        return await self.database.write(work)


@pytest_asyncio.fixture
async def desk(database: Database, small: Shipped, clock: TestClock) -> Desk:
    """A school without edits."""

    async def open_school(session: AsyncSession) -> int:
        made = School(name="Voorbeeldcollege")
        session.add(made)
        await session.flush()
        return made.id

    return Desk(database, small, clock, await database.write(open_school))


async def said(minds: ContentMinds, desk: Desk, school: SchoolSeen, language: str = "nl") -> str:
    mind = await minds.of(desk.school_id)
    say = Say("utter_passed", {"person_name": "Bo", "promise": PROMISE})
    return mind.words(say, language=language, channel=ChannelName.WEB, school=school, menu=1).texts[0]


async def test_a_draft_is_seen_by_nobody_but_its_preview(desk: Desk, school: SchoolSeen) -> None:
    """Parents read what is published."""
    await desk.edit(NEW)
    preview = await desk.minds.preview(desk.school_id)
    assert (await said(desk.minds, desk, school)).startswith("Uw bericht is nu bij Bo.")
    assert preview.phrases.dutch(PASSED) == NEW


async def test_publishing_is_seen_by_another_process(desk: Desk, school: SchoolSeen, small: Shipped) -> None:
    """Another instance on the same database says it at its next turn."""
    other = ContentMinds(desk.database, small, Deaf)
    before = await said(other, desk, school)
    await desk.edit(NEW)
    number = await desk.publish()
    assert number == (await other.of(desk.school_id)).revision == 1
    assert [before[:14], (await said(other, desk, school))[:14]] == ["Uw bericht is ", "Het bericht li"]


async def test_a_mind_is_kept_until_something_is_published(desk: Desk) -> None:
    """The same revision is the same mind."""
    first = await desk.minds.of(desk.school_id)
    await desk.edit(NEW)
    again = await desk.minds.of(desk.school_id)
    await desk.publish()
    assert first is again
    assert await desk.minds.of(desk.school_id) is not first


async def test_changed_dutch_waits_for_the_other_languages(desk: Desk, school: SchoolSeen) -> None:
    """Another meaning makes translations stale; the school's own translation of it is fresh."""
    await desk.edit(NEW)
    await desk.publish()
    stale = await said(desk.minds, desk, school, "tr")
    await desk.edit("Mesaj {person_name}: {promise}.", "tr")
    await desk.publish()
    assert stale.startswith("Bu yalnızca Hollandaca.")
    assert (await said(desk.minds, desk, school, "tr")) == "Mesaj Bo: 26 Kasım Perşembe 12:00."


async def test_the_same_meaning_keeps_the_other_languages(desk: Desk, school: SchoolSeen) -> None:
    """A comma costs no translator's time, and the sentence is as read or unread as it was."""
    before = await said(desk.minds, desk, school, "tr")
    await desk.edit(NEW, same_meaning=True)
    await desk.publish()
    row = next(row for row in answers((await desk.minds.of(desk.school_id)).phrases) if row.entry == "utter_passed")
    assert (await said(desk.minds, desk, school, "tr"), row.text) == (before, NEW)
    assert row.languages == {"nl": Readiness.READY, "tr": Readiness.UNREAD, "ar": Readiness.UNREAD}


async def test_the_difference_is_what_parents_will_see(desk: Desk) -> None:
    """Only real changes, in every language; writing the shipped text again takes the edit away."""
    await desk.edit(NEW, same_meaning=True)
    same = await desk.difference()
    await desk.edit(DUTCH["passed"], same_meaning=True)
    back = await desk.difference()
    await desk.edit(NEW)
    other = [(change.language, change.ready) for change in await desk.difference()]
    assert same == (Change(PASSED, "nl", DUTCH["passed"], NEW, ready=True),)
    assert back == ()
    assert other == [("nl", True), ("tr", False), ("ar", False)]


async def test_a_translation_that_still_holds_can_be_confirmed(desk: Desk, school: SchoolSeen) -> None:
    """Saving the same words again for changed Dutch is a change: parents get them from then on."""
    before = await said(desk.minds, desk, school, "tr")
    await desk.edit(NEW)
    await desk.publish()
    preview = await desk.minds.preview(desk.school_id)
    stale = preview.phrases.sentence(PASSED, "tr")
    assert stale is not None
    await desk.edit(stale.text, "tr")
    assert [(change.language, change.ready) for change in await desk.difference()] == [("tr", True)]
    await desk.publish()
    assert await said(desk.minds, desk, school, "tr") == before


async def test_going_back_is_a_new_publication(desk: Desk, school: SchoolSeen) -> None:
    """Numbers only rise, and 0 is what is shipped."""
    for text in (NEW, NEW.replace("Het", "Uw")):
        await desk.edit(text)
        await desk.publish()
    assert await desk.roll_back(1) == 3
    first = await said(desk.minds, desk, school)
    assert await desk.roll_back(0) == 4
    assert (first[:14], (await said(desk.minds, desk, school))[:14]) == ("Het bericht li", "Uw bericht is ")
    assert await desk.numbers() == [(4, 0, True), (3, 1, False), (2, None, False), (1, None, False)]


async def test_what_cannot_be_done_is_refused(desk: Desk) -> None:
    """An empty draft is not published, an open one not stepped over, an unknown number not gone back to."""
    with pytest.raises(Refusal, match="nothing to publish"):
        await desk.publish()
    with pytest.raises(Refusal, match="no publication"):
        await desk.roll_back(5)
    with pytest.raises(Refusal, match="read now"):
        await desk.roll_back(0)
    await desk.edit(NEW)
    with pytest.raises(Refusal, match="open draft"):
        await desk.roll_back(0)
    await desk.discard()
    assert (await desk.difference(), await desk.numbers()) == ((), [])


@pytest.mark.parametrize(
    ("context", "language", "text", "why"),
    [
        (PASSED, "nl", " ", "empty"),
        (PASSED, "xx", "Dag", "language"),
        ("utter_nothing/0", "nl", "Dag", "does not exist"),
        (PASSED, "tr", "Merhaba {person_name}", "the same as in the Dutch"),
        (PASSED, "nl", "Dag {nobody}", "no fact"),
        (PASSED, "nl", "Dag {person_name", "other half"),
        (PASSED, "nl", "Dag \u202e{person_name}", "other half"),
        (PASSED, "nl", "x" * 1001, "too long"),
        ("utter_title_yes/0", "tr", "x" * 21, "20 characters"),
        ("utter_hours/0/b0", "nl", "x" * 21, "20 characters"),
    ],
)
async def test_a_bad_sentence_is_refused(desk: Desk, context: str, language: str, text: str, why: str) -> None:
    """The refusal says what to mend, and nothing is kept."""
    with pytest.raises(Refusal, match=why):
        await desk.edit(text, language, context)
    assert await desk.difference() == ()


async def test_the_same_meaning_needs_the_same_blanks(desk: Desk) -> None:
    """Translations have other blanks then; as another meaning it is taken."""
    with pytest.raises(Refusal, match="translated again"):
        await desk.edit("Bel {school_phone}.", same_meaning=True)
    await desk.edit("Bel {school_phone}.")
    assert [change.ready for change in await desk.difference()] == [True, False, False]


async def test_edits_at_the_same_moment_are_both_kept(desk: Desk) -> None:
    """Two administrators begin one draft; of two edits of one sentence one stays, whole."""
    await asyncio.gather(
        desk.edit("ja!", context="utter_title_yes/0"),
        desk.edit("nee!", context="utter_title_no/0"),
        desk.edit("Kort!", context="utter_short/1"),
        desk.edit("Korter!", context="utter_short/1"),
    )
    found = {change.context: change.after for change in await desk.difference() if change.language == "nl"}
    assert found.pop("utter_short/1") in {"Kort!", "Korter!"}
    assert found == {"utter_title_yes/0": "ja!", "utter_title_no/0": "nee!"}


async def test_a_publication_rings(desk: Desk) -> None:
    """Pages that show the content look again."""
    listener = desk.database.bell.listen("content")
    await desk.edit(NEW)
    await desk.publish()
    assert await listener.wait(5)
