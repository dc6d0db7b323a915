"""Calendar files: the good ones are read, and the hostile ones spoil nothing but themselves."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from bot.calendar.reading import MOST, Read, read, read_here
from bot.errors import Refusal
from tests.calendar.ics import GOOD, day, ics

TODAY = dt.date(2026, 11, 23)
ZONE = "Europe/Amsterdam"
RULE = "DTSTART:19700101T000000\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0500"
NEW_YORK = f"BEGIN:VTIMEZONE\nTZID:New York\nBEGIN:STANDARD\n{RULE}\nEND:STANDARD\nEND:VTIMEZONE"
BROKEN_ZONE = "BEGIN:VTIMEZONE\nTZID:Kapot\nBEGIN:STANDARD\nEND:VTIMEZONE"
TIMED = "UID:t\nSUMMARY:Ouderavond\nDTSTART;TZID=Kapot:20261203T190000"


def here(data: bytes) -> Read:
    return read_here(data, ZONE, TODAY)


def days(found: Read) -> list[tuple[str, str, str, str]]:
    return [(entry.first, entry.last, entry.starts, entry.ends) for entry in found.entries]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("DTSTART;VALUE=DATE:20261203", ("2026-12-03", "2026-12-03", "", "")),
        ("DTSTART;VALUE=DATE:20261203\nDTEND;VALUE=DATE:20261203", ("2026-12-03", "2026-12-03", "", "")),
        ("DTSTART;VALUE=DATE:20261219\nDTEND;VALUE=DATE:20270104", ("2026-12-19", "2027-01-03", "", "")),
        ("DTSTART:20261203T190000\nDTEND:20261203T210000", ("2026-12-03", "2026-12-03", "19:00", "21:00")),
        ("DTSTART:20261203T180000Z", ("2026-12-03", "2026-12-03", "19:00", "19:00")),
        ("DTSTART:20260701T180000Z", ("2026-07-01", "2026-07-01", "20:00", "20:00")),
        ("DTSTART;TZID=Europe/London:20261203T180000\nDURATION:PT2H", ("2026-12-03", "2026-12-03", "19:00", "21:00")),
        ("DTSTART;TZID=New York:20261203T180000", ("2026-12-04", "2026-12-04", "00:00", "00:00")),
        ("DTSTART;TZID=Nergens/Niets:20261203T190000", ("2026-12-03", "2026-12-03", "19:00", "19:00")),
        ("DTSTART:20261203T190000\nDTEND:20261204T000000", ("2026-12-03", "2026-12-03", "19:00", "00:00")),
        ("DTSTART;VALUE=DATE:20261203\nDURATION:P2D", ("2026-12-03", "2026-12-04", "", "")),
    ],
)
def test_days_and_times(lines: str, expected: tuple[str, ...]) -> None:
    """In the school's time, with the last day included; a zone that nobody knows is the school's."""
    today = dt.date(2026, 7, 1) if "202607" in lines else TODAY
    found = read_here(ics(f"UID:1\nSUMMARY:x\n{lines}", before=NEW_YORK), ZONE, today)
    assert (days(found), found.refused) == ([expected], [])


def test_a_series_is_written_out_with_its_exceptions() -> None:
    """For 18 months; a day moved by hand is where it was moved to."""
    series = "UID:s\nSUMMARY:Ouderraad\nDTSTART:20261201T190000\nRRULE:FREQ=MONTHLY;COUNT=3\nEXDATE:20270101T190000"
    moved = "UID:s\nSUMMARY:Ouderraad\nRECURRENCE-ID:20270201T190000\nDTSTART:20270203T200000"
    assert [(e.first, e.starts) for e in here(ics(series, moved)).entries] == [
        ("2026-12-01", "19:00"),
        ("2027-02-03", "20:00"),
    ]


REFUSED = {
    "no day": "UID:a\nSUMMARY:Zonder dag",
    "broken day": "UID:a\nDTSTART:GEEN-DATUM",
    "month 13": "UID:a\nDTSTART;VALUE=DATE:20261301",
    "end before start": "UID:a\nDTSTART;VALUE=DATE:20261210\nDTEND;VALUE=DATE:20261203",
    "broken end": "UID:a\nDTSTART;VALUE=DATE:20261210\nDTEND:NOOIT",
    "day and time": "UID:a\nDTSTART;VALUE=DATE:20261210\nDTEND:20261210T100000",
    "too long": "UID:a\nDTSTART;VALUE=DATE:20261210\nDTEND;VALUE=DATE:20291210",
    "impractical": "UID:a\nDTSTART:20261210T100000\nDURATION:P999999999999W",
    "every second": "UID:a\nDTSTART:20261210T100000\nRRULE:FREQ=SECONDLY",
    "every second of a day": "UID:a\nDTSTART:20261210T100000\nRRULE:FREQ=DAILY;BYHOUR=1,2;BYSECOND=1,2",
    "broken rule": "UID:a\nDTSTART:20261210T100000\nRRULE:FREQ=SOMS",
    "count without end": "UID:a\nDTSTART:20261210T100000\nRRULE:FREQ=DAILY;COUNT=99999999999999999999",
    "private": "UID:a\nCLASS:PRIVATE\nDTSTART;VALUE=DATE:20261210\nSUMMARY:Gesprek",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_broken_is_refused_alone(name: str) -> None:
    """One refusal with a reason, and the good entry beside it is read."""
    found = here(ics(REFUSED[name], GOOD))
    assert (len(found.entries), len(found.refused)) == (1, 1), found.refused
    assert all(why for _, why in found.refused)


@pytest.mark.parametrize(
    "rule",
    [
        "20261201T100000\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "00010101T100000\nRRULE:FREQ=DAILY",
    ],
)
def test_a_bomb_costs_a_second(rule: str) -> None:
    """Repetitions without an end are broken off; the process that reads is not ours."""
    began = time.monotonic()
    found = read(ics(f"UID:a\nSUMMARY:Bom\nDTSTART:{rule}", GOOD), ZONE, TODAY)
    assert ([entry.title for entry in found.entries], time.monotonic() - began < 20) == (["Ouderavond"], True)


def test_no_more_than_two_thousand_days() -> None:
    """The nearest, and it is said that there were more."""
    many = [day(f"Les {n}", "20261201") + "\nRRULE:FREQ=DAILY" for n in range(30)]
    found = read(ics(*many), ZONE, TODAY)
    assert (len(found.entries), found.refused[-1][1]) == (
        MOST,
        "There are more than 2,000 entries: the rest is left out.",
    )


WRITTEN = {
    "BOM": b"\xef\xbb\xbf" + ics(GOOD),
    "UTF-16": ics(GOOD).decode().encode("utf-16"),
    "Windows": ics(GOOD, day("Café", "20261210")).decode().encode("cp1252"),
    "NUL": ics(GOOD.replace("Ouder", "Ou\x00der")),
    "CRLF": ics(GOOD).replace(b"\n", b"\r\n"),
    "several calendars": ics(GOOD) + ics(day("Studiedag", "20261210")),
    "no end": ics(GOOD).replace(b"END:VCALENDAR", b""),
    "entry in entry": ics("SUMMARY:Buiten\nBEGIN:VEVENT\n" + GOOD),
    "fifty thousand deep": b"BEGIN:VCALENDAR\n"
    + b"BEGIN:VEVENT\n" * 50_000
    + GOOD.encode()
    + b"\nEND:VEVENT\nEND:VCALENDAR",
    "junk between": ics(GOOD).replace(b"VERSION", b"X\n\n;;;:::\nVERSION"),
    "folded": ics(GOOD.replace("SUMMARY:Ouder", "SUMMARY:Ou\n der")),
    "bad zone definition": ics(GOOD, TIMED, before=BROKEN_ZONE),
    "period": ics(GOOD, "UID:p\nSUMMARY:P\nDTSTART:20261201T100000\nRDATE;VALUE=PERIOD:20261202T100000/PT1H,x/y"),
    "attachment": ics(GOOD + "\nATTACH;ENCODING=BASE64:" + "A" * 500_000),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_however_it_is_written(name: str) -> None:
    """The good entry is found in all of it."""
    assert "Ouderavond" in [entry.title for entry in here(WRITTEN[name]).entries]


@pytest.mark.parametrize(
    "data",
    [b"", b"<!DOCTYPE html><html>", b"PK\x03\x04", b"BEGIN:VCARD\nEND:VCARD", b"\x00" * 1000, b"X" * 3_000_000],
    ids=["empty", "html", "zip", "card", "nul", "3 MB"],
)
def test_what_is_no_calendar_is_refused(data: bytes) -> None:
    """With a reason."""
    with pytest.raises(Refusal, match=r"\w"):
        read(data, ZONE, TODAY)


def test_a_web_page_is_called_so() -> None:
    """An administrator who took the page's address instead of the calendar's is told."""
    with pytest.raises(Refusal, match="web page"):
        read(b"\n <!doctype html><title>Agenda</title>", ZONE, TODAY)


def test_names_of_entries_stay_the_same() -> None:
    """Also without a UID, or with one for all; twice the very same is once."""
    same = [
        day("Ouderavond", "20261203", uid="all"),
        day("Studiedag", "20261204", uid="all"),
        GOOD.replace("UID:good\n", ""),
    ]
    one, two = here(ics(*same, *same)), here(ics(*same))
    assert sorted(e.uid for e in one.entries) == sorted(e.uid for e in two.entries)
    assert (len({e.uid for e in one.entries}), len(one.entries)) == (3, 3)


def test_who_is_invited_is_not_read() -> None:
    """Descriptions and guests of a school's calendar are nobody's business here."""
    found = here(
        ics(GOOD + "\nDESCRIPTION:over Amina\nATTENDEE;CN=Amina:mailto:a@example.org\nORGANIZER:mailto:b@example.org")
    )
    assert "Amina" not in repr(found)


def test_cancelled_and_past_ones_are_counted() -> None:
    """They are no fault."""
    found = here(
        ics(GOOD, day("Weg", "20261210") + "\nSTATUS:CANCELLED", day("Oud", "20200101"), day("Ver", "20400101"))
    )
    assert (len(found.entries), found.past, found.refused) == (1, 3, [])


@pytest.mark.parametrize("last", [True, False])
def test_one_cancelled_date_of_a_series(last: bool) -> None:  # noqa: FBT001 - a case
    """The others stay, whichever of the two stands first in the file."""
    series = "UID:s\nSUMMARY:Studiedag\nDTSTART;VALUE=DATE:20270111\nRRULE:FREQ=MONTHLY;COUNT=3"
    gone = "UID:s\nSUMMARY:Studiedag\nRECURRENCE-ID;VALUE=DATE:20270211\nDTSTART;VALUE=DATE:20270211\nSTATUS:CANCELLED"
    found = here(ics(*((series, gone) if last else (gone, series))))
    assert [entry.first for entry in found.entries] == ["2027-01-11", "2027-03-11"]


def test_a_private_entry_is_refused_without_its_title() -> None:
    """It may name a child."""
    found = here(ics("UID:p\nSUMMARY:Gesprek ouders van Sam\nDTSTART;VALUE=DATE:20270111\nCLASS:PRIVATE"))
    assert (found.entries, len(found.refused), "Sam" in str(found.refused)) == ([], 1, False)
