"""What a school itself still lacks: facts, translations of its own sentences, people. Advice to it, never a fault of the line."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.calendar.facts import facts
from bot.calendar.holidays import run_out
from bot.calendar.keeping import is_old
from bot.content.answers import Readiness, answers
from bot.content.flow_check import unsound
from bot.content.phrases import Phrasebook
from bot.content.revisions import published_examples, published_overlay
from bot.content.shipped import Shipped
from bot.people.availability import rota
from bot.staff.typed import latest
from db.queries.calendar import calendar_row
from db.queries.school import SchoolView, school_view
from db.queries.settings import ClassRow, class_rows
from db.tables import SchoolCalendar
from db.types import Role

LISTED = 5


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing, and what to do. No names, no values."""

    what: str
    fix: str

    def __str__(self) -> str:
        return f"warning: {self.what}. {self.fix}"


async def gaps(session: AsyncSession, shipped: Shipped, school_id: int, now: dt.datetime) -> list[Gap]:
    """All of them, as parents would meet them today."""
    view = await school_view(session, school_id)
    overlay = await published_overlay(session, school_id, view.content_revision)
    phrases, taught = Phrasebook(shipped, overlay), await published_examples(session, school_id, view.content_revision)
    today = now.astimezone(ZoneInfo(view.timezone)).date()
    return [
        *_facts(phrases, view, today),
        *_calendar(view, await calendar_row(session, school_id), today, now),
        *_translations(phrases),
        *_flows(unsound(shipped, overlay, taught)),
        *_people(view, await class_rows(session, school_id), now),
    ]


def _facts(phrases: Phrasebook, view: SchoolView, today: dt.date) -> Iterator[Gap]:
    needed = Counter(name for entry in phrases.entries for name in phrases.facts_needed(entry) if name != "school_name")
    told = facts(view.calendar, today)
    for name, fact in phrases.facts.items():
        if name in told:
            continue
        value = view.facts.get(name, "")
        last = latest(fact.type, value)
        if needed[name] and not value:
            yield Gap(
                f"the fact {name} is empty, which {needed[name]} answers need", "Fill it in under /settings/facts."
            )
        elif last is not None and last < today:
            yield Gap(f"the fact {name} is a day that is over", "Change it under /settings/facts, or make it empty.")


def _calendar(view: SchoolView, row: SchoolCalendar | None, today: dt.date, now: dt.datetime) -> Iterator[Gap]:
    if run_out(view.calendar.region, today):
        yield Gap("the school holidays are known for less than half a year", "A newer version of the line has them.")
    if row is not None and row.url and is_old(row, now):
        yield Gap("the calendar could not be fetched for more than three days", "Look at it under /settings/calendar.")


def _translations(phrases: Phrasebook) -> Iterator[Gap]:
    rows = answers(phrases)
    for language in phrases.languages:
        waiting = [row.entry for row in rows if row.languages[language] in {Readiness.STALE, Readiness.MISSING}]
        if waiting:
            named = ", ".join(waiting[:LISTED]) + (", .." if len(waiting) > LISTED else "")
            what = f"{language}: the Dutch of {len(waiting)} answers changed after they were translated ({named})"
            yield Gap(what, "Parents get the Dutch: translate them under /content.")


def _flows(unfit: list[str]) -> Iterator[Gap]:
    for flow_id in unfit:
        yield Gap(
            f"the school's own conversation {flow_id} does not fit the line any more: parents meet what is shipped",
            "Mend it under /content/flows.",
        )


def _people(view: SchoolView, classes: tuple[ClassRow, ...], now: dt.datetime) -> Iterator[Gap]:
    for role in Role:
        if role is not Role.MENTOR and not view.holders.get(role):
            yield Gap(f"nobody holds the role {role.value}", "Name somebody under /settings/roles.")
    if alone := sum(not row.mentors for row in classes):
        yield Gap(f"{alone} classes have no mentor", "Name them under /settings/mentors.")
    warned = rota(view, now)
    if not warned.names and not warned.opens_at:
        yield Gap("danger warns nobody", "Name whom to warn under /settings/rota; alarms go by SMS.")
