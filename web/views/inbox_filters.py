"""What of the list is shown, as the address has it: numbers and codes, never a name."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import Request

from bot.turn.topics import TOPICS
from db.queries.cases import Due, Filters
from locales.languages import LANGUAGES

LARGEST = 2**63 - 1


def filters_of(request: Request) -> Filters:
    """What the address asks for; what it cannot mean is as if it were not there."""
    asked = request.query_params
    group, topic, language, due = (asked.get(name, "") for name in ("group", "topic", "language", "due"))
    number = int(group) if group.isascii() and group.isdecimal() and len(group) < len(str(LARGEST)) else None
    return Filters(
        group=number,
        topic=topic if topic in TOPICS else "",
        language=language if language in LANGUAGES else "",
        due=next((one for one in Due if one.value == due), None),
        unread=asked.get("unread") == "1",
        unverified=asked.get("unverified") == "1",
    )


def as_query(filters: Filters) -> str:
    """For the end of an address: `&group=3&unread=1`, or nothing."""
    chosen = {
        "group": filters.group,
        "topic": filters.topic,
        "language": filters.language,
        "due": filters.due.value if filters.due else "",
        "unread": int(filters.unread),
        "unverified": int(filters.unverified),
    }
    said = urlencode({name: value for name, value in chosen.items() if value})
    return f"&{said}" if said else ""
