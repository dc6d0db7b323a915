"""Classes answer: whom do I reach."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from db.queries.classes import classes, one_class
from web.templating import page
from web.views import words
from web.views.inputs import Typed
from web.views.session import Staff, line_of

router = APIRouter()


@router.get("/classes")
async def overview(request: Request, me: Staff) -> Response:
    """The classes this person mentors; all of them for an administrator."""
    async with line_of(request).database.read() as session:
        found = await classes(session, me)
    return page(request, "classes.html", me=me, classes=found)


@router.get("/classes/{name}")
async def one(request: Request, me: Staff, name: Typed) -> Response:
    """The pupils of a class, their guardians, and who of them the line knows."""
    line = line_of(request)
    async with line.database.read() as session:
        pupils = await one_class(session, me, name, me.today(line.clock.now()))
    if pupils is None:
        raise HTTPException(404)
    return page(request, "class.html", me=me, name=name, pupils=pupils, words=words)
