"""One case: what was said, what is known, and the box to answer in."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException

from bot.core.delivery import current
from bot.core.mind import Mind
from bot.errors import Refusal
from bot.staff import handling
from bot.staff.handling import Later, NoSuchCase
from bot.staff.introducing import Whose, bind_and_introduce
from bot.staff.knocks import knock_for
from bot.staff.phrases import PHRASES, kind
from bot.staff.preparing import LookFirst, looked_at, mark, prepare
from bot.staff.replies import Letter, Reply, school_of, translated
from bot.staff.replies import reply as save_reply
from bot.translation.plain import Hint, plainer
from bot.turn.types import Say
from bot.wiring import Line
from db.queries.cases import CaseRow, Tab, one_case
from db.queries.classes import find_guardians
from db.queries.door import rights_between
from db.queries.school import SchoolView
from db.queries.staff import Me, people
from db.queries.threads import Entry, history, thread
from db.queries.translation import allowed
from db.types import CaseState, ChannelName, DeliveryStatus
from locales.languages import SOURCE
from web.templating import page
from web.views import translated as translated_words
from web.views import words
from web.views.aside import load_aside
from web.views.gist import gist
from web.views.inbox import fingerprint, load_pane, shared
from web.views.inbox_filters import filters_of
from web.views.inputs import Typed, clean
from web.views.session import Staff, line_of
from web.views.translated import can_translate

router = APIRouter(prefix="/inbox/{case_id}")
_LARGEST = 2**63 - 1
CaseId = Annotated[int, Path(ge=1, le=_LARGEST)]


@dataclass(frozen=True, slots=True)
class Thread:
    """The messages as they are shown, with how each of ours fared."""

    case_id: int
    entries: tuple[Entry, ...]
    statuses: dict[int, tuple[DeliveryStatus, str | None]]
    version: str
    newest: str


@dataclass(frozen=True, slots=True)
class Offered:
    """A ready phrase to choose: its kind, its Dutch, its blanks (name and kind), and whether her language has it."""

    name: str
    kind: str
    dutch: str
    blanks: tuple[tuple[str, str], ...]
    ready: bool


@dataclass(frozen=True, slots=True)
class Box:
    """The answer box as it was typed so far, what she would read, and what was wrong with it."""

    token: str
    reply: Reply
    preview: tuple[Letter, ...] = ()
    fault: str = ""
    seen: str = ""
    """The mark of the preview."""
    hints: tuple[Hint, ...] | None = None
    """What could be said more simply, where somebody asked; empty: nothing."""


@router.get("")
async def case(
    request: Request,
    me: Staff,
    case_id: CaseId,
    tab: Tab | None = None,
    said: str = "",
) -> Response:
    """The case. Reading it is written down."""
    return await _show(request, me, case_id, tab=tab, said=said)


@router.get("/messages")
async def messages(request: Request, me: Staff, case_id: CaseId) -> Response:
    """The messages alone, for a page that is open. Reading them is written down too."""
    line = line_of(request)
    async with line.database.read() as session:
        row = await _readable(session, me, case_id)
        shown = await _thread(session, me, case_id)
    await line.database.write(lambda s: handling.read_case(s, me, case_id, now=line.clock.now()))
    return page(request, "inbox/messages.html", me=me, row=row, thread=shown, words=words, machine=translated_words)


@router.post("/reply")
async def answer(request: Request, me: Staff, case_id: CaseId) -> Response:
    """Show what she would read, or send it."""
    form = await request.form(max_fields=300, max_part_size=20_000)
    typed = {name: clean(value) for name, value in form.items() if isinstance(value, str)}
    phrase = typed.get("phrase", "")
    blanks = {name.removeprefix(f"{phrase}_"): value for name, value in typed.items() if name.startswith(f"{phrase}_")}
    reply = Reply(typed.get("text", "").replace("\r\n", "\n"), phrase, blanks if phrase else {})
    token = typed.get("token", "")
    line = line_of(request)
    async with line.database.read() as session:
        row = await _readable(session, me, case_id)
        view = await line.scenes.view(session, me.school_id)
    mind = await line.minds.of(me.school_id)
    language = row.language or SOURCE
    try:
        if typed.get("action") == "hints":
            return await _show(request, me, case_id, box=Box(token, reply, hints=plainer(reply.text)))
        letters = await prepare(
            line.database,
            line.translation,
            mind,
            view,
            reply,
            school_id=me.school_id,
            case_id=case_id,
            language=language,
            channel=row.channel,
            name=me.name,
        )
        if typed.get("action") != "send":
            return await _show(request, me, case_id, box=Box(token, reply, letters, seen=mark(letters)))
        looked_at(letters, typed.get("seen", ""))
        knocking = knock_for(mind, view, language)
        done = await line.database.write(
            lambda s: save_reply(
                s,
                me,
                case_id,
                letters,
                token=token,
                language=language,
                knocking=knocking,
                now=line.clock.now(),
            )
        )
    except NoSuchCase as error:
        raise HTTPException(404) from error
    except LookFirst as error:
        box = Box(token, reply, error.letters, fault=str(error), seen=mark(error.letters))
        return await _show(request, me, case_id, box=box, status=422)
    except Refusal as error:
        return await _show(request, me, case_id, box=Box(token, reply, fault=str(error)), status=422)
    said = "knocked" if done.knocked else "waits" if done.waits else "sent"
    return RedirectResponse(f"/inbox/{case_id}?said={said}", status_code=303)


@router.post("/not-mine")
async def not_mine(
    request: Request, me: Staff, case_id: CaseId, reason: Annotated[Typed, Form(max_length=500)] = ""
) -> Response:
    """Pass it to the next."""
    line = line_of(request)
    async with line.database.read() as session:
        view = await line.scenes.view(session, me.school_id)
    return await do(
        request,
        me,
        case_id,
        lambda s: handling.not_mine(s, me, case_id, reason=reason, view=view, now=line.clock.now()),
        "passed",
    )


@router.post("/hand-over")
async def hand_over(
    request: Request,
    me: Staff,
    case_id: CaseId,
    to: Annotated[int, Form(ge=1, le=_LARGEST)],
    note: Annotated[Typed, Form(max_length=500)] = "",
) -> Response:
    """Give it to a colleague."""
    line = line_of(request)
    async with line.database.read() as session:
        view = await line.scenes.view(session, me.school_id)
    return await do(
        request,
        me,
        case_id,
        lambda s: handling.hand_over(s, me, case_id, to=to, note=note, view=view, now=line.clock.now()),
        "handed",
    )


@router.post("/snooze")
async def snooze(request: Request, me: Staff, case_id: CaseId, until: Annotated[Later | dt.date, Form()]) -> Response:
    """Put it off until a morning."""
    now = line_of(request).clock.now()
    return await do(
        request,
        me,
        case_id,
        lambda s: handling.snooze(s, me, case_id, until=until, timezone=me.timezone, now=now),
        "snoozed",
    )


@router.post("/close")
async def close(request: Request, me: Staff, case_id: CaseId) -> Response:
    """Done."""
    now = line_of(request).clock.now()
    return await do(request, me, case_id, lambda s: handling.close(s, me, case_id, now=now), "closed")


@router.post("/reopen")
async def reopen(request: Request, me: Staff, case_id: CaseId) -> Response:
    """Not done after all."""
    now = line_of(request).clock.now()
    return await do(request, me, case_id, lambda s: handling.reopen(s, me, case_id, now=now), "reopened")


@router.get("/bind")
@router.get("/bind/search")
async def whose(request: Request, me: Staff, case_id: CaseId) -> Response:
    """Who writes here? Nothing sought yet, as also when the address of a search is opened again."""
    return await _whose(request, me, case_id, "")


@router.post("/bind/search")
async def search(
    request: Request, me: Staff, case_id: CaseId, q: Annotated[Typed, Form(max_length=100)] = ""
) -> Response:
    """Search a guardian. Posted: no name stands in an address."""
    return await _whose(request, me, case_id, q)


async def _whose(request: Request, me: Me, case_id: int, q: str) -> Response:
    line = line_of(request)
    async with line.database.read() as session:
        row = await _readable(session, me, case_id)
        if row.verified:
            return RedirectResponse(f"/inbox/{case_id}", status_code=303)
        found = await find_guardians(session, me.school_id, q, me.today(line.clock.now()))
    return page(request, "inbox/bind.html", me=me, row=row, q=q, found=found, words=words)


@router.post("/bind")
async def bind(
    request: Request,
    me: Staff,
    case_id: CaseId,
    who: Annotated[str, Form(pattern=r"^\d{1,18}-\d{1,18}$")],
    end_older: Annotated[bool, Form()] = False,  # noqa: FBT002 - a checkbox
) -> Response:
    """It is this guardian, about this child."""
    guardian_id, _, pupil_id = who.partition("-")
    whose, line = Whose(int(guardian_id), int(pupil_id), end_older), line_of(request)
    now, mind = line.clock.now(), await line.minds.of(me.school_id)
    async with line.database.read() as session:
        view = await line.scenes.view(session, me.school_id)
    return await do(
        request,
        me,
        case_id,
        lambda s: bind_and_introduce(s, me, case_id, whose, mind=mind, view=view, now=now),
        "bound",
    )


async def do(
    request: Request, me: Me, case_id: int, verb: Callable[[AsyncSession], Awaitable[object]], said: str
) -> Response:
    """Run one verb; what it refuses is said on the page of the case."""
    line = line_of(request)
    try:
        await line.database.write(verb)
    except NoSuchCase as error:
        raise HTTPException(404) from error
    except Refusal as error:
        return await _show(request, me, case_id, fault=str(error), status=422)
    async with line.database.read() as session:
        still = await one_case(session, me, case_id)
    where = f"/inbox/{case_id}" if still is not None and still.readable else "/inbox"
    return RedirectResponse(f"{where}?said={said}", status_code=303)


async def _show(
    request: Request,
    me: Me,
    case_id: int,
    *,
    tab: Tab | None = None,
    said: str = "",
    box: Box | None = None,
    fault: str = "",
    status: int = 200,
) -> Response:
    line = line_of(request)
    mind = await line.minds.of(me.school_id)
    async with line.database.read() as session:
        row = await one_case(session, me, case_id)
    if row is None:
        raise HTTPException(404)
    if row.readable:
        await line.database.write(lambda s: handling.read_case(s, me, case_id, now=line.clock.now()))
    async with line.database.read() as session:
        pane = await load_pane(session, line, me, tab or _tab(row, me), selected=case_id, filters=filters_of(request))
        shown = await _thread(session, me, case_id) if row.readable else None
        happened = await history(session, me.school_id, case_id) if row.readable else ()
        nobody = {row.assignee_id} if row.readable else {row.assignee_id, me.staff_id}
        colleagues = [person for person in await people(session, me.school_id) if person.staff_id not in nobody]
        view = await line.scenes.view(session, me.school_id)
        aside = await load_aside(session, me, row, now=line.clock.now())
        today = me.today(line.clock.now())
        rights = await rights_between(session, me.school_id, row.guardian_id, row.pupil_id, today)
        may = await allowed(session, me.school_id)
    return page(
        request,
        "inbox/case.html",
        me=me,
        status=status,
        row=row,
        rights=rights,
        thread=shown,
        happened=happened,
        aside=aside,
        colleagues=colleagues,
        phrases=sorted(_phrases(mind, view, row), key=lambda one: aside.first(one.name)) if row.readable else (),
        translates=await can_translate(line.translation, may, row),
        machine=translated_words,
        gist=gist(row, shown.entries) if shown else "",
        box=box or Box(secrets.token_urlsafe(12), Reply()),
        window_closed=_window_closed(line, row),
        fault=fault,
        said=said,
        **shared(pane),
    )


def _tab(row: CaseRow, me: Me) -> Tab:
    if row.state is CaseState.CLOSED:
        return Tab.CLOSED
    if row.state is CaseState.WAITING:
        return Tab.WAITING
    if row.assignee_id is None:
        return Tab.UNASSIGNED
    return Tab.MINE if row.assignee_id == me.staff_id else Tab.TEAM


def _window_closed(line: Line, row: CaseRow) -> bool:
    """As a warning before she types; the reply itself looks again."""
    return row.channel is ChannelName.WHATSAPP and (row.window_until is None or row.window_until <= line.clock.now())


def _phrases(mind: Mind, view: SchoolView, row: CaseRow) -> tuple[Offered, ...]:
    school, language = school_of(view), row.language or SOURCE

    def spoken(response: str, blanks: dict[str, str], code: str) -> tuple[str, str]:
        said = mind.words(Say(response, blanks), language=code, channel=row.channel, school=school, menu=0)
        return "\n".join(said.texts), said.language

    return tuple(
        Offered(
            name=phrase.name,
            kind=phrase.kind,
            dutch=spoken(phrase.response, phrase.shown_blanks(), SOURCE)[0],
            blanks=tuple((blank, kind(blank)) for blank in phrase.blanks),
            ready=translated(spoken(phrase.response, phrase.shown_blanks(), language)[1], language),
        )
        for phrase in PHRASES.values()
    )


async def _readable(session: AsyncSession, me: Me, case_id: int) -> CaseRow:
    row = await one_case(session, me, case_id)
    if row is None or not row.readable:
        raise HTTPException(404)
    return row


async def _thread(session: AsyncSession, me: Me, case_id: int) -> Thread:
    entries = await thread(session, me.school_id, case_id)
    statuses = await current(session, [entry.entry_id for entry in entries if not entry.inbound])
    newest = max((entry.seq for entry in entries if entry.inbound), default=0)
    return Thread(case_id, entries, statuses, fingerprint((entries, statuses)), str(newest))
