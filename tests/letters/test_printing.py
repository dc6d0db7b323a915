"""A letter stands on one page in every language, its QR codes can be read, and no letter of it is an empty box."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.people.codes import find_code
from bot.people.letters.addressees import Addressee
from bot.people.letters.doorways import Doorway
from bot.people.letters.printing import Printer
from bot.people.letters.writing import Scribe, package_of
from db.queries.school import SchoolView
from db.types import ChannelName
from locales.languages import shipped
from tests.conftest import NOW
from tests.letters.paper import scanned, texts
from tests.web.world import spoken

DOORS = (
    Doorway(ChannelName.WHATSAPP, "+31612345678"),
    Doorway(ChannelName.TELEGRAM, "@voorbeeld_lijn_bot"),
    Doorway(ChannelName.SMS, "+31612345679"),
)
VIEW = SchoolView(1, 1, 0, "Voorbeeldcollege", "Europe/Amsterdam", "#1d5c63", False, {}, {}, {}, ())
TITLES = {
    "nl": "Schrijf met school in uw eigen taal",
    "tr": "Okulla kendi dilinizde yazışın",
    "ti": "ቤት ትምህርቲ",
    "zh": "用您自己的语言给学校写消息",
    "pl": "swoim języku",
    "bg": "Пишете до училището на своя език",
}


def scribe(*, fonts: bool = True) -> Scribe:
    """Of a school with everything set up, on this machine or on one without fonts."""
    return Scribe(spoken(), VIEW, DOORS, NOW, printer=Printer(system_fonts=fonts))


def to(language: str | None, *, name: str = "Fatma Demir") -> Addressee:
    """A mother of two with long names."""
    return Addressee(abs(hash((language, name))), name, language, ("Elif", "Mohammed-Amin"), "Elif Demir", "2B")


def test_every_language_stands_on_one_page() -> None:
    """Or says which package it lacks. The last one is to a guardian whose language nobody knows."""
    printed = scribe().write([to(language) for language in (*shipped(), None)])
    assert (len(texts(printed.pdf)), printed.unprintable) == (len(shipped()) + 1, 0)


@pytest.mark.parametrize("language", TITLES)
def test_the_dutch_stands_beside_hers(language: str) -> None:
    """The words that can be read in the file are the words themselves, not drawings."""
    writing = scribe()
    if not writing.can(language):
        pytest.skip(f"no font for {language} here: apt install {package_of(language)}")
    (page,) = texts(writing.write([to(language)]).pdf)
    assert (TITLES["nl"] in page or language != "nl", TITLES[language] in page) == (True, True)


def test_all_of_it_is_said() -> None:
    """Who answers, that it is free, how to stop, until when, with the year, and where to send the code by hand."""
    (page,) = texts(scribe().write([to("nl")]).pdf)
    for said in (
        "Eerst antwoordt een computer",
        "leest iemand van school",
        "De lijn is gratis",
        "STOP",
        "23 maart 2027",
        "+31612345679",
        "@voorbeeld_lijn_bot",
    ):
        assert said in page


def test_a_camera_reads_each_code() -> None:
    """Three links, each with the code that stands below them in large letters."""
    printed = scribe().write([to("tr")])
    (code,) = printed.codes.values()
    links = scanned(printed.pdf, 0)
    assert sorted(link.split(":")[0] for link in links) == ["SMSTO", "https", "https"]
    assert {find_code(link) for link in links} == {find_code(texts(printed.pdf)[0])} == {code}


def test_without_fonts_a_language_is_left_out_and_named() -> None:
    """These parents get the Dutch, never empty boxes; what can be printed is."""
    printed = scribe(fonts=False).write([to(language) for language in ("tr", "uk", "ti", "zh")])
    pages = texts(printed.pdf)
    assert printed.without == {"ti", "zh"}
    assert {language: package_of(language) for language in printed.without} == {
        "ti": "fonts-noto-core",
        "zh": "fonts-noto-cjk",
    }
    assert ["Okulla" in pages[0], "Пишіть" in pages[1], "用您" in pages[3]] == [True, True, False]
    assert all(TITLES["nl"].split()[0] in page for page in pages)


def test_a_name_that_no_font_has_makes_no_letter() -> None:
    """The others are made, and it is counted; its code is not handed out."""
    printed = scribe(fonts=False).write([to("nl"), to("nl", name="王 芳")])
    assert (len(texts(printed.pdf)), len(printed.codes), printed.unprintable) == (1, 1, 1)


def test_words_of_people_are_never_source() -> None:
    """A name that looks like a command of the typesetter stands there as it is."""
    name = '#panic("x") $x^2$ *b* \\ <a> @b "q"'
    (page,) = texts(scribe().write([to("nl", name=name)]).pdf)
    assert name in page


def test_the_code_lasts_until_the_end_of_its_last_day() -> None:
    """As the letter says it, in the school's zone."""
    assert scribe().until == dt.datetime(2027, 3, 23, 23, tzinfo=dt.UTC)
