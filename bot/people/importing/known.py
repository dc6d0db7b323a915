"""What the line knows before an import: what the plan compares a file with. Read by `db.queries.roster`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from db.types import Rights


@dataclass(frozen=True, slots=True)
class KnownPupil:
    """A pupil of the school, here or gone."""

    id: int
    number: str
    given_name: str
    family_name: str
    birthday: dt.date | None
    class_id: int | None
    left: bool
    mentors: tuple[int, ...] = ()
    """Their own, before the class's."""


@dataclass(frozen=True, slots=True)
class KnownGuardian:
    """A guardian, with the numbers that the school's records give her and her rights by pupil."""

    id: int
    number: str
    given_name: str
    family_name: str
    language: str | None
    links: Mapping[int, tuple[str, Rights]] = field(default_factory=dict)
    """(relation, rights) by pupil's id."""


@dataclass(frozen=True, slots=True)
class KnownTwin:
    """A number and a name by which the files know a guardian too: somebody found the two to be one person."""

    name: str
    kept: str
    """The number of the guardian who she is."""


@dataclass(frozen=True, slots=True)
class KnownStaff:
    """A colleague."""

    id: int
    number: str
    title: str
    given_name: str
    family_name: str
    email: str
    left: bool
    can_log_in: bool


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """A mobile number: whose the records say it is, and by whom it was proven."""

    id: int
    guardian_id: int | None
    staff: bool
    bound_to: frozenset[int]


@dataclass(frozen=True, slots=True)
class KnownClass:
    """A class and its mentors, first to last."""

    id: int
    name: str
    mentors: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """The people of one school as they stand."""

    pupils: Mapping[str, KnownPupil] = field(default_factory=dict)
    guardians: Mapping[str, KnownGuardian] = field(default_factory=dict)
    twins: Mapping[str, KnownTwin] = field(default_factory=dict)
    """By the number that is no guardian's own any more."""
    staff: tuple[KnownStaff, ...] = ()
    addresses: Mapping[str, KnownAddress] = field(default_factory=dict)
    classes: tuple[KnownClass, ...] = ()
