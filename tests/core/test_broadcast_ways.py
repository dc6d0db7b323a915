"""Broadcasts: when they leave, in which language, and by which of her addresses."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import TestClock
from bot.core.conversations import lock
from bot.core.mind import Words
from bot.staff.broadcasts import Notice
from bot.staff.settings import change
from bot.turn.types import Say
from db.engine import Database
from db.tables import School, SchoolFact
from db.types import ChannelName, OutboxState, WaitReason
from tests.conftest import NOW
from tests.core.families import NOTICE, Families, expansion, settle_down
from tests.core.world import PlainMind, PlainMinds, make_world

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(120)]
ONE, TWO, THREE = "+31611000001", "+31611000002", "+31611000003"


@pytest_asyncio.fixture
async def families(database: Database, clock: TestClock) -> Families:
    return await settle_down(await make_world(database, clock))


def later(**by: float) -> dt.datetime:
    return NOW + dt.timedelta(**by)


# --------------------------------------------------------------------------- in school hours


async def test_it_waits_for_the_school_to_open(families: Families) -> None:
    """Made on Friday evening it leaves on Monday at eight, by the school's clock."""
    world = families.world
    world.clock.move(days=4, hours=9)
    await families.parent("hers", number=ONE)
    await families.released(hours=200)
    await world.worker.drain()
    (row,) = await families.rows()
    world.clock.move(hours=60.9)
    await world.worker.drain()
    before = world.texts()
    world.clock.move(hours=0.2)
    await world.worker.drain()
    assert (row.wait_reason, row.not_before, before) == (WaitReason.QUIET_HOURS, later(days=6, hours=22), [])
    assert world.texts() == [NOTICE.texts["nl"]]


async def test_what_did_not_leave_in_time_waits_for_the_morning(families: Families) -> None:
    """Behind a provider's rate, or after a retry: it is not sent at night. What she has written for is."""
    world = families.world
    await families.parent("asleep", number=ONE)
    await families.parent("awake", number=TWO)
    await families.released(hours=48)
    await families.expand()
    world.clock.move(hours=9)

    async def writes(session: AsyncSession) -> None:
        row = await lock(session, (await families.conversation(TWO)).id)
        row.last_inbound_at = world.clock.now()

    await world.database.write(writes)
    await world.worker.drain()
    at_night = [message.external_id for message in world.provider.accepted]
    world.clock.move(hours=13)
    await world.worker.drain()
    assert (at_night, [message.external_id for message in world.provider.accepted]) == ([TWO], [TWO, ONE])


async def test_an_urgent_one_leaves_at_any_hour(families: Families) -> None:
    """Closure is for now."""
    families.world.clock.move(hours=10)
    await families.parent("hers", number=ONE)
    await families.released(urgent=True)
    await families.expand()
    await families.world.worker.releaser.once()
    await families.world.worker.drain()
    assert families.world.texts() == [NOTICE.texts["nl"]]


@pytest.mark.parametrize("changed", ["calendar", "hours", "zone"])
async def test_a_change_of_the_calendar_moves_what_waits(families: Families, changed: str) -> None:
    """It waits for the end of a holiday; the administrator finds that it ends tomorrow, opens earlier, or moves the school."""
    world = families.world
    await families.facts(next_holiday_start="2026-11-23", next_holiday_end="2026-11-24", office_open="08:00")
    await families.parent("hers", number=ONE)
    await families.released(hours=100)
    await world.worker.drain()
    before = (await families.rows())[0].not_before

    async def work(session: AsyncSession) -> None:
        if changed == "zone":
            (await session.get_one(School, families.school)).timezone = "Asia/Tokyo"
            return
        name, value = ("next_holiday_end", "2026-11-23") if changed == "calendar" else ("office_open", "07:00")
        await session.execute(update(SchoolFact).where(SchoolFact.name == name).values(value=value))

    await change(world.database, families.one, "the calendar", work, at=world.clock.now())
    await world.worker.drain()
    after = (await families.rows())[0].not_before
    eight = dt.datetime(2026, 11, 25, 7, tzinfo=dt.UTC)
    moved = {
        "calendar": eight - dt.timedelta(days=1),
        "hours": eight - dt.timedelta(hours=1),
        "zone": eight - dt.timedelta(hours=8),
    }
    assert (before, after, world.texts()) == (eight, moved[changed], [])


# --------------------------------------------------------------------------- in her language


async def test_each_reads_her_own_language(families: Families) -> None:
    """What she speaks here, else what the school knows; what is there in Dutch only says so."""
    said: dict[str, tuple[str, str]] = {}

    class Noting(PlainMind):
        def words(self, say: Say, *, language: str, **more: Any) -> Words:
            said[language] = (say.response, str(say.values["text"]))
            return super().words(say, language=language, **more)

    minds = PlainMinds()
    minds.mind = Noting()
    await families.parent("dutch", number=ONE)
    await families.parent("turkish", number=TWO, language="tr")
    await families.parent("polish", number=THREE, speaks="pl")
    families.world.worker.parts = (expansion(families.world.database, families.world, minds),)
    await families.released()
    await families.expand()
    dutch, turkish = NOTICE.texts["nl"], NOTICE.texts["tr"]
    assert said == {
        "nl": ("utter_staff_reply", dutch),
        "tr": ("utter_staff_reply", turkish),
        "pl": ("utter_staff_reply_dutch", dutch),
    }
    assert [(row.text, row.language) for row in await families.rows()] == [
        (dutch, "nl"),
        (turkish, "tr"),
        (dutch, "nl"),
    ]


async def test_a_ready_message_with_its_values(families: Families) -> None:
    """A response of the content, in words by the content."""
    await families.parent("hers", number=ONE)
    await families.released(Notice(response="utter_closed", values={"text": "dicht"}))
    await families.expand()
    assert [(row.response, row.text) for row in await families.rows()] == [("utter_closed", "dicht")]


# --------------------------------------------------------------------------- closed windows


async def test_a_closed_window_is_knocked_at_once(families: Families) -> None:
    """The message waits, one template goes out for two of them, and both leave when she writes."""
    world = families.world
    await families.facts(knock_template_nl="HX" + "0" * 32)
    await families.parent("hers", number=ONE, channel=ChannelName.WHATSAPP, written=True)
    world.clock.move(hours=25)
    for _ in range(2):
        await families.released()
        await world.worker.drain()
    knocks = [message.template for message in world.provider.accepted]
    states = [(row.state, row.wait_reason) for row in await families.rows()]
    world.clock.move(minutes=1)
    await world.write("ja", who=ONE)
    await world.worker.drain()
    assert (knocks, states) == (["HX" + "0" * 32], [(OutboxState.WAITING, WaitReason.WINDOW)] * 2)
    assert world.texts().count(NOTICE.texts["nl"]) == 2


@pytest.mark.parametrize(("urgent", "template"), [(False, True), (False, False), (True, True)])
async def test_where_nothing_knocks_it_goes_by_sms(families: Families, *, urgent: bool, template: bool) -> None:
    """She writes on WhatsApp, silent since yesterday: a knock there; without a template, or if it is urgent, SMS."""
    if template:
        await families.facts(knock_template_nl="HX" + "0" * 32)
    await families.parent("hers", number=ONE, channel=ChannelName.WHATSAPP, written=True)
    await families.parent("hers", number=TWO)
    families.world.clock.move(hours=25)
    await families.released(urgent=urgent)
    await families.expand()
    knocked = template and not urgent
    assert [row.key.rpartition(":")[2] for row in await families.rows()] == ["whatsapp" if knocked else "sms"]
