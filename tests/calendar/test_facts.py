"""What a parent is told of the calendar: the day of this child's class, and never another's."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.calendar.facts import facts, holidays, is_closed, knows_holidays, to_come
from bot.calendar.meaning import audience_of, holiday_name, kind_of
from bot.content.shipped import load_shipped
from bot.demo.school import REGION, demo_facts
from db.queries.calendar import NO_CALENDAR, Calendar, Entry

TODAY = dt.date(2026, 11, 23)


def entry(title: str, first: str, last: str = "", starts: str = "", ends: str = "", room: str = "") -> Entry:
    first_day = dt.date.fromisoformat(first)
    last_day = dt.date.fromisoformat(last) if last else first_day
    kind, audience = kind_of(title), audience_of(title)
    return Entry(title + first, first_day, last_day, starts, ends, title, room, kind, audience)


def calendar(*entries: Entry, region: str = "", closed_on: frozenset[str] = frozenset()) -> Calendar:
    return Calendar(region, closed_on, tuple(sorted(entries, key=lambda each: each.first)))


EVENINGS = calendar(
    entry("Ouderavond klas 2", "2026-12-03", starts="19:00", ends="21:00", room="Lokaal 104"),
    entry("Ouderavond klas 4", "2026-12-10", starts="19:30", ends="21:00", room="Aula"),
    entry("Ouderavond klas 2", "2026-11-20"),
)


def test_nothing_known_nothing_said() -> None:
    """What is typed in the settings counts."""
    assert (facts(NO_CALENDAR, TODAY), is_closed(NO_CALENDAR, TODAY), knows_holidays(NO_CALENDAR, TODAY)) == (
        {},
        False,
        False,
    )


def test_what_was_typed_and_is_over_is_not_told() -> None:
    """Nobody is invited to an evening of last week; what goes on is told, and so are the holidays of the year."""
    typed = {
        "parents_evening_date": "2026-11-22",
        "parents_evening_time": "19:00",
        "open_day_date": "2026-11-23",
        "report_dates": "2026-11-20, 2027-03-19",
        "test_week_start": "2026-11-20",
        "test_week_end": "2026-11-26",
        "trips_start": "2026-11-02",
        "trips_end": "2026-11-06",
        "herfstvakantie_start": "2026-10-17",
        "herfstvakantie_end": "2026-10-25",
        "school_address": "Voorbeeldstraat 1, 1234 AB",
    }
    over = {"parents_evening_date", "trips_start", "trips_end"}
    kept = {name: value for name, value in typed.items() if name not in over}
    assert to_come(typed, TODAY) == {**kept, "report_dates": "2027-03-19"}


@pytest.mark.parametrize(
    "today", [dt.date(2026, 11, 21), dt.date(2026, 12, 30), dt.date(2027, 9, 1), dt.date(2029, 2, 3)]
)
def test_the_demo_school_has_days_to_come_whenever_it_is_loaded(today: dt.date) -> None:
    """And the holidays of its region."""
    told = {**to_come(demo_facts(today), today), **facts(Calendar(region=REGION), today)}
    examples = {name for name, fact in load_shipped().facts.items() if fact.example}
    assert examples - told.keys() - {"good_friday", "liberation_day"} == set()


@pytest.mark.parametrize(
    ("classes", "told"),
    [
        (["2B"], ("2026-12-03", "19:00", "104")),
        (["4A"], ("2026-12-10", "19:30", "Aula")),
        (["2A", "2B"], ("2026-12-03", "19:00", "104")),
        (["2B", "4A"], ("", None, None)),
        (["3A"], ("", None, None)),
        ([], ("", None, None)),
    ],
)
def test_the_parents_evening_of_this_childs_year(classes: list[str], told: tuple[str, ...]) -> None:
    """Of both children where it is the same; where it is not, or nobody is known, no day rather than a wrong one."""
    known = facts(EVENINGS, TODAY, classes)
    names = ("parents_evening_date", "parents_evening_time", "parents_evening_room")
    assert tuple(known.get(name) for name in names) == told


def test_what_is_for_everybody_is_told_to_anybody() -> None:
    """Also to a parent whose child is known; the nearest first."""
    known = calendar(entry("Ouderavond", "2026-12-03"), entry("Ouderavond klas 2", "2026-12-01"))
    assert [facts(known, TODAY, classes)["parents_evening_date"] for classes in ([], ["4A"], ["2B"])] == [
        "2026-12-03",
        "2026-12-03",
        "2026-12-01",
    ]


def test_a_test_week_written_day_by_day_is_one() -> None:
    """Over the weekend too; the next one is another."""
    days = [entry("Toetsweek", f"2027-01-{day}") for day in (14, 15, 18, 19)]
    known = facts(calendar(*days, entry("Toetsweek", "2027-03-08", "2027-03-12")), TODAY)
    assert (known["test_week_start"], known["test_week_end"]) == ("2027-01-14", "2027-01-19")


def test_reports_of_this_school_year() -> None:
    """Those to come, until the summer."""
    days = ("2026-11-20", "2026-12-11", "2027-07-02", "2027-12-10")
    known = facts(calendar(*(entry("Rapport", day) for day in days)), TODAY)
    assert known == {"report_dates": "2026-12-11, 2027-07-02"}


def test_the_other_facts() -> None:
    """Days off, trips, open day with its hours, the national exam, the parent council."""
    known = facts(
        calendar(
            entry("Studiedag", "2027-01-25"),
            entry("Excursies", "2027-04-12", "2027-04-16"),
            entry("Open dag", "2027-01-30", starts="10:00", ends="14:00"),
            entry("Centraal examen", "2027-05-10", "2027-05-28"),
            entry("Ouderraad", "2027-01-14", starts="20:00"),
        ),
        TODAY,
    )
    assert known == {
        "next_day_off": "2027-01-25",
        "trips_start": "2027-04-12",
        "trips_end": "2027-04-16",
        "open_day_date": "2027-01-30",
        "open_day_start": "10:00",
        "open_day_end": "14:00",
        "exam_start": "2027-05-10",
        "council_meeting_date": "2027-01-14",
    }


def test_the_regions_holidays() -> None:
    """The next one, or the one that is, until its last day."""
    south = calendar(region="zuid")
    told = [facts(south, day)["next_holiday_end"] for day in (TODAY, dt.date(2027, 1, 3), dt.date(2027, 1, 4))]
    assert told == ["2027-01-03", "2027-01-03", "2027-02-21"]


def test_all_holidays_of_this_school_year() -> None:
    """By their names, as the settings have them; the summer belongs to the year that it ends, and is told until it is over."""
    known = calendar(region="noord")
    names = ("herfstvakantie_start", "zomervakantie_start", "zomervakantie_end")
    told = [[facts(known, day)[name] for name in names] for day in (dt.date(2027, 7, 20), dt.date(2027, 8, 24))]
    assert told == [["2026-10-10", "2027-07-10", "2027-08-22"], ["2027-10-16", "2028-07-15", "2028-08-27"]]


def test_days_of_the_schools_own_choice() -> None:
    """The next of each, where it was chosen."""
    known = calendar(region="noord", closed_on=frozenset({"goede_vrijdag"}))
    told = facts(known, dt.date(2027, 3, 27))
    assert (told["good_friday"], "liberation_day" in told) == ("2028-04-14", False)


def test_talks_of_ten_minutes() -> None:
    """All their days that are to come, for this child."""
    known = calendar(
        entry("10-minutengesprekken klas 2", "2026-12-08", "2026-12-09"), entry("10-minutengesprekken", "2027-03-16")
    )
    told = [facts(known, TODAY, classes)["short_talks_dates"] for classes in (["2B"], ["4A"])]
    assert told == ["2026-12-08, 2026-12-09, 2027-03-16", "2027-03-16"]


def test_the_schools_own_holiday_goes_before() -> None:
    """Two weeks in May where the government has one; the others stay the region's."""
    own = calendar(entry("Meivakantie", "2027-04-24", "2027-05-09"), region="midden")
    months = {
        holiday.name: holiday.last
        for holiday in holidays(own)
        if holiday.first.year == 2027 and holiday.first.month < 8
    }
    assert (months["meivakantie"], months["voorjaarsvakantie"]) == (dt.date(2027, 5, 9), dt.date(2027, 2, 28))
    assert holiday_name("Meivakantie") == "meivakantie"


@pytest.mark.parametrize(
    ("day", "closed"),
    [
        ("2026-12-21", True),
        ("2027-04-27", True),
        ("2027-05-06", True),
        ("2027-03-26", True),
        ("2027-05-05", False),
        ("2026-11-23", False),
        ("2027-01-25", False),
        ("2027-02-08", True),
        ("2027-02-09", False),
    ],
)
def test_closing_days(day: str, *, closed: bool) -> None:
    """Holidays, public holidays, those that the school chose, and its own; a study day is a working day."""
    known = calendar(
        entry("Studiedag", "2027-01-25"),
        entry("School gesloten", "2027-02-08"),
        entry("Vrije dag klas 2", "2027-02-09"),
        region="midden",
        closed_on=frozenset({"goede_vrijdag"}),
    )
    assert is_closed(known, dt.date.fromisoformat(day)) is closed


def test_a_holiday_written_in_weeks_is_one() -> None:
    """Nobody is sent back after the first of them."""
    weeks = (entry("Meivakantie", "2027-04-26", "2027-04-30"), entry("Meivakantie", "2027-05-03", "2027-05-07"))
    known = facts(calendar(*weeks, region="midden"), dt.date(2027, 4, 1))
    assert (known["meivakantie_start"], known["meivakantie_end"]) == ("2027-04-26", "2027-05-07")
    assert known["next_holiday_end"] == "2027-05-07"


def test_the_summer_that_is_going_on_is_told_in_august() -> None:
    """Not next year's."""
    known = facts(calendar(region="zuid"), dt.date(2027, 8, 20))
    assert known["zomervakantie_start"] < "2027-08-20" <= known["zomervakantie_end"] < "2027-10-01"


def test_carnival_stands_in_the_place_of_the_spring_holiday() -> None:
    """Also where it is another week than the region's; the region's is then an ordinary week."""
    plain = facts(calendar(region="zuid"), TODAY)
    known = calendar(entry("Carnavalsvakantie", "2027-02-06", "2027-02-14"), region="zuid")
    told = facts(known, TODAY)
    assert (told["voorjaarsvakantie_start"], told["voorjaarsvakantie_end"]) == ("2027-02-06", "2027-02-14")
    assert not is_closed(known, dt.date.fromisoformat(plain["voorjaarsvakantie_end"]) - dt.timedelta(2))


def test_an_outdated_calendar_leaves_it_to_the_settings() -> None:
    """A file of last year knows no holiday of this one."""
    old = calendar(entry("Herfstvakantie", "2025-10-18", "2025-10-26"))
    assert (knows_holidays(old, dt.date(2025, 9, 1)), knows_holidays(old, TODAY)) == (True, False)
