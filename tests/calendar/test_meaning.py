"""What the words of an entry say: what it is, and for whom."""

from __future__ import annotations

import pytest

from bot.calendar.meaning import audience_of, holiday_name, kind_of, serves
from db.types import EventKind

CLASSES = ("2B", "4A", "H4c")


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Ouderavond klas 2", "parents_evening"),
        ("10-minutengesprekken", "short_talks"),
        ("Parents’ evening year 2", "parents_evening"),
        ("Uitnodiging ouderavond", "other"),
        ("Ouderavond VERVALT", "other"),
        ("Rapport 1 mee", "report"),
        ("Rapporten uitdelen", "report"),
        ("Rapportvergadering", "other"),
        ("Rapportage inspectie", "other"),
        ("Toetsweek 2", "test_week"),
        ("SE-week 1", "test_week"),
        ("Start toetsweek", "other"),
        ("Schoolexamen Nederlands", "school_exam"),
        ("Herkansing SE 1", "resit"),
        ("Centraal examen tijdvak 1", "exam"),
        ("Eindexamengala", "other"),
        ("Studiedag docenten", "day_off"),
        ("Leerlingen vrij", "day_off"),
        ("Vrijdag 5e uur uit", "other"),
        ("Vrije dag", "closed"),
        ("Goede Vrijdag", "closed"),
        ("Tweede Pinksterdag", "closed"),
        ("Kerstvakantie", "holiday"),
        ("Christmas holidays", "holiday"),
        ("Laatste lesdag voor de kerstvakantie", "other"),
        ("Dag na de vakantie", "other"),
        ("Excursie Artis 2B", "trip"),
        ("Brugklaskamp", "trip"),
        ("Schaakkampioenschap", "other"),
        ("Open Dag", "open_day"),
        ("Vergadering ouderraad", "council"),
        ("", "other"),
        ("Teamoverleg", "other"),
    ],
)
def test_kinds(title: str, kind: str) -> None:
    """By Dutch and English words; what is around a day, or does not happen, is nothing for parents."""
    assert kind_of(title) is EventKind(kind)


@pytest.mark.parametrize(
    ("title", "audience"),
    [
        ("Ouderavond", ()),
        ("Ouderavond alle klassen", ()),
        ("Ouderavond klas 2", ("2",)),
        ("Ouderavond leerjaar 3 en 4", ("3", "4")),
        ("Ouderavond klas 1 t/m 3", ("1", "2", "3")),
        ("Ouderavond 2e en 3e klassen", ("2", "3")),
        ("Ouderavond tweede klassen", ("2",)),
        ("Toetsweek 2 klas 4, 5 en 6", ("4", "5", "6")),
        ("Toetsweek 2", ()),
        ("Excursie 2B", ("2b",)),
        ("Excursie 1A/1B", ("1a", "1b")),
        ("Excursie H4c", ("h4c",)),
        ("Toetsweek havo 4", ("h4",)),
        ("Ouderavond 4 havo / 5 vwo", ("h4", "v5")),
        ("Ouderavond vwo 4/5/6", ("v4", "v5", "v6")),
        ("Ouderavond mavo", ("m",)),
        ("Ouderavond onderbouw", ("onderbouw",)),
        ("Ouderavond bovenbouw vmbo", ("m3", "m4")),
        ("Ouderavond onderbouw en bovenbouw", ()),
        ("Kamp brugklas", ("1",)),
        ("Ouderavond 19.30 uur, lokaal 1.04", ()),
        ("Excursie 2 december", ()),
        ("Year 2 parents' evening", ("2",)),
    ],
)
def test_audiences(title: str, audience: tuple[str, ...]) -> None:
    """Years, classes and levels as titles name them; a number alone is none."""
    assert audience_of(title, CLASSES) == audience


def test_a_class_by_any_name() -> None:
    """What the school itself calls a class is one, whatever it looks like."""
    assert (audience_of("Excursie ISK-A", ("ISK-A",)), serves(("iska",), "ISK-A")) == (("iska",), True)


@pytest.mark.parametrize(
    ("audience", "name", "meant"),
    [
        ((), "2B", True),
        (("2",), "2B", True),
        (("2",), "4A", False),
        (("2b",), "2B", True),
        (("2b",), "2A", False),
        (("h4",), "H4c", True),
        (("h4",), "4HA", True),
        (("h4",), "4V", False),
        (("h4",), "4A", False),
        (("v",), "V5c", True),
        (("onderbouw",), "3A", True),
        (("onderbouw",), "3kb", False),
        (("bovenbouw",), "k3a", True),
        (("bovenbouw",), "3H", False),
        (("bovenbouw",), "4A", True),
        (("bovenbouw",), "3A", False),
        (("2",), "ISK-A", False),
    ],
)
def test_for_whom(audience: tuple[str, ...], name: str, *, meant: bool) -> None:
    """A level counts only where the class's name tells its own: a wrong day is worse than none."""
    assert serves(audience, name) is meant


def test_holidays_have_the_names_that_are_translated() -> None:
    """Others stay as they are."""
    named = [
        holiday_name(title) for title in ("Kerstvakantie 2026", "Christmas break", "Vakantie in mei", "Lange vakantie")
    ]
    assert named == ["kerstvakantie", "kerstvakantie", "meivakantie", "Lange vakantie"]
