"""What stands in a cell: days, numbers to call, languages, rights. None where it cannot be read: whoever asked says so."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping

import phonenumbers

from db.types import Rights
from locales.languages import LANGUAGES

REGION = "NL"
OLDEST = dt.date(1900, 1, 1)
_ISO = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ].*)?")
_PARTS = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})(?: \d.*)?")
_FORMULA = re.compile(r"[=+@|]|-(?!$)")
_EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]{2,}")
_NOTHING = frozenset({"-", "--", "?", "n/a", "nvt", "n.v.t.", "geen", "null", "none", "onbekend"})
_RIGHTS = {
    Rights.FULL: ("full", "volledig", "alles", "ja", "yes", "true", "1", "j", "y"),
    Rights.LIMITED: ("limited", "beperkt", "artikel 1:377c", "1:377c"),
    Rights.NONE: ("none", "geen", "niets", "nee", "no", "false", "0", "n"),
}
_AUTHORITY = {Rights.FULL: ("ja", "yes", "true", "1", "j", "y"), Rights.LIMITED: ("nee", "no", "false", "0", "n")}
_RELATIONS = {
    "mother": ("mother", "moeder", "mam", "mama"),
    "father": ("father", "vader", "pap", "papa"),
    "carer": ("carer", "verzorger", "ouder", "guardian", "parent", "voogd", "relative", "pleegouder", "stiefouder"),
}
PREFIXES = frozenset(
    (
        "van",
        "de",
        "der",
        "den",
        "ten",
        "ter",
        "te",
        "het",
        "t",
        "in",
        "op",
        "aan",
        "bij",
        "von",
        "zu",
        "du",
        "la",
        "le",
        "el",
        "al",
    )
)
"""Words of family names that many have; a OneRoster middle name of these belongs to the family name."""
# What school systems write beside the names that we know: ISO 639 in three letters, and other names of the same language.
_ALSO = {
    "nl": "nld dut vlaams flemish",
    "en": "eng",
    "tr": "tur",
    "ar": "ara syrisch irakees",
    "ary": "darija marokkaans-arabisch marokkaans_arabisch moroccan",
    "pl": "pol",
    "uk": "ukr oekraiens",
    "ru": "rus",
    "fa": "fas per farsi dari persisch",
    "so": "som somali somalisch",
    "ti": "tir tigrinja tigrigna tigrinya",
    "es": "spa castiliaans",
    "fr": "fra fre",
    "de": "deu ger",
    "ro": "ron rum moldavisch",
    "bg": "bul",
    "zh": "zho chi mandarijn mandarin kantonees chinese",
    "pap": "papiamento papiamentoe",
}


def plain(text: str) -> str:
    """Small letters without accents and signs, to compare by."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if letter.isalnum())


def words(text: str) -> frozenset[str]:
    """The words of a name, to compare by whatever their order."""
    return frozenset(filter(None, (plain(word) for word in re.split(r"[\s,.]+", text))))


def same_person(one: str, other: str) -> bool:
    """Whether two names could be one person's: a word in common, a prefix alone is none. Marriage changes one of them."""
    return bool((words(one) & words(other)) - PREFIXES)


def nothing(text: str) -> str:
    """The text, or nothing where it only says that there is nothing."""
    return "" if text.casefold() in _NOTHING else text


def formula(text: str) -> bool:
    """Whether a spreadsheet would compute it: no name or number begins so, and it must not travel into anybody's file."""
    return bool(_FORMULA.match(text))


def month_first(texts: Iterable[str]) -> bool:
    """Whether a column of days is written the American way: somewhere the second part is no month, and nowhere the first."""
    parts = [(int(found[1]), int(found[2])) for text in texts if (found := _PARTS.fullmatch(text))]
    return any(second > 12 for _, second in parts) and not any(first > 12 for first, _ in parts)  # noqa: PLR2004 - months


def day(text: str, *, today: dt.date, american: bool = False) -> dt.date | None:
    """A day that is over, day first unless the column says otherwise."""
    iso, typed = _ISO.fullmatch(text), _PARTS.fullmatch(text)
    if iso:
        year, month, number = (int(part) for part in iso.groups())
    elif typed:
        first, second, year = (int(part) for part in typed.groups())
        number, month = (second, first) if american else (first, second)
    else:
        return None
    try:
        found = dt.date(year, month, number)
    except ValueError:
        return None
    return found if OLDEST <= found <= today else None


def phone(text: str) -> str | None:
    """In international form; Dutch where it does not say. Landlines too: see `can_text`."""
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def can_text(number: str) -> bool:
    """Whether a message could arrive there: at a landline none does."""
    kind = phonenumbers.number_type(phonenumbers.parse(number))
    return kind in {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}


def email(text: str) -> str | None:
    """In small letters."""
    return text.casefold() if _EMAIL.fullmatch(text) else None


def language(text: str) -> str | None:
    """One of our codes, by code or by its name in Dutch, English or itself."""
    short = re.split(r"[-_(]", text.strip())[0]
    return _LANGUAGES.get(plain(text)) or _LANGUAGES.get(plain(short))


def rights(text: str, *, authority: bool = False) -> Rights | None:
    """What a guardian may know. `authority`: the column says whether she has parental authority (gezag)."""
    table: Mapping[Rights, tuple[str, ...]] = _AUTHORITY if authority else _RIGHTS
    return next((kind for kind, names in table.items() if text.casefold() in names), None)


def relation(text: str) -> str:
    """mother, father or carer; what else it is stays as it was typed."""
    return next((kind for kind, names in _RELATIONS.items() if text.casefold() in names), text[:40])


def full_name(text: str) -> tuple[str, str]:
    """(given, family) of a name in one cell: "Wit, Anna de", "Anna de Wit"."""
    family, comma, given = (part.strip() for part in text.partition(","))
    if comma:
        first, _, prefix = given.partition(" ")
        lower = bool(prefix) and prefix == prefix.lower()
        return (first, f"{prefix} {family}") if lower else (given, family)
    first, _, rest = text.partition(" ")
    return (first, rest) if rest else ("", text)


def _languages() -> dict[str, str]:
    known: dict[str, str] = {}
    for code, each in LANGUAGES.items():
        if each.script_of is None:
            names = (code, each.endonym, each.dutch, each.english, *_ALSO.get(code, "").split())
            known |= {plain(name): code for name in names}
    return known


_LANGUAGES = _languages()
