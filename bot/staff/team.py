"""Who works at the school: adding and changing people, when they are away and who stands in, and what happens when they leave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.conversations import lock_all
from bot.errors import Refusal
from bot.people.provision import alarm_conversations
from bot.people.routing import choose
from bot.staff.giving import give
from bot.staff.marks import N_
from bot.staff.settings import NotHere
from bot.staff.typed import WrongFields, email, mobile, one_line, time
from db.engine import ring
from db.queries.school import school_view
from db.queries.settings import mentors_of
from db.tables import (
    Address,
    Case,
    ClassMentor,
    RotaShift,
    School,
    Session,
    Staff,
    StaffAbsence,
    StaffRole,
)
from db.types import CaseState, ChannelName

TITLES = ("", "mevrouw", "meneer")
LONGEST = 120
EARLIEST = "09:00"
"""Whose day ends at this hour or before is not there that day."""
LONGEST_ABSENCE = dt.timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Given:
    """A person as the form gives them."""

    title: str
    given_name: str
    family_name: str
    say_as: str
    email: str
    mobile: str
    weekdays: Collection[int]
    administrator: bool
    last_hours: Mapping[int, str] = field(default_factory=dict)
    """By weekday, after which nobody asks anything of this person; as typed."""


async def colleague(session: AsyncSession, school_id: int, staff_id: int) -> Staff:
    """A member of staff of this school, who may have left; raises NotHere."""
    person = await session.get(Staff, staff_id, with_for_update=True)
    if person is None or person.school_id != school_id:
        raise NotHere("This person is not here (any more).")
    return person


async def works_here(session: AsyncSession, school_id: int, staff_id: int) -> Staff:
    """The same, of those who have not left."""
    person = await colleague(session, school_id, staff_id)
    if person.left_at is not None:
        raise Refusal("This person has left.")
    return person


async def save_person(session: AsyncSession, school_id: int, staff_id: int | None, given: Given) -> int:
    """Add a person, or change one; their id."""
    wrong: dict[str, str] = {}
    names = {name: one_line(getattr(given, name))[:LONGEST] for name in ("given_name", "family_name", "say_as")}
    mail = _try(wrong, "email", lambda: email(one_line(given.email)))
    number = _try(wrong, "mobile", lambda: mobile(given.mobile))
    if not names["family_name"]:
        wrong["family_name"] = N_("Write the family name.")
    if given.title not in TITLES:
        wrong["title"] = N_("Choose one of the list.")
    if not given.title and not names["given_name"]:
        wrong["given_name"] = N_("Write the given name, or choose mevrouw or meneer: parents need a name to ask for.")
    if not given.weekdays or not set(given.weekdays) <= set(range(7)):
        wrong["weekdays"] = N_("Choose at least one day.")
    last = _last_hours(wrong, given.last_hours)
    if mail and await _taken(session, school_id, staff_id, mail):
        wrong["email"] = N_("Somebody at this school already has this address (perhaps somebody who left).")
    person = await colleague(session, school_id, staff_id) if staff_id else Staff(school_id=school_id)
    if person.administrator and not given.administrator and await _last_administrator(session, school_id):
        wrong["administrator"] = N_("The school needs at least one administrator.")
    if number and await _number_taken(session, school_id, staff_id, number):
        wrong["mobile"] = N_("A colleague already has this number.")
    if wrong:
        raise WrongFields(wrong)
    person.title, person.email, person.mobile = given.title, mail, number
    person.given_name, person.family_name, person.say_as = (names[n] for n in ("given_name", "family_name", "say_as"))
    person.weekdays = "".join(str(day) for day in sorted(set(given.weekdays)))
    person.last_hours = last
    person.administrator = given.administrator
    session.add(person)
    await session.flush()
    await _reach_by(session, school_id, person.id, number)
    return person.id


async def add_absence(
    session: AsyncSession, school_id: int, staff_id: int, first: str, last: str, substitute_id: int | None
) -> None:
    """Days away, both included; nobody standing in means that it goes to whoever comes next."""
    await works_here(session, school_id, staff_id)
    wrong: dict[str, str] = {}
    days = {}
    for name, text in (("first_day", first), ("last_day", last or first)):
        try:
            days[name] = dt.date.fromisoformat(text)
        except ValueError:
            wrong[name] = N_("This is not a day. Write it like 3-12-2026.")
    if not wrong and not dt.timedelta(0) <= days["last_day"] - days["first_day"] <= LONGEST_ABSENCE:
        wrong["last_day"] = N_("This ends before it begins, or lasts more than a year.")
    if substitute_id == staff_id:
        wrong["substitute"] = N_("Choose somebody else.")
    if wrong:
        raise WrongFields(wrong)
    if substitute_id is not None:
        await works_here(session, school_id, substitute_id)
    session.add(StaffAbsence(school_id=school_id, staff_id=staff_id, substitute_id=substitute_id, **days))


async def remove_absence(session: AsyncSession, school_id: int, absence_id: int) -> int:
    """Back, or never away; whose absence it was."""
    absence = await session.get(StaffAbsence, absence_id)
    if absence is None or absence.school_id != school_id:
        raise NotHere("This is not here (any more).")
    await session.delete(absence)
    return absence.staff_id


async def leave(session: AsyncSession, school_id: int, staff_id: int, *, by: int, now: dt.datetime) -> int:
    """Gone from today: no login, no role, no alarm, and open cases go to whoever comes next. How many cases went."""
    if staff_id == by:
        raise Refusal("You cannot let yourself leave: ask another administrator.")
    person = await works_here(session, school_id, staff_id)
    person.left_at, person.administrator = now, False
    await session.execute(delete(Session).where(Session.staff_id == staff_id))
    for table in (StaffRole, RotaShift, ClassMentor):
        await session.execute(delete(table).where(table.school_id == school_id, table.staff_id == staff_id))
    await _reach_by(session, school_id, staff_id, "")
    await session.flush()
    return await _pass_on_cases(session, school_id, staff_id, by=by, now=now)


async def come_back(session: AsyncSession, school_id: int, staff_id: int) -> None:
    """Works here again; roles and classes are given anew."""
    (await colleague(session, school_id, staff_id)).left_at = None


def _try(wrong: dict[str, str], name: str, read: Callable[[], str]) -> str:
    try:
        return read()
    except Refusal as error:
        wrong[name] = str(error)
        return ""


def _last_hours(wrong: dict[str, str], typed: Mapping[int, str]) -> dict[str, str]:
    """As they are kept: HH:MM by weekday."""
    last: dict[str, str] = {}
    for day, text in sorted(typed.items()):
        clock = _try(wrong, f"last_{day}", lambda text=text: time(text))  # type: ignore[misc]
        if clock and clock <= EARLIEST:
            wrong[f"last_{day}"] = N_("This is too early: untick the day instead.")
        last |= {str(day): clock} if clock else {}
    return last


async def _taken(session: AsyncSession, school_id: int, staff_id: int | None, mail: str) -> bool:
    found = await session.scalar(select(Staff.id).where(Staff.school_id == school_id, func.lower(Staff.email) == mail))
    return found is not None and found != staff_id


async def _number_taken(session: AsyncSession, school_id: int, staff_id: int | None, number: str) -> bool:
    row = await _address(session, school_id, number)
    return row is not None and row.staff_id not in (None, staff_id)


async def _last_administrator(session: AsyncSession, school_id: int) -> bool:
    many = await session.scalar(
        select(func.count())
        .select_from(Staff)
        .where(Staff.school_id == school_id, Staff.administrator, Staff.left_at.is_(None))
    )
    return (many or 0) <= 1


async def _address(session: AsyncSession, school_id: int, number: str) -> Address | None:
    return await session.scalar(
        select(Address).where(
            Address.school_id == school_id, Address.channel == ChannelName.SMS, Address.external_id == number
        )
    )


async def _reach_by(session: AsyncSession, school_id: int, staff_id: int, number: str) -> None:
    """Alarms go to this number from now on, and to no older one."""
    school = await session.get_one(School, school_id)
    older = await session.scalars(
        select(Address).where(
            Address.school_id == school_id,
            Address.staff_id == staff_id,
            Address.channel == ChannelName.SMS,
            Address.external_id != number,
        )
    )
    for address in older:
        address.staff_id = None
    if not number:
        return
    address = await _address(session, school_id, number) or Address(
        school_id=school_id, channel=ChannelName.SMS, external_id=number, invented=school.demo
    )
    address.staff_id = staff_id
    session.add(address)
    await session.flush()
    await alarm_conversations(session, school)


async def _pass_on_cases(session: AsyncSession, school_id: int, staff_id: int, *, by: int, now: dt.datetime) -> int:
    open_cases = select(Case).where(
        Case.school_id == school_id, Case.assignee_id == staff_id, Case.state != CaseState.CLOSED
    )
    found = (await session.scalars(open_cases)).all()
    conversations = await lock_all(session, [case.conversation_id for case in found])
    view = await school_view(session, school_id)
    today = now.astimezone(ZoneInfo(view.timezone)).date()
    for case in found:
        chosen = choose(view, case.role, await mentors_of(session, school_id, case.pupil_id), today)
        conversation, case.look_at, case.reckoned = conversations[case.conversation_id], None, -1
        if chosen.person is not None:
            to = chosen.person.staff_id
            await give(session, case, conversation, to, kind="handed_over", why=chosen.reason(), by=by, now=now)
        else:
            case.assignee_id, conversation.version = None, conversation.version + 1
    ring(session, "case")
    return len(found)
