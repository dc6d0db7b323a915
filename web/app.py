"""The web application: webhooks, health, pages, on one composition root."""

from __future__ import annotations

from fastapi import FastAPI

from bot.wiring import Line
from web import health, webhooks
from web.views import content, content_draft, phone, settings, settings_channels, settings_people
from web.views.pages import furnish

MAX_BODY = 1_000_000


def create_app(line: Line) -> FastAPI:
    """All pages and webhooks of a line. The web phone is there in demo mode only."""
    app = FastAPI(title="Ouderlijn", docs_url=None, redoc_url=None, openapi_url=None, max_body_size=MAX_BODY)
    app.state.line = line
    app.include_router(webhooks.router)
    app.include_router(health.router)
    furnish(app)
    for part in (content_draft.router, content.try_router, content.router):
        app.include_router(part)
    for part in (settings.router, settings_people.router, settings_channels.router):
        app.include_router(part)
    if line.demo:
        app.include_router(phone.router)
    return app
