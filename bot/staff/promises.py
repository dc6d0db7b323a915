"""Keeping promises: each is reckoned anew when plans change, and a silence climbs its ladder (bot/people/steps.py).

A part of the worker. Every open case knows when it is to be looked at next (`look_at`) and with which version of the school its
promise was reckoned: a change of absences, days, calendar, roles or mentors makes all open ones be looked at again. What the
line then does is one transaction for each case, on its locked conversation, with everything looked at again.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import Clock
from bot.core.conversations import lock
from bot.core.known import Scenes
from bot.core.mind import Mind, Minds
from bot.people.availability import absent, kept, promise
from bot.people.routing import Chosen, above, choose, instead, last_resort
from bot.people.steps import Step, due, following
from bot.staff.giving import give, happened
from bot.staff.later import tell_parent
from bot.staff.telling import Told, tell
from db.engine import Database
from db.queries.school import Colleague, SchoolView, school_version
from db.queries.settings import mentors_of
from db.tables import Case, CaseEvent, Conversation, School
from db.types import CaseState, Role

log = logging.getLogger(__name__)
_AT_ONCE = 100
_FAILED = -2
"""Looked at again in a while, and reckoned then."""
_WAITS = (Case.state == CaseState.OPEN, Case.waiting_since.is_not(None))


@dataclass(frozen=True, slots=True)
class Look:
    """One case, locked, with all that is known when it is looked at."""

    case: Case
    conversation: Conversation
    view: SchoolView
    mind: Mind
    mentors: Sequence[int]
    had: frozenset[int]
    """Who had it before, or passed it on."""
    now: dt.datetime

    @property
    def today(self) -> dt.date:
        """The day at school."""
        return self.now.astimezone(ZoneInfo(self.view.timezone)).date()

    @property
    def person(self) -> Colleague | None:
        """Who has it, if that person still works here."""
        return self.view.staff.get(self.case.assignee_id or 0)


class Promises:
    """A part of the worker."""

    name = "promises"

    def __init__(self, database: Database, minds: Minds, scenes: Scenes, clock: Clock) -> None:
        """Nothing is started here."""
        self._db, self._minds, self._scenes, self._clock = database, minds, scenes, clock
        self._versions: dict[int, int] = {}
        """The schools all of whose open cases were reckoned, with the version; a new process looks at all once."""

    async def once(self) -> int:
        """See to what is due and to what changed; returns how many cases."""
        now = self._clock.now()
        async with self._db.read() as session:
            versions = {row.id: row.version for row in await session.execute(select(School.id, School.version))}
            changed = [number for number, version in versions.items() if self._versions.get(number) != version]
            at_last = (
                select(Case.id, Case.school_id, Case.conversation_id)
                .where(*_WAITS, or_(Case.look_at.is_(None), Case.look_at <= now))
                .order_by(Case.look_at)
                .limit(_AT_ONCE)
            )
            rows = {row.id: row for row in await session.execute(at_last)}
            for number in changed:
                stale = (
                    select(Case.id, Case.school_id, Case.conversation_id)
                    .where(Case.school_id == number, *_WAITS, Case.reckoned.not_in((versions[number], _FAILED)))
                    .order_by(Case.id)
                    .limit(_AT_ONCE)
                )
                found = (await session.execute(stale)).all()
                rows |= {row.id: row for row in found}
                if not found:
                    self._versions[number] = versions[number]
        for row in rows.values():
            try:
                await self._see_to(row.id, row.school_id, row.conversation_id, now)
            except Exception as error:  # noqa: BLE001 - one case that breaks must not hold up the others
                log.error("a promise could not be seen to (%s)", type(error).__name__)
                await self._db.write(lambda s, c=row.id: _later(s, c, now))  # type: ignore[misc]
        return len(rows)

    async def _see_to(self, case_id: int, school_id: int, conversation_id: int, now: dt.datetime) -> None:
        async with self._db.read() as session:
            view = await self._scenes.view(session, school_id)
        mind = await self._minds.of(school_id)
        await self._db.write(lambda s: look_at(s, case_id, conversation_id, view, mind, now))


async def look_at(
    session: AsyncSession, case_id: int, conversation_id: int, view: SchoolView, mind: Mind, now: dt.datetime
) -> None:
    """Do for one case what there is to do at this moment, once."""
    conversation = await lock(session, conversation_id)
    case = await session.get_one(Case, case_id, with_for_update=True, populate_existing=True)
    version, _ = await school_version(session, case.school_id)
    if version != view.version or case.state is not CaseState.OPEN or case.waiting_since is None:
        return  # looked at again at once with what is known then
    before = (
        await session.execute(select(CaseEvent.kind, CaseEvent.staff_id, CaseEvent.to_id).filter_by(case_id=case_id))
    ).all()
    had = {row.to_id for row in before} | {row.staff_id for row in before if row.kind == "not_mine"}
    look = Look(
        case=case,
        conversation=conversation,
        view=view,
        mind=mind,
        mentors=await mentors_of(session, case.school_id, case.pupil_id),
        had=frozenset(number for number in had if number is not None),
        now=now,
    )
    if case.reckoned != version or look.person is None or case.promise_at is None:
        await _reckon(session, look)
        case.reckoned = version
    elif case.look_at is not None and case.look_at <= now:
        await _climb(session, look)
    _plan(look)


def _plan(look: Look) -> None:
    """When to look again: at the step that follows."""
    case = look.case
    if case.promise_at is None:
        return
    ahead, at = following(look.view, look.person, case.promise_at, Step(case.step), look.now)
    case.step = max(case.step, ahead - 1)  # what is left out
    case.look_at = at


# --- when plans change


async def _reckon(session: AsyncSession, look: Look) -> None:
    """The promise as it can be kept now; where an absence is in its way somebody stands in. She hears of a later day."""
    case, view, now = look.case, look.view, look.now
    if look.person is None:
        chosen = choose(view, case.role, look.mentors, look.today)
        if chosen.person is not None:
            await _give(session, look, chosen.person, "given_on", chosen.reason())
    if case.promise_at is None:  # nobody was promised anything: the line still watches
        case.promise_at = promise(view, look.person, case.waiting_since or now)
    if case.promise_at <= now:
        await _not_left_alone(session, look)
        return  # it has passed: the ladder sees to it
    if look.person is not None and _prevented(look, look.person):
        on = case.promise_at.astimezone(ZoneInfo(view.timezone)).date()
        chosen = instead(view, look.person, case.role, look.mentors, look.today, due=on)
        if chosen.person is not None and chosen.person.staff_id != case.assignee_id:
            await _give(session, look, chosen.person, "given_on", chosen.reason())
    promised = kept(view, look.person, case.promise_at, now)
    if promised != case.promise_at:
        case.promise_at = promised
        case.step = case.step if case.step >= Step.TOLD else Step.NOTHING
    if case.told_at is not None and promised > case.told_at:
        await tell_parent(session, look.mind, view, case, look.conversation, look.person, promised, now)


async def _not_left_alone(session: AsyncSession, look: Look) -> None:
    """Even at the last resort: whoever is away leaves it to another."""
    person = look.person
    if look.case.step < Step.LAST_RESORT or person is None or absent(person, look.today) is None:
        return
    other = last_resort(look.view, look.today, out={person.staff_id})
    if other is not None and other is not person:
        chosen = Chosen(other, look.case.role, instead_of=person, why="stands_in")
        await _give(session, look, other, "given_on", chosen.reason())


def _prevented(look: Look, person: Colleague) -> bool:
    """Whether it is an absence that keeps this person from answering in time."""
    promised = look.case.promise_at
    if promised is None or not person.absences:
        return False
    never = replace(person, absences=())
    day = promised.astimezone(ZoneInfo(look.view.timezone)).date()
    on_time = kept(look.view, person, promised, look.now) == promised
    return not on_time and (absent(person, day) is not None or kept(look.view, never, promised, look.now) == promised)


# --- when nobody answers


async def _climb(session: AsyncSession, look: Look) -> None:
    """The step that is due, and only that one."""
    case = look.case
    if case.promise_at is None:
        return
    step = due(look.view, look.person, case.promise_at, Step(case.step), look.now)
    again = case.step == Step.LAST_RESORT
    case.step = step
    match step:
        case Step.REMINDED:
            await _remind(session, look)
        case Step.NEXT:
            own = [*look.mentors] if case.role is Role.MENTOR else []
            await _to_one_of(session, look, [*own, *look.view.holders.get(case.role, ())], "to_next", "silent")
        case Step.ABOVE:
            await _to_one_of(session, look, above(look.view, case.sensitivity), "to_above", "silent")
        case Step.TOLD:
            await _new_day(session, look)
        case Step.LAST_RESORT if again:
            await _remind(session, look)
        case _:
            person = last_resort(look.view, look.today, out={case.assignee_id or 0})
            if person is not None:
                why = {"why": "last_resort", "role": case.role.value}
                await _give(session, look, person, "to_last_resort", why, Told.ESCALATED)
            await _new_day(session, look)


async def _remind(session: AsyncSession, look: Look) -> None:
    happened(session, look.case, "reminded", look.now, to=look.case.assignee_id)
    await tell(session, look.case, Told.REMINDED, to=look.case.assignee_id, now=look.now)


async def _to_one_of(session: AsyncSession, look: Look, ids: Sequence[int], kind: str, why: str) -> None:
    """To the first who can still keep the promise and did not have it yet; where there is none, another reminder."""
    promised, out = look.case.promise_at, {look.case.assignee_id or 0, *look.had}
    people = [look.view.staff[i] for i in ids if i in look.view.staff and i not in out]
    person = next((p for p in people if promised and kept(look.view, p, promised, look.now) == promised), None)
    if person is None:
        await _remind(session, look)
        return
    silent = {"instead_of": look.person.name} if look.person else {}
    await _give(session, look, person, kind, {"why": why, "role": look.case.role.value, **silent}, Told.ESCALATED)


async def _new_day(session: AsyncSession, look: Look) -> None:
    """The promise has passed: she hears before when somebody answers now, and who."""
    case, view = look.case, look.view
    person = look.person
    if person is not None and absent(person, look.today) is not None:
        chosen = instead(view, person, case.role, look.mentors, look.today)
        if chosen.person is not None and chosen.person.staff_id != case.assignee_id:
            await _give(session, look, chosen.person, "given_on", chosen.reason())
    case.promise_at = promise(view, look.person, look.now, days=1)
    await tell_parent(session, look.mind, view, case, look.conversation, look.person, case.promise_at, look.now)


async def _give(
    session: AsyncSession,
    look: Look,
    person: Colleague,
    kind: str,
    why: Mapping[str, Any],
    what: Told = Told.GIVEN,
) -> None:
    await give(session, look.case, look.conversation, person.staff_id, kind=kind, why=why, what=what, now=look.now)


async def _later(session: AsyncSession, case_id: int, now: dt.datetime) -> None:
    case = await session.get_one(Case, case_id, with_for_update=True)
    case.look_at = now + dt.timedelta(minutes=5)
    case.reckoned = _FAILED
