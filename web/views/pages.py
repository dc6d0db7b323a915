"""What all pages share: static files, the school's colour, the front door, pages that are not there yet, and faults."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from web.templating import STATIC, page
from web.views import case, case_notes, class_work, classes, guardians, inbox, inbox_thanks, login, media, soon
from web.views.accent import stylesheet
from web.views.csrf import SafeHeaders, SameOrigin
from web.views.session import NotAllowed, NotLoggedIn, find_me, line_of, to_login

router = APIRouter()


def furnish(app: FastAPI) -> None:
    """Give an application (whose `state.line` is set) the pages, static files, headers, CSRF check and fault pages."""
    app.add_middleware(SameOrigin, settings=app.state.line.settings)
    app.add_middleware(SafeHeaders)
    for part in (
        router,
        login.router,
        inbox.router,
        inbox_thanks.router,
        case.router,
        case_notes.router,
        media.router,
        classes.router,
        class_work.router,
        guardians.router,
        soon.router,
    ):
        app.include_router(part)  # the inbox's own words (list, events) before the cases' numbers
    app.mount("/static", StaticFiles(directory=STATIC), name="static")

    @app.exception_handler(NotLoggedIn)
    async def _login(request: Request, _: NotLoggedIn) -> Response:
        return to_login(request)

    @app.exception_handler(NotAllowed)
    async def _not_allowed(request: Request, _: NotAllowed) -> Response:
        return await fault(request, 403)

    @app.exception_handler(RequestValidationError)
    async def _malformed(request: Request, error: RequestValidationError) -> Response:
        if _machine(request):
            return await request_validation_exception_handler(request, error)
        return await fault(request, 404 if request.method == "GET" else 400)

    @app.exception_handler(HTTPException)
    async def _fault(request: Request, error: HTTPException) -> Response:
        if _machine(request):
            return await http_exception_handler(request, error)
        return await fault(request, error.status_code)


def _machine(request: Request) -> bool:
    return request.url.path.startswith(("/webhooks/", "/health/", "/metrics", "/static/"))


async def fault(request: Request, status: int) -> Response:
    """A page that says what is wrong and what to do."""
    return page(request, "fault.html", me=await find_me(request), status=status, code=status)


@router.get("/")
async def front_door(request: Request) -> Response:
    """To the web phone in a demo; staff to their inbox."""
    return RedirectResponse("/phone" if line_of(request).demo else "/inbox", status_code=303)


@router.get("/static/school.css")
async def colour(accent: str = "") -> Response:
    """The school's colour as a stylesheet: the policy allows no styles inside a page."""
    return Response(stylesheet(accent), media_type="text/css", headers={"cache-control": "public, max-age=86400"})
