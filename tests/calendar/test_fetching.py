"""Fetching from an address that somebody typed: never inside our own network, never without an end."""

from __future__ import annotations

import ipaddress

import pytest

from bot.calendar import fetching
from bot.calendar.fetching import Fetched, Fetcher, clean_url, is_public
from bot.errors import Refusal
from tests.calendar.ics import GOOD, ics
from tests.servers.base import Fault
from tests.servers.calendar import CalendarServer

pytestmark = [pytest.mark.asyncio, pytest.mark.allow_hosts(["127.0.0.1", "localhost", "::1"]), pytest.mark.timeout(60)]


async def test_a_calendar_is_fetched_once(website: CalendarServer, fetcher: Fetcher) -> None:
    """The second look carries the tag, and brings nothing."""
    website.text = ics(GOOD)
    first = await fetcher.fetch(f"{website.url}/agenda.ics")
    second = await fetcher.fetch(f"{website.url}/agenda.ics", etag=first.etag)
    assert (first, second) == (Fetched(website.text, '"1"'), Fetched(None))
    assert website.sent[0]["host"] == website.url.removeprefix("http://")


async def test_redirects_have_an_end(website: CalendarServer, fetcher: Fetcher) -> None:
    """Three are followed."""
    website.text = ics(GOOD)
    assert (await fetcher.fetch(f"{website.url}/turn/2")).data == website.text
    with pytest.raises(Refusal, match="without an end"):
        await fetcher.fetch(f"{website.url}/turn/3")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "[::ffff:10.0.0.1]", "0.0.0.0", "2130706433"],
)
async def test_nothing_inside_is_asked(website: CalendarServer, host: str) -> None:
    """By whatever name: what leads into a private network is refused before anybody is asked."""
    port = website.url.rpartition(":")[2]
    with pytest.raises(Refusal, match=r"private network|cannot be reached"):
        await Fetcher().fetch(f"http://{host}:{port}/agenda.ics")
    assert website.sent == []


@pytest.mark.parametrize("target", ["http://10.0.0.1/x", "http://[::1%25eth0]/x", "file:///etc/passwd", "gopher://x/"])
async def test_a_redirect_cannot_lead_inside(website: CalendarServer, fetcher: Fetcher, target: str) -> None:
    """It is looked at like the first address."""
    with pytest.raises(Refusal):
        await fetcher.fetch(f"{website.url}/to?url={target}")


async def test_no_more_than_is_wanted(
    website: CalendarServer, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A body without an end, one that is squeezed, and one that never comes."""
    with pytest.raises(Refusal, match="too large"):
        await fetcher.fetch(f"{website.url}/endless")
    with pytest.raises(Refusal, match="not asked for"):
        await fetcher.fetch(f"{website.url}/zipped")
    monkeypatch.setattr(fetching, "LIMIT", 0.3)
    website.fail("agenda", Fault(hang=5))
    with pytest.raises(Refusal, match=r"in time|cannot be reached"):
        await fetcher.fetch(f"{website.url}/agenda.ics")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(403), "password"),
        (Fault(404), "nothing"),
        (Fault(500), "a fault"),
        (Fault(drop=True), "cannot be reached"),
    ],
)
async def test_faults_have_reasons(website: CalendarServer, fetcher: Fetcher, fault: Fault, said: str) -> None:
    """That an administrator can do something with; the address is in none of them."""
    website.fail("agenda", fault)
    with pytest.raises(Refusal, match=said) as caught:
        await fetcher.fetch(f"{website.url}/agenda.ics")
    assert "127.0.0.1" not in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        (" https://school.nl/a.ics ", "https://school.nl/a.ics"),
        ("webcal://school.nl/a.ics", "https://school.nl/a.ics"),
        ("school.nl/a.ics", "https://school.nl/a.ics"),
    ],
)
async def test_addresses_are_read_generously(typed: str, kept: str) -> None:
    """As people copy them."""
    assert clean_url(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "file:///etc/passwd",
        "ftp://x/y",
        "https://",
        "https://a b/",
        "https://u:p@school.nl/",
        "http://x:99999/",
        "http://[1",
    ],
)
async def test_other_addresses_are_refused(typed: str) -> None:
    """Only the web, and no passwords in it."""
    with pytest.raises(Refusal):
        clean_url(typed)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("127.0.0.1", False),
        ("192.168.1.1", False),
        ("172.16.0.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:192.168.1.1", False),
        ("64:ff9b::c0a8:101", False),
        ("2002:c0a8:101::1", False),
    ],
)
async def test_what_is_public(address: str, *, public: bool) -> None:
    """Also what carries a private address inside."""
    assert is_public(ipaddress.ip_address(address)) is public
