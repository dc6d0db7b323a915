"""`pattern_correction`: "nee, morgen", "niet ziek maar te laat", "nee, Amin". The new value is taken and read back again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.turn import actions, flowing, said, sentences
from bot.turn.entities import entities
from db.types import InboundKind
from flows import engine
from nlu.port import Decision
from nlu.text import fold, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.turn.draft import Draft
    from flows.model import Slot
    from flows.values import Value

CORRECTED = "utter_corrected_previous_input"


def at_question(draft: Draft) -> bool:
    """While a flow waits: what she wrote is another value for something that it already asked."""
    state = draft.memory.flow
    given = _given(draft, engine.newest(draft.book, state), state.slots)
    given.pop(state.asking or "", None)
    if not given:
        return False
    draft.say(CORRECTED)
    flowing.correct(draft, given)
    return True


def afterwards(draft: Draft) -> bool:
    """Just after it was passed on: it is asked for once more with the new value, and passed on again after a yes."""
    done = draft.memory.finished
    if done is None or draft.flowing or draft.heard.late or draft.heard.kind is not InboundKind.TEXT:
        return False
    if not said.takes_back(draft.heard.text, draft.language) or _asks_for_something_else(draft, done.flow):
        return False
    given = _given(draft, done.flow, done.slots)
    if not given:
        return False
    wrong = draft.child(done.slots.get("child")) if "child" in given else None
    draft.say(CORRECTED)
    # The other child's case is with somebody already.
    mistaken = f"{wrong.given_name} ({wrong.class_name})" if wrong else None
    child = draft.child(done.slots.get("child"))
    about = actions.about(child) if child else {}
    flowing.begin(draft, done.flow, {**done.slots, **about, **given, "corrects": mistaken})
    return True


def _asks_for_something_else(draft: Draft, flow: str) -> bool:
    """A "no, when is the parents' evening tomorrow?" names a day, and corrects nothing."""
    sure = draft.intent_if(Decision.ANSWER)
    return (
        sure is not None
        and sure not in {"affirm", "deny"}
        and draft.book.started_by(sure) != draft.book.flows.get(flow)
    )


def _given(draft: Draft, flow: str, told: Mapping[str, Value]) -> dict[str, Value]:
    """The slots to which her words give one other value than the one they hold."""
    given: dict[str, Value] = {}
    for name in engine.asked_by(draft.book, flow):
        slot = draft.book.domain.slots.get(name)
        if slot is None or told.get(name) is None:
            continue
        others = {value for value in _values(draft, slot) if value != told[name]}
        if len(others) == 1:
            given |= _with_child(draft, name, others.pop())
            if flowing.entity_of(slot) == "date":
                given |= flowing.told_beside(draft, flow, name, told)
    return given


def _with_child(draft: Draft, name: str, value: Value) -> dict[str, Value]:
    return actions.about(draft.child(value)) if name == "child" else {name: value}


def _values(draft: Draft, slot: Slot) -> Iterator[Value]:
    """What the message, or a piece of it, says for a slot."""
    for piece in (draft.heard.text, *said.pieces(draft.heard.text, draft.language)):
        if slot.name == "child":
            child = draft.named_in(piece)
            yield from [str(child.pupil_id)] if child else []
        elif slot.type == "categorical":
            yield from _titles(draft, slot, piece)
        found = entities(draft, piece)
        if (entity := flowing.entity_of(slot)) in found:
            yield found[entity]


def _titles(draft: Draft, slot: Slot, piece: str) -> Iterator[Value]:
    """The choices whose title, in her language or in Dutch, stands in the piece."""
    written = f" {' '.join(words(fold(piece)))} "
    for option in sentences.buttons(draft.book, f"utter_ask_{slot.name}"):
        titles = (" ".join(words(fold(title))) for title in draft.titles(option))
        if any(title and f" {title} " in written for title in titles):
            yield option.payload.partition("=")[2].removesuffix(")")
