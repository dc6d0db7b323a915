"""What changes with the person behind an address or a birthday: nothing of one reaches the other (law 5)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import TestClock
from bot.core.conversations import add_outbox, lock, start_afresh
from bot.errors import Refused
from db.engine import Database
from db.queries.door import children_of, eighteen_years_before
from db.tables import CaseEvent, Conversation, Guardian, Guardianship, Outbox, Pupil
from db.types import OutboxState, WaitReason
from tests.core.world import make_world

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize(("birthday", "seen"), [("2008-11-24", 1), ("2008-11-23", 0), ("2007-01-01", 0), (None, 1)])
async def test_rights_end_on_the_eighteenth_birthday(
    database: Database, clock: TestClock, birthday: str | None, seen: int
) -> None:
    """On the day itself a guardian no longer learns anything; where no birthday is known, nothing changes."""
    world = await make_world(database, clock)

    async def family(session: AsyncSession) -> Guardian:
        school = world.account.school_id
        guardian = Guardian(school_id=school, number="G1", given_name="Ada", family_name="Vos")
        pupil = Pupil(
            school_id=school,
            number="P1",
            given_name="Bo",
            family_name="Vos",
            birthday=dt.date.fromisoformat(birthday) if birthday else None,
        )
        session.add_all([guardian, pupil])
        await session.flush()
        session.add(Guardianship(school_id=school, guardian_id=guardian.id, pupil_id=pupil.id))
        return guardian

    guardian = await database.write(family)
    async with database.read() as session:
        children = await children_of(session, world.account.school_id, guardian.id, clock.now().date())
    assert len(children) == seen


async def test_a_leap_day_child_comes_of_age_on_the_first_of_march() -> None:
    """Nobody stays a child for four years."""
    born = dt.date(2008, 2, 29)
    assert [born <= eighteen_years_before(day) for day in (dt.date(2026, 2, 28), dt.date(2026, 3, 1))] == [False, True]


async def test_a_waiting_answer_is_held_when_the_address_changes_hands(database: Database, clock: TestClock) -> None:
    """A reply about one woman's child never leaves for the next owner of her number."""
    world = await make_world(database, clock)
    await world.write("hello")
    await world.worker.drain()
    (conversation,) = await world.rows(Conversation)

    async def change(session: AsyncSession) -> None:
        locked = await lock(session, conversation.id)
        locked.human_at, locked.human_case_id = clock.now(), 1
        add_outbox(session, locked, key="case:1:x:0", text="about Bo", now=clock.now(), wait=WaitReason.WINDOW)
        await session.flush()
        await start_afresh(session, locked)

    await database.write(change)
    await world.write("who is this")
    clock.move(seconds=3)
    await world.worker.drain()
    waiting = next(row for row in await world.rows(Outbox) if row.key == "case:1:x:0")
    (after,) = await world.rows(Conversation)
    assert (waiting.state, after.human_at, "about Bo" in world.texts()) == (OutboxState.HELD, None, False)


async def test_a_lost_alarm_stands_with_the_message_that_raised_it(database: Database, clock: TestClock) -> None:
    """Somebody on the rota could not be warned: whoever is responsible for safety finds it in a case."""
    world = await make_world(database, clock, rota=True)
    world.provider.script.extend([Refused("no"), Refused("no")])
    await world.write("help 112")
    await world.worker.drain()
    events = [(event.kind, event.case_id is not None) for event in await world.rows(CaseEvent)]
    assert events == [("opened", True), ("alarm_lost", True)]
