"""What flows may have done: pure functions from slots to slots and events. A test holds that the domain's actions are these."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from bot.turn.handover import passed_on, person, promise
from bot.turn.languages import OTHER, as_options, own_name
from bot.turn.sentences import buttons
from bot.turn.topics import topic
from bot.turn.types import Alarm, Child, Event, OptOut, Say
from db.types import Role
from flows.happened import Choice
from flows.values import Value
from nlu.port import SafetyLevel

if TYPE_CHECKING:
    from bot.turn.draft import Draft

Slots: TypeAlias = Mapping[str, Value]
SCHOOL_WEEK = range(5)
NOT_COLLECTED = frozenset(
    {
        *("bound", "children_count", "child", "child_name", "child_class", "children_list", "topic"),
        *("person_name", "promise", "passed_on", "language_name", "rota_names", "opens_at"),
    },
)
"""Slots that the turn or an action sets: no part of what she told us."""


@dataclass(frozen=True, slots=True)
class Done:
    """What an action set and what happened. `language` is her explicit choice."""

    slots: Slots = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    language: str | None = None


def presets(draft: Draft, kept: Slots) -> dict[str, Value]:
    """What is known when a flow starts. A child chosen before counts as long as she may still know of it."""
    child = draft.child_named or draft.only_child or draft.child(kept.get("child"))
    return {
        "bound": draft.known.guardian is not None,
        "children_count": len(draft.children),
        **about(child),
    }


def about(child: Child | None) -> dict[str, Value]:
    """The slots that follow the child."""
    return {
        "child": str(child.pupil_id) if child else None,
        "child_name": child.given_name if child else None,
        "child_class": child.class_name if child else None,
    }


def choices(draft: Draft, slot: str) -> tuple[Choice, ...]:
    """The choices that only the turn knows: her children, the languages of the line."""
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
    promised = promise(draft, role)
    return Done(
        {
            "person_name": person(draft, role, child) if event.verified else None,
            "promise": promised.isoformat() if promised else None,
            "passed_on": True,
        },
        (event,),
    )


def _find_mentor(draft: Draft, slots: Slots) -> Done:
    child = draft.child(slots.get("child"))
    if child is None or not child.mentors:
        return Done({"mentor_known": False, "mentor_name": None})
    weekday = draft.today.weekday()
    first, *others = sorted(child.mentors, key=lambda mentor: weekday not in mentor.weekdays)
    off = [str(day) for day in SCHOOL_WEEK if day not in first.weekdays] if first.weekdays else []
    return Done(
        {
            "mentor_known": True,
            "mentor_name": first.name,
            "mentor_say_as": first.say_as or None,
            "mentor_has_say_as": bool(first.say_as),
            "mentor_female": first.female,
            "mentor_days_off": f"weekdays:{','.join(off)}" if off else None,
            "mentor2_name": others[0].name if others else None,
        },
    )


def _set_language(draft: Draft, slots: Slots) -> Done:
    code = str(slots.get("language") or OTHER)
    if code not in draft.languages:
        return Done({"language_name": None})
    return Done({"language_name": own_name(code)}, language=code)


def _stop(draft: Draft, slots: Slots) -> Done:
    del draft, slots
    return Done(events=(OptOut(stopped=True),))


def _resume(draft: Draft, slots: Slots) -> Done:
    del draft, slots
    return Done(events=(OptOut(stopped=False),))


def _list_children(draft: Draft, slots: Slots) -> Done:
    del slots
    return Done({"children_list": ", ".join(f"{child.given_name} ({child.class_name})" for child in draft.children)})


def _menu(draft: Draft, slots: Slots) -> Done:
    del slots
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
    "action_menu": _menu,
    "action_alarm": _alarm,
    "action_ask_child": _nothing,
    "action_ask_language": _nothing,
}
"""Every action a flow may name. The two `action_ask_` only say that `choices` knows the slot's choices."""


def act(draft: Draft, name: str, slots: Slots) -> Done:
    """Have an action done."""
    return ACTIONS.get(name, _nothing)(draft, slots)
