"""Days that parents write, per language: `data/dates.jsonl`."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from locales.languages import LANGUAGES
from nlu import dates
from nlu.entities import read_date

TODAY = dt.date(2026, 11, 4)  # a Wednesday
SPOKEN = sorted(code for code, language in LANGUAGES.items() if language.script_of is None)
ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "data/dates.jsonl").read_text(encoding="utf-8").splitlines()
]
DATA: dict[str, dict[str, Any]] = yaml.safe_load(dates._DATA.read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['language']}: {row['text']}")
def test_days_per_language(row: dict[str, Any]) -> None:
    """A clear day is read; a doubtful one is none, and the flow asks."""
    expected = dt.date.fromisoformat(row["day"]) if row["day"] else None

    assert expected == read_date(row["text"], row["language"], TODAY)


@pytest.mark.parametrize("language", SPOKEN)
def test_every_language_is_tried(language: str) -> None:
    """Each has words of its own, and texts that name a day as well as texts that name none."""
    tried = Counter(row["day"] is not None for row in ROWS if row["language"] == language)

    assert language in DATA
    assert tried[True] >= 8
    assert tried[False] >= 4


def test_a_new_year_lies_ahead() -> None:
    """In November, January is the next one."""
    assert dt.date(2027, 1, 7) == read_date("7 januari", "nl", TODAY)


def test_a_language_without_words_reads_numbers_and_dutch() -> None:
    """No language is an error."""
    assert dt.date(2026, 12, 12) == read_date("12/12", "xx", TODAY)
    assert dt.date(2026, 11, 5) == read_date("morgen", "other", TODAY)


def test_another_script_is_the_same_language() -> None:
    """`ary_Latn` is `ary`."""
    assert dt.date(2026, 11, 5) == read_date("ghedda", "ary_Latn", TODAY)


@pytest.mark.parametrize("language", SPOKEN)
def test_a_word_means_one_day(language: str) -> None:
    """Two spellings may fold to one word, but not to two meanings."""
    for kind in ("days", "weekdays", "months"):
        meanings: dict[dates.Words, set[int]] = {}
        for phrase, number in dates._pairs(DATA[language].get(kind, {})):
            meanings.setdefault(dates._phrase(phrase), set()).add(number)

        assert meanings or kind == "months"
        assert {phrase: numbers for phrase, numbers in meanings.items() if len(numbers) > 1} == {}


@pytest.mark.parametrize("language", SPOKEN)
def test_every_key_is_known(language: str) -> None:
    """A key that nobody reads is a word lost in silence."""
    known = {"days", "weekdays", "short", "months", "not", "prefixes", "month_first"}
    known |= {*dates._TURNS, *dates._PHRASES, *dates._SINGLE_WORDS}

    assert set() == DATA[language].keys() - known


WORDS = sorted(
    {word for entry in DATA.values() for phrase, _ in dates._pairs(entry["days"]) for word in phrase.split()}
)


@settings(deadline=None)
@given(
    pieces=st.lists(
        st.sampled_from([row["text"] for row in ROWS] + WORDS) | st.integers(0, 40).map(str) | st.sampled_from("/-.:"),
        max_size=6,
    ),
    language=st.sampled_from([*SPOKEN, "xx"]),
)
def test_no_words_break_the_reader(pieces: list[str], language: str) -> None:
    """Words for days of all languages, numbers and signs in any order: a day from today on, or none."""
    day = read_date(" ".join(pieces), language, TODAY)

    assert day is None or TODAY <= day <= TODAY + dates._HORIZON
