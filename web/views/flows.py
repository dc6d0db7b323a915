"""The conversations of a school: the list, and one as steps, as a drawing and as the text that it is written in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from bot.content import flow_editing
from bot.content.flow_editing import NewFlow
from bot.content.flow_rules import is_error, merged, name_of
from bot.errors import Refusal
from bot.staff.marks import N_
from bot.staff.typed import WrongFields
from db.queries.staff import Me
from flows.faults import Fault
from flows.model import Book
from locales.catalogs import source_hash
from web.templating import page, translate
from web.views.content_desk import content_of, draft_bar, revisions_of
from web.views.flow_drawing import draw, kinds
from web.views.flow_words import KINDS, lead_here, tell, words
from web.views.flows_desk import Desk, desk_of, known_or_404, may_start, started
from web.views.inputs import clean
from web.views.session import Administrator, line_of

router = APIRouter(prefix="/content/flows")
LONGEST_FORM = 1_000_000
"""So that a text that is too long is refused by its own words, and is still there."""
LONGEST_FIELD = 1_200
STATES = {
    "shipped": N_("as shipped"),
    "fixed": N_("the same at every school"),
    "changed": N_("changed by your school"),
    "own": N_("made by your school"),
}
FAMILY_NAMES = {
    "one": N_("a parent with one child"),
    "two": N_("a parent with two children"),
    "unknown": N_("a parent whom school does not know"),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One conversation in the list."""

    flow_id: str
    name: str
    description: str
    started: Sequence[str]
    state: str
    in_draft: bool
    faulty: bool


@router.get("")
async def flows(request: Request, me: Administrator) -> Response:
    """All conversations, as they would be with the draft."""
    line = line_of(request)
    async with line.database.read() as session:
        desk = await desk_of(session, line, me)
        bar = await draft_bar(session, line, me.school_id)
    own = [flow_id for flow_id in desk.phrases.flow_files if desk.is_own(flow_id)]
    rows = [_listed(desk, flow_id) for flow_id in dict.fromkeys((*own, *desk.phrases.book.flows))]
    started_first = sorted(rows, key=lambda row: not row.started)
    return page(
        request,
        "content/flows.html",
        me=me,
        rows=started_first,
        states=STATES,
        gone=request.query_params.get("gone", "")[:1],
        draft=bar,
    )


def _listed(desk: Desk, flow_id: str) -> Listed:
    flow = desk.flow(flow_id)
    shown = desk.phrases.book.flows.get(flow_id)
    named = shown if shown is not None and desk.laid.is_sound(flow_id) else flow
    return Listed(
        flow_id,
        named.name if named else flow_id,
        translate(flow.description) if flow else "",
        started(flow) if flow else (),
        desk.state(flow_id),
        desk.in_draft(flow_id),
        not desk.laid.is_sound(flow_id),
    )


@router.get("/new")
async def ask_new(request: Request, me: Administrator) -> Response:
    """A name, what it does, its first sentence, and what starts it."""
    return await _new(request, me, NewFlow("", "", ""))


@router.post("/new")
async def make_new(request: Request, me: Administrator) -> Response:
    """Begin one in the draft; the rest is written on its page."""
    line = line_of(request)
    form = await request.form(max_files=0, max_fields=10, max_part_size=20_000)
    given = {name: clean(str(form.get(name, ""))).strip() for name in ("name", "description", "sentence", "intent")}
    new = NewFlow(**{name: text[:LONGEST_FIELD] for name, text in given.items()})
    async with line.database.read() as session:
        desk = await desk_of(session, line, me)
    if new.intent and new.intent not in may_start(desk):
        raise HTTPException(400)
    try:
        flow_id = await line.database.write(
            lambda s: flow_editing.add(
                s, revisions_of(line), content_of(line), school_id=me.school_id, staff_id=me.staff_id, new=new
            )
        )
    except Refusal as error:
        return await _new(request, me, new, error=error)
    return RedirectResponse(f"/content/flows/{flow_id}?saved=1", status_code=303)


async def _new(request: Request, me: Me, new: NewFlow, *, error: Refusal | None = None) -> Response:
    line = line_of(request)
    async with line.database.read() as session:
        desk = await desk_of(session, line, me)
        bar = await draft_bar(session, line, me.school_id)
    faults = error.fields if isinstance(error, WrongFields) else {}
    return page(
        request,
        "content/flow_new.html",
        me=me,
        status=422 if error else 200,
        new=new,
        intents=may_start(desk),
        faults=faults,
        fault=str(error) if error and not faults else "",
        draft=bar,
    )


@router.get("/{flow_id}")
async def flow(request: Request, me: Administrator, flow_id: str) -> Response:
    """One conversation."""
    return await _flow(request, me, flow_id)


@router.post("/{flow_id}")
async def save(request: Request, me: Administrator, flow_id: str) -> Response:
    """Take the text into the draft, with its faults if it has some: then it cannot be published yet."""
    line = line_of(request)
    form = await request.form(max_files=0, max_fields=10, max_part_size=LONGEST_FORM)
    text, was = clean(str(form.get("text", ""))), str(form.get("was", ""))
    async with line.database.read() as session:
        known_or_404(await desk_of(session, line, me), flow_id)
    try:
        await line.database.write(
            lambda s: flow_editing.save(
                s,
                revisions_of(line),
                content_of(line),
                school_id=me.school_id,
                staff_id=me.staff_id,
                flow_id=flow_id,
                text=text,
                was=was,
            )
        )
    except Refusal as error:
        return await _flow(request, me, flow_id, typed=flow_editing.tidy(text), error=error)
    return RedirectResponse(f"/content/flows/{flow_id}?saved=1", status_code=303)


@router.post("/{flow_id}/back")
async def go_back(request: Request, me: Administrator, flow_id: str) -> Response:
    """Back to what is shipped; one of the school's own goes. In the draft, like any change."""
    line = line_of(request)
    async with line.database.read() as session:
        desk = await desk_of(session, line, me)
    known_or_404(desk, flow_id)
    was = str((await request.form(max_files=0, max_fields=10, max_part_size=5_000)).get("was", ""))
    try:
        await line.database.write(
            lambda s: flow_editing.reset(
                s,
                revisions_of(line),
                content_of(line),
                school_id=me.school_id,
                staff_id=me.staff_id,
                flow_id=flow_id,
                was=was,
            )
        )
    except Refusal as error:
        return await _flow(request, me, flow_id, error=error)
    where = "?gone=1" if desk.is_own(flow_id) else f"/{flow_id}?back=1"
    return RedirectResponse(f"/content/flows{where}", status_code=303)


async def _flow(
    request: Request, me: Me, flow_id: str, *, typed: str | None = None, error: Refusal | None = None
) -> Response:
    line = line_of(request)
    async with line.database.read() as session:
        desk = await desk_of(session, line, me)
        bar = await draft_bar(session, line, me.school_id)
    known_or_404(desk, flow_id)
    kept = desk.phrases.flow_text(flow_id)
    text = kept if typed is None else typed
    found = desk.flow(flow_id)
    steps = tell(_book(desk, flow_id), found) if found else []
    drawing, faults = draw(steps), _faults(desk, flow_id)
    return page(
        request,
        "content/flow.html",
        me=me,
        status=422 if error else 200,
        row=_listed(desk, flow_id),
        state=STATES[desk.state(flow_id)],
        may_change=desk.state(flow_id) != "fixed",
        flow=found,
        named=bool(found and found.triggers and desk.laid.is_sound(flow_id)),
        guard=words(desk.phrases.book, found, found.guard.source) if found and found.guard else "",
        leading=_leading(desk, flow_id),
        steps=steps,
        kinds=KINDS,
        drawing=drawing,
        drawn_kinds=list(kinds(drawing)),
        text=text,
        was=source_hash(kept),
        theirs=kept if typed is not None and typed != kept else "",
        faults=faults,
        margin={each.line: each for each in sorted(faults, key=lambda each: each.error)},
        fault=str(error) if error else "",
        saved=request.query_params.get("saved", "")[:1],
        back=request.query_params.get("back", "")[:1],
        drafted=desk.in_draft(flow_id),
        draft=bar,
    )


def _book(desk: Desk, flow_id: str) -> Book:
    """The book that the steps are told from: with this file in it, sound or not."""
    read = desk.laid.read.get(flow_id)
    return (
        desk.phrases.book if read is None or desk.laid.is_sound(flow_id) else merged(desk.phrases.book, {flow_id: read})
    )


def _leading(desk: Desk, flow_id: str) -> list[tuple[str, str]]:
    """The conversations that lead to this one."""
    return [(each.id, each.name) for each in lead_here(desk.phrases.book, flow_id)]


@dataclass(frozen=True, slots=True)
class Marked:
    """One fault at its line; 0 where it shows in another file."""

    line: int
    fault: Fault
    error: bool


def _faults(desk: Desk, flow_id: str) -> list[Marked]:
    found = desk.laid.faults.get(flow_id, ())
    return [Marked(each.line if each.file == name_of(flow_id) else 0, each, is_error(each)) for each in found]
