"""The list of all answers: what the line says, and in which languages it is ready."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from bot.content.answers import AnswerRow, Readiness, answers
from bot.content.phrases import Phrasebook
from db.queries.content import times_said
from db.queries.staff import Me
from web.templating import page, translate
from web.views.content_desk import (
    GROUPS,
    MONTH,
    OTHERS,
    SHARED,
    TITLES,
    done,
    draft_bar,
    group_of,
    name_of,
    phrasebook,
)
from web.views.inputs import Typed
from web.views.session import Administrator, line_of

router = APIRouter(prefix="/content")
LONGEST_SEARCH = 500
"""What a parent wrote may be pasted whole."""
_TODO = "/content?todo=1"


@dataclass(frozen=True, slots=True)
class Listed:
    """One answer in the list."""

    row: AnswerRow
    name: str
    said: int


@router.get("")
async def content(request: Request, me: Administrator, todo: Annotated[str, Query(max_length=1)] = "") -> Response:
    """All answers, grouped, with their state in every language: as they would be with the draft."""
    return await _list(request, me, todo=bool(todo))


@router.get("/search")
async def no_search() -> Response:
    """Where a browser comes that opens the address of a search again: what was sought is not in it."""
    return RedirectResponse("/content", status_code=303)


@router.post("/search")
async def search(
    request: Request,
    me: Administrator,
    q: Annotated[Typed, Form(max_length=LONGEST_SEARCH)] = "",
    todo: Annotated[str, Form(max_length=1)] = "",
) -> Response:
    """Those with these words. Posted, because an address is kept by histories and logs, and parents' sentences are sought."""
    if not q.strip():
        return RedirectResponse(_TODO if todo else "/content", status_code=303)
    return await _list(request, me, q=q.strip(), todo=bool(todo))


async def _list(request: Request, me: Me, *, q: str = "", todo: bool) -> Response:
    line = line_of(request)
    async with line.database.read() as session:
        phrases = await phrasebook(session, line, me.school_id, draft=True)
        said = await times_said(session, me.school_id, line.clock.now() - MONTH)
        draft = await draft_bar(session, line, me.school_id)
    groups: dict[str, list[Listed]] = {name: [] for name in (*GROUPS.values(), OTHERS, TITLES)}
    rows = answers(phrases)
    found = 0
    for row in rows:
        name = name_of(phrases, row.entry)
        if _found(phrases, row, name, q) and (not todo or _todo(row)):
            groups[group_of(phrases, row.entry)].append(Listed(row, name, said.get(row.entry, 0)))
            found += 1
    return page(
        request,
        "content/list.html",
        me=me,
        groups={translate(name): lines for name, lines in groups.items() if lines},
        languages=phrases.languages,
        todo=todo,
        waiting=sum(_todo(row) for row in rows),
        q=q,
        found=found,
        draft=draft,
        done=done(request),
        **SHARED,
    )


def _found(phrases: Phrasebook, row: AnswerRow, name: str, q: str) -> bool:
    """By its name or its words, in any language."""
    wanted = q.casefold()
    if not wanted or wanted in f"{row.entry} {name}".casefold():
        return True
    known = (
        phrases.sentence(context, language) for context in phrases.contexts(row.entry) for language in phrases.languages
    )
    return any(sentence is not None and wanted in sentence.text.casefold() for sentence in known)


def _todo(row: AnswerRow) -> bool:
    return any(state in {Readiness.STALE, Readiness.MISSING} for state in row.languages.values())
