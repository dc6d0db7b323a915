"""The school's calendar: where it comes from, what the line makes of each entry, and what it tells parents now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Request, Response
from starlette.datastructures import UploadFile

from bot.calendar import keeping
from bot.calendar.facts import facts
from bot.calendar.holidays import GOOD_FRIDAY, LIBERATION_DAY, REGIONS, of_region
from bot.content.shipped import Fact
from bot.errors import Refusal
from bot.staff.marks import N_
from db.queries.calendar import Calendar, Entry, all_entries, calendar_of, calendar_row, sources
from db.queries.staff import Me
from db.types import EventKind
from locales import formats
from web.templating import LANGUAGE
from web.views.content_desk import content_of
from web.views.session import Administrator, line_of
from web.views.settings import attempt, done, posted, show

router = APIRouter(prefix="/settings/calendar")
LARGEST = 900_000
"""Bytes of a file that is uploaded; a feed may be larger."""
NEXT = dt.timedelta(days=60)
PAGE = 100
REGION_NAMES = {"noord": N_("North"), "midden": N_("Middle"), "zuid": N_("South")}
OWN_DAYS = {GOOD_FRIDAY: N_("Good Friday"), LIBERATION_DAY: N_("Liberation Day (5 May)")}
KINDS = {
    EventKind.PARENTS_EVENING: N_("parents' evening"),
    EventKind.SHORT_TALKS: N_("talks of ten minutes"),
    EventKind.REPORT: N_("report"),
    EventKind.TEST_WEEK: N_("test week"),
    EventKind.SCHOOL_EXAM: N_("school exam (not told)"),
    EventKind.RESIT: N_("resit (not told)"),
    EventKind.EXAM: N_("national exam"),
    EventKind.DAY_OFF: N_("no lessons (study day)"),
    EventKind.CLOSED: N_("school closed"),
    EventKind.HOLIDAY: N_("holiday"),
    EventKind.TRIP: N_("trip"),
    EventKind.OPEN_DAY: N_("open day"),
    EventKind.COUNCIL: N_("parent council"),
    EventKind.OTHER: N_("nothing for parents"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One entry in words."""

    entry: Entry
    days: str
    audience: str


@router.get("")
async def calendar_page(request: Request, me: Administrator) -> Response:
    """The next 60 days, or all."""
    return await _page(request, me)


@router.post("")
async def save(request: Request, me: Administrator) -> Response:
    """Keep region, own closing days and the feed's address; a new address is looked at by the worker within a minute."""
    form = await posted(request)
    given = {name: str(form.get(name, "")) for name in ("region", "url")}
    days = [str(day) for day in form.getlist("closed_on")]
    error = await attempt(
        request,
        me,
        "calendar",
        lambda s: keeping.save(s, me.school_id, region=given["region"], closed_on=days, url=given["url"]),
    )
    return await _page(request, me, error=error, given=given) if error else done("calendar")


@router.post("/fetch")
async def fetch(request: Request, me: Administrator) -> Response:
    """Look at the feed now; the page says what was found."""
    line = line_of(request)
    await keeping.refresh_now(line.database, line.fetcher, me.school_id, line.clock.now())
    return done("calendar")


@router.post("/file")
async def upload(request: Request, me: Administrator) -> Response:
    """Take what is in a file in the place of what was in the one before."""
    line = line_of(request)
    async with request.form(max_files=1, max_fields=2, max_part_size=LARGEST) as form:
        given = form.get("file")
        data = await given.read(LARGEST + 1) if isinstance(given, UploadFile) else b""
    try:
        if not data:
            raise Refusal(N_("Choose a file first."))  # noqa: TRY301 - all refusals are shown in one place
        if len(data) > LARGEST:
            raise Refusal(N_("This file is too large: 900 kB at most."))  # noqa: TRY301 - the same
        found = await keeping.read_file(line.fetcher, data, me.timezone, line.clock.now())
    except Refusal as error:
        return await _page(request, me, error=error)
    now = line.clock.now()
    refused = await attempt(
        request, me, "calendar file", lambda s: keeping.store(s, me.school_id, keeping.FILE, found, now)
    )
    return await _page(request, me, error=refused) if refused else done("calendar")


@router.post("/file/remove")
async def remove(request: Request, me: Administrator) -> Response:
    """Forget what came from the file."""
    error = await attempt(request, me, "calendar file", lambda s: keeping.drop(s, me.school_id, keeping.FILE))
    return await _page(request, me, error=error) if error else done("calendar")


@router.post("/entry")
async def choose(request: Request, me: Administrator) -> Response:
    """Say what an entry is; empty: as its words say."""
    form = await posted(request)
    wanted = str(form.get("kind", ""))
    if wanted and wanted not in set(EventKind):
        raise HTTPException(404)
    kind = EventKind(wanted) if wanted else None
    uid = str(form.get("uid", ""))
    error = await attempt(request, me, "calendar entry", lambda s: keeping.choose(s, me.school_id, uid, kind))
    return await _page(request, me, error=error) if error else done("calendar")


async def _page(
    request: Request, me: Me, *, error: Refusal | None = None, given: Mapping[str, str] | None = None
) -> Response:
    line = line_of(request)
    today = line.clock.now().astimezone(ZoneInfo(me.timezone)).date()
    async with line.database.read() as session:
        row = await calendar_row(session, me.school_id)
        calendar = await calendar_of(session, me.school_id)
        entries = [entry for entry in await all_entries(session, me.school_id) if entry.last >= today]
        found = await sources(session, me.school_id)
    everything = "all" in request.query_params
    listed = entries if everything else [entry for entry in entries if entry.first <= today + NEXT]
    page = _number(request.query_params.get("page", ""), most=max(0, len(listed) - 1) // PAGE)
    return show(
        request,
        me,
        "calendar",
        error=error,
        row=row,
        region=(given or {}).get("region", row.region if row else ""),
        url=(given or {}).get("url", row.url if row else ""),
        closed_on=calendar.closed_on,
        regions=[(name, REGION_NAMES[name]) for name in REGIONS],
        own_days=OWN_DAYS,
        known_until=f"{of_region(calendar.region)[-1].last:%d-%m-%Y}" if calendar.region else "",
        sources={source.name: source for source in found},
        told=_told(content_of(line).facts, calendar, today),
        entries=[_row(entry) for entry in listed[page * PAGE : (page + 1) * PAGE]],
        kinds=KINDS,
        total=len(entries),
        shown=len(listed),
        everything=everything,
        number=page,
        pages=max(0, len(listed) - 1) // PAGE + 1,
    )


def _number(text: str, *, most: int) -> int:
    return min(int(text), most) if text.isdecimal() and len(text) <= 4 else 0  # noqa: PLR2004 - 2,000 entries have 20 pages


def _row(entry: Entry) -> Row:
    days = _day(entry.first) if entry.first == entry.last else f"{_day(entry.first)} – {_day(entry.last)}"
    time = f" {entry.starts}" if entry.starts else ""
    return Row(entry, f"{days}{time}", ", ".join(entry.audience))


def _told(known: Mapping[str, Fact], calendar: Calendar, today: dt.date) -> list[tuple[str, str]]:
    """What the calendar tells a parent whose child is not known, by the names of the facts."""
    filled = facts(calendar, today)
    return [
        (fact.label, formats.typed(fact.type, filled[name], LANGUAGE) if filled[name] else "")
        for name, fact in known.items()
        if name in filled
    ]


def _day(day: dt.date) -> str:
    return formats.date(day, LANGUAGE)
