"""The knock: the school's own approved WhatsApp templates, one a language, that ask a parent to write back.

After 24 hours of her silence nothing else may leave; an answer that waits leaves when she writes. Each template holds
the words of `utter_staff_knock` and one blank, {{1}}, for the name of the school.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.port import Channel, Templated
from bot.content.phrases import FALLBACK, PLACEHOLDER, Phrasebook
from bot.core.mind import Mind
from bot.errors import NotDelivered
from bot.staff.knocking import KNOCK, Knock
from bot.staff.marks import N_
from bot.staff.replies import school_of
from bot.staff.typed import WrongFields, one_line
from bot.turn.types import Say
from db.queries.school import SchoolView
from db.tables import SchoolFact
from db.types import ChannelName
from locales.languages import LANGUAGES, SOURCE

FACT = "knock_template_"
"""Among the school's facts, each with its language behind it."""
NAME_BLANK = "1"
BLANK = f"{{{{{NAME_BLANK}}}}}"
SENTENCE = f"{KNOCK}/0"
_SID = re.compile(r"HX[0-9a-f]{32}", re.IGNORECASE)
_NEVER = {"rejected", "disabled"}


@dataclass(frozen=True, slots=True)
class Look:
    """What the provider says of one template: its `status`, or why it will not do (`fault`, a gettext id)."""

    status: str = ""
    fault: str = ""

    @property
    def good(self) -> bool:
        """Whether it would reach her today."""
        return self.status == "approved"


def templates_of(facts: Mapping[str, str]) -> Mapping[str, str]:
    """The templates by language, as the school has set them."""
    return {name.removeprefix(FACT): sid for name, sid in facts.items() if name.startswith(FACT) and sid}


def knock_for(mind: Mind, view: SchoolView, language: str) -> Knock | None:
    """The knock in her language, else in the one that somebody at home most likely reads; None where there is none."""
    templates = templates_of(view.facts)
    base = LANGUAGES[language].script_of if language in LANGUAGES else None
    chosen = next((code for code in (language, base, FALLBACK, SOURCE) if code in templates), None)
    if chosen is None:
        return None
    say = Say(KNOCK, {"school_name": view.name})
    said = mind.words(say, language=chosen, channel=ChannelName.WHATSAPP, school=school_of(view), menu=0)
    values = {NAME_BLANK: one_line(view.name)}
    return Knock(templates[chosen], values, "\n".join(said.texts), chosen)


def wording(phrases: Phrasebook, language: str) -> str:
    """What to hand in at Twilio for a language; empty where it is not translated."""
    found = phrases.sentence(SENTENCE, language)
    return PLACEHOLDER.sub(BLANK, found.text) if found is not None and found.fresh else ""


def read(given: Mapping[str, str]) -> Mapping[str, str]:
    """The templates as they were typed, by language; raises WrongFields."""
    typed = {language: one_line(text) for language, text in given.items()}
    wrong = {
        FACT + language: N_("This is not a ContentSid. It begins with HX and has 34 characters.")
        for language, sid in typed.items()
        if sid and not _SID.fullmatch(sid)
    }
    if wrong:
        raise WrongFields(wrong)
    return {language: sid[:2].upper() + sid[2:].lower() for language, sid in typed.items()}


async def save(session: AsyncSession, school_id: int, templates: Mapping[str, str]) -> None:
    """Keep them; an empty one is forgotten."""
    names = [FACT + language for language in templates]
    rows = await session.scalars(
        select(SchoolFact).where(SchoolFact.school_id == school_id, SchoolFact.name.in_(names)).with_for_update()
    )
    kept = {row.name: row for row in rows}
    for language, sid in templates.items():
        row = kept.get(FACT + language)
        if row is not None and sid:
            row.value = sid
        elif row is not None:
            await session.delete(row)
        elif sid:
            session.add(SchoolFact(school_id=school_id, name=FACT + language, value=sid))


async def examine(channel: Channel, templates: Mapping[str, str]) -> Mapping[str, Look]:
    """Look at each at the provider; one that could not be looked at has neither status nor fault."""
    if not isinstance(channel, Templated):
        return {}
    return {language: await _look(channel, language, sid) for language, sid in templates.items() if sid}


def accept(looks: Mapping[str, Look]) -> None:
    """Refuse what the provider says will not do; raises WrongFields."""
    if faults := {FACT + language: look.fault for language, look in looks.items() if look.fault}:
        raise WrongFields(faults)


async def _look(channel: Templated, language: str, sid: str) -> Look:
    try:
        found = await channel.approval(sid)
    except NotDelivered:
        return Look()
    if found is None:
        return Look(fault=N_("Twilio does not have this template."))
    if found.blanks != {NAME_BLANK}:
        return Look(fault=N_("This template must have one blank, {{1}}, for the name of the school."))
    if not _same(found.language, language):
        return Look(fault=N_("Twilio has this template in another language."))
    if found.status in _NEVER:
        return Look(found.status, N_("WhatsApp does not allow this template. Make another."))
    return Look(found.status or "unsubmitted")


def _same(theirs: str, ours: str) -> bool:
    """Theirs may name a country: `en_GB`."""
    base = LANGUAGES[ours].script_of if ours in LANGUAGES else None
    return not theirs or theirs.partition("_")[0].lower() in {ours.partition("_")[0], base}


def lacking(facts: Mapping[str, str], languages: Collection[str]) -> list[str]:
    """The languages without a template of their own. Another script of a language does with the language's."""
    templates = templates_of(facts)
    return [code for code in languages if code not in templates and LANGUAGES[code].script_of is None]
