"""Languages: each counts, is found and is named as people expect."""

from __future__ import annotations

import gettext
import io
from pathlib import Path

import pytest
from babel import Locale

from bot.turn.languages import own_name
from locales.catalogs import compiled, interface
from locales.languages import LANGUAGES, catalogue, shipped, spoken
from locales.updating import header

COUNTS = (0, 1, 2, 5, 15, 100)
FORMS = {
    "nl": (1, 0, 1, 1, 1, 1),
    "en": (1, 0, 1, 1, 1, 1),
    "tr": (0, 0, 0, 0, 0, 0),
    "ar": (0, 1, 2, 3, 4, 5),
    "ary": (0, 1, 2, 3, 4, 5),
    "ary_Latn": (0, 1, 2, 3, 4, 5),
    "pl": (2, 0, 1, 2, 2, 2),
    "uk": (2, 0, 1, 2, 2, 2),
    "ru": (2, 0, 1, 2, 2, 2),
    "fa": (0, 0, 0, 0, 0, 0),
    "so": (1, 0, 1, 1, 1, 1),
    "ti": (0, 0, 1, 1, 1, 1),
    "es": (1, 0, 1, 1, 1, 1),
    "fr": (0, 0, 1, 1, 1, 1),
    "de": (1, 0, 1, 1, 1, 1),
    "ro": (1, 0, 1, 1, 1, 2),
    "bg": (1, 0, 1, 1, 1, 1),
    "zh": (0, 0, 0, 0, 0, 0),
    "pap": (1, 0, 1, 1, 1, 1),
}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_counts(code: str, tmp_path: Path) -> None:
    """A language's own rule survives Babel and gettext: each number gets its own form."""
    forms = int(LANGUAGES[code].plural.partition("nplurals=")[2][0])
    strings = "".join(f'msgstr[{form}] "{form}"\n' for form in range(forms))
    path = catalogue(code, "interface", tmp_path)
    path.parent.mkdir(parents=True)
    path.write_text(f'{header(code)}\nmsgid "one"\nmsgid_plural "many"\n{strings}', encoding="utf-8")
    translations = gettext.GNUTranslations(io.BytesIO(compiled(path)))
    assert tuple(int(translations.ngettext("one", "many", count)) for count in COUNTS) == FORMS[code]


@pytest.mark.parametrize("code", LANGUAGES)
def test_direction_is_that_of_the_script(code: str) -> None:
    """What is written from right to left is marked so."""
    assert LANGUAGES[code].rtl == (Locale.parse(LANGUAGES[code].locale).text_direction == "rtl")


@pytest.mark.parametrize("code", [code for code, language in LANGUAGES.items() if language.script_of is None])
def test_a_language_has_one_name(code: str) -> None:
    """The list that a parent sees and the pages call a language alike."""
    assert own_name(code) == LANGUAGES[code].endonym


def test_shipped_are_the_source_and_what_has_a_catalogue(tmp_path: Path) -> None:
    """A language is there by its file; another script of one is no language of the list."""
    for code in ("tr", "ary_Latn", "ary"):
        catalogue(code, "content", tmp_path).parent.mkdir(parents=True)
        catalogue(code, "content", tmp_path).touch()
    assert (shipped(tmp_path), spoken(tmp_path)) == (("nl", "tr", "ary", "ary_Latn"), ("nl", "tr", "ary"))


def test_no_catalogue_stands_in_for_another(tmp_path: Path) -> None:
    """Moroccan in Latin letters is not answered in Arabic script: English is shown, as it is written."""
    path = catalogue("ary", "interface", tmp_path)
    path.parent.mkdir(parents=True)
    path.write_text(header("ary") + '\nmsgid "Inbox"\nmsgstr "البريد"\n', encoding="utf-8")
    found = [interface(code, tmp_path).gettext("Inbox") for code in ("ary", "ary_Latn", "en")]
    assert found == ["البريد", "Inbox", "Inbox"]
