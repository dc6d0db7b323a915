"""The web application: webhooks, health, pages, on one composition root."""

from __future__ import annotations

from fastapi import FastAPI

from bot.people.importing.jobs import Jobs
from bot.wiring import Line
from web import health, webhooks
from web.views import (
    calendar,
    content,
    content_draft,
    content_files,
    content_list,
    content_new,
    content_own,
    content_try,
    flows,
    flows_try,
    me,
    people,
    people_import,
    phone,
    settings,
    settings_channels,
    settings_history,
    settings_notices,
    settings_people,
    settings_routing,
    settings_translation,
    unanswered,
)
from web.views.pages import furnish

MAX_BODY = 1_000_000


def create_app(line: Line) -> FastAPI:
    """All pages and webhooks of a line. The web phone is there in demo mode only."""
    app = FastAPI(title="Ouderlijn", docs_url=None, redoc_url=None, openapi_url=None, max_body_size=MAX_BODY)
    app.state.line = line
    app.state.imports = Jobs()
    app.include_router(webhooks.router)
    app.include_router(health.router)
    furnish(app)
    for pages in (
        content_list,
        content_draft,
        content_files,
        content_try,
        flows,
        flows_try,
        content_new,
        content_own,
        content,
    ):
        app.include_router(pages.router)
    for part in (
        settings.router,
        settings_people.router,
        settings_routing.router,
        settings_channels.router,
        settings_history.router,
        settings_notices.router,
        me.router,
        calendar.router,
        settings_translation.router,
    ):
        app.include_router(part)
    app.include_router(unanswered.router)
    app.include_router(people.router)
    app.include_router(people_import.router)
    if line.demo:
        app.include_router(phone.router)
    return app
