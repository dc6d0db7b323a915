"""What is kept of a message names nobody that the line knows to be hers."""

from __future__ import annotations

import pytest

from bot.core.masking import mask

NAMES = ("Elif", "Demir", "Can", "Fatma Demir", "Bo", "Jean-Luc", "El Amrani", "Zoë", "Eva", "Ali", "Mia", "Ben")
MASKED = {
    "is Elif in 2B ziek": "is … in 2B ziek",
    "ELIF'in öğretmeni": "… öğretmeni",
    "Elif’e ne oldu": "… ne oldu",
    "elifin notları": "… notları",
    "Can Demir, 4A": "… …, 4A",
    "Eva's jas en Ali'nin çantası, mia's tas": "… jas en … çantası, … tas",
    "Ben is ziek, ik ben zijn moeder": "… is ziek, ik ben zijn moeder",
    "bel 06 - 12 - 34 - 56 - 78": "bel …",
    "Zoe\u0308 komt": "… komt",
    "zoe en zoë": "… en …",
    "jean luc komt later": "… … komt later",
    "meneer El Amrani belt": "meneer El … belt",
    "bel 06-12 34 56 78 of +31 6 12345678": "bel … of …",
    "٠٦١٢٣٤٥٦٧٨ رقمي": "… رقمي",
    "mail fatma@example.org": "mail …",
}
KEPT = ("klas 2B lokaal 104 om 14:30", "de boete is 1234", "het bord is leeg", "de kandidaat kan niet", "boeken voor 3")


@pytest.mark.parametrize(("text", "masked"), MASKED.items())
def test_names_and_numbers_are_masked(text: str, masked: str) -> None:
    """In any spelling that folds to the name, with an ending; telephone numbers in any digits; mail addresses."""
    assert mask(text, NAMES) == masked


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_name_stays(text: str) -> None:
    """Classes, rooms, times, amounts, and words that only begin like a short name."""
    assert mask(text, NAMES) == text


def test_nobody_is_known() -> None:
    """An unbound parent has no names that we know."""
    assert mask("is Elif ziek", ("", "  ")) == "is Elif ziek"
