"""Examples of what a conversation fills in, to see or to measure a sentence as a parent gets it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bot.content.phrases import PLACEHOLDER, Phrasebook
from bot.turn.sentences import buttons
from bot.turn.types import Option, School, SentenceRef, Weekdays
from locales.languages import LANGUAGES


def samples(phrases: Phrasebook, school: School, language: str, now: dt.datetime) -> Mapping[str, Any]:
    """Examples for the placeholders that a conversation fills; the school's facts stay its own."""
    noon = (now + dt.timedelta(days=2)).replace(hour=11, minute=0, second=0, microsecond=0)
    staff = school.staff_names.get("administration", "mevrouw De Wit")
    given: dict[str, Any] = {
        "child_name": "Elif",
        "child_names": ("Elif", "Can"),
        "child_class": "2B",
        "child_text": "Elif",
        "mentor_name": "mevrouw De Wit",
        "mentor_say_as": "duh wit",
        "mentor_days_off": Weekdays((2,)),
        "person_name": staff,
        "staff_name": staff,
        "promise": school.promise.get("administration", noon),
        "opens_at": school.rota.opens_at or noon,
        "rota_names": school.rota.names or (staff,),
        "date": noon.date(),
        "time": dt.time(15, 30),
        "time1": dt.time(15, 30),
        "time2": dt.time(16),
        "amount": Decimal("12.50"),
        "place": "Artis",
        "room": "104",
        "subject": "wiskunde",
        "absence_date": now.date(),
        "leave_dates": (noon.date(),),
        "language_name": LANGUAGES[language].endonym,
        "choice": "2",
        "count": "4",
        "text": "…",
    }
    for name in ("absence_kind", "leave_kind"):
        offered: tuple[Option, ...] = buttons(phrases.book, f"utter_ask_{name}")
        given[name] = SentenceRef(offered[0].title) if offered else "…"
    unknown = {
        name: "…"
        for response in phrases.book.domain.responses
        for context in phrases.contexts(response)
        for name in PLACEHOLDER.findall(phrases.dutch(context))
        if name not in given and name not in phrases.facts and name != "school_name"
    }
    return unknown | given
