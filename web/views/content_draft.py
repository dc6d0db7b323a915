"""The draft as a whole: what it changes, publishing, throwing away; and what was published before, with the way back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.editing import Span, compare, marked
from bot.content.flow_files import flow_of
from bot.content.phrases import Phrasebook
from bot.content.revisions import Change, history, published_examples, published_overlay, taught_anew
from bot.content.shipped import entry_of
from bot.errors import Refusal
from db.queries.school import school_version
from db.queries.staff import Me, people
from locales.languages import LANGUAGES
from web.templating import page
from web.views.content_desk import content_of, done, draft_bar, name_of, phrasebook, revisions_of
from web.views.flows_desk import desk_of
from web.views.inputs import clean
from web.views.session import Administrator, line_of

router = APIRouter(prefix="/content")
MOST_NOTE = 300
Number = Annotated[int, Path(ge=0, le=10**9)]
"""Of a publication; 0 is what is shipped."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One sentence in one language, old and new, the changed words marked."""

    change: Change
    old: list[Span]
    new: list[Span]


@dataclass(frozen=True, slots=True)
class Changed:
    """One answer that changes. `waiting`: the languages in which parents will get the Dutch until it is translated."""

    entry: str
    name: str
    differences: list[Difference]
    waiting: list[str]

    @property
    def address(self) -> str:
        """Where it is changed: a flow's file on its own page."""
        drawn = any(flow_of(each.change.context) for each in self.differences)
        return f"flows/{self.entry.removeprefix('flow/')}" if drawn else self.entry


def by_answer(phrases: Phrasebook, changes: Iterable[Change]) -> list[Changed]:
    """The changes, grouped."""
    found: dict[str, Changed] = {}
    for change in changes:
        entry = entry_of(change.context)
        into = found.setdefault(entry, Changed(entry, name_of(phrases, entry), [], []))
        if not change.ready and LANGUAGES[change.language].endonym not in into.waiting:
            into.waiting.append(LANGUAGES[change.language].endonym)
        if change.before != change.after or change.ready:
            both = marked(change.before, change.after, by_line=bool(flow_of(change.context)))
            into.differences.append(Difference(change, *both))
    return list(found.values())


def mark_of(changes: Iterable[Change]) -> str:
    """Tells whether the draft is still the one that was read."""
    return hashlib.sha256(repr(tuple(changes)).encode()).hexdigest()[:16]


@router.get("/draft")
async def draft(request: Request, me: Administrator) -> Response:
    """Old and new, before anything is published."""
    return await _draft(request, me)


@router.post("/publish")
async def publish(request: Request, me: Administrator) -> Response:
    """Make it what parents read: exactly what this administrator has seen."""
    line = line_of(request)
    form = await request.form(max_files=0, max_fields=10, max_part_size=5_000)
    note, seen = clean(str(form.get("note", "")))[:MOST_NOTE], str(form.get("seen", ""))

    async def work(session: AsyncSession) -> int:
        revisions = revisions_of(line)
        changes = await revisions.difference(session, me.school_id)
        if changes and mark_of(changes) != seen:
            raise Refusal("The draft changed while you read it. Look at it again, then publish.")
        return await revisions.publish(session, me.school_id, me.staff_id, note)

    try:
        number = await line.database.write(work)
    except Refusal as error:
        return await _draft(request, me, note=note, error=error)
    return RedirectResponse(f"/content?published={number}", status_code=303)


@router.post("/discard")
async def discard(request: Request, me: Administrator) -> Response:
    """Throw the draft away: parents notice nothing."""
    line = line_of(request)
    await line.database.write(lambda s: revisions_of(line).discard(s, me.school_id))
    return RedirectResponse("/content?discarded=1", status_code=303)


async def _draft(request: Request, me: Me, *, note: str = "", error: Refusal | None = None) -> Response:
    line = line_of(request)
    async with line.database.read() as session:
        changes = await revisions_of(line).difference(session, me.school_id)
        phrases = await phrasebook(session, line, me.school_id, draft=True)
        bar = await draft_bar(session, line, me.school_id)
        desk = await desk_of(session, line, me)
    return page(
        request,
        "content/draft.html",
        me=me,
        status=422 if error else 200,
        changed=by_answer(phrases, changes),
        seen=mark_of(changes),
        draft=bar,
        faulty=desk.faulty(),
        note=note,
        fault=str(error) if error else "",
        done=done(request),
        known=LANGUAGES,
    )


@router.get("/history")
async def published(request: Request, me: Administrator) -> Response:
    """Every publication, the newest first."""
    line = line_of(request)
    async with line.database.read() as session:
        rows = await history(session, me.school_id)
        names = {person.staff_id: person.name for person in await people(session, me.school_id)}
        bar = await draft_bar(session, line, me.school_id)
    return page(request, "content/history.html", me=me, rows=rows, names=names, draft=bar)


@router.get("/history/{number}")
async def ask_back(request: Request, me: Administrator, number: Number) -> Response:
    """What rolling back would change: asks once more. 0 is what is shipped."""
    return await _ask_back(request, me, number)


@router.post("/history/{number}")
async def roll_back(request: Request, me: Administrator, number: Number) -> Response:
    """Publish an earlier set again."""
    line = line_of(request)
    try:
        new = await line.database.write(lambda s: revisions_of(line).roll_back(s, me.school_id, me.staff_id, number))
    except Refusal as error:
        return await _ask_back(request, me, number, error=error)
    return RedirectResponse(f"/content?published={new}", status_code=303)


async def _ask_back(request: Request, me: Me, number: int, *, error: Refusal | None = None) -> Response:
    line = line_of(request)
    async with line.database.read() as session:
        rows = await history(session, me.school_id)
        if number and number not in {row.number for row in rows}:
            raise HTTPException(404)
        before = await phrasebook(session, line, me.school_id, draft=False)
        after = Phrasebook(content_of(line), await published_overlay(session, me.school_id, number))
        _, current = await school_version(session, me.school_id)
        taught = [await published_examples(session, me.school_id, one) for one in (current, number)]
        bar = await draft_bar(session, line, me.school_id)
    return page(
        request,
        "content/back.html",
        me=me,
        status=422 if error else 200,
        number=number,
        changed=by_answer(after, [*compare(before, after), *taught_anew(after, *taught)]),
        draft=bar,
        fault=str(error) if error else "",
        known=LANGUAGES,
    )
