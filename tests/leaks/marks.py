"""Facts that can be recognised anywhere: words that occur nowhere else, numbers, days; and finding them in a text."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_MARK = re.compile(r"qx[bdfgklmnprstvz][aeiou][bdfgklmnprstvz][aeiou][bdfgklmnprstvz][aeiou]", re.IGNORECASE)
_BLANKS = re.compile(r"[\s().-]")


@dataclass
class Marks:
    """Makes facts, each once. A fact is its text in small letters; numbers and days have other forms too."""

    chance: random.Random
    words: set[str] = field(default_factory=set)
    forms: dict[str, str] = field(default_factory=dict)
    """Numbers and days: the fact by each form in which it may be written."""

    def word(self) -> str:
        """A word that stands for one fact: a name, a sentence, a key."""
        while True:
            made = "Qx" + "".join(self.chance.choice(("bdfgklmnprstvz", "aeiou")[n % 2]) for n in range(6))
            if made.lower() not in self.words:
                self.words.add(made.lower())
                return made

    def mobile(self) -> str:
        """A mobile number in international form; found in any national form too."""
        while (made := f"+316{self.chance.randrange(10**7, 10**8)}") in self.forms.values():
            pass
        self.forms[made[-8:]] = made
        return made

    def birthday(self, year: int) -> dt.date:
        """A day in a year that nothing else falls in."""
        made = dt.date(year, 1, 1) + dt.timedelta(days=self.chance.randrange(365))
        self.forms |= {form: made.isoformat() for form in (made.isoformat(), f"{made:%d-%m-%Y}")}
        return made

    def found(self, text: str) -> set[str]:
        """The facts in a text."""
        known = {mark for mark in map(str.lower, _MARK.findall(text)) if mark in self.words}
        packed = _BLANKS.sub("", text)
        return known | {
            fact for form, fact in self.forms.items() if form in text or (form.isdecimal() and form in packed)
        }


def facts(items: Iterable[object]) -> set[str]:
    """As `found` names them."""
    return {str(item).lower() for item in items if item}
