"""What a sentence must satisfy, whoever wrote it: a translator in a catalogue or a school on its page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.content.phrases import PLACEHOLDER, Phrasebook
from bot.errors import Refusal
from locales.languages import SOURCE

LONGEST_TITLE = 20
"""What WhatsApp shows on a button."""
LONGEST = 1000
"""Half a dozen SMS; an answer that is longer is not read."""

_TITLE = re.compile(r"utter_title_\w+/\d+|.*/b\d+|flow/\w+/name")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_MARKUP = re.compile(r"<[A-Za-z/!?]")
_OVERRIDES = re.compile("[\u202a-\u202e]")
_OPENING, _CLOSING = re.compile("[\u2066-\u2068]"), re.compile("\u2069")


def is_title(context: str) -> bool:
    """Whether the sentence stands on a button or in a menu."""
    return _TITLE.fullmatch(context) is not None


def blanks(text: str) -> frozenset[str]:
    """The names of the placeholders."""
    return frozenset(PLACEHOLDER.findall(text))


def faults_of(context: str, text: str) -> Iterator[str]:
    """What is wrong with a sentence by itself, in any language."""
    if is_title(context) and len(text) > LONGEST_TITLE:
        yield f"the title {text!r} has {len(text)} characters, WhatsApp shows {LONGEST_TITLE}"
    if len(text) > LONGEST:
        yield f"the sentence has {len(text)} characters, more than {LONGEST}"
    if _UNSEEN.search(text):
        yield "a character that no screen shows"
    if _MARKUP.search(text):
        yield "HTML, which parents would see as it stands"
    if re.search(r"[{}]", PLACEHOLDER.sub("", text)):
        yield "a { or } without its other half"
    if _OVERRIDES.search(text) or len(_OPENING.findall(text)) != len(_CLOSING.findall(text)):
        yield "marks of direction that are not closed, or that override what follows"


def refuse_bad(
    phrases: Phrasebook,
    context: str,
    language: str,
    text: str,
    *,
    same_meaning: bool = False,
    made_from: str | None = None,
) -> None:
    """Raise Refusal where a school's sentence cannot be taken. A translation was `made_from` the Dutch of now, or of this."""
    if language not in phrases.languages:
        raise Refusal("This language is not one of the line's.")
    try:
        dutch = made_from or phrases.dutch(context)
        phrases.dutch(context)
    except LookupError:
        raise Refusal("This sentence does not exist (any more).") from None
    if not text:
        raise Refusal("The text is empty.")
    if is_title(context) and len(text) > LONGEST_TITLE:
        raise Refusal("A button has room for 20 characters.")
    if len(text) > LONGEST:
        raise Refusal("The text is too long: 1000 characters at most.")
    if _UNSEEN.search(text):
        raise Refusal("There is a character in it that no screen shows.")
    if _MARKUP.search(text):
        raise Refusal("There is HTML in it, which parents would see as it stands. Write without < and >.")
    if next(faults_of(context, text), None):
        raise Refusal("There is a curly bracket or an invisible mark without its other half.")
    _refuse_blanks(phrases, dutch, language, text, same_meaning=same_meaning)


def _refuse_blanks(phrases: Phrasebook, dutch: str, language: str, text: str, *, same_meaning: bool) -> None:
    if language != SOURCE:
        if blanks(text) != blanks(dutch):
            raise Refusal("The words in curly brackets must be the same as in the Dutch.")
        return
    known = {*blanks(dutch), *phrases.facts, "school_name"}
    if blanks(text) - known:
        raise Refusal("There is no fact of the school by the name in curly brackets.")
    if same_meaning and blanks(text) != blanks(dutch):
        raise Refusal("The words in curly brackets changed, so the other languages must be translated again.")
