"""A question with buttons takes a digit of every script and a number word of every language."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.turn.memory import Remembered
from bot.turn.types import Outcome
from locales.languages import shipped
from tests.turn.scene import Phone, Script, scripted

WORDS: Mapping[str, tuple[str, str, str]] = {
    "nl": ("één", "twee", "drie"),
    "en": ("one", "two", "three"),
    "tr": ("bir", "iki", "üç"),
    "ar": ("واحد", "اثنان", "ثلاثة"),
    "ary": ("واحد", "جوج", "تلاتة"),
    "ary_Latn": ("wahed", "jouj", "tlata"),
    "pl": ("jeden", "dwa", "trzy"),
    "uk": ("один", "два", "три"),
    "ru": ("один", "два", "три"),
    "fa": ("یک", "دو", "سه"),
    "so": ("kow", "laba", "saddex"),
    "ti": ("ሓደ", "ክልተ", "ሰለስተ"),
    "es": ("uno", "dos", "tres"),
    "fr": ("un", "deux", "trois"),
    "de": ("eins", "zwei", "drei"),
    "ro": ("unu", "doi", "trei"),
    "bg": ("едно", "две", "три"),
    "pap": ("unu", "dos", "tres"),
    "zh": ("一", "二", "三"),
}
TWOS = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.decimal(chr(code), None) == 2]
"""The two of every script there is."""


def _asked(language: str) -> Phone:
    """The first question of the flow for absence, which has buttons."""
    phone = Phone(Script({"melding": scripted("report_absence")}), languages=tuple(WORDS))
    remembered = replace(Remembered.unpack(phone.known.memory), language=language, language_locked=True)
    phone.known = replace(phone.known, memory=remembered.pack(), children=phone.known.children[:1])
    phone.write("melding")
    assert Remembered.unpack(phone.known.memory).asking == ("report_absence", "absence_kind")
    return phone


def _chosen(language: str, text: str) -> tuple[Outcome, object]:
    outcome = _asked(language).write(text)
    return outcome, Remembered.unpack(outcome.memory).flow.slots.get("absence_kind")


def test_every_language_is_here() -> None:
    """One without words would go untried."""
    assert set(shipped()) <= set(WORDS)


@pytest.mark.parametrize("language", WORDS)
def test_a_number_word_is_its_digit(language: str) -> None:
    """As it is written, and as a telephone writes down what is said to it: a capital, a full stop."""
    chosen = [_chosen(language, digit) for digit in ("1", "2", "3")]
    assert len({str(value) for _, value in chosen}) == 3
    for word, expected in zip(WORDS[language], chosen, strict=True):
        assert _chosen(language, word) == expected
        assert _chosen(language, f" {word.capitalize()}. ") == expected


@pytest.mark.parametrize("language", ["nl", "ar", "fa", "ti"])
def test_a_digit_of_any_script(language: str) -> None:
    """Whatever the language of the conversation; keycaps and full-width digits too, with a dot or a bracket."""
    expected = _chosen(language, "2")
    tried = [*(TWOS if language == "nl" else "2٢۲２"), "2️⃣", "2.", "2)", "٢."]
    assert [text for text in tried if _chosen(language, text) != expected] == []


def test_the_scripts_are_there() -> None:
    """A short list would prove nothing."""
    assert len(TWOS) > 50
