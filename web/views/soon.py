"""Pages that are not there yet: each says what it will answer."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from bot.staff.marks import N_
from web.templating import page, translate
from web.views.session import Staff

router = APIRouter()
SOON: Mapping[str, tuple[str, str, str]] = {
    "/reports": (
        N_("Reports"),
        N_("Are we reaching the parents?"),
        N_(
            "Soon you will see here how many parents of each class the line reaches, what they ask and in which "
            "language, and how long they wait for an answer."
        ),
    ),
}


async def soon(request: Request, me: Staff) -> Response:
    """Title, the question it will answer, and what comes."""
    title, question, explanation = (translate(said) for said in SOON[request.url.path])
    return page(request, "soon.html", me=me, title=title, question=question, explanation=explanation)


for address in SOON:
    router.add_api_route(address, soon, methods=["GET"])
