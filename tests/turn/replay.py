"""Replays a conversation written down as one.

    # The law.                      @ a change of the scene (see SCENES)
    @ language tr                   the family is known to speak it, and the line to speak all it has sentences for
    @ children Zofia Kacper         their given names, in the order of their classes: 2B, 4A
    > what she writes {ask_grades}  in braces what is understood: an intent; `offer a b`; `now`, `perhaps`, `school`; a language
    > ja {quotes=menu:3}            a message that quotes menu 3, `case:8`, a response, or several of them with commas
    > .. {ask_grades + ask_exams}   two things, the second after the first sentence
    > [tap 3.1]  > [voice]          a button of menu 3; a message without words
    < response: excerpt             what is said, in order; the excerpt is found in the Dutch with its choices
    * pass_on absence absence_desk  what else happened, in order

Every event of a turn must be written down, except `not_understood` and `cancel_timer`; and whatever she is told must have
its words in the language that she reads.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import nlu
from bot.turn.memory import conversation_language
from bot.turn.sentences import source_text, wording
from bot.turn.types import (
    AddToCase,
    Alarm,
    HumanCase,
    Option,
    OptOut,
    Outcome,
    PassOn,
    Quoted,
    Rota,
    Say,
    SentenceRef,
    SetTimer,
    Silence,
    Withdraw,
)
from db.types import ChannelName, InboundKind, Rights
from locales.languages import spoken
from nlu.port import OUT_OF_SCOPE, Decision, Errand, Recogniser, SafetyLevel
from tests.turn.scene import CAN, ELIF, MONDAY, Phone, Script, book, mind, scripted

_BRACES = re.compile(r"\s*\{([^}]*)\}$")
QUOTES = "quotes="
_END = re.compile(r"[.?!]")
_UNITS = {"minutes": 1, "hours": 60, "days": 1440}


@dataclass(frozen=True)
class Exchange:
    """A line of hers, and what has to come of it."""

    number: int
    said: str
    expected: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Transcript:
    """A file: its law, and the lines `>` and `@` in order."""

    law: str
    lines: list[Exchange]


def read(path: Path) -> Transcript:
    """Read one transcript."""
    law, lines = [], []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("# "):
            law.append(line[2:])
        elif line[:2] in {"> ", "@ "}:
            lines.append(Exchange(number, line))
        elif line[:2] in {"< ", "* "}:
            lines[-1].expected.append(line)
        elif line.strip():
            message = f"{path.name}:{number}: a line begins with #, @, >, < or *"
            raise ValueError(message)
    return Transcript(" ".join(law), lines)


def written(said: str) -> str:
    """What stands on the line without what is noted about it."""
    return _BRACES.sub("", said[2:])


def replay(transcript: Transcript) -> Iterator[tuple[Exchange, list[str]]]:
    """Each exchange with the differences between what was expected and what happened."""
    script = Script()
    phone = Phone(script)
    for line in transcript.lines:
        if line.said.startswith("@ "):
            _change(phone, line.said[2:])
            continue
        outcome = _write(phone, script, line.said[2:])
        yield line, [*_differences(line.expected, outcome), *untranslated(outcome)]


# --------------------------------------------------------------------------- what she does


@cache
def real_engine() -> Recogniser:
    """The shipped engine with the shipped examples; what braces say is then not needed."""
    return nlu.load()


def _one_child(phone: Phone) -> None:
    phone.known = replace(phone.known, children=(ELIF,))


def _unbound(phone: Phone) -> None:
    phone.known = replace(phone.known, guardian=None, children=())


def _no_rights(phone: Phone) -> None:
    phone.known = replace(phone.known, children=(replace(ELIF, rights=Rights.NONE),))


def _limited(phone: Phone) -> None:
    phone.known = replace(
        phone.known, children=(replace(ELIF, rights=Rights.LIMITED), replace(CAN, rights=Rights.NONE))
    )


def _mentor_away(phone: Phone) -> None:
    """Elif's mentor is away until Wednesday; somebody stands in."""
    away = replace(ELIF.mentors[0], away_until=dt.date(2026, 11, 25), stand_in="meneer Smit")
    phone.known = replace(phone.known, children=(replace(ELIF, mentors=(away,)),))
    names = {**phone.known.school.staff_names, "mentor:11": "meneer Smit"}
    phone.known = replace(phone.known, school=replace(phone.known.school, staff_names=names))


def _nobody_stands_in(phone: Phone) -> None:
    away = replace(ELIF.mentors[0], away_until=dt.date(2026, 11, 25))
    phone.known = replace(phone.known, children=(replace(ELIF, mentors=(away,)),))


def _no_facts(phone: Phone) -> None:
    phone.known = replace(phone.known, school=replace(phone.known.school, facts={}))


def _closed(phone: Phone) -> None:
    opens = MONDAY + dt.timedelta(days=7)
    phone.known = replace(phone.known, school=replace(phone.known.school, rota=Rota((), opens)))


def _known_turkish(phone: Phone) -> None:
    assert phone.known.guardian
    phone.known = replace(phone.known, guardian=replace(phone.known.guardian, language="tr"))


SCENES: Mapping[str, Callable[[Phone], None]] = {
    "first contact": Phone.new,
    "a person spoke": Phone.person_spoke,
    "one child": _one_child,
    "unbound": _unbound,
    "no rights": _no_rights,
    "limited rights": _limited,
    "no facts": _no_facts,
    "the mentor is away": _mentor_away,
    "nobody stands in": _nobody_stands_in,
    "rota closed": _closed,
    "known as turkish": _known_turkish,
    "sms": lambda phone: setattr(phone, "known", replace(phone.known, channel=ChannelName.SMS)),
    "real engine": lambda phone: setattr(phone, "recogniser", real_engine()),
    "opted out": lambda phone: setattr(phone, "known", replace(phone.known, opted_out=True)),
    "20 answers": lambda phone: setattr(phone, "known", replace(phone.known, recent_answers=20)),
    "4 identical": lambda phone: setattr(phone, "known", replace(phone.known, identical=4)),
    "code of Elif": lambda phone: setattr(phone, "known", replace(phone.known, bind_child="Elif")),
}


def _speaks(phone: Phone, language: str) -> None:
    assert phone.known.guardian
    guardian = replace(phone.known.guardian, language=language)
    phone.known = replace(phone.known, guardian=guardian)
    phone.languages = spoken()


def _called(phone: Phone, *names: str) -> None:
    named = (replace(child, given_name=name) for child, name in zip(phone.known.children, names, strict=True))
    phone.known = replace(phone.known, children=tuple(named))


FAMILIES: Mapping[str, Callable[..., None]] = {"language": _speaks, "children": _called}


def _change(phone: Phone, what: str) -> None:
    name, *given = what.split()
    if name in FAMILIES:
        FAMILIES[name](phone, *given)
        return
    if (later := re.fullmatch(r"(\d+) (minutes|hours|days) later", what)) is not None:
        phone.later(dt.timedelta(minutes=int(later[1]) * _UNITS[later[2]]))
        return
    SCENES[what](phone)


def _write(phone: Phone, script: Script, line: str) -> Outcome:
    braces = _BRACES.search(line)
    notes = braces[1].split() if braces else []
    text = _BRACES.sub("", line)
    _tell(script, text, notes)
    late = "late" in notes
    quoted = next((_quoted(note.removeprefix(QUOTES)) for note in notes if note.startswith(QUOTES)), None)
    phone.known = replace(phone.known, quoted=quoted)
    if (tap := re.fullmatch(r"\[tap (\S+)\]", text)) is not None:
        return phone.write(kind=InboundKind.BUTTON, button=tap[1], late=late)
    if (kind := re.fullmatch(r"\[(\w+)\]", text)) is not None:
        return phone.write(kind=InboundKind(kind[1]), late=late)
    return phone.write(text, late=late, stop_handled="handled" in notes, allow_wait="early" in notes)


def _quoted(what: str) -> Quoted:
    named = {kind: name for kind, _, name in (part.rpartition(":") for part in what.split(","))}
    case = HumanCase(int(named["case"]), "absence", "de verzuimbalie", quoted=True) if "case" in named else None
    return Quoted(named.get("", ""), int(named["menu"]) if "menu" in named else None, case)


def _tell(script: Script, text: str, notes: list[str]) -> None:
    notes = [note for note in notes if not note.startswith(QUOTES)]
    languages = {*spoken(), "other"}
    language = next((note for note in notes if note in languages), "")
    words = [note for note in notes if note not in {*languages, "late", "handled", "early"}]
    levels = [SafetyLevel(word) for word in words if word in set(SafetyLevel)]
    words = [word for word in words if word not in set(SafetyLevel)]
    if levels:
        script.danger[text] = levels[0]
    if words[:1] == ["offer"]:
        script.told[text] = scripted(words[1], decision=Decision.OFFER, language=language, others=tuple(words[2:]))
    elif "+" in words:
        first, _, second = words
        script.told[text] = replace(scripted(second, language=language), two=_two(text, first, second))
    elif words:
        script.told[text] = scripted(words[0], language=language)
    elif language:
        script.told[text] = scripted(OUT_OF_SCOPE, decision=Decision.PERSON, language=language)


def _two(text: str, first: str, second: str) -> tuple[Errand, Errand]:
    end = _END.search(text)
    assert end, "two things need two sentences"
    return Errand(first, 0.9, text[: end.end()]), Errand(second, 0.9, text[end.end() :])


# --------------------------------------------------------------------------- what comes of it


def _differences(expected: list[str], outcome: Outcome) -> Iterator[str]:
    happened = list(_happened(outcome))
    if len(happened) != len(expected):
        yield f"expected {len(expected)} events, got {len(happened)}: " + " / ".join(happened)
        return
    for line, event in zip(expected, happened, strict=True):
        head, _, excerpt = line.partition(": ")
        if event.partition(": ")[0] != head or excerpt not in event.partition(": ")[2]:
            yield f"expected {line!r}, got {event!r}"


def untranslated(outcome: Outcome) -> Iterator[str]:
    """Whatever was said and has no words of today in the language she reads."""
    reads = conversation_language(outcome.memory)
    for say in outcome.events:
        if isinstance(say, Say):
            language = say.language or reads
            named = [name for value in (*say.options, *say.values.values()) if (name := _sentence(value))]
            if not mind().phrases.ready(say.response, language):
                yield f"{say.response} is not in {language}"
            yield from (f"{name} is not in {language}" for name in named if mind().wording(name, language) is None)


def _sentence(value: object) -> str | None:
    """The sentence that stands on a choice or in a blank, where it is one of ours."""
    match value:
        case SentenceRef(id=name) | Option(title=name, plain=False):
            return name
        case _:
            return None


def _happened(outcome: Outcome) -> Iterator[str]:
    if outcome.wait:
        yield "* wait"
    for event in outcome.events:
        match event:
            case Say():
                yield f"< {event.response}: {rendered(event)}"
            case PassOn():
                told = ", ".join(f"{name}={value}" for name, value in event.summary.items())
                yield f"* pass_on {event.topic} {event.role}{'' if event.verified else ' unverified'}: {told}"
            case Alarm():
                yield f"* alarm {event.level}"
            case AddToCase():
                yield f"* add_to_case {event.case_id}"
            case SetTimer():
                yield f"* set_timer {event.kind}"
            case OptOut():
                yield f"* opt_out {event.stopped}"
            case Silence() | Withdraw():
                yield f"* {type(event).__name__.lower()}"
            case _:
                pass


def rendered(say: Say) -> str:
    """The Dutch with its values and choices, plainly; the phrase layer has tests of its own."""
    variant = wording(book(), say.response)
    assert variant, f"{say.response} is not in the content"
    text = variant.text
    for name, value in say.values.items():
        text = text.replace("{" + name + "}", _plain(value))
    return text.replace("\n", " ") + " " + " | ".join(_plain(option) for option in say.options)


def _plain(value: object) -> str:
    match value:
        case SentenceRef(id=sentence):
            return source_text(book(), sentence)
        case Option(title=title, plain=plain):
            return title if plain else source_text(book(), title)
        case tuple():
            return ", ".join(map(str, value))
        case _:
            return str(value)
