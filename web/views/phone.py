"""The web phone answers: what would a parent see? Demo mode and loopback only; everybody on it is invented."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import ipaddress
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.delivery import RANK, current
from bot.demo.phone import Handset, arrived, letter, open_as, say, suggestions
from bot.demo.school import demo_school
from bot.errors import Refusal
from bot.staff.marks import N_
from db.queries.door import children_of
from db.queries.phone import (
    STRANGER,
    Bubble,
    Parent,
    bubbles,
    busy,
    conversation_on,
    external_id,
    last_message,
    parents,
    strangers,
)
from db.queries.staff import people
from db.types import ChannelName, DeliveryStatus, InboundKind
from locales.languages import LANGUAGES
from web.templating import page
from web.views import names
from web.views.session import give_cookie, line_of

FIRST_LANGUAGE = "tr"
"""Whose phone is shown first: a reader of the page should meet a language that is not hers."""
BELLS = ("inbox", "outbox", "case")
PATIENCE = 30.0
AT_MOST_EVERY = 0.2
DECISIONS: Mapping[str, str] = {
    "answer": N_("answers by itself"),
    "offer": N_("offers choices"),
    "person": N_("brings it to a person"),
}
SENDABLE = frozenset(
    {
        InboundKind.TEXT,
        InboundKind.VOICE,
        InboundKind.PICTURE,
        InboundKind.STICKER,
        InboundKind.LOCATION,
        InboundKind.DOCUMENT,
    }
)


def only_here(request: Request) -> None:
    """Refuse whoever is not on this machine, under whatever name a page elsewhere may have reached us (DNS rebinding)."""
    client = request.client.host if request.client else ""
    if not line_of(request).demo or not _loopback(client) or not _loopback(request.url.hostname or ""):
        raise HTTPException(404)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


router = APIRouter(prefix="/phone", dependencies=[Depends(only_here)])
As = Annotated[str, Query(alias="as", pattern=r"^(\d{1,12}|new-[0-9a-f]{8})$")]
Wanted = Annotated[str, Query(alias="as", pattern=r"^(\d{1,12}|new-[0-9a-f]{8})?$")]


@dataclass(frozen=True, slots=True)
class Held:
    """The phone on the page. `parent` is None for somebody whom the school does not know."""

    who: str
    school_id: int
    school: str
    zone: str
    handset: Handset
    parent: Parent | None
    conversation_id: int | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands on the phone. `version` changes with anything of it, `newest` with each answer."""

    bubbles: tuple[Bubble, ...]
    marks: Mapping[int, names.Mark]
    typing: bool
    version: str
    newest: int


def _today(request: Request) -> dt.date:
    return line_of(request).clock.now().date()


async def _held(session: AsyncSession, who: str, today: dt.date, everybody: tuple[Parent, ...] = ()) -> Held:
    """Take up the phone of `who`: an address of a demo parent, or a token of somebody new."""
    school = await demo_school(session)
    if school is None:
        raise HTTPException(404)
    parent = None
    if who.startswith("new-"):
        handset = Handset(ChannelName.WHATSAPP, STRANGER + who.removeprefix("new-"))
    else:
        known = everybody or await parents(session, school.id, today)
        parent = next((each for each in known if str(each.address_id) == who), None)
        if parent is None:
            raise HTTPException(404)
        handset = Handset(parent.channel, await external_id(session, school.id, parent.address_id))
    conversation = await conversation_on(session, school.id, handset.channel, handset.external_id)
    return Held(
        who=who,
        school_id=school.id,
        school=school.name,
        zone=school.timezone,
        handset=handset,
        parent=parent,
        conversation_id=conversation.id if conversation else None,
    )


async def _shown(request: Request, held: Held) -> Shown:
    """Read the phone; showing it is what delivers to it, so what is new gets its receipt."""
    line = line_of(request)
    if held.conversation_id is None:
        return Shown((), {}, typing=False, version="empty", newest=0)
    async with line.database.read() as session:
        found = await bubbles(session, held.conversation_id)
        typing = await busy(session, held.conversation_id)
        ours = [bubble for bubble in found if not bubble.inbound]
        status = await current(session, [bubble.row_id for bubble in ours])

    def reached(bubble: Bubble) -> DeliveryStatus:
        return status[bubble.row_id][0] if bubble.row_id in status else DeliveryStatus.ACCEPTED

    fresh = [bubble for bubble in ours if RANK[reached(bubble)] < RANK[DeliveryStatus.DELIVERED]]
    if fresh:
        now = line.clock.now()
        await line.database.write(lambda s: arrived(s, fresh, now=now))
    marks = {b.row_id: names.DELIVERED.get(reached(b), names.DELIVERED[DeliveryStatus.DELIVERED]) for b in ours}
    newest = max((bubble.row_id for bubble in ours), default=0)
    return Shown(found, marks, typing, _fingerprint(found, marks, typing), newest)


def _suggested(held: Held, lang: str = "") -> dict[str, Any]:
    """What to type on an empty phone, and in which language it is."""
    wanted = held.parent.language if held.parent else lang
    code = wanted if wanted in suggestions() else {"ary": "ar"}.get(wanted, "nl")
    return {"suggestions": suggestions()[code], "suggested_in": code}


def _fingerprint(*shown: object) -> str:
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


async def _happened(session: AsyncSession, held: Held, today: dt.date) -> dict[str, Any]:
    """What the line made of her last message, and whose inbox to open for it."""
    last = await last_message(session, held.conversation_id) if held.conversation_id is not None else None
    colleagues = {person.staff_id: person for person in await people(session, held.school_id)}
    mentor = last.case.assignee_id if last and last.case else None
    if mentor is None and held.parent is not None:
        children = await children_of(session, held.school_id, held.parent.guardian_id, today)
        mentor = next((number for child in children for number in child.mentor_ids), None)
    return {
        "held": held,
        "last": last,
        "mentor": colleagues.get(mentor or 0),
        "colleagues": tuple(colleagues.values()),
        "decisions": DECISIONS,
        "names": names,
        "languages": LANGUAGES,
        "version": _fingerprint(last),
    }


@router.get("")
async def phone(request: Request, who: Wanted = "", lang: Annotated[str, Query(max_length=10)] = "") -> Response:
    """Parents to choose from, one phone, and what happened behind it."""
    return await _page(request, who, lang)


async def _page(request: Request, who: str, lang: str = "", *, code: str = "", code_for: str = "") -> Response:
    async with line_of(request).database.read() as session:
        school = await demo_school(session)
        everybody = await parents(session, school.id, _today(request)) if school else ()
        if not everybody:
            raise HTTPException(404)
        first = next((p for p in everybody if p.language == (lang or FIRST_LANGUAGE)), everybody[0])
        held = await _held(session, who or str(first.address_id), _today(request), everybody)
        context = await _happened(session, held, line_of(request).clock.now().date())
        unknown = await strangers(session, held.school_id)
    spoken = tuple(dict.fromkeys(parent.language for parent in everybody))
    return page(
        request,
        "phone.html",
        shown=await _shown(request, held),
        everybody=tuple(p for p in everybody if not lang or p.language == lang),
        spoken=spoken,
        lang=lang,
        unknown=unknown,
        fresh=secrets.token_hex(4),
        code=code,
        code_for=code_for,
        **_suggested(held, lang),
        **context,
    )


@router.get("/thread")
async def thread(request: Request, who: As) -> Response:
    """The messages alone, for a page that is open."""
    async with line_of(request).database.read() as session:
        held = await _held(session, who, _today(request))
    return await _part(request, "phone_thread.html", held)


@router.get("/happened")
async def happened(request: Request, who: As) -> Response:
    """What happened alone, for a page that is open."""
    async with line_of(request).database.read() as session:
        context = await _happened(session, await _held(session, who, _today(request)), _today(request))
    return page(request, "phone_happened.html", **context)


async def _part(request: Request, name: str, held: Held) -> Response:
    shown = await _shown(request, held)
    return page(request, name, held=held, shown=shown, names=names, code="", code_for="", **_suggested(held))


@router.get("/events", response_class=EventSourceResponse)
async def events(request: Request) -> AsyncIterator[ServerSentEvent]:
    """Says that something changed, and nothing else: what it is, the page asks for itself. At once, as in the inbox."""
    bell = line_of(request).database.bell
    listener = bell.listen(*BELLS)
    try:
        yield ServerSentEvent(event="changed", raw_data="-")
        while True:
            if await listener.wait(PATIENCE):
                yield ServerSentEvent(event="changed", raw_data="-")
                await asyncio.sleep(AT_MOST_EVERY)
    finally:
        bell.forget(listener)


@router.post("/say")
async def write(
    request: Request,
    who: As,
    text: Annotated[str, Form(max_length=4096)] = "",
    kind: Annotated[InboundKind, Form()] = InboundKind.TEXT,
    button: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Send what was typed, tapped or chosen; digits are typed like anything else."""
    line = line_of(request)
    async with line.database.read() as session:
        held = await _held(session, who, _today(request))
        shown = await bubbles(session, held.conversation_id) if held.conversation_id is not None else ()
    if kind not in SENDABLE:
        raise HTTPException(400)
    if button:
        kind = InboundKind.BUTTON
        title = next((title for b in shown for payload, title in b.choices if payload == button), None)
        if title is None:
            raise HTTPException(400)
        text = title
    elif kind is not InboundKind.TEXT:
        text = ""
    elif not text.strip():
        kind = InboundKind.EMPTY
    now = line.clock.now()
    await line.database.write(
        lambda s: say(s, held.handset, now=now, kind=kind, text=text.strip(), button=button or None)
    )
    if not request.headers.get("x-part"):
        return RedirectResponse(f"/phone?as={who}", status_code=303)
    async with line.database.read() as session:
        return await _part(request, "phone_handset.html", await _held(session, who, _today(request)))


@router.post("/letter")
async def code(request: Request, who: As) -> Response:
    """A letter's code, ready to be sent: shown now and never again, since only its hash is kept."""
    line = line_of(request)
    now = line.clock.now()
    written, guardian = await line.database.write(lambda s: letter(s, line.secret, now=now))
    return await _page(request, who, code=written, code_for=f"{guardian.given_name} {guardian.family_name}".strip())


@router.post("/open")
async def open_inbox(
    request: Request,
    staff: Annotated[int, Form(ge=1, le=2**63 - 1)],
    case: Annotated[int, Form(ge=0, le=2**63 - 1)] = 0,
) -> Response:
    """Become somebody of the demo school, and go to their inbox."""
    line = line_of(request)
    try:
        token = await open_as(line.database, staff, now=line.clock.now())
    except Refusal as error:
        raise HTTPException(404) from error
    response = RedirectResponse(f"/inbox/{case}" if case else "/inbox", status_code=303)
    give_cookie(response, line.settings, token)
    return response
