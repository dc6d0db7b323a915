"""What a parent sent, to be heard and seen by whoever may read its case; shut in, since a stranger made it."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from starlette.exceptions import HTTPException

from bot.staff.handling import read_case
from db.queries.threads import kept_file
from web.views.case import CaseId
from web.views.media_types import served_as
from web.views.session import Staff, line_of

router = APIRouter(prefix="/inbox/{case_id}/media")
SEALED = {
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
    "accept-ranges": "bytes",
}
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)
MediaId = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get("/{media_id}")
async def file(request: Request, me: Staff, case_id: CaseId, media_id: MediaId) -> Response:
    """The file, or the part of it that a player asks for (Safari plays nothing else). Hearing it is reading the case."""
    line = line_of(request)
    async with line.database.read() as session:
        kept = await kept_file(session, me, case_id, media_id)
    if kept is None:
        raise HTTPException(404)
    await line.database.write(lambda s: read_case(s, me, case_id, now=line.clock.now()))
    content_type, ending, in_place = served_as(kept.content_type)
    place = "inline" if in_place else "attachment"
    headers = {**SEALED, "content-disposition": f'{place}; filename="{case_id}-{media_id}{ending}"'}
    asked = wanted(request.headers.get("range", ""), len(kept.data))
    if asked is None:
        return Response(kept.data, media_type=content_type, headers=headers)
    if not asked:
        return Response(status_code=416, headers={**headers, "content-range": f"bytes */{len(kept.data)}"})
    headers["content-range"] = f"bytes {asked.start}-{asked.stop - 1}/{len(kept.data)}"
    return Response(kept.data[asked.start : asked.stop], 206, headers, content_type)


def wanted(header: str, size: int) -> range | None:
    """The bytes that a Range header asks for: none at all where they lie behind the end, None where all are meant."""
    found = _RANGE.fullmatch(header.strip())
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, size) if last else size)
