"""An answer of the school's own, written without YAML: its name, what the line says, what parents write, where a button stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData

from bot.content.gathering import put_aside
from bot.content.new_answer import ADVISED, EXAMPLES, FEWEST, OwnAnswers, Torn, Written
from bot.content.own import host_of, own_intents, room
from bot.content.own_rules import MENU, places
from bot.content.phrases import Phrasebook
from bot.content.rules import LONGEST, LONGEST_TITLE
from bot.content.teaching import choices, clean
from bot.content.values import shown
from bot.errors import Refusal
from bot.staff.typed import WrongFields
from bot.turn.types import School
from bot.wiring import Line
from db.queries.staff import Me
from locales.catalogs import source_hash
from locales.languages import LANGUAGES, SOURCE
from nlu.examples import Example
from web.templating import page
from web.views import inputs
from web.views.content_desk import Chip, content_of, draft_bar, phrasebook, revisions_of, school_of
from web.views.session import Administrator, line_of
from web.views.unanswered import Named, ids_of

router = APIRouter(prefix="/content")
LARGEST = 60_000
"""Characters of a form: fifty examples of the longest kind."""
EMPTY = Written("", "", ())


@dataclass(frozen=True, slots=True)
class Own:
    """What an answer of the school's own has beside its sentences."""

    intent: str
    examples: Sequence[Example]
    host: str
    hosts: Mapping[str, tuple[str, bool]]
    adding: Example
    near: Sequence[Near]


@dataclass(frozen=True, slots=True)
class Near:
    """An example that resembles another answer's, what that is called, and whether it may be added there."""

    key: str
    text: str
    name: str
    theirs: str
    may_go: bool
    chosen: str


def own_answers(line: Line) -> OwnAnswers:
    """The verbs."""
    return OwnAnswers(revisions_of(line), content_of(line))


@router.get("/new")
async def empty(request: Request, me: Administrator) -> Response:
    """An empty form."""
    return await _page(request, me, EMPTY)


@router.post("/new/from")
async def begun(request: Request, me: Administrator) -> Response:
    """The form, begun with a message that was not understood. Posted, so that no message stands in an address."""
    form = await _form(request)
    example = Example(_field(form, "language"), "", clean(_field(form, "text")))
    if example.language == SOURCE:
        return await _page(request, me, replace(EMPTY, examples=(example.text,)), ids=_field(form, "ids"))
    return await _page(request, me, replace(EMPTY, heard=example), ids=_field(form, "ids"))


@router.post("/new")
async def make(request: Request, me: Administrator) -> Response:
    """Take it into the draft, all or nothing."""
    line = line_of(request)
    form = await _form(request)
    new = _written(form)

    async def work(session: AsyncSession) -> str:
        intent = await own_answers(line).make(session, me.school_id, me.staff_id, new)
        await put_aside(session, me.school_id, me.staff_id, ids_of(form), line.clock.now())
        return intent

    try:
        intent = await line.database.write(work)
    except Refusal as error:
        return await _page(request, me, new, ids=_field(form, "ids"), error=error)
    return RedirectResponse(f"/content/utter_{intent}?made=1", status_code=303)


def _written(form: FormData) -> Written:
    lines = [clean(text) for text in _field(form, "examples").splitlines()]
    texts = tuple(text for text in lines if text)
    heard = clean(_field(form, "heard"))
    decided = {text: _field(form, f"near:{source_hash(text)}") for text in (*texts, heard)}
    return Written(
        title=clean(_field(form, "title")),
        text=_field(form, "text").replace("\r\n", "\n").strip(),
        examples=texts,
        place=_field(form, "place"),
        heard=Example(_field(form, "language"), "", heard) if heard else None,
        there=frozenset(text for text, choice in decided.items() if choice == "there"),
        here=frozenset(text for text, choice in decided.items() if choice == "here"),
    )


async def _page(request: Request, me: Me, new: Written, *, ids: str = "", error: Refusal | None = None) -> Response:
    line = line_of(request)
    async with line.database.read() as session:
        phrases = await phrasebook(session, line, me.school_id, draft=True)
        school = await school_of(session, line, me.school_id)
        draft = await draft_bar(session, line, me.school_id)
    faults = error.fields if isinstance(error, WrongFields) else {}
    return page(
        request,
        "content/new.html",
        me=me,
        status=422 if error else 200,
        new=new,
        ids=ids,
        fault=str(error) if error else "",
        faults=faults,
        lines=[
            (number, text, faults[f"{EXAMPLES}:{number}"])
            for number, text in enumerate(new.examples, 1)
            if f"{EXAMPLES}:{number}" in faults
        ],
        near=_near(phrases, error, new),
        hosts=_hosts(phrases),
        menu=f"utter_{MENU}",
        facts=_facts(phrases, school),
        languages=[code for code in phrases.languages if LANGUAGES[code].script_of is None],
        known=LANGUAGES,
        fewest=FEWEST,
        advised=ADVISED,
        most=LONGEST,
        most_title=LONGEST_TITLE,
        draft=draft,
    )


def own_side(
    phrases: Phrasebook, entry: str, taught: Sequence[Example], adding: Example | None, error: Refusal | None
) -> Own | None:
    """For the page of an answer; None where it is shipped. `adding`: an example that was refused."""
    intent = entry.removeprefix("utter_")
    if intent not in own_intents(phrases.book):
        return None
    examples = [each for each in taught if each.intent == intent]
    hosts = {host: where for host, where in _hosts(phrases).items() if host != entry}
    typed = adding or Example(SOURCE, intent, "")
    return Own(intent, examples, host_of(phrases.book, intent), hosts, typed, _near(phrases, error, EMPTY))


def _near(phrases: Phrasebook, error: Refusal | None, new: Written) -> Sequence[Near]:
    """The examples of which the administrator has to decide."""
    if not isinstance(error, Torn):
        return []
    offered = choices(phrases)
    named = Named(phrases, offered)
    return [
        Near(
            f"near:{source_hash(one.mine)}",
            one.mine,
            named[one.intent],
            one.theirs,
            one.intent in offered,
            "here" if one.mine in new.here else "there" if one.mine in new.there else "",
        )
        for one in error.found
    ]


def _hosts(phrases: Phrasebook) -> Mapping[str, tuple[str, bool]]:
    """Where its button may stand: what that is called, and whether there is room."""
    responses = phrases.book.domain.responses
    return {host: (name, room(responses[host]) > 0) for host, name in places(phrases).items()}


def _facts(phrases: Phrasebook, school: School) -> Sequence[Chip]:
    """All blanks that an answer may have, those that are filled in first."""
    values = {name: school.name if name == "school_name" else school.facts.get(name, "") for name in phrases.facts}
    made = [
        Chip(name, fact.label, shown(values[name], SOURCE, school.timezone, kind=fact.type), fact=True)
        for name, fact in phrases.facts.items()
    ]
    return sorted(made, key=lambda chip: not chip.value)


async def _form(request: Request) -> FormData:
    return await request.form(max_files=0, max_fields=100, max_part_size=LARGEST)


def _field(form: FormData, name: str) -> str:
    return inputs.clean(str(form.get(name, "")))
