"""What flows may have done: pure functions from slots to slots and events. A test holds that the domain's actions are these."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from bot.turn import absence, days, said
from bot.turn.handover import passed_on, person, promise
from bot.turn.languages import OTHER, as_options, own_name
from bot.turn.sentences import buttons
from bot.turn.topics import topic
from bot.turn.types import Alarm, Child, Event, OptOut, Say, Withdraw
from db.types import Role
from flows.happened import Choice
from flows.values import Value
from nlu.entities import read_date
from nlu.port import SafetyLevel

if TYPE_CHECKING:
    from bot.turn.draft import Draft
    from bot.turn.recent import Absence

Slots: TypeAlias = Mapping[str, Value]
RELIGION_NOTICE = dt.timedelta(days=2)
"""Leerplichtwet art. 13: religious duty is told to the school at least two days before."""
NOT_COLLECTED = frozenset(
    {
        *("bound", "children_count", "child", "child_name", "child_class", "children_list", "topic"),
        *("person_name", "promise", "passed_on", "language_name", "rota_names", "opens_at", "agreement_read_on"),
    },
)
"""Slots that the turn or an action sets: no part of what she told us."""


@dataclass(frozen=True, slots=True)
class Done:
    """What an action set and what happened. `language` is her explicit choice."""

    slots: Slots = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    language: str | None = None
    absences: tuple[Absence, ...] | None = None
    """What is remembered of absences from now on, where that has changed."""
    agreed_on: dt.date | None = None


def presets(draft: Draft, kept: Slots) -> dict[str, Value]:
    """What is known when a flow starts. A child chosen before counts as long as she may still know of it."""
    child = draft.child_named or draft.only_child or draft.child(kept.get("child"))
    return {
        "bound": draft.known.guardian is not None,
        "children_count": len(draft.children),
        "agreement_read_on": draft.memory.agreed_on.isoformat() if draft.memory.agreed_on else None,
        **about(child),
    }


def about(child: Child | None) -> dict[str, Value]:
    """The slots that follow the child."""
    return {
        "child": str(child.pupil_id) if child else None,
        "child_name": child.given_name if child else None,
        "child_class": child.class_name if child else None,
    }


def choices(draft: Draft, slot: str, slots: Slots) -> tuple[Choice, ...]:
    """The choices that only the turn knows: her children, the languages of the line, moments for a talk."""
    if slot == "appointment_times":
        wanted = slots.get("appointment_with") == "mentor"
        return days.moments(draft, draft.child(slots.get("child")), with_mentor=wanted)
    if slot == "child":
        return tuple(
            Choice(str(child.pupil_id), f"{child.given_name} ({child.class_name})", plain=True)
            for child in draft.children
        )
    if slot == "language":
        listed = as_options(draft.languages)
        known = tuple(Choice(option.payload.partition(":")[2], option.title, plain=True) for option in listed)
        return (*known, Choice(OTHER, "utter_title_not_here/0"))
    return ()


def collected(draft: Draft, slots: Slots) -> dict[str, str]:
    """What she told us, for the person who gets it: no presets, no confirmations."""
    return {
        name: str(in_full(draft, value))
        for name, value in slots.items()
        if value is not None
        and not isinstance(value, bool)
        and name not in NOT_COLLECTED
        and not name.startswith("mentor")
    }


def in_full(draft: Draft, value: Value) -> Value:
    """`today` and `tomorrow` as the date that they are."""
    if value == "today":
        return draft.today.isoformat()
    if value == "tomorrow":
        return (draft.today + dt.timedelta(days=1)).isoformat()
    return value


def _pass_on(draft: Draft, slots: Slots) -> Done:
    child = draft.child(slots.get("child"))
    name = str(slots.get("topic") or "question")
    claimed = child is None and bool(slots.get("child_text"))
    event = passed_on(draft, name, summary=collected(draft, slots), child=child, claimed=claimed)
    role = topic(name).role_for(child)
    promised = promise(draft, role, child, name)
    told: dict[str, Value] = {
        "person_name": person(draft, role, child, name) if event.verified else None,
        "promise": promised.isoformat() if promised else None,
        "passed_on": True,
    }
    if name != "absence":
        return Done(told, (event,))
    told["after_deadline"] = absence.after_deadline(draft, slots)
    return Done(told, (event,), absences=absence.after(draft, slots))


def _find_mentor(draft: Draft, slots: Slots) -> Done:
    child = draft.child(slots.get("child"))
    if child is None or not child.mentors:
        return Done({"mentor_known": False, "mentor_name": None})
    weekday = draft.today.weekday()
    first, *others = sorted(child.mentors, key=lambda mentor: weekday not in mentor.weekdays)
    off = [str(day) for day in days.SCHOOL_WEEK if day not in first.weekdays] if first.weekdays else []
    return Done(
        {
            "mentor_known": True,
            "mentor_name": first.name,
            "mentor_say_as": first.say_as or None,
            "mentor_has_say_as": bool(first.say_as),
            "mentor_female": first.female,
            "mentor_days_off": f"weekdays:{','.join(off)}" if off else None,
            "mentor2_name": others[0].name if others else None,
            "mentor_away_until": first.away_until.isoformat() if first.away_until else None,
            "mentor_stand_in": first.stand_in if first.away_until else None,
        },
    )


def _look_at_leave(draft: Draft, slots: Slots) -> Done:
    """Whether the first day that she writes is nearer than a notice of religious duty may be."""
    written = str(slots.get("leave_dates") or "")
    found = said.stretch(written, draft.language, draft.today)
    first = found[0] if found else read_date(written, draft.language, draft.today)
    return Done({"leave_soon": first is not None and first - draft.today < RELIGION_NOTICE})


def _agreement_read(draft: Draft, slots: Slots) -> Done:
    del slots
    return Done(agreed_on=draft.today)


def _set_language(draft: Draft, slots: Slots) -> Done:
    code = str(slots.get("language") or OTHER)
    if code not in draft.languages:
        return Done({"language_name": None})
    return Done({"language_name": own_name(code)}, language=code)


def _stop(draft: Draft, slots: Slots) -> Done:
    del draft, slots
    return Done(events=(OptOut(stopped=True),))


def _withdraw(draft: Draft, slots: Slots) -> Done:
    del draft, slots
    return Done(events=(Withdraw(),))


def _resume(draft: Draft, slots: Slots) -> Done:
    del draft, slots
    return Done(events=(OptOut(stopped=False),))


def _list_children(draft: Draft, slots: Slots) -> Done:
    del slots
    return Done({"children_list": ", ".join(f"{child.given_name} ({child.class_name})" for child in draft.children)})


def _menu(draft: Draft, slots: Slots) -> Done:
    """What the line can do; not where a flow that waits below asks its question again."""
    del slots
    if len(draft.memory.flow.stack) > 1:
        return Done()
    return Done(events=(Say("utter_help", options=buttons(draft.book, "utter_help")),))


def _alarm(draft: Draft, slots: Slots) -> Done:
    del slots
    rota = draft.known.school.rota
    opens_at = rota.opens_at or promise(draft, Role.SAFETY_COORDINATOR)
    return Done(
        {
            "rota_names": ", ".join(rota.names) or None,
            "opens_at": opens_at.isoformat() if opens_at and not rota.names else None,
        },
        (Alarm(SafetyLevel.NOW),),
    )


def _nothing(draft: Draft, slots: Slots) -> Done:
    del draft, slots
    return Done()


Action: TypeAlias = "Callable[[Draft, Slots], Done]"

ACTIONS: Mapping[str, Action] = {
    "action_pass_on": _pass_on,
    "action_find_mentor": _find_mentor,
    "action_set_language": _set_language,
    "action_stop_messages": _stop,
    "action_resume_messages": _resume,
    "action_list_children": _list_children,
    "action_withdraw": _withdraw,
    "action_menu": _menu,
    "action_alarm": _alarm,
    "action_look_at_leave": _look_at_leave,
    "action_agreement_read": _agreement_read,
    "action_ask_appointment_times": _nothing,
    "action_ask_child": _nothing,
    "action_ask_language": _nothing,
}
"""Every action a flow may name. Those that begin with `action_ask_` only say that `choices` knows the slot's choices."""


def act(draft: Draft, name: str, slots: Slots) -> Done:
    """Have an action done."""
    return ACTIONS.get(name, _nothing)(draft, slots)
