"""What parents attach is copied at once, tried again, and given up aloud; and no turn waits for it."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Sequence

import pytest
import pytest_asyncio
from sqlalchemy import select

from bot.core.clock import TestClock
from bot.core.media import BACKOFF, EVENT, LARGEST, Copying, MediaCopier
from bot.errors import Ambiguous, Misconfigured, Refused, TooMany, TryLater
from bot.messages import Media as Sent
from db.engine import Database
from db.tables import CaseEvent, Inbox, Media
from db.types import InboxState, MediaState
from tests.core.world import Scripted, World, make_world

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio]
NOTE = Sent("https://provider/1", "Audio/Ogg; codecs=opus", 9)


class Carrier(Scripted):
    """A provider with files: `plan` is what the next fetches meet, an error or a file; then always `OggS`."""

    plan: deque[Exception | bytes]
    fetched: list[str]

    def __init__(self, *plan: Exception | bytes) -> None:
        super().__init__()
        self.plan, self.fetched = deque(plan), []

    async def copy(self, media: Sent, most: int) -> bytes:
        self.fetched.append(media.reference)
        planned = self.plan.popleft() if self.plan else b"OggS"
        if isinstance(planned, Exception):
            raise planned
        if len(planned) > most:
            raise Refused("x", code="too large")
        return planned


@pytest_asyncio.fixture
async def world(database: Database, clock: TestClock) -> World:
    return await make_world(database, clock)


def carried(world: World, *plan: Exception | bytes) -> Carrier:
    """Put a provider with files behind the account."""
    carrier = Carrier(*plan)
    world.worker.accounts._build = lambda _account: carrier
    return carrier


async def state(world: World) -> list[tuple[MediaState, int, str | None, bytes | None]]:
    async with world.database.read() as session:
        rows = await session.execute(select(Media.state, Media.attempts, Media.fault, Media.data).order_by(Media.id))
        return [(row.state, row.attempts, row.fault, row.data) for row in rows]


async def events(world: World) -> int:
    return sum(row.kind == EVENT for row in await world.rows(CaseEvent))


async def test_it_is_stored_with_the_message(world: World) -> None:
    """One row for each attachment, in order, in the message's own transaction; a repeat adds none."""
    other = Sent("https://provider/2", "image/jpeg")
    for _ in range(2):
        await world.write("", number="SM1", media=(NOTE, other))
    rows = await world.rows(Media)
    assert [(row.position, row.content_type, row.size, row.state) for row in rows] == [
        (0, "audio/ogg", 9, MediaState.OPEN),
        (1, "image/jpeg", None, MediaState.OPEN),
    ]


async def test_it_is_copied(world: World) -> None:
    """Each file once, whole, with the reference that came in."""
    carrier = carried(world, b"OggS-1", b"\xff\xd8\x00-2")
    assert isinstance(carrier, Copying)
    await world.write("", media=(NOTE, Sent("https://provider/2", "image/jpeg")))
    await world.worker.drain()
    assert sorted(carrier.fetched) == ["https://provider/1", "https://provider/2"]
    assert {row[3] for row in await state(world)} == {b"OggS-1", b"\xff\xd8\x00-2"}
    assert [row[:3] for row in await state(world)] == [(MediaState.KEPT, 1, None)] * 2


async def test_a_channel_is_told_how_much_to_read(world: World) -> None:
    """It stops there by itself: no file of a gigabyte is read to see that it is too large."""
    carrier = Carrier(b"x" * LARGEST, b"x" * (LARGEST + 1))
    assert isinstance(carrier, Copying)
    world.worker.accounts._channels[world.account.id] = carrier
    await world.write("", media=(NOTE, NOTE))
    await world.worker.drain()
    assert {row[::2] for row in await state(world)} == {(MediaState.KEPT, None), (MediaState.GONE, "too large")}


@pytest.mark.parametrize("error", [TryLater("x", code="503"), Ambiguous("x", code="503"), RuntimeError("x")])
async def test_it_is_tried_again(world: World, error: Exception) -> None:
    """What is not certain is tried again later, not at once, and the answer to her does not wait for it."""
    carrier = carried(world, error)
    await world.write("hello", media=(NOTE,))
    await world.worker.drain()
    before = (len(carrier.fetched), [row.state for row in await world.rows(Inbox)], (await state(world))[0][0])
    world.clock.move(seconds=BACKOFF[0])
    await world.worker.drain()
    assert before == (1, [InboxState.DONE], MediaState.OPEN)
    assert await state(world) == [(MediaState.KEPT, 2, None, b"OggS")]


async def test_the_provider_says_how_long(world: World) -> None:
    """A 429 with a longer wait than ours is obeyed."""
    carrier = carried(world, TooMany("x", code="429", after=dt.timedelta(seconds=500)))
    await world.write("", media=(NOTE,))
    await world.worker.drain()
    world.clock.move(seconds=499)
    await world.worker.drain()
    early = len(carrier.fetched)
    world.clock.move(seconds=2)
    await world.worker.drain()
    assert (early, len(carrier.fetched)) == (1, 2)


async def test_it_is_given_up_aloud(world: World) -> None:
    """Five attempts, then it is gone and the case says so, once."""
    carrier = carried(world, *[TryLater("x", code="503")] * 9)
    await world.write("help me", media=(NOTE,))
    for seconds in (*BACKOFF, 3600, 3600):
        await world.worker.drain()
        world.clock.move(seconds=seconds)
    assert (len(carrier.fetched), await events(world)) == (5, 1)
    assert await state(world) == [(MediaState.GONE, 5, "503", None)]


@pytest.mark.parametrize(
    ("plan", "media", "fault", "asked"),
    [
        ([Refused("x", code="404")], NOTE, "404", 1),
        ([b""], NOTE, "empty", 1),
        ([b"x" * (LARGEST + 1)], NOTE, "too large", 1),
        ([], Sent("https://provider/1", "video/mp4", LARGEST + 1), "too large", 0),
        ([], Sent("", "video/mp4"), "nothing to copy", 0),
    ],
    ids=["refused", "empty", "too large", "announced too large", "no reference"],
)
async def test_what_cannot_be_had_is_gone_at_once(
    world: World, plan: Sequence[Exception | bytes], media: Sent, fault: str, asked: int
) -> None:
    """A refusal, nothing and too much are not asked for again; what is announced as too much not even once."""
    carrier = carried(world, *plan)
    await world.write("help me", media=(media,))
    await world.worker.drain()
    world.clock.move(hours=2)
    await world.worker.drain()
    assert (len(carrier.fetched), await events(world)) == (asked, 1)
    assert await state(world) == [(MediaState.GONE, 1, fault, None)]


async def test_a_channel_without_files(world: World) -> None:
    """Web and terminal carry none."""
    await world.write("", media=(NOTE,))
    await world.worker.drain()
    assert [row[:3] for row in await state(world)] == [(MediaState.GONE, 1, "nothing to copy")]


async def test_a_fault_of_our_account_loses_nothing(world: World) -> None:
    """Wrong credentials cost no attempt: it is copied when the operator has acted, however late."""
    carried(world, *[Misconfigured("x", code="20003")] * 9)
    await world.write("", media=(NOTE,))
    for _ in range(10):
        await world.worker.drain()
        world.clock.move(minutes=5)
    assert await state(world) == [(MediaState.KEPT, 1, None, b"OggS")]


async def test_two_copiers_ask_once(world: World) -> None:
    """What one has claimed, another leaves alone; what one never finished is taken up again."""
    carrier = carried(world)
    await world.write("", media=(NOTE,))
    copier = MediaCopier(world.database, world.worker.accounts, world.clock)
    await world.database.write(copier._claim)
    at_once = await copier.once()
    world.clock.move(seconds=61)
    assert (at_once, await copier.once(), len(carrier.fetched)) == (0, 1, 1)


async def test_a_late_copier_changes_nothing(world: World) -> None:
    """Whoever comes back after the next attempt has begun neither keeps nor gives up."""
    carried(world)
    await world.write("", media=(NOTE,))
    copier = MediaCopier(world.database, world.worker.accounts, world.clock)
    late = (await world.database.write(copier._claim))[0]
    world.clock.move(seconds=61)
    await world.database.write(copier._claim)
    await copier._copy(late)
    assert await state(world) == [(MediaState.OPEN, 2, None, None)]


async def test_a_file_that_kills_its_process_is_given_up(world: World) -> None:
    """Five attempts that never came back are enough; the sixth does not fetch."""
    carrier = carried(world)
    await world.write("", media=(NOTE,))
    copier = MediaCopier(world.database, world.worker.accounts, world.clock)
    for _ in range(len(BACKOFF) + 1):
        await world.database.write(copier._claim)
        world.clock.move(seconds=61)
    await copier.once()
    assert (len(carrier.fetched), (await state(world))[0][:3]) == (0, (MediaState.GONE, 6, "attempts"))
