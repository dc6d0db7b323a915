"""Invented files: tables as schools write them, and a complete OneRoster set in both versions."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

GIVEN = ("Elif", "Daan", "Amina", "Jakub", "Noor", "Yusuf", "Sofia", "Sem", "Zehra", "Milan")
FAMILY = ("Demir", "Visser", "Nasser", "Nowicki", "Kuiper", "Kaya", "Bondar", "Dekker", "Amrani", "Petrov")
PREFIXED = ("van der Berg", "de Wit")


def table(*lines: str, name: str = "leerlingen.csv", encoding: str = "utf-8", end: str = "\n") -> dict[str, bytes]:
    """A file of these lines."""
    return {name: end.join(lines).encode(encoding)}


def as_csv(headings: Sequence[str], rows: Iterable[Sequence[str]], *, delimiter: str = ",", end: str = "\n") -> bytes:
    """Rows under headings."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end)
    writer.writerow(headings)
    writer.writerows(rows)
    return out.getvalue().encode()


def zipped(files: Mapping[str, bytes], *, folder: str = "") -> bytes:
    """A zip of them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(folder + name, data)
    return out.getvalue()


def oneroster(pupils: int = 20, *, version: str = "1.1", classes: Sequence[str] = ("1A", "2B")) -> dict[str, bytes]:
    """A complete set: a school in a district, classes, lessons, teachers, two guardians for every pupil, birthdays."""
    new = version == "1.2"
    head = ["sourcedId", "status", "dateLastModified"]
    users: list[list[str]] = []
    roles: list[list[str]] = []
    enrollments: list[list[str]] = []
    demographics: list[list[str]] = []

    def user(key: str, role: str, given: str, family: str, mail: str = "", sms: str = "", agents: str = "") -> None:
        if new:
            users.append(
                [
                    key,
                    "",
                    "",
                    "true",
                    key,
                    "",
                    given,
                    family,
                    "",
                    "",
                    mail,
                    sms,
                    "",
                    agents,
                    "",
                    "",
                    "",
                    "",
                    "",
                    "",
                    "",
                    "s1",
                ]
            )
            roles.append([f"r-{key}", "", "", key, "primary", role, "", "", "s1", ""])
        else:
            users.append(
                [key, "", "", "true", "s1", role, key, "", given, family, "", "", mail, sms, "", agents, "", ""]
            )

    def enroll(group: str, key: str, role: str, primary: str = "") -> None:
        enrollments.append([f"e-{group}-{key}-{role}", "", "", group, "s1", key, role, primary, "", ""])

    groups: list[list[str]] = []
    for n, name in enumerate(classes):
        groups.append([f"c{n}", "", "", name, "", "", name, "homeroom", "", "s1", "t1", "", "", ""])
        groups.append([f"l{n}", "", "", f"{name} wiskunde", "", "", "wi", "scheduled", "", "s1", "t1", "", "", ""])
        for place, primary in enumerate(("true", "false")):
            key = f"t{n}{place}"
            user(key, "teacher", ("Anna", "Bas")[place], f"{PREFIXED[place]} {name}", f"{key}@school.example")
            enroll(f"c{n}", key, "teacher", primary)
        enroll(f"l{n}", f"t{n}1", "teacher", "true")
    for n in range(pupils):
        key, family = f"p{n}", FAMILY[n % len(FAMILY)]
        guardians = [f"g{n}a", f"g{n}b"]
        user(guardians[0], "parent", f"Fatma{n}", family, sms=f"06{10000000 + n}")
        user(guardians[1], "guardian", f"Hasan{n}", family)
        user(key, "student", GIVEN[n % len(GIVEN)], family, agents=",".join(guardians))
        group = n % len(classes)
        enroll(f"c{group}", key, "student")
        enroll(f"l{group}", key, "student")
        demographics.append([key, "", "", f"{2008 + n % 5}-0{1 + n % 9}-15", "female"])
    columns = (
        [
            "enabledUser",
            "username",
            "userIds",
            "givenName",
            "familyName",
            "middleName",
            "identifier",
            "email",
            "sms",
            "phone",
        ]
        + ["agentSourcedIds", "grades", "password", "userMasterIdentifier", "resourceSourcedIds", "preferredGivenName"]
        + ["preferredMiddleName", "preferredFamilyName", "primaryOrgSourcedId"]
        if new
        else ["enabledUser", "orgSourcedIds", "role", "username", "userIds", "givenName", "familyName", "middleName"]
        + ["identifier", "email", "sms", "phone", "agentSourcedIds", "grades", "password"]
    )
    files = {
        "manifest.csv": as_csv(
            ["propertyName", "value"],
            [["manifest.version", "1.0"], ["oneroster.version", version], ["file.users", "bulk"]],
        ),
        "orgs.csv": as_csv(
            [*head, "name", "type", "identifier", "parentSourcedId"],
            [
                ["d1", "", "", "Stichting Voorbeeld", "district", "", ""],
                ["s1", "", "", "Testcollege", "school", "", "d1"],
            ],
        ),
        "users.csv": as_csv([*head, *columns], users),
        "classes.csv": as_csv(
            [*head, "title", "grades", "courseSourcedId", "classCode", "classType", "location", "schoolSourcedId"]
            + ["termSourcedIds", "subjects", "subjectCodes", "periods"],
            groups,
        ),
        "enrollments.csv": as_csv(
            [*head, "classSourcedId", "schoolSourcedId", "userSourcedId", "role", "primary", "beginDate", "endDate"],
            enrollments,
        ),
        "demographics.csv": as_csv([*head, "birthDate", "sex"], demographics),
    }
    if new:
        files["roles.csv"] = as_csv(
            [
                *head,
                "userSourcedId",
                "roleType",
                "role",
                "beginDate",
                "endDate",
                "orgSourcedId",
                "userProfileSourcedId",
            ],
            roles,
        )
    return files


def changed(data: bytes, *, where: str = "", **columns: str) -> bytes:
    """A table with these columns set, in the rows whose first cell is `where` (or in all)."""
    rows = list(csv.reader(io.StringIO(data.decode())))
    for row in rows[1:]:
        if not where or row[0] == where:
            for name, value in columns.items():
                row[rows[0].index(name)] = value
    return as_csv(rows[0], rows[1:])


def without(data: bytes, column: str) -> bytes:
    """A table without this column."""
    rows = list(csv.reader(io.StringIO(data.decode())))
    at = rows[0].index(column)
    return as_csv(
        [c for n, c in enumerate(rows[0]) if n != at], [[c for n, c in enumerate(r) if n != at] for r in rows[1:]]
    )


def without_rows(data: bytes, *keys: str) -> bytes:
    """A table without the rows that begin so."""
    rows = list(csv.reader(io.StringIO(data.decode())))
    return as_csv(rows[0], [row for row in rows[1:] if row[0] not in keys])
