"""What people do with a case apart from answering: notes, another case, another child, how confidential it is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException

from bot.staff.about import set_child
from bot.staff.handling import NoSuchCase
from bot.staff.merging import merge, move, unmerge
from bot.staff.notes import add_note
from bot.staff.sensitivity import set_sensitivity
from bot.staff.writing import writes
from db.queries.cases import one_case
from db.queries.readers import readers_of_case
from db.types import Sensitivity
from web.templating import page
from web.views import names, words
from web.views.aside import Aside, load_company
from web.views.case import CaseId, do
from web.views.inputs import Typed
from web.views.session import Administrator, Staff, line_of

router = APIRouter(prefix="/inbox/{case_id}")
RowId = Annotated[int, Form(ge=1, le=2**63 - 1)]


@router.post("/note")
async def note(
    request: Request, me: Staff, case_id: CaseId, text: Annotated[Typed, Form(max_length=5000)] = ""
) -> Response:
    """A note for colleagues."""
    now = line_of(request).clock.now()
    return await do(request, me, case_id, lambda s: add_note(s, me, case_id, text=text, now=now), "noted")


@router.post("/merge")
async def take_in(request: Request, me: Staff, case_id: CaseId, other: RowId) -> Response:
    """Another case of this conversation becomes part of this one."""
    now = line_of(request).clock.now()
    return await do(request, me, case_id, lambda s: merge(s, me, case_id, other=other, now=now), "merged")


@router.post("/unmerge")
async def take_out(request: Request, me: Staff, case_id: CaseId, other: RowId) -> Response:
    """It is one of its own again."""
    now = line_of(request).clock.now()
    return await do(request, me, case_id, lambda s: unmerge(s, me, case_id, other=other, now=now), "unmerged")


@router.post("/move")
async def give_messages(
    request: Request,
    me: Staff,
    case_id: CaseId,
    to: Annotated[str, Form(pattern=r"^(new|\d{1,18})$")],
    message: Annotated[list[int] | None, Form()] = None,
    topic: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Messages go to another case, or become one."""
    now = line_of(request).clock.now()
    target = None if to == "new" else int(to)

    async def work(session: AsyncSession) -> None:
        await move(session, me, case_id, messages=(message or [])[:200], to=target, topic=topic, now=now)

    return await do(request, me, case_id, work, "moved")


@router.post("/confidential")
async def confidential(
    request: Request, me: Staff, case_id: CaseId, sensitivity: Annotated[Sensitivity, Form()]
) -> Response:
    """How far it may travel."""
    now = line_of(request).clock.now()
    return await do(
        request, me, case_id, lambda s: set_sensitivity(s, me, case_id, sensitivity=sensitivity, now=now), "changed"
    )


@router.post("/child")
async def child(request: Request, me: Staff, case_id: CaseId, pupil: RowId) -> Response:
    """It is about this child of hers."""
    now = line_of(request).clock.now()
    return await do(request, me, case_id, lambda s: set_child(s, me, case_id, pupil_id=pupil, now=now), "changed")


@router.post("/writing")
async def writing(
    request: Request, me: Staff, case_id: CaseId, stopped: Annotated[str, Form(max_length=1)] = ""
) -> Response:
    """Somebody types here, or has stopped. What is typed is not sent along."""
    line = line_of(request)
    now = line.clock.now()
    try:
        await line.database.write(lambda s: writes(s, me, case_id, stopped=bool(stopped), now=now))
    except NoSuchCase as error:
        raise HTTPException(404) from error
    return Response(status_code=204)


@router.get("/company")
async def company(request: Request, me: Staff, case_id: CaseId) -> Response:
    """Who else is at this case, for a page that is open."""
    line = line_of(request)
    async with line.database.read() as session:
        row = await one_case(session, me, case_id)
        if row is None or not row.readable:
            raise HTTPException(404)
        aside = Aside(company=await load_company(session, me, case_id, now=line.clock.now()))
    return page(request, "inbox/company.html", me=me, row=row, aside=aside)


@router.get("/readers")
async def readers(request: Request, me: Administrator, case_id: CaseId) -> Response:
    """Who read what this guardian wrote: for her, who may ask. Roles, no names; to be printed."""
    line = line_of(request)
    async with line.database.read() as session:
        row = await one_case(session, me, case_id)
        if row is None:
            raise HTTPException(404)
        threads = await readers_of_case(session, me, case_id)
    if not threads:
        return RedirectResponse(f"/inbox/{case_id}", status_code=303)
    return page(request, "inbox/readers.html", me=me, row=row, threads=threads, words=words, names=names)
