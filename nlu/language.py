"""Which language a text is in: script first, then our own sentences and py3langid, times what is known of the parent.

The languages are those that have examples; every other one is `other`.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from nlu.examples import Example
from nlu.keys import Index, Keys, of_pieces, of_words
from nlu.ngram import Floats
from nlu.port import LanguageGuess
from nlu.text import letters, words
from nlu.world import World

OTHER = "other"

# Letters that only these languages write; no language of ours among them: another one.
_ONLY = {
    "іїєґ": {"uk"},
    "ыэё": {"ru"},
    "ъ": {"ru", "bg"},
    "ўјљњћђџќѓѕ": set[str](),
    "کی": {"fa"},
    "ٹڈڑےںځڅډړږښێۆڕڵ": set[str](),
    "ß": {"de"},
    "ñ": {"es", "pap"},
    "ășț": {"ro"},
    "ãõəøåőűřě": set[str](),
}
# Languages that py3langid takes sloppy sentences of ours for; their speakers are rare among parents or read ours.
_KIN = {
    "af": "nl",
    "fy": "nl",
    "li": "nl",
    "lb": "nl",
    "zea": "nl",
    "az": "tr",
    "tk": "tr",
    "crh": "tr",
    "arz": "ar",
    "pcm": "en",
}

# Languages of ours that py3langid does not know, in any script and in Latin letters: the more of the words are known from our
# own sentences, the nearer each is taken to its most likely one. And those that it cannot be trusted to tell apart.
_UNKNOWN = frozenset({"ary", "pap", "ti"})
_UNKNOWN_IN_LATIN = _UNKNOWN | {"bg", "fa", "ru"}
_ALIKE = (frozenset({"ar", "ary"}), frozenset({"bg", "ru", "uk"}))

_SURE_LETTERS = 12
_SURE_LETTERS_OTHER = 20
_SURE = 0.95
_SURE_WORDS = 2
_SURE_WORDS_OTHER = 3

_WRITTEN_IN = 40  # of so many sentences one is enough
_LATIN, _BORROWED = "LATIN", 3
_LONGEST = 4  # characters in an n-gram
_SMOOTHING = 0.3
_NOISE_FLOOR = math.log(1e-4)  # how likely an n-gram is in a language we know nothing of
_OURS, _THEIRS = 0.3, 2.0  # how much each opinion counts
_KNOWN = 0.8  # prior of the language that the parent is known to use
_PRIOR_OTHER = 0.04
_ENOUGH = 20  # letters, below which py3langid guesses wildly and little speaks for another language
_HOME, _AT_HOME = "nl", 1.5  # the school's language is a little likelier than each other


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """N-gram chances per language, from examples."""

    languages: tuple[str, ...]
    scripts: tuple[str, ...]  # per language, the scripts it is written in, joined by spaces
    index: Index
    chances: Floats  # log; rows are n-grams, the last is one never seen
    world: World

    @classmethod
    def of(cls, examples: Sequence[Example], world: World) -> LanguageModel:
        """Count the n-grams of the examples, written with and without diacritics."""
        spoken: dict[str, Counter[str]] = defaultdict(Counter)
        scripts: dict[str, Counter[str]] = defaultdict(Counter)
        for example in examples:
            common = "".join(" " if word[:1].isupper() else word + " " for word in example.text.split())
            for text in (common, _plain(common)):
                spoken[example.language].update(words(text.casefold()))
            scripts[example.language][script(example.text)] += 1
        languages = tuple(sorted(spoken))
        counted = [_count(spoken[language]) for language in languages]
        keys, places = np.unique(np.concatenate([keys for keys, _ in counted]), return_inverse=True)
        totals = np.bincount(places, np.concatenate([times for _, times in counted]))
        order = np.argsort(-totals, kind="stable")[: np.count_nonzero(totals > 2)]  # noqa: PLR2004
        index = Index.of(keys[order])
        chances = np.full((len(order) + 1, len(languages)), _SMOOTHING, dtype=np.float32)
        for column, (of_language, times) in enumerate(counted):
            rows = index.find(of_language)
            chances[:-1, column] += np.bincount(rows[rows >= 0], times[rows >= 0], len(order)).astype(np.float32)
        return cls(
            languages,
            tuple(
                " ".join(s for s, n in scripts[lang].items() if n * _WRITTEN_IN > scripts[lang].total())
                for lang in languages
            ),
            index,
            np.log(chances / chances.sum(axis=0)),
            world,
        )

    def guess(self, text: str, *, known: str | None = None) -> LanguageGuess:
        """The language of a text from a parent who is known to write `known`."""
        written = script(text)
        size = letters(text)
        possible = self._possible(text, written)
        if size == 0:
            return self._prior(known)
        if not possible:
            return LanguageGuess(OTHER, 0.99, sure=size >= _SURE_LETTERS)
        ours, recognised = self._ours(text)
        theirs = _made_good(self._theirs(text), written, recognised, len(words(text)))
        names = (*possible, OTHER)
        enough = min(1.0, size / _ENOUGH)
        priors = self._priors(possible, known) | {OTHER: _PRIOR_OTHER * enough**2}
        evidence = [
            math.log(priors[name]) + _OURS * ours[name] + _THEIRS * enough * math.log(theirs[name] + 1e-3)
            for name in names
        ]
        peak = max(evidence)
        chances = [math.exp(value - peak) for value in evidence]
        best = max(range(len(names)), key=chances.__getitem__)
        confidence = chances[best] / sum(chances)
        language = names[best]
        if language == OTHER:
            tokens = text.split()
            plain_words = sum(not token[:1].isupper() for token in tokens)
            sure = size >= _SURE_LETTERS_OTHER and plain_words >= _SURE_WORDS_OTHER
        else:
            sure = size >= _SURE_LETTERS and recognised[language] >= _SURE_WORDS
        return LanguageGuess(language, confidence, sure=sure and confidence >= _SURE)

    def _possible(self, text: str, written: str) -> tuple[str, ...]:
        """The languages of ours that the script and its telling letters allow."""
        allowed = [
            language
            for language, scripts in zip(self.languages, self.scripts, strict=True)
            if written in scripts.split()
        ]
        present = set("".join(word for word in text.split() if not word[0].isupper()))  # names come from anywhere
        only = [speakers for telling, speakers in _ONLY.items() if present & set(telling)]
        if len(only) > 1 and not set.intersection(*only):
            only = []  # a mixture, or a borrowed keyboard: let the words decide
        return tuple(language for language in allowed if all(language in speakers for speakers in only))

    def _prior(self, known: str | None) -> LanguageGuess:
        priors = self._priors(self.languages, known)
        language = max(priors, key=priors.__getitem__)
        return LanguageGuess(language, priors[language], sure=False)

    def _priors(self, possible: Sequence[str], known: str | None) -> dict[str, float]:
        weights = {language: _AT_HOME if language == _HOME else 1.0 for language in possible}
        if known is not None and known in weights:
            weights[known] = _KNOWN / (1 - _KNOWN) * (sum(weights.values()) - weights[known] or 1.0)
        total = sum(weights.values())
        return {language: weight / total for language, weight in weights.items()}

    def _ours(self, text: str) -> tuple[dict[str, float], dict[str, int]]:
        """Per language: how likely the text is, in logarithms made tame for its length; and how many words are known."""
        tokens = words(text.casefold())
        whole = self.index.find(of_words(tokens))
        rows = np.concatenate([whole, self.index.find(of_pieces(tokens, _LONGEST)[0])])
        tame = 1 / math.sqrt(max(len(rows), 1))
        likely = self.chances[rows].sum(axis=0) * tame  # row -1 is the last
        recognised = (self.chances[whole] > self.chances[-1] + 1).sum(axis=0)
        by_language = dict(zip(self.languages, likely.tolist(), strict=True))
        return by_language | {OTHER: len(rows) * _NOISE_FLOOR * tame}, dict(
            zip(self.languages, recognised.tolist(), strict=True)
        )

    def _theirs(self, text: str) -> dict[str, float]:
        """What py3langid makes of it, all languages but ours together as `other`."""
        found = dict.fromkeys((*self.languages, OTHER), 0.0)
        for label, chance in zip(self.world.languages, self.world.chances(text.casefold()).tolist(), strict=True):
            language = label if label in found else _KIN.get(label, OTHER)
            found[language if language in found else OTHER] += chance
        return found


def script(text: str) -> str:
    """The script of a text, as Unicode names it (`LATIN`, `ARABIC`, `CYRILLIC`, `CJK` ..), `` without letters.

    Dutch school words stand in texts of all scripts, so Latin letters count for less.
    """
    found: dict[str, float] = defaultdict(float)
    for char, count in Counter(text).items():
        if char.isalpha():
            name = _script(char)
            found[name] += count / _BORROWED if name == _LATIN else count
    return max(found, key=found.__getitem__, default="")


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    return unicodedata.name(char, "").partition(" ")[0].partition("-")[0]


def _count(spoken: Counter[str]) -> tuple[Keys, Floats]:
    """Words and their n-grams, some more than once, and how often each was said."""
    said, times = list(spoken), np.array(list(spoken.values()), dtype=np.float32)
    pieces, owners = of_pieces(said, _LONGEST)
    return np.concatenate([of_words(said), pieces]), np.concatenate([times, times[owners]])


def _plain(text: str) -> str:
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text).replace("ı", "i").replace("ł", "l")
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _made_good(
    theirs: Mapping[str, float], written: str, recognised: Mapping[str, int], count: int
) -> Mapping[str, float]:
    """What py3langid says, made good where it does not know or cannot tell our languages."""
    made = dict(theirs)
    top = max(theirs.values())
    for name in (_UNKNOWN_IN_LATIN if written == _LATIN else _UNKNOWN) & made.keys():
        made[name] = max(made[name], top * (recognised[name] / max(count, 1)) ** 2)
    for alike in _ALIKE:
        if made.keys() >= alike:
            made |= dict.fromkeys(alike, max(made[name] for name in alike))
    return made
