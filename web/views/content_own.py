"""What is done with an answer of the school's own on its page: examples, the place of its button, taking it away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.teaching import clean
from bot.errors import Refusal
from db.queries.staff import Me
from nlu.examples import Example
from web.views import inputs
from web.views.content import show
from web.views.content_desk import revisions_of
from web.views.content_new import own_answers
from web.views.session import Administrator, line_of

router = APIRouter(prefix="/content/own/{intent}")


@router.post("/teach")
async def teach(request: Request, me: Administrator, intent: str) -> Response:
    """Add an example."""
    form = await _form(request)
    example = Example(form.get("language", ""), intent, clean(form.get("text", "")))
    verbs = own_answers(line_of(request))
    return await _done(
        request,
        me,
        intent,
        lambda s: verbs.add(s, me.school_id, me.staff_id, example, sure="sure" in form),
        adding=example,
    )


@router.post("/forget")
async def forget(request: Request, me: Administrator, intent: str) -> Response:
    """Take an example away."""
    form = await _form(request)
    language, text = form.get("language", ""), form.get("text", "")
    verbs = revisions_of(line_of(request))
    return await _done(request, me, intent, lambda s: verbs.unteach(s, me.school_id, me.staff_id, language, text))


@router.post("/place")
async def place(request: Request, me: Administrator, intent: str) -> Response:
    """Put its button elsewhere, or nowhere."""
    host = (await _form(request)).get("place", "")
    verbs = own_answers(line_of(request))
    return await _done(request, me, intent, lambda s: verbs.move(s, me.school_id, me.staff_id, intent, host))


@router.post("/remove")
async def remove(request: Request, me: Administrator, intent: str) -> Response:
    """Take it out of the draft, all of it."""
    line = line_of(request)
    try:
        await line.database.write(lambda s: own_answers(line).remove(s, me.school_id, me.staff_id, intent))
    except Refusal as error:
        return await show(request, me, f"utter_{intent}", "", error=error)
    return RedirectResponse("/content/draft?removed=1", status_code=303)


async def _done(
    request: Request,
    me: Me,
    intent: str,
    work: Callable[[AsyncSession], Awaitable[None]],
    *,
    adding: Example | None = None,
) -> Response:
    """Do it, and show the page again."""
    try:
        await line_of(request).database.write(work)
    except Refusal as error:
        return await show(request, me, f"utter_{intent}", "", error=error, adding=adding)
    return RedirectResponse(f"/content/utter_{quote(intent)}?saved=1#examples", status_code=303)


async def _form(request: Request) -> dict[str, str]:
    form = await request.form(max_files=0, max_fields=10, max_part_size=60_000)
    return {name: inputs.clean(str(value)) for name, value in form.items()}
