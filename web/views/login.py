"""Logging in and out."""

from __future__ import annotations

import ipaddress
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from bot.staff.login import TooManyTries, WrongLogin, log_in, log_out
from web.templating import page
from web.views.inputs import Typed
from web.views.session import cookie_name, find_me, give_cookie, line_of, take_cookie

router = APIRouter()


@router.get("/login")
async def ask(request: Request, next: str = "/inbox") -> Response:  # noqa: A002 - the word in the address
    """The form; who is logged in already goes on."""
    if await find_me(request):
        return RedirectResponse(inside(next), status_code=303)
    return _form(request, next)


@router.post("/login")
async def enter(
    request: Request,
    email: Annotated[Typed, Form(max_length=254)],
    password: Annotated[str, Form(max_length=1000)],
    next: Annotated[str, Form(max_length=500)] = "/inbox",  # noqa: A002 - as above
) -> Response:
    """Try it."""
    line = line_of(request)
    try:
        token = await log_in(
            line.database,
            line.secret,
            email=email,
            password=password,
            client=network(request.client.host) if request.client else "",
            now=line.clock.now(),
        )
    except (TooManyTries, WrongLogin) as error:
        status = 429 if isinstance(error, TooManyTries) else 422
        return _form(request, next, status=status, email=email, fault=str(error))
    response = RedirectResponse(inside(next), status_code=303)
    give_cookie(response, line.settings, token)
    return response


def _form(request: Request, onward: str, *, status: int = 200, email: str = "", fault: str = "") -> Response:
    demo = line_of(request).demo
    return page(request, "login.html", status=status, next=inside(onward), email=email, fault=fault, demo=demo)


@router.post("/logout")
async def leave(request: Request) -> Response:
    """End the session, here and in our table."""
    line = line_of(request)
    token = request.cookies.get(cookie_name(line.settings), "")
    if token:
        await line.database.write(lambda s: log_out(s, token))
    response = RedirectResponse("/login", status_code=303)
    take_cookie(response, line.settings)
    return response


def network(host: str) -> str:
    """Whom a limit counts as one client: an IPv4 address, or the /64 in which one household chooses its addresses."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:  # a socket file or the like has no address
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or ipaddress.IPv6Address(int(address) >> 64 << 64))


def inside(address: str) -> str:
    """An address within these pages, or the inbox: nobody is sent elsewhere after logging in."""
    fine = address.startswith("/") and not address.startswith(("//", "/\\", "/login")) and address.isprintable()
    return address if fine else "/inbox"
