"""Reading Twilio's forms, signed both ways."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from bot.channels.port import Webhook
from bot.channels.twilio import TwilioChannel
from bot.channels.twilio_errors import MEANINGS, async_error
from bot.channels.twilio_reading import Addressing, addressing
from bot.errors import (
    AddressDead,
    BlockedThere,
    ForgedWebhook,
    MalformedWebhook,
    Misconfigured,
    NotDelivered,
    Refused,
    TooMany,
    TryLater,
    WindowClosed,
)
from bot.messages import Inbound, Media, Status
from db.types import ChannelName, DeliveryStatus, InboundKind
from tests.servers import twilio_webhooks
from tests.servers.twilio_webhooks import SIGNING_KEY, inbound_form, post_of, sign, status_form

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOW = dt.datetime(2026, 11, 23, 8, 15, tzinfo=dt.UTC)
URL = "https://lijn.example/webhooks/twilio"
STATUS_URL = f"{URL}/status?o=reply%3A7%3A0"
MOBILE = "+31612345678"
WHATSAPP = f"whatsapp:{MOBILE}"
KEYS = pytest.mark.parametrize("key", [None, SIGNING_KEY], ids=["auth-token", "signing-key"])


@functools.cache
def channel(token: str = twilio_webhooks.TOKEN, signing_key: str = SIGNING_KEY) -> TwilioChannel:
    return TwilioChannel(twilio_webhooks.ACCOUNT, token, signing_key=signing_key, now=lambda: NOW)


def read(fields: Mapping[str, str] | Sequence[tuple[str, str]], url: str = URL, key: str | None = None) -> list[object]:
    headers, body = post_of(url, fields, key=key)
    return [*channel().read(Webhook(url, headers, body))]


def read_message(sender: str = WHATSAPP, text: str = "", **fields: str) -> Inbound:
    (found,) = read(inbound_form(sender, text, sid="SM1", **fields))
    assert isinstance(found, Inbound)
    return found


@KEYS
def test_a_whatsapp_text_is_read_whole(key: str | None) -> None:
    """Everything the application needs of a plain message, and nothing made up."""
    (found,) = read(inbound_form(WHATSAPP, "Wie is de mentor?", sid="SM1"), key=key)
    expected = Inbound(
        ChannelName.WHATSAPP, MOBILE, "SM1", InboundKind.TEXT, NOW, text="Wie is de mentor?", profile_name="Fatma"
    )
    assert expected == found


def test_an_sms_is_an_sms() -> None:
    found = read_message(MOBILE, "hoi")
    assert (found.channel, found.external_id, found.profile_name) == (ChannelName.SMS, MOBILE, "")


MEDIA = {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/m/ME1"}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param(MEDIA | {"MediaContentType0": "audio/ogg", "MessageType": "audio"}, InboundKind.VOICE, id="voice"),
        pytest.param(MEDIA | {"MediaContentType0": "audio/ogg; codecs=opus"}, InboundKind.VOICE, id="voice-codec"),
        pytest.param(MEDIA | {"MediaContentType0": "image/jpeg"}, InboundKind.PICTURE, id="picture"),
        pytest.param(MEDIA | {"MediaContentType0": "image/webp"}, InboundKind.STICKER, id="sticker"),
        pytest.param(MEDIA | {"MediaContentType0": "video/mp4"}, InboundKind.VIDEO, id="video"),
        pytest.param(MEDIA | {"MediaContentType0": "application/pdf"}, InboundKind.DOCUMENT, id="document"),
        pytest.param(MEDIA | {"MediaContentType0": "text/vcard"}, InboundKind.CONTACT, id="contact"),
        pytest.param(MEDIA, InboundKind.DOCUMENT, id="no-content-type"),
        pytest.param(
            {"Latitude": "52.37", "Longitude": "4.89", "MessageType": "location"}, InboundKind.LOCATION, id="map"
        ),
        pytest.param({}, InboundKind.EMPTY, id="empty"),
        pytest.param({"Body": " \n"}, InboundKind.EMPTY, id="white-space"),
        pytest.param({"MessageType": "hologram"}, InboundKind.UNKNOWN, id="tomorrow"),
        pytest.param({"NumMedia": "1"}, InboundKind.UNKNOWN, id="file-that-did-not-come"),
        pytest.param({"MessageType": "contacts"}, InboundKind.CONTACT, id="contacts"),
        pytest.param({"ButtonPayload": "", "ButtonText": "", "Body": "hoi"}, InboundKind.TEXT, id="blank-button"),
    ],
)
def test_every_kind_of_message_is_read(fields: dict[str, str], expected: InboundKind) -> None:
    """An unknown kind is not malformed: it is answered."""
    assert expected == read_message(**fields).kind


def test_all_files_are_kept() -> None:
    """The kind is the first one's; the text beside them stays."""
    second = {"NumMedia": "2", "MediaUrl1": "https://api.twilio.com/m/ME2", "MediaContentType1": "application/pdf"}
    found = read_message(text="rapport", **(MEDIA | {"MediaContentType0": "image/png"} | second))
    assert (Media(MEDIA["MediaUrl0"], "image/png"), Media(second["MediaUrl1"], "application/pdf")) == found.media
    assert (found.text, found.kind) == ("rapport", InboundKind.PICTURE)


def test_a_quick_reply_carries_its_payload() -> None:
    """As in a published webhook of 2026: the quoted message is ours, the sender of it too."""
    fields = {
        "MessageType": "interactive",
        "Forwarded": "false",
        "FrequentlyForwarded": "false",
        "ButtonText": "Ja",
        "ButtonPayload": "yes:9",
        "OriginalRepliedMessageSid": "MM9",
        "OriginalRepliedMessageSender": twilio_webhooks.WHATSAPP_FROM,
        "ReferralNumMedia": "0",
    }
    found = read_message(text="Ja", **fields)
    assert (found.kind, found.button, found.text, found.quoted) == (InboundKind.BUTTON, "yes:9", "Ja", "MM9")


def test_a_choice_from_a_list_is_a_button() -> None:
    found = read_message(text="Engels", ListId="language:en", ListTitle="English", MessageType="interactive")
    assert (found.kind, found.button, found.text) == (InboundKind.BUTTON, "language:en", "English")


@pytest.mark.parametrize(
    ("fields", "address", "aliases"),
    [
        ({}, MOBILE, ()),
        ({"ExternalUserId": "NL.42"}, MOBILE, ("NL.42",)),
        ({"WaId": "31699999999"}, MOBILE, ("+31699999999",)),
        ({"From": "", "ExternalUserId": "NL.42", "WaId": ""}, "NL.42", ()),
        ({"From": "", "ExternalUserId": "NL.42"}, "NL.42", (MOBILE,)),
    ],
)
def test_a_person_is_known_by_more_than_a_number(
    fields: dict[str, str], address: str, aliases: tuple[str, ...]
) -> None:
    """WhatsApp may hide the number and give a business-scoped id: then that is the address."""
    found = read_message(**({"WaId": MOBILE[1:]} | fields), text="hoi")
    assert (ChannelName.WHATSAPP, address, aliases) == (found.channel, found.external_id, found.aliases)


@pytest.mark.parametrize("word", ["STOP", "START", "HELP"])
def test_what_twilio_has_answered_itself_is_marked(word: str) -> None:
    """With Advanced Opt-Out Twilio replies; a second reply would fail or confuse."""
    assert word == read_message(MOBILE, "stop", OptOutType=word).opt_out_handled


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x" * 5000, id="5000-characters"),
        pytest.param("\N{BABY}\N{ZERO WIDTH JOINER}\N{SCHOOL}", id="emoji-only"),
        pytest.param("مرحبا، ابني مريض", id="right-to-left"),
        pytest.param(" a&b=c+d %20 \u00a0 ", id="signs-of-forms"),
    ],
)
@KEYS
def test_a_text_is_kept_as_written(text: str, key: str | None) -> None:
    """White space and signs included: they count for the signature too."""
    (found,) = read(inbound_form(WHATSAPP, text), key=key)
    assert isinstance(found, Inbound)
    assert text == found.text


def test_nul_is_taken_out() -> None:
    assert read_message(text="a\0b").text == "ab"


# Signatures


@KEYS
def test_parameters_that_are_new_tomorrow_are_signed_and_read(key: str | None) -> None:
    """Unknown names, blanks and repeats all count for the signature."""
    fields = [
        *inbound_form(WHATSAPP, "hoi").items(),
        ("Aura", "red"),
        ("Aura", "blue"),
        ("Blank", ""),
        ("Ünïcode", "ß"),
    ]
    (found,) = read(fields, key=key)
    assert isinstance(found, Inbound)
    assert found.text == "hoi"


@pytest.mark.parametrize("url", [f"{URL}?school=7&x=", URL + "?a=b%20c"])
def test_the_query_is_signed_too(url: str) -> None:
    assert len(read(inbound_form(WHATSAPP, "hoi"), url)) == 1


FORM = inbound_form(WHATSAPP, "hoi", sid="SM1")
Forgery = Callable[[dict[str, str], bytes], tuple[dict[str, str], bytes]]


def signed(signature: str) -> Forgery:
    return lambda headers, body: (headers | {"X-Twilio-Signature": signature}, body)


def announced(settings: str) -> Forgery:
    return lambda headers, body: (headers | {"X-Twilio-Webhooks-Signature-Settings": settings}, body)


def changed(old: bytes, new: bytes) -> Forgery:
    return lambda headers, body: (headers, body.replace(old, new))


FORGERIES: dict[str, Forgery] = {
    "missing": lambda headers, body: ({n: v for n, v in headers.items() if n != "X-Twilio-Signature"}, body),
    "empty": signed(""),
    "not-ascii": signed("é" * 28),
    "other-token": signed(sign(URL, FORM.items(), "another token")),
    "other-url": signed(sign("https://other.example/", FORM.items(), twilio_webhooks.TOKEN)),
    "other-key": lambda *_: post_of(URL, FORM, key="another key"),
    "token-for-key": lambda *_: post_of(URL, FORM, key=twilio_webhooks.TOKEN),
    "changed-text": changed(b"Body=hoi", b"Body=hax"),
    "added-field": changed(b"Body=hoi", b"Body=hoi&OptOutType=STOP"),
    "dropped-field": changed(b"&NumMedia=0", b""),
    "downgraded": announced("key=1,algorithm=HMAC_SHA1"),
    "unknown-algorithm": announced("key=1,algorithm=HMAC_MD5"),
    "newer-without-saying-so": signed(sign(URL, FORM.items(), twilio_webhooks.TOKEN, "HMAC_SHA256")),
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_request_is_refused(forgery: Forgery) -> None:
    """One law for every way to cheat: nothing is read, and the error is always the same."""
    headers, body = forgery(*post_of(URL, FORM))
    with pytest.raises(ForgedWebhook, match="the signature is not Twilio's"):
        channel().read(Webhook(URL, headers, body))


@pytest.mark.parametrize(("token", "signing_key", "key"), [("", SIGNING_KEY, None), (twilio_webhooks.TOKEN, "", "")])
def test_a_secret_that_is_not_set_verifies_nothing(token: str, signing_key: str, key: str | None) -> None:
    """Anybody can sign with an empty key."""
    headers, body = post_of(URL, inbound_form(WHATSAPP, "hoi"), key=key, token=token)
    with pytest.raises(ForgedWebhook):
        channel(token, signing_key).read(Webhook(URL, headers, body))


def test_header_names_are_read_in_any_case() -> None:
    """Servers hand them on in lower case."""
    headers, body = post_of(URL, inbound_form(WHATSAPP, "hoi"), key=SIGNING_KEY)
    assert channel().read(Webhook(URL, {name.lower(): value for name, value in headers.items()}, body))


@pytest.mark.parametrize("content_type", ["", "application/json", "multipart/form-data; boundary=x", "text/plain"])
def test_what_is_no_form_is_malformed(content_type: str) -> None:
    """An empty form of another type would verify as an empty message."""
    headers, body = post_of(URL, inbound_form(WHATSAPP, "hoi"))
    with pytest.raises(MalformedWebhook):
        channel().read(Webhook(URL, headers | {"Content-Type": content_type}, body))


@pytest.mark.parametrize("body", [b"Body=\xff\xfe", b"&".join(b"a%d=1" % n for n in range(2000))])
def test_an_unreadable_form_is_malformed(body: bytes) -> None:
    headers, _ = post_of(URL, {})
    with pytest.raises(MalformedWebhook):
        channel().read(Webhook(URL, headers, body))


@pytest.mark.parametrize("missing", ["sid", "sender"])
def test_a_message_without_sender_or_id_is_malformed(missing: str) -> None:
    """Signed, and of no use."""
    gone = {"sid": ("MessageSid", "SmsMessageSid", "SmsSid"), "sender": ("From", "WaId")}[missing]
    form = {name: value for name, value in inbound_form(WHATSAPP, "hoi").items() if name not in gone}
    with pytest.raises(MalformedWebhook):
        read(form)


# Statuses


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("accepted", DeliveryStatus.ACCEPTED),
        ("queued", DeliveryStatus.ACCEPTED),
        ("sending", DeliveryStatus.ACCEPTED),
        ("sent", DeliveryStatus.SENT),
        ("delivered", DeliveryStatus.DELIVERED),
        ("read", DeliveryStatus.READ),
        ("undelivered", DeliveryStatus.UNDELIVERED),
        ("failed", DeliveryStatus.FAILED),
    ],
)
@KEYS
def test_a_status_names_our_key(status: str, expected: DeliveryStatus, key: str | None) -> None:
    """The key comes back in the address: a callback may be here before our send has returned."""
    lost = expected in {DeliveryStatus.UNDELIVERED, DeliveryStatus.FAILED}
    (got,) = read(status_form("SM1", status), STATUS_URL, key)
    assert isinstance(got, Status)
    assert (got.provider_sid, got.status, got.key, got.failure is not None) == ("SM1", expected, "reply:7:0", lost)


def test_a_status_with_a_code_carries_it() -> None:
    form = status_form("SM1", "undelivered", ErrorCode="63016", EventType="UNDELIVERED")
    (got,) = read(form, STATUS_URL)
    assert isinstance(got, Status)
    assert (got.status, got.code, type(got.failure)) == (DeliveryStatus.UNDELIVERED, "63016", WindowClosed)


def test_a_status_of_a_message_that_is_not_ours_has_no_key() -> None:
    assert [Status("SM1", DeliveryStatus.READ)] == read(status_form("SM1", "read"), f"{URL}/status")


def test_a_status_that_is_new_tomorrow_is_nothing() -> None:
    assert read(status_form("SM1", "teleported"), STATUS_URL) == []


def test_a_status_without_a_message_is_malformed() -> None:
    with pytest.raises(MalformedWebhook):
        read({"MessageStatus": "sent"}, STATUS_URL)


@pytest.mark.parametrize(
    ("url", "form", "ours"),
    [
        (URL, inbound_form(WHATSAPP, "hoi"), twilio_webhooks.WHATSAPP_FROM),
        (STATUS_URL, status_form("SM1", "sent", MessagingServiceSid="MG2"), twilio_webhooks.SMS_FROM),
    ],
)
def test_the_account_is_found_before_anything_is_verified(url: str, form: dict[str, str], ours: str) -> None:
    """By (AccountSid, To) for a message, by (AccountSid, From) or the service for a status."""
    found = addressing(Webhook(url, {"content-type": "application/x-www-form-urlencoded"}, urlencode(form).encode()))
    assert Addressing(twilio_webhooks.ACCOUNT, ours, form.get("MessagingServiceSid", "")) == found


# Codes


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("63016", WindowClosed),
        ("21610", BlockedThere),
        ("63014", BlockedThere),
        ("30004", BlockedThere),
        ("30005", AddressDead),
        ("30006", AddressDead),
        ("63003", AddressDead),
        ("63024", AddressDead),
        ("30003", TryLater),
        ("30007", Refused),
        ("63018", TooMany),
        ("30002", Misconfigured),
        ("99999", Refused),
        ("", Refused),
        (None, Refused),
        ("²", Refused),
        ("x", Refused),
    ],
)
def test_a_code_in_a_status_says_what_to_do(code: str | None, expected: type[NotDelivered]) -> None:
    """The same words as a send uses, so that one place decides for both."""
    assert expected is type(async_error(code))


def test_what_may_work_later_says_when() -> None:
    """Only the plain 429 leaves it to the header."""
    silent = [code for code, meaning in MEANINGS.items() if issubclass(meaning.error, TryLater) and not meaning.after]
    assert len(MEANINGS) > 50
    assert silent == [20429]
