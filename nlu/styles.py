"""In how many ways the examples of an intent are written: parents write in many, and what all looks alike teaches how it looks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from nlu.examples import Example
from nlu.text import words

_ALMOST_ALL = 0.9
_FIRST_WORDS = 0.3
_SPREAD = 2
_ENDS = tuple(".?!…؟。？！።፧")
_ASKS = tuple("?؟？፧")
_DUTCH = "nl"
_SMALL_TALK = frozenset({"affirm", "deny", "greet", "thank", "goodbye"})
"""Intents that nobody needs a word of school for."""
_WORDS_OF_SCHOOL = re.compile(
    r"\b(aanmeld|absentie|afmeld|afspraak|basisschool|bijles|brugklas|cijfer|conrector|decaan|eindexamen|gepest|gesprek"
    r"|gymles|havo|huiswerk|hulp|informatieavond|klacht|kluisje|leerling|leerplicht|lokaal|magister|mavo|medewerker|mentor"
    r"|mevrouw|nablijven|nederlands|onderbouw|ouder|pesten|profielkeuze|receptie|rekenmachine|rooster|schoolkosten"
    r"|schoolreis|somtoday|stichting|studiedag|taalklas|teamleider|terugbel|tienminuten|toestemming|toets|tolk|tussenuur"
    r"|uitval|uitschrijv|vakantie|verlof|vertrouwenspersoon|vmbo|vrij|vwo|wachtwoord|werkweek|wiskunde|ziek|zorg)"
)
"""How the Dutch words begin that parents mix into every language; letters of other languages may follow."""


def faults_of_style(texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What the examples of one intent have too much in common, and what to do."""
    lengths = sorted(len(text) for text in texts)
    tenth = len(lengths) // 10
    if lengths[-1 - tenth] < _SPREAD * lengths[tenth]:
        yield "are all equally long", "Add a few words, and a story with the request in it."
    if _share(texts, lambda text: text.endswith(_ASKS)) > _ALMOST_ALL:
        yield "are all questions", "Say what is the matter, or only imply it."
    elif _share(texts, lambda text: text.endswith(_ENDS)) > _ALMOST_ALL:
        yield "are all punctuated", "Leave it out of most, as phones do."
    if _share(texts, lambda text: text[:1].isupper()) > _ALMOST_ALL:
        yield "all begin with a capital", "Begin some in lower case."
    if len({(words(text.casefold()) or [text])[0] for text in texts}) < _FIRST_WORDS * len(texts):
        yield "begin with the same few words", "Begin in other ways."


def without_dutch(shown: Iterable[Example]) -> dict[str, list[str]]:
    """Per language the intents of which no example mixes in a Dutch word of school; Dutch itself and small talk aside."""
    mixed: dict[tuple[str, str], bool] = defaultdict(bool)
    for example in shown:
        if example.language != _DUTCH and example.intent not in _SMALL_TALK:
            mixed[example.language, example.intent] |= bool(_WORDS_OF_SCHOOL.search(example.text.casefold()))
    found: dict[str, list[str]] = defaultdict(list)
    for (language, intent), has in sorted(mixed.items()):
        if not has:
            found[language].append(intent)
    return dict(found)


def _share(texts: Sequence[str], has: Callable[[str], bool]) -> float:
    return sum(map(has, texts)) / len(texts)
