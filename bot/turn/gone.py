"""A child that is hers no more: rights end, a binding is taken back, a pupil leaves. Nothing may still be said of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from flows.state import FlowState

if TYPE_CHECKING:
    from bot.turn.draft import Draft
    from bot.turn.memory import Remembered
    from flows.values import Value

_CHOICE = re.compile(r"/SetSlots\(child=(.*)\)")


def forget_gone(draft: Draft) -> None:
    """Where what waits knows such a child, or offers it, all that waits is forgotten, but a question about danger."""
    if all(draft.child(child) for child in _children(draft.memory)):
        return
    urgent = tuple(menu for menu in draft.memory.menus if menu.urgent)
    draft.memory = replace(
        draft.memory, flow=FlowState(), flow_at=None, second=None, aside=None, finished=None, menus=urgent
    )


def _children(memory: Remembered) -> Iterator[Value]:
    """Every child that is remembered by its id."""
    yield from (slots["child"] for slots in _slots(memory) if slots.get("child") is not None)
    for menu in memory.menus:
        yield from (found[1] for option in menu.options if (found := _CHOICE.fullmatch(option.payload)))


def _slots(memory: Remembered) -> Iterator[Mapping[str, Value]]:
    for flow in (memory.flow, *([memory.aside.flow] if memory.aside else ())):
        yield flow.slots
        yield from (frame.before for frame in flow.stack)
    yield from (kept.slots for kept in (memory.second, memory.finished) if kept is not None)
