"""An import from end to end: which school, what would change, and doing it once somebody has said yes."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Refusal
from bot.people.importing.apply import Told, apply
from bot.people.importing.columns import Columns
from bot.people.importing.known import Known
from bot.people.importing.opening import Files
from bot.people.importing.plan import Plan
from bot.people.importing.planning import make_plan
from bot.people.importing.reading import known_of, read
from bot.people.importing.roster import Roster
from bot.staff.marks import N_
from db.engine import Database
from db.queries.roster import columns_said, everybody
from db.tables import ImportColumns, PeopleImport, School
from db.types import ImportState

AMSTERDAM = "Europe/Amsterdam"


class MustConfirm(Refusal):
    """More pupils would be marked as left than anybody should lose by accident."""

    def __init__(self, count: int) -> None:
        """`count` is what must be confirmed."""
        super().__init__(
            f"{count} pupils are not in this file and would be marked as left: more than a fifth of the school. Is the file "
            f"a part of the school? Then say --part. Have they really left? Then say --left {count}. Nothing was written."
        )
        self.count = count


class Changed(Refusal):
    """What would happen is no longer what was looked at."""


@dataclass(frozen=True, slots=True)
class Look:
    """What would happen to which school (None: one that is made)."""

    school_id: int | None
    school_name: str
    roster: Roster
    known: Known
    plan: Plan


async def look(
    database: Database,
    files: Files,
    *,
    now: dt.datetime,
    school_id: int | None = None,
    org: str = "",
    part: bool = False,
) -> Look:
    """Read and compare, in a thread: nothing is written. `school_id` None: the only real school, or the file's own."""
    async with database.read() as session:
        school = await find_school(session, school_id)
        said = await columns_said(session, school.id) if school else {}
        known = known_of(await everybody(session, school.id)) if school else Known()
    today = now.astimezone(ZoneInfo(school.timezone if school else AMSTERDAM)).date()
    name = school.name if school else ""

    def think() -> tuple[Roster, Plan]:
        roster = read(files, today=today, said=said, school=name, org=org)
        return roster, make_plan(roster, known, part=part)

    roster, plan = await asyncio.to_thread(think)
    if school is None and not roster.school_name:
        raise Refusal(
            "There is no school yet, and this file does not name one (only a OneRoster set with orgs.csv does). "
            "Make it first: python -m bot staff add EMAIL --new-school NAME"
        )
    return Look(school.id if school else None, name or roster.school_name, roster, known, plan)


async def bring_in(
    database: Database,
    seen: Look,
    *,
    now: Callable[[], dt.datetime],
    told: Told,
    part: bool = False,
    left: int | None = None,
    staff_id: int | None = None,
    import_id: int | None = None,
) -> Plan:
    """Do what was looked at, in one transaction. Raises `MustConfirm`, and `Changed` where it would no longer be the same."""
    if seen.plan.ask and seen.plan.ask != left:
        raise MustConfirm(seen.plan.ask)

    async def work(session: AsyncSession) -> Plan:
        school = await _locked(session, seen)
        plan = seen.plan
        # Others wait meanwhile: it is thought of again only if somebody changed something since.
        if not plan.empty and (known := known_of(await everybody(session, school.id))) != seen.known:
            plan = make_plan(seen.roster, known, part=part)
        if plan is not seen.plan and plan.mark != seen.plan.mark:
            raise Changed(N_("Somebody changed the people of this school meanwhile. Look again at what this would do."))
        entry = await session.get(PeopleImport, import_id) if import_id else None
        if entry is not None and entry.state is not ImportState.LOOKED_AT:
            raise Changed(N_("This file was brought in, or put aside, already."))
        at = now()
        if not plan.empty:
            await apply(session, school, plan, now=at, told=told)
        if entry is None:
            entry = PeopleImport(school_id=school.id, staff_id=staff_id, at=at)
            session.add(entry)
        entry.done_at, entry.state, entry.kind, entry.part = at, ImportState.DONE, plan.kind, part
        entry.counts, entry.file, entry.file_name = dict(plan.summary()), None, ""
        return plan

    return await database.write(work)


async def hand_in(
    session: AsyncSession, school_id: int, staff_id: int, name: str, data: bytes, *, org: str, now: dt.datetime
) -> int:
    """Keep a file until somebody has looked at it; the import's id. What the same person handed in before is put aside."""
    await session.execute(
        update(PeopleImport)
        .where(
            PeopleImport.school_id == school_id,
            PeopleImport.staff_id == staff_id,
            PeopleImport.state == ImportState.LOOKED_AT,
        )
        .values(state=ImportState.ASIDE, file=None, file_name="")
        .execution_options(synchronize_session=False)
    )
    made = PeopleImport(school_id=school_id, staff_id=staff_id, at=now, file=data, file_name=name[:120], org=org[:80])
    session.add(made)
    await session.flush()
    return made.id


async def waiting(session: AsyncSession, school_id: int, import_id: int) -> PeopleImport:
    """An import that waits for a yes; raises `Changed` where it does not (any more)."""
    found = await session.get(PeopleImport, import_id, with_for_update=True)
    if found is None or found.school_id != school_id or found.state is not ImportState.LOOKED_AT:
        raise Changed(N_("This file was brought in, or put aside, already."))
    return found


async def put_aside(session: AsyncSession, school_id: int, import_id: int) -> None:
    """Not this one: the file goes."""
    found = await waiting(session, school_id, import_id)
    found.state, found.file, found.file_name = ImportState.ASIDE, None, ""


async def say_columns(session: AsyncSession, school_id: int, fingerprint: str, chosen: Columns) -> None:
    """What the columns of such files mean, from now on."""
    row = await session.scalar(
        select(ImportColumns).where(ImportColumns.school_id == school_id, ImportColumns.fingerprint == fingerprint)
    )
    if row is None:
        row = ImportColumns(school_id=school_id, fingerprint=fingerprint)
        session.add(row)
    row.columns = list(chosen)


async def find_school(session: AsyncSession, school_id: int | None) -> School | None:
    """The school with this number; without one the only school that is not the demo school; None: there is none yet."""
    schools = (await session.execute(select(School).order_by(School.id))).scalars().all()
    if school_id is not None:
        found = next((school for school in schools if school.id == school_id), None)
        if found is None:
            raise Refusal("There is no school with this number.")
        return found
    real = [school for school in schools if not school.demo]
    if len(real) > 1:
        raise Refusal("There are several schools: say which with --school NUMBER (python -m bot people list).")
    return real[0] if real else None


async def _locked(session: AsyncSession, seen: Look) -> School:
    """The school's row, so that of two imports one waits for the other; made where the file names the first one."""
    if seen.school_id is not None:
        return await session.get_one(
            School, seen.school_id, with_for_update={"key_share": True}, populate_existing=True
        )
    if await find_school(session, None) is not None:
        raise Changed(N_("Somebody changed the people of this school meanwhile. Look again at what this would do."))
    school = School(name=seen.school_name, version=1)
    session.add(school)
    await session.flush()
    return school
