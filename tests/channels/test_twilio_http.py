"""The Twilio channel against a local server: real HTTP, scripted faults."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from bot.channels.port import Webhook
from bot.channels.twilio import TwilioChannel
from bot.errors import (
    AddressDead,
    Ambiguous,
    BlockedThere,
    Misconfigured,
    NotDelivered,
    Refused,
    TooMany,
    TryLater,
    WindowClosed,
)
from bot.messages import Media, Status
from db.types import ChannelName, DeliveryStatus, InboundKind
from tests.channels.conftest import PUBLIC_URL, SHORT, message_to, twilio_channel_to
from tests.servers import twilio
from tests.servers.base import Fault
from tests.servers.twilio_webhooks import ACCOUNT, SERVICE, SIGNING_KEY, SMS_FROM, TOKEN, WHATSAPP_FROM

if TYPE_CHECKING:
    from bot.messages import Outbound
    from tests.servers.twilio import FakeTwilio

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]
MOBILE = "+31612345678"
SMS, WHATSAPP = message_to(ChannelName.SMS), message_to(ChannelName.WHATSAPP)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.mark.parametrize(
    ("message", "sender", "to"),
    [(SMS, SMS_FROM, MOBILE), (WHATSAPP, WHATSAPP_FROM, f"whatsapp:{MOBILE}")],
    ids=["sms", "whatsapp"],
)
async def test_a_message_carries_our_key(
    twilio_server: FakeTwilio, twilio_channel: TwilioChannel, message: Outbound, sender: str, to: str
) -> None:
    """The callback's address names the outbox row, whatever becomes of the answer to our send."""
    sid = await twilio_channel.send(message)
    (taken,) = twilio_server.sent
    assert (sid, sender, to, "Dag!") == (taken["sid"], taken["from"], taken["to"], taken["body"])
    assert f"{PUBLIC_URL}/webhooks/twilio/status?o=reply%3A7%3A0" == taken["status_callback"]


async def test_without_a_public_address_nothing_is_called_back(twilio_server: FakeTwilio) -> None:
    """Twilio refuses a send whose callback it cannot reach (21609)."""
    channel = TwilioChannel(ACCOUNT, TOKEN, api_url=twilio_server.url, sms_from=SMS_FROM, limit=SHORT)
    await channel.send(SMS)
    assert twilio_server.sent[0]["status_callback"] == ""
    await channel.close()


async def test_a_messaging_service_sends_sms_without_a_number(twilio_server: FakeTwilio) -> None:
    """The service picks the sender; WhatsApp needs a number of its own."""
    channel = TwilioChannel(ACCOUNT, TOKEN, api_url=twilio_server.url, messaging_service_sid=SERVICE, limit=SHORT)
    await channel.send(SMS)
    with pytest.raises(Misconfigured):
        await channel.send(WHATSAPP)
    assert [(s["from"], s["service"]) for s in twilio_server.sent] == [("", SERVICE)]
    await channel.close()


async def test_a_row_may_name_its_sender(twilio_server: FakeTwilio, twilio_channel: TwilioChannel) -> None:
    await twilio_channel.send(replace(SMS, sender="+31970109999"))
    assert twilio_server.sent[0]["from"] == "+31970109999"


async def test_a_template_goes_without_text(twilio_server: FakeTwilio, twilio_channel: TwilioChannel) -> None:
    """Twilio refuses Body beside ContentSid; the values are one JSON object of strings."""
    sid = twilio_server.has_template("Over {{1}}: {{2}} is er iets.")
    values = {"1": "Elif d'Or", "2": "donderdag 12 november"}
    await twilio_channel.send(replace(WHATSAPP, template=sid, template_values=values))
    (taken,) = twilio_server.sent
    assert (sid, values) == (taken["content_sid"], json.loads(taken["content_variables"]))
    assert taken["body"] == "Over Elif d'Or: donderdag 12 november is er iets."


@pytest.mark.parametrize(
    ("fault", "expected", "code"),
    [
        pytest.param(twilio.error(400, 21610), BlockedThere, "21610", id="stop"),
        pytest.param(twilio.error(400, 21211), AddressDead, "21211", id="bad-number"),
        pytest.param(twilio.problem(400, 21614), AddressDead, "21614", id="landline-rfc9457"),
        pytest.param(twilio.error(400, 63016), WindowClosed, "63016", id="window"),
        pytest.param(twilio.error(400, 21617), Refused, "21617", id="too-long"),
        pytest.param(twilio.error(400, 21606), Misconfigured, "21606", id="sender"),
        pytest.param(twilio.error(403, 21408), Refused, "21408", id="country"),
        pytest.param(twilio.error(400, 21611), TooMany, "21611", id="queue-full"),
        pytest.param(twilio.error(401, 20003), Misconfigured, "20003", id="credentials"),
        pytest.param(twilio.error(403, 70051), Misconfigured, "70051", id="forbidden"),
        pytest.param(Fault(404, "<html>"), Misconfigured, "404", id="wrong-host"),
        pytest.param(twilio.error(400, 29999), Refused, "29999", id="new-code"),
        pytest.param(twilio.too_many(), TooMany, "20429", id="429"),
        pytest.param(Fault(429, "<html>"), TooMany, "20429", id="429-html"),
        pytest.param(twilio.UNAVAILABLE, Ambiguous, "503", id="503"),
    ],
)
async def test_every_refusal_has_its_meaning(
    twilio_server: FakeTwilio,
    twilio_channel: TwilioChannel,
    fault: Fault,
    expected: type[NotDelivered],
    code: str,
) -> None:
    """The class decides what the outbox does; it is exactly this one and no parent of it."""
    twilio_server.fail("send", fault)
    with pytest.raises(NotDelivered) as caught:
        await twilio_channel.send(SMS)
    assert (expected, code) == (type(caught.value), caught.value.code)


@pytest.mark.parametrize(("header", "expected"), [(7, dt.timedelta(seconds=7)), (None, None)])
async def test_a_429_says_how_long_to_wait(
    twilio_server: FakeTwilio, twilio_channel: TwilioChannel, header: int | None, expected: dt.timedelta | None
) -> None:
    """The library loses the header; we do not."""
    twilio_server.fail("send", twilio.too_many(header))
    with pytest.raises(TooMany) as caught:
        await twilio_channel.send(SMS)
    assert expected == caught.value.after


async def test_who_sent_stop_is_blocked_on_that_channel_only(
    twilio_server: FakeTwilio, twilio_channel: TwilioChannel
) -> None:
    twilio_server.opted_out.add(MOBILE)
    with pytest.raises(BlockedThere):
        await twilio_channel.send(SMS)
    assert await twilio_channel.send(WHATSAPP)


# Reconciliation


async def test_a_message_taken_without_an_answer_is_found(
    twilio_server: FakeTwilio, twilio_channel: TwilioChannel
) -> None:
    """The heart of sending once: found means sent, and nothing goes twice."""
    began = now()
    twilio_server.fail("send", twilio.DROPPED)
    with pytest.raises(Ambiguous):
        await twilio_channel.send(SMS)
    found = await twilio_channel.find(SMS, began)
    assert [(twilio_server.sent[0]["sid"], "Dag!", DeliveryStatus.ACCEPTED)] == [
        (f.provider_sid, f.text, f.status) for f in found or ()
    ]


async def test_a_message_never_taken_is_not_found(twilio_server: FakeTwilio, twilio_channel: TwilioChannel) -> None:
    """Neither an older one, nor another text, nor another person's, nor her own with the same words."""
    began = now()
    twilio_server.arrived(MOBILE, SMS.text)
    await twilio_channel.send(replace(SMS, text="Dag! ..."))
    await twilio_channel.send(replace(SMS, external_id="+31600000000"))
    await twilio_channel.send(WHATSAPP)
    await twilio_channel.send(SMS)
    twilio_server.history[-1]["date_sent"] = "Mon, 05 Jan 2026 08:00:00 +0000"
    twilio_server.fail("send", Fault(drop=True))
    with pytest.raises(Ambiguous):
        await twilio_channel.send(SMS)
    assert await twilio_channel.find(SMS, began) == []


async def test_a_message_that_waits_at_twilio_is_found(
    twilio_server: FakeTwilio, twilio_channel: TwilioChannel
) -> None:
    """In a long queue it may have no sent date yet: a list by date alone would have it sent twice."""
    began = now()
    await twilio_channel.send(SMS)
    twilio_server.history[-1]["date_sent"] = None
    found = await twilio_channel.find(SMS, began)
    assert [twilio_server.sent[0]["sid"]] == [f.provider_sid for f in found or ()]


async def test_several_with_the_same_text_are_all_found(
    twilio_server: FakeTwilio, twilio_channel: TwilioChannel
) -> None:
    """Which of them is ours is not for the channel to guess."""
    began = now()
    sent = {await twilio_channel.send(SMS) for _ in range(3)}
    assert sent == {f.provider_sid for f in await twilio_channel.find(SMS, began) or ()}
    assert len(twilio_server.sent) == 3


async def test_a_template_is_found_whatever_its_words(twilio_server: FakeTwilio, twilio_channel: TwilioChannel) -> None:
    """Twilio words it from its own copy: rather held for a person than sent twice."""
    template = replace(WHATSAPP, template=twilio_server.has_template("Dag {{1}}!"), template_values={"1": "Elif"})
    sid = await twilio_channel.send(template)
    twilio_server.history[-1]["body"] = "Dag! Er is nieuws over Elif."
    assert [sid] == [f.provider_sid for f in await twilio_channel.find(template, now()) or ()]


@pytest.mark.parametrize("fault", [twilio.UNAVAILABLE, twilio.DROPPED, Fault(200, "<html>")])
async def test_a_question_without_an_answer_is_asked_again(
    twilio_server: FakeTwilio, twilio_channel: TwilioChannel, fault: Fault
) -> None:
    """To find nothing and to be unable to ask are different things: only the first lets a message go again."""
    twilio_server.fail("list", fault)
    with pytest.raises(TryLater):
        await twilio_channel.find(SMS, now())


# Catching up


async def test_what_was_missed_comes_back_oldest_first(
    twilio_server: FakeTwilio, twilio_channel: TwilioChannel
) -> None:
    """Both senders, marked late, under the key of their webhook; ours and older ones stay out."""
    start = (now() - dt.timedelta(hours=2)).astimezone(dt.timezone(dt.timedelta(hours=-5)))
    twilio_server.arrived(f"whatsapp:{MOBILE}", "te oud", at=start - dt.timedelta(hours=1))
    later = twilio_server.arrived(MOBILE, "twee", at=start + dt.timedelta(minutes=2))
    first = twilio_server.arrived(f"whatsapp:{MOBILE}", "een", at=start)
    twilio_server.arrived(MOBILE, "niet aan ons", to="+31900000000")
    await twilio_channel.send(SMS)
    found = await twilio_channel.missed(start)
    assert [(first["sid"], "een", ChannelName.WHATSAPP, True), (later["sid"], "twee", ChannelName.SMS, True)] == [
        (i.provider_id, i.text, i.channel, i.late) for i in found
    ]


async def test_catching_up_reads_every_page(twilio_server: FakeTwilio, twilio_channel: TwilioChannel) -> None:
    """More than a page, which has a thousand: a night without us at a big school."""
    start = now() - dt.timedelta(hours=2)
    sids = [twilio_server.arrived(MOBILE, str(n), at=start + dt.timedelta(seconds=n))["sid"] for n in range(2050)]
    found = await twilio_channel.missed(start)
    assert sids == [i.provider_id for i in found]
    assert len(sids) == 2050


async def test_a_missed_voice_note_can_still_be_heard(twilio_server: FakeTwilio, twilio_channel: TwilioChannel) -> None:
    """Files are a list of their own; the address is the one that `copy` takes."""
    twilio_server.arrived(f"whatsapp:{MOBILE}", "", media=["audio/ogg", "image/jpeg"])
    (found,) = await twilio_channel.missed(now() - dt.timedelta(minutes=1))
    assert (found.kind, [m.content_type for m in found.media]) == (InboundKind.VOICE, ["audio/ogg", "image/jpeg"])
    assert await twilio_channel.copy(found.media[1], 100) == b"media"


async def test_a_service_without_a_number_catches_up_by_its_name(twilio_server: FakeTwilio) -> None:
    """Where only the service knows the numbers, the list is of everything and its own are kept."""
    channel = TwilioChannel(ACCOUNT, TOKEN, api_url=twilio_server.url, messaging_service_sid=SERVICE, limit=SHORT)
    twilio_server.arrived(MOBILE, "van een ander", to="+31900000000")
    ours = twilio_server.arrived(MOBILE, "van ons", to="+31970101111")
    ours["messaging_service_sid"] = SERVICE
    assert [i.text for i in await channel.missed(now() - dt.timedelta(minutes=1))] == ["van ons"]
    await channel.close()


async def test_half_a_catch_up_is_none(twilio_server: FakeTwilio, twilio_channel: TwilioChannel) -> None:
    """A list that broke off is asked for again: its caller must not move on."""
    twilio_server.arrived(MOBILE, "een")
    twilio_server.fail("list", Fault(200, {"messages": [], "next_page_uri": None, "page": 0}), twilio.UNAVAILABLE)
    with pytest.raises(TryLater):
        await twilio_channel.missed(now() - dt.timedelta(minutes=1))


# Files, callbacks, set-up


async def test_our_credentials_do_not_follow_a_redirect(
    twilio_server: FakeTwilio, twilio_channel: TwilioChannel
) -> None:
    """Twilio sends us on to a store that is not Twilio's."""
    message = twilio_server.arrived(MOBILE, "", media=["audio/ogg"])
    url = f"{twilio_server.url}/2010-04-01/Accounts/{ACCOUNT}/Messages/{message['sid']}/Media/ME0"
    assert await twilio_channel.copy(Media(url), 100) == b"media"
    assert twilio_server.leaked == []


async def test_a_file_is_read_no_further_than_the_limit(
    twilio_server: FakeTwilio, twilio_channel: TwilioChannel
) -> None:
    """Whole in memory first, an hour of video would end the process."""
    message = twilio_server.arrived(MOBILE, "", media=["video/mp4"])
    url = f"{twilio_server.url}/2010-04-01/Accounts/{ACCOUNT}/Messages/{message['sid']}/Media/ME0"
    with pytest.raises(Refused) as caught:
        await twilio_channel.copy(Media(url), 4)
    assert caught.value.code == "too large"


async def test_a_file_that_is_gone_is_refused(twilio_server: FakeTwilio, twilio_channel: TwilioChannel) -> None:
    """Twilio deletes media when told to: nothing to wait for."""
    with pytest.raises(Refused):
        await twilio_channel.copy(Media(f"{twilio_server.url}/2010-04-01/nowhere"), 100)


async def test_a_file_elsewhere_never_sees_our_credentials(twilio_channel: TwilioChannel) -> None:
    """An address in a message is only as good as its signature: our token goes to our provider's host alone."""
    with twilio.FakeTwilio() as elsewhere:
        message = elsewhere.arrived(MOBILE, "", media=["audio/ogg"])
        with pytest.raises(Refused):
            await twilio_channel.copy(Media(f"{elsewhere.url}/store/{message['sid']}/0"), 100)
        assert elsewhere.leaked == []


@pytest.mark.parametrize("key", [None, SIGNING_KEY])
async def test_a_callback_of_our_own_send_is_read(
    twilio_server: FakeTwilio, twilio_channel: TwilioChannel, key: str | None
) -> None:
    """The whole circle: the address given in the send comes back signed, with our key in it."""
    sid = await twilio_channel.send(SMS)
    read: list[object] = []

    async def handle(request: httpx.Request) -> httpx.Response:
        url = f"{PUBLIC_URL}{request.url.raw_path.decode()}"
        read.extend(twilio_channel.read(Webhook(url, request.headers, request.content)))
        return httpx.Response(204)

    async with httpx.AsyncClient(transport=httpx.MockTransport(handle), base_url=PUBLIC_URL) as app:
        await twilio_server.report(twilio_server.sent[0], "delivered", app=app, key=key)
    assert [Status(sid, DeliveryStatus.DELIVERED, "reply:7:0")] == read


async def test_a_suspended_account_is_a_matter_for_the_operator(
    twilio_server: FakeTwilio, twilio_channel: TwilioChannel
) -> None:
    twilio_server.account_status = "suspended"
    with pytest.raises(Misconfigured):
        await twilio_channel.check()


async def test_a_wrong_token_is_a_matter_for_the_operator(twilio_server: FakeTwilio) -> None:
    channel = twilio_channel_to(twilio_server.url, token="wrong")
    with pytest.raises(Misconfigured):
        await channel.check()
    await channel.close()
