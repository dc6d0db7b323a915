"""The settings about people: staff, roles, the mentors of classes, and who is warned of danger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Request, Response
from starlette.datastructures import FormData

from bot.errors import Refusal
from bot.people.availability import rota
from bot.staff import duties, team
from db.queries.settings import account_rows, class_rows, shift_rows, staff_rows
from db.queries.staff import Me
from db.types import Role
from locales import formats
from web.templating import LANGUAGE
from web.views.names import ROLES
from web.views.session import Administrator, line_of
from web.views.settings import Number, attempt, done, posted, show

router = APIRouter(prefix="/settings")
WEEKDAYS = tuple(formats.weekdays([day], LANGUAGE) for day in range(7))
NOBODY = team.Given("", "", "", "", "", "", weekdays=range(5), administrator=False)


# --- staff


@router.get("/staff")
async def staff_page(request: Request, me: Administrator) -> Response:
    """Everybody: when they work, what they stand for, who is away."""
    line = line_of(request)
    async with line.database.read() as session:
        rows = await staff_rows(session, me.school_id)
    today = line.clock.now().astimezone(ZoneInfo(me.timezone)).date()
    return show(request, me, "staff", rows=rows, today=today, roles_named=ROLES, weekdays=WEEKDAYS)


@router.get("/staff/new")
async def new_person(request: Request, me: Administrator) -> Response:
    """An empty form."""
    return await _person(request, me, None)


@router.post("/staff/new")
async def add_person(request: Request, me: Administrator) -> Response:
    """Somebody new."""
    return await _save_person(request, me, None)


@router.get("/staff/{staff_id}")
async def person_page(request: Request, me: Administrator, staff_id: Number) -> Response:
    """One person."""
    return await _person(request, me, staff_id)


@router.post("/staff/{staff_id}")
async def change_person(request: Request, me: Administrator, staff_id: Number) -> Response:
    """Keep what was changed."""
    return await _save_person(request, me, staff_id)


@router.post("/staff/{staff_id}/absences")
async def add_absence(request: Request, me: Administrator, staff_id: Number) -> Response:
    """Away on these days."""
    form = await posted(request)
    first, last, substitute = (
        str(form.get("first_day", "")),
        str(form.get("last_day", "")),
        number_in(form, "substitute"),
    )
    error = await attempt(
        request, me, "an absence", lambda s: team.add_absence(s, me.school_id, staff_id, first, last, substitute)
    )
    if error:
        away = {"first_day": first, "last_day": last, "substitute": substitute}
        return await _person(request, me, staff_id, away=away, error=error)
    return done(f"staff/{staff_id}")


@router.post("/absences/{absence_id}/remove")
async def remove_absence(request: Request, me: Administrator, absence_id: Number) -> Response:
    """Not away."""
    await attempt(request, me, "an absence", lambda s: team.remove_absence(s, me.school_id, absence_id))
    return done("staff")


@router.post("/staff/{staff_id}/leave")
async def leave(request: Request, me: Administrator, staff_id: Number) -> Response:
    """Does not work here any more."""
    now = line_of(request).clock.now()
    error = await attempt(
        request, me, "somebody's leaving", lambda s: team.leave(s, me.school_id, staff_id, by=me.staff_id, now=now)
    )
    return await _person(request, me, staff_id, error=error) if error else done("staff")


@router.post("/staff/{staff_id}/return")
async def come_back(request: Request, me: Administrator, staff_id: Number) -> Response:
    """Works here again."""
    await attempt(request, me, "somebody's return", lambda s: team.come_back(s, me.school_id, staff_id))
    return done(f"staff/{staff_id}")


async def _save_person(request: Request, me: Me, staff_id: int | None) -> Response:
    form = await posted(request)
    given = team.Given(
        **{
            name: str(form.get(name, ""))
            for name in ("title", "given_name", "family_name", "say_as", "email", "mobile")
        },
        weekdays=_days(form),
        administrator="administrator" in form,
        last_hours={day: str(form.get(f"last_{day}", "")) for day in range(5) if form.get(f"last_{day}")},
    )
    error = await attempt(request, me, "a person", lambda s: team.save_person(s, me.school_id, staff_id, given))
    if error:
        return await _person(request, me, staff_id, given=given, error=error)
    return done(f"staff/{staff_id}" if staff_id else "staff")


async def _person(
    request: Request,
    me: Me,
    staff_id: int | None,
    *,
    given: team.Given | None = None,
    away: Mapping[str, object] | None = None,
    error: Refusal | None = None,
) -> Response:
    async with line_of(request).database.read() as session:
        rows = await staff_rows(session, me.school_id)
    row = next((row for row in rows if row.id == staff_id), None)
    if staff_id is not None and row is None:
        raise HTTPException(404)
    return show(
        request,
        me,
        "person",
        error=error,
        row=row,
        given=given or row or NOBODY,
        away=away or {},
        titles=team.TITLES,
        weekdays=WEEKDAYS,
        people=[other for other in rows if other.left_at is None and other.id != staff_id],
        names={other.id: other.name for other in rows},
    )


# --- roles and mentors


@router.get("/roles")
async def roles_page(request: Request, me: Administrator) -> Response:
    """Who holds what, first to last."""
    return await _roles(request, me)


@router.post("/roles/{role}")
async def save_role(request: Request, me: Administrator, role: Role) -> Response:
    """These people, in this order."""
    chosen = _chosen(await posted(request))
    error = await attempt(request, me, "a role", lambda s: duties.set_role(s, me.school_id, role, chosen))
    return await _roles(request, me, error=error) if error else done("roles")


async def _roles(request: Request, me: Me, *, error: Refusal | None = None) -> Response:
    line = line_of(request)
    async with line.database.read() as session:
        rows = [row for row in await staff_rows(session, me.school_id) if row.left_at is None]
        view = await line.scenes.view(session, me.school_id)
    return show(
        request, me, "roles", error=error, roles=list(Role), holders=view.holders, people=rows, roles_named=ROLES
    )


@router.get("/mentors")
async def mentors_page(request: Request, me: Administrator) -> Response:
    """Which class has which mentors."""
    return await _mentors(request, me)


@router.post("/mentors/{class_id}")
async def save_mentors(request: Request, me: Administrator, class_id: Number) -> Response:
    """These people, in this order."""
    chosen = _chosen(await posted(request))
    now = line_of(request).clock.now()
    error = await attempt(
        request, me, "mentors", lambda s: duties.set_mentors(s, me.school_id, class_id, chosen, now=now)
    )
    return await _mentors(request, me, error=error) if error else done("mentors")


async def _mentors(request: Request, me: Me, *, error: Refusal | None = None) -> Response:
    async with line_of(request).database.read() as session:
        rows = [row for row in await staff_rows(session, me.school_id) if row.left_at is None]
        classes = await class_rows(session, me.school_id)
    return show(request, me, "mentors", error=error, classes=classes, people=rows)


# --- safety rota


@router.get("/rota")
async def rota_page(request: Request, me: Administrator) -> Response:
    """Who is warned of danger, and who is on now."""
    return await _rota(request, me)


@router.post("/rota")
async def add_shift(request: Request, me: Administrator) -> Response:
    """Somebody more."""
    form = await posted(request)
    staff_id, days = number_in(form, "staff"), _days(form)
    starts, ends = str(form.get("starts", "")), str(form.get("ends", ""))
    given = {"staff": staff_id, "weekdays": days, "starts": starts, "ends": ends}
    error = await attempt(
        request, me, "the safety rota", lambda s: duties.add_shift(s, me.school_id, staff_id, days, starts, ends)
    )
    return await _rota(request, me, given=given, error=error) if error else done("rota")


@router.post("/rota/{shift_id}/remove")
async def remove_shift(request: Request, me: Administrator, shift_id: Number) -> Response:
    """Somebody less."""
    await attempt(request, me, "the safety rota", lambda s: duties.remove_shift(s, me.school_id, shift_id))
    return done("rota")


async def _rota(
    request: Request, me: Me, *, given: Mapping[str, object] | None = None, error: Refusal | None = None
) -> Response:
    line = line_of(request)
    async with line.database.read() as session:
        rows = [row for row in await staff_rows(session, me.school_id) if row.left_at is None]
        shifts = await shift_rows(session, me.school_id)
        view = await line.scenes.view(session, me.school_id)
        accounts = await account_rows(session, me.school_id)
    people = {row.id: row for row in rows}
    return show(
        request,
        me,
        "rota",
        error=error,
        given=given or {"staff": None, "weekdays": range(5), "starts": "08:00", "ends": "17:00"},
        shifts=[(shift, people[shift.staff_id]) for shift in shifts if shift.staff_id in people],
        people=rows,
        state=rota(view, line.clock.now()),
        can_warn=view.demo or any(account.sms_from or account.service_sid for account in accounts),
        weekdays=WEEKDAYS,
    )


# --- reading forms


def number_in(form: FormData, name: str) -> int | None:
    """A key that a form chose; None: nothing was."""
    text = str(form.get(name, ""))
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None  # noqa: PLR2004 - a database's key


def _days(form: FormData) -> Sequence[int]:
    return [int(str(day)) for day in form.getlist("weekdays") if str(day) in set("0123456")]


def _chosen(form: FormData) -> list[int]:
    """The people of an ordered choice. A form without any field was not ours, and must not empty anything."""
    fields = [str(value) for value in form.getlist("staff")]
    if not fields:
        raise HTTPException(400)
    return [int(text) for text in fields if text.isascii() and text.isdecimal() and len(text) < 19]  # noqa: PLR2004 - as above
