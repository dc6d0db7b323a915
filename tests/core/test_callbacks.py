"""Status callbacks: in any order, twice, before our call has returned; and what they ask for."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Sequence

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.twilio_errors import MEANINGS
from bot.core.callbacks import LATER, TRIES, receive
from bot.core.clock import TestClock
from bot.core.delivery import RANK, current
from bot.core.ingress import store
from bot.errors import Ambiguous, BlockedThere, Misconfigured, NotDelivered, Refused, TryLater, WindowClosed
from bot.messages import Inbound, Outbound, Status
from db.engine import Database
from db.tables import Address, Case, CaseEvent, Conversation, Delivery, Outbox, ProviderAccount
from db.types import CaseState, ChannelName, DeliveryStatus, InboundKind, OutboxState, WaitReason
from tests.core.world import AfterAccepting, Scripted, World, make_world

pytestmark = pytest.mark.timeout(60)
FIRST = (DeliveryStatus.ACCEPTED, DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.READ)


@pytest_asyncio.fixture
async def world(database: Database, clock: TestClock) -> World:
    return await make_world(database, clock)


async def hear(
    world: World,
    status: DeliveryStatus,
    *,
    sid: str = "SM1",
    failure: NotDelivered | None = None,
    key: str | None = None,
) -> bool:
    """A status callback about the first message."""
    key = key or (await world.rows(Outbox))[0].key
    heard = Status(sid, status, key=key, code=failure.code if failure else None, failure=failure)
    return await world.database.write(lambda s: receive(s, world.account, heard, now=world.clock.now()))


async def seen(world: World) -> tuple[DeliveryStatus, str | None]:
    """What a person sees of the first message."""
    async with world.database.read() as session:
        return next(iter((await current(session, [(await world.rows(Outbox))[0].id])).values()))


def test_every_status_has_a_rank() -> None:
    """A status that nobody ranked could not be shown."""
    assert set(RANK) == set(DeliveryStatus)


@pytest.mark.parametrize("order", list(itertools.permutations(FIRST)), ids=lambda order: "-".join(s[:2] for s in order))
@pytest.mark.asyncio
async def test_a_status_never_goes_back(world: World, order: Sequence[DeliveryStatus]) -> None:
    """Whatever order they come in, and twice each: the highest is what is seen, each is kept once."""
    await world.write("hello")
    await world.worker.drain()
    for status in (*order, *order):
        await hear(world, status)
    rows = await world.rows(Delivery)
    assert (await seen(world), sorted(row.status for row in rows)) == ((DeliveryStatus.READ, None), sorted(FIRST))


@pytest.mark.asyncio
async def test_a_message_that_is_not_ours_changes_nothing(world: World) -> None:
    """A callback for another program's message is taken and left alone."""
    await world.write("hello")
    await world.worker.drain()
    assert (await hear(world, DeliveryStatus.SENT, key="nobody's"), len(await world.rows(Delivery))) == (False, 1)


class Early(Scripted):
    """Its callbacks come before its answer does."""

    def __init__(self, failure: NotDelivered | None) -> None:
        super().__init__()
        self.failure, self.world = failure, None

    world: World | None

    async def send(self, message: Outbound) -> str:
        assert self.world is not None
        sid = await super().send(message)
        if self.failure is None:
            for status in (DeliveryStatus.DELIVERED, DeliveryStatus.SENT):
                await hear(self.world, status, sid=sid, key=message.key)
        elif len(self.accepted) == 1:
            await hear(self.world, DeliveryStatus.FAILED, sid=sid, key=message.key, failure=self.failure)
        return sid


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (None, OutboxState.SENT),
        (TryLater("not now", code="30003"), OutboxState.QUEUED),
        (WindowClosed("closed", code="63016"), OutboxState.WAITING),
    ],
    ids=["delivered", "later", "window"],
)
@pytest.mark.asyncio
async def test_callbacks_before_our_call_returned(
    world: World, failure: NotDelivered | None, state: OutboxState
) -> None:
    """What the callback said stands; the answer that comes after it does not undo it."""
    provider = Early(failure)
    provider.world = world
    world.worker.accounts._build = lambda _account: provider
    await world.write("hello")
    await world.worker.turns.once()
    await world.worker.sender.once()
    row = (await world.rows(Outbox))[0]
    assert (row.state, row.lease_token, len(provider.accepted)) == (state, None, 1)


@pytest.mark.parametrize("later", [None, Refused("no", code="63024")], ids=["delivered", "lost"])
@pytest.mark.asyncio
async def test_a_callback_before_our_call_returned_ends_an_earlier_fault(
    world: World, later: NotDelivered | None
) -> None:
    """The account was at fault, the operator acted, and the callback is quicker than the answer: nothing of the fault stays."""
    provider = Early(later)
    provider.world, provider.script = world, deque([Misconfigured("credentials", code="20003")])
    world.worker.accounts._channels[world.account.id] = provider
    await world.write("hello")
    await world.worker.drain()
    before = [(row.fault != "") for row in await world.rows(ProviderAccount)]
    world.clock.move(minutes=6)
    await world.worker.drain()
    row = (await world.rows(Outbox))[0]
    assert (before, [row.fault for row in await world.rows(ProviderAccount)]) == ([True], [""])
    assert (row.provider_sid, row.code) == ("SM1", later.code if later else None)


@pytest.mark.asyncio
async def test_a_callback_settles_what_a_crash_left_open(world: World) -> None:
    """Accepted, then the line broke: the callback carries our key, so nobody need ask and nobody reads it twice."""
    world.provider.script.append(AfterAccepting(Ambiguous("dropped")))
    await world.write("hello")
    await world.worker.drain()
    await hear(world, DeliveryStatus.SENT)
    world.clock.move(seconds=400)
    await world.worker.drain()
    row = (await world.rows(Outbox))[0]
    assert (world.texts(), row.state, row.provider_sid, row.unknown_at) == (
        ["re: hello"],
        OutboxState.SENT,
        "SM1",
        None,
    )


@pytest.mark.asyncio
async def test_a_callback_spares_a_second_sending(world: World) -> None:
    """Not found, queued again, and then the callback of the first attempt comes after all: it does not leave again."""
    world.provider.script.append(Ambiguous("dropped"))
    await world.write("hello")
    await world.worker.drain()
    world.clock.move(seconds=301)
    await world.worker.reconciler.once()
    before = await world.states()
    await hear(world, DeliveryStatus.DELIVERED, sid="SM-first")
    await world.worker.drain()
    assert (before, await world.states(), world.texts()) == ([OutboxState.QUEUED], [OutboxState.SENT], [])


@pytest.mark.asyncio
async def test_an_unreachable_handset_is_tried_later(world: World) -> None:
    """30003: after three hours again, three times in all; then it stays as it is."""
    await world.write("hello")
    await world.worker.drain()
    sent = []
    for attempt in range(1, TRIES + 2):
        failure = TryLater("off", code="30003")
        for _ in range(2):
            await hear(world, DeliveryStatus.UNDELIVERED, sid=f"SM{attempt}", failure=failure)
        await world.worker.drain()
        sent.append(len(world.texts()))
        world.clock.move(seconds=LATER.total_seconds())
        await world.worker.drain()
    assert (sent, len(world.texts()), await seen(world)) == (
        [1, 2, 3, 3],
        3,
        (DeliveryStatus.UNDELIVERED, "30003"),
    )


@pytest.mark.asyncio
async def test_an_earlier_attempts_end_says_nothing_of_the_next(world: World) -> None:
    """A late callback of the first attempt neither settles the second, nor hides what became of it."""
    await world.write("hello")
    await world.worker.drain()
    await hear(world, DeliveryStatus.UNDELIVERED, failure=TryLater("off", code="30003"))
    world.clock.move(seconds=LATER.total_seconds())
    claim = (await world.worker.sender.claim(1))[0]
    await hear(world, DeliveryStatus.SENT)
    during = (await world.rows(Outbox))[0].state
    await world.worker.sender.deliver(claim)
    await hear(world, DeliveryStatus.DELIVERED, sid="SM2")
    row = (await world.rows(Outbox))[0]
    assert (during, row.provider_sid, await seen(world)) == (
        OutboxState.SENDING,
        "SM2",
        (DeliveryStatus.DELIVERED, None),
    )


@pytest.mark.asyncio
async def test_a_closed_window_waits_until_she_writes(world: World) -> None:
    """63016, at once or hours later: it waits, blocks nothing, and leaves behind what was said since when she writes."""
    await world.write("hello")
    await world.worker.drain()
    await hear(world, DeliveryStatus.FAILED, failure=WindowClosed("closed", code="63016"))
    await world.worker.drain()
    row = (await world.rows(Outbox))[0]
    waiting = (row.state, row.wait_reason, len(world.texts()))
    await world.write("I am back")
    await world.worker.drain()
    assert waiting == (OutboxState.WAITING, WaitReason.WINDOW, 1)
    assert sorted(world.texts()[1:]) == ["re: I am back", "re: hello"]


@pytest.mark.asyncio
async def test_the_next_attempt_is_heard_of_by_its_own_number(world: World) -> None:
    """Released and refused before our call returned: what is done follows from the second attempt."""
    await world.write("hello")
    await world.worker.drain()
    await hear(world, DeliveryStatus.FAILED, failure=WindowClosed("closed", code="63016"))
    await world.write("I am back")
    await world.worker.releaser.once()
    await world.worker.sender.claim(8)
    await hear(world, DeliveryStatus.FAILED, sid="SM-second", failure=Refused("no", code="63024"))
    row = (await world.rows(Outbox))[0]
    assert (row.provider_sid, row.code) == ("SM-second", "63024")


@pytest.mark.parametrize("channel", [ChannelName.SMS, ChannelName.TELEGRAM])
@pytest.mark.asyncio
async def test_a_block_is_kept_and_lifted(world: World, channel: ChannelName) -> None:
    """21610: nothing is tried. On SMS only START lifts it; elsewhere any message is the way back (law 7)."""

    async def say(words: str, opt_out: str | None = None) -> None:
        world.clock.move(seconds=5)
        message = Inbound(channel, "abc", words, InboundKind.TEXT, world.clock.now(), words, opt_out_handled=opt_out)
        await world.database.write(lambda s: store(s, world.account, [message], now=world.clock.now()))
        await world.worker.drain()

    await say("hello")
    await hear(world, DeliveryStatus.FAILED, failure=BlockedThere("stop", code="21610"))
    blocked = (await world.rows(Conversation))[0].blocked_at
    await say("still here")
    await say("START", "START")
    answers = ["re: hello", "re: START"] if channel is ChannelName.SMS else ["re: hello", "re: still here", "re: START"]
    assert (blocked is not None, world.texts(), (await world.rows(Conversation))[0].blocked_at) == (True, answers, None)


@pytest.mark.asyncio
async def test_who_writes_can_be_reached(world: World) -> None:
    """An address that was given up lives again when she writes from it."""
    await world.write("hello")

    async def bury(session: AsyncSession) -> None:
        (await session.get_one(Address, (await world.rows(Address))[0].id)).dead_reason = "63024"

    await world.database.write(bury)
    await world.write("again")
    assert [address.dead_reason for address in await world.rows(Address)] == [""]


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.asyncio
async def test_a_fault_of_our_account_loses_nothing(world: World, *, at_once: bool) -> None:
    """20003: the account says so, nothing is thrown away, and it leaves when the operator has acted."""
    failure = Misconfigured("credentials", code="20003")
    if at_once:
        world.provider.script.append(failure)
    await world.write("hello")
    await world.worker.drain()
    if not at_once:
        await hear(world, DeliveryStatus.FAILED, failure=failure)
    async with world.database.read() as session:
        fault = (await session.get_one(ProviderAccount, world.account.id)).fault
    world.clock.move(minutes=6)
    await world.worker.drain()
    assert ("20003" in fault, world.texts(), (await world.rows(Outbox))[0].attempts) == (True, ["re: hello"], 1)


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.asyncio
async def test_staff_hear_of_a_lost_reply(world: World, *, at_once: bool) -> None:
    """What a person wrote and she will never read: the case is open again, and its history says why."""
    await world.staff_answers(repeatable=False)
    failure = Refused("no", code="63024")
    if at_once:
        world.provider.script.append(failure)
    await world.worker.drain()
    if not at_once:
        await hear(world, DeliveryStatus.FAILED, sid="SM2", key="case:1", failure=failure)
    case, events = (await world.rows(Case))[0], await world.rows(CaseEvent)
    assert (case.state, case.waiting_since is not None) == (CaseState.OPEN, True)
    assert [(e.kind, e.note) for e in events][1:] == [("not_delivered", "63024")]


@pytest.mark.parametrize(
    ("code", "error"), [(30003, TryLater), (63016, WindowClosed), (21610, BlockedThere), (20003, Misconfigured)]
)
def test_the_codes_of_this_page_mean_what_it_says(code: int, error: type[NotDelivered]) -> None:
    """The failures used here are those that the adapter makes of these codes."""
    assert MEANINGS[code].error is error
