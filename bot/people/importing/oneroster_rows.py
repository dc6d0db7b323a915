"""One file of a OneRoster set: its rows by heading, whatever the headings' spelling."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.people.importing.roster import Place
from bot.people.importing.text import NotRead, read_table
from bot.people.importing.values import nothing, plain
from bot.staff.marks import N_

STUDENT = "student"
_GUARDIANS = frozenset({"parent", "guardian", "relative"})
MENTORS = frozenset({"teacher"})
NONE_RIGHTS = frozenset({"relative"})
"""An aunt is written down, and knows nothing until the school says so."""
_CALLED: Mapping[str, str] = {
    "id": "sourcedid",
    "orgsourcedid": "orgsourcedid",
    "orgs": "orgsourcedids",
    "agents": "agentsourcedids",
    "agentsourcedid": "agentsourcedids",
    "agentids": "agentsourcedids",
    "firstname": "givenname",
    "lastname": "familyname",
    "surname": "familyname",
    "userrole": "role",
    "dateofbirth": "birthdate",
    "birthday": "birthdate",
    "classid": "classsourcedid",
    "userid": "usersourcedid",
    "isprimary": "primary",
    "mobile": "sms",
    "telephone": "phone",
    "emailaddress": "email",
    "startdate": "begindate",
}
"""Other names of the standard's own headings."""
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "users.csv": ("sourcedId",),
    "orgs.csv": ("sourcedId", "name"),
    "roles.csv": ("userSourcedId", "role"),
    "classes.csv": ("sourcedId", "title"),
    "enrollments.csv": ("classSourcedId", "userSourcedId", "role"),
    "demographics.csv": ("sourcedId",),
}
"""Without these a file says nothing, and is perhaps no table at all."""
_LISTED = re.compile(r"[,;|\s]+")


@dataclass(frozen=True, slots=True)
class Fields:
    """One row. What is not there is empty."""

    place: Place
    cells: Mapping[str, str]
    surplus: bool = False
    """It has more cells than there are headings: something in it is not where it belongs."""

    @property
    def id(self) -> str:
        """Its sourcedId."""
        return self.cells.get("sourcedid", "")

    @property
    def deleted(self) -> bool:
        """Whether the row says that it is gone."""
        return plain(self.get("status")) in {"tobedeleted", "deleted", "inactive"}

    def get(self, name: str) -> str:
        """A cell."""
        return self.cells.get(name, "")

    def list(self, *names: str) -> tuple[str, ...]:
        """The parts of these cells, whatever stands between them."""
        return tuple(part for name in names for part in _LISTED.split(self.get(name).strip("[]")) if part.strip('"'))

    def ending(self, *ends: str) -> Iterator[str]:
        """Cells of headings that end so: a school's own columns are called metadata.something."""
        return (cell for name, cell in self.cells.items() if name.endswith(ends))

    def yes(self, name: str) -> bool:
        """Whether a cell says yes."""
        return self.get(name).casefold() in {"true", "1", "yes", "y", "ja"}


def guardian_role(role: str) -> bool:
    """Whether this role is a parent's."""
    return role in _GUARDIANS


def rows_of(name: str, data: bytes) -> tuple[Fields, ...]:
    """Every row of a file of the set; an empty file has none."""
    if not data.strip(b"\xef\xbb\xbf\r\n \x00"):
        return ()
    table = read_table(name, data)
    headings = [_heading(text) for text in table.headings]
    for column in _NEEDED.get(name, ()):
        if plain(column) not in headings:
            raise NotRead(N_("%(file)s has no column %(column)s."), file=name, column=column)
    found = []
    for row in table.rows:
        cells: dict[str, str] = {}
        for heading, cell in zip(headings, row.cells, strict=True):
            cells[heading] = cells.get(heading) or nothing(cell)
        found.append(Fields(Place(name, row.line), cells, row.surplus))
    return tuple(found)


def _heading(text: str) -> str:
    name = plain(text)
    return _CALLED.get(name, name)
