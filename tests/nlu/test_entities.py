"""Choices, yes and no, classes and phone numbers."""

from __future__ import annotations

import datetime as dt

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu import entities
from nlu.entities import read_choice, read_class, read_date, read_phone, read_yes_no


@pytest.mark.parametrize(
    ("language", "text", "choice"),
    [
        ("nl", "2", 2),
        ("nl", " 2. ", 2),
        ("nl", "(2)", 2),
        ("nl", "2️⃣", 2),
        ("nl", "②", 2),
        ("ar", "٢", 2),
        ("xx", "۲", 2),
        ("nl", "één", 1),
        ("nl", "optie 2", 2),
        ("nl", "de tweede", 2),
        ("en", "number three", 3),
        ("tr", "iki", 2),
        ("tr", "2. seçenek", 2),
        ("ar", "رقم ثلاثة", 3),
        ("pl", "dwójka", 2),
        ("uk", "п’ять", 5),
        ("tr", "twee", 2),
        ("nl", "0", None),
        ("nl", "12", None),
        ("nl", "2 kinderen", None),
        ("nl", "1 of 2", None),
        ("nl", "optie", None),
        ("nl", "", None),
    ],
)
def test_a_choice_is_the_whole_message(language: str, text: str, choice: int | None) -> None:
    """Digits of every script, keycaps and number words; a number inside a sentence is no choice."""
    assert choice == read_choice(text, language)


@pytest.mark.parametrize(
    ("language", "text", "answer"),
    [
        ("nl", "Ja!", True),
        ("nl", "jaaaa", True),
        ("nl", "nee nee", False),
        ("nl", "ja maar niet morgen", None),
        ("nl", "👍🏽", True),
        ("nl", "👎", False),
        ("nl", "👍👎", None),
        ("nl", "🎉", None),
        ("en", "that's right", True),
        ("en", "no thanks", False),
        ("tr", "EVET", True),
        ("tr", "HAYIR", False),
        ("tr", "ja", True),
        ("ar", "أيوة", True),
        ("ar", "لأ", False),
        ("pl", "tak", True),
        ("pl", "no", None),  # yes to a Pole, no to the rest
        ("pl", "ja", None),  # "I"
        ("uk", "так", True),
        ("uk", "ні", False),
        ("xx", "yes", True),
        ("nl", "1", None),
        ("nl", "", None),
    ],
)
def test_yes_and_no_are_the_whole_message(language: str, text: str, answer: bool | None) -> None:  # noqa: FBT001 - a table
    """Anything more than that is not an answer to act on."""
    assert answer is read_yes_no(text, language)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2B", "2B"),
        ("klas 2 b", "2b"),
        ("hij zit in 1kader", "1kader"),
        ("3 havo", "3havo"),
        ("vwo 5", "vwo5"),
        ("H3a", "H3a"),
        ("de mentor van 4vwo2?", "4vwo2"),
        ("٢B", "2B"),
        ("2B of 3C", None),
        ("de 2e klas", None),
        ("om 3 uur", None),
        ("3x gebeld", None),
        ("ik weet het niet", None),
    ],
)
def test_class_codes(text: str, found: str | None) -> None:
    """A year with a letter or a level; ordinals, hours and two classes are none."""
    assert found == read_class(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mijn nummer is 06 12345678", "+31612345678"),
        ("٠٦١٢٣٤٥٦٧٨", "+31612345678"),
        ("0031612345678", "+31612345678"),
        ("+32 470 12 34 56", "+32470123456"),
        ("06 12345678 of 06 87654321", None),
        ("12345", None),
        ("2B", None),
    ],
)
def test_phone_numbers(text: str, found: str | None) -> None:
    """One valid number, Dutch where no country is named."""
    assert found == read_phone(text)


@settings(deadline=None)
@given(
    text=st.text(st.characters(), max_size=80) | st.from_regex(r"[0-9./ -]{1,20}"),
    language=st.sampled_from(["nl", "ar", "xx"]),
)
def test_no_text_breaks_a_reader(text: str, language: str) -> None:
    """Flows hand over whatever was written."""
    day = read_date(text, language, dt.date(2026, 2, 28))

    assert day is None or day >= dt.date(2026, 2, 28)
    assert read_choice(text, language) in {None, *range(1, 10)}
    assert read_yes_no(text, language) in {None, True, False}
    assert read_class(text) != ""
    assert read_phone(text) != ""


@pytest.mark.parametrize("name", ["dates.yml", "yesno.yml", "choices.yml"])
def test_data_files_hold_words_only(name: str) -> None:
    """YAML reads an unquoted `no` as false: the word would silently be lost."""

    def leaves(node: object) -> list[object]:
        if isinstance(node, dict):
            return [leaf for key, value in node.items() for leaf in (key, *leaves(value))]
        return [leaf for item in node for leaf in leaves(item)] if isinstance(node, list) else [node]

    found = leaves(yaml.safe_load((entities._HERE / name).read_text(encoding="utf-8")))

    assert len(found) > 100
    assert [leaf for leaf in found if isinstance(leaf, bool) or leaf is None] == []
