"""Bringing people in: a file, what its columns are where that is not known, a look at what would change, and a yes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData, UploadFile

from bot.errors import Refusal
from bot.people.importing import bringing
from bot.people.importing.bringing import Changed, Look
from bot.people.importing.columns import TEMPLATE, fields, fingerprint, missing, taken
from bot.people.importing.jobs import Jobs
from bot.people.importing.opening import Files, open_bytes
from bot.people.importing.plan import What
from bot.people.importing.reading import UnknownColumns
from bot.people.importing.text import NotRead
from bot.staff.marks import N_
from db.queries.roster import ImportRow, imports, one_import
from db.queries.staff import Me
from db.types import ImportState
from web.templating import page
from web.views import import_words
from web.views.inputs import clean
from web.views.session import Administrator, line_of
from web.views.settings import Number

router = APIRouter(prefix="/people/import")
LARGEST = 8_000_000
"""Bytes: as a zip, a school of 10,000 with all its lessons."""
PATIENCE = 2.0
"""Seconds that a page waits for an import before it says how far it is."""
SAMPLES = 3


@router.get("")
async def start(request: Request, me: Administrator) -> Response:
    """Choose a file; what was brought in before."""
    return await _start(request, me)


@router.get("/template.csv")
async def template(me: Administrator) -> Response:
    """Our headings, as a spreadsheet here opens them."""
    del me
    return Response(
        ("\ufeff" + ";".join(TEMPLATE) + "\r\n").encode(),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="leerlingen.csv"'},
    )


@router.post("", max_body_size=LARGEST + 10_000)
async def upload(request: Request, me: Administrator) -> Response:
    """Keep the file and look at it. What cannot be read is not kept."""
    line = line_of(request)
    async with request.form(max_files=1, max_fields=3, max_part_size=2_000) as form:
        given = form.get("file")
        data = await given.read(LARGEST + 1) if isinstance(given, UploadFile) else b""
        name = clean(given.filename or "") if isinstance(given, UploadFile) else ""
        org = clean(str(form.get("org", ""))).strip()
    try:
        if not data:
            raise Refusal(N_("Choose a file first."))  # noqa: TRY301 - all refusals are shown in one place
        if len(data) > LARGEST:
            raise NotRead(N_("This file is too large: %(count)s MB at most."), count=LARGEST // 1_000_000)
        files = await asyncio.to_thread(open_bytes, name, data)
        await _look(request, me, files, org=org)
    except UnknownColumns:
        pass  # the next page asks
    except Refusal as error:
        return await _start(request, me, error=error)
    now = line.clock.now()
    made = await line.database.write(
        lambda s: bringing.hand_in(s, me.school_id, me.staff_id, name, data, org=org, now=now)
    )
    return RedirectResponse(f"/people/import/{made}", status_code=303)


@router.get("/{import_id}")
async def one(request: Request, me: Administrator, import_id: Number) -> Response:
    """What would change, how far it is, or what came of it."""
    return await _one(request, me, import_id)


@router.post("/{import_id}/columns")
async def columns(request: Request, me: Administrator, import_id: Number) -> Response:
    """Keep what each column means; files with the same headings are read so from now on."""
    row, files = await _waiting(request, me, import_id)
    form = await request.form(max_files=0, max_fields=500, max_part_size=2_000)
    try:
        await _look(request, me, files, org=row.org)
    except UnknownColumns as error:
        headings = error.table.headings
    except NotRead as error:
        return await _one(request, me, import_id, error=error)
    else:
        return _to(import_id)
    chosen = taken([str(form.get(f"column{n}", "")) for n in range(len(headings))])
    if missing(chosen):
        text = N_("Say which column is the pupil's number, and which the name: both are needed.")
        return await _one(request, me, import_id, error=Refusal(text), chosen=chosen)
    mark = fingerprint(headings)
    await line_of(request).database.write(lambda s: bringing.say_columns(s, me.school_id, mark, chosen))
    return _to(import_id)


@router.post("/{import_id}/part")
async def part(request: Request, me: Administrator, import_id: Number) -> Response:
    """It is only a part of the school (or is not, after all)."""
    form = await request.form(max_files=0, max_fields=3, max_part_size=100)

    async def work(session: Any) -> None:
        (await bringing.waiting(session, me.school_id, import_id)).part = form.get("part") == "1"

    await _attempt(request, work)
    return _to(import_id)


@router.post("/{import_id}/aside")
async def aside(request: Request, me: Administrator, import_id: Number) -> Response:
    """Not this one."""
    await _attempt(request, lambda s: bringing.put_aside(s, me.school_id, import_id))
    return RedirectResponse("/people/import", status_code=303)


@router.post("/{import_id}/take")
async def take(request: Request, me: Administrator, import_id: Number) -> Response:
    """Do what was seen."""
    line = line_of(request)
    row, files = await _waiting(request, me, import_id)
    form = await request.form(max_files=0, max_fields=5, max_part_size=100)
    try:
        seen = await _look(request, me, files, org=row.org, part=row.part)
        if seen.plan.mark != form.get("seen"):
            raise Changed(N_("Somebody changed the people of this school meanwhile. Look again at what this would do."))
        if seen.plan.ask and _number(form, "left") != seen.plan.ask:
            raise Refusal(N_("Say first whether all these pupils have left: the file may be a part of the school."))  # noqa: TRY301
    except Refusal as error:
        return await _one(request, me, import_id, error=error)
    job = _jobs(request).start(
        import_id,
        lambda told: bringing.bring_in(
            line.database,
            seen,
            now=line.clock.now,
            told=told,
            part=row.part,
            left=seen.plan.ask or None,
            staff_id=me.staff_id,
            import_id=import_id,
        ),
    )
    await asyncio.wait([job.task], timeout=PATIENCE)
    return _to(import_id)


# --- what they share


def _jobs(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.imports
    return jobs


def _to(import_id: int) -> Response:
    return RedirectResponse(f"/people/import/{import_id}", status_code=303)


def _number(form: FormData, name: str) -> int | None:
    text = str(form.get(name, ""))
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None  # noqa: PLR2004 - pupils of a school


async def _attempt(request: Request, work: Any) -> None:
    try:
        await line_of(request).database.write(work)
    except Changed as error:
        raise HTTPException(404) from error


async def _waiting(request: Request, me: Me, import_id: int) -> tuple[ImportRow, Files]:
    """An import that waits, and its file; 404 where it is not here, or not any more."""
    async with line_of(request).database.read() as session:
        found = await one_import(session, me.school_id, import_id)
    if found is None or found[0].state is not ImportState.LOOKED_AT or found[1] is None:
        raise HTTPException(404)
    row, data = found[0], found[1]
    return row, await asyncio.to_thread(open_bytes, row.file_name, data)


async def _look(request: Request, me: Me, files: Files, *, org: str, part: bool = False) -> Look:
    line = line_of(request)
    return await bringing.look(line.database, files, now=line.clock.now(), school_id=me.school_id, org=org, part=part)


async def _start(request: Request, me: Me, *, error: Refusal | None = None) -> Response:
    async with line_of(request).database.read() as session:
        rows = await imports(session, me.school_id)
    return page(
        request,
        "people/import.html",
        me=me,
        status=422 if error else 200,
        fault=import_words.said(error),
        rows=rows,
        words=import_words,
        states=ImportState,
    )


async def _one(
    request: Request,
    me: Me,
    import_id: int,
    *,
    error: Refusal | None = None,
    chosen: Sequence[str] | None = None,
) -> Response:
    async with line_of(request).database.read() as session:
        found = await one_import(session, me.school_id, import_id)
    if found is None:
        raise HTTPException(404)
    row, data = found
    job = _jobs(request).running(import_id)
    if job is not None:
        return page(request, "people/running.html", me=me, done=job.done, size=job.size, row=row)
    if row.state is not ImportState.LOOKED_AT or data is None:
        return page(request, "people/done.html", me=me, row=row, words=import_words, states=ImportState)
    error = error or _jobs(request).refusal(import_id)
    shared: Mapping[str, Any] = {
        "me": me,
        "status": 422 if error else 200,
        "fault": import_words.said(error),
        "row": row,
        "words": import_words,
    }
    try:
        files = await asyncio.to_thread(open_bytes, row.file_name, data)
        seen = await _look(request, me, files, org=row.org, part=row.part)
    except UnknownColumns as unknown:
        samples = [
            [r.cells[n] for r in unknown.table.rows if r.cells[n]][:SAMPLES] for n in range(len(unknown.table.headings))
        ]
        return page(
            request,
            "people/columns.html",
            table=unknown.table,
            samples=samples,
            chosen=chosen or unknown.found.columns,
            unclear=unknown.found.unclear,
            fields=fields(),
            **shared,
        )
    except Refusal as refusal:
        return await _start(request, me, error=refusal)
    return page(request, "people/preview.html", plan=seen.plan, what=What, **shared)
