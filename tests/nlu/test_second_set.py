"""Messages by other hands than those that wrote the examples: only measured, never learnt from.

`data/second/<language>.jsonl` holds messages with their intents, `<language>.safety.jsonl` messages with a level of danger or none.
`data/third/<language>.jsonl` holds more of the latter, written when the model of danger was finished and its lists were mended.
Figures of the full engine stand in docs/understanding.md; here are floors for what runs without embeddings.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from locales.languages import LANGUAGES
from nlu import danger, examples
from nlu.embedded import EmbeddedRecogniser
from nlu.evaluation import ALL, Labelled, evaluate
from nlu.text import fold
from tests.nlu.conftest import DATA, lines

SECOND = DATA / "second"
CODES = tuple(code for code, language in LANGUAGES.items() if language.script_of is None)
LONG = 20
TOO_NEAR = 0.8
# A little under (or above) what n-grams and lists alone do: 0.903, 0.972, 0.991; 0.631 and 0.556, 0.016, 0.078.
TOP1, TOP3, PRECISION = 0.89, 0.96, 0.97
RECALL, THIRD_RECALL, FALSE_NOW, FALSE_OTHER = 0.6, 0.53, 0.02, 0.09


def grams(text: str) -> set[str]:
    """The pieces of four characters of a folded text."""
    folded = fold(text)
    return {folded[at : at + 4] for at in range(max(1, len(folded) - 3))}


@pytest.mark.parametrize("code", CODES)
def test_there_is_enough_in_each_language(code: str) -> None:
    """A floor for the set itself: every intent, outsiders, danger and its near-misses."""
    messages, dangers = lines(f"second/{code}.jsonl"), lines(f"second/{code}.safety.jsonl")
    intents = Counter(line["intent"] for line in messages)

    assert len(messages) >= 140
    assert len(intents) == 45
    assert intents["out_of_scope"] >= 15
    assert sum(line["level"] is not None for line in dangers) >= 25
    assert sum(line["level"] is None for line in dangers) >= 90


@pytest.mark.parametrize("code", CODES)
def test_there_is_enough_of_danger_in_the_third_set(code: str) -> None:
    """Ten at each level, and twice as many harmless ones."""
    counts = Counter(line["level"] for line in lines(f"third/{code}.jsonl"))

    assert dict(counts) == {"now": 10, "perhaps": 10, "school": 10, None: 60}


@pytest.mark.parametrize("code", CODES)
def test_no_message_was_learnt(code: str) -> None:
    """No message of twenty characters or more is nearly an example: what is measured must be new."""
    shown = examples.read_file(examples.FOLDER / f"{code}.yml")
    told = [message for message in danger.read_folder() if message.language == code]
    known = [grams(text) for text in (*(example.text for example in shown), *(message.text for message in told))]
    holders: dict[str, list[int]] = {}
    for number, of_example in enumerate(known):
        for gram in of_example:
            holders.setdefault(gram, []).append(number)
    near = [
        line["text"]
        for file in (f"second/{code}.jsonl", f"second/{code}.safety.jsonl", f"third/{code}.jsonl")
        for line in lines(file)
        if len(line["text"]) >= LONG and _near(line, known, holders)
    ]

    assert near == []


def _near(line: dict[str, Any], known: list[set[str]], holders: dict[str, list[int]]) -> bool:
    asked = grams(line["text"])
    shared = Counter(number for gram in asked for number in holders.get(gram, ()))
    return any(count / len(asked | known[number]) >= TOO_NEAR for number, count in shared.most_common(3))


def test_strangers_are_understood_by_n_grams_alone(recogniser: EmbeddedRecogniser) -> None:
    """Floors under what was measured without embeddings."""
    labelled = [
        Labelled(line["lang"], line["text"], line["intent"]) for code in CODES for line in lines(f"second/{code}.jsonl")
    ]
    figures = evaluate(recogniser, labelled)[ALL].figures()

    assert float(figures["top1"] or 0) >= TOP1
    assert float(figures["top3"] or 0) >= TOP3
    assert float(figures["precision"] or 0) >= PRECISION


@pytest.mark.parametrize(("file", "least"), [("second/{}.safety.jsonl", RECALL), ("third/{}.jsonl", THIRD_RECALL)])
def test_strangers_in_danger_are_found(recogniser: EmbeddedRecogniser, file: str, least: float) -> None:
    """Floors and ceilings around what was measured without embeddings."""
    said = [
        Labelled(line["lang"], line["text"], danger=line["level"] is not None)
        for code in CODES
        for line in lines(file.format(code))
    ]
    figures = evaluate(recogniser, said)[ALL].figures()

    assert float(figures["danger_seen"] or 0) >= least
    assert float(figures["false_now"] or 0) <= FALSE_NOW
    assert float(figures["false_other"] or 0) <= FALSE_OTHER
