"""Logging in: nobody learns who exists, guessing has an end, sessions can be ended, other sites cannot act for us."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff.login import hash_password, hash_token
from db.tables import LoginAttempt, Session, Staff, StaffLogin
from tests.web.world import Pages
from web.views.accent import _PAPER, _SLATE, contrast, stylesheet
from web.views.login import network

pytestmark = pytest.mark.asyncio
PASSWORD = "correct horse battery"
EMAIL = "mentor@voorbeeld.example"


@pytest.fixture(scope="module")
def hashed() -> str:
    """Hashing is slow on purpose: once."""
    return asyncio.run(hash_password(PASSWORD))


async def with_password(pages: Pages, hashed: str) -> None:
    for login in await pages.rows(StaffLogin):
        await pages.change(StaffLogin, login.id, password_hash=hashed)


async def try_it(client: httpx.AsyncClient, email: str = EMAIL, password: str = PASSWORD) -> httpx.Response:
    return await client.post("/login", data={"email": email, "password": password, "next": "/inbox?tab=team"})


async def sessions_of(pages: Pages) -> list[Session]:
    async with pages.database.read() as session:
        return list((await session.execute(select(Session))).scalars())


async def test_the_front_door(pages: Pages) -> None:
    """In a demo it leads to the web phone, and the form says where to go; else to the inbox."""
    async with pages.browser() as client:
        assert (await client.get("/")).headers["location"] == "/inbox"
        assert "/phone" not in (await client.get("/login")).text
        pages.line.demo = True
        assert (await client.get("/")).headers["location"] == "/phone"
        assert 'href="/phone"' in (await client.get("/login")).text


async def test_logging_in_and_out(pages: Pages, hashed: str) -> None:
    """A session is a random token in a cookie that scripts and other hosts cannot touch; logging out ends it in our table."""
    await with_password(pages, hashed)
    async with pages.browser() as client:
        asked = await client.get("/inbox?tab=team")
        entered = await try_it(client, email=" Mentor@voorbeeld.example ")
        cookie = entered.headers["set-cookie"]
        inside = await client.get("/inbox")
        sessions = await sessions_of(pages)
        token = client.cookies["__Host-ouderlijn"]
        left = await client.post("/logout")
        client.cookies.set("__Host-ouderlijn", token)
        again = await client.get("/inbox")
    assert (asked.status_code, asked.headers["location"]) == (303, "/login?next=/inbox%3Ftab%3Dteam")
    assert (entered.status_code, entered.headers["location"]) == (303, "/inbox?tab=team")
    assert all(part in cookie for part in ("__Host-ouderlijn=", "HttpOnly", "Secure", "SameSite=lax", "Path=/"))
    assert inside.status_code == 200
    assert "mevrouw De Wit" in inside.text
    assert [row.token_hash for row in sessions] == [hash_token(token)]
    assert (left.status_code, again.status_code) == (303, 303)
    assert await sessions_of(pages) == []


async def test_wrong_and_unknown_look_the_same(pages: Pages, hashed: str) -> None:
    """A wrong password and a person who does not exist get the same words."""
    await with_password(pages, hashed)
    async with pages.browser() as client:
        wrong = await try_it(client, password="nope")
        unknown = await try_it(client, email="nobody@voorbeeld.example")
    assert wrong.status_code == unknown.status_code == 422
    assert "horen niet bij elkaar" in wrong.text
    assert wrong.text.replace(EMAIL, "") == unknown.text.replace("nobody@voorbeeld.example", "")


async def test_five_guesses_an_account(pages: Pages, hashed: str) -> None:
    """After five wrong guesses in 15 minutes even the right password waits; then it works again."""
    await with_password(pages, hashed)
    async with pages.browser() as client:
        guesses = [(await try_it(client, password="nope")).status_code for _ in range(5)]
        shut = await try_it(client)
        pages.clock.move(minutes=15)
        opened = await try_it(client)
    assert guesses == [422] * 5
    assert (shut.status_code, opened.status_code) == (429, 303)
    assert "15 minuten" in shut.text


async def test_guesses_at_once_are_counted(pages: Pages, hashed: str) -> None:
    """Eight guesses at the same moment are eight guesses: five are judged."""
    await with_password(pages, hashed)
    async with pages.browser() as client:
        answers = await asyncio.gather(*(try_it(client, password="nope") for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [422] * 5 + [429] * 3


async def test_twenty_guesses_an_address(pages: Pages, hashed: str) -> None:
    """One network address may fail twenty times, whatever names it tries; a success does not count against it."""
    await with_password(pages, hashed)
    attempts = [
        LoginAttempt(subject_hash=row.subject_hash, at=pages.clock.now())
        for row in await _one_failure(pages)
        for _ in range(19)
    ]
    await pages.database.write(lambda s: _add(s, attempts[:19]))
    async with pages.browser() as client:
        shut = await try_it(client)
    assert shut.status_code == 429


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("", "unix:", False),
    ],
)
async def test_who_is_one_client(first: str, second: str, same: bool) -> None:  # noqa: FBT001
    """A household chooses freely among the 2**64 addresses of its IPv6 network: they share one limit."""
    assert (network(first) == network(second)) == same


async def test_logging_in_repeats_no_words(pages: Pages) -> None:
    """On the way to the login page an address keeps our own choices, and drops whatever somebody may have typed."""
    async with pages.browser() as client:
        asked = await client.get("/inbox", params={"tab": "team", "q": "Fatma Demir", "said": "x"})
    assert asked.headers["location"] == "/login?next=/inbox%3Ftab%3Dteam"


async def _one_failure(pages: Pages) -> list[LoginAttempt]:
    """The row that a failure leaves behind for the network address (the second of the two)."""
    async with pages.browser() as client:
        await try_it(client, email="nobody@voorbeeld.example")
    return (await pages.rows(LoginAttempt))[1:2]


async def _add(session: AsyncSession, rows: list[LoginAttempt]) -> None:
    session.add_all(rows)


async def test_success_leaves_no_attempts(pages: Pages, hashed: str) -> None:
    """Logging in forgives what went before, and keeps neither e-mail nor network address."""
    await with_password(pages, hashed)
    async with pages.browser() as client:
        await try_it(client, password="nope")
        await try_it(client)
    left = await pages.rows(LoginAttempt)
    assert len(left) == 1
    assert len(left[0].subject_hash) == 64


async def test_sliding_and_most(pages: Pages) -> None:
    """A session lasts twelve hours after its last use, and seven days at most."""
    async with pages.browser(pages.one.staff["mentor"]) as client:
        for _ in range(16):  # 16 times 10 hours: used all the time, and still over after seven days
            pages.clock.move(hours=10)
            assert (await client.get("/inbox")).status_code == 200
        pages.clock.move(hours=10)
        after_a_week = await client.get("/inbox")
    async with pages.browser(pages.one.staff["mentor"]) as client:
        pages.clock.move(hours=12)
        unused = await client.get("/inbox")
    assert (after_a_week.status_code, unused.status_code) == (303, 303)


async def test_ended_with_the_person(pages: Pages) -> None:
    """Who has left, or may no longer log in, is out at the next click."""
    place = pages.one
    async with pages.browser(place.staff["mentor"]) as first, pages.browser(place.staff["desk"]) as second:
        await pages.change(Staff, place.staff["mentor"], left_at=pages.clock.now())
        desk = next(row for row in await pages.rows(StaffLogin) if row.email == "desk@voorbeeld.example")
        await pages.change(StaffLogin, desk.id, disabled_at=pages.clock.now())
        answers = [(await client.get("/inbox")).status_code for client in (first, second)]
    assert answers == [303, 303]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "none"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "https://test"}, 403),
        ({"origin": "https://test"}, 303),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({}, 403),
    ],
)
async def test_only_our_own_pages_may_act(pages: Pages, headers: dict[str, str], status: int) -> None:
    """A request that another site made is refused, whatever cookie comes with it."""
    case = await pages.case(pages.one)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        del client.headers["sec-fetch-site"]
        answer = await client.post(f"/inbox/{case}/close", headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize(
    "address", ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "/login?next=/x"]
)
async def test_nobody_is_sent_elsewhere(pages: Pages, hashed: str, address: str) -> None:
    """After logging in one comes out within these pages."""
    await with_password(pages, hashed)
    async with pages.browser() as client:
        entered = await client.post("/login", data={"email": EMAIL, "password": PASSWORD, "next": address})
    assert entered.headers["location"] == "/inbox"


async def test_every_answer_is_sealed(pages: Pages) -> None:
    """Every page carries the policy and is kept by nobody; no page has script or style of its own."""
    case = await pages.case(pages.one)
    seen = 0
    async with pages.browser(pages.one.staff["chief"]) as client:
        for path in (
            "/login",
            "/inbox",
            f"/inbox/{case}",
            "/classes",
            "/classes/2B",
            "/people",
            "/reports",
            "/nowhere",
        ):
            answer = await client.get(path)
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["cache-control"] == "no-store"
            assert " style=" not in answer.text
            assert "<script>" not in answer.text
            assert " on" + "click" not in answer.text
            seen += 1
    assert seen == 8


@pytest.mark.parametrize("colour", ["#1d5c63", "#ffee00", "#000000", "#ffffff", "#ff0000", "nonsense", "</style>"])
async def test_any_accent_is_readable(pages: Pages, colour: str) -> None:
    """Whatever colour a school chooses, its text is at least 4.5 to 1 in both modes, and nothing else gets in."""
    async with pages.browser() as client:
        answer = await client.get("/static/school.css", params={"accent": colour})
    light, dark = (part.split(";")[0] for part in answer.text.split("--accent: ")[1:])
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.text == stylesheet(colour)
    assert contrast(_rgb(light), _PAPER) >= 4.5
    assert contrast(_rgb(dark), _SLATE) >= 4.5


def _rgb(text: str) -> tuple[float, float, float]:
    return int(text[1:3], 16) / 255, int(text[3:5], 16) / 255, int(text[5:7], 16) / 255
