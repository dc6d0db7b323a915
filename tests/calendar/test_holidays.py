"""The holidays of Dutch schools: each year whole and in order; public holidays as the country has them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import yaml

from bot.calendar.holidays import (
    GOOD_FRIDAY,
    LIBERATION_DAY,
    NAMES,
    REGIONS,
    by_year,
    closed_days,
    of_region,
    public,
    run_out,
)

DAYS = {
    "herfstvakantie": {9},
    "kerstvakantie": {16},
    "voorjaarsvakantie": {9},
    "meivakantie": {9},
    "zomervakantie": {44},
}
"""As the government sets them: from a Saturday to a Sunday."""
SATURDAY, SUNDAY = 5, 6
DOMAIN = Path(__file__).parents[2] / "flows" / "domain_holidays.yml"


@pytest.mark.parametrize("year", list(by_year()))
def test_a_year_is_whole_and_in_order(year: str) -> None:
    """Five holidays in three regions, in the order of the year, each as long as it is, and inside the school year."""
    names = by_year()[year]
    assert (tuple(names), {tuple(regions) for regions in names.values()}) == (NAMES, {REGIONS})
    for region in REGIONS:
        spans = [names[name][region] for name in NAMES]
        assert [holiday.name for holiday in sorted(spans, key=lambda each: each.first)] == list(NAMES)
        assert [h for h in spans if (h.last - h.first).days + 1 not in DAYS[h.name]] == []
        assert {(h.first.weekday(), h.last.weekday()) for h in spans} == {(SATURDAY, SUNDAY)}
        assert (spans[0].first.year, spans[-1].first.year) == (int(year[:4]), int(year[5:]))


def test_the_years_follow_each_other() -> None:
    """Without a hole, and enough of them."""
    starts = [int(year[:4]) for year in by_year()]
    assert (len(starts) >= 5, starts) == (True, list(range(starts[0], starts[0] + len(starts))))


def test_parents_know_the_names() -> None:
    """Each name is one that is translated."""
    responses = yaml.safe_load(DOMAIN.read_text(encoding="utf-8"))["responses"]
    assert set(NAMES) - {said[0]["text"] for said in responses.values()} == set()


def test_no_region_no_holidays() -> None:
    """A school that chose none is told none."""
    assert (of_region(""), run_out("", dt.date(2050, 1, 1))) == ((), False)


def test_half_a_year_before_the_end_it_is_said() -> None:
    """Not before, and not only when it is over."""
    end = of_region("zuid")[-1].last
    said = [run_out("zuid", end - dt.timedelta(days=days)) for days in (200, 180, -1)]
    assert said == [False, True, True]


def test_public_holidays() -> None:
    """Of 2026, as every Dutch calendar has them; the King's Day that falls on a Sunday is the day before."""
    days = closed_days([2026], frozenset())
    assert sorted(f"{day:%d-%m}" for day in days) == sorted(
        ["01-01", "05-04", "06-04", "27-04", "14-05", "24-05", "25-05", "25-12", "26-12"]
    )
    assert dt.date(2031, 4, 26) in public(2031)


def test_some_days_are_the_schools_own_choice() -> None:
    """Good Friday and Liberation Day."""
    chosen = closed_days([2026], frozenset({GOOD_FRIDAY, LIBERATION_DAY})) - closed_days([2026], frozenset())
    assert chosen == {dt.date(2026, 4, 3), dt.date(2026, 5, 5)}
