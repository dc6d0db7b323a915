"""She has just proven who she is: say so, and introduce the mentor; or say that a code proves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.turn import actions, sentences, who
from bot.turn.types import Option, ProvenBy

if TYPE_CHECKING:
    from bot.turn.draft import Draft
    from bot.turn.types import Child

ROLE = "utter_mentor_role"
INTRODUCED = 3
"""Of more children the mentors are told when she asks."""


def bound(draft: Draft) -> bool:
    """The message carried the code of a letter, or her child's name from a number that the school knows as hers."""
    if draft.known.code_unknown:
        draft.say("utter_code_unknown")
        return True
    if draft.known.code_slip:
        draft.say("utter_code_check", options=(Option("/person", draft.book.title("talk_to_human")),))
        return True
    if draft.known.code_closed:
        draft.say("utter_code_closed", options=(Option("/person", draft.book.title("talk_to_human")),))
        return True
    if draft.known.bind_child is None:
        return False
    names = tuple(draft.known.bind_child.split(", "))
    if draft.known.bound_by is ProvenBy.NUMBER:
        draft.say("utter_number_bound", child_names=names)
        _go_on(draft)
        return False
    if draft.known.sharers and draft.known.guardian:
        who.becomes(draft, draft.known.guardian.guardian_id)
    options = sentences.buttons(draft.book, "utter_code_bound")
    draft.say("utter_code_bound", options=options, child_names=names)
    if draft.known.bound_by is ProvenBy.CODE:
        _introduce(draft)
    return True


def _go_on(draft: Draft) -> None:
    """What was asked of a stranger is answered by a guardian: the flow that waits goes on with her child."""
    flow = draft.memory.flow
    child = draft.named_in(draft.heard.text) or draft.only_child
    known = {"bound": True, "children_count": len(draft.children), **actions.about(child)}
    draft.memory = replace(draft.memory, flow=replace(flow, slots={**flow.slots, **known}))


def _introduce(draft: Draft) -> None:
    """The first message of the relation: who the mentor is of each child, and what a mentor is for."""
    known = [child for child in draft.children if child.mentors]
    if not known or len(known) > INTRODUCED:
        return
    *cards, (role, _) = introduction(known)
    for response, told in cards:
        draft.say(response, **told)
    draft.say(role, options=(Option("/contact_mentor", draft.book.title("contact_mentor")),))


def introduction(children: Sequence[Child]) -> list[tuple[str, dict[str, Any]]]:
    """What is said, one sentence after the other: response and what its placeholders hold."""
    return [*(_card(child) for child in children), (ROLE, {})]


def _card(child: Child) -> tuple[str, dict[str, Any]]:
    first, *others = child.mentors
    told: dict[str, Any] = {"child_name": child.given_name, "child_class": child.class_name, "mentor_name": first.name}
    if others:
        return "utter_mentor_card_two", told | {"mentor2_name": others[0].name}
    if first.say_as:
        return "utter_mentor_card_say_as", told | {"mentor_say_as": first.say_as}
    return "utter_mentor_card", told
