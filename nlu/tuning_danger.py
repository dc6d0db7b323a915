"""Finds the numbers of danger in `tuned.json`, on messages that a model has not seen. Run by `python -m bot nlu tune-danger`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress

import numpy as np

from nlu.danger import Caution, Message
from nlu.dense import Space
from nlu.examples import Example
from nlu.ngram import ngrams
from nlu.port import SafetyLevel
from nlu.safety import GRAVE, WordLists
from nlu.training import fit_danger, ordinary_places, worth_beside
from nlu.tuning import Embed, folds

_FALSE_ALARM = 0.05  # of harmless messages that look like danger
_FALSE_NOW = 0.003
_WORDS_LOST = 0.01  # of dangerous messages with a phrase of the lists in them


def tune(
    messages: Sequence[Message], examples: Sequence[Example], embed: Embed, lists: WordLists
) -> tuple[Caution, dict[str, float]]:
    """From which scores on danger is believed, and how that does on messages and examples that the model has not seen.

    The alarm may ask one in twenty of harmless messages that look like danger: a question too many costs little, danger that is
    missed does not. How many ordinary ones that are is among the shares.
    """
    vectors = embed([*(message.text for message in messages), *(example.text for example in examples)])
    told, shown = vectors[: len(messages)], vectors[len(messages) :]
    dangerous = np.array([message.level is not None for message in messages])
    words = np.array([lists.scan(message.text, message.language).level is not None for message in messages])
    fold_of = folds(Space.of(told, [message.language for message in messages]).place(told), dangerous.astype(str))
    seen = fold_of > 0  # one fold in four left out, once: each costs a fit of a minute or more
    model = fit_danger(list(compress(messages, seen)), examples, np.concatenate([told[seen], shown]))
    found = [model.score(vector) for vector in told[~seen]]
    hints = np.array([model.hint(ngrams(message.text)) for message in compress(messages, ~seen)])
    dangerous, words = dangerous[~seen], words[~seen]
    by_point = np.array([score for score, _ in found])
    grams = worth_beside(by_point, hints, dangerous)
    scores = by_point + grams * hints
    likely = np.array([level is SafetyLevel.NOW for _, level in found])
    now = np.where(likely, scores, -np.inf)
    used = set(ordinary_places(examples))
    rest = [place for place, it in enumerate(examples) if it.intent not in GRAVE and place not in used][::4]
    plain = np.array(
        [model.score(shown[place])[0] + grams * model.hint(ngrams(examples[place].text)) for place in rest]
    )

    alarm = float(np.quantile(scores[~dangerous], 1 - _FALSE_ALARM))
    surest = float(np.quantile(now[~dangerous], 1 - _FALSE_NOW, method="higher"))
    doubt = float(np.quantile(scores[dangerous & words], _WORDS_LOST))
    caution = Caution(alarm, max(alarm, surest), min(doubt, alarm), grams)
    raised = (scores >= caution.alarm) | (words & (scores >= caution.doubt))
    return caution, {
        "danger seen": float(raised[dangerous].mean()),
        "look-alikes raised": float(raised[~dangerous].mean()),
        "ordinary raised": float((plain >= caution.alarm).mean()),
        "danger with words": float(words[dangerous].mean()),
        "look-alikes with words": float(words[~dangerous].mean()),
    }
