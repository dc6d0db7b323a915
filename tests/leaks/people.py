"""The school as a plain list of people: what the reckoning of rights looks at, beside and apart from the tables."""

from __future__ import annotations

from dataclasses import dataclass, field

from db.types import CaseState, Rights, Role, Sensitivity


@dataclass
class AStaff:
    """Somebody who works at a school, or did."""

    staff_id: int
    names: tuple[str, str]
    private: tuple[str, ...]
    """E-mail, mobile number, how to say the name: for administrators."""
    roles: tuple[Role, ...] = ()
    administrator: bool = False
    left: bool = False
    kind: str = ""


@dataclass
class APupil:
    """A child; `mentors` are its own."""

    pupil_id: int
    names: tuple[str, str]
    private: tuple[str, ...]
    class_id: int
    mentors: tuple[int, ...] = ()
    left: bool = False


@dataclass
class AGuardian:
    """A parent; `children` with the rights to each."""

    guardian_id: int
    names: tuple[str, str]
    private: tuple[str, ...]
    relation: str
    children: dict[int, Rights] = field(default_factory=dict)
    numbers: tuple[str, ...] = ()


@dataclass
class AClass:
    """A class and its mentors."""

    class_id: int
    name: str
    mentors: tuple[int, ...]


@dataclass
class ACase:
    """A case; `words` is all that was said, noted, sent or done in it."""

    case_id: int
    conversation_id: int
    guardian_id: int | None
    pupil_id: int | None
    sensitivity: Sensitivity
    role: Role
    assignee_id: int | None
    state: CaseState
    topic: str
    verified: bool
    words: list[str] = field(default_factory=list)
    media: list[int] = field(default_factory=list)


@dataclass
class ASchool:
    """One school."""

    school_id: int
    name: str
    staff: list[AStaff] = field(default_factory=list)
    classes: list[AClass] = field(default_factory=list)
    pupils: list[APupil] = field(default_factory=list)
    guardians: list[AGuardian] = field(default_factory=list)
    cases: list[ACase] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)

    def pupil(self, pupil_id: int | None) -> APupil | None:
        """By number."""
        return next((pupil for pupil in self.pupils if pupil.pupil_id == pupil_id), None)

    def guardian(self, guardian_id: int | None) -> AGuardian | None:
        """By number."""
        return next((guardian for guardian in self.guardians if guardian.guardian_id == guardian_id), None)
