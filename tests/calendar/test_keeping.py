"""The school's calendar is kept: replaced as a whole, or not at all; what was chosen by hand stays."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TypeVar

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.calendar.fetching import Fetcher
from bot.calendar.keeping import FEED, FILE, Refresh, choose, drop, is_old, read_file, refresh, refresh_now, save, store
from bot.core.clock import TestClock
from bot.staff.settings import NotHere
from bot.staff.typed import WrongFields
from db.engine import Database
from db.queries.calendar import all_entries, calendar_of
from db.tables import CalendarEvent, CalendarSource, Outbox, School, SchoolCalendar
from db.types import EventKind, OutboxState, WaitReason
from tests.calendar.ics import GOOD, day, ics
from tests.conftest import NOW
from tests.core.world import make_world
from tests.servers.base import Fault
from tests.servers.calendar import CalendarServer

pytestmark = [pytest.mark.asyncio, pytest.mark.allow_hosts(["127.0.0.1", "localhost", "::1"]), pytest.mark.timeout(60)]
T = TypeVar("T")


async def rows(database: Database, table: type[T]) -> list[T]:
    async with database.read() as session:
        return list((await session.scalars(select(table).order_by(table.id))).all())  # type: ignore[attr-defined]


async def feed(database: Database, school_id: int, url: str, region: str = "") -> None:
    await database.write(lambda s: save(s, school_id, region=region, closed_on=(), url=url))


async def titles(database: Database, school_id: int) -> list[tuple[str, str, tuple[str, ...]]]:
    async with database.read() as session:
        return [(e.title, e.kind.value, e.audience) for e in await all_entries(session, school_id)]


@pytest.fixture
def worker(database: Database, clock: TestClock, fetcher: Fetcher) -> Refresh:
    return Refresh(database, clock, fetcher)


async def test_a_feed_is_looked_at_every_six_hours(
    database: Database, school_id: int, website: CalendarServer, worker: Refresh, clock: TestClock
) -> None:
    """Once, whoever else is at it; what is unchanged is not read again."""
    website.text = ics(GOOD, day("Excursie 2B", "20261210"))
    await feed(database, school_id, f"{website.url}/agenda.ics")
    looks = []
    for hours in (0, 0, 5, 1, 6):
        clock.move(hours=hours)
        looks.append(await worker.once())
    assert (looks, len(website.sent)) == ([1, 0, 0, 1, 1], 3)
    assert [one.get("if-none-match") for one in website.sent] == [None, '"1"', '"1"']
    assert await titles(database, school_id) == [
        ("Ouderavond", "parents_evening", ()),
        ("Excursie 2B", "trip", ("2b",)),
    ]


async def test_what_is_unchanged_is_read_anew_after_a_week(
    database: Database, school_id: int, website: CalendarServer, worker: Refresh, clock: TestClock
) -> None:
    """What was too far away has come nearer."""
    website.text = ics(GOOD, day("Studiedag", "20280601"))
    await feed(database, school_id, f"{website.url}/agenda.ics")
    await worker.once()
    before = len(await titles(database, school_id))
    clock.move(days=8)
    await worker.once()
    assert (before, len(await titles(database, school_id))) == (1, 2)


async def test_a_failed_look_keeps_what_was_there(
    database: Database, school_id: int, website: CalendarServer, worker: Refresh, clock: TestClock
) -> None:
    """It says why, tries again in an hour, and after three days administrators are told."""
    website.text = ics(GOOD)
    await feed(database, school_id, f"{website.url}/agenda.ics")
    await worker.once()
    seen = []
    for spoilt in (Fault(500), Fault(200, "<html>weg</html>"), Fault(200, ics("UID:x\nDTSTART:GEEN").decode())):
        clock.move(hours=6)
        website.fail("agenda", spoilt)
        await worker.once()
        row = (await rows(database, SchoolCalendar))[0]
        seen.append((bool(row.fault), is_old(row, clock.now()), len(await titles(database, school_id))))
    clock.move(days=3)
    assert (seen, is_old(row, clock.now())) == ([(True, False, 1)] * 3, True)
    assert await worker.once() == 1
    row = (await rows(database, SchoolCalendar))[0]
    assert (row.fault, row.fetched_at) == ("", clock.now())


async def test_the_running_line_sees_only_what_changed(
    database: Database, school_id: int, website: CalendarServer, fetcher: Fetcher
) -> None:
    """The school's version rises with a difference, and not without."""
    versions = []
    await feed(database, school_id, f"{website.url}/agenda.ics")
    for tag, text in enumerate((ics(GOOD), ics(GOOD), ics(GOOD, day("Kerstvakantie", "20261219", "20270104")))):
        website.text, website.etag = text, f'"{tag}"'
        await refresh(database, fetcher, school_id, NOW)
        versions.append((await rows(database, School))[0].version)
    assert versions == [1, 1, 2]


async def test_what_waits_for_the_school_to_open_is_looked_at_again(
    database: Database, clock: TestClock, website: CalendarServer, fetcher: Fetcher
) -> None:
    """A new calendar may open the school sooner, or later."""
    world = await make_world(database, clock)
    await world.write("hallo")
    await world.worker.drain()
    row = (await world.rows(Outbox))[0]
    later = NOW + dt.timedelta(days=9)
    await world.change(row.id, state=OutboxState.WAITING, wait_reason=WaitReason.QUIET_HOURS, not_before=later)
    website.text = ics(day("School gesloten", "20261124"))
    await feed(database, row.school_id, f"{website.url}/agenda.ics")
    await refresh(database, fetcher, row.school_id, NOW)
    assert (await world.rows(Outbox))[0].not_before == row.created_at


async def test_a_choice_stays_across_looks(
    database: Database, school_id: int, website: CalendarServer, fetcher: Fetcher
) -> None:
    """By the entry's own name; taken back, its words count again."""
    website.text = ics(day("Feestje", "20261203", uid="f"))
    await feed(database, school_id, f"{website.url}/agenda.ics")
    await refresh(database, fetcher, school_id, NOW)
    uid = (await rows(database, CalendarEvent))[0].uid
    await database.write(lambda s: choose(s, school_id, uid, EventKind.DAY_OFF))
    website.text, website.etag = ics(day("Groot feest", "20261204", uid="f")), '"2"'
    await refresh(database, fetcher, school_id, NOW)
    async with database.read() as session:
        told = (await calendar_of(session, school_id)).entries
    await database.write(lambda s: choose(s, school_id, uid, None))
    async with database.read() as session:
        after = (await calendar_of(session, school_id)).entries
    assert ([(e.title, e.kind, e.chosen) for e in told], after) == ([("Groot feest", EventKind.DAY_OFF, True)], ())
    with pytest.raises(NotHere):
        await database.write(lambda s: choose(s, school_id, "no such", EventKind.TRIP))


async def test_feed_and_file_stand_side_by_side(
    database: Database, school_id: int, website: CalendarServer, fetcher: Fetcher
) -> None:
    """Each replaces its own only; another address begins anew."""
    website.text = ics(GOOD)
    await feed(database, school_id, f"{website.url}/agenda.ics")
    await refresh(database, fetcher, school_id, NOW)
    for title in ("Studiedag", "Rapport"):
        found = await read_file(Fetcher(), ics(day(title, "20261210")), "Europe/Amsterdam", NOW)
        await database.write(lambda s, f=found: store(s, school_id, FILE, f, NOW))  # type: ignore[misc]
    both = [title for title, *_ in await titles(database, school_id)]
    await feed(database, school_id, f"{website.url}/agenda.ics?2")
    one = [title for title, *_ in await titles(database, school_id)]
    await database.write(lambda s: drop(s, school_id, FILE))
    assert (both, one, await titles(database, school_id)) == (["Ouderavond", "Rapport"], ["Rapport"], [])
    assert (await rows(database, CalendarSource), (await rows(database, SchoolCalendar))[0].etag) == ([], "")


async def test_an_address_that_was_changed_meanwhile_is_not_mixed_up(
    database: Database, school_id: int, website: CalendarServer
) -> None:
    """What was on its way belongs to nobody."""
    website.text = ics(GOOD)
    await feed(database, school_id, f"{website.url}/agenda.ics")

    class Slow(Fetcher):
        async def fetch(self, url: str, *, etag: str = "", modified: str = "") -> object:  # type: ignore[override]
            found = await super().fetch(url, etag=etag, modified=modified)
            await feed(database, school_id, "https://elders.example/agenda.ics")
            return found

    await refresh(database, Slow(lambda address: address.is_loopback), school_id, NOW)
    assert (await titles(database, school_id), (await rows(database, SchoolCalendar))[0].tried_at) == ([], None)


async def test_what_was_refused_is_kept_with_its_reason(
    database: Database, school_id: int, website: CalendarServer, fetcher: Fetcher
) -> None:
    """For the page."""
    website.text = ics(GOOD, "UID:b\nSUMMARY:Kapot\nDTSTART:GEEN")
    await feed(database, school_id, f"{website.url}/agenda.ics")
    await refresh(database, fetcher, school_id, NOW)
    source = (await rows(database, CalendarSource))[0]
    assert (source.name, source.refused) == (FEED, [["2. Kapot", "Its first day cannot be read."]])


async def test_wrong_settings_are_refused_at_their_field(database: Database, school_id: int) -> None:
    """Nothing is kept of them."""
    with pytest.raises(WrongFields) as region:
        await database.write(lambda s: save(s, school_id, region="oost", closed_on=(), url=""))
    with pytest.raises(WrongFields) as url:
        await feed(database, school_id, "file:///etc/passwd")
    assert (set(region.value.fields), set(url.value.fields)) == ({"region"}, {"url"})
    assert await rows(database, SchoolCalendar) == []


async def test_whoever_clicks_again_meanwhile_starts_no_second_look(
    database: Database, school_id: int, website: CalendarServer, fetcher: Fetcher
) -> None:
    """Eight clicks are one look; the next one, later, is another."""
    website.text = ics(GOOD)
    await feed(database, school_id, f"{website.url}/agenda.ics")
    await asyncio.gather(*(refresh_now(database, fetcher, school_id, NOW) for _ in range(8)))
    looks = len(website.sent)
    await refresh_now(database, fetcher, school_id, NOW)
    assert (looks, len(website.sent)) == (1, 2)


async def test_two_workers_look_once(
    database: Database, school_id: int, website: CalendarServer, worker: Refresh, clock: TestClock, fetcher: Fetcher
) -> None:
    """Whoever comes second finds it done."""
    website.text = ics(GOOD)
    await feed(database, school_id, f"{website.url}/agenda.ics")
    await asyncio.gather(worker.once(), Refresh(database, clock, fetcher).once())
    assert len(website.sent) == 1


async def test_schools_do_not_see_each_other(
    database: Database, school_id: int, website: CalendarServer, fetcher: Fetcher
) -> None:
    """Nor each other's entries by name."""
    website.text = ics(GOOD)

    async def another(session: AsyncSession) -> int:
        school = School(name="Elders")
        session.add(school)
        await session.flush()
        return school.id

    other = await database.write(another)
    await feed(database, school_id, f"{website.url}/agenda.ics")
    await refresh(database, fetcher, school_id, NOW)
    uid = (await rows(database, CalendarEvent))[0].uid
    with pytest.raises(NotHere):
        await database.write(lambda s: choose(s, other, uid, EventKind.TRIP))
    assert await titles(database, other) == []
