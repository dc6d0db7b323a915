"""What a conversation remembers between turns: small, versioned, JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from bot.turn.menu import Menu
from bot.turn.recent import Absence, Aside, Finished
from bot.turn.types import Memory
from flows.state import FlowState
from flows.values import Value

VERSION = 1
MENUS_KEPT = 4
"""A tap may come from an older message; digits only ever mean the newest."""
MENUS_AT_MOST = 8
"""With those kept because they call for help."""
FLOW_LASTS = dt.timedelta(hours=24)
"""After a day an open question is stale: `today` would mean another day."""
WRITER_LASTS = dt.timedelta(hours=24)
"""So long after her last word the next on a shared phone is taken for hers."""


@dataclass(frozen=True, slots=True)
class Second:
    """The second thing that a message asked for. `slots`: what it said of it; `offered`: it was asked for and not taken yet."""

    intent: str
    slots: Mapping[str, Value]
    at: dt.datetime
    offered: bool = False

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {"intent": self.intent, "slots": dict(self.slots), "at": self.at.isoformat(), "offered": self.offered}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The way back."""
        return cls(data["intent"], data["slots"], dt.datetime.fromisoformat(data["at"]), data["offered"])


@dataclass(frozen=True, slots=True)
class Remembered:
    """The memory, unpacked. `language` is a guess until `language_locked`; `menus` holds the newest first.

    Packed, `flow` is empty where no flow waits; what flows have persisted is then in `kept`.
    """

    language: str | None = None
    language_locked: bool = False
    read_language: str | None = None
    introduced: bool = False
    flow: FlowState = field(default_factory=FlowState)
    flow_at: dt.datetime | None = None
    menus: tuple[Menu, ...] = ()
    menu_number: int = 0
    misses: int = 0
    """How often in a row she was not understood."""
    told_added: str | None = None
    """The case and day for which she was told that her message went to the person."""
    second: Second | None = None
    aside: Aside | None = None
    finished: Finished | None = None
    absences: tuple[Absence, ...] = ()
    """The last one of each child."""
    writer: int | None = None
    """On a shared phone: the guardian who writes, 0 for somebody else, None where that is not known."""
    writer_at: dt.datetime | None = None
    """When that was known last; or, where it is not known, since when nothing here is one person's. None: nobody shares."""
    unsaid: str = ""
    """What waits until it is known who wrote it."""
    agreed_on: dt.date | None = None
    """When she read the agreement between parent, child and school to its end."""

    @property
    def menu(self) -> Menu | None:
        """The last menu shown."""
        return self.menus[0] if self.menus else None

    def numbered(self, number: int) -> Menu | None:
        """The menu of that number, as long as it is remembered."""
        return next((menu for menu in self.menus if menu.number == number), None)

    @property
    def asking(self) -> tuple[str, str] | None:
        """The flow and slot of the open question."""
        if self.flow.asking is None or not self.flow.stack:
            return None
        return self.flow.stack[-1].flow, self.flow.asking

    def with_menu(self, menu: Menu) -> Self:
        """With a new last menu."""
        kept = (old for at, old in enumerate(self.menus, start=1) if at < MENUS_KEPT or old.urgent)
        return replace(self, menus=(menu, *kept)[:MENUS_AT_MOST], menu_number=menu.number)

    def without_unsaid(self) -> Self:
        """With nothing that waits for a name: a person has it."""
        return replace(self, unsaid="")

    def settle(self, *numbers: int) -> Self:
        """With these menus answered."""
        return replace(self, menus=tuple(replace(m, settled=m.settled or m.number in numbers) for m in self.menus))

    def of_nobody(self, menus: tuple[Menu, ...] = ()) -> Self:
        """Without what is one person's: what she left open, said and heard. The language stays."""
        return replace(
            self,
            writer=None,
            flow=FlowState(),
            flow_at=None,
            menus=menus,
            second=None,
            aside=None,
            finished=None,
            absences=(),
            told_added=None,
        )

    def pack(self) -> Memory:
        """As the conversation's row keeps it."""
        return Memory(
            {
                "version": VERSION,
                "language": self.language,
                "language_locked": self.language_locked,
                "read_language": self.read_language,
                "introduced": self.introduced,
                "flow": self.flow.to_json() if self.flow.stack else {},
                "kept": {} if self.flow.stack else dict(self.flow.slots),
                "flow_at": self.flow_at.isoformat() if self.flow_at else None,
                "menus": [menu.to_json() for menu in self.menus],
                "menu_number": self.menu_number,
                "misses": self.misses,
                "told_added": self.told_added,
                "second": self.second.to_json() if self.second else None,
                "aside": self.aside.to_json() if self.aside else None,
                "finished": self.finished.to_json() if self.finished else None,
                "absences": [absence.to_json() for absence in self.absences],
                "writer": self.writer,
                "writer_at": self.writer_at.isoformat() if self.writer_at else None,
                "unsaid": self.unsaid,
                "agreed_on": self.agreed_on.isoformat() if self.agreed_on else None,
            },
        )

    @classmethod
    def unpack(cls, memory: Memory) -> Self:
        """The way back; nothing, or a memory of another version or shape, begins afresh but keeps the language."""
        data: Mapping[str, Any] = memory.data
        kept = cls(
            language=data.get("language"),
            language_locked=bool(data.get("language_locked", False)),
            read_language=data.get("read_language"),
            introduced=bool(data.get("introduced", False)),
            menu_number=int(data.get("menu_number", 0)),
        )
        try:
            return kept._with_rest(data) if data.get("version") == VERSION else kept
        except (AttributeError, LookupError, TypeError, ValueError):  # she is answered, whatever wrote it
            return kept

    def _with_rest(self, data: Mapping[str, Any]) -> Self:
        return replace(
            self,
            flow=FlowState.from_json(data["flow"]) if data["flow"] else FlowState.from_json({"slots": data["kept"]}),
            flow_at=dt.datetime.fromisoformat(data["flow_at"]) if data["flow_at"] else None,
            menus=tuple(Menu.from_json(menu) for menu in data["menus"]),
            misses=data["misses"],
            told_added=data["told_added"],
            second=Second.from_json(data["second"]) if data.get("second") else None,
            aside=Aside.from_json(data["aside"]) if data.get("aside") else None,
            finished=Finished.from_json(data["finished"]) if data.get("finished") else None,
            absences=tuple(Absence.from_json(absence) for absence in data.get("absences", ())),
            writer=data.get("writer"),
            writer_at=dt.datetime.fromisoformat(data["writer_at"]) if data.get("writer_at") else None,
            unsaid=data.get("unsaid", ""),
            agreed_on=dt.date.fromisoformat(data["agreed_on"]) if data.get("agreed_on") else None,
        )


def writer_of(memory: Memory, now: dt.datetime) -> int | None:
    """Who wrote last on a shared phone, for a day: a guardian's id, 0 for somebody else, None where nobody said."""
    kept = Remembered.unpack(memory)
    fresh = kept.writer_at is not None and now - kept.writer_at < WRITER_LASTS
    return kept.writer if fresh else None


def without(memory: Memory, guardian_id: int) -> Memory | None:
    """Of a shared phone that this guardian leaves; None where all of it is another's, who wrote last."""
    kept = Remembered.unpack(memory)
    if kept.writer not in {None, 0, guardian_id}:
        return None
    urgent = tuple(menu for menu in kept.menus if menu.urgent)
    return replace(kept.of_nobody(urgent), writer_at=None, unsaid="").pack()


def afterwards(memory: Memory, *, asked: bool) -> Memory:
    """Of a turn in which she left the phone; `asked`: it ended with a menu, which waits for an answer."""
    kept = Remembered.unpack(memory)
    menus = tuple(menu for at, menu in enumerate(kept.menus) if menu.urgent or (asked and at == 0))
    return replace(kept.of_nobody(menus), writer_at=None, unsaid="").pack()


def conversation_language(memory: Memory) -> str:
    """The language in which she is answered."""
    kept = Remembered.unpack(memory)
    return kept.read_language or kept.language or "nl"


def last_menu(memory: Memory) -> Menu | None:
    """The menu that the turn's message with options shows; its number and a 1-based position make a button's payload."""
    return Remembered.unpack(memory).menu


def in_flow(memory: Memory) -> bool:
    """Whether a flow waits for an answer."""
    return bool(Remembered.unpack(memory).flow.stack)


def with_language(memory: Memory, language: str, *, read: str | None = None, locked: bool = False) -> Memory:
    """The language is known from elsewhere (a letter, a member of staff); `read` where she reads another than she speaks."""
    return replace(Remembered.unpack(memory), language=language, read_language=read, language_locked=locked).pack()


def renamed(memory: Memory, gone: int, kept: int) -> Memory:
    """One of those who share this phone is known by another number from now on."""
    old = Remembered.unpack(memory)
    if old.writer != gone and not any(
        option.payload == f"/who:{gone}" for menu in old.menus for option in menu.options
    ):
        return memory
    menus = tuple(
        replace(
            menu,
            options=tuple(
                replace(option, payload=f"/who:{kept}") if option.payload == f"/who:{gone}" else option
                for option in menu.options
            ),
        )
        for menu in old.menus
    )
    return replace(old, writer=kept if old.writer == gone else old.writer, menus=menus).pack()


def note_between(memory: Memory) -> Memory:
    """Another message (a person's, a notice) went out since the last turn: a bare digit may no longer mean our menu."""
    kept = Remembered.unpack(memory)
    if kept.menu is None:
        return memory
    return replace(kept, menus=(replace(kept.menu, between=True), *kept.menus[1:])).pack()
