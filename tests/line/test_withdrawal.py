"""A parent takes her phone back: from that message on it is nobody's, and nothing of hers leaves there any more."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.conversations import add_outbox, lock
from db.tables import Binding, Conversation, Outbox
from db.types import ChannelName, OutboxState, WaitReason
from tests.line.house import House
from tests.line.phones import Phone
from tests.line.school import FATMA

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio, pytest.mark.timeout(120)]


async def test_not_my_phone_ends_it_there_and_only_there(house: House) -> None:
    """Her WhatsApp stays; on this one the mentor is told to nobody, and naming the child does not bring it back."""
    phone = Phone(house, "sms", FATMA[ChannelName.SMS])
    await phone.says("taal nederlands")
    await phone.says("nederlands")
    asked = await phone.says("wat gebeurt er met mijn gegevens?")
    assert asked[-1].response == "utter_ask_privacy_wish"
    done = await phone.chooses(4)
    assert done[-1].response == "utter_withdrawn"
    hers = [row for row in await house.rows(Binding) if row.guardian_id == house.place.guardians["Fatma"]]
    assert [row.ended_at is not None for row in hers].count(True) == 1
    said = [*await phone.says("wie is de mentor?"), *await phone.says("Elif")]
    assert not any(name in row.text for row in said for name in ("Elif", "De Wit"))


async def test_where_nobody_is_bound_nothing_changes(house: House) -> None:
    """There is nothing to end: what waits to leave there does, and she is answered."""
    phone = Phone(house, "sms", "+31618000066")
    await phone.says("taal nederlands")
    await phone.says("nederlands")
    number = (await house.said_to(ChannelName.SMS, "+31618000066"))[0].conversation_id
    talk = next(row for row in await house.rows(Conversation) if row.id == number)
    await house.line.database.write(lambda s: _waits(s, talk.id, house))
    await phone.says("wat gebeurt er met mijn gegevens?")
    done = await phone.chooses(4)
    then = next(row for row in await house.rows(Conversation) if row.id == talk.id)
    (waits,) = [row for row in await house.rows(Outbox) if row.key == "an answer"]
    assert (done[-1].response, waits.state, then.introduced_at) == (
        "utter_withdrawn",
        OutboxState.WAITING,
        talk.introduced_at,
    )


async def _waits(session: AsyncSession, conversation_id: int, house: House) -> None:
    add_outbox(
        session,
        await lock(session, conversation_id),
        key="an answer",
        text="x",
        now=house.clock.now(),
        wait=WaitReason.WINDOW,
    )
