"""The walker: two phones at one school, on which whatever was drawn happens, and every law is held against each turn."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.content.mind import ContentMind
from bot.turn.memory import Remembered, note_between, with_language
from bot.turn.menu import Menu
from bot.turn.types import Heard, HumanCase, Known, Memory, Option, OptOut, Outcome, Quoted, Say, Silence
from db.types import InboundKind, Rights
from locales.languages import LANGUAGES
from nlu.port import OUT_OF_SCOPE, Decision, Understood
from tests.turn.scene import MONDAY, scripted
from tests.turn.walk_moves import YES_NO, Move, Start
from tests.turn.walk_world import CHILDREN, MOTHER, SCHOOLS, Family, World

MINUTE, HOURS = dt.timedelta(minutes=1), (1, 6, 11, 13, 20, 25, 30)
CASE_LASTS = dt.timedelta(hours=72)
READ_BACK = ("absence_date", "absence_until", "back_date", "leave_dates")
DIGITS = ("0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "０１２３４５６７８９")
NOT_UNDERSTOOD = scripted(OUT_OF_SCOPE, decision=Decision.PERSON)


class Broken(AssertionError):
    """A law does not hold."""


@dataclass
class Whim:
    """Understands whatever was drawn."""

    next: Understood = NOT_UNDERSTOOD
    name: str = "whim"

    def understand(self, text: str, *, known_language: str | None = None) -> Understood:
        """The drawn understanding, whatever the text."""
        del text, known_language
        return self.next


@dataclass(frozen=True)
class Turn:
    """What a law looks at: what was known and heard, and what came of it. `chosen` where her choice is beyond doubt."""

    heard: Heard
    known: Known
    understood: Understood | None
    outcome: Outcome
    line: Line
    chosen: Option | None = None
    early: bool = False
    shown: Mapping[str, object] = field(default_factory=dict)
    """What was read back to her before."""

    @property
    def before(self) -> Remembered:
        """What was remembered."""
        return Remembered.unpack(self.known.memory)

    @property
    def after(self) -> Remembered:
        """What is remembered from now on."""
        return Remembered.unpack(self.outcome.memory)

    @property
    def says(self) -> list[Say]:
        """What she is told."""
        return [event for event in self.outcome.events if isinstance(event, Say)]

    def events(self, kind: Any) -> list[Any]:
        """What else happened."""
        return [event for event in self.outcome.events if isinstance(event, kind)]

    def __str__(self) -> str:
        """As a transcript has it."""
        heard = self.heard
        words = heard.button or (heard.text if heard.kind is InboundKind.TEXT else f"[{heard.kind}]")
        understood = self.understood or NOT_UNDERSTOOD
        meant = f"{understood.intent} {understood.decision} {understood.language.language} {understood.safety or ''}"
        told = [
            f"< {event.response} {dict(event.values)} {[option.payload for option in event.options]}"
            if isinstance(event, Say)
            else f"* {event}"
            for event in self.outcome.events
        ]
        return "\n".join([f"{self.known.now:%d %H:%M} > {words[:60]!r} {{{meant.strip()}}}", *told])

    def again(self, memory: Memory | None = None) -> Outcome:
        """The same turn once more, perhaps from another memory."""
        known = self.known if memory is None else replace(self.known, memory=memory)
        return self.line.think(self.heard, known, self.understood)


@dataclass
class Line:
    """One phone's side: what the school's database would know of it."""

    mind: ContentMind
    whim: Whim
    known: Known
    family: Family
    watch: Watch
    """Holds the laws against every turn, also against one that only might be."""
    written: str = ""
    """All that she has written herself."""
    shown: Mapping[str, object] = field(default_factory=dict)
    identical: int = 0
    last: str | None = None
    silenced_until: dt.datetime | None = None

    @property
    def memory(self) -> Remembered:
        """What is remembered of it."""
        return Remembered.unpack(self.known.memory)

    @property
    def menu(self) -> Menu | None:
        """What she can choose from without any doubt."""
        menu = self.memory.menu
        if menu is None or not menu.fresh(self.known.now) or menu.between or self.known.case or self._silenced:
            return None
        return menu if menu.slot is None or self.memory.asking == (menu.flow, menu.slot) else None

    @property
    def _silenced(self) -> bool:
        return self.silenced_until is not None and self.known.now < self.silenced_until

    def think(self, heard: Heard, known: Known, understood: Understood | None, *, allow_wait: bool = False) -> Outcome:
        """One turn, remembered nowhere."""
        self.whim.next = understood or NOT_UNDERSTOOD
        return self.mind.turn(heard, known, allow_wait=allow_wait)

    def hear(self, heard: Heard, understood: Understood | None = None, *, early: bool = False) -> Turn:
        """One turn, and what the database keeps of it. A minute passes."""
        self.identical = self.identical + 1 if heard.text == self.last else 0
        self.last = heard.text
        self.written += f" {heard.text}"
        known = replace(self.known, silenced=self._silenced, identical=self.identical)
        outcome = self.think(heard, known, understood, allow_wait=early)
        for event in outcome.events:
            if isinstance(event, OptOut):
                self.known = replace(self.known, opted_out=event.stopped)
            if isinstance(event, Silence):
                self.silenced_until = event.until
        self.known = replace(
            self.known,
            memory=outcome.memory,
            first_contact=False,
            quoted=None,
            bind_child=None,
            code_unknown=False,
            code_slip=False,
            code_closed=False,
            recent_answers=0,
        )
        self.pass_time(MINUTE)
        turn = Turn(heard, known, understood, outcome, self, early=early, shown=self.shown)
        for say in turn.says:
            self.shown = {**self.shown, **{name: say.values[name] for name in READ_BACK if name in say.values}}
        return turn

    def write(self, text: str, understood: Understood | None = None, *, late: bool = False) -> Turn:
        """Words."""
        return self.hear(Heard(text, InboundKind.TEXT, self.known.now, late=late), understood)

    def tap(self, menu: Menu, position: int) -> Turn:
        """A button."""
        turn = self.hear(Heard("", InboundKind.BUTTON, self.known.now, button=f"{menu.number}.{position}"))
        return replace(turn, chosen=menu.options[position - 1])

    def pass_time(self, time: dt.timedelta) -> None:
        """Time passes, and a person's last word with it."""
        now, case = self.known.now + time, self.known.case
        over = case is not None and case.at is not None and now - case.at > CASE_LASTS
        self.known = replace(self.known, now=now, case=None if over else case)

    def copy(self) -> Line:
        """The same state, to look what would come of it."""
        return copy.copy(self)

    def has_written(self, word: str) -> bool:
        """Whether a word is her own."""
        return word in self.written


Watch = Callable[[Turn], None]


def open_line(start: Start, mind: ContentMind, whim: Whim, watch: Watch) -> Line:
    """A phone as the walk finds it."""
    memory = Memory()
    if start.language is not None:
        spoken = LANGUAGES[start.language].script_of or start.language
        memory = replace(Remembered(), introduced=True).pack()
        memory = with_language(
            memory, spoken, read=start.language if spoken != start.language else None, locked=start.locked
        )
    known = Known(
        now=MONDAY,
        channel=start.channel,
        memory=memory,
        school=SCHOOLS[start.school],
        guardian=start.family.guardian,
        children=start.family.children,
        first_contact=start.language is None,
    )
    return Line(mind, whim, known, start.family, watch)


class Walker:
    """Makes the moves."""

    def __init__(self, world: World, first: Start, second: Start, watch: Watch) -> None:
        """Both phones lie before it."""
        whim = Whim()
        mind = ContentMind(world.phrases, whim)
        self.lines = [open_line(start, mind, whim, watch) for start in (first, second)]

    @property
    def line(self) -> Line:
        """The phone in hand."""
        return self.lines[0]

    def make(self, move: Move) -> Iterator[Turn]:
        """Make a move; none or more turns come of it."""
        line = self.line
        match move.kind:
            case "choose":
                yield self._choose(move)
            case "say" | "late":
                yield line.write(move.text, move.understood, late=move.kind == "late")
            case "early":
                yield from self._early(move)
            case "quote":
                yield self._quote(move)
            case "kind":
                yield line.hear(Heard("", InboundKind(move.text), line.known.now))
            case "button":
                yield line.hear(Heard("", InboundKind.BUTTON, line.known.now, button=move.text))
            case "hours":
                line.pass_time(dt.timedelta(hours=HOURS[move.pick % len(HOURS)]))
            case _:
                yield from getattr(self, f"_{move.kind}")(move)

    def _choose(self, move: Move) -> Turn:
        """A choice of the menu, in one of the ways there are; where there is none, a digit."""
        line, menu = self.line, self.line.menu
        if menu is None:
            return line.write(str(move.pick % 4))
        how, at = divmod(move.pick, 10)
        position = at % len(menu.options) + 1
        option = menu.options[position - 1]
        title = option.title if option.plain else line.mind.wording(option.title, line.memory.language or "nl") or "?"
        match how % 5:
            case 0 | 1:
                return line.tap(menu, position)
            case 2:
                turn = line.write(str(position).translate(str.maketrans(DIGITS[0], DIGITS[at % len(DIGITS)])))
                return replace(turn, chosen=option)
            case 3 if menu.yes:
                answers = YES_NO[line.memory.language or "nl"]
                return line.write(answers["affirm" if position == menu.yes else "deny"][0])
            case _:
                return line.write(title)

    def _early(self, move: Move) -> Iterator[Turn]:
        """Within two seconds; where she may go on, it is read again later."""
        line = self.line
        heard = Heard(move.text, InboundKind.TEXT, line.known.now)
        quoted = line.known.quoted
        turn = line.hear(heard, move.understood, early=True)
        yield turn
        if turn.outcome.wait:
            line.known = replace(line.known, quoted=quoted)
            yield line.hear(replace(heard, fragments=2, text=f"{move.text}\n{move.text}"), move.understood)

    def _insist(self, move: Move) -> Iterator[Turn]:
        """Three times in vain: then a person has to come."""
        for _ in range(3):
            yield self.line.write(move.text)

    def _quote(self, move: Move) -> Turn:
        """She quotes a menu, or a person."""
        line, case = self.line, HumanCase(8, "absence", "de verzuimbalie", quoted=True)
        menus = line.memory.menus
        number = menus[move.pick % len(menus)].number if menus else move.pick
        quoted = Quoted(case=case) if move.pick % 3 == 0 else Quoted("utter_help", number)
        line.known = replace(line.known, quoted=quoted)
        return line.write(move.text, move.understood)

    def _person(self, move: Move) -> Sequence[Turn]:
        """Somebody at school has the last word; or the case is closed."""
        line = self.line
        line.known = replace(
            line.known,
            memory=note_between(line.known.memory),
            case=HumanCase(7, "mentor_message", "meneer Smidsberg", line.known.now) if move.pick % 2 else None,
        )
        return ()

    def _notice(self, move: Move) -> Sequence[Turn]:
        """School sends something to everybody."""
        del move
        self.line.known = replace(self.line.known, memory=note_between(self.line.known.memory))
        return ()

    def _code(self, move: Move) -> Sequence[Turn]:
        """The code of a letter: right, unknown, or one too many."""
        line = self.line
        match move.pick % 4:
            case 0 if line.known.guardian is None:
                line.family = MOTHER
                line.known = replace(line.known, guardian=MOTHER.guardian, children=MOTHER.children, bind_child="Elif")
            case 1:
                line.known = replace(line.known, code_unknown=True)
            case 2:
                line.known = replace(line.known, code_slip=True)
            case _:
                line.known = replace(line.known, code_closed=True)
        return (line.write("OLJN-7K3M-92QP"),)

    def _rights(self, move: Move) -> Sequence[Turn]:
        """A judge takes one child's rights, or school corrects its record."""
        del move
        line = self.line
        lost = line.known.children != line.family.children
        first, rest = line.family.children[:1], line.family.children[1:]
        none = (*(replace(child, rights=Rights.NONE) for child in first), *rest)
        line.known = replace(line.known, children=line.family.children if lost else none)
        return ()

    def _machine(self, move: Move) -> Sequence[Turn]:
        """One message too many."""
        self.line.known = replace(self.line.known, recent_answers=20)
        return (self.line.write(str(move.pick)),)

    def _other(self, move: Move) -> Sequence[Turn]:
        """From now on it is the other phone."""
        del move
        self.lines.reverse()
        return ()


def hidden(line: Line) -> list[Any]:
    """The children of whom nothing may reach this phone now."""
    seen = {child.pupil_id for child in line.known.children if child.rights is not Rights.NONE}
    return [child for child in CHILDREN if child.pupil_id not in seen]
