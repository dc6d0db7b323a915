"""Calendar files for tests, all of it invented."""

from __future__ import annotations


def ics(*events: str, before: str = "") -> bytes:
    """A calendar of these entries; each is its lines, with line ends as here."""
    blocks = [f"BEGIN:VEVENT\n{event}\nEND:VEVENT" for event in events]
    return "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", before, *blocks, "END:VCALENDAR", ""]).encode()


def day(title: str, first: str, last: str = "", uid: str = "") -> str:
    """An entry of whole days; `last` is the day after it, as the format has it."""
    end = f"\nDTEND;VALUE=DATE:{last}" if last else ""
    return f"UID:{uid or title + first}\nSUMMARY:{title}\nDTSTART;VALUE=DATE:{first}{end}"


GOOD = day("Ouderavond", "20261203", uid="good")
"""Stands beside everything hostile: it must still be read."""
