"""Who is at this browser: a random token in a cookie, the session itself in our table."""

from __future__ import annotations

import logging
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from bot.settings import Settings
from bot.staff.login import MOST, WRITE_EVERY, hash_token, keep
from bot.wiring import Line
from db.queries.staff import Me, who

log = logging.getLogger(__name__)
HARMLESS = frozenset({"tab", "lang", "language", "todo", "group", "topic", "due", "unread", "unverified"})
"""What of an address may be repeated in another: choices of ours, never words that somebody typed."""


class NotLoggedIn(Exception):
    """Nobody is logged in; answered by the login page."""


class NotAllowed(Exception):
    """Somebody is logged in who may not do this; answered by a page that says so."""


def line_of(request: Request) -> Line:
    """The line this application serves."""
    line: Line = request.app.state.line
    return line


def secure(settings: Settings) -> bool:
    """Whether browsers keep a `__Host-` cookie for us: https, or this machine itself."""
    return settings.loopback or settings.own_url.startswith("https://")


def cookie_name(settings: Settings) -> str:
    """The `__Host-` prefix makes browsers refuse a cookie that a neighbouring host wants to plant."""
    return "__Host-ouderlijn" if secure(settings) else "ouderlijn"


def give_cookie(response: Response, settings: Settings, token: str) -> None:
    """Hand the token to the browser. How long it is good for is decided by our table."""
    response.set_cookie(
        cookie_name(settings),
        token,
        max_age=int(MOST.total_seconds()),
        path="/",
        secure=secure(settings),
        httponly=True,
        samesite="lax",
    )


def take_cookie(response: Response, settings: Settings) -> None:
    """Ask the browser to forget it."""
    response.delete_cookie(cookie_name(settings), path="/", secure=secure(settings), httponly=True, samesite="lax")


async def find_me(request: Request) -> Me | None:
    """Who is logged in, if anybody; the session is kept alive."""
    line = line_of(request)
    token = request.cookies.get(cookie_name(line.settings), "")
    if not token:
        return None
    now = line.clock.now()
    async with line.database.read() as session:
        seen = await who(session, hash_token(token), now)
    if seen is None:
        return None
    if now - seen.seen_at >= WRITE_EVERY:
        await line.database.write(lambda s: keep(s, token, now))
    return seen.me


async def require_staff(request: Request) -> Me:
    """A member of staff, or the login page."""
    me = await find_me(request)
    if me is None:
        raise NotLoggedIn
    return me


async def require_administrator(me: Annotated[Me, Depends(require_staff)]) -> Me:
    """An administrator of their school, or a page that says why not."""
    if not me.administrator:
        raise NotAllowed
    return me


Staff = Annotated[Me, Depends(require_staff)]
Administrator = Annotated[Me, Depends(require_administrator)]


def to_login(request: Request) -> Response:
    """Where somebody without a session goes; a page's script is told with 401 and reloads."""
    if request.headers.get("x-part"):
        return Response(status_code=401)
    kept = urlencode([(name, value) for name, value in request.query_params.multi_items() if name in HARMLESS])
    here = request.url.path + (f"?{kept}" if kept else "")
    back = f"?next={quote(here, safe='/')}" if request.method == "GET" and here != "/" else ""
    return RedirectResponse(f"/login{back}", status_code=303)
