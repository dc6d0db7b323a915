"""A flow as a drawing: one box under the other, and arrows beside them for what does not simply go on. Only numbers; pure.

It is as narrow as a phone: ways on stand as lines in their box, and those to the same step share a lane.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from web.views.flow_words import DECIDES, Told

LEFT, WIDE, GAP, LANE = 1, 274, 26, 11
HEAD, LINE, FOOT = 22, 17, 7
LETTERS = 39
"""So many stand on a line of a box."""
MOST_LINES = 2
DOWN = 18
"""Where, from the left of a box, the way to the next one leaves."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a way on inside a box. At the `first` one it leaves, or ends."""

    y: int
    text: str
    first: bool
    ends: bool


@dataclass(frozen=True, slots=True)
class Box:
    """A step, with its lines of text and the ways on that need words."""

    number: int
    kind: str
    y: int
    height: int
    lines: Sequence[tuple[int, str]]
    rows: Sequence[Row]
    ends: bool
    """Nothing follows: it has a stop under it."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """All boxes; arrows as paths; how large the paper is."""

    width: int
    height: int
    boxes: Sequence[Box]
    arrows: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Leap:
    """A way on that is no line down: it leaves at this height."""

    y: int
    to: int


def draw(steps: Sequence[Told]) -> Drawing:
    """The drawing of a flow's steps."""
    boxes: list[Box] = []
    leaps: list[_Leap] = []
    arrows: list[str] = []
    top = 1
    for step in steps:
        box = _box(step, top)
        boxes.append(box)
        for row, way in zip(_heights(box, step), step.ways, strict=True):
            if way.to and (way.to != step.number + 1 or row != box.y + box.height):
                leaps.append(_Leap(row if row != box.y + box.height else box.y + box.height - FOOT, way.to))
            elif way.to:
                arrows.append(f"M{LEFT + DOWN} {row}v{GAP}")
        top = box.y + box.height + GAP
    lanes = _lanes(boxes, leaps)
    arrows += [_leap(leap, boxes[leap.to - 1].y, lanes[leap.to]) for leap in leaps]
    width = LEFT + WIDE + (max(lanes.values(), default=-1) + 2) * LANE
    return Drawing(width, max(top - GAP + 20, 1), boxes, arrows)


def _box(step: Told, y: int) -> Box:
    about = "" if step.kind == DECIDES else step.about
    lines = _wrapped(about)
    placed = [(y + HEAD + LINE * (index + 1) - 4, line) for index, line in enumerate(lines)]
    at = y + HEAD + LINE * len(lines) + (4 if lines and _worded(step) else 0)
    rows = []
    for way in step.ways if _worded(step) else ():
        for index, line in enumerate(_wrapped(way.when) or [""]):
            rows.append(Row(at + 11, line, not index, not index and way.to == 0))
            at += LINE
    ends = not step.ways or (not _worded(step) and step.ways[0].to == 0)
    return Box(step.number, step.kind, y, at + FOOT - y, placed, rows, ends)


def _worded(step: Told) -> bool:
    """Whether its ways on have to be told apart."""
    return len(step.ways) > 1


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, LETTERS, max_lines=MOST_LINES, placeholder=" …")


def _heights(box: Box, step: Told) -> list[int]:
    """Where each way leaves: at its line, or down where there is one only."""
    return [row.y - 4 for row in box.rows if row.first] if _worded(step) else [box.y + box.height for _ in step.ways]


def _lanes(boxes: Sequence[Box], leaps: Sequence[_Leap]) -> dict[int, int]:
    """For each step that is leapt to, its lane beside the boxes; two lie in the same where they do not meet."""
    spans: dict[int, tuple[int, int]] = {}
    for leap in leaps:
        at = boxes[leap.to - 1].y
        low, high = spans.get(leap.to, (at, at))
        spans[leap.to] = min(low, leap.y, at), max(high, leap.y, at + HEAD)
    taken: list[list[tuple[int, int]]] = []
    lanes: dict[int, int] = {}
    for to, span in sorted(spans.items(), key=lambda pair: pair[1][1] - pair[1][0]):
        lanes[to] = next((number for number, others in enumerate(taken) if not _meets(span, others)), len(taken))
        if lanes[to] == len(taken):
            taken.append([])
        taken[lanes[to]].append(span)
    return lanes


def _meets(span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    return any(span[0] - 2 <= high and low <= span[1] + 2 for low, high in others)


def _leap(leap: _Leap, top: int, lane: int) -> str:
    """Out at the right, along the lane, and in at the right of the step's head."""
    x = LEFT + WIDE + (lane + 1) * LANE
    return f"M{LEFT + WIDE} {leap.y}H{x}V{top + HEAD // 2}H{LEFT + WIDE + 2}"


def kinds(drawing: Drawing) -> Iterator[str]:
    """Those that occur, for the legend."""
    return iter(dict.fromkeys(box.kind for box in drawing.boxes))
