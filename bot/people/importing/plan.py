"""What an import would do: each person's step, who is refused and why, and what somebody should look at before it is done."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.people.importing.roster import Place, Remark
from db.types import Rights

ASK_ABOVE = 0.2
"""Above this share of the school, pupils are not marked as left without somebody saying how many."""
StaffRef = int | str
"""A colleague: the id of one we know, or the key of one who is new."""


class What(StrEnum):
    """What becomes of a person."""

    NEW = "new"
    CHANGED = "changed"
    BACK = "back"
    LEFT = "left"
    SAME = "unchanged"


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing that changes, in words; `field` is a column's name, `class`, `mentor`, `phone` or `rights`."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class PupilStep:
    """`set`: columns to write. `class_name` None: as it is. `mentors` None: as they are."""

    what: What
    number: str
    name: str
    place: Place
    id: int | None = None
    set: tuple[tuple[str, str | dt.date | None], ...] = ()
    class_name: str | None = None
    mentors: tuple[StaffRef, ...] | None = None
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class GuardianStep:
    """The same for a guardian."""

    what: What
    number: str
    name: str
    place: Place
    id: int | None = None
    set: tuple[tuple[str, str | None], ...] = ()
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkStep:
    """A guardianship that is new (`old` None) or changes."""

    guardian: str
    pupil: str
    relation: str
    rights: Rights
    old: Rights | None = None
    names: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class PhoneStep:
    """A mobile number that the records give to a guardian from now on; None: to nobody any more."""

    phone: str
    guardian: str | None
    address_id: int | None


@dataclass(frozen=True, slots=True)
class StaffStep:
    """A colleague who is new, or about whom the file knows more."""

    what: What
    key: str
    name: str
    place: Place
    id: int | None = None
    set: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MentorStep:
    """A class with other mentors than before."""

    class_name: str
    mentors: tuple[StaffRef, ...]
    old: tuple[str, ...]
    new: tuple[str, ...]
    fresh: bool
    """The class is new too."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A guardian who is not in the file any more, and keeps her rights."""

    guardian: str
    pupil: str
    rights: Rights


@dataclass(frozen=True, slots=True)
class Counts:
    """What the last line says."""

    new: int
    changed: int
    unchanged: int
    refused: int

    def __str__(self) -> str:
        """As scripts read it."""
        return f"new: {self.new}, changed: {self.changed}, unchanged: {self.unchanged}, refused: {self.refused}"


@dataclass(frozen=True, slots=True)
class Plan:
    """All of it. Nothing in it knows how it is written down."""

    kind: str
    school_name: str
    pupils: tuple[PupilStep, ...]
    guardians: tuple[GuardianStep, ...]
    links: tuple[LinkStep, ...]
    phones: tuple[PhoneStep, ...]
    staff: tuple[StaffStep, ...]
    classes: tuple[str, ...]
    """New ones."""
    mentors: tuple[MentorStep, ...]
    refused: tuple[Remark, ...]
    notes: tuple[Remark, ...]
    kept: tuple[Kept, ...]
    missing: int
    """Pupils who are here and not in the file: they would be marked as left."""
    here: int
    """Pupils who were here before."""

    @property
    def counts(self) -> Counts:
        """Persons, and classes that get another mentor. Who left or is back has changed."""
        steps = [step.what for part in (self.pupils, self.guardians, self.staff) for step in part]
        new, same = steps.count(What.NEW), steps.count(What.SAME)
        changed = sum(not step.fresh for step in self.mentors)
        return Counts(new, len(steps) - new - same + changed, same, len(self.refused))

    @property
    def empty(self) -> bool:
        """Whether it would change nothing."""
        return not (self.counts.new or self.counts.changed or self.classes or self.mentors)

    @property
    def ask(self) -> int:
        """How many pupils must be confirmed to have left; 0: nobody need be asked."""
        return self.missing if self.missing > ASK_ABOVE * self.here else 0

    @property
    def cut(self) -> tuple[LinkStep, ...]:
        """Guardians who would know less than before."""
        order = list(Rights)
        return tuple(step for step in self.links if step.old and order.index(step.rights) > order.index(step.old))

    def of(self, what: What) -> Iterator[PupilStep]:
        """The pupils of whom this becomes."""
        return (step for step in self.pupils if step.what is what)

    @property
    def mark(self) -> str:
        """Tells whether it is still what somebody saw."""
        steps = (self.pupils, self.guardians, self.links, self.phones, self.staff, self.classes, self.mentors)
        return hashlib.sha256(repr(steps).encode()).hexdigest()[:16]

    def summary(self) -> Mapping[str, int]:
        """Figures for the history: no names."""
        many = {what.value: sum(step.what is what for step in self.pupils) for what in What}
        return {
            **{name: getattr(self.counts, name) for name in ("new", "changed", "unchanged", "refused")},
            "pupils_new": many["new"],
            "pupils_left": many["left"],
            "pupils_back": many["back"],
            "guardians_new": sum(step.what is What.NEW for step in self.guardians),
            "classes_new": len(self.classes),
            "staff_new": sum(step.what is What.NEW for step in self.staff),
            "mentors": len(self.mentors),
            "rights_cut": len(self.cut),
        }
