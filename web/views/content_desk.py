"""What the content pages share: a school's sentences with its draft laid over them, and what a parent would see of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import HTTPException, Request
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.rendering import segments
from bot.content.answers import Readiness
from bot.content.editing import draft_overlay
from bot.content.minds import ContentMinds
from bot.content.phrases import PLACEHOLDER, Phrasebook
from bot.content.revisions import Revisions, draft_of, published_overlay
from bot.content.shipped import FLOW, Shipped, entry_of
from bot.content.values import shown
from bot.core.known import known_school
from bot.core.mind import Words
from bot.staff.marks import N_
from bot.turn.answers import PERSON
from bot.turn.sentences import buttons
from bot.turn.types import Option, Say, School, SentenceRef, Weekdays
from bot.wiring import Line
from db.queries.school import school_version
from db.queries.staff import people
from db.types import ChannelName
from locales.languages import LANGUAGES, SOURCE

MONTH = dt.timedelta(days=30)
GROUPS = {
    "domain_faq.yml": N_("Questions"),
    "domain_flows.yml": N_("Conversations"),
    "domain_patterns.yml": N_("What the line says of itself"),
    "domain_staff.yml": N_("What staff send"),
    "domain_holidays.yml": N_("Names of holidays"),
}
OTHERS = N_("Other")
TITLES = N_("Names in menus")
TITLE = "utter_title_"
MENU = "utter_not_understood"
"""In which a name is seen as a parent would see it."""
MARKS: Mapping[Readiness, tuple[str, str]] = {
    Readiness.READY: ("✓", N_("ready")),
    Readiness.UNREAD: ("○", N_("ready, not read by a native speaker yet")),
    Readiness.STALE: ("△", N_("the Dutch changed after it was translated: parents get the Dutch")),
    Readiness.MISSING: ("✕", N_("not translated: parents get the Dutch")),
}
SHARED: Mapping[str, Any] = {"marks": MARKS, "known": LANGUAGES, "source": SOURCE}
SEEN_ON = (ChannelName.WHATSAPP, ChannelName.SMS, ChannelName.TELEGRAM)


@dataclass(frozen=True, slots=True)
class Draft:
    """The open draft, for the bar at the bottom: how many sentences it changes, and who touched it last."""

    changes: int
    by: str


@dataclass(frozen=True, slots=True)
class Seen:
    """One response as one channel shows it; `segments` is what it costs as SMS."""

    channel: ChannelName
    words: Words
    length: int
    segments: int


@dataclass(frozen=True, slots=True)
class Chip:
    """A placeholder and what stands in it now; `fact` where the school fills it in itself."""

    name: str
    label: str
    value: str
    fact: bool


def minds_of(line: Line) -> ContentMinds:
    """Where the words come from. A line that was given other minds has nothing to edit."""
    if not isinstance(line.minds, ContentMinds):
        raise HTTPException(404)
    return line.minds


def content_of(line: Line) -> Shipped:
    """What is shipped."""
    return minds_of(line).content


def revisions_of(line: Line) -> Revisions:
    """The verbs."""
    return Revisions(content_of(line), line.clock)


async def phrasebook(session: AsyncSession, line: Line, school_id: int, *, draft: bool) -> Phrasebook:
    """The school's sentences: with the draft, or as parents read them now."""
    if draft:
        return Phrasebook(content_of(line), await draft_overlay(session, school_id))
    _, revision = await school_version(session, school_id)
    return Phrasebook(content_of(line), await published_overlay(session, school_id, revision))


async def draft_bar(session: AsyncSession, line: Line, school_id: int) -> Draft | None:
    """The open draft, if there is one."""
    found = await draft_of(session, school_id)
    if found is None:
        return None
    names = {person.staff_id: person.name for person in await people(session, school_id)}
    changes = await revisions_of(line).difference(session, school_id)
    return Draft(len(changes), names.get(found.staff_id or 0, ""))


async def school_of(session: AsyncSession, line: Line, school_id: int) -> School:
    """The school as a turn knows it at this moment."""
    return known_school(await line.scenes.view(session, school_id), (), line.clock.now())


def done(request: Request) -> tuple[str, str]:
    """What was just done (`published`, `discarded`, `saved`, `taken`), and with which number."""
    for name in ("published", "discarded", "saved", "taken"):
        number = request.query_params.get(name, "")
        if number.isascii() and number.isdecimal():
            return name, number[:9]
    return "", ""


def group_of(phrases: Phrasebook, entry: str) -> str:
    """Under which heading an entry stands."""
    if in_menus(entry):
        return TITLES
    file = phrases.book.domain.responses[entry].place.file.rpartition("/")[2]
    return GROUPS.get(file, OTHERS)


def in_menus(entry: str) -> bool:
    """Whether it is what menus call something: a parent never gets it by itself."""
    return entry.startswith(TITLE) or is_name(entry)


def is_name(entry: str) -> bool:
    """Whether it is the name of a flow."""
    return entry.startswith(f"{FLOW}/")


def name_of(phrases: Phrasebook, entry: str) -> str:
    """What menus call it in Dutch; else nothing."""
    title = f"{entry}/name" if is_name(entry) else phrases.book.title(entry.removeprefix("utter_"))
    return phrases.dutch(title) if title else ""


def named(phrases: Phrasebook, entry: str) -> list[tuple[str, str]]:
    """The buttons of a response that go by the name of what they lead to: where that is changed, and the name."""
    if is_name(entry):
        return []
    buttons_of = (button for variant in phrases.book.domain.responses[entry].variants for button in variant.buttons)
    titles = dict.fromkeys(phrases.book.title(button.intent or "") for button in buttons_of if not button.title)
    return [(entry_of(title), phrases.dutch(title)) for title in titles]


def preview(phrases: Phrasebook, entry: str, language: str, school: School, now: dt.datetime) -> list[Seen]:
    """As a parent would see it, by the real phrase layer, with examples for what only a conversation knows; a name in a menu."""
    given = samples(phrases, school, language, now)
    if in_menus(entry):
        say = Say(MENU, given, (Option("", phrases.contexts(entry)[0]), PERSON))
    else:
        say = Say(entry, given, buttons(phrases.book, entry))
    return [
        _seen(channel, phrases.render(say, language=language, channel=channel, school=school, menu=1))
        for channel in SEEN_ON
    ]


def _seen(channel: ChannelName, words: Words) -> Seen:
    return Seen(channel, words, sum(map(len, words.texts)), sum(map(segments, words.texts)))


def chips(phrases: Phrasebook, contexts: Sequence[str], school: School, now: dt.datetime) -> list[Chip]:
    """The placeholders of these sentences with what stands in them now."""
    names = [name for context in contexts for name in PLACEHOLDER.findall(phrases.dutch(context))]
    given = samples(phrases, school, SOURCE, now)
    made = []
    for name in dict.fromkeys(names):
        fact = phrases.facts.get(name)
        raw = school.name if name == "school_name" else school.facts.get(name, "") if fact else given.get(name, "")
        if isinstance(raw, SentenceRef):
            raw = phrases.dutch(raw.id)
        value = shown(raw, SOURCE, school.timezone, kind=fact.type if fact else "text")
        made.append(Chip(name, fact.label if fact else "", value, fact is not None))
    return made


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
