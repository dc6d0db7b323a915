"""Reading Telegram's updates, as its documentation shapes them."""

from __future__ import annotations

import copy
import datetime as dt
import functools
import json
from typing import TYPE_CHECKING, Any

import pytest

from bot.channels.port import Webhook
from bot.channels.telegram import TelegramChannel
from bot.errors import ForgedWebhook, MalformedWebhook
from bot.messages import Inbound
from db.types import ChannelName, InboundKind
from tests.servers import telegram

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = dt.datetime(2026, 11, 23, 8, 15, tzinfo=dt.UTC)
MESSAGE: dict[str, Any] = {
    "message_id": 31,
    "from": {"id": 4242, "is_bot": False, "first_name": "Fatma", "last_name": "Demir", "language_code": "tr"},
    "chat": {"id": 4242, "first_name": "Fatma", "last_name": "Demir", "type": "private"},
    "date": 1795420800,
}


@functools.cache
def channel() -> TelegramChannel:
    return TelegramChannel(telegram.TOKEN, telegram.SECRET, "http://127.0.0.1:9", now=lambda: NOW)


def read(update: Mapping[str, Any]) -> list[Any]:
    headers, body = telegram.post_of({"update_id": 10000, **update})
    return [*channel().read(Webhook("https://lijn.example/webhooks/telegram", headers, body))]


def read_message(**content: Any) -> Inbound:
    (found,) = read({"message": MESSAGE | content})
    assert isinstance(found, Inbound)
    return found


def test_a_text_is_read_whole() -> None:
    """Everything the application needs of a plain message, and nothing made up."""
    expected = Inbound(
        ChannelName.TELEGRAM,
        "4242",
        "m:4242:31",
        InboundKind.TEXT,
        dt.datetime.fromtimestamp(MESSAGE["date"], dt.UTC),
        text="Wie is de mentor?",
        profile_name="Fatma Demir",
    )
    assert expected == read_message(text="Wie is de mentor?")


KINDS = {
    "voice": InboundKind.VOICE,
    "audio": InboundKind.VOICE,
    "photo": InboundKind.PICTURE,
    "video": InboundKind.VIDEO,
    "video_note": InboundKind.VIDEO,
    "animation": InboundKind.VIDEO,
    "document": InboundKind.DOCUMENT,
    "sticker": InboundKind.STICKER,
    "location": InboundKind.LOCATION,
    "contact": InboundKind.CONTACT,
    "dice": InboundKind.UNKNOWN,
    "tomorrow": InboundKind.UNKNOWN,
    "pinned": None,
}


def test_every_kind_that_the_server_can_make_is_read() -> None:
    """A kind without an expectation would not be tested; a service note is no message."""
    found = {}
    for name, content in telegram.CONTENTS.items():
        inbounds = read({"message": MESSAGE | dict(content)})
        found[name] = inbounds[0].kind if inbounds else None
    assert len(found) > 10
    assert found == KINDS


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"poll": {"id": "1", "question": "?", "options": [], "total_voter_count": 0}}, InboundKind.UNKNOWN),
        ({"venue": {"title": "School", "address": "Laan 1", "location": {"latitude": 52.3, "longitude": 4.9}}}, None),
        ({"document": {"file_id": "f", "file_unique_id": "u", "mime_type": "image/png"}}, InboundKind.PICTURE),
        ({"document": {"file_id": "f", "file_unique_id": "u"}}, InboundKind.DOCUMENT),
        ({"rich_message": {"blocks": []}}, InboundKind.UNKNOWN),
        ({}, InboundKind.UNKNOWN),
    ],
)
def test_what_we_cannot_read_is_answered_all_the_same(content: dict[str, Any], expected: InboundKind | None) -> None:
    """An unknown kind of message is not malformed: a person waits for an answer."""
    if "poll" in content:
        content["poll"] |= {
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
        }
    assert (expected or InboundKind.LOCATION) == read_message(**content).kind


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x" * 5000, id="5000-characters"),
        pytest.param("\N{BABY}\N{ZERO WIDTH JOINER}\N{SCHOOL} \N{THUMBS UP SIGN}", id="emoji-only"),
        pytest.param("مرحبا، ابني مريض اليوم", id="right-to-left"),
        pytest.param("  twee  spaties\n\nen regels ", id="white-space"),
        pytest.param("እንደምን ኣለኹም", id="tigrinya"),
        pytest.param("/start AB12CD", id="deep-link"),
    ],
)
def test_a_text_is_kept_as_written(text: str) -> None:
    """What a parent wrote is evidence: nobody trims or repairs it."""
    assert text == read_message(text=text).text


@pytest.mark.parametrize(("text", "expected"), [("a\0b", "ab"), ("half \ud83d heart", "half � heart")])
def test_what_no_database_can_hold_is_taken_out(text: str, expected: str) -> None:
    """PostgreSQL refuses NUL, UTF-8 refuses half a character: either would lose the whole message."""
    assert expected == read_message(text=text).text


def test_only_white_space_is_empty() -> None:
    assert InboundKind.EMPTY is read_message(text=" \n").kind


def test_a_caption_is_the_text() -> None:
    """The largest size of a picture is the one to keep."""
    found = read_message(**telegram.CONTENTS["photo"], caption="rapport")
    assert (found.text, found.media[0].reference) == ("rapport", "large")


def test_a_reply_names_what_it_quotes() -> None:
    """The id is the one that our send returned."""
    quoted = {"message_id": 30, "date": 1795420700, "chat": MESSAGE["chat"], "text": "?"}
    assert read_message(text="ja", reply_to_message=quoted).quoted == "m:4242:30"


def test_an_edit_is_another_message() -> None:
    """The same edit delivered twice has one id; a second edit has another."""
    ids = [
        read({"edited_message": MESSAGE | {"text": "x", "edit_date": 1795420900 + later}})[0].provider_id
        for later in (0, 0, 5)
    ]
    assert ids == ["e:4242:31:1795420900", "e:4242:31:1795420900", "e:4242:31:1795420905"]


def tap(**fields: Any) -> dict[str, Any]:
    markup = {
        "inline_keyboard": [[{"text": "Ja", "callback_data": "yes:9"}], [{"text": "Nee", "callback_data": "no:9"}]]
    }
    message = MESSAGE | {"text": "Klopt dat?", "reply_markup": markup}
    return {"id": "77", "from": MESSAGE["from"], "chat_instance": "1", "data": "no:9", "message": message} | fields


def test_a_tap_carries_its_payload_and_title() -> None:
    """The payload decides; the title is what people read in the thread."""
    (found,) = read({"callback_query": tap()})
    assert (
        found.provider_id,
        found.kind,
        found.button,
        found.text,
        found.quoted,
    ) == ("c:77", InboundKind.BUTTON, "no:9", "Nee", "m:4242:31")


def test_a_tap_under_a_message_that_is_gone_still_counts() -> None:
    """Telegram forgets old messages and sends a stub with date 0."""
    stub = {"chat": MESSAGE["chat"], "message_id": 31, "date": 0}
    (found,) = read({"callback_query": tap(message=stub)})
    assert (found.button, found.text, found.external_id) == ("no:9", "", "4242")


GROUP = MESSAGE | {"chat": {"id": -100, "type": "supergroup", "title": "2B"}, "text": "hoi"}
MEMBER = {
    "chat": MESSAGE["chat"],
    "from": MESSAGE["from"],
    "date": 1,
    "old_chat_member": {"status": "member", "user": telegram.BOT},
    "new_chat_member": {"status": "kicked", "user": telegram.BOT, "until_date": 0},
}


@pytest.mark.parametrize(
    "update",
    [
        pytest.param({"message": GROUP}, id="group"),
        pytest.param({"edited_message": GROUP}, id="group-edit"),
        pytest.param({"callback_query": tap(message=GROUP)}, id="group-tap"),
        pytest.param({"channel_post": GROUP | {"chat": {"id": -1, "type": "channel", "title": "t"}}}, id="channel"),
        pytest.param({"my_chat_member": MEMBER}, id="member"),
        pytest.param({"business_message": MESSAGE | {"text": "x", "business_connection_id": "b"}}, id="business"),
        pytest.param({"poll": {"id": "1"}}, id="nonsense-poll"),
        pytest.param({}, id="nothing"),
        pytest.param({"hologram": {"depth": 3}}, id="tomorrow"),
    ],
)
def test_what_no_person_wrote_to_us_is_nothing(update: dict[str, Any]) -> None:
    """Groups, channels and the app's own notes: taken, and not answered."""
    if update.get("poll"):
        more = {"question": "?", "options": [], "total_voter_count": 0, "is_closed": False, "is_anonymous": True}
        update = {"poll": update["poll"] | more | {"type": "regular", "allows_multiple_answers": False}}
    assert read(update) == []


@pytest.mark.parametrize(
    "update",
    [
        pytest.param({"hologram_message": MESSAGE | {"hologram": {}}}, id="new-update"),
        pytest.param({"message": MESSAGE | {"voice": {"pitch": 3}}}, id="new-shape"),
    ],
)
def test_a_person_is_heard_through_what_the_library_cannot_read(update: dict[str, Any]) -> None:
    """A kind of tomorrow comes from a person in her own chat: she gets an answer."""
    (found,) = read(update)
    assert (found.kind, found.external_id, found.provider_id) == (InboundKind.UNKNOWN, "4242", "m:4242:31")


@pytest.mark.parametrize("given", [None, "", "wrong", telegram.SECRET + "x", "\u00e9", "x\ud83d"])
def test_a_wrong_secret_is_forged(given: str | None) -> None:
    """Nothing is read before the secret is right."""
    headers, body = telegram.post_of({"update_id": 1, "message": MESSAGE | {"text": "hoi"}})
    headers.pop("X-Telegram-Bot-Api-Secret-Token")
    headers |= {"x-telegram-bot-api-secret-token": given} if given is not None else {}
    with pytest.raises(ForgedWebhook):
        channel().read(Webhook("https://lijn.example/webhooks/telegram", headers, body))


def test_no_secret_of_ours_means_nobody_gets_in() -> None:
    """A channel that polls has no webhook: an empty secret is not a secret that everybody knows."""
    headers, body = telegram.post_of({"update_id": 1}, secret="")
    with pytest.raises(ForgedWebhook):
        TelegramChannel(telegram.TOKEN, "").read(Webhook("https://x.example/", headers, body))


FAR = {"update_id": 1, "message": MESSAGE | {"date": 10**20, "text": "hoi"}}
BROKEN: list[Any] = [FAR, None, [], "text", 7, {}, {"message": MESSAGE}, {"update_id": 1, "message": {"message_id": 1}}]


ENDLESS = [b'{"update_id":' + b"9" * 5000 + b"}", b"[" * 200_000]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", *ENDLESS, *(json.dumps(b).encode() for b in BROKEN)])
def test_what_is_no_update_is_malformed(body: bytes) -> None:
    """400, and the error says nothing of what stood there."""
    headers, _ = telegram.post_of({})
    with pytest.raises(MalformedWebhook) as caught:
        channel().read(Webhook("https://lijn.example/webhooks/telegram", headers, body))
    assert caught.value.__suppress_context__


def test_fields_that_are_new_tomorrow_change_nothing() -> None:
    """Telegram adds fields without notice, at every level."""
    plain = read_message(text="hoi")
    grown = copy.deepcopy(MESSAGE) | {"text": "hoi", "aura": {"colour": "red"}}
    grown["chat"]["mood"] = grown["from"]["mood"] = 3
    assert [plain] == read({"message": grown, "weather": "wet"})
