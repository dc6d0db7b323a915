"""Each language in figures: how far it is, what is too long, and what it costs as SMS."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.cli.content_table import details, markdown, summary, table
from bot.content.figures import Figures, figures
from bot.content.shipped import Shipped
from locales.catalogs import Catalogues, Translation
from locales.languages import shipped
from tests.content.conftest import DUTCH, made
from tests.house.tree import ROOT

PAGE = ROOT / "docs" / "content.md"
NOTHING = ("missing", "stale", "blanks", ">20", ">24", ">40")
"""The figures that must be nothing, and so are the same in the docs for as long as they are right."""


def of(content: Shipped, language: str) -> Figures:
    return next(each for each in figures(content) if each.language == language)


def turkish(small: Shipped, **sentences: Translation) -> Figures:
    """The Turkish of the small content with other sentences."""
    known = {**small.catalogues.translations["tr"], **{f"utter_{name}/0": each for name, each in sentences.items()}}
    return of(replace(small, catalogues=Catalogues({"tr": known})), "tr")


def rows(lines: list[str]) -> dict[str, dict[str, str]]:
    """A table of the docs by language and column."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: dict(zip(cells[0], row, strict=True)) for row in cells[2:]}


@pytest.fixture(scope="module")
def real_figures(real: Shipped) -> list[Figures]:
    return list(figures(real))


def test_how_far_a_language_is(small: Shipped) -> None:
    """Missing, made from older Dutch, read by one person only, read by no native speaker."""
    found = turkish(small, passed=replace(made("Mesaj {person_name}, {promise}.", DUTCH["passed"]), second=True))
    assert (found.sentences, found.missing) == (4, 8)
    assert (found.stale, found.once, found.not_native) == (1, 3, 3)


def test_the_source_is_measured_against_nothing(small: Shipped) -> None:
    """Dutch has no second reading and is never stale; its length counts as any other."""
    found = of(small, "nl")
    assert (found.missing, found.stale, found.once, found.not_native, found.blanks) == (0, 0, 0, 0, 0)
    assert {message.response for message in found.messages} >= {"utter_hours", "utter_passed", "utter_days"}


@pytest.mark.parametrize(("text", "broken"), [("Mesaj {person_name}, {promise}.", 0), ("Mesaj {person_nam}.", 1)])
def test_a_broken_blank_is_counted(small: Shipped, text: str, broken: int) -> None:
    hours = made("{office_open}, {school_phone}", DUTCH["hours"])
    assert turkish(small, passed=made(text, DUTCH["passed"]), hours=hours).blanks == broken


@pytest.mark.parametrize(
    ("length", "over"),
    [(20, (0, 0, 0)), (21, (1, 0, 0)), (24, (1, 0, 0)), (25, (1, 1, 0)), (40, (1, 1, 0)), (41, (1, 1, 1))],
)
def test_a_title_is_held_against_every_channel(small: Shipped, length: int, over: tuple[int, ...]) -> None:
    """WhatsApp's buttons, its lists, and buttons elsewhere."""
    assert tuple(turkish(small, title_yes=made("e" * length, "ja")).titles.values()) == over


def test_a_message_is_measured_as_a_parent_gets_it(small: Shipped) -> None:
    """Its blanks filled; the choices count for what an SMS costs, not for what there is to read."""
    found = {message.response: message for message in of(small, "nl").messages}
    assert found["utter_hours"].text == "De school is open van 08:00 uur. Bellen kan naar 030 000 01 00."
    assert (found["utter_hours"].parts, found["utter_passed"].parts) == (1, 2)
    assert (found["utter_passed"].bare, found["utter_hours"].bare) == (1, 1)


def test_what_is_not_ready_is_not_measured(small: Shipped) -> None:
    """She would get the Dutch; it is counted as missing or stale already."""
    assert {message.response for message in of(small, "tr").messages} == {"utter_passed", "utter_only_dutch"}


def test_a_language_that_was_only_begun_has_a_row(small: Shipped) -> None:
    """Nothing to measure is no fault of the table."""
    empty = Catalogues({"so": {}})
    lines = list(table(list(figures(replace(small, catalogues=empty)))))
    assert [line.split()[0] for line in lines[:3]] == ["lang", "nl", "so"]


def test_what_is_hard_or_long_is_listed(real_figures: list[Figures]) -> None:
    """The hardest first; a message of more than 300 characters by its language."""
    lines = list(details(real_figures))
    scores = [int(found[1]) for line in lines if (found := re.search(r"reads at (-?\d+)", line))]
    long = [int(found[1]) for line in lines if (found := re.search(r"(\d+) characters", line))]
    assert scores == sorted(scores)
    assert len(scores) == 10
    assert len(long) == sum(len(one.long) for one in real_figures)
    assert min(long, default=301) > 300


def test_the_docs_show_what_is_so(real_figures: list[Figures]) -> None:
    """Every language has its row in docs/content.md, with the figures that must be nothing."""
    written = rows(
        re.findall(r"^\|.*\|$", PAGE.read_text(encoding="utf-8").partition("## In figures")[2], re.MULTILINE)
    )
    now = rows(list(markdown(real_figures)))
    assert list(written) == list(now) == list(shipped())
    for language, row in now.items():
        assert {name: written[language][name] for name in NOTHING} == {name: row[name] for name in NOTHING}


def test_nothing_that_must_not_be_is_there(real_figures: list[Figures]) -> None:
    """18 languages, and nothing missing, stale, broken or too long in any of them."""
    expected = "18 languages, 0 missing, 0 stale, 0 broken blanks, 0 buttons too long"
    assert expected == summary(real_figures)


def test_dutch_reads_easily(real_figures: list[Figures]) -> None:
    """Fairly easy at least, all messages together."""
    [line] = [line for line in table(real_figures) if line.startswith("Dutch reads at ")]
    assert int(line.split()[3]) >= 70
