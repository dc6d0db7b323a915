"""Names in two texts: those that are known, and those that look like one; in another script they are known by their sound."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from bot.translation import chinese
from bot.translation.glossary import glossary
from bot.translation.lists import listed, places
from bot.translation.sounds import distance, keys, letter, persian, sounds
from locales.languages import LANGUAGES
from nlu.dates import names as day_names
from nlu.text import fold, words

_TOKEN = re.compile(r"[^\W\d_\u3400-\u9fff]+(?:['’-][^\W\d_\u3400-\u9fff]+)*")
_JOINTS = re.compile("['’-]")
_NOBODY = "Qqq"
_STARTS = re.compile("(?:^|[.!?…:;\n«»\"“”()¿¡•\\-–/*\\d]|\\A)\\s*(?:['’][stnmk]\\s+)?$", re.IGNORECASE)
_GAP = 40
"""Characters before a word in which the start of its sentence is looked for."""
_CASED = frozenset(("nl", "en", "tr", "pl", "uk", "ru", "so", "es", "fr", "ro", "bg", "pap"))
"""Languages that write names, and little else, with a capital. German does so with every noun."""
_STIFF = frozenset(("nl", "en", "es", "fr", "de", "pap"))
"""Languages that leave a name as it is, but for an ending of these: whose it is, or one more letter in its spelling."""
_OWN = frozenset(("", "s", "es", "e", "en", "n", "ne", "a", "h", "k", "tje", "je", "ke"))
_CLOSE = 0.34
"""How much of a name's consonants may differ in another script."""
_VOWELS = frozenset("aeiou")
_ONSET = re.compile("[^aeiouy]*")
_FIRM = frozenset("bdfgklmnprst")
"""Consonants that Cyrillic and Latin letters write alike."""
_BREATH = frozenset("ሀሁሂሃሄህሆሐሑሒሓሔሕሖهحГг")
"""Letters with which a name in J- never begins elsewhere; a Spanish one may with Х and خ."""
_ENDING = 5
"""Letters that a name may gain or lose by inflection."""


def lost(before: str, after: str, source: str, target: str, known: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Names that stand in one text and not in the other: the name, and whether it was in the text before."""
    bends = not {source.partition("_")[0], target.partition("_")[0]} <= _STIFF
    ears = _Ears()
    there, here = (_Text(*each, ears, bends=bends) for each in ((after, target), (before, source)))
    for name in _known_in(before, known):
        if not there.has(name):
            yield name, True
    told = {fold(name) for name in known}
    for name in _like_names(before, source, target):
        if fold(name) not in told and not there.has(name):
            yield name, True
    for name in _like_names(after, target, source):
        if not here.has(name):
            yield name, False


def without(text: str, known: Sequence[str]) -> str:
    """A text without the names of people, which may be months and numbers too: Jan, Sam, Juliette."""
    told = {fold(part) for name in known for part in _TOKEN.findall(name)} | listed("names")

    def replaced(match: re.Match[str]) -> str:
        name = _JOINTS.split(match[0])[0]
        beside = text[max(0, match.start() - 4) : match.end() + 4]
        kept = not name[:1].isupper() or fold(name) not in told or any(char.isdigit() for char in beside)
        return match[0] if kept else _NOBODY

    return _TOKEN.sub(replaced, text)


def _known_in(text: str, known: Iterable[str]) -> Iterator[str]:
    yield from (name for name in known if chinese.is_chinese(name) and name in text)
    tokens = _parts(text)
    heard = frozenset(key for token in tokens for key in sounds(token))
    for name in dict.fromkeys(part for each in known for part in _TOKEN.findall(each)):
        if fold(name) in listed("no_names") or len(name) < 2:  # noqa: PLR2004
            continue
        if name in tokens or (not name.isascii() and fold(name) in heard) or (keys(name) & heard and name[0].isupper()):
            if fold(name) in heard and not any(
                token[0].isupper() or not token.isascii() for token in tokens if fold(token) == fold(name)
            ):
                continue  # in small letters: the everyday word
            yield name


def _like_names(text: str, language: str, other: str) -> Iterator[str]:
    """Words with a capital inside a sentence that are no words of the language as we know it."""
    code = language.partition("_")[0]
    if code not in _CASED:
        return
    ordinary = _ordinary(code) | _ordinary(other.partition("_")[0])
    seen = set()
    for match in _TOKEN.finditer(text):
        token = match[0]
        if not token[0].isupper() or len(token) < 3 or token.isupper():  # noqa: PLR2004
            continue
        plain = fold(re.split(r"['’]", token)[0])
        if (
            plain.startswith((*_POLITE, *listed("tongues")))
            or plain in listed("no_names")
            or plain in listed("particles")
            or plain in seen
            or plain in ordinary
            or _is_day(plain, code)
            or (plain not in listed("names") and _STARTS.search(text, max(0, match.start() - _GAP), match.start()))
        ):
            continue
        seen.add(plain)
        yield re.split(r"['’]", token)[0]


class _Ears:
    """What has been worked out about words during one look at two texts; no longer, for they are names of people."""

    def __init__(self) -> None:
        """Nothing heard yet."""
        self.fold, self.script, self.heard = cache(fold), cache(_script), cache(_heard)
        self.plain, self.bones, self.flat = cache(_plain), cache(_bones), cache(_flat)


class _Text:
    """The words of a text, in which names are looked for."""

    def __init__(self, text: str, language: str, ears: _Ears, *, bends: bool) -> None:
        self._text, self._language, self._ears, self._bends = text, language, ears, bends
        self._tokens = dict.fromkeys(_parts(text))
        self._known: dict[str, bool] = {}

    def has(self, name: str) -> bool:
        """Whether the name stands there, as it is or as this language writes it."""
        if chinese.is_chinese(name):
            return name in self._text or chinese.spelled(name, self._text)
        if any(self._one(other) for other in places().get(fold(name), ())):
            return True
        parts = [part for part in name.split("-") if not (part[:1].islower() and "-" in name)]  # but Somali endings
        return all(self._one(part) or (self._language == "zh" and chinese.found(part, self._text)) for part in parts)

    def _one(self, part: str) -> bool:
        if part not in self._known:
            self._known[part] = part in self._tokens or any(
                _alike(part, token, self._ears, bends=self._bends) for token in self._tokens
            )
        return self._known[part]


def _parts(text: str) -> list[str]:
    """Its words, and what stands on either side of an apostrophe or a hyphen in them: d'Inès, Selin'in, Leergeld-na."""
    found = _TOKEN.findall(text)
    return [*found, *(part for token in found for part in _JOINTS.split(token) if part not in {"", token})]


def _alike(name: str, token: str, ears: _Ears, *, bends: bool) -> bool:
    mine, theirs = ears.fold(name), ears.fold(token)
    if ears.script(name) == ears.script(token):
        if not bends:
            long, short = sorted((mine, theirs), key=len, reverse=True)
            return (long.startswith(short) and long[len(short) :] in _OWN) or _respelled(mine, theirs, ears)
        longer = len(theirs) - len(mine)
        inflected = theirs.startswith(mine[: max(3, len(mine) - 2)]) and abs(longer) <= _ENDING
        shortened = mine.startswith(theirs[: max(3, len(theirs) - 2)]) and abs(longer) < _ENDING - 1
        return inflected or shortened or _respelled(mine, theirs, ears)
    if ears.script(token) == "LATIN" and (not token[0].isupper() or theirs in listed("no_names")):
        return False
    cyrillic = "CYRILLIC" in {ears.script(name), ears.script(token)}  # Brouwer is Браувер
    heard, said = (ears.heard(each, cyrillic=cyrillic) for each in (name, token))
    return any(_sound_alike(one, other, ears) for one in heard for other in said)


def _respelled(mine: str, theirs: str, ears: _Ears) -> bool:
    """The same name in the spelling of another language: Cumar and Omar, Youssef and Yusuf."""
    for one, other in ((mine, theirs), (_somali(mine), theirs), (mine, _somali(theirs))):
        if ears.bones(one) and ears.bones(one) == ears.bones(other) and distance(one, other) <= max(1, len(one) // 3):
            return True
    return False


def _somali(name: str) -> str:
    """Its c is not heard by others, its x is an h."""
    return name.replace("c", "").replace("x", "h")


def _heard(token: str, *, cyrillic: bool) -> set[str]:
    """A word, and how else it may be meant: as Persian hears it, a Dutch w as a v, Sasha's as Sasha."""
    match _script(token):
        case "ARABIC":
            return {token, persian(token)}
        case "LATIN":
            return {token, re.sub("^w", "v", fold(token))} | ({fold(token).replace("w", "v")} if cyrillic else set())
        case "CYRILLIC" if hers := _HERS.fullmatch(fold(token)):
            return {token, f"{hers[1]}а"}
        case _:
            return {token}


_HERS = re.compile(
    r"(?!марин|полин|алин|ангелин|кристин|христин|карин|ирин|екатерин|сабрин|регин|галин|эвелин|евелин|каролин|жасмин|ясмин|амин|"
    r"самин|валентин|константин|мартин|августин|янин|арин|василин|сабин|дарин|албин|альбин|нин|дин|лин|зин|эмин|емин|келин)"
    r"(\w{2,})[иіїы]н(?:а|у|о|ы|и|і|ои|ого|ому|ым|им|ом|ые|ых|их|ою|іи|ия|ият|та|то|те|е)?"
)
"""What is hers, of a name in -a: Сашиной, of Sasha. Names in -ina are names."""


def _sound_alike(name: str, token: str, ears: _Ears) -> bool:
    heard, said = ears.bones(name), ears.bones(token)
    if not heard or not said:
        return False
    many = distance(heard, said[: len(heard) + 1])
    if _other_start(name, token, ears, same=not many):
        return False
    if many and "CYRILLIC" in {ears.script(name), ears.script(token)} <= {
        "CYRILLIC",
        "LATIN",
    }:  # these write their vowels
        full, other = (ears.plain(each) for each in (name, token))
        if distance(full, other[: len(full) + 2]) > len(full) // 2:
            return False
    return many <= max(1 if len(heard) > 2 else 0, int(_CLOSE * len(heard)))  # noqa: PLR2004


def _other_start(name: str, token: str, ears: _Ears, *, same: bool) -> bool:
    """Whether they begin so otherwise that no spelling explains it: Hansen and Янсен, Kramer and Камер, Brouwer and Бауэр."""
    mine, theirs = ears.plain(name), ears.plain(token)
    if (mine[:1] == "h" and theirs[:1] == "y" and theirs[1:2] in _VOWELS) or (mine[:1] == "j" and token[0] in _BREATH):
        return True
    if "CYRILLIC" not in {ears.script(name), ears.script(token)} or not {ears.script(name), ears.script(token)} <= {
        "CYRILLIC",
        "LATIN",
    }:
        return False
    begun, other = (_ONSET.match(each) for each in (mine, theirs))
    if begun is None or other is None or not (same or _FIRM.issuperset(begun[0] + other[0])):
        return False
    return ears.flat(begun[0]) != ears.flat(other[0])


def _plain(token: str) -> str:
    return "".join(_latin(char, _script(token)) for char in token)


def _bones(token: str) -> str:
    """The consonants as they sound, whatever the script."""
    script = _script(token)
    return _flat("".join(_latin(char, script) for char in token))


def _flat(latin: str) -> str:
    flat = latin
    for many, one in (
        ("sch", "s"),
        ("tch", "s"),
        ("sh", "s"),
        ("sj", "s"),
        ("ch", "h"),
        ("kh", "h"),
        ("gh", "g"),
        ("th", "t"),
        ("ph", "f"),
        ("dj", "j"),
        ("zh", "j"),
        ("dz", "z"),
        ("ts", "s"),
        ("c", "k"),
        ("q", "k"),
        ("x", "ks"),
        ("v", "f"),
        ("p", "b"),
        ("z", "s"),
        ("g", "h"),
        ("w", ""),
        ("j", ""),
        ("y", ""),
        ("k", "h"),
    ):
        flat = flat.replace(many, one)
    bones = [char for char in flat if char.isalpha() and char not in "aeiou"]
    return "".join(char for place, char in enumerate(bones) if not place or bones[place - 1] != char)


def _latin(char: str, script: str) -> str:
    return letter(char) if script != "LATIN" else fold(char)


def _script(token: str) -> str:
    return unicodedata.name(token[0], "").partition(" ")[0] if token else ""


def _is_day(plain: str, language: str) -> bool:
    """A weekday or a month with an ending: Khamiistii, Thursday that was."""
    days = day_names(language)
    if language not in {"so", "tr", "pap"}:
        return False
    return any(
        len(plain) - len(phrase[0]) <= _ENDING and plain.startswith(phrase[0])
        for phrase in (*days.weekdays, *days.months)
        if len(phrase) == 1 and len(phrase[0]) >= _ENDING
    )


@cache
def _ordinary(language: str) -> frozenset[str]:
    """Words of a language as our own examples and school words use them, days and languages."""
    known = {word for entry in glossary(language).items() for each in entry for word in words(fold(each))}
    days = day_names(language)
    known |= {word for each in (days.days, days.weekdays, days.months) for phrase in each for word in phrase}
    known |= {fold(each.endonym) for each in LANGUAGES.values()} | {fold(each.dutch) for each in LANGUAGES.values()}
    known |= {fold(each.english) for each in LANGUAGES.values()}
    return frozenset(known)


_POLITE = tuple(fold(stem) for stem in ("państw", "ваш", "вам", "вас", "вы", "ви", "вие", "twoj", "pańsk", "tво"))
