"""From guardians to pages: the words in Dutch and in her language, a fresh code each, and one PDF."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.mind import Mind
from bot.people.codes import new_code
from bot.people.letters.addressees import Addressee
from bot.people.letters.doorways import Doorway
from bot.people.letters.printing import Printer, Unprintable, qr
from bot.staff.replies import school_of
from bot.turn.types import Say
from db.queries.school import SchoolView
from db.types import ChannelName
from locales.formats import strip_directions, with_year
from locales.languages import LANGUAGES, SOURCE, shipped

LASTS = dt.timedelta(days=120)
"""From a letter's day until its code works no more: long enough for a drawer, too short for a removal."""
UNKNOWN = "en"
"""Beside the Dutch where the school does not know her language; below it every other language says that it is there too."""
PACKAGES: Mapping[str, str] = {"zh": "fonts-noto-cjk"}
USUAL_PACKAGE = "fonts-noto-core"
_NAMES = {
    ChannelName.WHATSAPP: "WhatsApp",
    ChannelName.TELEGRAM: "Telegram",
    ChannelName.SMS: "SMS",
    ChannelName.WEB: "Web",
}
_PLAIN = ("title", "what", "who", "how", "sms", "code", "stop")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Printed:
    """Letters on paper, and the code in each, by guardian: for the hashes, then to be forgotten."""

    pdf: bytes
    codes: Mapping[int, str] = field(repr=False)
    without: frozenset[str] = frozenset()
    """Languages that no font here can print: these letters are in Dutch only."""
    unprintable: int = 0
    """Letters that could not be made: a name in letters that no font here has."""


@dataclass(slots=True)
class Scribe:
    """Writes a school's letters of one day."""

    mind: Mind
    view: SchoolView
    doors: Sequence[Doorway]
    now: dt.datetime
    printer: Printer = field(default_factory=Printer)
    _can: dict[str, bool] = field(default_factory=dict)

    @property
    def until(self) -> dt.datetime:
        """The end of the last day on which the codes work."""
        zone = ZoneInfo(self.view.timezone)
        return dt.datetime.combine(self.last + dt.timedelta(days=1), dt.time(0), zone).astimezone(dt.UTC)

    @property
    def _today(self) -> dt.date:
        return self.now.astimezone(ZoneInfo(self.view.timezone)).date()

    @property
    def last(self) -> dt.date:
        """The last day on which the codes work."""
        return self._today + LASTS

    def write(self, people: Sequence[Addressee]) -> Printed:
        """A page for each. Takes its time: not in the event loop."""
        codes = {person.guardian_id: new_code() for person in people}
        wanted = {person.language or UNKNOWN for person in people} & set(shipped())
        without = frozenset(language for language in wanted if not self.can(language))
        pages = [self._page(person, codes[person.guardian_id]) for person in people]
        try:
            return Printed(self._pdf(pages), codes, without)
        except Unprintable:
            good = [self._printable(page) for page in pages]
        kept = [page for page, fine in zip(pages, good, strict=True) if fine]
        there = {
            person.guardian_id: codes[person.guardian_id] for person, fine in zip(people, good, strict=True) if fine
        }
        return Printed(self._pdf(kept) if kept else b"", there, without, len(pages) - len(kept))

    def can(self, language: str) -> bool:
        """Whether every letter that a page in this language has can be printed here."""
        if language not in self._can:
            self._can[language] = self.printer.can(" ".join(map(str, self._way(language, ("Elif", "Can")).values())))
        return self._can[language]

    def _printable(self, page: Mapping[str, Any]) -> bool:
        try:
            self._pdf([page])
        except Unprintable:
            return False
        return True

    def _pdf(self, pages: Sequence[Mapping[str, Any]]) -> bytes:
        return self.printer.print(
            {
                "school": self.view.name,
                "accent": self.view.accent,
                "title": self._said("title", {}, SOURCE),
                "date": with_year(self._today, SOURCE),
                "letters": pages,
            }
        )

    def _page(self, person: Addressee, code: str) -> dict[str, Any]:
        wanted = person.language if person.language in shipped() else UNKNOWN
        languages = [SOURCE] + [language for language in (wanted,) if language != SOURCE and self.can(language)]
        others = [] if person.language in shipped() else self._others({SOURCE, UNKNOWN})
        return {
            "name": person.name,
            "pupil": person.pupil,
            "class": person.class_name,
            "code": code,
            "ways": [self._way(language, person.children) for language in languages],
            "others": others,
            "sms": any(door.channel is ChannelName.SMS for door in self.doors),
            "doors": [
                {"name": _NAMES[door.channel], "place": door.place, "qr": qr(door.link(code))} for door in self.doors
            ],
        }

    def _others(self, said: set[str]) -> list[dict[str, Any]]:
        return [
            {"title": self._said("title", {}, code), "lang": code, "rtl": LANGUAGES[code].rtl}
            for code in shipped()
            if code not in said and LANGUAGES[code].script_of is None and self.can(code)
        ]

    def _way(self, language: str, children: tuple[str, ...]) -> dict[str, Any]:
        known = LANGUAGES[language]
        sentences = {name: self._said(name, {}, language) for name in _PLAIN}
        sentences["for"] = self._said("for", {"child_names": children}, language)
        sentences["until"] = self._said("until", {"date": with_year(self.last, language)}, language)
        return {**sentences, "lang": (known.script_of or language), "rtl": known.rtl}

    def _said(self, name: str, values: Mapping[str, object], language: str) -> str:
        say = Say(f"utter_letter_{name}", values)
        words = self.mind.words(say, language=language, channel=ChannelName.WEB, school=school_of(self.view), menu=0)
        # The page sets its own directions; a font has no sign for those that stand inside a text.
        return strip_directions("\n".join(words.texts))


def package_of(language: str) -> str:
    """The Debian package whose fonts have a language's letters."""
    return PACKAGES.get(language, USUAL_PACKAGE)
