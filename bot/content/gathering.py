"""What was not understood, laid in heaps of nearly the same, and put aside when an administrator has seen to it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.unanswered import UnansweredRow
from db.tables import Unanswered
from nlu.likeness import pieces

ALIKE = 0.5
"""Of all their pieces two messages of one language share so many: they say it in nearly the same words."""


@dataclass(frozen=True, slots=True)
class Heap:
    """Messages that say nearly the same, the newest first."""

    rows: tuple[UnansweredRow, ...]

    @property
    def newest(self) -> UnansweredRow:
        """The one that stands for all."""
        return self.rows[0]

    @property
    def ids(self) -> str:
        """All of them, as a form sends them back."""
        return ",".join(str(row.id) for row in self.rows)

    @property
    def chosen(self) -> Mapping[str, int]:
        """What parents then chose, and how often; the most frequent first."""
        return dict(Counter(row.chosen for row in self.rows if row.chosen).most_common())

    @property
    def likeliest(self) -> str:
        """The intent that it may be an example of: what parents chose, else the best guess; empty where there is none."""
        said = next((intent for intent in self.chosen if intent != "person"), "")
        return said or next((row.offered[0] for row in self.rows if row.offered), "")


def gather(rows: Iterable[UnansweredRow]) -> tuple[Heap, ...]:
    """Heaps in the order of their newest messages."""
    heaps: list[tuple[frozenset[str], list[UnansweredRow]]] = []
    for row in rows:
        said = pieces(row.text)
        for of_heap, members in heaps:
            if members[0].language == row.language and _alike(said, of_heap):
                members.append(row)
                break
        else:
            heaps.append((said, [row]))
    return tuple(Heap(tuple(members)) for _, members in heaps)


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= ALIKE * len(one | other)


async def put_aside(
    session: AsyncSession, school_id: int, staff_id: int, ids: Collection[int], now: dt.datetime
) -> None:
    """It is seen to, or fine so."""
    await _settle(session, school_id, ids, at=now, by=staff_id)


async def bring_back(session: AsyncSession, school_id: int, ids: Collection[int]) -> None:
    """It was put aside too soon."""
    await _settle(session, school_id, ids, at=None, by=None)


async def _settle(
    session: AsyncSession, school_id: int, ids: Collection[int], *, at: dt.datetime | None, by: int | None
) -> None:
    await session.execute(
        update(Unanswered)
        .where(Unanswered.school_id == school_id, Unanswered.id.in_(ids))
        .values(settled_at=at, settled_by_id=by)
        .execution_options(synchronize_session=False)
    )
