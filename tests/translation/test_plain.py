"""Hints for simpler Dutch: what is found, what is left alone."""

from __future__ import annotations

import pytest

from bot.translation.plain import LONG, Hint, Kind, plainer


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Derhalve belt u.", Hint(Kind.WORD, "derhalve", "dus")),
        ("Wij zien u graag, indien mogelijk.", Hint(Kind.WORD, "indien", "als")),
        ("Elif zit niet lekker in haar vel.", Hint(Kind.SAYING, "lekker in haar vel")),
        ("Het formulier wordt door de mentor ingevuld.", Hint(Kind.PASSIVE, "wordt door de mentor ingevuld")),
        ("Kom. " + "woord " * (LONG + 1) + ".", Hint(Kind.LONG, ("woord " * (LONG + 1)).strip() + " .")),
    ],
)
def test_what_could_be_simpler(text: str, hint: Hint) -> None:
    """The words, and what to say instead where we know it."""
    assert hint in plainer(text)


@pytest.mark.parametrize(
    "text", ["", "Dag mevrouw Demir. Elif is ziek. Kunt u morgen om 15 uur komen?", "Zij wordt 12."]
)
def test_plain_words_are_left_alone(text: str) -> None:
    """No hint where there is nothing to say."""
    assert plainer(text) == ()


def test_each_hint_once_in_the_order_of_the_text() -> None:
    """Twice the same word is one hint."""
    assert [hint.said for hint in plainer("Echter, tevens. Echter.")] == ["echter", "tevens"]
