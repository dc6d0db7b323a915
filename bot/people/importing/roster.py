"""What a file says: pupils, guardians, classes and staff, in our own words whatever the file's were."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from db.types import Rights


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands in what was read. Line 0: in no line of its own."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to say about a line. `why` is a gettext id with blanks, `values` fills them; `who` is for the page only."""

    place: Place
    why: str
    values: Mapping[str, object] = field(default_factory=dict)
    who: str = ""

    def __str__(self) -> str:
        """In English, without who it is about."""
        words = self.why % self.values if self.values else self.why
        return f"{self.place.file}:{self.place.line}: {words}" if self.place.line else f"{self.place.file}: {words}"


@dataclass(frozen=True, slots=True)
class StaffIn:
    """A member of staff as a file names them. `key` is how other rows of the file refer to them."""

    key: str
    place: Place
    number: str = ""
    title: str = ""
    given_name: str = ""
    family_name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class GuardianIn:
    """A guardian of one pupil as one line has her. Empty: the file does not say; `rights` None: the same."""

    place: Place
    given_name: str
    family_name: str
    number: str = ""
    relation: str = ""
    rights: Rights | None = None
    language: str | None = None
    phones: tuple[str, ...] = ()
    mail: str = ""
    """Only to see that two lines mean one person: it is not kept."""

    @property
    def name(self) -> str:
        """As it is compared and shown."""
        return f"{self.given_name} {self.family_name}".strip()


@dataclass(frozen=True, slots=True)
class PupilIn:
    """A pupil as a file has it. None: the file does not say."""

    number: str
    place: Place
    given_name: str
    family_name: str
    birthday: dt.date | None = None
    class_name: str | None = None
    mentors: tuple[str, ...] = ()
    """Keys of staff, the first one first."""
    guardians: tuple[GuardianIn, ...] = ()
    left: bool = False
    """The file itself says that the pupil has gone."""

    @property
    def name(self) -> str:
        """As it is compared and shown."""
        return f"{self.given_name} {self.family_name}".strip()


@dataclass(frozen=True, slots=True)
class Roster:
    """All that was read. `refused` stands for whole rows, `notes` for what was left out of a row that was taken."""

    kind: str
    """csv, magister, somtoday, mapped, oneroster 1.1, oneroster 1.2"""
    pupils: tuple[PupilIn, ...]
    staff: tuple[StaffIn, ...] = ()
    guardians: tuple[GuardianIn, ...] = ()
    """Those that stand in the file without a child of this school."""
    class_mentors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Where the file gives mentors to classes: keys of staff."""
    refused: tuple[Remark, ...] = ()
    refused_numbers: frozenset[str] = frozenset()
    """Numbers of pupils whose row was refused: they are in the file, so they have not left."""
    notes: tuple[Remark, ...] = ()
    school_name: str = ""
    part: bool = False
    """The file says of itself that it holds changes only: who is not in it has not left."""
