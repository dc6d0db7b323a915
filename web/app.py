"""The web application: routers on one composition root, the same security headers on every answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles

from bot.wiring import Line
from web import health, webhooks

STATIC = Path(__file__).parent / "static"
MAX_BODY = 1_000_000
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def create_app(line: Line) -> FastAPI:
    """All pages and webhooks of a line. The web phone is there in demo mode only."""
    app = FastAPI(title="Ouderlijn", docs_url=None, redoc_url=None, openapi_url=None, max_body_size=MAX_BODY)
    app.state.line = line

    @app.middleware("http")
    async def _headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    app.include_router(webhooks.router)
    app.include_router(health.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")

    @app.get("/", include_in_schema=False)
    async def _front() -> RedirectResponse:
        return RedirectResponse("/phone" if line.demo else "/inbox", status_code=303)

    return app
