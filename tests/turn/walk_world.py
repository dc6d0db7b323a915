"""What walks walk in: a school with several families that know nothing of each other, and its sentences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property

from bot.content.phrases import Phrasebook
from bot.content.shipped import Edited, Overlay, Shipped, load_shipped
from bot.turn.types import Child, Guardian, Mentor, School
from db.types import Rights
from tests.turn.scene import facts, school

ALL_WEEK = (0, 1, 2, 3, 4)
WIT = Mentor(1, "mevrouw Witkamp", "wit kamp", female=True, weekdays=(0, 1, 3, 4))
BAK = Mentor(2, "meneer Bakhuizen", "", female=False, weekdays=ALL_WEEK)
VOS = Mentor(3, "mevrouw Vossenaar", "", female=True, weekdays=ALL_WEEK)
DUIN = Mentor(4, "meneer Duinhoven", "duin ho ven", female=False, weekdays=(1, 2))

ELIF = Child(11, "Elif", "Demirtas", "5K", Rights.FULL, (WIT,))
YASIN = Child(12, "Yasin", "Demirtas", "4Q", Rights.LIMITED, (BAK, WIT))
HIDDEN = Child(13, "Verborgen", "Geheimhout", "9Z", Rights.NONE, (VOS,))
SELIN = Child(14, "Selin", "Aksoylu", "6X", Rights.FULL, (DUIN,))
NOOR = Child(15, "Noortje", "Stambeek", "3W", Rights.FULL, ())


@dataclass(frozen=True)
class Family:
    """A guardian, and the children that the school has written to her name."""

    guardian: Guardian | None = None
    children: tuple[Child, ...] = ()


MOTHER = Family(Guardian(1, "Fatma Demirtas", None), (ELIF, YASIN, HIDDEN))
FATHER = Family(Guardian(2, "Murat Aksoylu", "tr"), (replace(ELIF, rights=Rights.LIMITED), SELIN))
"""They are separated: he has another child, and no rights to hers."""
FAMILIES = (
    MOTHER,
    FATHER,
    Family(Guardian(3, "Wietske Stambeek", "nl"), (NOOR,)),
    Family(Guardian(4, "Bram Geheimhout", None), (HIDDEN,)),
    Family(),
)
CHILDREN = (ELIF, YASIN, HIDDEN, SELIN, NOOR)
SOME_FACTS = {name: value for at, (name, value) in enumerate(facts().items()) if at % 3}
SCHOOLS: tuple[School, ...] = (
    school(),
    replace(
        school(),
        facts=SOME_FACTS,
        staff_names={**school().staff_names, "mentor:11": "meneer Smidsberg"},
    ),
    replace(school(), facts={}, staff_names={}),
)
ONLY_DUTCH = "utter_ask_timetable"
OWN: Overlay = {(f"{ONLY_DUTCH}/0", "nl"): Edited("Het rooster hangt naast de kantine.", "")}
"""A school's own sentence that nobody has translated yet: the one thing that may be Dutch."""


@dataclass(frozen=True)
class World:
    """All that is said at this school."""

    shipped: Shipped

    @cached_property
    def phrases(self) -> Phrasebook:
        """As the school says it."""
        return Phrasebook(self.shipped, OWN)


@cache
def shipped() -> Shipped:
    """What everybody says, read once."""
    return load_shipped()


def marks(child: Child) -> tuple[str, ...]:
    """By what a child would be known in a text."""
    mentors = (name for mentor in child.mentors for name in (mentor.name.split()[1], mentor.say_as) if name)
    return child.given_name, child.family_name, child.class_name, *mentors
