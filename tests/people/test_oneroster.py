"""OneRoster as found in the wild: what is missing is said and done without; what is hostile is refused whole."""

from __future__ import annotations

import datetime as dt
import io
import stat
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from bot.people.importing.opening import open_bytes, open_path
from bot.people.importing.reading import read
from bot.people.importing.roster import Roster
from bot.people.importing.text import NotRead
from db.types import Rights
from tests.people.files import as_csv, changed, oneroster, without, without_rows, zipped

TODAY = dt.date(2026, 11, 23)
Files = dict[str, bytes]


def roster(files: Mapping[str, bytes], **options: str) -> Roster:
    """What is read of them."""
    return read(files, today=TODAY, **options)  # type: ignore[arg-type]


def told(found: Roster) -> object:
    """Everybody, without where they stood."""
    return (
        [
            (p.number, p.name, p.birthday, p.class_name, [(g.number, g.phones) for g in p.guardians])
            for p in found.pupils
        ],
        sorted((s.number, s.email) for s in found.staff),
        found.class_mentors,
    )


def replaced(files: Files, name: str, change: Callable[[bytes], bytes]) -> Files:
    """The set with one file changed."""
    return files | {name: change(files[name])}


def day_first(data: bytes) -> bytes:
    """Birthdays as people here write them."""
    rows = [line.split(",") for line in data.decode().splitlines()]
    return "\n".join(
        ",".join("/".join(reversed(c.split("-"))) if c.count("-") == 2 else c for c in r) for r in rows
    ).encode()


def headings(data: bytes, **names: str) -> bytes:
    """Other names for columns."""
    head, _, rest = data.decode().partition("\n")
    return (",".join(names.get(name, name) for name in head.split(",")) + "\n" + rest).encode()


def agents_of_guardians(files: Files) -> Files:
    """Guardians who name their children, and children who name nobody."""
    users = changed(files["users.csv"], agentSourcedIds="")
    for n in range(20):
        for side in "ab":
            users = changed(users, where=f"g{n}{side}", agentSourcedIds=f"p{n}")
    return files | {"users.csv": users}


QUIRKS: Mapping[str, Callable[[Files], Files]] = {
    "CRLF": lambda f: {name: data.replace(b"\n", b"\r\n") for name, data in f.items()},
    "a mark before each file": lambda f: {name: b"\xef\xbb\xbf" + data for name, data in f.items()},
    "day-first birthdays": lambda f: replaced(f, "demographics.csv", day_first),
    "lost organisations": lambda f: replaced(f, "users.csv", lambda d: changed(d, orgSourcedIds="nowhere")),
    "agents one way only": agents_of_guardians,
    "odd headings": lambda f: replaced(
        f, "users.csv", lambda d: headings(d, sourcedId="SourcedID", givenName="First_Name", familyName="LastName")
    ),
    "userId for userIds": lambda f: replaced(f, "users.csv", lambda d: headings(d, userIds="userId")),
    "agents by semicolons": lambda f: replaced(
        f, "users.csv", lambda d: d.replace(b'b"', b'b"').replace(b"a,g", b"a;g")
    ),
    "a manifest is missing": lambda f: {name: data for name, data in f.items() if name != "manifest.csv"},
    "no organisations": lambda f: {name: data for name, data in f.items() if name != "orgs.csv"},
    "semicolons everywhere": lambda f: {n: d.replace(b",", b";") if n == "classes.csv" else d for n, d in f.items()},
    "empty files of what is not used": lambda f: f | {"orgs.csv": b"", "manifest.csv": b"\n"},
    "roles in capitals": lambda f: replaced(f, "users.csv", lambda d: d.replace(b",student,", b",Student,")),
}


@pytest.mark.parametrize("name", QUIRKS)
def test_a_quirk_changes_nobody(name: str) -> None:
    """The same pupils, guardians, classes and mentors."""
    files = oneroster(20)
    assert told(roster(QUIRKS[name](dict(files)))) == told(roster(files))


def test_both_versions_say_the_same() -> None:
    """1.1 with roles in users.csv, 1.2 with roles.csv."""
    assert told(roster(oneroster(20, version="1.2"))) == told(roster(oneroster(20)))


def test_no_roles_anywhere() -> None:
    """Who is enrolled as what says it; guardians are those whom a pupil names. It is said."""
    files = oneroster(20, version="1.2")
    del files["roles.csv"]
    found = roster(files)
    assert told(found) == told(roster(oneroster(20)))
    assert any("roles.csv" in remark.why for remark in found.notes)


def test_a_role_that_is_over() -> None:
    """Ended yesterday: nobody any more; ending today: still."""
    files = oneroster(4, version="1.2")
    roles = changed(files["roles.csv"], where="r-p0", endDate="2026-11-22")
    files["roles.csv"] = changed(roles, where="r-p1", endDate="2026-11-23")
    assert [p.number for p in roster(files).pupils] == ["p1", "p2", "p3"]


def test_users_alone() -> None:
    """No classes, no enrollments: pupils and guardians all the same."""
    files = {"users.csv": oneroster(20)["users.csv"]}
    found = roster(files)
    assert (len(found.pupils), {p.class_name for p in found.pupils}, found.school_name) == (20, {None}, "")
    assert all(len(p.guardians) == 2 for p in found.pupils)


def test_who_is_deleted_has_left() -> None:
    """A pupil by the file's own word; a deleted guardian or enrollment is not there; a delta marks nobody else."""
    files = oneroster(20)
    users = changed(files["users.csv"], where="p0", status="tobedeleted")
    files["users.csv"] = changed(users, where="g1a", status="tobedeleted")
    files["manifest.csv"] = files["manifest.csv"].replace(b"bulk", b"delta")
    found = roster(files)
    assert ([p.number for p in found.pupils if p.left], found.part) == (["p0"], True)
    assert [g.number for g in found.pupils[1].guardians] == ["g1b"]


def test_an_aunt_knows_nothing() -> None:
    """A relative is written down without rights, until the school says otherwise."""
    files = oneroster(2)
    files["users.csv"] = changed(files["users.csv"], where="g0b", role="relative")
    rights = {g.number: g.rights for p in roster(files).pupils for g in p.guardians}
    assert rights == {"g0a": None, "g0b": Rights.NONE, "g1a": None, "g1b": None}


def test_mentors_that_are_not_clear() -> None:
    """Without a first teacher, the only one; of two, none, and it is said."""
    files = oneroster(4)
    files["enrollments.csv"] = changed(files["enrollments.csv"], primary="")
    two = roster(files)
    files["enrollments.csv"] = without_rows(files["enrollments.csv"], "e-c0-t01-teacher")
    one = roster(files)
    assert (two.class_mentors, one.class_mentors) == ({}, {"1A": ("t00",)})
    assert [note.values for note in two.notes] == [{"name": "1A"}, {"name": "2B"}]


def test_several_schools() -> None:
    """Which one must be said, by its name or by its sourcedId; the other's people are not brought in."""
    files = oneroster(4)
    files["orgs.csv"] += b"s2,,,Anderlyceum,school,,d1\n"
    files["users.csv"] = changed(files["users.csv"], where="p3", orgSourcedIds="s2")
    with pytest.raises(NotRead) as asked:
        roster(files)
    found = [roster(files, school="testcollege"), roster(files, org="s1"), roster(files, school="Anderlyceum")]
    assert "Anderlyceum = s2" in str(asked.value)
    assert [[p.number for p in each.pupils] for each in found] == [["p0", "p1", "p2"], ["p0", "p1", "p2"], ["p3"]]
    assert found[0].refused == ()
    with pytest.raises(NotRead):
        roster(files, org="s9")


def test_refused_one_by_one() -> None:
    """Three rows that cannot be: the others are read, and each says why."""
    files = oneroster(6)
    users = changed(files["users.csv"], where="p0", familyName="")
    users = changed(users, where="p1", givenName="=1+1")
    users = changed(users, where="p2", role="")
    files["users.csv"] = users + users.splitlines(keepends=True)[-1]
    found = roster(files)
    assert [p.number for p in found.pupils] == ["p3", "p4", "p5"]
    assert sorted(remark.why.split()[0] for remark in found.refused) == ["A", "Nothing", "There", "This"]
    assert {"p0", "p1", "p2"} <= found.refused_numbers


BROKEN: Mapping[str, Callable[[Files], Files]] = {
    "no sourcedId": lambda f: replaced(f, "users.csv", lambda d: without(d, "sourcedId")),
    "nobody in it": lambda f: f | {"users.csv": f["users.csv"].splitlines(keepends=True)[0]},
    "half of a line": lambda f: f | {"users.csv": f["users.csv"] + b'"p99,active'},
    "not text": lambda f: f | {"enrollments.csv": b"\x00\x01\x02" * 50},
    "a workbook for a table": lambda f: f | {"classes.csv": b"PK\x03\x04" + b"x" * 60},
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_set_is_refused_whole(name: str) -> None:
    """Nothing half read."""
    with pytest.raises(NotRead):
        roster(BROKEN[name](oneroster(4)))


# --- folders and zips


def test_a_folder_and_a_zip_are_the_same(tmp_path: Path) -> None:
    """With a folder inside or without, names in capitals, a Mac's own files beside."""
    files = oneroster(4)
    for name, data in files.items():
        (tmp_path / name.upper()).write_bytes(data)
    mac = zipped({"set/" + name: data for name, data in files.items()} | {"__MACOSX/set/users.csv": b"x"})
    (tmp_path / "set.zip").write_bytes(mac)
    expected = told(roster(files))
    for opened in (
        open_path(tmp_path),
        open_path(tmp_path / "set.zip"),
        open_bytes("a.zip", zipped(files)),
        open_bytes("a.zip", zipped(files, folder="export 2026/")),
    ):
        assert told(roster(opened)) == expected


def test_one_table_in_a_zip() -> None:
    """A CSV that somebody zipped."""
    assert dict(open_bytes("a.zip", zipped({"map/Leerlingen.csv": b"a"}))) == {"leerlingen.csv": b"a"}


def bomb() -> bytes:
    """A hundred million zeros in a hundred thousand bytes."""
    return zipped({"users.csv": b"0" * 100_000_000})


def link() -> bytes:
    """A zip whose users.csv points elsewhere."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo("users.csv")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return out.getvalue()


def lying() -> bytes:
    """A zip that says its file is small."""
    data = bytearray(zipped({"users.csv": b"sourcedId\n" + b"1\n" * 20_000_000}))
    size = (10 + 40_000_000).to_bytes(4, "little")
    return bytes(data.replace(size, (1000).to_bytes(4, "little")))


HOSTILE: Mapping[str, Callable[[], bytes]] = {
    "a bomb": bomb,
    "a name that climbs": lambda: zipped({"../users.csv": b"x"}),
    "a climbing folder": lambda: zipped({"a/../../users.csv": b"x"}),
    "an absolute name": lambda: zipped({"/etc/users.csv": b"x"}),
    "a name for another system": lambda: zipped({"C:\\users.csv": b"x"}),
    "backslashes that climb": lambda: zipped({"..\\users.csv": b"x"}),
    "a link": link,
    "sizes that lie": lying,
    "two sets": lambda: zipped({"a/users.csv": b"x", "b/users.csv": b"x"}),
    "no users": lambda: zipped({"orgs.csv": b"x", "classes.csv": b"x"}),
    "too many files": lambda: zipped({f"{n}.csv": b"x" for n in range(400)}),
    "cut off": lambda: zipped(oneroster(4))[:-30],
    "a file without a name": lambda: zipped({".": b"x"}),
    "a workbook": lambda: zipped({"[Content_Types].xml": b"x", "xl/workbook.xml": b"x"}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_zip_is_refused_whole(name: str) -> None:
    """Nothing of it is read."""
    with pytest.raises(NotRead):
        open_bytes("set.zip", HOSTILE[name]())


def test_any_damage_to_a_zip_is_told_as_such() -> None:
    """A byte that changed on the way, wherever it stands: it is refused with a sentence, or did no harm."""
    whole = zipped({"users.csv": b"sourcedId,role\n" + b"abc,def\n" * 500})
    refused = 0
    for place in range(4, len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        try:
            open_bytes("set.zip", bytes(damaged))
        except NotRead:
            refused += 1
    assert refused > len(whole) / 3


def test_nothing_there(tmp_path: Path) -> None:
    """A path that is not there, and a folder of something else, are said so."""
    (tmp_path / "photos").mkdir()
    for path in (tmp_path / "nowhere.csv", tmp_path / "photos"):
        with pytest.raises(NotRead):
            open_path(path)


def test_headings_are_those_of_the_standard() -> None:
    """Our made set has them: the readers are not tried on our own invention."""
    files = oneroster(1, version="1.2")
    assert files["roles.csv"].decode().splitlines()[0].split(",")[3:6] == ["userSourcedId", "roleType", "role"]
    assert as_csv(["a", "b"], [["1", "2"]]) == b"a,b\n1,2\n"
