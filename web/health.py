"""Is it alive, is it ready, how does it do: three questions of whoever runs it. No names, no numbers, no text."""

from __future__ import annotations

import datetime as dt

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import text

from bot.translation.counted import month_of
from bot.wiring import Line
from db.queries.operations import operations
from db.queries.translation import untranslated, use_in

router = APIRouter(include_in_schema=False)
WORKER_SEEN = dt.timedelta(seconds=60)


@router.get("/health/live")
async def live() -> JSONResponse:
    """The process answers."""
    return JSONResponse({"status": "ok"})


@router.get("/health/ready")
async def ready(request: Request) -> JSONResponse:
    """The database answers, and a worker was seen in the past minute."""
    line: Line = request.app.state.line
    try:
        async with line.database.read() as session:
            await session.execute(text("SELECT 1"))
            state = await operations(session, line.clock.now())
    except Exception as error:  # noqa: BLE001 - whatever it is, we are not ready
        return JSONResponse({"status": "no database", "error": type(error).__name__}, status_code=503)
    seen = state.worker_seen
    if seen is None or seen < line.clock.now() - WORKER_SEEN:
        return JSONResponse({"status": "no worker"}, status_code=503)
    return JSONResponse({"status": "ok"})


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Counts for Prometheus, read from the tables: the same in every process."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    line: Line = request.app.state.line
    async with line.database.read() as session:
        state = await operations(session, line.clock.now())
        used = await use_in(session, month_of(line.clock))
        untold = await untranslated(session)
    registry = CollectorRegistry()
    inbox = Gauge("ouderlijn_inbox", "Inbound messages by state", ["state"], registry=registry)
    for name, count in state.inbox.items():
        inbox.labels(name).set(count)
    outbox = Gauge("ouderlijn_outbox", "Outbound messages by state", ["state"], registry=registry)
    for name, count in state.outbox.items():
        outbox.labels(name).set(count)
    Gauge("ouderlijn_sent_twice", "Answers sent again after an end nobody knows", registry=registry).set(state.doubled)
    Gauge("ouderlijn_cases_open", "Cases in somebody's hands", registry=registry).set(state.cases_open)
    for name, does, count in (
        ("ouderlijn_cases_without_anybody", "Open cases that nobody can act on", state.cases_without_anybody),
        ("ouderlijn_cases_overdue", "Open cases whose promise has passed", state.cases_overdue),
        (
            "ouderlijn_schools_without_last_resort",
            "Schools in which nobody is named as the last resort",
            state.schools_without_last_resort,
        ),
    ):
        Gauge(name, does, registry=registry).set(count)
    faults = Gauge("ouderlijn_accounts_at_fault", "Provider accounts through which nothing leaves", registry=registry)
    faults.set(state.accounts_at_fault)
    answers = Gauge(
        "ouderlijn_staff_answers", "Answers of colleagues by what became of them", ["result"], registry=registry
    )
    for name, count in state.answers.items():
        answers.labels(name).set(count)
    notices = Gauge("ouderlijn_staff_notices", "Notices to colleagues by state", ["state"], registry=registry)
    for name, count in state.notices.items():
        notices.labels(name).set(count)
    Gauge("ouderlijn_translation_calls", "Texts translated by machine this month", registry=registry).set(used.calls)
    characters = Gauge(
        "ouderlijn_translation_characters", "Characters sent to the translator this month", registry=registry
    )
    characters.set(used.characters)
    later = Gauge("ouderlijn_translation_waiting", "Messages whose Dutch is tried again later", registry=registry)
    later.set(untold)
    now = line.clock.now()
    for name, does, since in (
        ("ouderlijn_oldest_open_seconds", "Age of the oldest unanswered message", state.oldest_open),
        ("ouderlijn_oldest_queued_seconds", "Age of the oldest answer that has not left", state.oldest_queued),
        ("ouderlijn_oldest_notice_seconds", "Age of the oldest notice that is due", state.oldest_notice),
        ("ouderlijn_mailbox_unread_seconds", "Time since the mailbox was last seen empty", state.mailbox_empty),
    ):
        Gauge(name, does, registry=registry).set(max(0.0, (now - since).total_seconds()) if since else 0)
    return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")
