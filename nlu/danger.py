"""How likely a whole message speaks of danger: a kernel machine on its point and a line on its n-grams, beside the word lists.

Lists find what is said in their words; most danger is told in other words, or only hinted at. This model learns from
`nlu/danger/<language>.yml`: messages at the three levels, and harmless ones that look like them. Serving needs numpy only;
`training.py` fits. Numbers that say from which score on it alarms stand in `tuned.json`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from nlu.dense import Space
from nlu.ngram import Counts, Floats, LinearModel
from nlu.port import LEVELS, SafetyLevel

FOLDER = Path(__file__).parent / "danger"
_HARMLESS = "harmless"
SHARPNESS = 1.0
"""How fast likeness falls with distance: the gamma of a Gaussian kernel."""


class BadMessages(ValueError):
    """A file of messages cannot be used; the text names it and the fault."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as a parent may write it, and its level; None for a harmless one."""

    language: str
    text: str
    level: SafetyLevel | None


@dataclass(frozen=True, slots=True)
class Caution:
    """From which scores on danger is believed."""

    alarm: float  # without any word of the lists
    now: float  # to be danger *now* without any word of the lists
    doubt: float  # below it, words of the lists count as a figure of speech
    grams: float  # what the score of n-grams weighs beside that of the point


@dataclass(frozen=True, slots=True)
class DangerModel:
    """Scores of danger: about -1 for harmless messages, +1 for danger."""

    space: Space
    support: Floats  # (messages, size)
    weights: Floats  # (messages,)
    bias: float
    level_weights: Floats  # (size, levels), in the order of `LEVELS`
    level_bias: Floats
    grams: LinearModel  # with one column

    def hint(self, counts: Counts) -> float:
        """Of the n-grams of one text: above 0 they lean to danger. Costs little, and knows spellings that points do not."""
        return float(self.grams.scores(counts)[0])

    def score(self, vector: Floats) -> tuple[float, SafetyLevel]:
        """Of one embedding (size,): how likely danger is, and which level it would be."""
        point = self.space.place(vector[None])[0]
        # Points have length 1, so the squared distance is 2 - 2 times their product.
        kernel = np.exp((self.support @ point - 1) * np.float32(2 * SHARPNESS))
        level = int((point @ self.level_weights + self.level_bias).argmax())
        return float(kernel @ self.weights) + self.bias, LEVELS[level]


def judge(words: SafetyLevel | None, score: float, likely: SafetyLevel, caution: Caution) -> SafetyLevel | None:
    """The level of a message by the words of the lists in it and by what the model says; the gravest counts."""
    levels = []
    if words is not None and score >= caution.doubt:
        levels.append(words)
    if score >= caution.alarm:
        unsure = likely is SafetyLevel.NOW and score < caution.now
        levels.append(SafetyLevel.PERHAPS if unsure else likely)
    return min(levels, key=LEVELS.index, default=None)


def read_folder(folder: Path = FOLDER) -> list[Message]:
    """All messages of a folder, by language. Raises BadMessages."""
    files = sorted(folder.glob("*.yml"))
    if not files:
        message = f"{folder}: no messages (*.yml) here"
        raise BadMessages(message)
    return [message for file in files for message in _read(file)]


def _read(file: Path) -> Iterator[Message]:
    content = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    for kind in (*LEVELS, _HARMLESS):
        texts = content.get(kind) if isinstance(content, dict) else None
        if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
            message = f"{file}: `{kind}:` is not a list of messages"
            raise BadMessages(message)
        for text in texts:
            yield Message(file.stem, text, None if kind == _HARMLESS else SafetyLevel(kind))
