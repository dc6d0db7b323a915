"""A turn in the making: what it was given, what it has decided so far. It lives inside one call of `take_turn`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from bot.turn import languages, sentences
from bot.turn.memory import Remembered
from bot.turn.menu import Menu, position_meant, typed_title
from bot.turn.names import only_named
from bot.turn.types import Child, Event, Heard, Known, Option, Outcome, Say
from db.types import Lane, Rights
from flows.model import Book
from locales.languages import SOURCE
from nlu.port import Decision, Recogniser, Understood

Wording = Callable[[str, str], str | None]
"""What a sentence says in a language: (id, language) to its words, None where it has none there."""
_YES = frozenset({"/yes", "/affirm", "/danger"})


def _dutch_only(_sentence: str, _language: str) -> str | None:
    return None


@dataclass(slots=True)
class Draft:
    """Steps of a turn read it and add to it; nothing outside of the turn ever sees it."""

    heard: Heard
    known: Known
    book: Book
    recogniser: Recogniser
    languages: Sequence[str]
    memory: Remembered
    allow_wait: bool = False
    wording: Wording = _dutch_only
    understood: Understood | None = None
    events: list[Event] = field(default_factory=list)
    wait: bool = False
    unsaid: str = ""
    """What she wrote before it was known who writes: it is read now."""
    switched: bool = False
    """Her language was followed, not chosen: say so before anything else."""
    introduce: bool = True
    """False where nothing may stand before the answer: danger, silence against machines."""
    guessed: bool = False
    """She chose from what her words may have meant: they may have been a question about it."""
    since: dt.datetime | None = None
    """When she wrote what her choice of now is about."""
    step: tuple[str, str] | None = None
    """The flow and slot that the last options belong to."""

    @property
    def language(self) -> str:
        """The language she is answered in."""
        return self.memory.language or SOURCE

    @property
    def reads(self) -> str:
        """The language, or the script of it, that she reads."""
        return self.memory.read_language or self.language

    @property
    def children(self) -> tuple[Child, ...]:
        """Her children, as far as she may know of them. A child to whom she has no rights is not there."""
        return tuple(child for child in self.known.children if child.rights is not Rights.NONE)

    def child(self, pupil_id: object) -> Child | None:
        """One of her children by the id that a slot holds."""
        return next((child for child in self.children if str(child.pupil_id) == str(pupil_id)), None)

    @property
    def only_child(self) -> Child | None:
        """Her child where there is just one."""
        return self.children[0] if len(self.children) == 1 else None

    @property
    def words(self) -> str:
        """Her words of what is done now: all of them, but for a second thing that waits its turn."""
        two = self.understood.two if self.understood else None
        return two[0].text if two else self.heard.text

    @property
    def child_named(self) -> Child | None:
        """The one child of hers whose given name is in her words."""
        return self.named_in(self.words)

    def named_in(self, text: str) -> Child | None:
        """The one child of hers named in a text."""
        return only_named(self.children, text)

    @property
    def today(self) -> dt.date:
        """The date at school."""
        return self.known.now.astimezone(ZoneInfo(self.known.school.timezone)).date()

    @property
    def open_in_words(self) -> bool:
        """Whether the open question takes her own words, whatever they are."""
        asking = self.memory.asking
        slot = self.book.domain.slots.get(asking[1]) if asking else None
        return slot is not None and any(mapping.type == "from_text" for mapping in slot.mappings)

    @property
    def flowing(self) -> bool:
        """Whether a flow waits for an answer."""
        return self.memory.asking is not None

    def title(self, option: Option) -> str:
        """What stands on a choice, in Dutch where it is a sentence of ours."""
        return option.title if option.plain else sentences.source_text(self.book, option.title)

    def titles(self, option: Option) -> frozenset[str]:
        """What she may type for a choice: its title as she read it, or in Dutch; small letters, nothing around it."""
        read = "" if option.plain else self.wording(option.title, self.reads) or ""
        return frozenset(typed_title(title) for title in (self.title(option), read) if title)

    def meant(self, menu: Menu) -> int | None:
        """The position in a menu that her whole message names. May be out of range."""
        titles = [self.titles(option) for option in menu.options]
        return position_meant(self.heard.text, self.language, titles, yes_no=(menu.yes, menu.no))

    def intent_if(self, *decisions: Decision) -> str | None:
        """The best guess, where the decision about it is one of these."""
        understood = self.understood
        return understood.intent if understood and understood.decision in decisions else None

    def say(
        self,
        response: str,
        *,
        options: tuple[Option, ...] = (),
        lane: Lane = Lane.REPLY,
        step: tuple[str, str] | None = None,
        **given: Any,
    ) -> None:
        """Say a response; what its placeholders need comes from `given`, then from the school's facts."""
        filled = sentences.values(self.book, self.known.school, response, given) | given
        self.emit(Say(response, filled, options, lane), step=step)

    def emit(self, event: Event, *, step: tuple[str, str] | None = None) -> None:
        """Something happened."""
        self.events.append(event)
        if isinstance(event, Say) and event.options:
            self.step = step

    def outcome(self) -> Outcome:
        """The finished turn."""
        if self.wait:
            return Outcome(self.known.memory, understood=self.understood, wait=True, trace=self._trace())
        self._announce_language()
        self._introduce()
        self._show_menu()
        return Outcome(self.memory.pack(), tuple(self.events), self.understood, trace=self._trace())

    def _announce_language(self) -> None:
        if self.switched and self.introduce and self.memory.introduced:
            said = Say("utter_language_set", {"language_name": languages.own_name(self.language)})
            self.events.insert(0, said)

    def _introduce(self) -> None:
        """First contact: who is writing here, before anything else; its languages are digits only if no other menu follows."""
        if self.memory.introduced or not self.introduce:
            return
        asked = any(isinstance(event, Say) and event.options for event in self.events)
        options = () if asked else languages.at_first_contact(self)
        said = "utter_first_contact_answered" if asked else "utter_first_contact"
        self.events.insert(0, Say(said, {"school_name": self.known.school.name}, options))
        self.memory = replace(self.memory, introduced=True)

    def _show_menu(self) -> None:
        """One menu a turn: the last options shown are the menu, earlier ones lose their choices."""
        says = {at: event for at, event in enumerate(self.events) if isinstance(event, Say)}
        asking = [at for at, say in says.items() if say.options]
        if not asking:
            if says and self.memory.menu:
                between = replace(self.memory.menu, between=True)
                self.memory = replace(self.memory, menus=(between, *self.memory.menus[1:]))
            return
        for at in asking[:-1]:
            self.events[at] = replace(says[at], options=())
        shown = says[asking[-1]]
        yes, no = self._yes_no(shown.options)
        flow, slot = self.step or (None, None)
        menu = Menu(
            number=self.memory.menu_number + 1,
            asks=shown.response,
            options=shown.options,
            shown_at=self.known.now,
            since=self.since or self.heard.at,
            flow=flow,
            slot=slot,
            yes=yes,
            no=no,
        )
        self.memory = self.memory.with_menu(menu)

    def _yes_no(self, options: tuple[Option, ...]) -> tuple[int, int]:
        """The positions of yes and no, where the two choices are that."""
        if len(options) != 2:  # noqa: PLR2004 - yes and no
            return 0, 0
        for yes, no in ((0, 1), (1, 0)):
            first, second = options[yes], options[no]
            if first.payload in _YES or first.payload.endswith("=true)") or self._starts(first, "ja"):
                return (yes + 1, no + 1) if self._says_no(second) else (0, 0)
        return 0, 0

    def _says_no(self, option: Option) -> bool:
        return option.payload in {"/no", "/deny", "/no_danger"} or (
            option.payload.endswith("=false)") or self._starts(option, "nee")
        )

    def _starts(self, option: Option, word: str) -> bool:
        return self.title(option).casefold().split(" ")[0].rstrip(",.") == word

    def _trace(self) -> dict[str, Any]:
        understood = self.understood
        frame = self.memory.flow.stack[-1] if self.memory.flow.stack else None
        return {
            "language": self.language,
            "heard": [understood.language.language, understood.language.confidence] if understood else None,
            "intent": understood.intent if understood else None,
            "ranking": [[guess.intent, guess.confidence] for guess in understood.ranking] if understood else [],
            "decision": understood.decision.value if understood else None,
            "flow": frame.flow if frame else None,
            "step": frame.step if frame else None,
        }
