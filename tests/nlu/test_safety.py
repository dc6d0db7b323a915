"""Word lists for danger: how phrases match, and what the shipped ones find."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from nlu import safety
from nlu.embedded import EmbeddedRecogniser
from nlu.port import LEVELS, SafetyLevel
from nlu.safety import BadWordList, WordLists
from tests.nlu.conftest import lines

LISTS = WordLists.of(
    {
        "now": ["wil* niet meer leven", "zelfmoord*", "vermoord hem"],
        "perhaps": ["bang om naar huis", "*قتل نفس*"],
        "school": ["word* gepest", "öldürece*"],
        "harmless": ["vermoord hem als hij zijn fiets", "getest"],
    },
    ordinary={"getest"},
)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("ze wil niet meer leven", "now"),
        ("ze wilde echt al een tijd niet meer leven", None),  # three words between
        ("ze wilde echt niet meer leven", "now"),
        ("niet meer leven wil ze", None),  # another order
        ("ZELFMOORD", "now"),
        ("zelfmoordgedachten", "now"),
        ("zelfmord", "now"),  # a letter left out
        ("zlefmoord", "now"),  # two letters swapped
        ("zelfmmorod", None),  # two typos
        ("hij wordt gepset", "school"),
        ("hij wordt getest", None),  # an ordinary word is no typo
        ("bang om naar hui", None),  # short words are exact
        ("beni oldurecekler", "school"),
        ("يريد يقتل نفسه", "perhaps"),
        ("ik vermoord hem", "now"),
        ("ik vermoord hem als hij zijn fiets laat staan", None),
        ("ik vermoord hem als hij zijn fiets laat staan, ze wil niet meer leven", "now"),
        ("", None),
    ],
)
def test_phrases_match_as_the_lists_promise(text: str, level: str | None) -> None:
    """Order, gaps, folding, typos, stars, and figures of speech."""
    assert LISTS.scan(text).level == level


def test_the_gravest_level_wins() -> None:
    """One text, two levels."""
    assert LISTS.scan("hij wordt gepest en wil niet meer leven").level is SafetyLevel.NOW


def test_danger_is_found_in_six_languages(recogniser: EmbeddedRecogniser) -> None:
    """Floors a little under what was measured: of 60 a level, 54, 52 and 58 raise an alarm."""
    found: Counter[str] = Counter()
    for line in lines("danger.jsonl"):
        found[str(line["level"])] += recogniser.understand(line["text"]).safety is not None

    assert len(lines("danger.jsonl")) == 240
    assert found["now"] >= 51
    assert found["perhaps"] >= 49
    assert found["school"] >= 55
    assert found["None"] <= 4


def test_words_alone_find_most_and_hardly_err() -> None:
    """The urgent path has no classifier."""
    found: Counter[str] = Counter()
    for line in lines("danger.jsonl"):
        found[str(line["level"])] += safety.scan(line["text"]) is not None

    assert found["now"] + found["perhaps"] + found["school"] >= 138
    assert found["None"] <= 3


def test_plain_words_of_danger_raise_at_least_their_level() -> None:
    """Who beats whom at home, a child that is gone, a wish to die: in every language by the lists alone; nothing covers them."""
    plain = lines("plain_danger.jsonl")
    told = Counter(line["lang"] for line in plain if line["level"])
    wrong = [
        line
        for line in plain
        if not _grave_enough(safety.shipped().scan(line["text"], line["lang"]).level, line["level"])
    ]

    assert {file.stem for file in safety.FOLDER.glob("*.yml")} == set(told)
    assert min(told.values()) >= 6
    assert wrong == []


def _grave_enough(found: SafetyLevel | None, wanted: str | None) -> bool:
    """A look-alike (None) raises nothing at all."""
    return found is None if wanted is None else found in LEVELS[: LEVELS.index(SafetyLevel(wanted)) + 1]


def test_every_shipped_phrase_raises_its_alarm() -> None:
    """No phrase is silently covered by a figure of speech, of its own language or another."""
    phrases = [
        (level, re.sub(r"(?<!\S)\*", "x", phrase).replace("*", ""))
        for file in sorted(safety.FOLDER.glob("*.yml"))
        for level, listed in yaml.safe_load(file.read_text(encoding="utf-8")).items()
        if level in set(SafetyLevel)
        for phrase in listed
    ]

    assert len(phrases) >= 1_000
    assert [phrase for level, phrase in phrases if safety.scan(phrase) is None] == []


@pytest.mark.parametrize("content", ["now: []\n", "- a\n", "now: [1]\nperhaps: []\nschool: []\nharmless: []\n", ""])
def test_a_broken_list_is_named(tmp_path: Path, content: str) -> None:
    """A word list that cannot be used stops the start and says which."""
    (tmp_path / "nl.yml").write_text(content, encoding="utf-8")

    with pytest.raises(BadWordList, match=r"nl\.yml"):
        safety.load(tmp_path)


def test_no_lists_at_all_is_a_fault(tmp_path: Path) -> None:
    """Danger would be missed silently."""
    with pytest.raises(BadWordList, match="no word lists"):
        safety.load(tmp_path)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("他把自己锁在房间里已经三个小时了不肯开门我们怎么敲门他都不应声刚才听见他在里面说想自杀", SafetyLevel.NOW),
        ("作业多得累死了", None),
        ("没人欺负他但是他要跳楼", SafetyLevel.NOW),
    ],
)
def test_danger_in_a_run_without_spaces(text: str, level: SafetyLevel | None) -> None:
    """Chinese writes a sentence as one word: it is read to its end, and a harmless phrase hides only itself."""
    assert safety.scan(text) == level


def test_a_typo_is_forgiven_in_the_language_of_the_text_only() -> None:
    """What is one letter away from danger in another language is a word of its own here."""
    lists = WordLists().add({"now": ["moleste*"]}, "en")

    assert lists.scan("no me molestte", "en").level is SafetyLevel.NOW
    assert lists.scan("no me molestte", "es").level is None
    assert lists.scan("no me molestte").level is SafetyLevel.NOW
