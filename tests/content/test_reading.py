"""How long sentences are, and how easily Dutch reads."""

from __future__ import annotations

import pytest

from bot.content.reading import ease, grade, lengths, syllables


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("uw", 1),
        ("één", 1),
        ("school", 1),
        ("mentor", 2),
        ("ouders", 2),
        ("trainer", 2),
        ("ideeën", 3),
        ("bijzonder", 3),
        ("conciërge", 4),
        ("ouderavond", 4),
        ("geïnformeerd", 4),
        ("leerlingenvervoer", 5),
        ("zorgcoördinator", 6),
        ("hm", 1),
    ],
)
def test_syllables_are_counted_as_they_sound(word: str, expected: int) -> None:
    """Two vowels that sound as one count once; a diaeresis parts them, a stress does not."""
    assert expected == syllables(word)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Uw kind is ziek. Beterschap!", [4, 1]),
        ("De les begint om 8.30 uur – elke dag.\nKom op tijd", [8, 3]),
        ("شكراً لكم. هل هذا صحيح؟", [2, 3]),
        ("ሰላም። ከመይ ኣለኹም?", [1, 2]),
        ("今天不上课。请看 Magister。", [5, 3]),
        ("...", []),
    ],
)
def test_sentences_are_measured_in_words(text: str, expected: list[int]) -> None:
    """In every script; in Chinese, which writes nothing between words, in letters."""
    assert expected == lengths(text)


def test_the_measure_is_that_of_douma() -> None:
    """206.84, less 0.77 for each syllable in a hundred words, less 0.93 for each word in a sentence."""
    assert ease("De school is dicht. Uw kind is vrij.") == pytest.approx(206.84 - 77 - 0.93 * 4)
    assert ease("De ouderavond begint.") == pytest.approx(206.84 - 0.77 * 100 * 7 / 3 - 0.93 * 3)


def test_numbers_and_addresses_are_not_read_as_words() -> None:
    """A long web address makes no sentence hard; a text of nothing else has no measure."""
    assert ease("Bel 030 123 of kijk op https://voorbeeldcollege.example/verlof.") == ease("Bel of kijk op.")
    assert ease("https://voorbeeldcollege.example 12:30") is None


def test_hard_is_told_from_easy() -> None:
    easy = ease("Uw kind is ziek. Bel de school.")
    hard = ease(
        "Onverminderd het bepaalde in de verlofregeling geschiedt ziekmelding telefonisch bij de administratie."
    )
    assert easy is not None
    assert hard is not None
    assert (grade(easy), grade(hard)) == ("very easy", "very hard")
