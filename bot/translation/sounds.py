"""How a name in another script sounds in Latin letters, roughly: enough to find Elif in Элиф and in ኤሊፍ."""

from __future__ import annotations

import unicodedata

from nlu.text import fold

_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "ё": "e", "є": "e", "ж": "zh", "з": "z",
    "и": "i", "і": "i", "ї": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
    "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "a", "ы": "i",
    "ь": "", "э": "e", "ю": "yu", "я": "ya",
}  # fmt: skip
_ARABIC = {
    "ا": "", "أ": "", "إ": "", "آ": "", "ء": "", "ئ": "", "ؤ": "", "ع": "", "ب": "b", "پ": "p", "ت": "t", "ط": "t",
    "ث": "t", "ج": "j", "چ": "ch", "ح": "h", "ه": "h", "ة": "", "خ": "h", "د": "d", "ض": "d", "ذ": "d", "ر": "r",
    "ز": "z", "ژ": "j", "ظ": "z", "س": "s", "ص": "s", "ش": "sh", "غ": "g", "گ": "g", "ف": "f", "ڤ": "v", "ق": "k",
    "ك": "k", "ک": "k", "ل": "l", "م": "m", "ن": "n", "و": "", "ي": "", "ی": "", "ى": "",
}  # fmt: skip
_WEAK = {"ا": "a", "أ": "a", "آ": "a", "إ": "i", "ع": "a", "و": "u", "ي": "i", "ی": "i", "ى": "a", "ة": "a", "ه": "a"}
_VOWELS = frozenset("aeiouyw")
_SHORT = 3
"""Consonants that a name in Arabic letters needs, which write few vowels; of one with less the vowels that stand must fit too."""
_LATIN_WEAK = str.maketrans("eoyw", "iuiu")


def sounds(token: str) -> frozenset[str]:
    """Keys under which a word may meet a name: the letters themselves; of other scripts how they sound."""
    script = unicodedata.name(token[0], "").partition(" ")[0] if token else ""
    match script:
        case "CYRILLIC":
            heard = "".join(_CYRILLIC.get(char, "") for char in token.casefold())
            return frozenset({heard})
        case "ETHIOPIC":
            bones = _bones("".join(_syllable(char) for char in token))
            return frozenset({f"*{bones}"}) if len(bones) >= _SHORT else frozenset()
        case "ARABIC":
            bones = _bones("".join(_ARABIC.get(char, "") for char in token.removeprefix("ال")))
            if len(bones) == _SHORT - 1:
                return frozenset({"~" + "".join(_WEAK.get(char) or _ARABIC.get(char, "") for char in token)})
            return frozenset({f"*{bones}"}) if len(bones) >= _SHORT else frozenset()
        case _:
            return frozenset({fold(token)})


def keys(name: str) -> frozenset[str]:
    """Under which keys a name in Latin letters is met."""
    plain = fold(name)
    bones = _bones(plain.replace("sj", "sh").replace("ou", "u").replace("c", "k").replace("q", "k"))
    if len(bones) == _SHORT - 1:
        return frozenset({plain, *(f"~{heard}" for heard in _written(plain.translate(_LATIN_WEAK)))})
    return frozenset({plain} | ({f"*{bones}"} if len(bones) >= _SHORT else set()))


def _written(heard: str) -> set[str]:
    """How Arabic letters may write it: any vowel but the first may be missing."""
    ways = {heard[:1]}
    for char in heard[1:]:
        ways = {way + char for way in ways} | (ways if char in _VOWELS else set())
    return ways


_PERSIAN = str.maketrans("ضذظثو", "زززسڤ")
"""Letters that Persian hears otherwise: رضا is Reza."""


def persian(token: str) -> str:
    """A word in Arabic letters, as Persian hears it."""
    return token.translate(_PERSIAN)


def letter(char: str) -> str:
    """One letter of another script in Latin ones, roughly."""
    small = char.casefold()
    return _CYRILLIC.get(small) or _ARABIC.get(small) or _WEAK.get(small) or _syllable(char)


def _syllable(char: str) -> str:
    return unicodedata.name(char, "").rpartition(" ")[2].casefold() if "ETHIOPIC" in unicodedata.name(char, "") else ""


def _bones(heard: str) -> str:
    """Consonants only, doubled ones once; spellings of one sound are one."""
    flat = heard.replace("kh", "h").replace("dj", "j").replace("dh", "d").replace("th", "t").replace("gh", "g")
    bones = [char for char in flat if char.isalpha() and char not in _VOWELS]
    return "".join(char for place, char in enumerate(bones) if not place or bones[place - 1] != char)


def distance(one: str, two: str) -> int:
    """How many letters must change, come or go."""
    row = list(range(len(two) + 1))
    for place, char in enumerate(one, 1):
        last, row[0] = row[0], place
        for column, other in enumerate(two, 1):
            last, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, last + (char != other))
    return row[len(two)]
