"""What did we not know? Messages that were not understood, without the persons, and what the school teaches the line of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData

from bot.content.editing import draft_examples
from bot.content.gathering import bring_back, gather, put_aside
from bot.content.phrases import Phrasebook
from bot.content.teaching import LONGEST, choices, clean, known
from bot.errors import Refusal
from db.queries.staff import Me
from db.queries.unanswered import unanswered_rows
from locales.languages import LANGUAGES
from nlu.examples import Example
from nlu.port import OUT_OF_SCOPE
from web.templating import page, translate
from web.views import inputs
from web.views.content_desk import draft_bar, phrasebook, revisions_of
from web.views.names import INTENTS
from web.views.session import Administrator, line_of

router = APIRouter(prefix="/unanswered")
MOST = 300
"""Messages that are shown."""
ASIDE = 50
DONE = frozenset({"taught", "aside", "back", "forgotten"})


@router.get("")
async def unanswered(request: Request, me: Administrator, done: str = "") -> Response:
    """The newest first, what says nearly the same together."""
    return await _page(request, me, done=done if done in DONE else "")


@router.post("/teach")
async def teach(request: Request, me: Administrator) -> Response:
    """Take a message into the draft as an example; the heap that it came from is seen to."""
    line = line_of(request)
    form = await _form(request)
    example = Example(_field(form, "language"), _field(form, "intent"), clean(_field(form, "text")))

    async def work(session: AsyncSession) -> None:
        await revisions_of(line).teach(session, me.school_id, me.staff_id, [example])
        await put_aside(session, me.school_id, me.staff_id, ids_of(form), line.clock.now())

    try:
        await line.database.write(work)
    except Refusal as error:
        return await _page(request, me, error=error, typed=(_field(form, "ids"), example))
    return _back("taught")


@router.post("/forget")
async def forget(request: Request, me: Administrator) -> Response:
    """Take an example out of the draft."""
    line = line_of(request)
    form = await _form(request)
    language, text = _field(form, "language"), _field(form, "text")
    await line.database.write(lambda s: revisions_of(line).unteach(s, me.school_id, me.staff_id, language, text))
    return _back("forgotten")


@router.post("/aside")
async def aside(request: Request, me: Administrator) -> Response:
    """It is fine so."""
    line = line_of(request)
    ids = ids_of(await _form(request))
    await line.database.write(lambda s: put_aside(s, me.school_id, me.staff_id, ids, line.clock.now()))
    return _back("aside")


@router.post("/back")
async def back(request: Request, me: Administrator) -> Response:
    """It was not."""
    line = line_of(request)
    ids = ids_of(await _form(request))
    await line.database.write(lambda s: bring_back(s, me.school_id, ids))
    return _back("back")


async def _page(
    request: Request,
    me: Me,
    *,
    done: str = "",
    error: Refusal | None = None,
    typed: tuple[str, Example] | None = None,
) -> Response:
    line = line_of(request)
    async with line.database.read() as session:
        rows = await unanswered_rows(session, me.school_id, most=MOST)
        seen_to = await unanswered_rows(session, me.school_id, settled=True, most=ASIDE)
        phrases = await phrasebook(session, line, me.school_id, draft=True)
        taught = await draft_examples(session, me.school_id)
        draft = await draft_bar(session, line, me.school_id)
    offered = choices(phrases)
    return page(
        request,
        "unanswered.html",
        me=me,
        status=422 if error else 200,
        heaps=await asyncio.to_thread(gather, rows),
        seen_to=await asyncio.to_thread(gather, seen_to),
        most=MOST if len(rows) == MOST else 0,
        choices=offered,
        outside=OUT_OF_SCOPE,
        named=Named(phrases, offered),
        languages=[code for code in phrases.languages if LANGUAGES[code].script_of is None],
        known=LANGUAGES,
        taught=taught,
        answered=known(phrases.book, taught) | {OUT_OF_SCOPE},
        longest=LONGEST,
        typed=typed,
        fault=str(error) if error else "",
        draft=draft,
        done=done,
    )


class Named(dict[str, str]):
    """What an intent is called, in Dutch: as in menus, else as the pages name it, else as it is."""

    def __init__(self, phrases: Phrasebook, offered: Mapping[str, str]) -> None:
        super().__init__(offered)
        self._phrases = phrases

    def listed(self, intents: Iterable[str]) -> str:
        """Several, in a row."""
        return ", ".join(self[intent] for intent in intents)

    def __missing__(self, intent: str) -> str:
        title = self._phrases.book.title(intent)
        named = self._phrases.dutch(title) if title else ""
        return named or (translate(INTENTS[intent]) if intent in INTENTS else intent.replace("_", " "))


async def _form(request: Request) -> FormData:
    return await request.form(max_files=0, max_fields=10, max_part_size=20_000)


def _field(form: FormData, name: str) -> str:
    return inputs.clean(str(form.get(name, "")))


def ids_of(form: FormData) -> list[int]:
    """As `Heap.ids` wrote them."""
    parts = _field(form, "ids").split(",")[:MOST]
    return [int(part) for part in parts if part.isascii() and part.isdecimal() and len(part) < len(str(1 << 63))]


def _back(done: str) -> Response:
    return RedirectResponse(f"/unanswered?done={done}", status_code=303)
