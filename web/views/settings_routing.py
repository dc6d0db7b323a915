"""The settings of routing: which topic goes to whom, "who would get this?", and rules that the line offers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from bot.errors import Refusal
from bot.people.availability import promise
from bot.people.routing import Chosen, route
from bot.staff import rules
from bot.turn.topics import TOPICS
from db.queries.routing import rule_rows
from db.queries.settings import class_rows, staff_rows
from db.queries.staff import Me
from db.types import Role, Sensitivity
from web.templating import translate
from web.views.names import ROLES, WHY
from web.views.names import TOPICS as TOPICS_NAMED
from web.views.session import Administrator, line_of
from web.views.settings import Number, attempt, done, posted, show
from web.views.settings_people import number_in

router = APIRouter(prefix="/settings/routing")


@dataclass(frozen=True, slots=True)
class Tried:
    """Who would get it, why, and before when she would hear."""

    name: str
    why: str
    promised: dt.datetime


@router.get("")
async def routing_page(request: Request, me: Administrator) -> Response:
    """Every topic with whom it goes to."""
    return await _routing(request, me)


@router.post("")
async def save_rule(request: Request, me: Administrator) -> Response:
    """A topic goes to a role or a person from now on."""
    form = await posted(request)
    topic, role = str(form.get("topic", "")), str(form.get("role", ""))
    class_id, staff_id = number_in(form, "class"), number_in(form, "staff")
    error = await attempt(
        request,
        me,
        "a rule",
        lambda s: rules.set_rule(s, me.school_id, topic=topic, class_id=class_id, role=role, staff_id=staff_id),
    )
    given = {"topic": topic, "role": role, "class": class_id, "staff": staff_id}
    return await _routing(request, me, given=given, error=error) if error else done("routing")


@router.post("/{rule_id}/remove")
async def remove_rule(request: Request, me: Administrator, rule_id: Number) -> Response:
    """The line's own way again."""
    await attempt(request, me, "a rule", lambda s: rules.remove_rule(s, me.school_id, rule_id))
    return done("routing")


@router.post("/decline")
async def decline(request: Request, me: Administrator) -> Response:
    """This is not to be a rule."""
    form = await posted(request)
    topic, class_id, staff_id = str(form.get("topic", "")), number_in(form, "class"), number_in(form, "staff")
    if staff_id is not None:
        await attempt(
            request,
            me,
            "a rule",
            lambda s: rules.decline(s, me.school_id, topic=topic, class_id=class_id, staff_id=staff_id),
        )
    return done("routing")


@router.post("/try")
async def try_out(request: Request, me: Administrator) -> Response:
    """Say who would get this on that day, and why."""
    form, line = await posted(request), line_of(request)
    topic, class_id = str(form.get("topic", "")), number_in(form, "class")
    now = line.clock.now()
    zone = ZoneInfo(me.timezone)
    try:
        day = dt.date.fromisoformat(str(form.get("day", "")))
    except ValueError:
        day = now.astimezone(zone).date()
    given = {"topic": topic, "class": class_id, "day": day}
    if topic not in TOPICS:
        return await _routing(request, me, asked=given)
    async with line.database.read() as session:
        view = await line.scenes.view(session, me.school_id)
        classes = {row.id: row for row in await class_rows(session, me.school_id)}
    group = classes.get(class_id or 0)
    mentors = group.mentors if group else ()
    found = TOPICS[topic]
    role = found.without_child if found.role is Role.MENTOR and not mentors else found.role
    chosen = route(view, topic, role, mentors, day, class_id=class_id)
    at = dt.datetime.combine(day, dt.time(10), zone)
    tried = Tried(
        chosen.person.name if chosen.person else translate("nobody"),
        _why(chosen, group.name if group else ""),
        promise(view, chosen.person, at),
    )
    return await _routing(request, me, asked=given, tried=tried)


def _why(chosen: Chosen, class_name: str) -> str:
    reason = chosen.why
    if reason == "role" and chosen.role is Role.MENTOR and class_name:
        reason = "class"
    person = chosen.instead_of.name if chosen.instead_of else ""
    return translate(WHY[reason], role=translate(ROLES[chosen.role]), name=class_name, person=person)


async def _routing(
    request: Request,
    me: Me,
    *,
    given: Mapping[str, object] | None = None,
    asked: Mapping[str, object] | None = None,
    tried: Tried | None = None,
    error: Refusal | None = None,
) -> Response:
    line = line_of(request)
    now = line.clock.now()
    async with line.database.read() as session:
        view = await line.scenes.view(session, me.school_id)
        made = await rule_rows(session, me.school_id)
        offered = await rules.offers(session, view, now)
        people = [row for row in await staff_rows(session, me.school_id) if row.left_at is None]
        classes = await class_rows(session, me.school_id)
    return show(
        request,
        me,
        "routing",
        error=error,
        topics=[(name, topic, topic.sensitivity is Sensitivity.SPECIAL) for name, topic in TOPICS.items()],
        topics_named=TOPICS_NAMED,
        roles=[role for role in Role if role is not Role.LAST_RESORT],
        roles_named=ROLES,
        rules=made,
        offered=offered,
        people=people,
        names={row.id: row.name for row in people},
        classes=classes,
        given=given or {"topic": "", "role": "", "class": None, "staff": None},
        asked=asked or {"topic": "", "class": None, "day": now.astimezone(ZoneInfo(me.timezone)).date()},
        tried=tried,
        last_resort=[view.staff[i].name for i in view.holders.get(Role.LAST_RESORT, ()) if i in view.staff],
    )
