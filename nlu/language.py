"""Which language a text is in: script first, then our own sentences and py3langid, times what is known of the parent.

The languages are those that have examples; every other one is `other`.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nlu.keys import Index, Keys, of_pieces, of_words
from nlu.ngram import Floats
from nlu.port import LanguageGuess
from nlu.text import letters, words
from nlu.world import World

OTHER = "other"
Halves = NDArray[np.float16]

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
_SURE_SIGNS = 6  # of Chinese
_SURE = 0.95
_SURE_WORDS = 2
_SURE_WORDS_OTHER = 3

_WRITTEN_IN = 40  # of so many sentences one is enough
_LATIN, _BORROWED = "LATIN", 3
_HAN, _JAPANESE_OR_KOREAN = "CJK", frozenset({"HIRAGANA", "KATAKANA", "HANGUL"})
_LONGEST = 4  # characters in an n-gram
_RAREST = 3  # times that an n-gram was seen, with and without diacritics
_COMMON = 0.3  # how much of each chance is that of all languages together
_NEVER = 1e-7  # the chance of what was never seen
_NOISE_FLOOR = math.log(1e-4)  # how likely an n-gram is in a language we know nothing of
_OURS, _THEIRS = 0.2, 1.25  # how much each opinion counts
_APART = 3.0  # how much more they count between languages that py3langid cannot tell apart
_DARING = 1.5  # both opinions together are too modest by so much
_SHARED = 6  # languages; a word that is said in so many (`ouderavond`, `2B`) tells nothing
_TELLING = 3  # letters, without which the others are looked at too
_KNOWN = 0.8  # prior of the language that the parent is known to use
_PRIOR_OTHER = 0.04
_ENOUGH = 20  # letters, below which py3langid guesses wildly and little speaks for another language
_HOME, _AT_HOME = "nl", 1.5  # the school's language is a little likelier than each other


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """N-gram chances per language and script, from sentences."""

    columns: tuple[tuple[str, str], ...]  # language and script, sorted
    index: Index
    chances: Halves  # (rows, columns) log; rows are n-grams, the last is one never seen
    unseen: Halves  # (rows,): the same where a language was never seen to have it
    shared: frozenset[str]  # words of many languages
    world: World

    @classmethod
    def of(cls, sentences: Iterable[tuple[str, str]], world: World) -> LanguageModel:
        """Count the n-grams of sentences, each (language, text), written with and without diacritics.

        Each script of a language is counted by itself: a tenth of Bulgarian in Latin letters is no less Bulgarian for that.
        """
        spoken: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        scripts: dict[str, Counter[str]] = defaultdict(Counter)
        speakers: dict[str, set[str]] = defaultdict(set)
        for language, sentence in sentences:
            written = script(sentence)
            common = "".join(" " if word[:1].isupper() else word + " " for word in sentence.split())
            for text in (common, _plain(common)):
                spoken[language, written].update(words(text.casefold()))
            scripts[language][written] += 1
            for word in words(common.casefold()):
                speakers[word].add(language)
        columns = tuple(
            (language, written)
            for language, written in sorted(spoken)
            if scripts[language][written] * _WRITTEN_IN > scripts[language].total()
        )
        index, share = _shares([spoken[column] for column in columns])
        common_share = share.mean(axis=1) * np.float32(_COMMON) + np.float32(_NEVER * _COMMON)
        return cls(
            columns,
            index,
            np.log(share * np.float32(1 - _COMMON) + common_share[:, None]).astype(np.float16),
            np.log(common_share).astype(np.float16),
            frozenset(word for word, said_in in speakers.items() if len(said_in) >= _SHARED and word.isascii()),
            world,
        )

    @property
    def languages(self) -> tuple[str, ...]:
        """Those that it knows, sorted."""
        return tuple(dict.fromkeys(language for language, _ in self.columns))

    def guess(self, text: str, *, known: str | None = None) -> LanguageGuess:
        """The language of a text from a parent who is known to write `known`."""
        written = script(text)
        size = letters(text)
        possible = self._possible(text, written)
        if size == 0:
            return self._prior(known)
        if not possible:
            return LanguageGuess(OTHER, 0.99, sure=size >= _SURE_LETTERS)
        if written == _HAN and len(possible) == 1:  # each sign is a word: n-grams are too few, and no other writes it
            return LanguageGuess(possible[0], 0.99, sure=size >= _SURE_SIGNS)
        telling = self._telling(text)
        ours, recognised = self._ours(telling, written)
        theirs = _made_good(self._theirs(telling), written, recognised, len(words(telling)))
        names = (*possible, OTHER)
        enough = min(1.0, letters(telling) / _ENOUGH)
        priors = self._priors(possible, known) | {OTHER: _PRIOR_OTHER * enough**2}
        evidence = [
            _DARING * (math.log(priors[name]) + _OURS * ours[name] + _THEIRS * enough * math.log(theirs[name] + 1e-3))
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
        if written == _HAN and any(_script(char) in _JAPANESE_OR_KOREAN for char in text):
            return ()
        allowed = [language for language, in_script in self.columns if in_script == written]
        present = set("".join(word for word in text.split() if not word[0].isupper()))  # names come from anywhere
        only = [speakers for telling, speakers in _ONLY.items() if present & set(telling)]
        if len(only) > 1 and not set.intersection(*only):
            only = []  # a mixture, or a borrowed keyboard: let the words decide
        return tuple(language for language in allowed if all(language in speakers for speakers in only))

    def _telling(self, text: str) -> str:
        """The text without the words of many languages, where something is left of it."""
        own = " ".join(word for word in text.split() if word.strip(".,?!:;").casefold() not in self.shared)
        return own if letters(own) >= _TELLING else text

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

    def _ours(self, text: str, written: str) -> tuple[dict[str, float], dict[str, int]]:
        """Per language that has this script: how likely the text is, and how many words are known.

        In logarithms, made tame for its length.
        """
        tokens = words(text.casefold())
        whole = self.index.find(of_words(tokens))
        rows = np.concatenate([whole, self.index.find(of_pieces(tokens, _LONGEST)[0])])
        tame = 1 / math.sqrt(max(len(rows), 1))
        places = [place for place, (_, in_script) in enumerate(self.columns) if in_script == written]
        names = [self.columns[place][0] for place in places]
        likely = self.chances[rows][:, places].sum(axis=0, dtype=np.float32) * tame  # row -1 is the last
        recognised = (self.chances[whole][:, places] > self.unseen[whole][:, None]).sum(axis=0)
        by_language = dict(zip(names, likely.tolist(), strict=True))
        for alike in _ALIKE:  # nothing but our own sentences tells them apart: these count the more
            nearest = max((by_language[name] for name in alike & by_language.keys()), default=0.0)
            for name in alike & by_language.keys():
                by_language[name] = nearest + _APART * (by_language[name] - nearest)
        return by_language | {OTHER: len(rows) * _NOISE_FLOOR * tame}, dict(
            zip(names, recognised.tolist(), strict=True)
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


def _shares(spoken: Sequence[Counter[str]]) -> tuple[Index, Floats]:
    """The n-grams that were seen often enough, and what share of each column's n-grams each is; the last row is none."""
    counted = [_count(of_column) for of_column in spoken]
    keys, places = np.unique(np.concatenate([keys for keys, _ in counted]), return_inverse=True)
    totals = np.bincount(places, np.concatenate([times for _, times in counted]))
    order = np.argsort(-totals, kind="stable")[: np.count_nonzero(totals >= _RAREST)]
    index = Index.of(keys[order])
    counts = np.zeros((len(order) + 1, len(spoken)), dtype=np.float32)
    for column, (of_column, times) in enumerate(counted):
        rows = index.find(of_column)
        counts[:-1, column] += np.bincount(rows[rows >= 0], times[rows >= 0], len(order)).astype(np.float32)
    return index, counts / counts.sum(axis=0)


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
        made[name] = max(made[name], top * (recognised.get(name, 0) / max(count, 1)) ** 2)
    for alike in _ALIKE:
        if made.keys() >= alike:
            made |= dict.fromkeys(alike, max(made[name] for name in alike))
    return made
