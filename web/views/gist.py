"""What the parent wants, in Dutch and without a translator: what the line itself understood."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from bot.turn.answers import SMALL_TALK
from db.queries.cases import CaseRow
from db.queries.threads import Entry
from nlu.port import OUT_OF_SCOPE
from web.templating import translate
from web.views.names import INTENTS, SUMMARY, TOPICS, VALUES
from web.views.words import short

_SURE = 0.5
_SAYS_NOTHING = {OUT_OF_SCOPE, *SMALL_TALK}


def gist(row: CaseRow, entries: Iterable[Entry]) -> str:
    """One line: what it is about, which child, what was chosen and named, and what her messages were understood as."""
    parts = [translate(TOPICS.get(row.topic, TOPICS["question"]))]
    if row.pupil:
        child = f"{short(row.pupil)} ({row.class_name})" if row.class_name else short(row.pupil)
        parts.append(translate("about %(child)s", child=child))
    parts += [f"{translate(SUMMARY[name]).lower()}: {said}" for name, said in _chosen(row)]
    if understood := list(dict.fromkeys(filter(None, (_intent(entry) for entry in entries if entry.inbound)))):
        parts.append(translate("understood as: %(what)s", what=", ".join(understood[:3])))
    return "; ".join(parts)


def _chosen(row: CaseRow) -> Iterable[tuple[str, str]]:
    """What was chosen from a list, or is a day: Dutch whatever her language is. Her own words are not."""
    for name, value in ((name, str(value)) for name, value in row.summary.items() if value):
        if name not in SUMMARY:
            continue
        if value in VALUES:
            yield name, translate(VALUES[value]).lower()
        else:
            try:
                yield name, f"{dt.date.fromisoformat(value):%d-%m-%Y}"
            except ValueError:
                continue


def _intent(entry: Entry) -> str:
    trace = entry.trace or {}
    intent, ranking = str(trace.get("intent") or ""), trace.get("ranking") or []
    if intent not in INTENTS or intent in _SAYS_NOTHING or not ranking or float(ranking[0][1]) < _SURE:
        return ""
    return translate(INTENTS[intent])
