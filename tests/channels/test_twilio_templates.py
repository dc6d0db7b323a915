"""Choices through templates, with the real client against the local content host."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.channels import templates
from bot.channels.port import Approval, Templated, Webhook
from bot.channels.telegram import TelegramChannel
from bot.channels.twilio import TwilioChannel
from bot.errors import Ambiguous, Misconfigured, NotDelivered, Refused, TemplateGone, TemplateRefused, TryLater
from bot.messages import Choice, Inbound
from db.types import ChannelName, InboundKind
from tests.channels.conftest import PUBLIC_URL, message_to, twilio_channel_to
from tests.servers import twilio
from tests.servers.base import Fault
from tests.servers.twilio_webhooks import ACCOUNT, SMS_FROM, TOKEN, post_of, tap_form

if TYPE_CHECKING:
    from bot.messages import Outbound
    from tests.servers.twilio import FakeTwilio

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]
YES_NO = (Choice("12.1", "ja, 't klopt"), Choice("12.2", "نه"))
ASKED = message_to(ChannelName.WHATSAPP, "Elif is ziek.\n\nKlopt dat?", YES_NO)
LISTED = replace(
    message_to(ChannelName.WHATSAPP, "Welke taal?", tuple(Choice(f"9.{n}", f"taal {n}") for n in range(1, 8))),
    opener="menü",
)
PARENT = f"whatsapp:{ASKED.external_id}"


async def ready(channel: TwilioChannel, *messages: Outbound) -> None:
    """As the worker does it, for these messages only."""
    shapes = [templates.shape_of(message.text, message.choices) for message in messages]
    names = [templates.name_of(shape) for shape in shapes if shape]
    channel.offer({name: await channel.make(name) for name in names})


async def test_only_a_whatsapp_sender_wants_templates(
    twilio_channel: TwilioChannel, telegram_channel: TelegramChannel
) -> None:
    """SMS has no buttons, and Telegram needs no templates for its own."""
    sms = TwilioChannel(ACCOUNT, TOKEN, sms_from=SMS_FROM)
    assert [len(twilio_channel.wanted()), len(sms.wanted())] == [40, 0]
    assert [isinstance(channel, Templated) for channel in (twilio_channel, telegram_channel)] == [True, False]
    await sms.close()


async def test_every_template_is_made_and_found_again(twilio_server: FakeTwilio, twilio_channel: TwilioChannel) -> None:
    """The host takes each definition as it is written; the list gives them back by name."""
    made = {name: await twilio_channel.make(name) for name in twilio_channel.wanted()}
    assert made == await twilio_channel.found()
    assert len(set(made.values())) == len(twilio_server.contents) == 40
    one = twilio_server.contents[made[templates.name_of(templates.Shape(templates.Kind.BUTTONS, 1, 1))]]
    assert one["types"] == {
        "twilio/quick-reply": {
            "body": "{{1}}",
            "actions": [{"type": "QUICK_REPLY", "title": "{{2}}", "id": "{{3}}"}],
        }
    }


async def test_the_list_is_read_to_its_last_page(twilio_server: FakeTwilio, twilio_channel: TwilioChannel) -> None:
    """An account may have thousands of templates of others; ours may be the oldest. Of two alike, the newer."""
    ours = await twilio_channel.make(twilio_channel.wanted()[0])
    for _ in range(2100):
        twilio_server.has_template("Dag!")
    assert (await twilio_channel.found())[twilio_channel.wanted()[0]] == ours
    assert twilio_server.calls.count("contents") == 3
    newer = await twilio_channel.make(twilio_channel.wanted()[0])
    assert (await twilio_channel.found())[twilio_channel.wanted()[0]] == newer


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        pytest.param(twilio.error(401, 20003), Misconfigured, id="credentials"),
        pytest.param(Fault(404, "<html>"), Misconfigured, id="no content host"),
        pytest.param(twilio.error(400, 20001), Refused, id="definition"),
        pytest.param(twilio.problem(400, 92002), Refused, id="definition-rfc9457"),
        pytest.param(twilio.too_many(3), TryLater, id="429"),
        pytest.param(twilio.UNAVAILABLE, TryLater, id="503"),
        pytest.param(twilio.DROPPED, TryLater, id="dropped"),
    ],
)
@pytest.mark.parametrize("call", ["make", "contents"])
async def test_what_the_content_host_refuses_is_ours_to_name(
    twilio_server: FakeTwilio,
    twilio_channel: TwilioChannel,
    call: str,
    fault: Fault,
    expected: type[NotDelivered],
) -> None:
    """Neither making nor listing leaves a message in doubt: what is not clear may be asked again."""
    twilio_server.fail(call, fault)
    with pytest.raises(NotDelivered) as caught:
        await (twilio_channel.make(twilio_channel.wanted()[0]) if call == "make" else twilio_channel.found())
    assert isinstance(caught.value, expected)
    assert not isinstance(caught.value, Ambiguous)


@pytest.mark.parametrize("message", [ASKED, LISTED], ids=["buttons", "list"])
async def test_choices_are_shown_to_be_tapped(
    twilio_server: FakeTwilio, twilio_channel: TwilioChannel, message: Outbound
) -> None:
    """The template of its shape with her words in it; nothing as Body."""
    await ready(twilio_channel, message)
    await twilio_channel.send(message)
    (taken,) = twilio_server.sent
    assert (taken["body"], taken["opener"]) == (message.text, message.opener)
    assert taken["buttons"] == [{"title": choice.title, "id": choice.payload} for choice in message.choices]
    assert "'" not in taken["content_variables"]
    assert json.loads(taken["content_variables"])["1"] == message.text.split("\n", maxsplit=1)[0]


@pytest.mark.parametrize("message", [ASKED, LISTED], ids=["buttons", "list"])
async def test_a_tap_comes_back_as_the_choice(
    twilio_server: FakeTwilio, twilio_channel: TwilioChannel, message: Outbound
) -> None:
    """With its payload, its words, and the message it stood under."""
    await ready(twilio_channel, message)
    sid = await twilio_channel.send(message)
    headers, body = post_of(f"{PUBLIC_URL}/webhooks/twilio", tap_form(PARENT, twilio_server.sent[0], 2))
    (tap,) = twilio_channel.read(Webhook(f"{PUBLIC_URL}/webhooks/twilio", headers, body))
    assert isinstance(tap, Inbound)
    chosen = message.choices[1]
    assert (tap.kind, tap.button, tap.text, tap.quoted) == (InboundKind.BUTTON, chosen.payload, chosen.title, sid)


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(replace(ASKED, digits=True), id="said so"),
        pytest.param(replace(ASKED, text="a\nb\nc\nd\ne"), id="no template of that shape"),
        pytest.param(LISTED, id="not made yet"),
        pytest.param(replace(ASKED, channel=ChannelName.SMS), id="sms"),
    ],
)
async def test_without_a_template_there_are_digits(
    twilio_server: FakeTwilio, twilio_channel: TwilioChannel, message: Outbound
) -> None:
    """Every choice is in the text, and nothing is lost."""
    await ready(twilio_channel, ASKED)
    await twilio_channel.send(message)
    (taken,) = twilio_server.sent
    assert (taken["content_sid"], taken["body"]) == ("", templates.in_digits(message))
    assert all(choice.title in taken["body"] for choice in message.choices)


@pytest.mark.parametrize("code", [21655, 63027, 63042])
async def test_a_template_that_is_gone_is_not_tried_twice(
    twilio_server: FakeTwilio, twilio_channel: TwilioChannel, code: int
) -> None:
    """The first message comes back to go with digits; those after it go with digits at once."""
    await ready(twilio_channel, ASKED)
    twilio_server.fail("send", twilio.error(400, code))
    with pytest.raises(TemplateGone):
        await twilio_channel.send(ASKED)
    await twilio_channel.send(ASKED)
    assert [taken["content_sid"] for taken in twilio_server.sent] == [""]


async def test_a_deleted_template_is_gone(twilio_server: FakeTwilio, twilio_channel: TwilioChannel) -> None:
    """Somebody tidied up in Twilio's console."""
    await ready(twilio_channel, ASKED)
    twilio_server.contents.clear()
    with pytest.raises(TemplateGone):
        await twilio_channel.send(ASKED)


@pytest.mark.parametrize("code", [21656, 21658, 63005, 63013, 63021, 63028])
async def test_refused_values_say_nothing_of_the_next_message(
    twilio_server: FakeTwilio, twilio_channel: TwilioChannel, code: int
) -> None:
    """This one goes without the template; the next one with it."""
    await ready(twilio_channel, ASKED)
    twilio_server.fail("send", twilio.error(400, code))
    with pytest.raises(TemplateRefused) as caught:
        await twilio_channel.send(ASKED)
    assert not isinstance(caught.value, TemplateGone)
    await twilio_channel.send(ASKED)
    assert twilio_server.sent[0]["content_sid"]


async def test_a_text_is_refused_for_good(twilio_server: FakeTwilio, twilio_channel: TwilioChannel) -> None:
    """WhatsApp may refuse the words themselves: without a template there is nothing to leave out."""
    twilio_server.fail("send", twilio.error(400, 63013))
    with pytest.raises(Refused) as caught:
        await twilio_channel.send(ASKED)
    assert (type(caught.value), caught.value.code) == (Refused, "63013")


async def test_what_twilio_refuses_is_known_to_the_local_server(
    twilio_server: FakeTwilio, twilio_channel: TwilioChannel
) -> None:
    """The rules that our shapes keep: were they broken, these tests would notice."""
    sid = twilio_server.has_template("{{1}} en {{2}}")
    for values in ({"1": "a\nb"}, {"1": ""}, {"1": "a\tb"}, {"1": "a     b"}):
        with pytest.raises(TemplateRefused):
            await twilio_channel.send(replace(ASKED, template=sid, template_values={"2": "x", **values}))
    assert twilio_server.sent == []


async def test_an_answer_lost_is_found_in_either_dress(
    twilio_server: FakeTwilio, twilio_channel: TwilioChannel
) -> None:
    """With buttons, with digits, or in words that Twilio does not tell: rather held than sent twice."""
    began = dt.datetime.now(dt.UTC)
    await ready(twilio_channel, ASKED)
    twilio_server.fail("send", twilio.DROPPED, twilio.DROPPED)
    for message in (ASKED, replace(ASKED, digits=True)):
        with pytest.raises(Ambiguous):
            await twilio_channel.send(message)
    await twilio_channel.send(replace(ASKED, text="Iets anders.", choices=()))
    sids = [taken["sid"] for taken in twilio_server.sent]
    assert {found.provider_sid for found in await twilio_channel.find(ASKED, began) or ()} == set(sids[:2])
    twilio_server.history[0]["body"] = ""
    assert {found.provider_sid for found in await twilio_channel.find(ASKED, began) or ()} == set(sids[:2])


# Templates that a school made itself


async def test_a_template_can_be_looked_at(twilio_server: FakeTwilio, twilio_channel: TwilioChannel) -> None:
    """Its language, its blanks, and what WhatsApp says of it."""
    asked = [
        twilio_server.has_template("Dag! Hier is {{1}}. Schrijf ja.", language="tr"),
        twilio_server.has_template("Dag! Schrijf ja.", status="rejected"),
        await twilio_channel.make(twilio_channel.wanted()[0]),
        "HX" + "0" * 32,
    ]
    assert [await twilio_channel.approval(sid) for sid in asked] == [
        Approval("tr", frozenset({"1"}), "approved"),
        Approval("nl", frozenset(), "rejected"),
        Approval("nl", frozenset({"1", "2", "3"}), "unsubmitted"),
        None,
    ]


@pytest.mark.parametrize("call", ["content", "approval"])
async def test_not_being_able_to_look_is_not_finding_nothing(
    twilio_server: FakeTwilio, twilio_channel: TwilioChannel, call: str
) -> None:
    sid = twilio_server.has_template("Dag!")
    twilio_server.fail(call, twilio.UNAVAILABLE, twilio.error(401, 20003))
    for expected in (TryLater, Misconfigured):
        with pytest.raises(expected):
            await twilio_channel.approval(sid)


async def test_the_content_host_wants_our_credentials(twilio_server: FakeTwilio) -> None:
    channel = twilio_channel_to(twilio_server.url, token="wrong")
    with pytest.raises(Misconfigured):
        await channel.found()
    await channel.close()
