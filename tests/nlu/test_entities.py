"""Choices, yes and no, classes and phone numbers."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from locales.languages import LANGUAGES
from nlu import entities
from nlu.entities import read_choice, read_class, read_date, read_phone, read_yes_no
from nlu.text import fold

DATA = Path(__file__).parent / "data"
SPOKEN = sorted(code for code, language in LANGUAGES.items() if language.script_of is None)


def rows(name: str) -> list[dict[str, Any]]:
    """The lines of a data file."""
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


CHOICES, ANSWERS = rows("choices.jsonl"), rows("yesno.jsonl")


@pytest.mark.parametrize("row", CHOICES, ids=lambda row: f"{row['language']}: {row['text']}")
def test_a_choice_is_the_whole_message(row: dict[str, Any]) -> None:
    """Digits of every script, keycaps and number words; a number inside a sentence is no choice."""
    assert row["choice"] == read_choice(row["text"], row["language"])


@pytest.mark.parametrize("row", ANSWERS, ids=lambda row: f"{row['language']}: {row['text']}")
def test_yes_and_no_are_the_whole_message(row: dict[str, Any]) -> None:
    """Anything more than that is not an answer to act on."""
    assert row["answer"] is read_yes_no(row["text"], row["language"])


def test_a_language_without_words_reads_digits_and_english() -> None:
    """No language is an error, and a script is its language."""
    assert read_choice("۲", "xx") == 2
    assert read_yes_no("yes", "xx") is True
    assert read_choice("jouj", "ary_Latn") == 2
    assert read_yes_no("wakha", "ary_Latn") is True


@pytest.mark.parametrize("language", SPOKEN)
def test_every_language_is_tried(language: str) -> None:
    """Each has words of its own, and texts that mean something as well as texts that mean nothing."""
    choices = [row["choice"] is not None for row in CHOICES if row["language"] == language]
    answers = [row["answer"] for row in ANSWERS if row["language"] == language]

    assert len(choices) >= 6
    assert {*choices} == {True, False}
    assert len(answers) >= 6
    assert {*answers} == {True, False, None}


@pytest.mark.parametrize("language", SPOKEN)
def test_a_word_means_one_thing(language: str) -> None:
    """Not yes and no, nor two numbers; and what stands around a number is none itself."""
    said = yaml.safe_load((entities._HERE / "yesno.yml").read_text(encoding="utf-8"))[language]
    kinds = [{entities._said_once(phrase) for phrase in said[kind]} for kind in ("affirm", "deny", "unclear")]
    listed = yaml.safe_load((entities._HERE / "choices.yml").read_text(encoding="utf-8"))[language]["numbers"]
    numbers = [{fold(word) for word in words} for words in listed]

    assert len(numbers) == 9
    assert sum(map(len, kinds)) == len(set().union(*kinds))
    assert sum(map(len, numbers)) == len(set().union(*numbers))
    assert set() == entities._choices(language).around & set().union(*numbers)


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
    language=st.sampled_from([*SPOKEN, "ary_Latn", "xx"]),
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
