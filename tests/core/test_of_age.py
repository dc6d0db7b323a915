"""What changes at 18: rights end on the birthday unless the pupil consents, and those concerned hear it a month before."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import TestClock
from bot.core.known import Scenes
from bot.errors import Refusal
from bot.people.consent import record_consent
from bot.staff.coming_of_age import ComingOfAge
from bot.staff.frequency import WEEK, this_week
from db.engine import Database
from db.queries.door import children_of, eighteen_years_before, eighteenth_birthday, rights_on
from db.tables import Case, Guardianship, Outbox, Pupil
from db.types import ChannelName, OutboxState, Rights, Role, WaitReason
from tests.conftest import NOW
from tests.core.families import Families, settle_down
from tests.core.world import PlainMinds, make_world

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(120)]
ONE, TWO = "+31611000001", "+31611000002"
TODAY = dt.date(2026, 11, 23)
SOON = dt.date(2008, 12, 20)
"""Turns 18 in 27 days."""


@pytest_asyncio.fixture
async def families(database: Database, clock: TestClock) -> Families:
    return await settle_down(await make_world(database, clock))


def watch(families: Families) -> ComingOfAge:
    world = families.world
    return ComingOfAge(world.database, PlainMinds(), Scenes("secret"), world.clock)


async def told(families: Families) -> list[Outbox]:
    return [row for row in await families.world.rows(Outbox) if row.key.startswith("of_age:")]


async def consent(families: Families, pupil: str, guardian_id: int, *, given: bool = True) -> None:
    await families.world.database.write(
        lambda s: record_consent(
            s,
            families.school,
            pupil_id=families.pupils[pupil],
            guardian_id=guardian_id,
            given=given,
            staff_id=None,
            now=NOW,
            today=TODAY,
        )
    )


@pytest.mark.parametrize(
    ("birthday", "today", "consented", "left", "expected"),
    [
        ("2008-11-24", "2026-11-23", False, False, Rights.LIMITED),
        ("2008-11-23", "2026-11-23", False, False, Rights.NONE),
        ("2008-11-23", "2026-11-23", True, False, Rights.LIMITED),
        ("2008-11-23", "2026-11-23", True, True, Rights.NONE),
        ("2008-02-29", "2026-02-28", False, False, Rights.LIMITED),
        ("2008-02-29", "2026-03-01", False, False, Rights.NONE),
        (None, "2026-11-23", False, False, Rights.LIMITED),
        (None, "2026-11-23", False, True, Rights.NONE),
    ],
)
async def test_what_the_database_says_is_what_the_door_says(
    families: Families,
    birthday: str | None,
    today: str,
    consented: bool,  # noqa: FBT001 - a case
    left: bool,  # noqa: FBT001 - a case
    expected: Rights,
) -> None:
    """The rights of a day, asked for in a question and read by a turn, are the same."""
    guardian = await families.parent("Ada", child="Bo", rights=Rights.LIMITED)

    async def work(session: AsyncSession) -> None:
        pupil = await session.get_one(Pupil, families.pupils["Bo"])
        pupil.birthday = dt.date.fromisoformat(birthday) if birthday else None
        pupil.left_at = NOW if left else None
        pair = await session.scalar(select(Guardianship).where(Guardianship.guardian_id == guardian))
        assert pair is not None
        pair.consent_at = NOW if consented else None

    await families.world.database.write(work)
    day = dt.date.fromisoformat(today)
    async with families.world.database.read() as session:
        query = select(rights_on(day)).select_from(Guardianship).join(Pupil, Pupil.id == Guardianship.pupil_id)
        asked = await session.scalar(query.where(Guardianship.guardian_id == guardian))
        children = await children_of(session, families.school, guardian, day)
    assert (asked, [child.rights for child in children]) == (expected, [expected] * (expected is not Rights.NONE))


async def test_the_eighteenth_birthday_is_the_first_day_of_age() -> None:
    """For every birthday in a leap year: the day before is too early, and no other day comes between."""
    for number in range(366):
        born = dt.date(2008, 1, 1) + dt.timedelta(days=number)
        first = eighteenth_birthday(born)
        assert [born <= eighteen_years_before(first - dt.timedelta(days=days)) for days in (1, 0)] == [False, True]


async def test_consent_is_for_one_guardian_and_can_be_taken_back(families: Families) -> None:
    """From that moment, and for the other guardian never."""
    born = dt.date(2008, 11, 1)
    mother = await families.parent("Ada", child="Bo", birthday=born)
    father = await families.parent("Ed", child="Bo")

    async def seen() -> list[int]:
        async with families.world.database.read() as session:
            return [len(await children_of(session, families.school, each, TODAY)) for each in (mother, father)]

    before = await seen()
    await consent(families, "Bo", mother)
    with_it = await seen()
    await consent(families, "Bo", mother, given=False)
    assert (before, with_it, await seen()) == ([0, 0], [1, 0], [0, 0])


async def test_a_child_cannot_consent_for_an_adult(families: Families) -> None:
    """Before 17 it is refused; so is consent for somebody who is no guardian."""
    mother = await families.parent("Ada", child="Bo", birthday=dt.date(2010, 1, 1))
    stranger = await families.parent("Ed", child="Jo", birthday=dt.date(2009, 1, 1))
    with pytest.raises(Refusal, match="younger than 17"):
        await consent(families, "Bo", mother)
    with pytest.raises(Refusal, match="not a guardian"):
        await consent(families, "Bo", stranger)


async def test_a_month_before_mentor_and_parents_hear_it_once(families: Families) -> None:
    """One case for the mentor, one message on each parent's phone with the day; an hour later nothing more."""
    await families.parent("Ada", child="Bo", birthday=SOON, number=ONE, written=True)
    await families.parent("Ed", child="Bo", number=TWO, written=True)
    watching = watch(families)
    assert await watching.once() == 1
    families.world.clock.move(hours=2)
    assert await watching.once() == 0
    assert await watch(families).once() == 0
    cases, rows = await families.world.rows(Case), await told(families)
    assert [(case.topic, case.summary, case.pupil_id) for case in cases] == [
        ("coming_of_age", {"of_age_on": "2026-12-20"}, families.pupils["Bo"])
    ]
    assert [(row.response, row.wait_reason) for row in rows] == [("utter_coming_of_age", None)] * 2


@pytest.mark.parametrize(
    ("birthday", "many"),
    [("2008-12-24", 1), ("2008-12-25", 0), ("2008-11-24", 1), ("2008-11-23", 0), ("2008-11-22", 0)],
)
async def test_from_31_days_before_until_the_day_itself(families: Families, birthday: str, many: int) -> None:
    """Neither earlier, nor when it is too late to matter."""
    await families.parent("Ada", child="Bo", birthday=dt.date.fromisoformat(birthday), number=ONE, written=True)
    assert await watch(families).once() == many


async def test_who_is_not_told_by_the_line(families: Families) -> None:
    """Limited rights: on request only. STOP is her word. With consent nothing changes. On a shared phone another would read it."""
    born: dict[str, Any] = {"birthday": SOON, "written": True}
    await families.parent("limited", child="A", rights=Rights.LIMITED, number="+31611000011", **born)
    await families.parent("stopped", child="B", number="+31611000012", opted_out_at=NOW, **born)
    consenting = await families.parent("consenting", child="C", number="+31611000013", **born)
    await consent(families, "C", consenting)
    await families.parent("shared", child="D", number="+31611000014", **born)
    await families.parent("stranger", child="E", number="+31611000014", birthday=dt.date(2012, 1, 1))
    assert await watch(families).once() == 3
    assert (await told(families), len(await families.world.rows(Case))) == ([], 3)


async def test_at_night_and_on_a_closed_whatsapp_it_waits(families: Families) -> None:
    """Not before the school opens; behind a closed window it waits for her word."""
    await families.parent("Ada", child="Bo", birthday=SOON, number=ONE, channel=ChannelName.WHATSAPP)
    watching = watch(families)
    families.world.clock.move(hours=12)
    assert await watching.once() == 0
    families.world.clock.move(hours=12)
    assert await watching.once() == 1
    assert [row.wait_reason for row in await told(families)] == [WaitReason.WINDOW]


async def test_without_a_mentor_the_administration_has_the_case(families: Families) -> None:
    """Never nobody."""
    await families.parent("Ada", child="Bo", birthday=SOON, number=ONE, written=True)
    await watch(families).once()
    assert [case.role for case in await families.world.rows(Case)] == [Role.ADMINISTRATION]


async def test_every_parent_hears_it_once(families: Families) -> None:
    """Two share one phone and one of them has another: whichever came first, each is told, and no phone rings twice."""
    for number, (first, other) in enumerate(((ONE, TWO), (TWO, ONE))):
        child = f"Bo {number}"
        born: dict[str, Any] = {"birthday": SOON, "written": True}
        shared, own = f"{first}{number}", f"{other}{number}"
        both = [await families.parent(f"{name} {number}", child=child, number=shared, **born) for name in ("Ada", "Ed")]
        await families.parent(f"Ada {number}", child=child, number=own)
        before = len(await told(families))
        await watch(families).once()
        rows = (await told(families))[before:]
        phones = {(await families.conversation(each)).id: bound for each, bound in ((shared, both), (own, both[:1]))}
        heard = {guardian for row in rows for guardian in phones[row.conversation_id]}
        assert (heard, len({row.conversation_id for row in rows})) == (set(both), len(rows))


async def test_stop_on_any_of_her_phones_is_stop(families: Families) -> None:
    """As in broadcasts and good words: it is her word, whichever phone she said it on; the other parent is told."""
    born: dict[str, Any] = {"child": "Bo", "birthday": SOON, "written": True}
    await families.parent("Ada", number=ONE, **born)
    await families.parent("Ada", number=TWO, opted_out_at=NOW, **born)
    father = await families.parent("Ed", number="+31611000003", **born)
    await watch(families).once()
    assert [row.key for row in await told(families)] == [f"of_age:{families.pupils['Bo']}:{father}"]


async def test_stop_while_it_waits_is_stop_too(families: Families) -> None:
    """Behind closed windows each parent's waits; whoever says STOP elsewhere, whichever the case names, hears nothing of it."""
    closed: dict[str, Any] = {"child": "Bo", "birthday": SOON, "channel": ChannelName.WHATSAPP}
    for name, number in (("Ada", ONE), ("Ed", TWO), ("Jo", "+31611000003")):
        await families.parent(name, number=number, **closed)
    await watch(families).once()
    for name in ("Ada", "Ed"):
        await families.parent(name, child="Bo", number=f"{ONE}{name}", opted_out_at=NOW)
    await families.expand()
    assert [row.state for row in await told(families)] == [*[OutboxState.CANCELLED] * 2, OutboxState.WAITING]


async def test_it_counts_among_the_few_of_a_week(families: Families) -> None:
    """Law 12: for every parent who was told, whichever of them the mentor's case names; cancelled it does not count."""
    ids = [
        await families.parent(name, child="Bo", birthday=SOON, number=number, written=True)
        for name, number in (("Ada", ONE), ("Ed", TWO))
    ]
    await watch(families).once()
    rows = await told(families)

    async def counted() -> list[int]:
        async with families.world.database.read() as session:
            many = await this_week(session, ids, families.world.clock.now() - WEEK)
        return [many.get(each, 0) for each in ids]

    before = await counted()
    await families.world.change(rows[1].id, state=OutboxState.CANCELLED)
    assert (before, sorted(await counted())) == ([1, 1], [0, 1])
