"""The inbox: each sees what is theirs, and what parents write stays text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import unquote_plus

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.conversations import add_outbox, lock
from bot.core.delivery import note
from db.tables import (
    Case,
    CaseRead,
    Delivery,
    Guardian,
    Inbox,
    Outbox,
    Pupil,
)
from db.types import (
    CaseState,
    DeliveryStatus,
    Lane,
    OutboxState,
    Role,
    Sensitivity,
)
from tests.web.forms import answer
from tests.web.world import Pages

pytestmark = pytest.mark.asyncio


# --------------------------------------------------------------------------- who sees what


@pytest.mark.parametrize(
    ("columns", "who"),
    [
        ({}, {"mentor": 200, "comentor": 200, "leader": 404, "desk": 404, "safety": 404, "office": 404}),
        (
            {"topic": "absence", "role": Role.ABSENCE_DESK, "assignee": "desk"},
            {"desk": 200, "mentor": 200, "stranger": 404, "office": 404},
        ),
        (
            {"topic": "concern", "sensitivity": Sensitivity.SPECIAL},
            {"mentor": 200, "comentor": 200, "safety": 200, "leader": 404, "office": 404},
        ),
        (
            {
                "topic": "bullying",
                "sensitivity": Sensitivity.SPECIAL,
                "role": Role.SAFETY_COORDINATOR,
                "assignee": "safety",
            },
            {"safety": 200, "mentor": 404, "comentor": 404, "leader": 404, "desk": 404},
        ),
        (
            {"topic": "question", "role": Role.ADMINISTRATION, "assignee": "", "known": False},
            {"office": 200, "mentor": 404, "desk": 404},
        ),
        (
            {"topic": "complaint", "sensitivity": Sensitivity.SPECIAL, "role": Role.TEAM_LEADER, "assignee": "desk"},
            {"leader": 200, "desk": 200, "mentor": 404, "office": 404},
        ),
    ],
)
async def test_who_may_read(pages: Pages, columns: dict[str, object], who: dict[str, int]) -> None:
    """Own cases, the roles one holds, the pupils one mentors; what is special only the first two and the roles of trust."""
    columns = dict(columns)
    if "assignee" in columns:
        columns["assignee_id"] = pages.one.staff.get(str(columns.pop("assignee")))
    case = await pages.case(pages.one, text="Geheimnis 4711", **columns)
    seen = {}
    for name in who:
        async with pages.browser(pages.one.staff[name]) as client:
            opened = await client.get(f"/inbox/{case}")
            part = await client.get(f"/inbox/{case}/messages")
            lists = [(await client.get("/inbox", params={"tab": tab})).text for tab in ("mine", "team", "unassigned")]
        seen[name] = opened.status_code
        assert opened.status_code == part.status_code
        assert ("Geheimnis 4711" in opened.text) == (opened.status_code == 200)
        assert any(f"/inbox/{case}?" in text for text in lists) == (opened.status_code == 200)
    assert seen == who


async def test_administrator_sees_that_it_exists(pages: Pages) -> None:
    """Of what is special an administrator sees whose it is and can give it away, but neither words nor names."""
    case = await pages.case(pages.one, text="Geheimnis 4711", sensitivity=Sensitivity.SPECIAL, topic="concern")
    plain = await pages.case(pages.one, text="Gewoon 4712", child="Amin")
    async with pages.browser(pages.one.staff["chief"]) as client:
        listed = (await client.get("/inbox", params={"tab": "team"})).text
        opened = await client.get(f"/inbox/{case}")
        searched = (await client.post("/inbox/search", data={"q": "Demir"})).text
        refused = [
            (await client.get(f"/inbox/{case}/messages")).status_code,
            (await client.post(f"/inbox/{case}/reply", data={"text": "hallo"})).status_code,
            (await client.post(f"/inbox/{case}/close")).status_code,
        ]
        given = await client.post(f"/inbox/{case}/hand-over", data={"to": pages.one.staff["safety"]})
        read = (await client.get(f"/inbox/{plain}")).text
    for text in (listed, opened.text):
        assert "Geheimnis" not in text
        assert "Elif" not in text
        assert "Fatma" not in text
    assert f"/inbox/{case}?" in listed
    assert f"/inbox/{case}?" not in searched
    assert opened.status_code == 200
    assert refused == [404, 404, 404]
    assert given.status_code == 303
    assert "Gewoon 4712" in read
    rows = {row.id: row for row in await pages.rows(Case)}
    assert rows[case].assignee_id == pages.one.staff["safety"]
    assert [row.case_id for row in await pages.rows(CaseRead)] == [plain]


@pytest.mark.parametrize("name", ["mentor", "chief", "office", "safety"])
async def test_another_school_does_not_exist(pages: Pages, name: str) -> None:
    """Whatever number one asks for or sends, another school's case, people and guardians are not there."""
    case = await pages.case(pages.one, text="Geheimnis 4711")
    before = [(row.state, row.assignee_id) for row in await pages.rows(Case)]
    async with pages.browser(pages.two.staff[name]) as client:
        answers = [
            await client.get(f"/inbox/{case}"),
            await client.get(f"/inbox/{case}/messages"),
            await client.post(f"/inbox/{case}/bind/search", data={"q": "Fatma"}),
            await client.post(f"/inbox/{case}/reply", data={"text": "x", "token": "12345678", "action": "send"}),
            await client.post(f"/inbox/{case}/not-mine", data={"reason": "x"}),
            await client.post(f"/inbox/{case}/hand-over", data={"to": pages.two.staff["mentor"]}),
            await client.post(f"/inbox/{case}/snooze", data={"until": "monday"}),
            await client.post(f"/inbox/{case}/close"),
            await client.post(f"/inbox/{case}/reopen"),
            await client.post(f"/inbox/{case}/bind", data={"who": "1-1"}),
        ]
        lists = [(await client.post("/inbox/search", data={"q": "Elif"})).text, (await client.get("/classes/2B")).text]
    assert {one.status_code for one in answers} == {404}
    assert not any("4711" in text or f"/inbox/{case}?" in text for text in (*lists, *(one.text for one in answers)))
    assert [(row.state, row.assignee_id) for row in await pages.rows(Case)] == before
    assert await pages.count(Outbox) == 0


@pytest.mark.parametrize("number", ["0", "-1", "9223372036854775808", "1e3", "x", "99999999999999999999999999"])
async def test_hostile_numbers(pages: Pages, number: str) -> None:
    """A number that cannot be a case is a page that is not here, never an error of ours."""
    async with pages.browser(pages.one.staff["chief"]) as client:
        answers = [await client.get(f"/inbox/{number}"), await client.get("/inbox/list", params={"selected": number})]
        posted = await client.post(f"/inbox/{number}/close")
    assert [one.status_code for one in answers] == [404, 404]
    assert posted.status_code in {400, 404, 405}


async def test_only_this_case(pages: Pages) -> None:
    """A thread shows the messages of its own case, not what else was said on that address."""
    case = await pages.case(pages.one, text="Over wiskunde")
    await pages.database.write(lambda s: _another_message(s, case, "Iets anders 4713"))
    async with pages.browser(pages.one.staff["mentor"]) as client:
        text = (await client.get(f"/inbox/{case}")).text
    assert "Over wiskunde" in text
    assert "4713" not in text


async def _another_message(session: AsyncSession, case_id: int, text: str) -> None:
    case = await session.get_one(Case, case_id)
    conversation = await lock(session, case.conversation_id)
    add_outbox(session, conversation, key=f"other:{case_id}", text=text, now=case.opened_at)


# --------------------------------------------------------------------------- the list


async def test_tabs_and_order(pages: Pages) -> None:
    """Who waits longest stands first; what was put off stands last; counts say what is behind each tab."""
    first = await pages.case(pages.one, text="eerste")
    pages.clock.move(hours=1)
    second = await pages.case(pages.one, text="tweede", child="Amin")
    third = await pages.case(pages.one, text="derde", assignee_id=pages.one.staff["comentor"])
    waiting = await pages.case(pages.one, text="vierde", state=CaseState.WAITING, waiting_since=None)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        await client.post(f"/inbox/{first}/snooze", data={"until": "tomorrow"})
        mine = (await client.get("/inbox")).text
        others = {tab: (await client.get("/inbox", params={"tab": tab})).text for tab in ("team", "waiting", "closed")}
    assert mine.index(f"/inbox/{second}?") < mine.index(f"/inbox/{first}?")
    assert "uitgesteld tot" in mine
    assert f"/inbox/{third}?" in others["team"]
    assert f"/inbox/{waiting}?" in others["waiting"]
    assert "Er is nog niets gesloten." in others["closed"]
    counts = dict(re.findall(r'tab=(\w+)"[^>]*>[^<]*<span class="count">(\d+)', mine))
    assert counts == {"mine": "2", "team": "1", "unassigned": "0", "waiting": "1"}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("elif", True), ("DEMIR", True), ("Fatma D", True), ("2b", True), ("Arslan", False), ("%", False), ("_", False),
     ("' OR 1=1 --", False), ("\\", False), ("El\x00if", True)],
)  # fmt: skip
async def test_search(pages: Pages, wanted: str, found: bool) -> None:  # noqa: FBT001
    """Search finds parents, children and classes; what is typed is never a pattern."""
    case = await pages.case(pages.one, state=CaseState.CLOSED)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        answered = await client.post("/inbox/search", data={"q": wanted})
    assert answered.status_code == 200
    assert (f"/inbox/{case}?" in answered.text) == found


class Addresses(HTMLParser):
    """Every address in a page, and every form that would put what is typed into one."""

    def __init__(self, html: str) -> None:
        """Read it."""
        super().__init__()
        self.found: list[str] = []
        self.telling: list[str] = []
        self._action = self._method = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An address is whatever begins like one, in any attribute."""
        given = {name: value or "" for name, value in attrs}
        self.found += [value for value in given.values() if re.match(r"/|\?|https?:", value)]
        if tag == "form":
            self._action, self._method = given.get("action", ""), given.get("method", "get").lower()
        if given.get("type") == "search" and self._method != "post":
            self.telling.append(self._action)


async def test_no_address_holds_what_is_sought(pages: Pages) -> None:
    """Histories, proxies and logs keep addresses: the name that staff search for stands in none, in no page or redirect."""
    known = await pages.case(pages.one)
    case = await pages.case(pages.one, known=False)
    async with pages.browser(pages.one.staff["mentor"]) as client, pages.browser() as nobody:
        found = await client.post("/inbox/search", data={"q": "Fatma D"})
        chosen = await client.post(f"/inbox/{case}/bind/search", data={"q": "Fatma D"})
        searches = [(client, "/inbox/search"), (client, f"/inbox/{case}/bind/search")]
        searches += [(nobody, address) for _, address in searches]
        answers = [found, chosen, await client.post("/inbox/search", data={"q": " "})]
        answers += [
            await client.get(path) for path in ("/inbox", f"/inbox/{case}", f"/inbox/{case}/bind", "/inbox/list")
        ]
        answers += [await who.get(path, params={"q": "Fatma D"}) for who, path in (*searches, (nobody, "/inbox"))]
        answers += [await nobody.post(path, data={"q": "Fatma D"}) for _, path in searches]
    read = [Addresses(one.text) for one in answers]
    redirects = [one.headers["location"] for one in answers if "location" in one.headers]
    addresses = [address for one in read for address in one.found] + redirects
    assert f"/inbox/{known}?" in found.text
    assert f'value="{pages.one.guardians["Fatma"]}-' in chosen.text
    assert [one.status_code for one in answers if one.status_code not in {200, 303}] == []
    assert len(addresses) >= 50
    assert len(redirects) >= 6
    assert not [address for address in addresses if "fatma" in unquote_plus(unquote_plus(address)).lower()]
    assert [action for one in read for action in one.telling] == []


async def test_a_search_stands_still(pages: Pages) -> None:
    """To renew it what is sought would have to be asked again and again: it is not renewed, says so, and leads back."""
    await pages.case(pages.one)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        live = (await client.get("/inbox")).text
        still = (await client.post("/inbox/search", data={"q": "Elif"})).text
    assert "data-refresh" in live
    assert "data-live" not in still
    assert "data-refresh" not in still
    assert "worden niet vanzelf bijgewerkt" in still
    assert '<a href="/inbox">Terug naar de actuele lijst</a>' in still


async def test_special_is_not_in_titles(pages: Pages) -> None:
    """Neither the list nor the window's title say what a special case is about."""
    case = await pages.case(pages.one, text="Zij eet niet meer", sensitivity=Sensitivity.SPECIAL, topic="concern")
    async with pages.browser(pages.one.staff["mentor"]) as client:
        listed = (await client.get("/inbox")).text
        opened = (await client.get(f"/inbox/{case}")).text
    title = re.findall(r"<title>(.*?)</title>", opened, re.DOTALL)[0]
    assert "Zij eet niet" not in listed
    assert "Graag openen" in listed
    assert "Graag openen" in title
    assert "Zij eet niet meer" in opened


# --------------------------------------------------------------------------- what parents write stays text


async def test_markup_stays_text(pages: Pages) -> None:
    """Names and messages are shown, never run; her language and direction are said."""
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'{{ 7*7 }}"
    await pages.change(Guardian, pages.one.guardians["Fatma"], given_name="<b>Fatma</b>")
    await pages.change(Pupil, pages.one.pupils["Elif"], given_name='"><svg onload=alert(3)>')
    case = await pages.case(pages.one, text=evil, language="ar")
    async with pages.browser(pages.one.staff["mentor"]) as client:
        await answer(client, case, text=evil)
        shown = [(await client.get(path)).text for path in ("/inbox?tab=waiting", f"/inbox/{case}", "/classes/2B")]
        shown.append((await client.post("/inbox/search", data={"q": evil})).text)
        preview = (
            await client.post(f"/inbox/{case}/reply", data={"text": evil, "token": "12345678", "action": "preview"})
        ).text
    for text in (*shown, preview):
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "<svg onload" not in text
        assert "<b>Fatma" not in text
    assert "&lt;script&gt;alert(1)" in shown[1]
    assert "{{ 7*7 }}" in shown[1]
    assert 'dir="auto" lang="ar"' in shown[1]


async def test_who_wrote_what(pages: Pages) -> None:
    """Each message shows its author; ours show how they fared, in words."""
    case = await pages.case(pages.one, text="Kızım neden beş aldı?")
    async with pages.browser(pages.one.staff["mentor"]) as client:
        await answer(client, case, text="Ik zoek het uit.")
        queued = (await client.get(f"/inbox/{case}/messages")).text
        row = (await pages.rows(Outbox))[0]
        await pages.change(Outbox, row.id, state=OutboxState.SENT, sent_at=pages.clock.now())
        await pages.database.write(lambda s: note(s, row, "SM1", DeliveryStatus.READ, None, now=pages.clock.now()))
        read = (await client.get(f"/inbox/{case}/messages")).text
    assert await pages.count(Delivery) == 1
    assert "Fatma Demir" in queued
    assert "mevrouw De Wit" in queued
    assert "Türkçe" in queued
    assert "onderweg" in queued
    assert "begrepen als: bericht voor de mentor (92 %)" in queued
    assert "gelezen" in read


@pytest.mark.parametrize(
    ("quotes", "shown"), [("ours", True), ("hers", True), ("many", True), ("another case", False), ("gone", False)]
)
async def test_what_she_answers_stands_with_it(pages: Pages, quotes: str, *, shown: bool) -> None:
    """A quoted message of this case, or of the school to many, is shown; of another case, or one that is gone, it is not."""
    case, other = await pages.case(pages.one), await pages.case(pages.one, topic="absence")

    async def work(session: AsyncSession) -> None:
        first, second = await session.get_one(Case, case), await session.get_one(Case, other)
        second.conversation_id = first.conversation_id
        conversation = await lock(session, first.conversation_id)
        rows = {
            "ours": add_outbox(
                session, conversation, key="1", text="What we SAID", now=pages.clock.now(), case_id=case
            ),
            "many": add_outbox(
                session, conversation, key="2", text="What we SAID", now=pages.clock.now(), lane=Lane.PROACTIVE
            ),
            "another case": add_outbox(
                session, conversation, key="3", text="What we SAID", now=pages.clock.now(), case_id=other
            ),
        }
        for name, row in rows.items():
            row.provider_sid = f"SM {name}"
        (message,) = await session.scalars(select(Inbox).where(Inbox.case_id == case))
        message.payload = {"quoted": f"in{case}" if quotes == "hers" else f"SM {quotes}"}

    await pages.database.write(work)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        page = (await client.get(f"/inbox/{case}")).text
    quoted = re.findall(r"<q dir=.auto.>(.*?)</q>", page)
    assert quoted == ([{"hers": "Merhaba"}.get(quotes, "What we SAID")] if shown else [])


async def test_reading_is_written_down(pages: Pages) -> None:
    """Who read a thread is kept, once in ten minutes each; a page that stays open reads what is new, and that counts."""
    case = await pages.case(pages.one)
    mentor, second = (pages.one.staff[name] for name in ("mentor", "comentor"))
    async with pages.browser(mentor) as client:
        for _ in range(3):
            await client.get(f"/inbox/{case}")
            await client.get(f"/inbox/{case}/messages")
        pages.clock.move(minutes=11)
        for _ in range(3):
            await client.get(f"/inbox/{case}/messages")
    async with pages.browser(second) as client:
        await client.get(f"/inbox/{case}/messages")
    async with pages.browser(pages.two.staff["mentor"]) as client:
        await client.get(f"/inbox/{case}/messages")
    reads = await pages.rows(CaseRead)
    assert [(row.case_id, row.staff_id) for row in reads] == [(case, mentor), (case, mentor), (case, second)]
