"""What people do with a case apart from answering."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from bot.staff.notes import add_note
from web.views.case import CaseId, do
from web.views.inputs import Typed
from web.views.session import Staff, line_of

router = APIRouter(prefix="/inbox/{case_id}")


@router.post("/note")
async def note(
    request: Request, me: Staff, case_id: CaseId, text: Annotated[Typed, Form(max_length=5000)] = ""
) -> Response:
    """A note for colleagues."""
    now = line_of(request).clock.now()
    return await do(request, me, case_id, lambda s: add_note(s, me, case_id, text=text, now=now), "noted")
