"""What is kept long enough is emptied, what is held about somebody can be shown, and can be forgotten."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import TestClock
from bot.errors import Refusal
from bot.people.codes import hash_code
from bot.people.forgetting import erase_conversation, erase_guardian, erase_pupil, personal
from bot.people.held import export_conversation, export_guardian, export_pupil, references
from bot.people.keeping import BATCH, PREFIX, WHEN, Counts, kept, keyed_hash, purge
from db.base import MESSAGE_DAYS
from db.engine import Database
from db.queries.door import guardian_of_address, guardian_of_code
from db.tables import (
    Address,
    Base,
    BindCode,
    Binding,
    Broadcast,
    BroadcastRecipient,
    Case,
    CaseEvent,
    CaseNote,
    Conversation,
    Guardian,
    Guardianship,
    Inbox,
    Media,
    Outbox,
    PeopleImport,
    Pupil,
    SettingChange,
    Staff,
    Timer,
    Unanswered,
)
from db.tables.media import MEDIA_DAYS
from db.types import InboxState, MediaState, OutboxState, Role, Sensitivity
from tests.conftest import NOW
from tests.core.world import World, make_world

pytestmark = pytest.mark.timeout(60)
SECRET = "secret"
HERS, OTHERS, SHARED = "+31600000001", "+31600000002", "+31600000003"
NOT_OF_PARENTS = {
    "broadcast": "the school's own words to many",
    "calendar_event": "the school's own calendar",
    "calendar_source": "the school's own calendar",
    "people_import": "a file that waits a day for somebody's yes, and is emptied then",
    "school_fact": "the school's own facts",
    "setting_change": "of staff, and the school's own facts",
    "staff": "people at work, whom the school's administrators add and take away",
    "staff_absence": "of staff",
    "staff_login": "of staff",
    "unanswered": "kept without the person",
}
TABLES = Base.metadata.sorted_tables


def test_every_table_with_days_has_a_moment() -> None:
    """Or its columns would never be emptied."""
    named = {table.name for table, _, _ in kept()}
    assert (len(named) >= 8, named) == (True, set(WHEN))


def test_every_table_with_personal_data_is_exported() -> None:
    """Following the references from a conversation, a guardian and a pupil reaches it; or it is named, with a reason."""
    reached = {"conversation", "address", "guardian", "pupil"}
    for table in TABLES:
        if any(target in reached for _, target in references(table)):
            reached.add(table.name)
    held = {table.name for table in TABLES if personal(table)}
    assert (len(held) >= 12, held - reached) == (True, set(NOT_OF_PARENTS))


@dataclass
class Family:
    """Two guardians of a pupil, each with a phone, and a phone that both use."""

    world: World
    school: int
    guardian: int
    other: int
    pupil: int
    case: int

    async def do(self, work: Any, *given: Any) -> Any:
        """One of the functions that write."""
        bound = partial(work, school_id=self.school, now=self.world.clock.now(), secret=SECRET)
        names = ("conversation_id", "guardian_id", "pupil_id")
        key = next((name for name in names if work.__name__.endswith(name.removesuffix("_id"))), "")
        return await self.world.database.write(lambda s: bound(s, **({key: given[0]} if given else {})))

    async def purge(self) -> Counts:
        """One round."""
        counts: Counts = await self.do(purge)
        return counts

    async def export(self, work: Any, row: int) -> dict[str, Any]:
        """As JSON, and back."""
        async with self.world.database.read() as session:
            told: dict[str, Any] = json.loads(json.dumps(await work(session, self.school, row)))
        return told


async def conversation_on(session: AsyncSession, number: str) -> Conversation:
    query = select(Conversation).join(Address, Address.id == Conversation.address_id)
    return (await session.execute(query.where(Address.external_id == number))).scalar_one()


@pytest_asyncio.fixture
async def family(database: Database, clock: TestClock) -> Family:
    """Everybody wrote, and was answered; the guardian has a case about the pupil."""
    world = await make_world(database, clock)
    for number, text in ((HERS, "mine"), (OTHERS, "theirs"), (SHARED, "shared")):
        await world.write(text, who=number, number=f"SM{text[0]}")
    await world.worker.drain()
    school = world.account.school_id

    async def fill(session: AsyncSession) -> Family:
        pupil = Pupil(
            school_id=school, number="p1", given_name="Noor", family_name="Jansen", birthday=dt.date(2013, 5, 1)
        )
        guardian = Guardian(school_id=school, number="g1", given_name="Fatma", family_name="Jansen", language="tr")
        other = Guardian(school_id=school, number="g2", given_name="Piet", family_name="Jansen")
        session.add_all([pupil, guardian, other])
        await session.flush()
        session.add_all(
            [
                Guardianship(school_id=school, guardian_id=g.id, pupil_id=pupil.id, relation="parent")
                for g in (guardian, other)
            ]
        )
        session.add(
            BindCode(
                school_id=school,
                guardian_id=guardian.id,
                code_hash=hash_code("OL-AAAA-BBBB", SECRET),
                expires_at=NOW + dt.timedelta(days=99),
            )
        )
        for number, people in ((HERS, [guardian]), (OTHERS, [other]), (SHARED, [guardian, other])):
            conversation = await conversation_on(session, number)
            conversation.memory = {"name": "Noor"}
            for person in people:
                session.add(
                    Binding(
                        school_id=school,
                        address_id=conversation.address_id,
                        guardian_id=person.id,
                        proof="code",
                        bound_at=NOW,
                    )
                )
        conversation = await conversation_on(session, HERS)
        (await session.get_one(Address, conversation.address_id)).known_guardian_id = guardian.id
        case = Case(
            school_id=school,
            conversation_id=conversation.id,
            topic="question",
            sensitivity=Sensitivity.OPEN,
            guardian_id=guardian.id,
            pupil_id=pupil.id,
            role=Role.MENTOR,
            summary={"message": "mine"},
            why={"by": "x"},
            reason="human",
            opened_at=NOW,
            closed_at=NOW,
        )
        session.add(case)
        await session.flush()
        session.add(CaseEvent(school_id=school, case_id=case.id, kind="note", note="about Noor", at=NOW))
        writer = Staff(school_id=school, given_name="", family_name="", email="")
        session.add(writer)
        await session.flush()
        session.add(CaseNote(school_id=school, case_id=case.id, staff_id=writer.id, text="about Noor", at=NOW))
        message = (await session.execute(select(Inbox).where(Inbox.conversation_id == conversation.id))).scalar_one()
        message.case_id = case.id
        session.add(
            Media(
                school_id=school,
                inbox_id=message.id,
                position=0,
                data=b"OggS",
                state=MediaState.KEPT,
                not_before=NOW,
            )
        )
        session.add(Timer(school_id=school, conversation_id=conversation.id, kind="x", payload={"a": "b"}, due_at=NOW))
        session.add(Unanswered(school_id=school, language="nl", text="mine", offered=["a"], at=NOW))
        chief = Staff(school_id=school, given_name="Ans", family_name="Bos", email="ans@x.example")
        session.add(chief)
        await session.flush()
        changed = {"facts/school_phone": ["030 1", "030 2"]}
        session.add(SettingChange(school_id=school, staff_id=chief.id, at=NOW, what="facts", items=changed))
        later = NOW + dt.timedelta(days=60)  # its one day is not what these tests are about
        session.add(PeopleImport(school_id=school, staff_id=chief.id, at=later, file=b"1;Elif", file_name="elif.csv"))
        told = Broadcast(school_id=school, texts={"nl": "dicht"}, until=NOW, made_by=chief.id, made_at=NOW)
        session.add(told)
        await session.flush()
        session.add(BroadcastRecipient(school_id=school, broadcast_id=told.id, guardian_id=guardian.id))
        return Family(world, school, guardian.id, other.id, pupil.id, case.id)

    return await database.write(fill)


async def inbox_texts(family: Family) -> list[str]:
    return [row.text for row in await family.world.rows(Inbox)]


@pytest.mark.asyncio
async def test_before_its_days_nothing_is_emptied(family: Family) -> None:
    """Sound and pictures go first; the words beside them stay their year."""
    family.world.clock.move(days=MEDIA_DAYS - 1)
    assert await family.purge() == {}
    family.world.clock.move(days=2)
    assert await family.purge() == {"media": 1}
    assert await inbox_texts(family) == ["mine", "theirs", "shared"]


@pytest.mark.asyncio
async def test_after_its_days_every_column_is_empty(family: Family) -> None:
    """Rows, states and numbers stay; a second round finds nothing; keys are hashes that are still unique."""
    before = await count(family.world.database)
    family.world.clock.move(days=MESSAGE_DAYS + 1)
    counts = await family.purge()
    assert set(counts) == set(WHEN)
    assert (await family.purge(), await count(family.world.database)) == ({}, before)
    for table, _, columns in kept():
        async with family.world.database.read() as session:
            rows = (await session.execute(select(*columns))).all() if columns else []
        assert all(value in ("", None, {}, []) for row in rows for value in row), table.name
    keys = {row.provider_id for row in await family.world.rows(Inbox)}
    assert (len(keys), {key[: len(PREFIX)] for key in keys}) == (3, {PREFIX})
    assert all(row.key.startswith(PREFIX) for row in await family.world.rows(Outbox))
    assert [row.offered for row in await family.world.rows(Unanswered)] == [["a"]]
    assert [row.given_name for row in await family.world.rows(Pupil)] == ["Noor"]


async def count(database: Database) -> list[int]:
    async with database.read() as session:
        return [await session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES]


@pytest.mark.asyncio
async def test_what_is_emptied_does_not_leave(family: Family) -> None:
    """A held message and an unanswered one of a year ago end: an empty text is neither sent nor answered."""
    await family.world.change((await family.world.rows(Outbox))[0].id, state=OutboxState.HELD)
    await family.world.write("open")
    family.world.clock.move(days=MESSAGE_DAYS + 1)
    await family.purge()
    sent = len(family.world.provider.accepted)
    await family.world.worker.drain()
    assert {row.state for row in await family.world.rows(Inbox)} == {InboxState.DONE}
    assert (await family.world.states())[0] is OutboxState.CANCELLED
    assert len(family.world.provider.accepted) == sent


@pytest.mark.asyncio
async def test_another_school_and_an_open_case_are_left_alone(family: Family) -> None:
    """A case is in a person's hands until it is closed."""
    async with family.world.database.read() as session:
        await session.get_one(Case, family.case)
    await family.world.database.write(lambda s: s.execute(update(Case).values(closed_at=None)))
    family.world.clock.move(days=MESSAGE_DAYS + 1)
    now = family.world.clock.now()
    assert await family.world.database.write(lambda s: purge(s, 999, now=now, secret=SECRET)) == {}
    await family.purge()
    assert [row.summary for row in await family.world.rows(Case)] == [{"message": "mine"}]


@pytest.mark.asyncio
async def test_a_large_purge_goes_in_pieces(family: Family) -> None:
    """Each round takes some rows, so that messages need not wait."""

    async def many(session: AsyncSession) -> None:
        session.add_all(
            [Unanswered(school_id=family.school, language="nl", text="x", offered=[], at=NOW) for _ in range(BATCH)]
        )

    await family.world.database.write(many)
    family.world.clock.move(days=MESSAGE_DAYS + 1)
    assert [(await family.purge()).get("unanswered") for _ in range(3)] == [BATCH, 1, None]


@pytest.mark.asyncio
async def test_a_guardian_is_exported_without_others(family: Family) -> None:
    """Hers is all there; of a phone that she shares only that she uses it."""
    told = await family.export(export_guardian, family.guardian)
    assert [row["given_name"] for row in told["guardian"]] == ["Fatma"]
    assert [row["text"] for row in told["inbox"]] == ["mine"]
    assert [row["data"] for row in told["media"]] == ["T2dnUw=="]
    assert sorted(row["external_id"] for row in told["address"]) == [HERS, SHARED]
    assert {
        "outbox",
        "case",
        "case_event",
        "timer",
        "binding",
        "bind_code",
        "guardianship",
        "broadcast_recipient",
    } <= set(told)


@pytest.mark.asyncio
async def test_a_pupil_and_a_conversation_are_exported(family: Family) -> None:
    """A pupil with cases and what was said in them; a conversation with its address."""
    pupil = await family.export(export_pupil, family.pupil)
    assert (pupil["pupil"][0]["birthday"], [row["text"] for row in pupil["inbox"]]) == ("2013-05-01", ["mine"])
    assert len(pupil["guardianship"]) == 2
    conversation = (await family.world.rows(Conversation))[1]
    told = await family.export(export_conversation, conversation.id)
    assert ([row["text"] for row in told["inbox"]], told["address"][0]["external_id"]) == (["theirs"], OTHERS)


@pytest.mark.asyncio
async def test_an_erased_guardian_is_unknown(family: Family) -> None:
    """Nothing of hers is found any more, others' is all there, and her next message is an unknown parent's."""
    world = family.world
    await world.write("not answered yet", who=HERS, number="SM9")
    await family.do(erase_guardian, family.guardian)
    told = json.dumps(await family.export(export_guardian, family.guardian))
    assert [word for word in ("Fatma", HERS, "mine", "Noor", "OggS", "not answered") if word in told] == []
    assert await inbox_texts(family) == ["", "theirs", "shared", ""]
    assert [row.given_name for row in await world.rows(Guardian)] == ["", "Piet"]
    assert [row.external_id for row in await world.rows(Address)][1:] == [OTHERS, SHARED]
    assert [row.ended_at is None for row in await world.rows(Binding)] == [False, True, False, True]
    sent = len(world.provider.accepted)
    await world.worker.drain()
    assert len(world.provider.accepted) == sent
    await world.write("again", who=HERS)
    await world.worker.drain()
    async with world.database.read() as session:
        conversation = await conversation_on(session, HERS)
        assert await guardian_of_address(session, family.school, conversation.address_id) is None
        code = hash_code("OL-AAAA-BBBB", SECRET)
        assert await guardian_of_code(session, family.school, code, world.clock.now()) is None
    assert world.texts()[-1] == "re: again"


@pytest.mark.asyncio
async def test_who_comes_back_can_be_erased_again(family: Family) -> None:
    """The same number twice: both hashes stand beside each other."""
    for _ in range(2):
        async with family.world.database.read() as session:
            row = (await conversation_on(session, HERS)).id
        await family.do(erase_conversation, row)
        await family.world.write("again", who=HERS)
    assert sum(row.external_id.startswith(PREFIX) for row in await family.world.rows(Address)) == 2


@pytest.mark.asyncio
async def test_a_repeat_of_an_erased_message_is_known(family: Family) -> None:
    """The provider may send it again within hours: it is not stored anew. Its id is hashed by the purge."""
    await family.do(erase_guardian, family.guardian)
    assert await family.world.write("mine", who=HERS, number="SMm") is None
    family.world.clock.move(days=MESSAGE_DAYS + 1)
    await family.purge()
    first = (await family.world.rows(Inbox))[0].provider_id
    assert first == keyed_hash("inbox.provider_id:SMm", SECRET)


@pytest.mark.asyncio
async def test_an_erased_pupil_leaves_the_guardians(family: Family) -> None:
    """The pupil, its cases and what conversations remember go; guardians and other messages stay."""
    await family.do(erase_pupil, family.pupil)
    told = json.dumps(await family.export(export_pupil, family.pupil))
    assert [word for word in ("Noor", "2013", "mine", "OggS") if word in told] == []
    assert [row.left_at is not None for row in await family.world.rows(Pupil)] == [True]
    assert [row.memory for row in await family.world.rows(Conversation)] == [{}, {}, {}]
    assert [row.given_name for row in await family.world.rows(Guardian)] == ["Fatma", "Piet"]
    assert await inbox_texts(family) == ["", "theirs", "shared"]
    assert all(row.ended_at is None for row in await family.world.rows(Binding))


@pytest.mark.asyncio
@pytest.mark.parametrize("work", [erase_conversation, erase_guardian, erase_pupil])
async def test_nobody_of_another_school(family: Family, work: Any) -> None:
    """A number of another school is no number here."""
    with pytest.raises(Refusal):
        await family.do(work, 999_999)
