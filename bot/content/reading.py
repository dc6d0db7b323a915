"""How long sentences are, and how easily Dutch reads.

The measure is Flesch's as W.H. Douma set it for Dutch (De leesbaarheid van landbouwbladen, Wageningen 1960). It sees nothing
but lengths: a rare short word counts as easy. So it finds what to look at first, and decides nothing.
"""

from __future__ import annotations

import re
import unicodedata

from bot.content.phrases import sentences_of

GRADES = {90: "very easy", 80: "easy", 70: "fairly easy", 60: "plain", 45: "fairly hard", 30: "hard"}
"""What Douma calls a score of at least so much; below all it is very hard."""

_WORD = re.compile(r"[㐀-鿿]|[^\s㐀-鿿]*[^\W㐀-鿿][^\s㐀-鿿]*")
_ADDRESS = re.compile(r"[/@]|\w\.\w")
_VOWELS = re.compile(r"aai|ooi|oei|eeu|ieu|aa|ee|oo|uu|ie|oe|eu|ui|ei|ij|ou|au|ai|[aeiouyäëïöü]")
_STRESS = re.compile("[\u0300\u0301\u0302]")


def words(sentence: str) -> list[str]:
    """Its words; in Chinese, which writes nothing between them, each letter."""
    return _WORD.findall(sentence)


def lengths(text: str) -> list[int]:
    """How many words each of its sentences has."""
    return [count for count in (len(words(sentence)) for sentence in sentences_of(text)) if count]


def ease(text: str) -> float | None:
    """How easily a Dutch text reads, from 0 (very hard) to 100; None where there is nothing to read."""
    sentences = [found for sentence in sentences_of(text) if (found := _spoken(sentence))]
    if not sentences:
        return None
    count = sum(map(len, sentences))
    in_hundred = 100 * sum(syllables(word) for sentence in sentences for word in sentence) / count
    return 206.84 - 0.77 * in_hundred - 0.93 * count / len(sentences)


def grade(score: float) -> str:
    """What Douma calls it."""
    return next((name for least, name in GRADES.items() if score >= least), "very hard")


def syllables(word: str) -> int:
    """How many a Dutch word has, by its vowels: two that sound as one count once, a diaeresis parts them."""
    plain = unicodedata.normalize("NFC", _STRESS.sub("", unicodedata.normalize("NFD", word.lower())))
    return max(1, len(_VOWELS.findall(plain)))


def _spoken(sentence: str) -> list[str]:
    """The words that are read as words: no numbers, no addresses."""
    return [word for word in words(sentence) if any(map(str.isalpha, word)) and not _ADDRESS.search(word)]
