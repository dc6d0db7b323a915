"""What can be done from the page of a class: print letters, say a good word or hello, write down a call."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from bot.core.mind import Mind
from bot.errors import Refusal
from bot.people.hours import quiet_until
from bot.people.letters.addressees import Addressee, addressees, class_ids
from bot.people.letters.mailing import print_letters, scribe_of
from bot.people.letters.writing import Scribe, package_of
from bot.staff.calls import called
from bot.staff.good_words import HELLO, Hearer, Prospect, good_words, letter, prospects, send
from bot.staff.marks import N_
from bot.staff.phrases import Phrase
from db.queries.school import SchoolView
from db.queries.staff import Me
from db.types import ChannelName
from locales.languages import LANGUAGES, SOURCE
from web.templating import page
from web.views import words
from web.views.class_rows import Roster
from web.views.classes import hearers_of, load, show_class
from web.views.inputs import Typed
from web.views.session import Staff, line_of

log = logging.getLogger(__name__)
router = APIRouter(prefix="/classes/{name}")
PupilId = Annotated[int, Path(ge=1, le=2**53)]
_PRINTING = asyncio.Semaphore(1)
"""One class at a time: typesetting keeps a processor busy."""


@router.post("/letters")
async def letters(
    request: Request,
    me: Staff,
    name: Typed,
    everybody: Annotated[bool, Form()] = False,  # noqa: FBT002
    replace: Annotated[bool, Form()] = False,  # noqa: FBT002
    anyway: Annotated[bool, Form()] = False,  # noqa: FBT002
) -> Response:
    """The class's letters as one PDF, which no browser keeps: each code in it is good from now on."""
    line = line_of(request)
    if not (await load(line, me, name)).mentor and not me.administrator:
        raise HTTPException(404)
    try:
        scribe = await scribe_of(line, me.school_id, own_url=line.settings.own_url)
        today = scribe.now.astimezone(ZoneInfo(me.timezone)).date()
        async with line.database.read() as session:
            classes = await class_ids(session, me.school_id, name)
            people = await addressees(session, me.school_id, classes, everybody=everybody, today=today)
        if not people:
            return await show_class(
                request,
                me,
                name,
                fault=N_("Nobody needs a letter: the line knows all of them, or they have no rights."),
            )
        if not anyway and (lacking := await asyncio.to_thread(_lacking, scribe, people)):
            return await show_class(request, me, name, lacking=lacking)
        async with _PRINTING:
            printed = await print_letters(line, scribe, people, replace=replace)
    except Refusal as error:
        return await show_class(request, me, name, fault=str(error))
    if printed.unprintable:
        log.warning(
            "%d letters of school %d could not be printed: no font has a name", printed.unprintable, me.school_id
        )
    if not printed.pdf:
        return await show_class(request, me, name, fault=N_("No letter could be printed: fonts are missing."))
    file = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "klas"
    return Response(
        printed.pdf,
        media_type="application/pdf",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="brieven-{file}.pdf"',
        },
    )


def _lacking(scribe: Scribe, people: Sequence[Addressee]) -> tuple[tuple[str, str], ...]:
    """Languages of these parents that this machine cannot print, in Dutch, each with the package that it lacks."""
    codes = {each.language for each in people if each.language is not None} & LANGUAGES.keys()
    return tuple((LANGUAGES[code].dutch, package_of(code)) for code in sorted(codes) if not scribe.can(code))


@router.post("/call")
async def call(
    request: Request,
    me: Staff,
    name: Typed,
    guardian: Annotated[int, Form()],
    pupil: Annotated[int, Form()],
    spoken: Annotated[bool, Form()],
) -> Response:
    """A colleague called a parent, and somebody answered or not."""
    line = line_of(request)
    roster = await load(line, me, name)
    theirs = {(each.carer.guardian_id, row.pupil_id) for row in roster.pupils for each in row.carers}
    try:
        await line.database.write(
            lambda s: called(s, me, guardian, pupil, theirs=theirs, spoken=spoken, now=line.clock.now())
        )
    except Refusal as error:
        return await show_class(request, me, name, fault=str(error))
    return _back(name, "spoken" if spoken else "not_answered")


@router.post("/hello")
async def hello(request: Request, me: Staff, name: Typed, token: Annotated[Typed, Form()]) -> Response:
    """A mentor's first word to all parents of the class with whom nobody spoke yet."""
    roster = await load(line_of(request), me, name)
    if not roster.mentor:
        raise HTTPException(404)
    hearers = [
        hearer
        for row, each in roster.new
        for hearer in hearers_of(roster, name, row.pupil_id)
        if hearer.guardian_id == each.carer.guardian_id
    ]
    try:
        said = await _say(request, me, hearers, HELLO, token)
    except Refusal as error:
        return await show_class(request, me, name, fault=str(error))
    return _back(name, said)


@router.get("/word/{pupil_id}")
async def word(request: Request, me: Staff, name: Typed, pupil_id: PupilId) -> Response:
    """The good words to choose from, and whom each would reach; for the mentors of this pupil."""
    return await _word_page(request, me, name, pupil_id)


@router.post("/word/{pupil_id}")
async def say_word(
    request: Request,
    me: Staff,
    name: Typed,
    pupil_id: PupilId,
    phrase: Annotated[Typed, Form()],
    token: Annotated[Typed, Form()],
) -> Response:
    """Say it."""
    hearers = _hearers(await load(line_of(request), me, name), name, pupil_id)
    chosen = next((each for each in good_words() if each.name == phrase), None)
    if chosen is None:
        gone = N_("This ready phrase no longer exists. Choose another.")
        return await _word_page(request, me, name, pupil_id, fault=gone)
    try:
        said = await _say(request, me, hearers, chosen.response, token)
    except Refusal as error:
        return await _word_page(request, me, name, pupil_id, fault=str(error))
    return _back(name, said)


def _hearers(roster: Roster, name: str, pupil_id: int) -> tuple[Hearer, ...]:
    """It is signed by a mentor, and the answer comes to them: for others the page is not there."""
    if not roster.mentors(pupil_id):
        raise HTTPException(404)
    return hearers_of(roster, name, pupil_id)


async def _say(request: Request, me: Me, hearers: Sequence[Hearer], response: str, token: str) -> str:
    line = line_of(request)
    async with line.database.read() as session:
        view = await line.scenes.view(session, me.school_id)
    mind = await line.minds.of(me.school_id)
    done = await line.database.write(
        lambda s: send(s, me, hearers, response, token=token, mind=mind, view=view, now=line.clock.now())
    )
    return "word_waits" if done.opens else "word"


@dataclass(frozen=True, slots=True)
class Offered:
    """A good word: its name, the Dutch, and what the first parent whom it reaches will read."""

    name: str
    dutch: str
    hers: str
    language: str


async def _word_page(request: Request, me: Me, name: str, pupil_id: int, *, fault: str = "") -> Response:
    line = line_of(request)
    roster = await load(line, me, name)
    hearers = _hearers(roster, name, pupil_id)
    row = next(row for row in roster.pupils if row.pupil_id == pupil_id)
    names = {each.carer.guardian_id: each.carer.name for each in row.carers}
    now = line.clock.now()
    async with line.database.read() as session:
        view = await line.scenes.view(session, me.school_id)
        found = await prospects(session, me.school_id, hearers, now=quiet_until(view, now) or now)
    mind = await line.minds.of(me.school_id)
    first = next((each for each in found if each.way is not None), None)
    offered = [_offer(mind, view, each, row.given_name, first, me.name) for each in good_words()]
    return page(
        request,
        "classes/word.html",
        me=me,
        status=422 if fault else 200,
        name=name,
        row=row,
        names=names,
        prospects=found,
        offered=offered,
        opens=quiet_until(view, now),
        fault=fault,
        words=words,
        token=secrets.token_urlsafe(12),
    )


def _offer(mind: Mind, view: SchoolView, phrase: Phrase, child: str, first: Prospect | None, signed_by: str) -> Offered:
    language = first.language if first else SOURCE
    channel = first.way.channel if first and first.way else ChannelName.WEB
    said = letter(mind, view, phrase.response, child, language=language, channel=channel, name=signed_by)
    return Offered(phrase.name, said.dutch, "\n".join(said.texts), said.language)


def _back(name: str, said: str) -> Response:
    return RedirectResponse(f"/classes/{quote(name, safe='')}?said={said}", status_code=303)
