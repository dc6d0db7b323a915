"""Twilio's content host: templates, their approval, and what a message makes of one.

As documented: JSON in and out under `/v1/Content`, `meta` with the next page, problem bodies with a code. Values of a
message are held against the rules of 21655, 21656 and 21658; what WhatsApp itself would refuse later (63021: lengths,
titles that are alike, four quick replies) is refused at once, so that no test sends it unseen.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.servers.base import Fault, LocalServer

if TYPE_CHECKING:
    from starlette.requests import Request

_BLANK = re.compile(r"\{\{\s*([^{}\s]*)\s*\}\}")
_KNOWN = {
    "twilio/text": {"body"},
    "twilio/quick-reply": {"body", "actions"},
    "twilio/list-picker": {"body", "button", "items"},
}
_ITEM = {"actions": {"type", "title", "id"}, "items": {"item", "id", "description"}}
_numbers = itertools.count(1)


def refused(code: int, message: str = "Refused", status: int = 400) -> Fault:
    """A refusal as Twilio words it."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Fault(status, {"code": code, "message": message, "more_info": more, "status": status})


class ContentHost(LocalServer):
    """The part of a local Twilio that keeps templates. `contents`: by sid, oldest first; `approvals`: WhatsApp's word."""

    account: str

    def reset(self) -> None:
        """Forget every template."""
        super().reset()
        self.contents: dict[str, dict[str, Any]] = {}
        self.approvals: dict[str, str] = {}

    def has_template(self, body: str, *, language: str = "nl", status: str = "approved") -> str:
        """A text template that somebody made in Twilio's console; its sid."""
        blanks = dict.fromkeys(_BLANK.findall(body), "voorbeeld")
        made = self._made({"language": language, "variables": blanks, "types": {"twilio/text": {"body": body}}})
        self.approvals[made["sid"]] = status
        return str(made["sid"])

    def content_routes(self) -> Sequence[Route]:
        """The addresses of the content host."""
        return [
            Route("/v1/Content", self._make, methods=["POST"]),
            Route("/v1/Content", self._contents),
            Route("/v1/Content/{sid}", self._content),
            Route("/v1/Content/{sid}/ApprovalRequests", self._approval),
        ]

    def _stranger(self, request: Request) -> Response | None:
        raise NotImplementedError

    async def _make(self, request: Request) -> Response:
        fault = await self.disturb("make")
        if fault and not fault.accept:
            return await self.spoil(fault, request)
        if stranger := self._stranger(request):
            return stranger
        if request.headers.get("content-type") != "application/json":
            return refused(20001, "Content-Type must be application/json").response()
        asked = await request.json()
        if wrong := _malformed(asked):
            return refused(20001, wrong).response()
        made = self._made(asked)
        return await self.spoil(fault, request) if fault else JSONResponse(made, HTTPStatus.CREATED)

    def _made(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        sid = f"HX{next(_numbers):032x}"
        made = {
            "sid": sid,
            "account_sid": self.account,
            "friendly_name": asked.get("friendly_name", ""),
            "language": asked["language"],
            "variables": dict(asked.get("variables", {})),
            "types": asked["types"],
            "date_created": "2026-11-23T09:00:00Z",
            "date_updated": "2026-11-23T09:00:00Z",
            "url": f"{self.url}/v1/Content/{sid}",
            "links": {"approval_fetch": f"{self.url}/v1/Content/{sid}/ApprovalRequests"},
        }
        self.contents[sid] = made
        return made

    async def _contents(self, request: Request) -> Response:
        """Newest first, in pages of at most 1,000 that point to the next by its whole address."""
        if fault := await self.disturb("contents"):
            return await self.spoil(fault, request)
        if stranger := self._stranger(request):
            return stranger
        size, page = min(int(request.query_params.get("PageSize", 50)), 1000), int(request.query_params.get("Page", 0))
        found = [*reversed(self.contents.values())]
        address = f"{self.url}/v1/Content"
        following = {"PageSize": size, "Page": page + 1, "PageToken": f"PA{page + 1}"}
        meta = {
            "first_page_url": f"{address}?{urlencode({'PageSize': size, 'Page': 0})}",
            "key": "contents",
            "next_page_url": f"{address}?{urlencode(following)}" if found[(page + 1) * size :] else None,
            "page": page,
            "page_size": size,
            "previous_page_url": None,
            "url": f"{address}?{urlencode({'PageSize': size, 'Page': page})}",
        }
        return JSONResponse({"contents": found[page * size : (page + 1) * size], "meta": meta})

    async def _content(self, request: Request) -> Response:
        if fault := await self.disturb("content"):
            return await self.spoil(fault, request)
        return self._stranger(request) or self._there(request) or JSONResponse(self._asked_for(request))

    async def _approval(self, request: Request) -> Response:
        if fault := await self.disturb("approval"):
            return await self.spoil(fault, request)
        if answer := self._stranger(request) or self._there(request):
            return answer
        content = self._asked_for(request)
        status = self.approvals.get(content["sid"], "unsubmitted")
        whatsapp = {"name": content["friendly_name"], "category": "UTILITY", "status": status, "type": "whatsapp"}
        return JSONResponse(
            {"sid": content["sid"], "account_sid": self.account, "whatsapp": whatsapp, "url": str(request.url)}
        )

    def _there(self, request: Request) -> Response | None:
        if request.path_params["sid"] in self.contents:
            return None
        return refused(20404, "The requested resource was not found", HTTPStatus.NOT_FOUND).response()

    def _asked_for(self, request: Request) -> dict[str, Any]:
        return self.contents[request.path_params["sid"]]

    def shown(self, sid: str, variables: str) -> dict[str, Any] | Fault:
        """What a message with this template shows: `body`, `buttons` (title and id) and `opener`; or why not."""
        content = self.contents.get(sid)
        if content is None:
            return refused(21655, "The ContentSid is Invalid")
        values = _values(variables)
        if isinstance(values, Fault):
            return values
        ((kind, type_),) = content["types"].items()
        known = content["variables"] | values

        def fill(text: str) -> str:
            return _BLANK.sub(lambda found: known[found[1]], text)

        in_body = set(_BLANK.findall(type_["body"]))
        if any(name in in_body and re.search(r"[\n\r\t]| {5,}", value) for name, value in values.items()):
            return refused(21656, "The Content Variables parameter is invalid.")
        items = type_.get("actions") or type_.get("items") or []
        buttons = [{"title": fill(i.get("title") or i["item"]), "id": fill(i["id"])} for i in items]
        shown = {"body": fill(type_["body"]), "buttons": buttons, "opener": fill(type_.get("button", ""))}
        return refused(63021, "Channel invalid content error") if _too_much(kind, shown) else shown


def _malformed(asked: object) -> str:
    """What is wrong with a request to make a template."""
    if not isinstance(asked, dict) or not asked.get("language") or not isinstance(asked.get("types"), dict):
        return "language and types are required"
    if len(asked["types"]) != 1 or (kind := next(iter(asked["types"]))) not in _KNOWN:
        return "no such content type here"
    type_ = asked["types"][kind]
    items = [item for name in _ITEM for item in type_.get(name, [])]
    properties = {name for names in _ITEM.values() for name in names}
    if set(type_) != _KNOWN[kind] or any(set(item) - properties or not item.get("id") for item in items):
        return f"{kind} has other properties"
    if kind != "twilio/text" and not 1 <= len(items) <= 10:
        return "from 1 to 10"
    blanks = set(_BLANK.findall(json.dumps(type_)))
    variables = asked.get("variables", {})
    if blanks != set(variables) or len(blanks) > 100 or not all(isinstance(v, str) and v for v in variables.values()):
        return "a sample for each variable"
    return ""


def _values(variables: str) -> dict[str, str] | Fault:
    """ContentVariables, if they are what Twilio takes."""
    invalid = refused(21656, "The Content Variables parameter is invalid.")
    try:
        values = json.loads(variables) if variables else {}
    except ValueError:
        return invalid
    if not isinstance(values, dict) or not all(isinstance(v, str) and v for v in values.values()) or "'" in variables:
        return invalid
    return refused(21658, "too long") if any(len(v) > 1600 for v in values.values()) else values


def _too_much(kind: str, shown: Mapping[str, Any]) -> bool:
    titles = [button["title"] for button in shown["buttons"]]
    longest, most = (24, 10) if kind == "twilio/list-picker" else (20, 3)
    return (
        len(shown["body"]) > 1024
        or len(titles) > most
        or len(shown["opener"]) > 20
        or len(set(titles)) < len(titles)
        or any(len(title) > longest for title in titles)
    )
