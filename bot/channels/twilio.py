"""WhatsApp and SMS through one Twilio account."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
from twilio.base.exceptions import TwilioException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from bot.channels import templates
from bot.channels.port import Approval
from bot.channels.reading import clean, kind_of, read_file
from bot.channels.twilio_errors import MEANINGS, error_of
from bot.channels.twilio_reading import (
    STATUSES,
    address_for,
    address_of,
    form_of,
    inbound_of,
    is_status,
    status_of,
    verify,
)
from bot.errors import Ambiguous, Misconfigured, NotDelivered, Refused, TemplateGone, TemplateRefused, TryLater
from bot.messages import Found, Inbound, Media
from bot.tls import trusted
from db.types import ChannelName, DeliveryStatus, InboundKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from bot.channels.port import Webhook
    from bot.messages import Outbound, Status

API_URL = "https://api.twilio.com"
STATUS_PATH = "/webhooks/twilio/status"
_CLOCKS_DIFFER = dt.timedelta(minutes=1)
_PAGE = 1000
_NO_SUCH = {"20404", "404"}
_NOT_LET_IN = {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND}
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


class TwilioChannel:
    """One account: a WhatsApp sender, an SMS sender or a messaging service, or all of them.

    Without `public_url` nothing is called back; `limit` is the time one request may take in all.
    """

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        *,
        signing_key: str = "",
        api_url: str = "",
        whatsapp_from: str = "",
        sms_from: str = "",
        messaging_service_sid: str = "",
        public_url: str = "",
        limit: dt.timedelta = dt.timedelta(seconds=10),
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._signing_key = signing_key
        self._senders = {
            ChannelName.WHATSAPP: address_for(ChannelName.WHATSAPP, whatsapp_from) if whatsapp_from else "",
            ChannelName.SMS: sms_from,
        }
        self._service_sid = messaging_service_sid
        self._public_url = public_url.rstrip("/")
        self._limit = limit.total_seconds()
        self._now = now
        timeout = httpx.Timeout(self._limit, connect=min(4.0, self._limit), pool=1.0)
        self._http = httpx.AsyncClient(timeout=timeout, verify=trusted())
        # A mapping of its own, or the library looks for edge and region in the environment.
        self._client: Any = Client(  # type: ignore[no-untyped-call]
            account_sid, auth_token, http_client=_Http(self._http), environment={"TWILIO_EDGE": "", "TWILIO_REGION": ""}
        )
        self._api_url = (api_url or API_URL).rstrip("/")
        self._client.api.base_url = self._api_url
        if api_url:
            self._client.content.base_url = self._api_url
        self._offered: dict[str, str] = {}

    def read(self, webhook: Webhook) -> Sequence[Inbound | Status]:
        """Read a message, or a status where the path says so."""
        form = form_of(webhook)
        verify(webhook, form, self._auth_token, self._signing_key)
        if is_status(webhook):
            status = status_of(webhook, form)
            return (status,) if status else ()
        return (inbound_of(form, self._now()),)

    async def send(self, message: Outbound) -> str:
        """Hand over, with our key in the callback's address; a template goes without text.

        Choices go through the template of their shape where it was offered, else as numbered lines.
        """
        sender = message.sender or self._senders[message.channel]
        if not sender and not (self._service_sid and message.channel is ChannelName.SMS):
            reason = f"no sender for {message.channel}"
            raise Misconfigured(reason)
        fields: dict[str, Any] = {"from_": address_for(message.channel, sender)} if sender else {}
        if self._service_sid and message.channel is ChannelName.SMS:
            fields["messaging_service_sid"] = self._service_sid
        if self._public_url:
            fields["status_callback"] = f"{self._public_url}{STATUS_PATH}?o={quote(message.key, safe='')}"
        name, content = self._content(message)
        try:
            async with self._explained(sending=True):
                sent = await self._client.messages.create_async(
                    to=address_for(message.channel, message.external_id), **fields, **content
                )
                return _known(sent.sid)
        except TemplateRefused as error:
            if "content_sid" not in content:
                raise Refused(str(error), code=error.code) from None  # there was no template to go without
            if isinstance(error, TemplateGone):
                self._offered.pop(name, None)
            raise

    def _content(self, message: Outbound) -> tuple[str, dict[str, str]]:
        """What it says, in Twilio's fields, and the name of the template for its choices."""
        if message.template:
            return "", {"content_sid": message.template, "content_variables": _json(message.template_values)}
        shape = None
        if message.channel is ChannelName.WHATSAPP and not message.digits:
            shape = templates.shape_of(message.text, message.choices)
        name = templates.name_of(shape) if shape else ""
        if sid := self._offered.get(name):
            return name, {"content_sid": sid, "content_variables": _json(templates.values(message))}
        return "", {"body": templates.in_digits(message)}

    def wanted(self) -> Sequence[str]:
        """Every template for choices, where there is a WhatsApp sender."""
        return tuple(templates.shapes()) if self._senders[ChannelName.WHATSAPP] else ()

    def offer(self, sids: Mapping[str, str]) -> None:
        """Use these from now on."""
        self._offered = dict(sids)

    async def found(self) -> Mapping[str, str]:
        """List all templates of the account, in every page."""
        async with self._explained(sending=False, pages=True):
            listed = await self._client.content.v1.contents.list_async(page_size=_PAGE)
            return {content.friendly_name: content.sid for content in reversed(listed)}

    async def make(self, name: str) -> str:
        """Make one by its definition."""
        async with self._explained(sending=False):
            made = await self._client.content.v1.contents.create_async(_Definition(name))
            return _known(made.sid)

    async def approval(self, sid: str) -> Approval | None:
        """Fetch a template, and what WhatsApp thinks of it."""
        contents = self._client.content.v1.contents(sid)
        try:
            async with self._explained(sending=False):
                content = await contents.fetch_async()
                asked = (await contents.approval_fetch().fetch_async()).whatsapp or {}
        except Misconfigured as error:
            if error.code in _NO_SUCH:
                return None
            raise
        return Approval(content.language or "", frozenset(content.variables or {}), str(asked.get("status") or ""))

    async def find(self, message: Outbound, since: dt.datetime) -> Sequence[Found] | None:
        """List what went to this recipient since, and keep what has this text (Twilio words a template: any text).

        Asked twice where nothing is found: a message that still waits at Twilio may have no date to be found by.
        """
        to = address_for(message.channel, message.external_id)
        since = since.astimezone(dt.UTC) - _CLOCKS_DIFFER
        found: list[Any] = []
        async with self._explained(sending=False, pages=True):
            for question in ({"date_sent_after": since, "page_size": _PAGE}, {"limit": 100}):
                listed = await self._client.messages.list_async(to=to, **question)
                if found := [m for m in listed if _is_it(m, message) and _at(m) >= since]:
                    break
        return [Found(m.sid, m.body or "", STATUSES.get(m.status, DeliveryStatus.ACCEPTED), _at(m)) for m in found]

    async def missed(self, since: dt.datetime) -> Sequence[Inbound]:
        """List what came in since, oldest first, in every page."""
        since = since.astimezone(dt.UTC).replace(microsecond=0)
        found = []
        async with self._explained(sending=False, pages=True):
            for question in self._own_addresses():
                listed = await self._client.messages.list_async(date_sent_after=since, page_size=_PAGE, **question)
                ours = [m for m in listed if m.direction == "inbound" and _at(m) >= since and self._is_ours(m)]
                found += [await self._late(m) for m in ours]
        return sorted(found, key=lambda inbound: inbound.sent_at)

    async def copy(self, media: Media, most: int) -> bytes:
        """Copy a file of at most `most` bytes. Our credentials go to our provider's host, and not along to where it sends us on."""
        if not media.reference.startswith(f"{self._api_url}/"):
            reason = "the file is not at Twilio"
            raise Refused(reason)
        async with self._explained(sending=False):
            url, auth = httpx.URL(media.reference), httpx.BasicAuth(self._account_sid, self._auth_token)
            async with self._http.stream("GET", url, auth=auth) as answer:
                if not answer.next_request:
                    return await read_file(answer, most)
                url = answer.next_request.url
            async with self._http.stream("GET", url, follow_redirects=True) as answer:
                return await read_file(answer, most)

    async def check(self) -> str:
        """Ask for the account's name and state."""
        async with self._explained(sending=False):
            account = await self._client.api.accounts(self._account_sid).fetch_async()
        if account.status != "active":
            reason = f"the Twilio account is {account.status}"
            raise Misconfigured(reason)
        return f"Twilio: {account.friendly_name} ({account.status})"

    async def close(self) -> None:
        """Close the connection pool."""
        await self._http.aclose()

    def _own_addresses(self) -> list[dict[str, str]]:
        """Say which lists to ask for: one for each number of ours, or everything where only the service knows them."""
        numbers = [{"to": sender} for sender in self._senders.values() if sender]
        return numbers if self._senders[ChannelName.SMS] or not self._service_sid else [{}]

    def _is_ours(self, message: Any) -> bool:
        return message.to in self._senders.values() or message.messaging_service_sid == self._service_sid != ""

    async def _late(self, message: Any) -> Inbound:
        """Read a listed message; its files are a list of their own."""
        channel, address = address_of(message.from_)
        media = await message.media.list_async() if int(message.num_media or 0) else []
        files = tuple(Media(self._api_url + m.uri.removesuffix(".json"), m.content_type) for m in media)
        kind = InboundKind.TEXT if message.body else InboundKind.EMPTY
        return Inbound(
            channel,
            address,
            message.sid,
            kind_of(files[0].content_type) if files else kind,
            _at(message),
            text=clean(message.body or ""),
            media=files,
            late=True,
        )

    @contextlib.asynccontextmanager
    async def _explained(self, *, sending: bool, pages: bool = False) -> AsyncIterator[None]:
        """Hold the limit, which every page has for itself, and turn whatever comes out into our errors."""
        try:
            async with asyncio.timeout(None if pages else self._limit):
                yield
        except Exception as error:  # noqa: BLE001 - an answer that is no object comes out as anything
            # Without the cause: Twilio's words quote the number.
            raise explain(error, sending=sending) from None


class _Definition:
    """A template's definition, as the library asks for it: its own classes would add a null for each other kind."""

    def __init__(self, name: str) -> None:
        self._name = name

    def to_dict(self) -> dict[str, Any]:
        """The body of the request."""
        return templates.definition(self._name)


class _Http(HttpClient):  # type: ignore[misc, unused-ignore]
    """The library's transport on one httpx client: its own has no time limit, and loses Retry-After."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        super().__init__(logger=logging.getLogger(__name__), is_async=True, timeout=None)
        self._client = client

    async def request(  # type: ignore[override, unused-ignore]
        self,
        method: str,
        url: str,
        params: Any = None,
        data: Any = None,
        headers: Any = None,
        auth: Any = None,
        timeout: Any = None,  # noqa: ASYNC109
        allow_redirects: bool = False,  # noqa: FBT001, FBT002
    ) -> Response:
        """Ask once. A 429 is raised here, where its header is still at hand."""
        del timeout, allow_redirects
        as_json = (headers or {}).get("Content-Type") == "application/json"
        body = {"json": data} if as_json else {"data": data}
        answer = await self._client.request(method, url, params=params, headers=headers, auth=auth, **body)
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            seconds = answer.headers.get("Retry-After", "")
            raise error_of(20429, dt.timedelta(seconds=int(seconds)) if seconds.isdecimal() else None)
        return Response(answer.status_code, answer.text, dict(answer.headers))


def explain(error: Exception, *, sending: bool) -> NotDelivered:
    """Say what an error means for the message. A question without an answer is harmless, a message is not."""
    lost = Ambiguous if sending else TryLater
    name = type(error).__name__
    match error:
        case NotDelivered():
            return error
        case httpx.HTTPError() if isinstance(error, _NEVER_SENT):
            return TryLater(f"no connection to Twilio ({name})")
        case TwilioException():
            # Two unrelated classes carry a status: the older wording of errors and RFC 9457's. A list carries the answer.
            refused = next((part for part in error.args if isinstance(part, Response)), None)
            if refused is not None:
                status, code = refused.status_code, _code(refused) or refused.status_code
            else:
                status, code = getattr(error, "status", 0), getattr(error, "code", 0)
            if not httpx.codes.is_client_error(status):
                return lost("Twilio had a fault", code=str(code) if code else None)
            if code not in MEANINGS and status in _NOT_LET_IN:
                return Misconfigured("Twilio does not let us in", code=str(code))
            return error_of(code)
        case _:
            return lost(f"Twilio's answer was lost ({name})")


def _code(answer: Response) -> int:
    """Twilio's code in a refusal; 0 where there is none."""
    try:
        return int(json.loads(answer.text)["code"])
    except (ValueError, KeyError, TypeError):
        return 0


def _is_it(listed: Any, message: Outbound) -> bool:
    if listed.direction == "inbound":
        return False
    body: str = listed.body or ""
    if message.choices:
        # With buttons or with digits, and perhaps without a template's words: its own text comes first in each.
        return not body or " ".join(body.split()).startswith(" ".join(message.text.split()))
    return bool(message.template) or body.strip() == message.text.strip()


def _json(values: Mapping[str, str]) -> str:
    """The values of a template. Without a bare apostrophe, at which Twilio has stumbled."""
    return json.dumps(dict(values), ensure_ascii=False).replace("'", "\\u0027")


def _at(message: Any) -> dt.datetime:
    at: dt.datetime = message.date_sent or message.date_created
    return at


def _known(sid: str | None) -> str:
    """Refuse an answer without an id: taken or not, nobody knows."""
    if not sid:
        reason = "Twilio gave no id"
        raise Ambiguous(reason)
    return sid
