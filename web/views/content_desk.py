"""What the content pages share: a school's sentences with its draft laid over them, and what a parent would see of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fastapi import HTTPException, Request
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.rendering import cheaper, dear, segments
from bot.content.answers import Readiness
from bot.content.editing import draft_overlay
from bot.content.minds import ContentMinds
from bot.content.phrases import PLACEHOLDER, Phrasebook
from bot.content.revisions import Revisions, draft_of, published_overlay
from bot.content.samples import samples
from bot.content.shipped import FLOW, Shipped, entry_of
from bot.content.values import shown
from bot.core.mind import Words
from bot.core.school_facts import known_school
from bot.staff.marks import N_
from bot.turn.answers import PERSON
from bot.turn.sentences import buttons
from bot.turn.types import Option, Say, School, SentenceRef
from bot.wiring import Line
from db.queries.school import school_version
from db.queries.staff import people
from db.types import ChannelName
from locales.languages import LANGUAGES, SOURCE

MONTH = dt.timedelta(days=30)
GROUPS = {
    "own": N_("Of your school"),
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
class Bare:
    """An SMS without the marks on its dear letters, and what it would cost."""

    words: Words
    letters: str
    segments: int


@dataclass(frozen=True, slots=True)
class Seen:
    """One response as one channel shows it; `segments` is what it costs as SMS, `bare` what would cost less."""

    channel: ChannelName
    words: Words
    length: int
    segments: int
    bare: Bare | None = None


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
    changed = sum(change.before != change.after or change.ready for change in changes)
    return Draft(changed, names.get(found.staff_id or 0, ""))


async def school_of(session: AsyncSession, line: Line, school_id: int) -> School:
    """The school as a turn knows it at this moment."""
    return known_school(await line.scenes.view(session, school_id), (), line.clock.now())


def done(request: Request) -> tuple[str, str]:
    """What was just done (`published`, `discarded`, `saved`, `taken`, `made`, `removed`), and with which number."""
    for name in ("published", "discarded", "saved", "taken", "made", "removed"):
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
    if is_name(entry):
        flow = phrases.book.flows.get(entry.removeprefix(f"{FLOW}/"))
        return flow.name if flow else ""
    return phrases.named(entry)


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
    bare = _bare(words) if channel is ChannelName.SMS else None
    return Seen(channel, words, sum(map(len, words.texts)), sum(map(segments, words.texts)), bare)


def _bare(words: Words) -> Bare | None:
    text = "\n".join(words.texts)
    bare = cheaper(text)
    return Bare(replace(words, texts=(bare,)), " ".join(dear(text)), segments(bare)) if bare else None


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
