"""Who only said thanks after their answer: closed together, after a look."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from bot.staff.thanks import close_thanked, thanked
from db.queries.cases import Tab, cases
from web.templating import page
from web.views import words
from web.views.session import Staff, line_of

router = APIRouter(prefix="/inbox/thanks")


@router.get("")
async def thanks(request: Request, me: Staff) -> Response:
    """Who they are, each to be left out."""
    line = line_of(request)
    now = line.clock.now()
    async with line.database.read() as session:
        found = await thanked(session, me, now=now)
        rows = [row for row in await cases(session, me, Tab.MINE, now=now) if row.case_id in found]
    return page(request, "inbox/thanks.html", me=me, rows=rows, words=words)


@router.post("")
async def close(request: Request, me: Staff, case: Annotated[list[int] | None, Form()] = None) -> Response:
    """Close the chosen ones; where she has written more meanwhile, the case stays open."""
    line = line_of(request)
    now = line.clock.now()
    await line.database.write(lambda s: close_thanked(s, me, case or (), now=now))
    return RedirectResponse("/inbox?said=closed", status_code=303)
