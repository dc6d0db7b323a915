"""Trying a conversation: the draft as a parent would meet it, from its first step, without anything being stored or sent."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, HTTPException, Request, Response

from bot.content.flow_trying import FAMILIES, MOST, try_flow
from db.queries.staff import Me
from db.types import Role
from locales.languages import LANGUAGES, SOURCE
from web.templating import page, translate
from web.views.content_desk import minds_of, school_of
from web.views.flows import FAMILY_NAMES
from web.views.flows_desk import desk_of, known_or_404
from web.views.inputs import clean
from web.views.names import ROLES
from web.views.session import Administrator, line_of

router = APIRouter(prefix="/content/flows")
LONGEST_TRY = 500


@router.get("/{flow_id}/try")
async def begin(request: Request, me: Administrator, flow_id: str) -> Response:
    """From the start, as a page of its own."""
    return await _page(request, me, flow_id, [], "one", SOURCE)


@router.post("/{flow_id}/try")
async def go_on(request: Request, me: Administrator, flow_id: str) -> Response:
    """One message further. What she wrote before comes back with the form, so that no process has to remember it."""
    form = await request.form(max_files=0, max_fields=MOST + 10, max_part_size=5_000)
    family, language = str(form.get("family", "one")), str(form.get("language", SOURCE))
    if family not in FAMILIES or language not in LANGUAGES:
        raise HTTPException(400)
    again = "again" in form
    hers = [] if again else [clean(str(text)).strip()[:LONGEST_TRY] for text in form.getlist("hers")]
    new = "" if again else clean(str(form.get("tap") or form.get("text") or "")).strip()[:LONGEST_TRY]
    return await _page(request, me, flow_id, [*hers, new] if new else hers, family, language)


async def _page(request: Request, me: Me, flow_id: str, hers: list[str], family: str, language: str) -> Response:
    line = line_of(request)
    async with line.database.read() as session:
        desk = await desk_of(session, line, me)
        school = await school_of(session, line, me.school_id)
    known_or_404(desk, flow_id)
    mind = await minds_of(line).preview(me.school_id)
    tried = await asyncio.to_thread(
        try_flow, mind, school, flow_id, hers, family=family, language=language, now=line.clock.now()
    )
    template = "content/flow_tried.html" if request.headers.get("x-part") else "content/flow_try.html"
    shown = desk.phrases.book.flows.get(flow_id)
    return page(
        request,
        template,
        me=me,
        flow_id=flow_id,
        name=shown.name if shown else flow_id,
        faulty=not desk.laid.is_sound(flow_id),
        tried=[(each, [translate(ROLES[Role(role)]) for role in each.roles]) for each in tried],
        hers=hers[:MOST],
        full=len(hers) >= MOST,
        families=FAMILY_NAMES,
        family=family,
        languages=desk.phrases.languages,
        language=language,
        known=LANGUAGES,
    )
