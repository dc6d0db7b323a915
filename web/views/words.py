"""What the inbox says about a case or a message, in one line each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

from db.queries.cases import CaseRow
from db.queries.threads import Entry, File
from db.types import ChannelName, DeliveryStatus, MediaState, OutboxState, Role, WaitReason
from locales.languages import LANGUAGES
from web.templating import CHANNELS, translate
from web.views.media_types import PLAYED, SHOWN
from web.views.names import (
    DELIVERED,
    DOUBTS,
    INTENTS,
    KINDS,
    PROOF,
    ROLES,
    SENT,
    STATES,
    SUMMARY,
    TOPICS,
    VALUES,
    WHY,
    WINDOW,
)

_HOUR: Final = 3_600
_DAY: Final = 86_400


def short(name: str) -> str:
    """A given name and an initial, as the list shows people: "Elif D."."""
    given, *family = name.split()
    return f"{given} {family[-1][0].upper()}." if family else given


def channel_names(channels: Iterable[ChannelName]) -> str:
    """Channels in a row."""
    return ", ".join(CHANNELS[channel] for channel in channels)


def language_name(code: str | None) -> str:
    """A language by its own name."""
    known = LANGUAGES.get(code or "")
    return known.endonym if known else ""


def dutch_name(code: str | None) -> str:
    """A language as Dutch calls it, for a sentence about it."""
    known = LANGUAGES.get(code or "")
    return known.dutch if known else ""


def role(name: Role) -> str:
    """A role in Dutch."""
    return translate(ROLES[name])


def wants(row: CaseRow) -> str:
    """What she wants, in one line; of what is special only that somebody should open it."""
    if not row.readable or row.sensitivity == "special":
        return translate("Please open")
    said = next((str(row.summary[name]) for name in ("message", "appointment_about") if row.summary.get(name)), "")
    title = translate(TOPICS.get(row.topic, TOPICS["question"]))
    extra = said or ", ".join(value for name, value in summary(row) if name)
    return f"{title}: {extra[:120]}" if extra else title


def summary(row: CaseRow) -> list[tuple[str, str]]:
    """What the flow collected, name and value in Dutch; her own words as she wrote them."""
    return [
        (translate(SUMMARY[name]), translate(VALUES[value]) if value in VALUES else _readable(value))
        for name, value in ((name, str(value)) for name, value in row.summary.items())
        if name in SUMMARY and value
    ]


def _readable(value: str) -> str:
    try:
        return f"{dt.date.fromisoformat(value):%d-%m-%Y}"
    except ValueError:
        return value


def why(row: CaseRow) -> str:
    """Why it came to whoever has it, in one sentence."""
    told: Mapping[str, Any] = row.why
    values = {
        "by": str(told.get("by", "")),
        "person": str(told.get("instead_of", "")),
        "role": role(row.role),
        "name": str(told.get("class", "")),
    }
    reason = str(told.get("why"))
    if reason not in WHY or reason == "role":
        reason = "class" if values["name"] else "role"
    return translate(WHY[reason], **values)


def left(row: CaseRow, now: dt.datetime) -> tuple[str, str]:
    """How much of the promise is left, and how it looks (`good`, `warn`, `bad`)."""
    if row.promise_at is None or row.waiting_since is None:
        return "", ""
    seconds = (row.promise_at - now).total_seconds()
    amount = abs(seconds)
    if amount >= _DAY:
        spell = translate("%(count)s d", count=int(amount // _DAY))
    elif amount >= _HOUR:
        spell = translate("%(count)s h", count=int(amount // _HOUR))
    else:
        spell = translate("%(count)s min", count=int(amount // 60))
    if seconds < 0:
        return translate("%(time)s late", time=spell), "bad"
    return translate("%(time)s left", time=spell), "warn" if seconds < _DAY else "good"


def medium(entry: Entry) -> str:
    """What she sent, where it is not words: "Voice note (18 s)"."""
    if entry.kind not in KINDS:
        return ""
    name = translate(KINDS[entry.kind])
    first = entry.media[0] if entry.media else {}
    if seconds := first.get("seconds"):
        return f"{name} ({int(seconds)} s)"
    if size := first.get("size"):
        return f"{name} ({max(1, int(size) // 1000)} kB)"
    return name


def look(file: File) -> str:
    """What the page does with a file of hers: `audio`, `picture`, `save`; without it `copying`, `gone`, `emptied`."""
    if not file.there:
        return {MediaState.OPEN: "copying", MediaState.KEPT: "emptied", MediaState.GONE: "gone"}[file.state]
    return "audio" if file.content_type in PLAYED else "picture" if file.content_type in SHOWN else "save"


def understood(entry: Entry) -> str:
    """What the line made of her message: the intent and how sure it was."""
    trace = entry.trace or {}
    intent = trace.get("intent")
    if not intent:
        return ""
    title = translate(INTENTS.get(str(intent), INTENTS["out_of_scope"]))
    ranking = trace.get("ranking") or []
    sure = f" ({round(float(ranking[0][1]) * 100)} %)" if ranking else ""
    return f"{title}{sure}"


def doubt(why: str) -> str:
    """Why what was proven has to be proven again."""
    return translate(DOUBTS[why])


def fared(entry: Entry, status: tuple[DeliveryStatus, str | None] | None) -> tuple[str, str, str]:
    """How our message fared: a sign, a word, and how it looks."""
    if entry.state is OutboxState.WAITING and entry.wait_reason is WaitReason.WINDOW:
        sign, word, look = WINDOW
    elif entry.state is OutboxState.WAITING and entry.wait_reason is WaitReason.PROOF:
        sign, word, look = PROOF
    elif entry.state is OutboxState.SENT:
        sign, word, look = DELIVERED.get(status[0], SENT) if status else SENT
    else:
        sign, word, look = STATES.get(entry.state or OutboxState.QUEUED, STATES[OutboxState.QUEUED])
    return sign, translate(word), look
