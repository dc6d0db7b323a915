"""Trying a sentence: which answer it leads to, with the draft."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from bot.core.mind import Words
from bot.turn.memory import Remembered
from bot.turn.types import Alarm, Heard, Known, Memory, PassOn, Say
from db.queries.staff import Me
from db.types import ChannelName, InboundKind, Role
from locales.languages import LANGUAGES, SOURCE
from web.templating import page, translate
from web.views.content_desk import SHARED, minds_of, name_of, phrasebook, school_of
from web.views.names import ROLES
from web.views.session import Administrator, line_of
from web.views.unanswered import Named

router = APIRouter(prefix="/content")
LONGEST_TRY = 500


@dataclass(frozen=True, slots=True)
class Tried:
    """What a sentence leads to."""

    language: str
    guesses: Sequence[tuple[str, int]]
    said: Sequence[tuple[str, str, Words]]
    roles: Sequence[str]
    alarm: bool


@router.post("/try")
async def try_sentence(request: Request, me: Administrator) -> Response:
    """Which answer a parent's sentence leads to, with the draft. Posted, so that no sentence stands in an address."""
    line = line_of(request)
    form = await request.form(max_files=0, max_fields=10, max_part_size=20_000)
    text = str(form.get("text", "")).strip()[:LONGEST_TRY]
    language = str(form.get("language", ""))
    tried = await _try(request, me, text, language if language in LANGUAGES else None) if text else None
    async with line.database.read() as session:
        phrases = await phrasebook(session, line, me.school_id, draft=True)
    name = "content/tried.html" if request.headers.get("x-part") else "content/try.html"
    return page(request, name, me=me, languages=phrases.languages, text=text, tried=tried, language=language, **SHARED)


@router.get("/try")
async def try_page(request: Request, me: Administrator) -> Response:
    """An empty field."""
    line = line_of(request)
    async with line.database.read() as session:
        phrases = await phrasebook(session, line, me.school_id, draft=True)
    return page(
        request, "content/try.html", me=me, languages=phrases.languages, text="", tried=None, language="", **SHARED
    )


async def _try(request: Request, me: Me, text: str, language: str | None) -> Tried:
    """One whole turn, of a parent whom nobody knows yet and who has been greeted: nothing is stored or sent."""
    line = line_of(request)
    now = line.clock.now()
    mind = await minds_of(line).preview(me.school_id)
    async with line.database.read() as session:
        school = await school_of(session, line, me.school_id)
    memory: Memory = Remembered(language=language, language_locked=language is not None, introduced=True).pack()
    known = Known(now=now, channel=ChannelName.WHATSAPP, memory=memory, school=school)
    heard = Heard(text, InboundKind.TEXT, now)
    outcome = await asyncio.to_thread(mind.turn, heard, known, allow_wait=False)
    spoken = str(outcome.trace.get("language") or language or SOURCE)
    said = [
        (
            event.response,
            name_of(mind.phrases, event.response),
            mind.words(event, language=spoken, channel=ChannelName.WHATSAPP, school=school, menu=1),
        )
        for event in outcome.events
        if isinstance(event, Say)
    ]
    roles = [translate(ROLES[Role(event.role)]) for event in outcome.events if isinstance(event, PassOn)]
    named = Named(mind.phrases, {})
    guesses = [(named[intent], round(sure * 100)) for intent, sure in outcome.trace.get("ranking", ())]
    return Tried(spoken, guesses, said, roles, any(isinstance(event, Alarm) for event in outcome.events))
