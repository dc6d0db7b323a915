"""Ready phrases: enough of them, by kind, whole in every language, and their blanks read as what they are."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal

import pytest

from bot.channels.rendering import segments
from bot.content.phrases import Phrasebook
from bot.content.shipped import load_shipped
from bot.errors import Refusal
from bot.staff.phrases import PHRASES, Kind, Phrase
from bot.turn.types import Rota, Say, School
from db.types import ChannelName
from locales import formats
from locales.languages import shipped
from tests.web.world import Pages
from web.views.names import BLANKS, PHRASE_KINDS

SCHOOL = School("Voorbeeldcollege", "Europe/Amsterdam", {}, Rota((), None), {}, {})
FILLED = {
    "date": dt.date(2026, 11, 26),
    "time": dt.time(15, 30),
    "time1": dt.time(15, 30),
    "time2": dt.time(16),
    "amount": Decimal("1234.50"),
    "child_name": "Aïcha",
    "child_class": "2B",
    "place": "Artis",
    "room": "C104",
    "subject": "wiskunde",
}
MOST_PARTS = 3
"""A phrase by SMS, in any language; nearly all take one or two."""


@pytest.fixture(scope="module")
def book() -> Phrasebook:
    return Phrasebook(load_shipped())


def said(book: Phrasebook, phrase: Phrase, language: str) -> tuple[str, str]:
    """As she gets it by SMS, every blank filled, and in which language."""
    values = {blank: FILLED[blank] for blank in phrase.blanks}
    words = book.render(Say(phrase.response, values), language=language, channel=ChannelName.SMS, school=SCHOOL, menu=0)
    return "\n".join(words.texts), words.language


def test_there_are_enough_of_every_kind() -> None:
    """62 at least; a dozen good words that need no more than the child's name, for the class page; no kind without any."""
    kinds = Counter(phrase.kind for phrase in PHRASES.values())
    by_name_alone = [
        phrase for phrase in PHRASES.values() if phrase.kind is Kind.GOOD and phrase.blanks in ((), ("child_name",))
    ]
    assert len(PHRASES) >= 62
    assert len(by_name_alone) >= 12
    assert {kind for kind, count in kinds.items() if count >= 3} == set(Kind)


def test_kinds_stand_together_and_have_names() -> None:
    """The list to choose from is cut into kinds, each with a name on the page, in the order of the phrases."""
    order = list(dict.fromkeys(phrase.kind for phrase in PHRASES.values()))
    assert [phrase.kind for phrase in PHRASES.values()] == sorted(
        (phrase.kind for phrase in PHRASES.values()), key=order.index
    )
    assert list(PHRASE_KINDS) == order == list(Kind)


def test_every_blank_has_a_label() -> None:
    """A form can ask for whatever a phrase needs."""
    assert {blank for phrase in PHRASES.values() for blank in phrase.blanks} == set(BLANKS)


@pytest.mark.parametrize("language", shipped())
def test_a_phrase_says_all_that_was_filled_in(book: Phrasebook, language: str) -> None:
    """In each language, as it writes days and amounts; in her own words, never in Dutch; and not long."""
    kinds = {"date": formats.date, "amount": formats.money}
    for phrase in PHRASES.values():
        text, said_in = said(book, phrase, language)
        plain = formats.strip_directions(text)
        values = [
            kinds[blank](FILLED[blank], language)  # type: ignore[operator]
            if blank in kinds
            else formats.time(value)
            if isinstance(value := FILLED[blank], dt.time)
            else str(value)
            for blank in phrase.blanks
        ]
        assert said_in == language
        assert [value for value in values if value not in plain] == [], phrase.name
        assert "{" not in text
        assert segments(text) <= MOST_PARTS, phrase.name


@pytest.mark.parametrize("language", shipped())
def test_no_two_phrases_say_the_same(book: Phrasebook, language: str) -> None:
    """A line that was pasted twice is a phrase that says the wrong thing."""
    texts = Counter(said(book, phrase, language)[0] for phrase in PHRASES.values())
    assert [text for text, count in texts.items() if count > 1] == []


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("12", "12.00"), ("12,50", "12.50"), ("12.50", "12.50"), ("€ 7,05", "7.05"), ("€99999", "99999.00")],
)
def test_an_amount_is_read_as_people_write_it(typed: str, amount: str) -> None:
    """With a comma or a point, with the sign or without."""
    assert PHRASES["paid"].values({"amount": typed}) == {"amount": Decimal(amount)}


@pytest.mark.parametrize("typed", ["", "tien", "1.250", "12,5", "-3", "1e3", "123456", "12,50 euro", "١٢"])
def test_what_is_no_amount_is_asked_again(typed: str) -> None:
    """A wrong amount would stand in her language, where who sent it cannot see it."""
    with pytest.raises(Refusal):
        PHRASES["paid"].values({"amount": typed})


@pytest.mark.asyncio
async def test_the_page_lists_them_by_kind_and_previews_an_amount(pages: Pages) -> None:
    """The list is cut into kinds, her child and class are filled in, and an amount is shown as her language writes it."""
    case = await pages.case(pages.one, language="tr")
    blanks = {"phrase": "pay", "pay_child_name": "Elif", "pay_amount": "12,50"}
    async with pages.browser(pages.one.staff["mentor"]) as client:
        opened = await client.get(f"/inbox/{case}")
        shown = await client.post(f"/inbox/{case}/reply", data={"token": "12345678", "action": "preview", **blanks})
        wrong = await client.post(
            f"/inbox/{case}/reply", data={"token": "12345678", "action": "preview", **blanks, "pay_amount": "1.250"}
        )
    assert opened.text.count("<optgroup") == len(Kind)
    assert 'label="Een goed woord"' in opened.text
    assert "Elif için ödenmemiş bir fatura var: €12,50." in shown.text
    assert (wrong.status_code, "zoals 12 of 12,50" in wrong.text) == (422, True)


@pytest.mark.asyncio
async def test_names_and_numbers_stay_where_they_are_when_signed(pages: Pages) -> None:
    """Right to left, a signed phrase keeps what fences off its name and its amount; a sign that somebody typed does not come in."""
    case = await pages.case(pages.one, language="ar")
    typed = "El\u2069if\u202e"
    blanks = {"phrase": "pay", "pay_child_name": typed, "pay_amount": "12,50"}
    async with pages.browser(pages.one.staff["mentor"]) as client:
        shown = await client.post(f"/inbox/{case}/reply", data={"token": "12345678", "action": "preview", **blanks})
    assert "من أجل \u2068Elif\u2069: \u206812.50 €\u2069." in shown.text
    assert "\u202e" not in shown.text.partition('class="preview"')[2].partition('class="actions"')[0]
