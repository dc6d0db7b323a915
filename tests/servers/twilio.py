"""Twilio's messaging API on 127.0.0.1, and Twilio's side of our webhooks.

    python -m tests.servers.twilio --port 8082 --log sent.jsonl --latency-ms 10 --drop-rate 0.05

The one address that is not Twilio's is `POST /test/inbound` (form: From, To, Body), for tests in other processes: it
adds to the history that catch-up lists.
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import re
import sys
from collections.abc import Mapping, Sequence
from email.utils import format_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.tls import trusted
from tests.servers.base import HTML, Fault, common, form, parser
from tests.servers.twilio_content import ContentHost
from tests.servers.twilio_webhooks import ACCOUNT, SMS_FROM, TOKEN, WHATSAPP_FROM, new_sid, post_of, status_form

if TYPE_CHECKING:
    from starlette.requests import Request

_ROOT = "/2010-04-01/Accounts/{account}"


def error(status: int, code: int, message: str = "Refused") -> Fault:
    """A refusal as Twilio words it."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Fault(status, {"code": code, "message": message, "more_info": more, "status": status})


def problem(status: int, code: int) -> Fault:
    """The newer wording of a refusal (RFC 9457)."""
    return Fault(status, {"type": "about:blank", "title": "Refused", "status": status, "code": code})


def too_many(after: int | None = None) -> Fault:
    """429 with its header, which is not always there."""
    headers = {} if after is None else {"Retry-After": str(after)}
    return Fault(429, {"code": 20429, "message": "Too Many Requests", "status": 429}, headers)


UNAVAILABLE = Fault(503, HTML)
DROPPED = Fault(accept=True, drop=True)
"""Taken, and the connection closed without a byte of answer."""


class FakeTwilio(ContentHost):
    """One account with a WhatsApp and an SMS sender, and the templates that lie at its content host.

    `opted_out`: addresses that answer 21610. `history`: every message, in and out, as the list shows it.
    `callbacks`: the statuses that are posted for each message by itself, signed, soon after it was taken.
    """

    send = "send"

    def __init__(
        self, *, account: str = ACCOUNT, token: str = TOKEN, callbacks: Sequence[str] = (), **options: Any
    ) -> None:
        """Other credentials are answered with 20003."""
        self.account = account
        self.token = token
        self.callbacks = tuple(callbacks)
        super().__init__(**options)

    def reset(self) -> None:
        """Forget every message and set-up."""
        super().reset()
        self.opted_out: set[str] = set()
        self.history: list[dict[str, Any]] = []
        self.media: dict[str, list[tuple[str, bytes]]] = {}
        self.leaked: list[str] = []
        self.account_status = "active"

    # The other side: phones and callbacks

    def arrived(
        self, sender: str, text: str, *, to: str = "", at: dt.datetime | None = None, media: Sequence[str] = ()
    ) -> dict[str, Any]:
        """An inbound message in the history, as if its webhook had never reached us."""
        to = to or (WHATSAPP_FROM if sender.startswith("whatsapp:") else SMS_FROM)
        message = self._remember(sender, to, text, "inbound", "received", at or dt.datetime.now(dt.UTC))
        self.media[message["sid"]] = [(kind, b"media") for kind in media]
        message["num_media"] = str(len(media))
        return message

    async def report(
        self, entry: Mapping[str, Any], status: str, *, app: httpx.AsyncClient, key: str | None = None, **fields: str
    ) -> httpx.Response:
        """Post a status callback for an entry of `sent`, signed over the address that its send gave."""
        url = entry["status_callback"]
        headers, body = post_of(url, status_form(entry["sid"], status, **fields), key=key, token=self.token)
        parts = urlsplit(url)
        return await app.post(f"{parts.path}?{parts.query}", headers=headers, content=body)

    async def deliver(
        self, url: str, fields: Mapping[str, str], *, app: httpx.AsyncClient, key: str | None = None
    ) -> httpx.Response:
        """Post an inbound message to our application at its public `url`."""
        headers, body = post_of(url, fields, key=key, token=self.token)
        return await app.post(urlsplit(url).path, headers=headers, content=body)

    def _remember(
        self, sender: str | None, to: str, text: str, direction: str, status: str, at: dt.datetime, sid: str = ""
    ) -> dict[str, Any]:
        sid = sid or new_sid()
        stamp = format_datetime(at.astimezone(dt.UTC))
        message = {
            "account_sid": self.account,
            "api_version": "2010-04-01",
            "body": text,
            "date_created": stamp,
            "date_sent": stamp,
            "date_updated": stamp,
            "direction": direction,
            "error_code": None,
            "error_message": None,
            "from": sender,
            "messaging_service_sid": None,
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": "USD",
            "sid": sid,
            "status": status,
            "subresource_uris": {"media": f"{_ROOT.format(account=self.account)}/Messages/{sid}/Media.json"},
            "to": to,
            "uri": f"{_ROOT.format(account=self.account)}/Messages/{sid}.json",
        }
        self.history.append(message)
        return message

    # Twilio's API

    def routes(self) -> Sequence[Route]:
        """The part of the API that we use."""
        return [
            Route(_ROOT + ".json", self._account),
            Route(_ROOT + "/Messages.json", self._create, methods=["POST"]),
            Route(_ROOT + "/Messages.json", self._list),
            Route(_ROOT + "/Messages/{sid}/Media.json", self._list_media),
            Route(_ROOT + "/Messages/{sid}/Media/{media}", self._media),
            Route("/store/{sid}/{number:int}", self._stored),
            Route("/test/inbound", self._inbound, methods=["POST"]),
            *self.content_routes(),
        ]

    def _stranger(self, request: Request) -> Response | None:
        expected = "Basic " + base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
        if request.headers.get("authorization") == expected and self.account == request.path_params.get(
            "account", self.account
        ):
            return None
        return error(401, 20003, "Authenticate").response()

    async def _account(self, request: Request) -> Response:
        if fault := await self.disturb("account"):
            return await self.spoil(fault, request)
        shown = {
            "sid": self.account,
            "friendly_name": "Voorbeeldcollege",
            "status": self.account_status,
            "type": "Full",
        }
        return self._stranger(request) or JSONResponse(shown)

    async def _create(self, request: Request) -> Response:
        fault = await self.disturb("send")
        if fault and not fault.accept:
            return await self.spoil(fault, request)
        if stranger := self._stranger(request):
            return stranger
        values = await form(request)
        if refusal := self._refusal(values):
            return refusal.response()
        template = values.get("ContentSid", "")
        shown = self.shown(template, values.get("ContentVariables", "")) if template else {"body": values["Body"]}
        if isinstance(shown, Fault):
            return shown.response()
        message = self._accept(values, shown)
        after = BackgroundTask(self._call_back, self.sent[-1]) if self.callbacks else None
        return (
            await self.spoil(fault, request) if fault else JSONResponse(message, HTTPStatus.CREATED, background=after)
        )

    def _refusal(self, values: Mapping[str, str]) -> Fault | None:
        to, sender = values.get("To", ""), values.get("From", "")
        callback = values.get("StatusCallback", "")
        checks = (
            (not to, 21604, "A 'To' phone number is required."),
            (not sender and not values.get("MessagingServiceSid"), 21603, "A 'From' phone number is required."),
            (bool(values.get("Body")) == bool(values.get("ContentSid")), 21619, "A text message body is required."),
            (
                len(values.get("Body", "")) > 1600,
                21617,
                "The concatenated message body exceeds the 1600 character limit",
            ),
            (
                not re.fullmatch(r"(whatsapp:)?\+\d{8,15}|whatsapp:[A-Z]{2}\.\w{1,128}", to),  # or a business-scoped id
                21211,
                f"The 'To' number {to} is not a valid phone number.",
            ),
            (
                sender and to.startswith("whatsapp:") != sender.startswith("whatsapp:"),
                21910,
                "Invalid From and To pair.",
            ),
            (to in self.opted_out, 21610, "Attempt to send to unsubscribed recipient"),
            (callback and not urlsplit(callback).hostname, 21609, "Invalid 'StatusCallback' URL"),
        )
        return next((error(400, code, message) for wrong, code, message in checks if wrong), None)

    def _accept(self, values: Mapping[str, str], shown: Mapping[str, Any]) -> dict[str, Any]:
        callback = values.get("StatusCallback", "")
        message = self._remember(
            values.get("From"), values["To"], shown["body"], "outbound-api", "queued", dt.datetime.now(dt.UTC)
        )
        message["messaging_service_sid"] = values.get("MessagingServiceSid")
        self.record(
            {
                "key": parse_qs(urlsplit(callback).query).get("o", [""])[0],
                "to": values["To"],
                **shown,
                "sid": message["sid"],
                "from": values.get("From", ""),
                "service": values.get("MessagingServiceSid", ""),
                "content_sid": values.get("ContentSid", ""),
                "content_variables": values.get("ContentVariables", ""),
                "status_callback": callback,
            }
        )
        return message

    async def _call_back(self, entry: Mapping[str, Any]) -> None:
        """Best effort, like Twilio: an application that is away is not called again."""
        async with httpx.AsyncClient(verify=trusted()) as app:
            for status in self.callbacks:
                with contextlib.suppress(httpx.HTTPError):
                    headers, body = post_of(
                        entry["status_callback"], status_form(entry["sid"], status), token=self.token
                    )
                    await app.post(entry["status_callback"], headers=headers, content=body)

    async def _list(self, request: Request) -> Response:
        """Newest first; `DateSent>` and `DateSent<` include the moment itself; pages point to the next by address."""
        if fault := await self.disturb("list"):
            return await self.spoil(fault, request)
        if stranger := self._stranger(request):
            return stranger
        asked = request.query_params
        found = [m for m in reversed(self.history) if self._matches(m, asked)]
        if last := asked.get("PageToken"):
            found = found[[m["sid"] for m in found].index(last.removeprefix("PA")) + 1 :]
        size = min(int(asked.get("PageSize", 50)), 1000)
        page, path = int(asked.get("Page", 0)), request.url.path
        following = dict(asked) | {
            "Page": str(page + 1),
            "PageToken": "PA" + (found[size - 1]["sid"] if found[size:] else ""),
        }
        return JSONResponse(
            {
                "end": page * size + len(found[:size]) - 1,
                "first_page_uri": f"{path}?{urlencode(dict(asked) | {'Page': '0'})}",
                "next_page_uri": f"{path}?{urlencode(following)}" if found[size:] else None,
                "page": page,
                "page_size": size,
                "previous_page_uri": None,
                "messages": found[:size],
                "start": page * size,
                "uri": f"{path}?{urlencode(dict(asked))}",
            }
        )

    def _matches(self, message: Mapping[str, Any], asked: Mapping[str, str]) -> bool:
        if any(asked.get(name, message[field]) != message[field] for name, field in (("To", "to"), ("From", "from"))):
            return False
        at = dt.datetime.strptime(message["date_sent"], "%a, %d %b %Y %H:%M:%S %z") if message["date_sent"] else None
        for name, value in asked.items():
            if not name.startswith("DateSent"):
                continue
            limit = dt.datetime.fromisoformat(value)
            limit = limit if limit.tzinfo else limit.replace(tzinfo=dt.UTC)
            if at is None or (name.endswith(">") and at < limit) or (name.endswith("<") and at > limit):
                return False
        return True

    async def _list_media(self, request: Request) -> Response:
        if stranger := self._stranger(request):
            return stranger
        sid = request.path_params["sid"]
        root = request.url.path.removesuffix(".json")
        media = [
            {
                "sid": f"ME{sid[2:-1]}{n}",
                "parent_sid": sid,
                "content_type": kind,
                "uri": f"{root}/ME{sid[2:-1]}{n}.json",
            }
            for n, (kind, _) in enumerate(self.media.get(sid, ()))
        ]
        names = {"first_page_uri": "", "next_page_uri": None, "page": 0, "page_size": 50, "uri": request.url.path}
        return JSONResponse({"media_list": media, "start": 0, "end": len(media), "previous_page_uri": None, **names})

    async def _media(self, request: Request) -> Response:
        """A redirect to a store that is not Twilio's and must not see our credentials."""
        media = request.path_params["media"]
        return self._stranger(request) or RedirectResponse(f"{self.url}/store/{request.path_params['sid']}/{media[-1]}")

    async def _stored(self, request: Request) -> Response:
        if found := request.headers.get("authorization"):
            self.leaked.append(found)
        kind, content = self.media[request.path_params["sid"]][request.path_params["number"]]
        return Response(content, media_type=kind)

    async def _inbound(self, request: Request) -> Response:
        values = await form(request)
        return JSONResponse(self.arrived(values["From"], values.get("Body", ""), to=values.get("To", "")))


def main() -> None:
    """Serve until interrupted."""
    options = parser(__doc__ or "")
    options.add_argument("--account", default=ACCOUNT)
    options.add_argument("--token", default=TOKEN)
    options.add_argument("--callbacks", default="", help="statuses to post for each message, as in sent,delivered")
    read = options.parse_args()
    callbacks = [status for status in read.callbacks.split(",") if status]
    server = FakeTwilio(account=read.account, token=read.token, callbacks=callbacks, **common(read))
    server.start()
    sys.stdout.write(f"{server.url}\n")
    sys.stdout.flush()
    server.wait()


if __name__ == "__main__":
    main()
