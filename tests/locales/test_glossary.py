"""School words: what each language calls them is decided once, in `locales/<language>/glossary.yml`."""

from __future__ import annotations

import pytest
import yaml

from locales.languages import FOLDER, LANGUAGES, SOURCE, shipped
from tests.house.tree import ROOT

OTHERS = tuple(code for code in shipped() if code != SOURCE)


def glossary(code: str) -> dict[str, object]:
    """Dutch words and hers."""
    words: dict[str, object] = yaml.safe_load((FOLDER / code / "glossary.yml").read_text(encoding="utf-8"))
    return words


@pytest.mark.parametrize("code", OTHERS)
def test_every_school_word_is_decided(code: str) -> None:
    """The same Dutch words in all languages, each with a word."""
    words, english = glossary(code), glossary("en")

    assert len(english) >= 60
    assert list(words) == list(english)
    assert [dutch for dutch, word in words.items() if not isinstance(word, str) or not word.strip()] == []


@pytest.mark.parametrize("code", OTHERS)
def test_every_language_has_a_page(code: str) -> None:
    """Its school words with reasons, what a second reader changed, and what a native speaker should look at."""
    page = (ROOT / "docs" / "languages" / f"{LANGUAGES[code].script_of or code}.md").read_text(encoding="utf-8")

    assert "No native speaker has read" in page
    assert "## Second reader" in page
