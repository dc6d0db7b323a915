"""The languages we know of: what each is called, which way it is written, how it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
SOURCE = "nl"
"""The sentences of the flows are written in it; it is always there."""
INTERFACE_SOURCE = "en"
"""The sentences of pages and of staff's messages are written in it."""

_ONE = "nplurals=1; plural=0;"
_NOT_ONE = "nplurals=2; plural=(n != 1);"
_ABOVE_ONE = "nplurals=2; plural=(n > 1);"
_EAST_SLAVIC = "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);"
_POLISH = "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);"
_ROMANIAN = "nplurals=3; plural=(n==1 ? 0 : n==0 || (n%100>0 && n%100<20) ? 1 : 2);"
# The order translators know (zero, one, two, few, many, other). Babel writes the last two the other way round.
_ARABIC = (
    "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5);"
)


@dataclass(frozen=True, slots=True)
class Language:
    """One language. `endonym` is its name in its own script, `locale` whose dates and lists it uses, `plural` gettext's rule.

    `script_of`: it is another language in another script, and stands in no list of languages.
    """

    code: str
    endonym: str
    dutch: str
    english: str
    locale: str
    plural: str
    rtl: bool = False
    script_of: str | None = None


LANGUAGES: Mapping[str, Language] = {
    language.code: language
    for language in (
        Language("nl", "Nederlands", "Nederlands", "Dutch", "nl", _NOT_ONE),
        Language("en", "English", "Engels", "English", "en_GB", _NOT_ONE),
        Language("tr", "Türkçe", "Turks", "Turkish", "tr", _ONE),
        Language("ar", "العربية", "Arabisch", "Arabic", "ar", _ARABIC, rtl=True),
        Language("ary", "الدارجة", "Marokkaans", "Moroccan Arabic", "ar_MA", _ARABIC, rtl=True),
        Language("ary_Latn", "Darija", "Marokkaans", "Moroccan Arabic", "nl", _ARABIC, script_of="ary"),
        Language("pl", "Polski", "Pools", "Polish", "pl", _POLISH),
        Language("uk", "Українська", "Oekraïens", "Ukrainian", "uk", _EAST_SLAVIC),
        Language("ru", "Русский", "Russisch", "Russian", "ru", _EAST_SLAVIC),
        Language("fa", "فارسی", "Perzisch", "Persian", "fa", _ONE, rtl=True),
        Language("so", "Soomaali", "Somalisch", "Somali", "so", _NOT_ONE),
        Language("ti", "ትግርኛ", "Tigrinya", "Tigrinya", "ti", _ABOVE_ONE),
        Language("es", "Español", "Spaans", "Spanish", "es", _NOT_ONE),
        Language("fr", "Français", "Frans", "French", "fr", _ABOVE_ONE),
        Language("de", "Deutsch", "Duits", "German", "de", _NOT_ONE),
        Language("ro", "Română", "Roemeens", "Romanian", "ro", _ROMANIAN),
        Language("bg", "Български", "Bulgaars", "Bulgarian", "bg", _NOT_ONE),
        Language("zh", "中文", "Chinees", "Chinese", "zh", _ONE),
        Language("pap", "Papiamentu", "Papiaments", "Papiamento", "pap", _NOT_ONE),
    )
}
"""By code, in the order in which people meet them."""


def catalogue(code: str, domain: str, folder: Path = FOLDER) -> Path:
    """Where a language's sentences of a domain (`content`, `interface`) stand."""
    return folder / code / "LC_MESSAGES" / f"{domain}.po"


def shipped(folder: Path = FOLDER) -> tuple[str, ...]:
    """The languages that parents can be answered in: the source, and each that has a catalogue of the content."""
    return tuple(code for code in LANGUAGES if code == SOURCE or catalogue(code, "content", folder).exists())


def spoken(folder: Path = FOLDER) -> tuple[str, ...]:
    """The same, without other scripts of the same language."""
    return tuple(code for code in shipped(folder) if LANGUAGES[code].script_of is None)
