"""What WhatsApp refuses after all: outside the window it knocks, a template that is not allowed falls to SMS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from db.tables import Case, CaseEvent, Inbox, Outbox
from db.types import CaseState, ChannelName, OutboxState, WaitReason
from tests.line.house import House
from tests.line.phones import Phone, phone
from tests.line.test_knock import TURKISH, answers, knocking, silent, without_sms
from tests.servers import twilio, twilio_webhooks

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]


async def refuse(house: House, entry: Mapping[str, Any], code: int) -> None:
    """In a callback, for what WhatsApp had taken."""
    ours = twilio_webhooks.WHATSAPP_FROM
    assert (await house.twilio.report(entry, "failed", app=house.web, ErrorCode=str(code), From=ours)).is_success
    await house.settle()


def came(fatma: Phone, before: int) -> list[str]:
    """How each message begins that came since."""
    return [entry["body"][:8] for entry in fatma.brought()[before:]]


async def events(house: House) -> list[str]:
    return [event.kind for event in await house.rows(CaseEvent)]


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "later"])
@pytest.mark.parametrize("code", [63040, 63041, 63042])
async def test_a_template_that_is_not_allowed_falls_to_sms(house: House, code: int, *, at_once: bool) -> None:
    """Her answer arrives by SMS, once; the history says so; and what she writes back there belongs to the case."""
    await knocking(house)
    async with phone(house, "whatsapp") as fatma, phone(house, "sms") as number:
        case = await silent(house, fatma)
        if at_once:
            house.twilio.fail("send", twilio.error(400, code))
        await answers(house, case, "Bedankt!")
        if not at_once:
            await refuse(house, fatma.brought()[-1], code)
        assert ["Bedankt!" in entry["body"] for entry in number.brought()] == [True]
        (kept,) = await house.rows(Case)
        assert (kept.state, (await events(house))[-1]) == (CaseState.WAITING, "by_sms")
        rows = [row for row in await house.rows(Outbox) if row.case_id == case.id][-3:]
        assert [row.state for row in rows] == [OutboxState.CANCELLED, OutboxState.DEAD, OutboxState.SENT]
        await number.says("teşekkürler")
        assert (await house.rows(Inbox))[-1].case_id == case.id


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "later"])
async def test_an_answer_that_meets_a_closed_window_knocks_once(house: House, *, at_once: bool) -> None:
    """63016: it waits, a template goes out once for two of them, and both leave behind her word."""
    await knocking(house)
    async with phone(house, "whatsapp") as fatma:
        case = await silent(house, fatma)
        await fatma.says("merhaba")
        before = len(fatma.brought())
        if at_once:
            house.twilio.fail("send", twilio.error(400, 63016))
            await answers(house, case, "Bedankt!")
            assert came(fatma, before) == [TURKISH[:8]]
            await answers(house, case, "Tot dinsdag.")
        else:
            for text in ("Bedankt!", "Tot dinsdag."):
                await answers(house, case, text)
            for entry in fatma.brought()[before:]:
                await refuse(house, entry, 63016)
        waiting = [row.state for row in await house.rows(Outbox) if row.wait_reason is WaitReason.WINDOW]
        assert (waiting, came(fatma, before).count(TURKISH[:8])) == ([OutboxState.WAITING] * 2, 1)
        assert "not_delivered" not in await events(house)
        before = len(fatma.brought())
        await fatma.posts("evet")
        await house.settle()
        bodies = [entry["body"] for entry in fatma.brought()[before:]]
        assert [("Bedankt!" in text, "Tot dinsdag." in text) for text in bodies] == [(True, False), (False, True)]


async def test_without_template_or_number_it_comes_back_to_school(house: House) -> None:
    """It still waits for her word, but somebody knows, once."""
    await without_sms(house)
    async with phone(house, "whatsapp") as fatma:
        case = await silent(house, fatma)
        await fatma.says("merhaba")
        house.twilio.fail("send", twilio.error(400, 63016))
        await house.answers(case, "Bedankt!", language="tr", channel=ChannelName.WHATSAPP)
        for _ in range(3):
            await house.settle()
        (kept,) = await house.rows(Case)
        assert (kept.state, (await events(house)).count("not_delivered")) == (CaseState.OPEN, 1)
        assert (await house.rows(Outbox))[-1].state is OutboxState.WAITING
