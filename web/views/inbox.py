"""The inbox answers: who is waiting for me, and what do they want."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff.thanks import thanked
from bot.wiring import Line
from db.queries.cases import EVERYTHING, CaseRow, Filters, Tab, cases, counts
from db.queries.facets import Facets, facets
from db.queries.staff import Me
from web.templating import page
from web.views import names, words
from web.views.inbox_filters import as_query, filters_of
from web.views.inputs import Typed
from web.views.session import Staff, find_me, line_of

router = APIRouter(prefix="/inbox")
BELLS = ("case", "outbox")
PATIENCE = 30.0
"""Seconds after which a page that heard nothing is checked for having been logged out."""
AT_MOST_EVERY = 0.5


@dataclass(frozen=True, slots=True)
class Pane:
    """The list as it is shown. `version` changes with whatever is shown in it, `newest` with new words of a parent."""

    tab: Tab
    search: str
    rows: tuple[CaseRow, ...]
    counts: dict[Tab, int]
    selected: int | None
    version: str
    newest: str
    filters: Filters
    query: str
    facets: Facets
    thanks: int


async def load_pane(
    session: AsyncSession,
    line: Line,
    me: Me,
    tab: Tab,
    search: str = "",
    selected: int | None = None,
    *,
    filters: Filters = EVERYTHING,
) -> Pane:
    """Read the list."""
    now = line.clock.now()
    rows = await cases(session, me, tab, search=search.strip()[:80], filters=filters, now=now)
    many = await counts(session, me)
    thanks = len(await thanked(session, me, now=now)) if tab is Tab.MINE and not search else 0
    newest = max((row.waiting_since.isoformat() for row in rows if row.waiting_since), default="")
    return Pane(
        tab=tab,
        search=search.strip(),
        rows=rows,
        counts=many,
        selected=selected,
        version=fingerprint((rows, many, thanks)),
        newest=newest,
        filters=filters,
        query=as_query(filters),
        facets=await facets(session, me, tab),
        thanks=thanks,
    )


def fingerprint(shown: object) -> str:
    """Tells two states of a part apart, without holding anything of it."""
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def shared(pane: Pane) -> dict[str, Any]:
    """What every template of the inbox needs."""
    return {"pane": pane, "words": words, "names": names, "tabs": names.TABS}


@router.get("")
async def inbox(request: Request, me: Staff, tab: Tab = Tab.MINE, said: str = "") -> Response:
    """The list, and nothing opened yet."""
    line = line_of(request)
    async with line.database.read() as session:
        pane = await load_pane(session, line, me, tab, filters=filters_of(request))
    return page(request, "inbox/inbox.html", me=me, said=said, **shared(pane))


@router.get("/search")
async def no_search() -> Response:
    """Where a browser comes that opens the address of a search again: what was sought is not in it."""
    return RedirectResponse("/inbox", status_code=303)


@router.post("/search")
async def search(request: Request, me: Staff, q: Annotated[Typed, Form(max_length=200)] = "") -> Response:
    """The cases of these people. Posted, because an address is kept by histories and logs, and names are sought."""
    if not q.strip():
        return RedirectResponse("/inbox", status_code=303)
    line = line_of(request)
    async with line.database.read() as session:
        pane = await load_pane(session, line, me, Tab.MINE, q)
    return page(request, "inbox/inbox.html", me=me, said="", **shared(pane))


@router.get("/list")
async def part(
    request: Request,
    me: Staff,
    tab: Tab = Tab.MINE,
    selected: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> Response:
    """The list alone, for a page that is open."""
    line = line_of(request)
    async with line.database.read() as session:
        pane = await load_pane(session, line, me, tab, selected=selected, filters=filters_of(request))
    return page(request, "inbox/list.html", me=me, **shared(pane))


@router.get("/events", response_class=EventSourceResponse)
async def events(request: Request, me: Staff) -> AsyncIterator[ServerSentEvent]:
    """Says that something changed, and nothing else: what it is, the page asks for itself.

    The first word comes at once: what changed since the page was drawn, or while the line was away, rang for nobody.
    """
    del me
    bell = line_of(request).database.bell
    listener = bell.listen(*BELLS)
    try:
        yield ServerSentEvent(event="changed", raw_data="-")
        while True:
            rang = await listener.wait(PATIENCE)
            if await find_me(request) is None:
                yield ServerSentEvent(event="ended", raw_data="-")
                return
            if rang:
                yield ServerSentEvent(event="changed", raw_data="-")
                await asyncio.sleep(AT_MOST_EVERY)
    finally:
        bell.forget(listener)
