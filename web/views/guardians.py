"""A guardian's page answers: is what we know of her still right, and how can she be known."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException

from bot.errors import Refusal
from bot.people.alike import may_be_one
from bot.people.binding import code_to_read_out, end_binding
from bot.people.consent import record_consent
from bot.people.uniting import unite
from db.queries.guardians import guardian_page
from db.queries.staff import Me
from db.queries.twins import joined_before, joined_into, joining, twins
from web.templating import page
from web.views import names, words
from web.views.session import Administrator, Staff, line_of

router = APIRouter(prefix="/people/guardians/{guardian_id}")
_LARGEST = 2**63 - 1
Key = Annotated[int, Path(ge=1, le=_LARGEST)]
Posted = Annotated[int, Form(ge=1, le=_LARGEST)]


@router.get("")
async def guardian(request: Request, me: Staff, guardian_id: Key, said: str = "") -> Response:
    """Children and rights, addresses and how each was proven. Whoever was found to be another has no page of her own."""
    async with line_of(request).database.read() as session:
        into = await joined_into(session, me.school_id, guardian_id)
        there = into is not None and await guardian_page(session, me, into, line_of(request).clock.now()) is not None
    if there:
        return RedirectResponse(f"/people/guardians/{into}", status_code=303)
    return await _show(request, me, guardian_id, said=said)


@router.post("/code")
async def code(request: Request, me: Staff, guardian_id: Key) -> Response:
    """A code to read out by phone, shown once."""
    line = line_of(request)
    await _there(request, me, guardian_id)
    try:
        made = await line.database.write(
            lambda s: code_to_read_out(s, me, guardian_id, secret=line.secret, now=line.clock.now())
        )
    except Refusal as error:
        return await _show(request, me, guardian_id, fault=str(error), status=422)
    return await _show(request, me, guardian_id, code=made)


@router.post("/end")
async def end(request: Request, me: Staff, guardian_id: Key, binding: Posted) -> Response:
    """This address is hers no more."""
    now = line_of(request).clock.now()
    return await _do(request, me, guardian_id, lambda s: end_binding(s, me, guardian_id, binding, now=now), "ended")


@router.post("/consent")
async def consent(
    request: Request,
    me: Administrator,
    guardian_id: Key,
    pupil: Posted,
    given: Annotated[bool, Form()] = False,  # noqa: FBT002 - which of two buttons
) -> Response:
    """The pupil, of age, wants her told, or no longer does."""
    now = line_of(request).clock.now()

    async def work(session: AsyncSession) -> None:
        await record_consent(
            session,
            me.school_id,
            pupil_id=pupil,
            guardian_id=guardian_id,
            given=given,
            staff_id=me.staff_id,
            now=now,
            today=me.today(now),
        )

    return await _do(request, me, guardian_id, work, "consent" if given else "no-consent")


@router.get("/join/{other}")
async def join(request: Request, me: Administrator, guardian_id: Key, other: Key) -> Response:
    """What it means that guardian `other` is this one."""
    return await _preview(request, me, guardian_id, other)


@router.post("/join/{other}")
async def join_done(request: Request, me: Administrator, guardian_id: Key, other: Key) -> Response:
    """She is."""
    line = line_of(request)
    async with line.database.read() as session:
        if await joining(session, me, guardian_id, other, line.clock.now()) is None:
            raise HTTPException(404)
    try:
        await line.database.write(lambda s: unite(s, me, guardian_id, other, now=line.clock.now()))
    except Refusal as error:
        return await _preview(request, me, guardian_id, other, fault=str(error), status=422)
    return RedirectResponse(f"/people/guardians/{guardian_id}?said=joined", status_code=303)


async def _preview(
    request: Request, me: Me, guardian_id: int, other: int, *, fault: str = "", status: int = 200
) -> Response:
    line = line_of(request)
    async with line.database.read() as session:
        found = await joining(session, me, guardian_id, other, line.clock.now())
    if found is None:
        raise HTTPException(404)
    return page(request, "guardian_join.html", me=me, status=status, row=found, fault=fault)


async def _do(
    request: Request, me: Me, guardian_id: int, work: Callable[[AsyncSession], Awaitable[None]], said: str
) -> Response:
    await _there(request, me, guardian_id)
    try:
        await line_of(request).database.write(work)
    except Refusal as error:
        return await _show(request, me, guardian_id, fault=str(error), status=422)
    return RedirectResponse(f"/people/guardians/{guardian_id}?said={said}", status_code=303)


async def _there(request: Request, me: Me, guardian_id: int) -> None:
    line = line_of(request)
    async with line.database.read() as session:
        if await guardian_page(session, me, guardian_id, line.clock.now()) is None:
            raise HTTPException(404)


async def _show(
    request: Request, me: Me, guardian_id: int, *, said: str = "", fault: str = "", code: str = "", status: int = 200
) -> Response:
    line = line_of(request)
    async with line.database.read() as session:
        found = await guardian_page(session, me, guardian_id, line.clock.now())
        others = await twins(session, me, guardian_id)
        before = await joined_before(session, me.school_id, guardian_id)
    if found is None:
        raise HTTPException(404)
    alike = [
        each
        for each in others
        if may_be_one((found.given_name, found.family_name), (each.given_name, each.family_name))
    ]
    shown = {
        "twins": alike,
        "joined": before if me.administrator else (),
        "row": found,
        "said": names.OF_GUARDIAN.get(said, ""),
        "fault": fault,
        "code": code,
        "proofs": names.PROOFS,
    }
    return page(request, "guardian.html", me=me, status=status, words=words, **shown)
