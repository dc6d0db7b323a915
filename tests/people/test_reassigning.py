"""Mentors change in the middle of the year: what is open goes along, and what is special is closed to who had it."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff import duties, handling
from bot.staff.good_words import HELLO, Hearer, send
from bot.staff.settings import change
from db.engine import Database
from db.queries.cases import one_case
from db.queries.staff import Me
from db.tables import Case, CaseEvent, ClassMentor, SchoolClass
from db.types import CaseState, Rights, Role, Sensitivity
from tests.people.conftest import Place
from tests.people.test_promises import me
from tests.web.world import Pages

pytestmark = pytest.mark.asyncio


async def new_mentors(pages: Pages, *names: str) -> None:
    """As an administrator sets them."""
    place, now = pages.one, pages.clock.now()
    group = next(row.id for row in await pages.rows(SchoolClass) if row.school_id == place.school_id)
    await change(
        pages.database,
        me(pages),
        "mentors",
        lambda s: duties.set_mentors(s, place.school_id, group, [place.staff[name] for name in names], now=now),
        at=now,
    )


async def reads(pages: Pages, who: str, case_id: int) -> bool:
    """Whether this person may read its words."""
    person = Me(pages.one.staff[who], pages.one.school_id, who, False, (), "", "Europe/Amsterdam", "")
    async with pages.database.read() as session:
        row = await one_case(session, person, case_id)
    return row is not None and row.readable


async def test_open_cases_go_to_the_new_mentor(pages: Pages) -> None:
    """Those that wait for the parent too; a closed one, and one of another role, stay; the old one reads nothing special."""
    special = {"topic": "concern", "sensitivity": Sensitivity.SPECIAL}
    mentor = pages.one.staff["mentor"]
    cases = [
        await pages.case(pages.one, **special),
        await pages.case(pages.one, state=CaseState.WAITING, waiting_since=None),
        await pages.case(pages.one, state=CaseState.CLOSED),
        await pages.case(pages.one, role=Role.FINANCE),
    ]
    assert await reads(pages, "mentor", cases[0])
    await new_mentors(pages, "stranger", "comentor")
    new = pages.one.staff["stranger"]
    assert [row.assignee_id for row in await pages.rows(Case)] == [new, new, mentor, mentor]
    assert not await reads(pages, "mentor", cases[0])
    assert await reads(pages, "stranger", cases[0])
    assert [(event.kind, event.to_id) for event in await pages.rows(CaseEvent)] == [("new_mentor", new)] * 2
    assert (await pages.rows(Case))[0].why == {"why": "new_mentor", "role": "mentor", "class": "2B"}


async def test_the_other_mentor_keeps_what_is_theirs(pages: Pages) -> None:
    """Only who does not mentor any more gives something away."""
    await pages.case(pages.one, assignee_id=pages.one.staff["comentor"])
    await new_mentors(pages, "stranger", "comentor")
    assert [row.assignee_id for row in await pages.rows(Case)] == [pages.one.staff["comentor"]]


async def test_what_a_colleague_gave_stays(pages: Pages) -> None:
    """A team leader to whom it was handed over by name keeps it."""
    case_id, place = await pages.case(pages.one), pages.one
    async with pages.database.read() as session:
        view = await pages.line.scenes.view(session, place.school_id)
    now = pages.clock.now()
    await pages.database.write(
        lambda s: handling.hand_over(s, me(pages), case_id, to=place.staff["leader"], note="", view=view, now=now)
    )
    await new_mentors(pages, "stranger")
    assert (await pages.rows(Case))[0].assignee_id == place.staff["leader"]


async def test_who_stands_in_goes_on_while_the_mentor_stays(pages: Pages) -> None:
    """They stand in for somebody; when that one is no mentor any more, it goes to who is."""
    place = pages.one
    why = {"why": "stands_in", "role": "mentor", "instead_of": "x", "instead_of_id": place.staff["mentor"]}
    await pages.case(place, assignee_id=place.staff["leader"], why=why)
    await new_mentors(pages, "mentor", "stranger")
    first = (await pages.rows(Case))[0].assignee_id
    await new_mentors(pages, "stranger")
    assert (first, (await pages.rows(Case))[0].assignee_id) == (place.staff["leader"], place.staff["stranger"])


async def test_a_good_word_stays_with_who_said_it(pages: Pages) -> None:
    """The answer is awaited by whoever signed it, mentor or not any more."""
    place, now = pages.one, pages.clock.now()
    await pages.case(place, state=CaseState.CLOSED)
    async with pages.database.read() as session:
        view = await pages.line.scenes.view(session, place.school_id)
    mind = await pages.line.minds.of(place.school_id)
    hearer = Hearer(place.guardians["Fatma"], place.pupils["Elif"], "Elif", "2B", Rights.FULL, "tr")
    who = Me(place.staff["mentor"], place.school_id, "Anna", False, (), "", "Europe/Amsterdam", "")
    await pages.database.write(
        lambda s: send(s, who, [hearer], HELLO, token="token-of-a-form", mind=mind, view=view, now=now)
    )
    await new_mentors(pages, "stranger")
    case = (await pages.rows(Case))[-1]
    assert (case.assignee_id, case.why["why"]) == (place.staff["mentor"], "good_word")


@pytest.mark.parametrize("database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
async def test_what_a_colleague_took_meanwhile_stays(pages: Pages, second: Database) -> None:
    """Whoever holds the conversation comes first: it is looked at again behind the lock."""
    case_id, place = await pages.case(pages.one), pages.one
    now, held, go = pages.clock.now(), asyncio.Event(), asyncio.Event()
    async with pages.database.read() as session:
        view = await pages.line.scenes.view(session, place.school_id)

    async def by_name(session: AsyncSession) -> None:
        await handling.hand_over(session, me(pages), case_id, to=place.staff["leader"], note="", view=view, now=now)
        held.set()
        await go.wait()

    colleague = asyncio.create_task(second.write(by_name))
    await held.wait()
    administrator = asyncio.create_task(new_mentors(pages, "stranger"))
    done, _ = await asyncio.wait({administrator}, timeout=0.5)
    go.set()
    await asyncio.gather(colleague, administrator)
    assert (done, (await pages.rows(Case))[0].assignee_id) == (set(), place.staff["leader"])


async def test_nothing_changes_for_nothing(pages: Pages) -> None:
    """The same mentors again."""
    await pages.case(pages.one)
    pages.clock.move(hours=1)
    await new_mentors(pages, "mentor", "comentor")
    assert await pages.rows(CaseEvent) == []
    assert (await pages.rows(Case))[0].waiting_since == pages.clock.now() - dt.timedelta(hours=1)


async def test_who_changes_class_by_a_file_takes_what_is_open_along(pages: Pages) -> None:
    """A file that says nothing of mentors gives a pupil other ones too: those of the class it names."""
    place = pages.one

    async def another_class(session: AsyncSession) -> None:
        group = SchoolClass(school_id=place.school_id, name="3A")
        session.add(group)
        await session.flush()
        mentor = {"class_id": group.id, "staff_id": place.staff["stranger"], "position": 1}
        session.add(ClassMentor(school_id=place.school_id, **mentor))

    await pages.database.write(another_class)
    await pages.case(place)
    await pages.case(place, child="Amin")
    school = Place(pages.database, pages.clock, place.school_id)
    await school.csv("leerlingnummer;roepnaam;achternaam;klas", "P1;Elif;Demir;3A", "P2;Amin;Arslan;2B", part=True)
    assert [row.assignee_id for row in await pages.rows(Case)] == [place.staff["stranger"], place.staff["mentor"]]
