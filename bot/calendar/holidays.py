"""When Dutch schools are closed: the holidays by region, and the days on which the whole country is. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from dateutil.easter import easter

REGIONS = ("noord", "midden", "zuid")
NAMES = ("herfstvakantie", "kerstvakantie", "voorjaarsvakantie", "meivakantie", "zomervakantie")
"""In the order of a school year."""
GOOD_FRIDAY, LIBERATION_DAY = "goede_vrijdag", "bevrijdingsdag"
CHOICES = (GOOD_FRIDAY, LIBERATION_DAY)
"""Days on which one school is closed and another is not."""
SOON = dt.timedelta(days=183)
"""So long before the file ends, administrators hear of it."""
_FILE = Path(__file__).with_name("holidays.yml")
_DAY = dt.timedelta(days=1)
_SUNDAY = 6


@dataclass(frozen=True, slots=True)
class Holiday:
    """Days without school, first and last included. `name` in Dutch, as parents' sentences know it."""

    name: str
    first: dt.date
    last: dt.date


@cache
def by_year() -> Mapping[str, Mapping[str, Mapping[str, Holiday]]]:
    """The file: school year, name, region."""
    read = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {
        year: {
            name: {region: _holiday(name, days) for region, days in regions.items()} for name, regions in names.items()
        }
        for year, names in read.items()
    }


def _holiday(name: str, days: str) -> Holiday:
    first, _, last = days.partition("/")
    return Holiday(name, dt.date.fromisoformat(first), dt.date.fromisoformat(last))


@cache
def of_region(region: str) -> tuple[Holiday, ...]:
    """All holidays of a region, the earliest first; none where no region is chosen."""
    found = (regions[region] for names in by_year().values() for regions in names.values() if region in regions)
    return tuple(sorted(found, key=lambda holiday: holiday.first))


def run_out(region: str, today: dt.date) -> bool:
    """Whether the file ends soon for this region, or has ended."""
    known = of_region(region)
    return bool(known) and known[-1].last < today + SOON


@cache
def public(year: int) -> Mapping[dt.date, str]:
    """The days on which the country is closed, with those that a school may choose (by their names in `CHOICES`)."""
    sunday: dt.date = easter(year)  # type: ignore[no-untyped-call]
    king = dt.date(year, 4, 27)
    return {
        dt.date(year, 1, 1): "nieuwjaarsdag",
        sunday - 2 * _DAY: GOOD_FRIDAY,
        sunday: "eerste_paasdag",
        sunday + _DAY: "tweede_paasdag",
        king - _DAY if king.weekday() == _SUNDAY else king: "koningsdag",
        dt.date(year, 5, 5): LIBERATION_DAY,
        sunday + 39 * _DAY: "hemelvaartsdag",
        sunday + 49 * _DAY: "eerste_pinksterdag",
        sunday + 50 * _DAY: "tweede_pinksterdag",
        dt.date(year, 12, 25): "eerste_kerstdag",
        dt.date(year, 12, 26): "tweede_kerstdag",
    }


def closed_days(years: Iterable[int], chosen: frozenset[str]) -> frozenset[dt.date]:
    """The public holidays of these years on which a school is closed that chose these of `CHOICES`."""
    return frozenset(
        day for year in years for day, name in public(year).items() if name not in CHOICES or name in chosen
    )
