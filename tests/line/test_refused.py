"""What is not the provider's own is refused with the code that operators rely on, and leaves nothing behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from tests.line.house import House
from tests.servers import telegram, twilio_webhooks
from tests.servers.twilio_webhooks import inbound_form, post_of, status_form
from web.app import MAX_BODY

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]

PARENT = "whatsapp:+31612345678"
UPDATE = {
    "update_id": 1,
    "message": {
        "message_id": 1,
        "date": 1_795_000_000,
        "chat": {"id": 5, "type": "private"},
        "from": {"id": 5, "is_bot": False, "first_name": "A"},
        "text": "Dag",
    },
}
Post = tuple[str, Mapping[str, str], bytes]


@dataclass(frozen=True)
class Refused:
    """A request that nobody but a stranger sends, and what it is answered with."""

    name: str
    status: int
    post: Callable[[str], Post]


def _signed(path: str, form: Mapping[str, str] | list[tuple[str, str]], **options: str) -> Callable[[str], Post]:
    return lambda url: (path, *post_of(url + path, form, **options))


def _changed(path: str, form: Mapping[str, str], **headers: str) -> Callable[[str], Post]:
    def make(url: str) -> Post:
        signed, body = post_of(url + path, form)
        return path, signed | {name.replace("_", "-"): value for name, value in headers.items()}, body

    return make


def _telegram(body: bytes, secret: str = telegram.SECRET) -> Callable[[str], Post]:
    headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret}
    return lambda _url: ("/webhooks/telegram", headers, body)


def _tampered(url: str) -> Post:
    headers, body = post_of(url + IN, FORM)
    return IN, headers, body.replace(b"Dag", b"Weg")


def _elsewhere(_url: str) -> Post:
    return IN, *post_of("https://somewhere.example" + IN, FORM)


def _unsigned(url: str) -> Post:
    headers, body = post_of(url + IN, FORM)
    return IN, {name: value for name, value in headers.items() if name != "X-Twilio-Signature"}, body


IN, STATUS = "/webhooks/twilio", "/webhooks/twilio/status"
FORM = inbound_form(PARENT, "Dag")
OTHER = {"AccountSid": "AC" + "9" * 32}
NEWER = {"X_Twilio_Webhooks_Signature_Settings": "key=k,algorithm=HMAC_SHA256"}
STRANGE = {"X_Twilio_Webhooks_Signature_Settings": "key=k,algorithm=NONE"}
CASES = (
    Refused("a signature of another secret", 403, _signed(IN, FORM, token="x" * 32)),
    Refused("no signature", 403, _unsigned),
    Refused("another text than was signed", 403, _tampered),
    Refused("another address than was signed", 403, _elsewhere),
    Refused("the newer signature with another key", 403, _signed(IN, FORM, key="another key")),
    Refused("the old signature said to be the newer", 403, _changed(IN, FORM, **NEWER)),
    Refused("an algorithm that nobody knows", 403, _changed(IN, FORM, **STRANGE)),
    Refused("another account", 403, _signed(IN, FORM | OTHER)),
    Refused("another number of ours", 403, _signed(IN, FORM | {"To": "whatsapp:+31850000099"})),
    Refused("a forged status", 403, _signed(STATUS, status_form("SM1", "delivered"), token="x" * 32)),
    Refused("a status of another account", 403, _signed(STATUS, status_form("SM1", "delivered") | OTHER)),
    Refused("JSON where a form is due", 400, _changed(IN, FORM, Content_Type="application/json")),
    Refused("a message without an id", 400, _signed(IN, FORM | {"MessageSid": "", "SmsMessageSid": "", "SmsSid": ""})),
    Refused("a message without a sender", 400, _signed(IN, {**FORM, "From": "", "WaId": ""})),
    Refused("more fields than anybody sends", 400, _signed(IN, [(f"F{n}", "x") for n in range(1001)])),
    Refused("bytes that are no text", 400, lambda url: (IN, post_of(url + IN, FORM)[0], b"Body=\xff\xfe")),
    Refused("nothing at all", 403, _signed(IN, [])),
    Refused("a body too large", 413, _signed(IN, FORM | {"Body": "x" * (MAX_BODY + 1)})),
    Refused("another secret of Telegram", 403, _telegram(json.dumps(UPDATE).encode(), "another")),
    Refused("no secret of Telegram", 403, _telegram(json.dumps(UPDATE).encode(), "")),
    Refused("no JSON", 400, _telegram(b"{")),
    Refused("JSON that is no update", 400, _telegram(b"[1]")),
    Refused("an update without a number", 400, _telegram(json.dumps({"message": UPDATE["message"]}).encode())),
    Refused("JSON without end", 400, _telegram(b"[" * 100_000)),
    Refused("an update too large", 413, _telegram(b"[" * (MAX_BODY + 1))),
)


async def test_nothing_that_is_refused_is_stored(house: House) -> None:
    """403, 400 or 413, and not one row more than before. The same request as the provider sends it is taken."""
    answers = {}
    for case in CASES:
        path, headers, body = case.post(house.url)
        answer = await house.web.post(path, headers=dict(headers), content=body)
        answers[case.name] = answer.status_code
        assert b"Dag" not in answer.content
    assert answers == {case.name: case.status for case in CASES}
    await house.worker.drain()
    assert not any((await house.counts()).values())
    assert house.twilio.sent == house.telegram.sent == []

    path, headers, body = _signed(IN, FORM)(house.url)
    assert (await house.web.post(path, headers=dict(headers), content=body)).is_success
    path, headers, body = _telegram(json.dumps(UPDATE).encode())(house.url)
    assert (await house.web.post(path, headers=dict(headers), content=body)).is_success
    assert (await house.counts())["inbox"] == 2


async def test_a_status_about_nothing_of_ours_is_taken_and_forgotten(house: House) -> None:
    """Refused, it would come again and again."""
    path = f"{STATUS}?o=reply%3A1%3A1"
    headers, body = post_of(house.url + path, status_form("SM404", "delivered"), token=twilio_webhooks.TOKEN)
    assert (await house.web.post(path, headers=headers, content=body)).is_success
    assert not any((await house.counts()).values())
