"""Classes answer: whom do I reach."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from bot.people.letters.writing import LASTS
from bot.staff.good_words import HELLO, Hearer, good_responses
from bot.wiring import Line
from db.queries.classes import classes, is_mentor, one_class, own_pupils
from db.queries.reach import reach
from db.queries.staff import Me
from web.templating import page
from web.views import words
from web.views.class_rows import Roster, rows_of
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
async def one(request: Request, me: Staff, name: Typed, said: str = "") -> Response:
    """The pupils of a class, their guardians, whom of them the line reaches, and what to do about the others."""
    return await show_class(request, me, name, said=said)


async def show_class(
    request: Request, me: Me, name: str, *, said: str = "", fault: str = "", lacking: Sequence[tuple[str, str]] = ()
) -> Response:
    """The page; after a refusal with the reason above it."""
    roster = await load(line_of(request), me, name)
    return page(
        request,
        "classes/class.html",
        me=me,
        status=422 if fault else 200,
        name=name,
        roster=roster,
        words=words,
        said=said,
        fault=fault,
        lacking=lacking,
        days=LASTS.days,
        token=secrets.token_urlsafe(12),
    )


async def load(line: Line, me: Me, name: str) -> Roster:
    """The class with whom it reaches; 404 where it is not there for this person."""
    async with line.database.read() as session:
        pupils = await one_class(session, me, name, me.today(line.clock.now()))
        if pupils is None:
            raise HTTPException(404)
        pairs = {(carer.guardian_id, pupil.pupil_id) for pupil in pupils for carer in pupil.carers}
        found = await reach(session, me, pairs, good_responses(), hello=HELLO)
        mentor = await is_mentor(session, me, name)
        own = await own_pupils(session, me, [pupil.pupil_id for pupil in pupils])
    return rows_of(pupils, found, mentor=mentor, own=own)


def hearers_of(roster: Roster, name: str, pupil_id: int) -> tuple[Hearer, ...]:
    """The guardians of one pupil of it; 404 where there is none of that number."""
    row = next((row for row in roster.pupils if row.pupil_id == pupil_id), None)
    if row is None:
        raise HTTPException(404)
    return tuple(
        Hearer(
            guardian_id=each.carer.guardian_id,
            pupil_id=pupil_id,
            child=row.given_name,
            class_name=name,
            rights=each.carer.rights,
            language=each.carer.language,
        )
        for each in row.carers
    )
