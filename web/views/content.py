"""The content: what does the line say, and in which languages is it ready? The list, one answer, and trying a sentence."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse

from bot.channels.rendering import segments
from bot.content import editing
from bot.content.answers import AnswerRow, Readiness, answers, sentence_readiness
from bot.content.editing import Typed
from bot.content.phrases import Phrasebook
from bot.content.rules import LONGEST, LONGEST_TITLE, is_title
from bot.core.mind import Words
from bot.errors import Refusal
from bot.staff.marks import N_
from bot.staff.typed import WrongFields
from bot.turn.memory import Remembered
from bot.turn.types import Alarm, Heard, Known, Memory, PassOn, Say
from db.queries.content import times_said
from db.queries.staff import Me
from db.types import ChannelName, InboundKind, Role
from locales.catalogs import source_hash
from locales.languages import LANGUAGES, SOURCE
from web.templating import page, translate
from web.views.content_desk import (
    GROUPS,
    OTHERS,
    TITLES,
    chips,
    content_of,
    draft_bar,
    group_of,
    minds_of,
    name_of,
    phrasebook,
    preview,
    revisions_of,
    school_of,
)
from web.views.inputs import clean
from web.views.names import INTENTS, ROLES
from web.views.session import Administrator, line_of

router = APIRouter(prefix="/content")
MONTH = dt.timedelta(days=30)
LONGEST_TRY = 500
MARKS: Mapping[Readiness, tuple[str, str]] = {
    Readiness.READY: ("✓", N_("ready")),
    Readiness.UNREAD: ("○", N_("ready, not read by a native speaker yet")),
    Readiness.STALE: ("△", N_("the Dutch changed after it was translated: parents get the Dutch")),
    Readiness.MISSING: ("✕", N_("not translated: parents get the Dutch")),
}
SHARED: Mapping[str, Any] = {"marks": MARKS, "known": LANGUAGES, "source": SOURCE}


@dataclass(frozen=True, slots=True)
class Listed:
    """One answer in the list."""

    row: AnswerRow
    name: str
    said: int


@dataclass(frozen=True, slots=True)
class Field:
    """One sentence of an answer in one language, as the form shows it."""

    key: str
    context: str
    kind: str
    text: str
    was: str
    readiness: Readiness
    most: int
    segments: int
    fault: str
    theirs: str = ""
    """A colleague's text, where it was saved after this form was opened."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What a sentence leads to."""

    language: str
    guesses: Sequence[tuple[str, int]]
    said: Sequence[tuple[str, str, Words]]
    roles: Sequence[str]
    alarm: bool


@router.get("")
async def content(
    request: Request,
    me: Administrator,
    q: Annotated[str, Query(max_length=200)] = "",
    todo: Annotated[str, Query(max_length=1)] = "",
) -> Response:
    """All answers, grouped, with their state in every language: as they would be with the draft."""
    line = line_of(request)
    async with line.database.read() as session:
        phrases = await phrasebook(session, line, me.school_id, draft=True)
        said = await times_said(session, me.school_id, line.clock.now() - MONTH)
        draft = await draft_bar(session, line, me.school_id)
    groups: dict[str, list[Listed]] = {name: [] for name in (*GROUPS.values(), OTHERS, TITLES)}
    rows = answers(phrases)
    for row in rows:
        name = name_of(phrases, row.response)
        if _found(phrases, row, name, q) and (not todo or _todo(row)):
            groups[group_of(phrases, row.response)].append(Listed(row, name, said.get(row.response, 0)))
    return page(
        request,
        "content/list.html",
        me=me,
        groups={translate(name): lines for name, lines in groups.items() if lines},
        languages=phrases.languages,
        todo=bool(todo),
        waiting=sum(_todo(row) for row in rows),
        q=q,
        draft=draft,
        done=_done(request),
        **SHARED,
    )


def _found(phrases: Phrasebook, row: AnswerRow, name: str, q: str) -> bool:
    """By its name or its words, in any language."""
    wanted = q.strip().casefold()
    if not wanted or wanted in f"{row.response} {name}".casefold():
        return True
    known = (
        phrases.sentence(context, language)
        for context in phrases.contexts(row.response)
        for language in phrases.languages
    )
    return any(sentence is not None and wanted in sentence.text.casefold() for sentence in known)


def _todo(row: AnswerRow) -> bool:
    return any(state in {Readiness.STALE, Readiness.MISSING} for state in row.languages.values())


def _done(request: Request) -> tuple[str, str]:
    """What was just done (`published`, `discarded`, `saved`), and with which number."""
    for name in ("published", "discarded", "saved"):
        number = request.query_params.get(name, "")
        if number.isascii() and number.isdecimal():
            return name, number[:9]
    return "", ""


@router.get("/{response}")
async def answer(request: Request, me: Administrator, response: str, language: str = "") -> Response:
    """One answer: Dutch on the left, another language on the right, and what a parent would see."""
    return await _answer(request, me, response, language)


@router.post("/{response}")
async def save(request: Request, me: Administrator, response: str) -> Response:
    """Take what was changed into the draft, all or nothing. Parents read it once it is published."""
    line = line_of(request)
    form = await request.form(max_files=0, max_fields=200, max_part_size=20_000)
    language = str(form.get("language", ""))
    same = form.get("meaning") == "same"
    contexts = Phrasebook(content_of(line)).contexts(response)
    if response not in content_of(line).book.domain.responses:
        raise HTTPException(404)
    typed = [
        Typed(context, code, clean(str(form[key])), str(form.get(f"was:{key}", "")), fits=f"fits:{key}" in form)
        for context in contexts
        for code in dict.fromkeys((SOURCE, language))
        if (key := f"{code}:{context}") in form
    ]
    try:
        changed = await line.database.write(
            lambda s: editing.save(
                s,
                revisions_of(line),
                content_of(line),
                school_id=me.school_id,
                staff_id=me.staff_id,
                fields=typed,
                same_meaning=same,
            )
        )
    except Refusal as error:
        return await _answer(request, me, response, language, typed=typed, same=same, error=error)
    return RedirectResponse(f"/content/{response}?language={language}&saved={changed}", status_code=303)


async def _answer(
    request: Request,
    me: Me,
    response: str,
    language: str,
    *,
    typed: Sequence[Typed] = (),
    same: bool = False,
    error: Refusal | None = None,
) -> Response:
    line = line_of(request)
    now = line.clock.now()
    async with line.database.read() as session:
        phrases = await phrasebook(session, line, me.school_id, draft=True)
        if response not in phrases.book.domain.responses:
            raise HTTPException(404)
        language = language or next((code for code in phrases.languages if code != SOURCE), SOURCE)
        if language not in phrases.languages:
            raise HTTPException(404)
        school = await school_of(session, line, me.school_id)
        draft = await draft_bar(session, line, me.school_id)
        said = await times_said(session, me.school_id, now - MONTH)
    contexts = phrases.contexts(response)
    by_key = {field.key: field for field in typed}
    faults = error.fields if isinstance(error, WrongFields) else {}
    row = next(row for row in answers(phrases) if row.response == response)
    return page(
        request,
        "content/answer.html",
        me=me,
        status=422 if error else 200,
        row=row,
        name=name_of(phrases, response),
        group=translate(group_of(phrases, response)),
        language=language,
        languages=phrases.languages,
        columns=[
            (code, [_field(phrases, context, code, by_key, faults) for context in contexts])
            for code in dict.fromkeys((SOURCE, language))
        ],
        same=same,
        fault=str(error) if error else "",
        chips=chips(phrases, contexts, school, now),
        previews=preview(phrases, response, language, school, now),
        said=said.get(response, 0),
        draft=draft,
        done=_done(request),
        **SHARED,
    )


def _field(
    phrases: Phrasebook, context: str, language: str, typed: Mapping[str, Typed], faults: Mapping[str, str]
) -> Field:
    key = f"{language}:{context}"
    known = phrases.sentence(context, language)
    now = known.text if known else ""
    given = typed.get(key)
    text = given.text if given else now
    response, _, rest = context.partition("/")
    variant = phrases.book.domain.responses[response].variants[int(rest.partition("/")[0])]
    kind = translate("Button") if "/b" in rest else translate("Text")
    if variant.channel:
        kind = f"{kind} ({variant.channel})"
    fault = translate(faults[key]) if key in faults else ""
    moved = bool(fault and given and source_hash(now) not in (given.was, source_hash(text)))
    return Field(
        key=key,
        context=context,
        kind=kind,
        text=text,
        was=source_hash(now),
        readiness=sentence_readiness(phrases, context, language),
        most=LONGEST_TITLE if is_title(context) else LONGEST,
        segments=segments(text),
        fault=fault,
        theirs=now if moved else "",
    )


try_router = APIRouter(prefix="/content")
"""Stands before the router above: its address would be an answer's name."""


@try_router.post("/try")
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


@try_router.get("/try")
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
    guesses = [
        (translate(INTENTS.get(intent, INTENTS["out_of_scope"])), round(sure * 100))
        for intent, sure in outcome.trace.get("ranking", ())
    ]
    return Tried(spoken, guesses, said, roles, any(isinstance(event, Alarm) for event in outcome.events))
