"""Two things in one message: where they are clear both are seen; and one thing is not taken for two.

`data/two_things.jsonl` was invented without a look at the examples; `data/second` holds messages that ask for one thing.
"""

from __future__ import annotations

import pytest

from nlu.embedded import EmbeddedRecogniser
from nlu.parts import MOST, NO_ERRAND, pieces
from tests.nlu.conftest import DATA, lines

# A little under (or above) what n-grams alone do: 0.82, 0.007. With points: 0.95.
FOUND, FALSE = 0.75, 0.012


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Elif is vandaag ziek. Wanneer is de ouderavond?", ("Elif is vandaag ziek.", "Wanneer is de ouderavond?")),
        ("Elif is vandaag ziek\nwanneer is ouderavond", ("Elif is vandaag ziek", "wanneer is ouderavond")),
        ("Elif is vandaag ziek, wanneer is de ouderavond", ("Elif is vandaag ziek", "wanneer is de ouderavond")),
        ("متى تبدأ العطلة؟وأين أجد جدول الحصص؟", ("متى تبدأ العطلة؟", "وأين أجد جدول الحصص؟")),
        ("ابني مريض اليوم، متى الاجتماع", ("ابني مريض اليوم", "متى الاجتماع")),
        ("ዕረፍቲ መዓስ ይጅምር። ሰዓት ክንደይ ይኽፈት፧", ("ዕረፍቲ መዓስ ይጅምር።", "ሰዓት ክንደይ ይኽፈት፧")),
        ("我儿子今天生病了。家长会是什么时候？", ("我儿子今天生病了。", "家长会是什么时候？")),
        ("Dag. Ok. Hoe laat begint de school?", ("Hoe laat begint de school?",)),
        ("Het kost 12.50 euro per maand", ("Het kost 12.50 euro per maand",)),
        ("... ! ?\n\n,,,", ()),
        ("\ud800 half a character, and something more", ("\ud800 half a character", "and something more")),
    ],
)
def test_a_text_falls_into_its_sentences(text: str, expected: tuple[str, ...]) -> None:
    """In every script of the line, and as they stand there; what says next to nothing is none."""
    assert expected == pieces(text)


def test_a_long_story_is_not_read_piece_by_piece() -> None:
    """Its beginning is."""
    assert len(pieces("Hij is vandaag ziek geworden. " * 500)) == MOST


def test_both_are_seen_in_her_order_with_her_words(recogniser: EmbeddedRecogniser) -> None:
    """Each thing with what she said of it: the date of the one is not the other's."""
    two = recogniser.understand("Ali is ziek vandaag. En wanneer is de ouderavond?").two

    assert two is not None
    said = [(errand.intent, errand.text) for errand in two]
    assert said == [("report_absence", "Ali is ziek vandaag. "), ("ask_parent_evening", "En wanneer is de ouderavond?")]


@pytest.mark.parametrize(
    "text",
    [
        "Goedemorgen mevrouw, dank u wel. Wanneer is de ouderavond?",
        "Wanneer is de ouderavond? Is de ouderavond op donderdag of op dinsdag?",
        "Ali is ziek vandaag. En mijn man slaat mij nu, help",
        "Bent u een robot? Wanneer is de ouderavond?",
    ],
)
def test_this_is_one_thing(recogniser: EmbeddedRecogniser, text: str) -> None:
    """Small talk is no errand, the same twice is one, and danger stands alone."""
    assert recogniser.understand(text).two is None


def test_in_one_sentence_the_whole_decides_what_is_first(recogniser: EmbeddedRecogniser) -> None:
    """What stands before it may be no more than its reason ("I have a new phone, ..")."""
    two = recogniser.understand("Ali is ziek vandaag, wanneer is de ouderavond?").two

    assert two is not None
    said = [(errand.intent, errand.text) for errand in two]
    assert said == [("ask_parent_evening", "wanneer is de ouderavond?"), ("report_absence", "Ali is ziek vandaag, ")]


def test_two_things_are_found(recogniser: EmbeddedRecogniser) -> None:
    """In all eighteen languages, by n-grams alone; where two are seen, they are the right two."""
    told = lines("two_things.jsonl")
    seen = [(line["first"], line["second"], recogniser.understand(line["text"]).two) for line in told]
    right = [two is not None and {two[0].intent, two[1].intent} == {first, second} for first, second, two in seen]
    wrong = [two for (*_, two), good in zip(seen, right, strict=True) if two is not None and not good]

    assert len(told) >= 150
    assert len({line["lang"] for line in told}) == 18
    assert sum(right) >= FOUND * len(told)
    assert wrong == []


def test_one_thing_is_seldom_taken_for_two(recogniser: EmbeddedRecogniser) -> None:
    """On messages by other hands, many of them of several sentences."""
    told = [line for path in sorted((DATA / "second").glob("*.jsonl")) for line in lines(f"second/{path.name}")]
    false = [two for line in told if (two := recogniser.understand(line["text"]).two)]

    assert len(told) >= 4900
    assert len(false) <= FALSE * len(told)
    assert not {errand.intent for two in false for errand in two} & NO_ERRAND
