"""What she was promised follows the case: it ends where the case ends, and begins anew where she waits again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.cases import add_to_case
from bot.core.conversations import add_outbox
from bot.core.failed import tell_staff
from bot.people.steps import Step
from bot.staff import handling, merging
from bot.staff.promises import Promises
from bot.turn.types import Heard
from db.tables import Case, CaseEvent, Conversation, Inbox, Outbox, Staff
from db.types import Author, CaseState, ChannelName, InboundKind, OutboxState
from tests.people.test_promises import WEDNESDAY, ZONE, kinds, me, promised, the, to, until_idle
from tests.web.world import Pages

pytestmark = pytest.mark.asyncio
THURSDAY, FRIDAY = WEDNESDAY + dt.timedelta(days=1), WEDNESDAY + dt.timedelta(days=2)
Merge = Callable[[Pages, int, int], Awaitable[None]]
LONG_AGO = WEDNESDAY - dt.timedelta(days=14)
ANSWERED = {"state": CaseState.WAITING, "waiting_since": None, "promise_at": LONG_AGO, "told_at": LONG_AGO}
"""She had her answer of that promise: nothing of it counts any more."""
CLIMBED = {"step": Step.LAST_RESORT, "look_at": LONG_AGO, "reckoned": 1}


async def beside(pages: Pages, first: int, **columns: object) -> int:
    """Another case on the same conversation."""
    other = await promised(pages, topic="question", **columns)

    async def work(session: AsyncSession) -> None:
        row = await session.get_one(Case, other)
        row.conversation_id = (await session.get_one(Case, first)).conversation_id

    await pages.database.write(work)
    return other


async def told_later(pages: Pages, promises: Promises) -> int:
    """A case of which she is to hear of a later day, behind a window that is closed."""
    case_id = await promised(pages, channel=ChannelName.WHATSAPP)
    await to(pages, promises, "2026-11-25T12:00")
    assert [row.state for row in await pages.rows(Outbox)] == [OutboxState.WAITING]
    return case_id


async def test_what_is_closed_is_not_said_to_come_later(pages: Pages, promises: Promises) -> None:
    """A case that is done promises nothing: what waits for her window never leaves."""
    case_id = await told_later(pages, promises)
    await pages.database.write(lambda s: handling.close(s, me(pages), case_id, now=pages.clock.now()))
    assert [row.state for row in await pages.rows(Outbox)] == [OutboxState.CANCELLED]


async def test_what_went_into_another_case_ends_with_it(pages: Pages, promises: Promises) -> None:
    """A promise that came from another case is forgotten when the case it stands in now is done."""
    gone = await told_later(pages, promises)
    kept = await beside(pages, gone, waiting_since=None, promise_at=None)
    now = pages.clock.now()
    await pages.database.write(lambda s: merging.merge(s, me(pages), kept, other=gone, now=now))
    await pages.database.write(lambda s: handling.close(s, me(pages), kept, now=now))
    assert [(row.case_id, row.state) for row in await pages.rows(Outbox)] == [(kept, OutboxState.CANCELLED)]


async def merge(pages: Pages, kept: int, gone: int) -> None:
    """As a colleague does it."""
    await pages.database.write(lambda s: merging.merge(s, me(pages), kept, other=gone, now=pages.clock.now()))


async def move(pages: Pages, kept: int, other: int) -> None:
    """The one message of the other case."""
    message = next(row.id for row in await pages.rows(Inbox) if row.case_id == other)
    now = pages.clock.now()
    await pages.database.write(
        lambda s: merging.move(s, me(pages), other, messages=[message], to=kept, topic="", now=now)
    )


@pytest.mark.parametrize("how", [merge, move])
async def test_the_promise_of_an_answer_she_has_does_not_count(pages: Pages, promises: Promises, how: Merge) -> None:
    """Taken into an answered case, hers is watched as it was: with its own promise, from the foot of the ladder."""
    kept = await promised(pages, **ANSWERED, **CLIMBED)
    gone = await beside(pages, kept)
    since = (await the(pages, gone)).waiting_since
    await how(pages, kept, gone)
    await until_idle(promises)
    case = await the(pages, kept)
    assert (case.state, case.waiting_since, case.promise_at, case.told_at) == (
        CaseState.OPEN,
        since,
        WEDNESDAY,
        WEDNESDAY,
    )
    assert (case.step, case.look_at) == (Step.NOTHING, dt.datetime(2026, 11, 24, 12, 0, tzinfo=ZONE))
    assert await pages.rows(Outbox) == []


async def test_of_two_promises_the_earlier_holds(pages: Pages, promises: Promises) -> None:
    """With what she was told of that one; who heard of a later day already is not begun anew with."""
    kept = await promised(pages, promise_at=FRIDAY, told_at=FRIDAY, step=Step.NEXT)
    gone = await beside(pages, kept, promise_at=THURSDAY, told_at=THURSDAY, step=Step.TOLD)
    await merge(pages, kept, gone)
    await until_idle(promises)
    case = await the(pages, kept)
    assert (case.promise_at, case.told_at, case.step) == (THURSDAY, THURSDAY, Step.TOLD)
    await pages.database.write(lambda s: merging.unmerge(s, me(pages), kept, other=gone, now=pages.clock.now()))
    apart = [await the(pages, number) for number in (kept, gone)]
    assert [(row.promise_at, row.told_at, row.step, row.look_at) for row in apart] == [
        (FRIDAY, FRIDAY, Step.NEXT, None),
        (THURSDAY, THURSDAY, Step.TOLD, None),
    ]


async def test_what_was_merged_before_an_upgrade_is_taken_back(pages: Pages) -> None:
    """Its history says nothing of what was not kept then: that stays as it is, and all else is as it was."""
    kept = await promised(pages, promise_at=FRIDAY)
    gone = await beside(pages, kept, promise_at=THURSDAY)
    await merge(pages, kept, gone)

    async def older(session: AsyncSession) -> None:
        event = next(iter(await session.scalars(select(CaseEvent).where(CaseEvent.kind == "merged"))))
        told = {name: value for name, value in event.detail.items() if not name.endswith("_step")}
        for name in ("gone", "kept", "after"):
            told[name] = {key: value for key, value in told[name].items() if key != "told_at"}
        event.detail = told

    await pages.database.write(older)
    await pages.database.write(lambda s: merging.unmerge(s, me(pages), kept, other=gone, now=pages.clock.now()))
    apart = [await the(pages, number) for number in (kept, gone)]
    assert [(row.state, row.promise_at) for row in apart] == [(CaseState.OPEN, FRIDAY), (CaseState.OPEN, THURSDAY)]


async def test_a_day_she_has_not_heard_of_is_told_where_she_waits_now(pages: Pages, promises: Promises) -> None:
    """What was to leave for the other case is forgotten; that the answer comes later she hears once, of the one that stays."""
    gone = await told_later(pages, promises)
    later = (await the(pages, gone)).promise_at
    kept = await beside(pages, gone, **ANSWERED)
    await merge(pages, kept, gone)
    await until_idle(promises)
    await until_idle(promises)
    assert [(row.case_id, row.state) for row in await pages.rows(Outbox)] == [
        (kept, OutboxState.CANCELLED),
        (kept, OutboxState.WAITING),
    ]
    case = await the(pages, kept)
    assert (case.promise_at, case.told_at) == (later, later)


async def test_a_lost_answer_is_owed_again(pages: Pages, promises: Promises) -> None:
    """As of today, whatever was promised for the one that got lost; while she waits for another, its promise stays."""
    lost, waits = await promised(pages, **ANSWERED, **CLIMBED), await promised(pages)

    async def lose(session: AsyncSession) -> None:
        for number in (lost, waits):
            case = await session.get_one(Case, number)
            conversation = await session.get_one(Conversation, case.conversation_id)
            now = pages.clock.now()
            row = add_outbox(
                session, conversation, key=f"x{number}", text="Ja", now=now, author=Author.STAFF, case_id=number
            )
            row.state = OutboxState.DEAD
            await tell_staff(session, conversation, row, now=now)

    await pages.database.write(lose)
    await until_idle(promises)
    case, other = await the(pages, lost), await the(pages, waits)
    assert (case.state, case.waiting_since, case.promise_at) == (CaseState.OPEN, pages.clock.now(), WEDNESDAY)
    assert (case.told_at, case.step) == (None, Step.NOTHING)
    assert (other.promise_at, other.told_at) == (WEDNESDAY, WEDNESDAY)


@pytest.mark.parametrize("state", [CaseState.WAITING, CaseState.CLOSED])
async def test_what_is_opened_again_is_on_the_ladder(pages: Pages, promises: Promises, state: CaseState) -> None:
    """Somebody said that it is not done: whoever has it is reminded, like of any other."""
    case_id = await promised(pages, **(ANSWERED | CLIMBED | {"state": state}))
    await pages.database.write(lambda s: handling.reopen(s, me(pages), case_id, now=pages.clock.now()))
    await until_idle(promises)
    await to(pages, promises, "2026-11-24T12:00")
    case = await the(pages, case_id)
    assert (case.assignee_id, case.promise_at, case.step) == (pages.one.staff["mentor"], WEDNESDAY, Step.REMINDED)
    assert await kinds(pages) == [("reopened", ""), ("reminded", "mentor")]


async def test_what_is_opened_again_has_somebody_who_works_here(pages: Pages) -> None:
    """Whoever had it has left: it is theirs who opens it."""
    case_id = await promised(pages, **(ANSWERED | {"state": CaseState.CLOSED}))
    await pages.change(Staff, pages.one.staff["mentor"], left_at=pages.clock.now())
    await pages.database.write(lambda s: handling.reopen(s, me(pages), case_id, now=pages.clock.now()))
    assert (await the(pages, case_id)).assignee_id == pages.one.staff["chief"]


async def test_her_word_to_a_merged_case_goes_on_where_that_was_taken(pages: Pages) -> None:
    """Whatever number a turn still holds: nothing is added to a case that goes on in another one."""
    kept = await promised(pages)
    gone = await beside(pages, kept)
    await merge(pages, kept, gone)
    now, row = pages.clock.now(), (await pages.rows(Inbox))[0]

    async def add(session: AsyncSession) -> int:
        heard = Heard("En woensdag?", InboundKind.TEXT, now)
        scene = await pages.line.scenes.load(session, row.conversation_id, row.id, heard, now=now)
        return (await add_to_case(session, scene, gone, now=now)).id

    assert await pages.database.write(add) == kept
    assert (await the(pages, gone)).state is CaseState.CLOSED
