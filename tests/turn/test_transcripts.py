"""Conversations as conversations: each file under `tests/transcripts` is replayed against the shipped content.

A folder with a language's name holds conversations in it: `digits-..`, led with nothing but digits after the first word,
and `voice-..`, as they come out of speech: without a sign, without a capital.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from bot.turn.memory import Remembered
from bot.turn.types import Option, Outcome, Say, SentenceRef
from flows.model import Collect
from locales.languages import shipped, spoken
from tests.turn.replay import read, replay, untranslated, written
from tests.turn.scene import ROOT, book

FOLDER = ROOT / "tests" / "transcripts"
FILES = sorted(FOLDER.rglob("*.txt"))
AT_LEAST = 120
OF_EACH = 4
KINDS = ("digits", "voice")
IN_WORDS = {"utter_ask_appointment_subject", "utter_ask_own_question"}
_IN_A_WORD = re.compile(r"(?<=\w)['’-](?=\w)")


def _id(path: Path) -> str:
    return path.relative_to(FOLDER).with_suffix("").as_posix()


@pytest.mark.parametrize("path", FILES, ids=_id)
def test_transcript(path: Path) -> None:
    """What is written down is what happens, no more and no less, and nothing of it lacks words in her language."""
    transcript = read(path)
    assert transcript.law
    wrong = [
        f"{path.name}:{line.number} {line.said}\n    {fault}" for line, faults in replay(transcript) for fault in faults
    ]

    assert not wrong, "\n".join(wrong)


def test_there_are_transcripts() -> None:
    """An empty folder proves nothing."""
    assert len(FILES) >= AT_LEAST


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", spoken())
def test_every_language_is_led_by_digits_and_by_voice(language: str, kind: str) -> None:
    """In each language some write nothing but digits, and some speak."""
    assert len(_of(language, kind)) >= OF_EACH


@pytest.mark.parametrize("language", shipped())
def test_digits_are_only_digits_and_voice_has_no_signs(language: str) -> None:
    """A parent who leads with digits writes no letter after her first word; what is spoken has neither signs nor capitals."""
    letters = [text for path in _of(language, "digits") for text in _said(path)[1:] if _kinds(text) & {"L"}]
    signs = [text for path in _of(language, "voice") for text in _said(path) if _signs(text)]
    assert (letters, signs) == ([], [])


def test_every_question_is_answered_by_digits_somewhere() -> None:
    """Whatever a flow asks with choices can be reached, and answered, with digits; two questions want words."""
    collected = (step for flow in book().flows.values() for step in flow.steps.values() if isinstance(step, Collect))
    questions = {step.utter or f"utter_ask_{step.slot}" for step in collected}
    lines = (line for path in FILES if path.stem.startswith("digits") for line in read(path).lines)
    asked = {event[2:].partition(":")[0] for line in lines for event in line.expected}

    assert questions - asked == IN_WORDS
    assert len(questions) > len(IN_WORDS)


def test_what_has_no_words_in_her_language_is_found() -> None:
    """A replay that misses a sentence without a translation proves nothing."""
    said = Say("utter_thank", {"choice": SentenceRef("utter_title_yes/0")}, (Option("/no", "utter_title_no/0"),))
    spoken_to = [Outcome(Remembered(language=code).pack(), (said,)) for code in ("it", "tr")]

    assert [list(untranslated(outcome)) for outcome in spoken_to] == [
        ["utter_thank is not in it", "utter_title_no/0 is not in it", "utter_title_yes/0 is not in it"],
        [],
    ]


def _of(language: str, kind: str) -> list[Path]:
    return sorted((FOLDER / language).glob(f"{kind}-*.txt"))


def _said(path: Path) -> list[str]:
    return [written(line.said) for line in read(path).lines if line.said.startswith("> ")]


def _signs(text: str) -> bool:
    """Whether there are signs between words, or capitals; those inside a word are its spelling."""
    return text != text.lower() or "P" in _kinds(_IN_A_WORD.sub("", text))


def _kinds(text: str) -> set[str]:
    return {unicodedata.category(char)[0] for char in text}
