"""Which column means what: our template, what Magister and Somtoday call it, and what somebody chose for a file of their own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.people.importing.values import plain
from bot.staff.marks import N_

Columns = tuple[str, ...]
"""The field of each column, "" where it is left out: `number`, `guardian1.phone` .."""
MOST_GUARDIANS = 6
REPEATED = frozenset({"phone"})
"""Of these a guardian may have several columns."""

PUPIL: Mapping[str, str] = {
    "number": N_("Pupil's number"),
    "given_name": N_("Given name"),
    "prefix": N_("Prefix (van, de)"),
    "family_name": N_("Family name"),
    "name": N_("Whole name"),
    "birthday": N_("Birthday"),
    "class_name": N_("Class"),
    "mentor1": N_("Mentor"),
    "mentor2": N_("Second mentor"),
}
"""What a column can be, as the page names it."""
GUARDIAN: Mapping[str, str] = {
    "number": N_("number"),
    "given_name": N_("given name"),
    "prefix": N_("prefix"),
    "family_name": N_("family name"),
    "name": N_("whole name"),
    "relation": N_("relation"),
    "rights": N_("rights"),
    "authority": N_("parental authority"),
    "language": N_("language"),
    "phone": N_("phone"),
    "mail": N_("mail"),
}
_CALLED: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("columns.yml").read_text(encoding="utf-8"))
_WHO = f"(?:{'|'.join(_CALLED['who'])})"
_BEFORE = re.compile(rf"(?:naam)?{_WHO}(?P<n>[1-{MOST_GUARDIANS}]?)(?P<rest>.*)")
_AFTER = re.compile(rf"(?P<rest>.*?)(?:van)?{_WHO}(?P<n>[1-{MOST_GUARDIANS}])")
_LAST = re.compile(rf"{_WHO}(?P<rest>.*?)(?P<n>[1-{MOST_GUARDIANS}])")
_PUPIL: Mapping[str, str] = {name: field for field, names in _CALLED["pupil"].items() for name in names}
_GUARDIAN: Mapping[str, str] = {name: field for field, names in _CALLED["guardian"].items() for name in names}
TEMPLATE = (
    "leerlingnummer",
    "roepnaam",
    "tussenvoegsel",
    "achternaam",
    "geboortedatum",
    "klas",
    "mentor1",
    "mentor2",
    *(
        f"ouder{n}_{name}"
        for n in (1, 2)
        for name in ("nummer", "voornaam", "tussenvoegsel", "achternaam", "relatie", "rechten", "taal", "telefoon", "mail")
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """What the headings say. `unclear`: headings of which two mean the same; `missing`: fields that must be there and are not."""

    kind: str
    columns: Columns
    unclear: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def ready(self) -> bool:
        """Whether the file can be read without asking anybody."""
        return not self.unclear and not self.missing


def find(headings: Sequence[str]) -> Found:
    """Each heading's field, by its name in any of the systems we know."""
    columns: list[str] = []
    unclear: list[str] = []
    for heading in headings:
        field = _field(plain(heading))
        if field and field in columns and field.rpartition(".")[2] not in REPEATED:
            unclear.append(heading)
            field = ""
        columns.append(field)
    return Found(_kind(headings), tuple(columns), tuple(unclear), missing(columns))


def missing(columns: Sequence[str]) -> tuple[str, ...]:
    """What every file must have and this one has not: a number and a name."""
    names = ("name",) if "name" in columns else ("given_name", "family_name")
    return tuple(field for field in ("number", *names) if field not in columns)


def fingerprint(headings: Sequence[str]) -> str:
    """By which a file of the same shape is known again. A hash: where there are no headings, it is made of a pupil's row."""
    return hashlib.sha256("\n".join(plain(heading) for heading in headings).encode()).hexdigest()[:32]


def fields(most: int = 4) -> dict[str, tuple[str, int]]:
    """All that a column can be: its name for the page, and of which guardian (0: the pupil)."""
    found = {field: (name, 0) for field, name in PUPIL.items()}
    for n in range(1, most + 1):
        found |= {f"guardian{n}.{field}": (name, n) for field, name in GUARDIAN.items()}
    return found


def taken(chosen: Sequence[str]) -> Columns:
    """A choice as it is kept: what we do not know, or have already, is left out."""
    known, columns = fields(MOST_GUARDIANS), []
    for field in chosen:
        twice = field in columns and field.rpartition(".")[2] not in REPEATED
        columns.append(field if field in known and not twice else "")
    return tuple(columns)


def _field(heading: str) -> str:
    if not heading:
        return ""
    if heading in _PUPIL:
        return _PUPIL[heading]
    for pattern in (_AFTER, _LAST, _BEFORE):
        found = pattern.fullmatch(heading)
        if found and (found["rest"] in _GUARDIAN or not found["rest"]):
            return f"guardian{found['n'] or 1}.{_GUARDIAN.get(found['rest'], 'name')}"
    return ""


def _kind(headings: Sequence[str]) -> str:
    names = {plain(heading) for heading in headings}
    if names & {"stamgroep", "basisgroep"}:
        return "somtoday"
    if names & {"stamnummer", "stamnr", "klassenmentor1"}:
        return "magister"
    return "csv"
