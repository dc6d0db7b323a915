"""What a colleague reads when a parent waits: as little of it as the school allows. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.staff.marks import N_
from bot.staff.topic_names import TOPICS
from db.queries.telling import ToldCase
from db.types import InboundKind, Medium, Told
from locales.catalogs import interface
from locales.languages import LANGUAGES, SOURCE

FACT = "notices_detail"
"""Among the school's facts."""
LONGEST = 1000
"""Characters of one message of hers."""
WHAT: Mapping[Told, str] = {
    Told.ESCALATED: N_("A parent has been waiting too long for an answer. Please see to it now."),
    Told.REMINDED: N_("A reminder: a parent is still waiting for your answer."),
    Told.GIVEN: N_("A parent's message has come to you."),
    Told.WROTE: N_("A parent has written to you again."),
}
"""Of several, the first stands for all."""
SUBJECT = N_("Ouderlijn: a parent is waiting for an answer")
OPEN_SUBJECT = N_("Ouderlijn: please open")
MANY_SUBJECT = N_("Ouderlijn: several parents are waiting for an answer")
OPEN = N_("Something for you is waiting in the inbox. Please open it there.")
ABOVE = N_("-- Answer above this line --")
_WITHOUT_WORDS: Mapping[InboundKind, str] = {
    InboundKind.VOICE: N_("(a voice message)"),
    InboundKind.PICTURE: N_("(a picture)"),
    InboundKind.VIDEO: N_("(a video)"),
    InboundKind.DOCUMENT: N_("(a document)"),
}


class Detail(StrEnum):
    """How much of a message the school lets out of the inbox."""

    WAITING = "waiting"
    ABOUT = "about"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Notice:
    """One case in a notice: why it is told, and what may be said of it."""

    case: ToldCase
    what: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What is handed over: a text, and for mail a subject."""

    subject: str
    text: str


def detail_of(facts: Mapping[str, str]) -> Detail:
    """As the school has set it; the least where it has not."""
    try:
        return Detail(facts.get(FACT, ""))
    except ValueError:
        return Detail.WAITING


def said(message: str, /, **values: object) -> str:
    """A sentence in the language of the school's own people."""
    text = interface(SOURCE).gettext(message)
    return text % values if values else text


def single(notice: Notice, *, detail: Detail, url: str, medium: Medium, answers: bool) -> Page:
    """One case. What is special stays in the inbox, and is answered there."""
    case = notice.case
    link = f"{url}/inbox/{case.case_id}"
    if case.special:
        return Page(said(OPEN_SUBJECT), "\n\n".join([said(OPEN), link, _why(url)]))
    parts = [_first(notice.what)]
    if detail is not Detail.WAITING:
        parts.append(_about(case))
    if detail is Detail.WORDS and case.words:
        parts.append(_words(case))
    parts.append(f"{said(N_('Open it in the inbox:'))}\n{link}")
    if answers:
        parts.append(_how(case, medium))
    parts.append(_why(url))
    above = [said(ABOVE)] if answers and medium is Medium.MAIL else []
    return Page(said(SUBJECT), "\n\n".join([*above, *parts]))


def several(notices: Sequence[Notice], *, detail: Detail, url: str) -> Page:
    """One message for many, as after a night: a line and a link for each, and no words. Each is answered by itself."""
    lines = [said(N_("%(count)s parents are waiting for you."), count=len(notices))]
    for notice in notices:
        case = notice.case
        about = said(OPEN) if case.special else _first(notice.what) if detail is Detail.WAITING else _about(case)
        lines.append(f"{about}\n{url}/inbox/{case.case_id}")
    lines.append(said(N_("To answer, open the message; an answer to this overview reaches nobody.")))
    return Page(said(MANY_SUBJECT), "\n\n".join([*lines, _why(url)]))


def _first(what: Sequence[Told]) -> str:
    return said(next(text for kind, text in WHAT.items() if kind in what))


def _about(case: ToldCase) -> str:
    topic = said(TOPICS.get(case.topic, TOPICS["question"]))
    if not case.child:
        return said(N_("About: %(topic)s"), topic=topic)
    where = f" ({case.class_name})" if case.class_name else ""
    return said(N_("About: %(child)s, %(topic)s"), child=f"{case.child}{where}", topic=topic)


def _words(case: ToldCase) -> str:
    """As she wrote it, and below it the Dutch of a machine where there is any. In another language it says which."""
    if case.language in (None, SOURCE):
        lines = [said(N_("The parent wrote:"))]
    elif any(dutch for _, _, dutch in case.words):
        lines = [said(N_("The parent wrote, in %(language)s:"), language=_language(case))]
    else:
        lines = [said(N_("The parent wrote, in %(language)s (not translated):"), language=_language(case))]
    for kind, text, dutch in case.words:
        shown = text.strip()[:LONGEST] or said(_WITHOUT_WORDS.get(kind, N_("(something without words)")))
        lines += [f"| {line}" for line in shown.splitlines()]
        if dutch:
            lines += [said(N_("In Dutch, by computer:")), *(f"| {line}" for line in dutch[:LONGEST].splitlines())]
    return "\n".join(lines)


def _how(case: ToldCase, medium: Medium) -> str:
    how = (
        N_("You can also answer this mail. Write in Dutch, above the line; the parent gets nothing else of it.")
        if medium is Medium.MAIL
        else N_("You can also answer here: hold this message, choose Reply, and write in Dutch.")
    )
    if case.language in (None, SOURCE):
        return said(how)
    dutch = N_(
        "The parent reads %(language)s: a computer translates your words where it can. Else they go out in Dutch, and say so."
    )
    return f"{said(how)}\n{said(dutch, language=_language(case))}"


def _language(case: ToldCase) -> str:
    known = LANGUAGES.get(case.language or "")
    return known.dutch if known else "?"


def _why(url: str) -> str:
    return said(N_("How and when you hear this, you choose here: %(url)s"), url=f"{url}/me")
