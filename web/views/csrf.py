"""Two thin layers around every page: no request that another site made, and headers that shut the page in."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.settings import Settings

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_EXEMPT = "/webhooks/"


def same_origin(headers: Headers, settings: Settings) -> bool:
    """Whether the browser says that our own page made this request.

    Browsers of the past years always send `Sec-Fetch-Site` to https and to this machine; elsewhere `Origin` must do.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin", "")
    if settings.public_url:
        ours = urlsplit(settings.public_url)
        return origin == f"{ours.scheme}://{ours.netloc}"
    return bool(origin) and urlsplit(origin).netloc == headers.get("host")


class SameOrigin:
    """Refuses unsafe requests that did not come from our own pages. Providers' webhooks prove themselves by signature."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        """`settings` tell our public origin."""
        self.app, self.settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse or pass on."""
        if (
            scope["type"] == "http"
            and scope["method"] not in _SAFE
            and not scope["path"].startswith(_EXEMPT)
            and not same_origin(Headers(scope=scope), self.settings)
        ):
            await PlainTextResponse("This request did not come from a page of ours.", 403)(scope, receive, send)
            return
        await self.app(scope, receive, send)


class SafeHeaders:
    """Content security policy and its like on every answer; pages about people are never kept by a browser or proxy."""

    def __init__(self, app: ASGIApp) -> None:
        """Nothing to set: the same for all."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add what is missing."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("content-security-policy", POLICY)  # a file of a parent has a stricter one
                headers["x-content-type-options"] = "nosniff"
                headers["referrer-policy"] = "same-origin"
                headers["cross-origin-opener-policy"] = "same-origin"
                if not scope["path"].startswith("/static/"):
                    headers["cache-control"] = "no-store"
            await send(message)

        await self.app(scope, receive, sealed)
