"""One answer, or the name of a flow: Dutch beside another language, what a parent would see, and saving it in the draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from bot.content import editing
from bot.content.answers import Readiness, answers, sentence_readiness
from bot.content.editing import Typed
from bot.content.phrases import PLACEHOLDER, Phrasebook
from bot.content.reading import ease
from bot.content.rules import LONGEST, LONGEST_TITLE, is_title
from bot.content.shipped import FLOW
from bot.errors import Refusal
from bot.staff.typed import WrongFields
from db.queries.content import times_said
from db.queries.staff import Me
from locales.catalogs import source_hash
from locales.languages import SOURCE
from nlu.examples import Example
from web.templating import page, translate
from web.views.content_desk import (
    MONTH,
    SHARED,
    TITLE,
    chips,
    content_of,
    done,
    draft_bar,
    group_of,
    in_menus,
    name_of,
    named,
    phrasebook,
    preview,
    revisions_of,
    school_of,
)
from web.views.content_new import own_side
from web.views.inputs import clean
from web.views.session import Administrator, line_of

router = APIRouter(prefix="/content")
"""Comes last: whatever follows /content/ may be the name of an answer."""


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
    ease: float | None
    """How easily it reads; of Dutch texts only."""
    fault: str
    theirs: str = ""
    """A colleague's text, where it was saved after this form was opened."""


@router.get("/{entry:path}")
async def answer(request: Request, me: Administrator, entry: str, language: str = "") -> Response:
    """One answer: Dutch on the left, another language on the right, and what a parent would see."""
    return await show(request, me, entry, language)


@router.post("/{entry:path}")
async def save(request: Request, me: Administrator, entry: str) -> Response:
    """Take what was changed into the draft, all or nothing. Parents read it once it is published."""
    line = line_of(request)
    form = await request.form(max_files=0, max_fields=200, max_part_size=20_000)
    language = str(form.get("language", ""))
    same = form.get("meaning") == "same"
    async with line.database.read() as session:
        contexts = (await phrasebook(session, line, me.school_id, draft=True)).contexts(entry)
    if not contexts:
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
        return await show(request, me, entry, language, typed=typed, same=same, error=error)
    return RedirectResponse(f"/content/{entry}?language={quote(language)}&saved={changed}", status_code=303)


async def show(
    request: Request,
    me: Me,
    entry: str,
    language: str,
    *,
    typed: Sequence[Typed] = (),
    same: bool = False,
    error: Refusal | None = None,
    adding: Example | None = None,
) -> Response:
    """The page of an answer. `typed`, `adding`: what could not be taken, and why is the `error`."""
    line = line_of(request)
    now = line.clock.now()
    async with line.database.read() as session:
        phrases = await phrasebook(session, line, me.school_id, draft=True)
        contexts = phrases.contexts(entry)
        if not contexts:
            raise HTTPException(404)
        language = language or next((code for code in phrases.languages if code != SOURCE), SOURCE)
        if language not in phrases.languages:
            raise HTTPException(404)
        school = await school_of(session, line, me.school_id)
        draft = await draft_bar(session, line, me.school_id)
        said = await times_said(session, me.school_id, now - MONTH)
        taught = await editing.draft_examples(session, me.school_id)
    by_key = {field.key: field for field in typed}
    faults = error.fields if isinstance(error, WrongFields) else {}
    row = next(row for row in answers(phrases) if row.entry == entry)
    return page(
        request,
        "content/answer.html",
        me=me,
        status=422 if error else 200,
        row=row,
        name=name_of(phrases, entry),
        group=translate(group_of(phrases, entry)),
        language=language,
        languages=phrases.languages,
        columns=[
            (code, [_field(phrases, context, code, by_key, faults) for context in contexts])
            for code in dict.fromkeys((SOURCE, language))
        ],
        same=same,
        fault=str(error) if error else "",
        chips=chips(phrases, contexts, school, now),
        previews=preview(phrases, entry, language, school, now),
        named=named(phrases, entry),
        said=said.get(entry, 0),
        counted=not in_menus(entry),
        own=own_side(phrases, entry, taught, adding, error),
        draft=draft,
        done=done(request),
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
    kind = _kind(phrases, context)
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
        ease=ease(PLACEHOLDER.sub("", text)) if language == SOURCE and not is_title(context) else None,
        fault=fault,
        theirs=now if moved else "",
    )


def _kind(phrases: Phrasebook, context: str) -> str:
    """What a sentence of an entry is."""
    name, _, rest = context.partition("/")
    if name == FLOW or name.startswith(TITLE):
        return translate("Name in menus")
    kind = translate("Button") if "/b" in rest else translate("Text")
    channel = phrases.book.domain.responses[name].variants[int(rest.partition("/")[0])].channel
    return f"{kind} ({channel})" if channel else kind
