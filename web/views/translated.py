"""What the inbox says about translations: doubts, reasons, and what the line made of it all by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from markupsafe import Markup, escape

from bot.staff.marks import N_
from bot.translation.checking import Kind
from bot.translation.outward import EXPECTED
from bot.translation.plain import Kind as HintKind
from bot.translation.policy import why_not
from bot.translation.port import NoTranslation, Why
from bot.translation.service import Translation
from db.queries.cases import CaseRow
from locales.languages import SOURCE
from web.templating import translate

DOUBTS: Mapping[str, str] = {
    Kind.NEGATION: N_("“Not” may be lost or added"),
    Kind.NUMBER: N_("A number may be wrong"),
    Kind.TIME: N_("A time may be wrong"),
    Kind.DATE: N_("A day may be wrong"),
    Kind.NAME: N_("A name may be wrong"),
    Kind.WORD: N_("A school word was translated that parents know in Dutch"),
    Kind.LENGTH: N_("A part may be missing"),
    Kind.BACK: N_("It could not be translated back"),
    Kind.UNCHECKED: N_("Nobody has compared this with the original: look at all of it"),
}
REASONS: Mapping[str, str] = {
    Why.NOBODY: N_("There is no machine translation here."),
    Why.OFF: N_("This school uses no machine translation."),
    Why.PRIVATE: N_("This is confidential: it is not given to a translator outside the school."),
    Why.LANGUAGE: N_("No machine translates this language well enough."),
    Why.LONG: N_("This is too long for the translator."),
    Why.UNSAFE: N_("A name or number could not be covered, so nothing was sent to the translator."),
    Why.GARBLED: N_("The translator lost a name or number, so its translation is not shown."),
    Why.BUSY: N_("The translator is busy."),
    Why.QUOTA: N_("The translator's allowance is used up."),
    Why.AWAY: N_("The translator does not answer."),
    Why.REFUSED: N_("The translator refuses our key."),
}
HINTS: Mapping[str, str] = {
    HintKind.LONG: N_("Long sentence: make two of it"),
    HintKind.WORD: N_("Hard word"),
    HintKind.PASSIVE: N_("Say who does it"),
    HintKind.SAYING: N_("Saying: it is translated word for word"),
}


def doubt_words(kind: str) -> str:
    """A doubt in Dutch."""
    return translate(DOUBTS.get(kind, DOUBTS[Kind.NUMBER]))


def reason(why: str | None) -> str:
    """Why there is no translation, in Dutch; empty where there is none to give."""
    return translate(REASONS[why]) if why and why in REASONS else ""


def hint_words(kind: str) -> str:
    """A hint in Dutch."""
    return translate(HINTS[kind])


def marked(text: str, said: Iterable[str]) -> Markup:
    """A text with the doubtful words marked, where they stand in it as they were found."""
    words = sorted({each for each in said if len(each) > 1}, key=len, reverse=True)
    if not words:
        return Markup(escape(text))  # noqa: S704 - escaped here
    pattern = re.compile("|".join(r"(?<!\w)" + re.escape(word) for word in words), re.IGNORECASE)
    parts, place = [], 0
    for found in pattern.finditer(text):
        parts += [escape(text[place : found.start()]), Markup("<mark>"), escape(found[0]), Markup("</mark>")]
        place = found.end()
    return Markup("").join([*parts, escape(text[place:])])


def not_understood(text: str) -> bool:
    """She sent a question mark alone: what the line asks her to send where a translated answer is not clear."""
    return bool(text.strip()) and not text.strip(" ?؟？!፧;")


async def can_translate(translation: Translation, allowed: str, row: CaseRow) -> Why | None:
    """Why words of one's own will not be translated for her, as far as that is known before anybody types; None: they will."""
    language = row.language or SOURCE
    if language == SOURCE:
        return None
    if why := why_not(translation.engine, allowed, row.sensitivity):
        return why
    try:
        return None if await translation.engine.pairs(SOURCE, language) else Why.LANGUAGE
    except NoTranslation as error:
        return error.why if error.why in EXPECTED else None
