"""What an import makes of people it knows: who is who, what they may know, whose number it is, who the mentor is."""

from __future__ import annotations

import random

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.people.forgetting import erase_guardian, erase_pupil
from bot.people.importing.columns import TEMPLATE
from db.tables import Address, Binding, ClassMentor, Guardian, Guardianship, Pupil, SchoolClass, Staff
from db.types import ChannelName, Rights
from tests.people.conftest import Place
from tests.people.files import FAMILY, GIVEN, oneroster, table

pytestmark = pytest.mark.asyncio
HEAD = "leerlingnummer;roepnaam;achternaam;klas;mentor1;ouder1_nummer;ouder1_voornaam;ouder1_achternaam"
PHONED = "leerlingnummer;roepnaam;achternaam;ouder1_nummer;ouder1_voornaam;ouder1_achternaam;ouder1_telefoon"
NUMBERLESS = "leerlingnummer;roepnaam;achternaam;ouder1_voornaam;ouder1_achternaam;ouder1_telefoon;ouder1_mail"


async def owners(place: Place) -> dict[str, str]:
    """Whose each mobile number is, by the school's own records."""
    numbers = {row.id: row.number for row in await place.rows(Guardian)}
    return {row.external_id: numbers.get(row.known_guardian_id or 0, "") for row in await place.rows(Address)}


def whys(remarks: object) -> list[str]:
    """What is said, in short."""
    return [" ".join(remark.why.split()[:4]) for remark in remarks]  # type: ignore[attr-defined]


# --- who is who


async def test_another_pupil_under_a_known_number(place: Place) -> None:
    """Refused: guardians of the first would learn about the second. A new family name alone is a change."""
    await place.csv(HEAD, "1;Elif;Demir;2B;;G1;Fatma;Demir", "2;Daan;Visser;2B;;G2;Linda;Visser")
    plan = await place.csv(HEAD, "1;Sofia;Bondar;2B;;G1;Fatma;Demir", "2;Daan;Kuiper;2B;;G2;Jan;Jansen")
    names = [f"{row.given_name} {row.family_name}" for row in await place.rows(Pupil)]
    assert (names, [row.left_at for row in await place.rows(Pupil)]) == (["Elif Demir", "Daan Kuiper"], [None, None])
    assert (plan.counts.refused, [row.given_name for row in await place.rows(Guardian)]) == (2, ["Fatma", "Linda"])


async def test_a_guardian_without_a_number(place: Place) -> None:
    """Known again by name beside the pupil; one person beside a brother by phone or mail; never by name alone."""
    lines = (
        "1;Elif;Demir;Fatma;Demir;0612345678;",
        "2;Can;Demir;Fatma;Demir;06-12345678;",
        "3;Daan;Visser;Linda;Visser;;linda@visser.example",
        "4;Noor;Visser;Linda;Visser;;Linda@visser.example",
        "5;Sem;Demir;Fatma;Demir;;",
    )
    await place.csv(NUMBERLESS, *lines)
    again = await place.csv(NUMBERLESS, *lines)
    changed = await place.csv(NUMBERLESS, lines[0].replace("0612345678", "0612345679"), *lines[1:])
    guardians = [(row.number, row.given_name) for row in await place.rows(Guardian)]
    assert guardians == [("1-1", "Fatma"), ("3-1", "Linda"), ("5-1", "Fatma")]
    assert (again.empty, len(await place.rows(Guardianship))) == (True, 5)
    assert (changed.counts.new, changed.counts.changed) == (0, 1)


async def test_who_is_not_in_the_file_keeps_her_rights(place: Place) -> None:
    """And it is said. A file without guardians says nothing of them."""
    await place.csv(HEAD, "1;Elif;Demir;2B;;G1;Fatma;Demir")
    other = await place.csv(HEAD, "1;Elif;Demir;2B;;G2;Mehmet;Demir")
    none = await place.csv(HEAD, "1;Elif;Demir;2B;;;;")
    assert await place.rights() == {("Fatma", "Elif"): "full", ("Mehmet", "Elif"): "full"}
    assert ([kept.guardian for kept in other.kept], none.kept) == (["Fatma Demir"], ())


async def test_rights_are_cut_in_sight(place: Place) -> None:
    """Less than before stands in a list of its own; more does not; silence changes nothing; the narrower of two counts."""
    head = HEAD + ";ouder1_rechten"
    await place.csv(head, "1;Elif;Demir;2B;;G1;Fatma;Demir;volledig", "2;Can;Demir;2B;;G1;Fatma;Demir;beperkt")
    plan = await place.csv(head, "1;Elif;Demir;2B;;G1;Fatma;Demir;geen", "2;Can;Demir;2B;;G1;Fatma;Demir;")
    assert [(step.old, step.rights) for step in plan.cut] == [(Rights.FULL, Rights.NONE)]
    assert await place.rights() == {("Fatma", "Elif"): "none", ("Fatma", "Can"): "limited"}
    back = await place.csv(head, "1;Elif;Demir;2B;;G1;Fatma;Demir;volledig", "2;Can;Demir;2B;;G1;Fatma;Demir;")
    assert (back.cut, (await place.rights())["Fatma", "Elif"]) == ((), "full")


async def test_who_was_erased_is_nobody(place: Place) -> None:
    """Neither missing nor known again: a file that still has them brings somebody new."""
    await place.csv(HEAD, "1;Elif;Demir;2B;;G1;Fatma;Demir", "2;Daan;Visser;2B;;G2;Linda;Visser")
    (elif_, _), (fatma, _) = await place.rows(Pupil), await place.rows(Guardian)
    for erase, row in ((erase_guardian, fatma), (erase_pupil, elif_)):
        await place.database.write(
            lambda s, erase=erase, row=row: erase(s, place.school_id, row.id, now=place.clock.now(), secret="x")  # type: ignore[misc]
        )
    without = await place.csv(HEAD, "2;Daan;Visser;2B;;G2;Linda;Visser")
    again = await place.csv(HEAD, "1;Elif;Demir;2B;;G1;Fatma;Demir", "2;Daan;Visser;2B;;G2;Linda;Visser")
    assert (without.empty, again.counts.new, again.kept) == (True, 2, ())


# --- numbers


async def test_a_shared_phone_stays_with_the_first(place: Place) -> None:
    """One known guardian for each number; who comes second is said, and later imports do not turn it round."""
    lines = ("1;A;Demir;G1;Fatma;Demir;0612345678", "1;A;Demir;G2;Mehmet;Demir;0612345678")
    plan = await place.csv(PHONED, *lines)
    turned = await place.csv(PHONED, *reversed(lines))
    assert (await owners(place), whys(plan.notes)) == ({"+31612345678": "G1"}, ["This mobile number is"])
    assert (turned.empty, whys(turned.notes)) == (True, ["This mobile number is"])


async def test_a_number_moves_to_whom_the_file_gives_it(place: Place) -> None:
    """From a guardian who has another one now; never from one of whom the file gives none."""
    await place.csv(PHONED, "1;A;Demir;G1;Fatma;Demir;0612345678", "2;B;Visser;G2;Linda;Visser;0612345679")
    silent = await place.csv(PHONED, "1;A;Demir;G1;Fatma;Demir;", "2;B;Visser;G2;Linda;Visser;0612345678")
    assert await owners(place) == {"+31612345678": "G1", "+31612345679": ""}
    assert whys(silent.notes) == ["This mobile number is"]
    await place.csv(PHONED, "1;A;Demir;G1;Fatma;Demir;0612345670", "2;B;Visser;G2;Linda;Visser;0612345678")
    assert await owners(place) == {"+31612345678": "G2", "+31612345679": "", "+31612345670": "G1"}


async def test_a_new_number_ends_no_binding(place: Place) -> None:
    """What a letter's code proved stays proven, and it is said."""
    await place.csv(PHONED, "1;A;Demir;G1;Fatma;Demir;0612345678")
    (address,), (guardian,) = await place.rows(Address), await place.rows(Guardian)

    async def bind(session: AsyncSession) -> None:
        session.add(
            Binding(
                school_id=place.school_id,
                address_id=address.id,
                guardian_id=guardian.id,
                proof="code",
                bound_at=place.clock.now(),
            )
        )

    await place.database.write(bind)
    plan = await place.csv(PHONED, "1;A;Demir;G1;Fatma;Demir;0612345679")
    (binding,) = await place.rows(Binding)
    assert (binding.ended_at, whys(plan.notes)) == (None, ["A number that is"])
    assert await owners(place) == {"+31612345678": "", "+31612345679": "G1"}


async def test_a_colleague_who_is_a_parent(place: Place) -> None:
    """Alarms go to a colleague's number: an import does not make it a parent's."""

    async def add(session: AsyncSession) -> None:
        staff = Staff(school_id=place.school_id, given_name="Anna", family_name="de Wit", email="anna@school.example")
        session.add(staff)
        await session.flush()
        session.add(
            Address(school_id=place.school_id, channel=ChannelName.SMS, external_id="+31612345678", staff_id=staff.id)
        )

    await place.database.write(add)
    plan = await place.csv(PHONED, "1;A;Demir;G1;Fatma;Demir;0612345678")
    assert (await owners(place), whys(plan.notes)) == ({"+31612345678": ""}, ["This mobile number is"])


# --- mentors


async def mentors(place: Place) -> dict[str, list[str]]:
    """Family names of mentors, by class or pupil."""
    names = {row.id: row.family_name for row in await place.rows(Staff)}
    classes = {row.id: row.name for row in await place.rows(SchoolClass)}
    pupils = {row.id: row.given_name for row in await place.rows(Pupil)}
    found: dict[str, list[str]] = {}
    for row in await place.rows(ClassMentor):
        key = classes[row.class_id] if row.class_id else pupils[row.pupil_id or 0]
        found.setdefault(key, []).append(names[row.staff_id])
    return found


async def test_the_class_and_the_exception(place: Place) -> None:
    """What most of a class have is the class's; who has another has an own one, until the file says otherwise."""
    anna, bas = "Anna de Wit <anna@school.example>", "Bas Bakker <bas@school.example>"
    lines = [f"1;A;A;2B;{anna};;;", f"2;B;B;2B;{anna};;;", f"3;C;C;2B;{bas};;;"]
    await place.csv(HEAD, *lines)
    first = await mentors(place)
    again = await place.csv(HEAD, *lines)
    swapped = await place.csv(HEAD, *(line.replace(anna, "X").replace(bas, anna).replace("X", bas) for line in lines))
    second = await mentors(place)
    await place.csv(HEAD, "1;A;A;2B;;;;", "2;B;B;2B;;;;", "3;C;C;2B;;;;")
    assert first == {"2B": ["de Wit"], "C": ["Bakker"]}
    assert (again.empty, [(step.old, step.new) for step in swapped.mentors]) == (
        True,
        [(("Anna de Wit",), ("Bas Bakker",))],
    )
    assert (second, await mentors(place)) == ({"2B": ["Bakker"], "C": ["de Wit"]}, second)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Anna de Wit", True),
        ("Wit, Anna de", True),
        ("mevrouw De Wit", True),
        ("A. de Wit", True),
        ("mw. A. de Wit", True),
        ("ANNA@school.example", True),
        ("B. de Wit", False),
        ("Anna Bakker", False),
        ("Jansen", False),
        ("J. Jansen", False),
        ("onbekend@school.example", False),
    ],
)
async def test_a_mentor_by_name(place: Place, typed: str, found: bool) -> None:  # noqa: FBT001 - a table of cases
    """Only if exactly one colleague is meant; else it is said, and nobody is guessed or made twice."""

    async def add(session: AsyncSession) -> None:
        for given_name, family in (("Anna", "de Wit"), ("Jan", "Jansen"), ("Joke", "Jansen")):
            mail = f"{given_name.casefold()}@school.example"
            session.add(Staff(school_id=place.school_id, given_name=given_name, family_name=family, email=mail))

    await place.database.write(add)
    plan = await place.csv(HEAD, f"1;A;A;2B;{typed};;;")
    assert (await mentors(place), len(plan.notes)) == (({"2B": ["de Wit"]}, 0) if found else ({}, 1))
    assert len(await place.rows(Staff)) == 3


async def test_colleagues_are_never_twice(place: Place) -> None:
    """By number, then by mail; who has left does not come back by a file; nobody leaves by one."""
    files = oneroster(4)
    await place.csv(HEAD, "x;A;A;1A;Anna van der Berg <T00@school.example>;;;")
    await place.bring(files, left=1)
    before = [(row.email, row.number) for row in await place.rows(Staff)]
    files["users.csv"] = files["users.csv"].replace(b"t00@school.example", b"anna.new@school.example")
    await place.bring(files)
    after = [(row.email, row.number) for row in await place.rows(Staff)]
    assert before == [("t00@school.example", "t00")] + [(f"{k}@school.example", k) for k in ("t01", "t10", "t11")]
    assert after == [("anna.new@school.example", "t00"), *before[1:]]


# --- laws that hold for any file


def random_lines(seed: int, pupils: int) -> list[str]:
    """A file of our template with everything in it that one can think of, contradictions included."""
    chance = random.Random(seed)
    lines = [";".join(TEMPLATE)]
    for n in range(pupils):
        family = chance.choice(FAMILY)
        cells = [
            str(chance.choice((n, chance.randrange(pupils + 2)))),
            chance.choice(GIVEN),
            chance.choice(("", "van", "de")),
            family,
            chance.choice(("1-2-2012", "31/12/2011", "soon", "")),
            chance.choice(("1A", "2B", "2b", "")),
            chance.choice(("", "Anna de Wit <anna@school.example>", "bas@school.example", "Anna de Wit", "nobody")),
            chance.choice(("", "", "Bas Bakker <bas@school.example>")),
        ]
        for _ in range(2):
            number = chance.choice(("", f"G{chance.randrange(pupils)}"))
            cells += [
                number,
                chance.choice(GIVEN),
                "",
                chance.choice((family, family, "", chance.choice(FAMILY))),
                chance.choice(("moeder", "vader", "oma", "")),
                chance.choice(("", "", "volledig", "beperkt", "geen", "soms")),
                chance.choice(("tr", "Pools", "Elfs", "")),
                chance.choice((f"06{12345670 + chance.randrange(8)}", "010-2345678", "112", "")),
                chance.choice(("", "a@b.example")),
            ]
        lines.append(";".join(cells))
    return lines


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", range(15))
async def test_any_file_twice_is_once(place: Place, seed: int) -> None:
    """Whatever is in it: the second time nothing changes, and nobody has a right that no line gave."""
    lines = random_lines(seed, 12)
    await place.csv(*lines)
    again = await place.look(table(*lines))
    first = await families(place)
    assert (again.plan.empty, again.plan.counts.new) == (True, 0), (seed, again.plan.counts)
    assert (first - said(lines), bool(first)) == (set(), True)


async def families(place: Place) -> set[tuple[str, str]]:
    """(pupil, guardian) wherever she may know anything, by given names."""
    return {(pupil, guardian) for (guardian, pupil), rights in (await place.rights()).items() if rights != "none"}


def said(lines: list[str]) -> set[tuple[str, str]]:
    """(pupil, guardian) wherever a line has them beside each other with rights that can be read."""
    pairs = set()
    for line in lines[1:]:
        cells = line.split(";")
        pairs |= {(cells[1], cells[at]) for at in (9, 18) if cells[at + 4] not in {"geen", "soms"}}
    return pairs
