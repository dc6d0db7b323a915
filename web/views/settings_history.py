"""The history of the settings: who changed what, from what and to what, and taking it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from bot.content.shipped import Fact
from bot.errors import Refusal
from bot.staff.audit import ABSENCES, ROTA, RULES, SECRET
from bot.staff.knocks import FACT as KNOCK
from bot.staff.marks import N_
from bot.staff.typed import shown
from bot.staff.undoing import undo, undoable
from db.queries.settings import ChangeRow, account_rows, change_rows, class_rows, staff_rows
from db.queries.staff import Me
from db.types import EventKind, Role
from locales import formats
from locales.languages import LANGUAGES
from web.templating import LANGUAGE, moment, translate
from web.views.calendar import KINDS as EVENTS
from web.views.content_desk import content_of
from web.views.names import ROLES, TOPICS
from web.views.session import Administrator, line_of
from web.views.settings import Number, attempt, done, show

router = APIRouter(prefix="/settings/history")
AT_ONCE = 30
"""Changes on a page."""
FIELDS: Mapping[str, str] = {
    "name": N_("Name of the school"),
    "accent": N_("Colour of these pages"),
    "allowed": N_("What a machine may translate"),
    "title": N_("Addressed as"),
    "given_name": N_("Given name"),
    "family_name": N_("Family name"),
    "say_as": N_("How to say the name"),
    "email": N_("E-mail address"),
    "mobile": N_("Mobile number, for alarms"),
    "administrator": N_("administrator"),
    "weekdays": N_("Works on"),
    "last_hours": N_("Not after"),
    "left_at": N_("has left"),
    ABSENCES: N_("Away"),
    "paused_until": N_("Paused until"),
    "region": N_("Region of the school holidays"),
    "closed_on": N_("Closed on"),
    "chosen": N_("The line takes it as"),
    SECRET: N_("Password or key"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One setting that was changed. `hidden`: it is a secret, so only that it changed is known."""

    name: str
    old: str
    new: str
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """One change as the page shows it."""

    row: ChangeRow
    by: str
    lines: list[Line]
    can_undo: bool


@dataclass(frozen=True, slots=True)
class Names:
    """What the ids in a change are called now."""

    facts: Mapping[str, Fact]
    staff: Mapping[int, str]
    classes: Mapping[str, str]
    accounts: Mapping[str, str]
    zone: str
    weekdays: tuple[str, ...] = field(default=tuple(formats.weekdays([day], LANGUAGE) for day in range(7)))

    def line(self, item: str, old: Any, new: Any) -> Line:
        """A setting in words, and its values."""
        name = item.rpartition("/")[2]
        return Line(self._called(item), self._value(item, old), self._value(item, new), hidden=name == SECRET)

    def _called(self, item: str) -> str:
        match item.split("/"):
            case ["facts", name] if name.startswith(KNOCK):
                language = LANGUAGES.get(name.removeprefix(KNOCK))
                called = f"{translate('Knocking on WhatsApp')}, {language.endonym if language else name}"
            case ["facts", name]:
                called = self.facts[name].label if name in self.facts else name
            case ["staff", number, name]:
                called = f"{self._person(int(number))}: {translate(FIELDS.get(name, name))}"
            case ["roles", role]:
                called = translate("Role: %(name)s", name=translate(ROLES.get(Role(role), role)))
            case ["mentors", number]:
                called = translate("Mentors of %(name)s", name=self.classes.get(number, "?"))
            case ["channels", number, name]:
                called = f"{self.accounts.get(number, '?')}: {translate(FIELDS.get(name, name))}"
            case ["calendar", name] if name == SECRET:
                called = translate("Address of the calendar")
            case [name] if name == RULES:
                called = translate("Who gets what")
            case [_, name]:
                called = translate(FIELDS.get(name, name))
            case _:
                called = translate("Safety rota")
        return called

    def _value(self, item: str, value: Any) -> str:  # noqa: C901 - one case for each kind of setting
        match item.split("/"):
            case [*_, "administrator"]:
                words = translate("yes") if value else translate("no")
            case _ if value is None or value == []:
                words = ""
            case ["facts", name] if name in self.facts:
                words = shown(self.facts[name].type, value)
            case ["roles" | "mentors", _]:
                words = ", ".join(map(self._person, value))
            case [*_, name] if name == ROTA:
                words = "; ".join(
                    f"{self._person(who)} {self._days(days)} {start}–{end}" for who, days, start, end in value
                )
            case ["calendar", "chosen"]:
                words = "; ".join(f"{title}: {translate(EVENTS[EventKind(kind)])}" for title, kind in value)
            case [name] if name == RULES:
                words = "; ".join(self._rule(*rule) for rule in value)
            case [*_, "last_hours"]:
                words = ", ".join(f"{self.weekdays[int(part[0])][:2]} {part[2:]}" for part in value.split())
            case [*_, name] if name == ABSENCES:
                words = "; ".join(f"{_day(first)} – {_day(last)}" for first, last, _ in value)
            case [*_, "weekdays"]:
                words = self._days(value)
            case [*_, "left_at" | "paused_until"]:
                words = moment(dt.datetime.fromisoformat(value), self.zone)
            case _:
                words = str(value)
        return words

    def _rule(self, topic: str, class_id: int | None, role: str | None, staff_id: int | None) -> str:
        to = translate(ROLES[Role(role)]) if role else self._person(staff_id or 0)
        group = f", {self.classes.get(str(class_id), '?')}" if class_id else ""
        return f"{translate(TOPICS.get(topic, TOPICS['question']))}{group} → {to}"

    def _person(self, staff_id: int) -> str:
        return self.staff.get(staff_id, "?")

    def _days(self, days: str) -> str:
        return " ".join(self.weekdays[int(day)][:2] for day in days)


def _day(iso: str) -> str:
    return f"{dt.date.fromisoformat(iso):%d-%m-%Y}"


@router.get("")
async def history(
    request: Request, me: Administrator, before: Annotated[int | None, Query(ge=1, le=2**53)] = None
) -> Response:
    """The newest first."""
    return await _history(request, me, before=before)


@router.post("/{change_id}/undo")
async def take_back(request: Request, me: Administrator, change_id: Number) -> Response:
    """Set it to what it was; that is a change of its own, and can be taken back too."""
    known = content_of(line_of(request)).facts
    now = line_of(request).clock.now()
    error = await attempt(
        request, me, "taking back", lambda s: undo(s, me.school_id, change_id, known, at=now), undoes=change_id
    )
    return await _history(request, me, error=error) if error else done("history")


async def _history(request: Request, me: Me, *, before: int | None = None, error: Refusal | None = None) -> Response:
    line = line_of(request)
    async with line.database.read() as session:
        rows = await change_rows(session, me.school_id, before=before, limit=AT_ONCE + 1)
        names = Names(
            facts=content_of(line).facts,
            staff={row.id: row.name for row in await staff_rows(session, me.school_id)},
            classes={str(row.id): row.name for row in await class_rows(session, me.school_id)},
            accounts={str(row.id): row.provider.value for row in await account_rows(session, me.school_id)},
            zone=me.timezone,
        )
    changes = [
        Shown(row, names.staff.get(row.staff_id, "?"), list(_lines(names, row)), not row.undone and undoable(row.items))
        for row in rows[:AT_ONCE]
    ]
    older = rows[AT_ONCE - 1].id if len(rows) > AT_ONCE else None
    return show(request, me, "history", error=error, changes=changes, older=older, newest=before is None)


def _lines(names: Names, row: ChangeRow) -> Iterator[Line]:
    for item, (old, new) in row.items.items():
        yield names.line(item, old, new)
