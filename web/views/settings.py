"""The settings: how does it run? Facts, name and colour, languages. `settings_people` and `settings_channels` have the rest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Path, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData

from bot.calendar.facts import facts as calendar_facts
from bot.calendar.keeping import is_old
from bot.content.answers import Readiness, answers
from bot.content.phrases import HOLIDAY
from bot.content.shipped import Fact
from bot.errors import Refusal
from bot.people.availability import rota
from bot.staff import settings as verbs
from bot.staff.knocks import lacking
from bot.staff.marks import N_
from bot.staff.typed import WrongFields, latest, shown
from bot.translation.service import Translation
from db.queries.calendar import calendar_row
from db.queries.routing import stuck_cases
from db.queries.settings import AccountRow, account_rows, class_rows, fact_values, staff_rows
from db.queries.staff import Me
from db.tables import SchoolCalendar
from db.types import Role
from locales import formats
from locales.languages import LANGUAGES
from web.templating import LANGUAGE, page, translate
from web.views.content_desk import content_of, phrasebook
from web.views.session import Administrator, line_of

router = APIRouter(prefix="/settings")
Number = Annotated[int, Path(ge=1, le=2**53)]
"""A row's id in an address."""
SECTIONS = (
    ("facts", N_("School facts")),
    ("calendar", N_("Calendar")),
    ("school", N_("Name and colour")),
    ("staff", N_("Staff")),
    ("roles", N_("Roles")),
    ("routing", N_("Who gets what")),
    ("mentors", N_("Mentors")),
    ("rota", N_("Safety rota")),
    ("channels", N_("Channels")),
    ("notices", N_("Messages to staff")),
    ("languages", N_("Languages")),
    ("translation", N_("Translation")),
    ("history", N_("Changes")),
)
HEADINGS = {
    "school_phone": N_("The school"),
    "next_holiday_name": N_("Calendar"),
    "portal_name": N_("Practical matters"),
    "careers_name": N_("Learning"),
    "open_day_date": N_("Coming to this school, and the rest"),
}
"""Before which fact a heading stands; what is new without one joins the group before it."""


@dataclass(frozen=True, slots=True)
class FactField:
    """One fact as its form shows it; `past` where its last day is over; `told` where the calendar knows it, and says so."""

    fact: Fact
    heading: str
    value: str
    past: bool
    told: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the overview; `look` is good, warn or bad."""

    section: str
    title: str
    says: str
    look: str


# --- what every settings page shares


async def attempt(
    request: Request, me: Me, what: str, work: Callable[[AsyncSession], Awaitable[object]], *, undoes: int | None = None
) -> Refusal | None:
    """Make a change; the refusal, if it was one. What is not this school's is not there."""
    line = line_of(request)
    try:
        await verbs.change(line.database, me, what, work, at=line.clock.now(), undoes=undoes)
    except verbs.NotHere as error:
        raise HTTPException(404) from error
    except Refusal as error:
        return error
    return None


async def posted(request: Request) -> FormData:
    """What a form of ours sent."""
    return await request.form(max_files=0, max_fields=500, max_part_size=20_000)


def show(request: Request, me: Me, section: str, *, error: Refusal | None = None, **context: Any) -> Response:
    """A settings page. After a refusal: 422, the reason above, and each field's own fault at the field."""
    faults = error.fields if isinstance(error, WrongFields) else {}
    return page(
        request,
        f"settings/{section}.html",
        me=me,
        status=422 if error else 200,
        section=section,
        sections=SECTIONS,
        fault=str(error) if error else "",
        faults={name: translate(text) for name, text in faults.items()},
        saved="saved" in request.query_params,
        **context,
    )


def done(address: str) -> Response:
    """Back to the page, which says that it was saved."""
    return RedirectResponse(f"/settings/{address}?saved=1", status_code=303)


# --- overview


@router.get("")
async def overview(request: Request, me: Administrator) -> Response:
    """Each section in one line, with what is missing."""
    line = line_of(request)
    now = line.clock.now()
    async with line.database.read() as session:
        values = await fact_values(session, me.school_id)
        people = await staff_rows(session, me.school_id)
        classes = await class_rows(session, me.school_id)
        accounts = await account_rows(session, me.school_id)
        view = await line.scenes.view(session, me.school_id)
        calendar = await calendar_row(session, me.school_id)
        stuck = await stuck_cases(session, me.school_id)
    on_rota = rota(view, now)
    today = now.astimezone(ZoneInfo(me.timezone)).date()
    facts = fields(content_of(line).facts, values, today, calendar_facts(view.calendar, today))
    here = [person for person in people if person.left_at is None]
    held = {role for person in here for role in person.roles}
    says = {
        "facts": _counted(
            (
                sum(not field.value and field.told is None for field in facts),
                N_("%(count)s not filled in: the line then asks a person."),
            ),
            (sum(field.past for field in facts), N_("%(count)s with a day that is over.")),
        ),
        "calendar": _calendar_says(calendar, now),
        "school": ("", "good"),
        "staff": (translate("%(count)s people", count=len(here)), "good"),
        "roles": _counted(
            (len(set(Role) - held - {Role.MENTOR, Role.LAST_RESORT}), N_("%(count)s that nobody holds."))
        ),
        "routing": _routing_says(held, stuck),
        "mentors": _counted((sum(not row.mentors for row in classes), N_("%(count)s classes without a mentor."))),
        "rota": ("", "good")
        if on_rota.names or on_rota.opens_at
        else (translate("Nobody is warned of danger. Add somebody before parents get the number."), "bad"),
        "channels": _channels_say(accounts, values, content_of(line).catalogues.languages),
        "notices": ("", "good"),
        "history": ("", "good"),
        "translation": _translation_says(line.translation),
        "languages": (translate("%(count)s languages", count=len(content_of(line).catalogues.languages)), "good"),
    }
    items = [Item(section, translate(title), *says[section]) for section, title in SECTIONS]
    return show(request, me, "overview", items=items)


def _counted(*counts: tuple[int, str]) -> tuple[str, str]:
    words = " ".join(translate(text, count=count) for count, text in counts if count)
    return words, "warn" if words else "good"


def _routing_says(held: Collection[Role], stuck: int) -> tuple[str, str]:
    if stuck:
        return translate("%(count)s open cases that nobody can act on: hand them over.", count=stuck), "bad"
    if Role.LAST_RESORT not in held:
        return translate("Nobody is the last resort: name somebody under Roles."), "bad"
    return "", "good"


def _calendar_says(row: SchoolCalendar | None, now: dt.datetime) -> tuple[str, str]:
    if row is not None and row.url and is_old(row, now):
        return translate("Could not be fetched for more than three days: parents are told what it said then."), "warn"
    if row is None or not row.region:
        return translate("No region is chosen, so the school holidays are not known."), "warn"
    return "", "good"


def _translation_says(translation: Translation) -> tuple[str, str]:
    if not translation.works:
        return translate("None: colleagues answer with ready phrases, or in Dutch."), "good"
    return ("", "good") if translation.answers else (translate("The translator does not answer."), "warn")


def _channels_say(
    accounts: tuple[AccountRow, ...], values: Mapping[str, str], languages: Collection[str]
) -> tuple[str, str]:
    if not accounts:
        return translate("None yet: see docs/channels.md."), "warn"
    whatsapp = any(account.whatsapp_from for account in accounts)
    return _counted(
        (sum(bool(account.fault) for account in accounts), N_("%(count)s with a fault.")),
        (len(lacking(values, languages)) if whatsapp else 0, N_("%(count)s languages without a knock on WhatsApp.")),
    )


# --- facts


def fields(
    facts: Mapping[str, Fact], values: Mapping[str, str], today: dt.date, told: Mapping[str, str]
) -> list[FactField]:
    """The form's fields, in the order of the file. `told` is what the calendar knows."""
    made = []
    for name, fact in facts.items():
        if name == verbs.NAME:
            continue
        value = values.get(name, "")
        last = latest(fact.type, value)
        heading = translate(HEADINGS[name]) if name in HEADINGS else ""
        known = formats.typed(fact.type, told[name], LANGUAGE) if name in told else None
        past = known is None and last is not None and last < today
        made.append(FactField(fact, heading, shown(fact.type, value), past=past, told=known))
    return made


@router.get("/facts")
async def facts_page(request: Request, me: Administrator) -> Response:
    """What stands in the blanks of the sentences."""
    return await _facts(request, me)


@router.post("/facts")
async def save_facts(request: Request, me: Administrator) -> Response:
    """Keep them, all or none."""
    form, known = await posted(request), content_of(line_of(request)).facts
    given = {name: str(form[name]) for name in known if name in form}
    error = await attempt(request, me, "facts", lambda s: verbs.save_facts(s, me.school_id, known, given))
    return await _facts(request, me, given=given, error=error) if error else done("facts")


async def _facts(
    request: Request, me: Me, *, given: Mapping[str, str] | None = None, error: Refusal | None = None
) -> Response:
    line = line_of(request)
    async with line.database.read() as session:
        values = await fact_values(session, me.school_id)
        view = await line.scenes.view(session, me.school_id)
    today = line.clock.now().astimezone(ZoneInfo(me.timezone)).date()
    made = fields(content_of(line).facts, values, today, calendar_facts(view.calendar, today))
    groups: list[tuple[str, list[FactField]]] = []
    for field in made:
        if field.heading or not groups:
            groups.append((field.heading, []))
        groups[-1][1].append(field)
    book = content_of(line).book
    holidays = [found.variants[0].text for name, found in book.domain.responses.items() if name.startswith(HOLIDAY)]
    return show(request, me, "facts", error=error, groups=groups, given=given or {}, holidays=holidays)


# --- name and colour


@router.get("/school")
async def school_page(request: Request, me: Administrator) -> Response:
    """The name that parents read, the colour of the pages."""
    return show(request, me, "school", name=me.school_name, accent=me.accent)


@router.post("/school")
async def save_school(request: Request, me: Administrator) -> Response:
    """Keep both."""
    form = await posted(request)
    name, accent = str(form.get("name", "")), str(form.get("accent", ""))
    error = await attempt(
        request, me, "name and colour", lambda s: verbs.save_school(s, me.school_id, name=name, accent=accent)
    )
    return show(request, me, "school", error=error, name=name, accent=accent) if error else done("school")


# --- languages


@router.get("/languages")
async def languages_page(request: Request, me: Administrator) -> Response:
    """What is shipped, and how far each is with the school's own sentences on top."""
    line = line_of(request)
    async with line.database.read() as session:
        phrases = await phrasebook(session, line, me.school_id, draft=False)
    rows = answers(phrases)
    counts = {
        code: {state.value: sum(row.languages[code] is state for row in rows) for state in Readiness}
        for code in phrases.languages
    }
    missing = [language for code, language in LANGUAGES.items() if code not in counts and not language.script_of]
    return show(request, me, "languages", counts=counts, total=len(rows), known=LANGUAGES, missing=missing)
