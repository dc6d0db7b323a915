"""From what was handed in to a roster: which kind of file it is, and what its columns mean."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from bot.people.importing.columns import Columns, Found, find, fingerprint
from bot.people.importing.columns import missing as lacking
from bot.people.importing.known import Known, KnownAddress, KnownClass, KnownGuardian, KnownPupil, KnownStaff, KnownTwin
from bot.people.importing.oneroster import is_oneroster, read_oneroster
from bot.people.importing.opening import Files
from bot.people.importing.plain import read_plain
from bot.people.importing.roster import Roster
from bot.people.importing.text import NotRead, Table, read_table
from bot.people.keeping import PREFIX
from bot.staff.marks import N_
from db.queries.roster import Everybody

MAPPED = "mapped"


class UnknownColumns(NotRead):
    """It is a table, but what its columns mean must be said by somebody."""

    def __init__(self, table: Table, found: Found) -> None:
        """The headings are shown to whoever handed the file in; the text quotes none, they might be somebody's name."""
        super().__init__(
            N_("Which column is the pupil's number, and which the name, cannot be told from the headings of %(file)s."),
            file=table.file,
        )
        self.table, self.found = table, found


def read(
    files: Files,
    *,
    today: dt.date,
    said: Mapping[str, Columns] | None = None,
    school: str = "",
    org: str = "",
) -> Roster:
    """Raises `NotRead`, and `UnknownColumns` where somebody must say what they are. `said`: by fingerprint, from earlier files."""
    if is_oneroster(files):
        return read_oneroster(files, today=today, school=school, org=org)
    if len(files) != 1:
        raise NotRead(N_("%(file)s has no column %(column)s."), file="users.csv", column="sourcedId")
    ((name, data),) = files.items()
    table = read_table(name, data)
    if not table.rows:
        raise NotRead(N_("%(file)s has headings and nobody below them."), file=name)
    mark = fingerprint(table.headings)
    if said and mark in said and len(said[mark]) == len(table.headings) and not lacking(said[mark]):
        return read_plain(table, said[mark], MAPPED, today=today)
    found = find(table.headings)
    if not found.ready:
        raise UnknownColumns(table, found)
    return read_plain(table, found.columns, found.kind, today=today)


def known_of(rows: Everybody) -> Known:
    """What the database has, as a plan compares with it. Who was erased is nobody any more."""
    numbers = {row.id: row.number for row in rows.guardians}
    return Known(
        pupils={
            row.number: KnownPupil(
                row.id,
                row.number,
                row.given_name,
                row.family_name,
                row.birthday,
                row.class_id,
                row.left_at is not None,
                rows.pupil_mentors.get(row.id, ()),
            )
            for row in rows.pupils
            if not row.number.startswith(PREFIX)
        },
        guardians={
            row.number: KnownGuardian(
                row.id, row.number, row.given_name, row.family_name, row.language, rows.links.get(row.id, {})
            )
            for row in rows.guardians
            if not row.number.startswith(PREFIX) and row.merged_into_id is None
        },
        twins={
            row.number: KnownTwin(f"{row.given_name} {row.family_name}", numbers[row.merged_into_id])
            for row in rows.guardians
            if not row.number.startswith(PREFIX) and row.merged_into_id is not None
        },
        staff=tuple(
            KnownStaff(
                row.id,
                row.number,
                row.title,
                row.given_name,
                row.family_name,
                row.email,
                row.left_at is not None,
                row.login_id is not None,
            )
            for row in rows.staff
        ),
        addresses={
            row.external_id: KnownAddress(
                row.id, row.known_guardian_id, row.staff_id is not None, rows.bound.get(row.id, frozenset())
            )
            for row in rows.numbers
        },
        classes=tuple(KnownClass(row.id, row.name, rows.class_mentors.get(row.id, ())) for row in rows.classes),
    )
