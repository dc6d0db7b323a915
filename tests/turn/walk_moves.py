"""What parents and schools do on a walk: drawn by Hypothesis, and read by the walker in the light of where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import yaml
from hypothesis import strategies as st

from db.types import ChannelName, InboundKind
from locales.languages import LANGUAGES, spoken
from nlu.port import OUT_OF_SCOPE, Decision, Errand, LanguageGuess, SafetyLevel, Understood
from tests.turn.scene import ROOT, book, scripted
from tests.turn.walk_world import CHILDREN, FAMILIES, SCHOOLS, Family

EXAMPLES = yaml.safe_load((ROOT / "nlu" / "examples" / "nl.yml").read_text(encoding="utf-8"))
INTENTS = sorted({entry["intent"] for entry in EXAMPLES["nlu"]} | {OUT_OF_SCOPE})
ERRANDS = [*INTENTS, *(intent for flow in book().flows.values() for intent in flow.triggers)]
"""Those that begin a flow twice: there is more to find in one."""
SMALL_TALK = frozenset({"greet", "thank", "goodbye", "affirm", "deny"})
"""What asks for nothing, and is never one of two things."""
COMMANDS = yaml.safe_load((ROOT / "bot" / "turn" / "words.yml").read_text(encoding="utf-8"))
COMMANDS.pop("taken_on_sms")
YES_NO = yaml.safe_load((ROOT / "nlu" / "yesno.yml").read_text(encoding="utf-8"))
CHANNELS = (ChannelName.WHATSAPP, ChannelName.SMS, ChannelName.TELEGRAM, ChannelName.WEB, ChannelName.TERMINAL)
SAID = (
    *("1", "2", "٢", "9", "42", "3.", "1️⃣", "👍", "ja", "nee", "ok", "nee, morgen", "niet ziek maar te laat"),
    *("nog ziek", "weer beter", "morgen", "26-11", "donderdag", "12-11 tot en met 14-11", "1B", "06 12345678"),
    *("Hoe meld ik mijn kind ziek?", "Elif is morgen ziek", "Türkçe", "in het Engels graag", "mayıs tatili"),
    *(child.given_name for child in CHILDREN),
    *(f"{child.given_name} heeft koorts" for child in CHILDREN),
    *("", " ", "\x00", "\n\n", "?", "{promise}", "{0}%s", "\u202etsrif", "😀" * 9, "a" * 3000, "nee, " * 400),
)
"""Answers, questions, and what nobody writes on purpose."""


@dataclass(frozen=True)
class Move:
    """One thing that happens. `pick` chooses among what there is then."""

    kind: str
    pick: int = 0
    text: str = ""
    understood: Understood = field(default_factory=lambda: scripted(OUT_OF_SCOPE, decision=Decision.PERSON))


@dataclass(frozen=True)
class Start:
    """Where one of the two phones of a walk begins. `language`: settled long ago; None: nobody wrote from here before."""

    family: Family
    channel: ChannelName
    school: int
    language: str | None
    locked: bool


def _understood(
    ranked: list[str], decision: Decision, heard: LanguageGuess, safety: SafetyLevel | None, second: str | None
) -> Understood:
    intent, *others = ranked
    asks = second is not None and not safety and intent not in SMALL_TALK
    two = (Errand(intent, 0.9, "Elif .."), Errand(str(second), 0.9, "morgen ..")) if asks else None
    understood = scripted(intent, decision=decision, others=tuple(others))
    return replace(understood, language=heard, safety=safety, two=two)


intents = st.sampled_from(INTENTS)
picks = st.integers(0, 99)
guesses = st.builds(
    LanguageGuess, st.sampled_from([*spoken(), "other", "pt"]), st.just(0.8), st.sampled_from([False, False, True])
)
understandings = st.builds(
    _understood,
    st.lists(intents, min_size=3, max_size=3, unique=True),
    st.sampled_from([Decision.OFFER, *Decision]),
    guesses,
    st.sampled_from([None] * 20 + list(SafetyLevel)),
    st.sampled_from([None] * 3 * len(INTENTS) + INTENTS),
)
texts = st.one_of(st.sampled_from(SAID), st.sampled_from(SAID), st.text(max_size=60))
commands = [word for listed in COMMANDS.values() for words in listed.values() for word in words]
names = [name for known in LANGUAGES.values() for name in (known.endonym, known.dutch, known.english)]


def _plain(kind: str) -> st.SearchStrategy[Move]:
    return st.builds(Move, st.just(kind), picks)


def _words(kind: str) -> st.SearchStrategy[Move]:
    return st.builds(Move, st.just(kind), picks, texts, understandings)


MOVES: dict[str, tuple[int, st.SearchStrategy[Move]]] = {
    # what there is to choose from, by tap, by digit, by its title
    "choose": (30, _plain("choose")),
    # an errand, surely understood
    "start": (
        16,
        st.builds(
            lambda intent, text, pick: Move("say", pick, text, scripted(intent)),
            st.sampled_from(ERRANDS),
            st.sampled_from(SAID),
            picks,
        ),
    ),
    # of an absence that was reported, or was not
    "again": (
        2,
        st.builds(
            lambda text: Move("say", text=text, understood=scripted("report_absence")),
            st.sampled_from(["nog ziek", "weer beter"]),
        ),
    ),
    "say": (16, _words("say")),
    "late": (2, _words("late")),
    "early": (2, _words("early")),
    "quote": (2, _words("quote")),
    "command": (5, st.builds(lambda text: Move("say", text=text), st.sampled_from(commands))),
    "language": (4, st.builds(lambda text: Move("say", text=text), st.sampled_from(names))),
    "danger": (
        3,
        st.builds(
            lambda level, text: Move("say", text=text, understood=replace(scripted(OUT_OF_SCOPE), safety=level)),
            st.sampled_from([SafetyLevel.NOW, *SafetyLevel]),
            texts,
        ),
    ),
    "kind": (6, st.builds(lambda kind, pick: Move("kind", pick, kind.value), st.sampled_from(InboundKind), picks)),
    # the same again, though it is not understood
    "insist": (2, st.builds(lambda text: Move("insist", text=text), texts)),
    "button": (1, st.builds(lambda text: Move("button", text=text), st.text(max_size=9))),
    "hours": (5, _plain("hours")),
    # what others do meanwhile
    "person": (3, _plain("person")),
    "notice": (2, _plain("notice")),
    "code": (2, _plain("code")),
    "rights": (2, _plain("rights")),
    "machine": (1, _plain("machine")),
    "other": (3, _plain("other")),
}
"""Each kind of move, how often it is made among a hundred, and how it is drawn."""

moves = st.sampled_from([kind for kind, (often, _) in MOVES.items() for _ in range(often)]).flatmap(
    lambda kind: MOVES[kind][1]
)
LENGTH = 16


def walks(language: str) -> st.SearchStrategy[tuple[Start, Start, list[Move]]]:
    """Two phones, the first of a parent who reads this language, if she wrote here before; and what happens on them."""
    lists = st.lists(moves, min_size=LENGTH, max_size=LENGTH)
    return st.tuples(_starts([None, language, language, language]), _starts([None, *LANGUAGES]), lists)


def _starts(languages: list[str | None]) -> st.SearchStrategy[Start]:
    return st.builds(
        Start,
        st.sampled_from([*FAMILIES[:2], *FAMILIES]),
        st.sampled_from(CHANNELS),
        st.sampled_from([0, *range(len(SCHOOLS))]),
        st.sampled_from(languages),
        st.booleans(),
    )
