"""The school's own sentences as a file: taken out, and brought in again after a look at what would change."""

from __future__ import annotations

import asyncio
import hashlib
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import UploadFile

from bot.content import exchange
from bot.content.editing import compare, draft_examples, draft_overlay
from bot.content.phrases import Phrasebook
from bot.content.revisions import taught_anew
from bot.content.teaching import taught_over
from bot.errors import Refusal
from db.queries.staff import Me
from locales.languages import LANGUAGES
from web.templating import page
from web.views.content_desk import content_of, draft_bar, revisions_of
from web.views.content_draft import by_answer
from web.views.session import Administrator, line_of

router = APIRouter(prefix="/content")
LARGEST = 700_000
"""Bytes: all that a school could say, in every language, twice over."""
SHOWN = 100
"""So many refusals are listed."""


@router.get("/export")
async def export(request: Request, me: Administrator) -> Response:
    """What this school says in its own words, with the draft: one file."""
    line = line_of(request)
    async with line.database.read() as session:
        overlay = await draft_overlay(session, me.school_id)
        taught = await draft_examples(session, me.school_id)
    day = line.clock.now().astimezone(ZoneInfo(me.timezone)).date()
    return Response(
        exchange.write(content_of(line), overlay, me.school_name, taught),
        media_type="application/yaml",
        headers={"content-disposition": f'attachment; filename="teksten-{day.isoformat()}.yaml"'},
    )


@router.get("/import")
async def ask_file(request: Request, me: Administrator) -> Response:
    """Asks for a file."""
    return await _page(request, me)


@router.post("/import")
async def look(request: Request, me: Administrator) -> Response:
    """Shows what a file would change, line by line what is refused; nothing is written yet."""
    async with request.form(max_files=1, max_fields=10, max_part_size=LARGEST) as form:
        given = form.get("file")
        data = await given.read(LARGEST + 1) if isinstance(given, UploadFile) else b""
    if not data:
        return await _page(request, me, error=Refusal("Choose a file first."))
    if len(data) > LARGEST:
        return await _page(request, me, error=Refusal("The file is too large: 700 kB at most. Is it the right one?"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return await _page(request, me, error=Refusal("This is not a text file (in UTF-8)."))
    return await _page(request, me, text=text)


@router.post("/import/take")
async def take(request: Request, me: Administrator) -> Response:
    """Take into the draft what this administrator has seen: parents read it once it is published."""
    line = line_of(request)
    form = await request.form(max_files=0, max_fields=10, max_part_size=2 * LARGEST)
    text, seen = str(form.get("text", "")), str(form.get("seen", ""))
    file = await asyncio.to_thread(exchange.read, text)

    async def work(session: AsyncSession) -> int:
        revisions = revisions_of(line)
        await revisions.draft(session, me.school_id, me.staff_id)
        before = await draft_overlay(session, me.school_id)
        plan = exchange.plan(content_of(line), before, file, await draft_examples(session, me.school_id))
        if not plan.size or mark_of(plan) != seen:
            raise Refusal("The draft changed while you read this. Look again, then take it.")
        await revisions.take(session, me.school_id, me.staff_id, plan.wanted)
        await revisions.teach(session, me.school_id, me.staff_id, plan.examples)
        return plan.size

    try:
        taken = await line.database.write(work)
    except Refusal as error:
        return await _page(request, me, text=text, error=error)
    return RedirectResponse(f"/content/draft?taken={taken}", status_code=303)


def mark_of(plan: exchange.Plan) -> str:
    """Tells whether a file would still do what was seen."""
    return hashlib.sha256(repr((sorted(plan.wanted.items()), plan.examples)).encode()).hexdigest()[:16]


async def _page(request: Request, me: Me, *, text: str = "", error: Refusal | None = None) -> Response:
    line = line_of(request)
    content = content_of(line)
    async with line.database.read() as session:
        before = await draft_overlay(session, me.school_id)
        taught = await draft_examples(session, me.school_id)
        bar = await draft_bar(session, line, me.school_id)
    plan = (
        await asyncio.to_thread(lambda: exchange.plan(content, before, exchange.read(text), taught)) if text else None
    )
    changed = []
    if plan:
        old, new = Phrasebook(content, before), Phrasebook(content, exchange.over(before, plan.wanted))
        changed = by_answer(new, [*compare(old, new), *taught_anew(new, taught, taught_over(taught, plan.examples))])
    return page(
        request,
        "content/import.html",
        me=me,
        status=422 if error else 200,
        plan=plan,
        seen=mark_of(plan) if plan else "",
        changed=changed,
        text=text,
        shown=SHOWN,
        draft=bar,
        fault=str(error) if error else "",
        known=LANGUAGES,
    )
