"""People answers: is what we know right? Figures, and where to bring people in."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from db.queries.roster import completeness, imports
from db.types import ImportState
from web.templating import page
from web.views import import_words
from web.views.session import Staff, line_of

router = APIRouter()


@router.get("/people")
async def people(request: Request, me: Staff) -> Response:
    """How complete it is, without a name."""
    async with line_of(request).database.read() as session:
        known = await completeness(session, me.school_id)
        done = [row for row in await imports(session, me.school_id) if row.state is ImportState.DONE]
    return page(request, "people/people.html", me=me, known=known, last=done[0] if done else None, words=import_words)
