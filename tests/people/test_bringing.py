"""People in, end to end: once is enough, all or nothing, nobody deleted, nobody given a right that a file does not give."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.people.importing.bringing import Changed, MustConfirm, bring_in, hand_in
from bot.people.keeping import purge
from db.tables import Address, ClassMentor, Guardian, PeopleImport, Pupil, School, SchoolClass, Staff
from db.types import ImportState
from tests.people.conftest import Place, day
from tests.people.files import oneroster

pytestmark = pytest.mark.asyncio
HEAD = (
    "leerlingnummer;roepnaam;achternaam;klas;mentor1;"
    "ouder1_nummer;ouder1_voornaam;ouder1_achternaam;ouder1_rechten;ouder1_telefoon"
)
ELIF = "1;Elif;Demir;2B;Anna de Wit <anna@school.example>;G1;Fatma;Demir;;0612345678"
DAAN = "2;Daan;Visser;2B;anna@school.example;G2;Linda;Visser;;0612345679"
CAN = "3;Can;Demir;1A;anna@school.example;G1;Fatma;Demir;beperkt;0612345678"


async def test_from_nothing_to_a_school(place: Place) -> None:
    """Pupils, a guardian of two, class and mentor, a number to write to; the counts are persons."""
    plan = await place.csv(HEAD, ELIF, DAAN, CAN)
    assert str(plan.counts) == "new: 6, changed: 0, unchanged: 0, refused: 0"
    pupils, guardians = await place.rows(Pupil), await place.rows(Guardian)
    assert [(p.number, p.given_name) for p in pupils] == [("1", "Elif"), ("2", "Daan"), ("3", "Can")]
    assert [(g.number, g.given_name) for g in guardians] == [("G1", "Fatma"), ("G2", "Linda")]
    assert await place.rights() == {
        ("Fatma", "Elif"): "full",
        ("Fatma", "Can"): "limited",
        ("Linda", "Daan"): "full",
    }
    addresses = await place.rows(Address)
    assert [(a.external_id, a.known_guardian_id) for a in addresses] == [
        ("+31612345678", guardians[0].id),
        ("+31612345679", guardians[1].id),
    ]
    classes = {row.name: row.id for row in await place.rows(SchoolClass)}
    mentors = {(row.class_id, row.staff_id) for row in await place.rows(ClassMentor)}
    (anna,) = await place.rows(Staff)
    assert (anna.given_name, anna.family_name, anna.email) == ("Anna", "de Wit", "anna@school.example")
    assert mentors == {(classes["2B"], anna.id), (classes["1A"], anna.id)}
    (school,) = await place.rows(School)
    assert school.version == 1


async def test_twice_is_once(place: Place) -> None:
    """The same file again changes nothing, and says so."""
    await place.csv(HEAD, ELIF, DAAN, CAN)
    plan = await place.csv(HEAD, ELIF, DAAN, CAN)
    assert (str(plan.counts), plan.empty) == ("new: 0, changed: 0, unchanged: 6, refused: 0", True)
    assert [row.version for row in await place.rows(School)] == [1]


async def test_who_is_missing_has_left_and_may_come_back(place: Place, clock: object) -> None:
    """Nobody is deleted, and nobody leaves by accident: above a fifth of the school somebody must say how many."""
    del clock
    await place.csv(HEAD, ELIF, DAAN, CAN)
    with pytest.raises(MustConfirm) as asked:
        await place.csv(HEAD, ELIF)
    assert asked.value.count == 2
    assert [row.left_at for row in await place.rows(Pupil)] == [None] * 3
    plan = await place.csv(HEAD, ELIF, left=2)
    left = [row.left_at is not None for row in await place.rows(Pupil)]
    back = await place.csv(HEAD, ELIF, DAAN, CAN)
    again = [row.left_at is not None for row in await place.rows(Pupil)]
    assert (left, again) == ([False, True, True], [False] * 3)
    assert (str(plan.counts), str(back.counts)) == (
        "new: 0, changed: 2, unchanged: 3, refused: 0",
        "new: 0, changed: 2, unchanged: 4, refused: 0",
    )


async def test_a_part_of_the_school(place: Place) -> None:
    """Said to be a part, nobody has left."""
    await place.csv(HEAD, ELIF, DAAN, CAN)
    plan = await place.csv(HEAD, DAAN, part=True)
    assert (plan.ask, str(plan.counts)) == (0, "new: 0, changed: 0, unchanged: 3, refused: 0")


async def test_what_was_seen_is_what_is_done(place: Place) -> None:
    """Somebody else was faster: nothing is written until it has been looked at again."""
    seen = await place.look({"a.csv": f"{HEAD}\n{ELIF}".encode()})
    await place.csv(HEAD, ELIF, DAAN)
    with pytest.raises(Changed):
        await bring_in(place.database, seen, now=place.clock.now, told=lambda _a, _b: None)
    assert len(await place.rows(Pupil)) == 2


@pytest.mark.parametrize("version", ["1.1", "1.2"])
async def test_a_whole_oneroster_set(place: Place, version: str) -> None:
    """Classes, first teachers as mentors, guardians, birthdays; again: nothing."""
    files = oneroster(20, version=version)
    plan = await place.bring(files)
    again = await place.bring(files)
    classes = {row.id: row.name for row in await place.rows(SchoolClass)}
    staff = {row.id: row.number for row in await place.rows(Staff)}
    mentors = {(classes[row.class_id or 0], staff[row.staff_id]) for row in await place.rows(ClassMentor)}
    pupils = await place.rows(Pupil)
    assert (plan.kind, str(plan.counts)) == (f"oneroster {version}", "new: 64, changed: 0, unchanged: 0, refused: 0")
    assert (str(again.counts), again.empty, plan.notes) == ("new: 0, changed: 0, unchanged: 64, refused: 0", True, ())
    assert mentors == {("1A", "t00"), ("2B", "t10")}
    assert (pupils[0].birthday, classes[pupils[1].class_id or 0]) == (day("2008-01-15"), "2B")
    assert len(await place.rows(Address)) == 20
    assert len(await place.rights()) == 40


async def test_the_history_holds_figures_only(place: Place) -> None:
    """Who, when, what kind, how many: no names, and no file."""
    await place.csv(HEAD, ELIF, DAAN)
    (row,) = await place.rows(PeopleImport)
    assert (row.state, row.kind, row.staff_id, row.file, row.file_name) == (ImportState.DONE, "csv", None, None, "")
    assert set(map(type, row.counts.values())) == {int}
    assert row.counts["pupils_new"] == 2


async def test_a_file_that_nobody_answered_is_emptied(place: Place) -> None:
    """After a day, by the night's purge; the row stays, and one that was brought in has no file any more."""

    async def keep(session: AsyncSession) -> int:
        staff = Staff(school_id=place.school_id, given_name="A", family_name="B", email="a@school.example")
        session.add(staff)
        await session.flush()
        return await hand_in(session, place.school_id, staff.id, "x.csv", b"names", org="", now=place.clock.now())

    await place.database.write(keep)
    files = []
    for hours in (1, 25):
        now = place.clock.now() + dt.timedelta(hours=hours)
        await place.database.write(lambda s, now=now: purge(s, place.school_id, now=now, secret="x"))  # type: ignore[misc]
        files += [(row.file, row.file_name) for row in await place.rows(PeopleImport)]
    assert files == [(b"names", "x.csv"), (None, "")]
