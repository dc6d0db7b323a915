"""How a message looks on a channel: buttons or digits, one message or several, cheap letters on SMS. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from bot.channels.port import units
from bot.messages import Choice
from db.types import ChannelName

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.channels.port import Ability

GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_DOUBLE = frozenset("^{}\\[~]|€\f")
"""Letters of the extension table: two places each."""
_CHEAP = GSM7 | GSM7_DOUBLE

_PLAIN = str.maketrans(
    {"\u202f": " ", "\u00a0": " ", "\u2009": " ", "’": "'", "‘": "'", "‚": "'", "“": '"', "”": '"', "„": '"'}
    | {"«": '"', "»": '"', "–": "-", "—": "-", "\u2011": "-", "…": "...", "\u200b": "", "\u00ad": ""}  # noqa: RUF100
)
_UNMARKED = {"ı": "i", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "œ": "oe", "Œ": "OE"}
"""Letters whose mark is part of them."""
_ISOLATES = re.compile("[\u2066-\u2069\u200e\u200f]")
_SENTENCE_END = re.compile(r"[.!?…؟۔።][\"'”’»)\]]*(?=\s)|[。！？][”」』）]*|\n")
_SPACE = re.compile(r"\s+")


def render(
    text: str, choices: Sequence[Choice], ability: Ability, channel: ChannelName
) -> tuple[str, tuple[Choice, ...]]:
    """Give the text and the buttons that this channel can show; what it cannot show as buttons becomes numbered lines.

    Digits stand first in their line, so that it reads well in both directions. Where a title is too long for a button
    the line carries the title, and the button its digit if the channel numbers buttons.
    """
    titles = [_SPACE.sub(" ", choice.title).strip() for choice in choices]
    taps = ability.taps_for(len(choices))
    if taps is None or (taps.text and units(text) > taps.text):
        buttons: tuple[Choice, ...] = ()
    elif all(units(title) <= taps.title for title in titles):
        buttons, titles = tuple(map(Choice, (c.payload for c in choices), titles)), []
    elif taps.numbered:
        buttons = tuple(Choice(choice.payload, str(n)) for n, choice in enumerate(choices, 1))
    else:
        buttons = ()
    lines = [f"{n} {title}" for n, title in enumerate(titles, 1)]
    whole = "\n".join([text, *lines] if text else lines)
    return (plain(whole) if channel is ChannelName.SMS else whole), buttons


def plain(text: str) -> str:
    """Replace typographic signs that would more than double the price of an SMS, without changing a word."""
    text = text.translate(_PLAIN)
    right_to_left = any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text)
    return text if right_to_left else _ISOLATES.sub("", text)


def dear(text: str) -> str:
    """Give the letters, each once, that turn 160 in an SMS into 70."""
    return "".join(dict.fromkeys(letter for letter in text if letter not in _CHEAP))


def cheaper(text: str) -> str | None:
    """Leave the marks of dear letters away where that saves a part of an SMS; else None.

    Never done by itself: in Turkish a dot makes another word, and not always a decent one. A school may write it so.
    """
    if segments(text) == 1:
        return None
    whole = unicodedata.normalize("NFC", text)
    bare = whole.translate({ord(letter): _without_mark(letter) for letter in dear(whole)})
    return bare if not dear(bare) and segments(bare) < segments(text) else None


def split(text: str, length: int) -> tuple[str, ...]:
    """Cut a text into messages of at most `length` UTF-16 units (as providers count), at the end of a sentence.

    Where no sentence ends in time at a space, and only then between two letters, never inside what is read as one.
    """
    parts = []
    while units(text) > length:
        window = _window(text, length)
        ends = [found.end() for found in _SENTENCE_END.finditer(text, 0, window + 1) if 0 < found.end() <= window]
        spaces = [found.start() for found in _SPACE.finditer(text, 1, window + 1)]
        cut = (ends or spaces or [window])[-1]
        parts.append(text[:cut].strip())
        text = text[cut:].strip()
    return tuple(part for part in [*parts, text] if part)


def segments(text: str) -> int:
    """Count what an SMS is billed as: 160 letters or 153 a part, 70 or 67 outside GSM-7."""
    if _CHEAP.issuperset(text):
        return _parts([2 if letter in GSM7_DOUBLE else 1 for letter in text], 160, 153)
    return _parts([2 if letter > "\uffff" else 1 for letter in text], 70, 67)


def _without_mark(letter: str) -> str:
    return _UNMARKED.get(letter, unicodedata.normalize("NFD", letter)[0])


def _parts(sizes: Sequence[int], one: int, several: int) -> int:
    """Count parts; neither an escaped letter nor an emoji stands half in one and half in the next."""
    if sum(sizes) <= one:
        return 1
    count, filled = 1, 0
    for size in sizes:
        if filled + size > several:
            count, filled = count + 1, 0
        filled += size
    return count


def _window(text: str, length: int) -> int:
    """Find how far a message reaches, in whole graphemes; one at least."""
    filled = end = 0
    for grapheme in _graphemes(text):
        filled += units(grapheme)
        if end and filled > length:
            break
        end += len(grapheme)
    return end


def _graphemes(text: str) -> Iterator[str]:
    """Give what people see as one letter: with its marks, joined emoji, skin tones, flags."""
    start = 0
    for position in range(1, len(text)):
        if not _joined(text, start, position):
            yield text[start:position]
            start = position
    if text:
        yield text[start:]


def _joined(text: str, start: int, position: int) -> bool:
    before, letter = text[position - 1], text[position]
    if (
        unicodedata.category(letter) in {"Mn", "Me", "Mc"}
        or letter == "\u200d"
        or "\U0001f3fb" <= letter <= "\U0001f3ff"
    ):
        return True
    flags = all("\U0001f1e6" <= each <= "\U0001f1ff" for each in (before, letter))
    return before == "\u200d" or (before == "\r" and letter == "\n") or (flags and (position - start) % 2 == 1)
