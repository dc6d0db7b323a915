"""Fetches a calendar from the address that an administrator gave: never from inside our own network, never more than is wanted."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from bot.calendar.reading import LARGEST
from bot.errors import Refusal
from bot.staff.marks import N_

log = logging.getLogger(__name__)
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
LIMIT = 20.0
"""Seconds for all of it."""
REDIRECTS = 3
LONGEST = 1000
_TURNS = frozenset({301, 302, 303, 307, 308})
_OK, _UNCHANGED = 200, 304
_INSIDE = tuple(
    map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "fec0::/10"))
)
"""Addresses that carry another one inside, or mean a house of their own."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came. `data` is None where nothing changed since `etag` or `modified`."""

    data: bytes | None
    etag: str = ""
    modified: str = ""


def is_public(address: Address) -> bool:
    """Whether an address is somewhere on the internet, and not at our house."""
    inner = getattr(address, "ipv4_mapped", None) or address
    return (
        inner.is_global
        and not inner.is_multicast
        and not any(inner in net for net in _INSIDE if net.version == inner.version)
    )


def clean_url(text: str) -> str:
    """An address as it is kept; raises Refusal. Subscriptions (webcal) are https."""
    text = text.strip()
    if text[:9].casefold() == "webcal://":
        text = f"https://{text[9:]}"
    if text and "://" not in text:
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not text:
        return ""
    if not valid or any(letter.isspace() or not letter.isprintable() for letter in text) or len(text) > LONGEST:
        raise Refusal(N_("This is not a web address. Write it like https://school.nl/agenda.ics."))
    if parts.username or parts.password:
        raise Refusal(N_("Put no user name or password into the address."))
    return text


class Fetcher:
    """Fetches over HTTP. `allowed` says to which addresses it may connect."""

    def __init__(self, allowed: Callable[[Address], bool] = is_public) -> None:
        """Tests allow this machine; nobody else does."""
        self._allowed = allowed
        self.alone = asyncio.Lock()
        """Held while a file is read: each reading may take a gigabyte and ten seconds, so they go one after the other."""
        self.looking: set[int] = set()
        """The schools for which an administrator's look is under way."""

    async def fetch(self, url: str, *, etag: str = "", modified: str = "") -> Fetched:
        """What stands there now; raises Refusal with the reason, which never holds the address."""
        import httpx

        headers = {"Accept": "text/calendar, */*;q=0.5", "Accept-Encoding": "identity", "User-Agent": "Ouderlijn"}
        headers |= {"If-None-Match": etag} if etag else {}
        headers |= {"If-Modified-Since": modified} if modified else {}
        try:
            async with asyncio.timeout(LIMIT):
                return await self._follow(url, headers)
        except TimeoutError as error:
            raise Refusal(N_("The calendar's address did not answer in time.")) from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError, ValueError) as error:
            log.info("a calendar could not be fetched (%s)", type(error).__name__)
            raise Refusal(N_("The calendar's address cannot be reached.")) from error

    async def _follow(self, url: str, headers: Mapping[str, str]) -> Fetched:
        for _ in range(REDIRECTS + 1):
            answer = await self._once(url, headers)
            if isinstance(answer, Fetched):
                return answer
            url = clean_url(urljoin(url, answer))
        raise Refusal(N_("The calendar's address points from one place to the next without an end."))

    async def _once(self, url: str, headers: Mapping[str, str]) -> Fetched | str:
        """One request, to an address that was looked at before: a name cannot become another one in between."""
        import httpx

        from bot.tls import trusted

        parts = urlsplit(url)
        address = await self._address(parts)
        host = f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004 - the protocol
        pinned = parts._replace(netloc=f"{host}:{parts.port}" if parts.port else host, fragment="").geturl()
        sent = {**headers, "Host": parts.netloc.rpartition("@")[2]}
        tls = {"sni_hostname": parts.hostname} if parts.scheme == "https" else {}
        async with (
            httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=LIMIT, verify=trusted()) as client,
            client.stream("GET", pinned, headers=sent, extensions=tls) as response,
        ):
            if response.status_code in _TURNS and "location" in response.headers:
                return str(response.headers["location"])
            if response.status_code == _UNCHANGED:
                return Fetched(None)
            if response.status_code != _OK:
                raise Refusal(_refused(response.status_code))
            if response.headers.get("content-encoding", "identity") != "identity":
                raise Refusal(N_("The calendar's address answers in a form that was not asked for."))
            data = await _body(response)
            return Fetched(data, response.headers.get("etag", "")[:300], response.headers.get("last-modified", "")[:60])

    async def _address(self, parts: SplitResult) -> Address:
        """Where the name leads; all of it must be allowed, or nothing is asked there."""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(str(where[0]).partition("%")[0]) for *_, where in found]
        if not addresses or not all(self._allowed(address) for address in addresses):
            raise Refusal(N_("This address lies inside a private network: the line does not look there."))
        return addresses[0]


async def _body(response: object) -> bytes:
    data = bytearray()
    async for piece in response.aiter_raw():  # type: ignore[attr-defined]
        data += piece
        if len(data) > LARGEST:
            raise Refusal(N_("This calendar is too large: 2 MB at most."))
    return bytes(data)


def _refused(status: int) -> str:
    match status:
        case 401 | 403:
            return N_("The calendar's address asks for a password. Use the one that may be shared.")
        case 404 | 410:
            return N_("There is nothing (any more) at the calendar's address.")
        case _:
            return N_("The calendar's address answers with a fault.")
