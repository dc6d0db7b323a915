"""The settings: what is typed is read generously or refused at its field, and the running line sees every change."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.web import WebChannel
from bot.core.accounts import Accounts
from bot.errors import Refusal
from bot.staff.typed import mobile, read
from db.tables import (
    Address,
    Case,
    CaseEvent,
    ClassMentor,
    ProviderAccount,
    RotaShift,
    School,
    SchoolClass,
    SchoolFact,
    Session,
    Staff,
    StaffAbsence,
    StaffRole,
)
from db.types import Role
from tests.web.desk import with_content
from tests.web.world import Pages

PAGES = (
    "",
    "/facts",
    "/school",
    "/staff",
    "/staff/new",
    "/roles",
    "/routing",
    "/mentors",
    "/rota",
    "/channels",
    "/languages",
)
PERSON = {
    "title": "mevrouw",
    "given_name": "Ada",
    "family_name": "Nieuw",
    "email": "Ada@v.example",
    "weekdays": ["0", "2"],
}
ATTACK = '"><script>alert(1)</script>'


async def version(pages: Pages) -> int:
    return next(row.version for row in await pages.rows(School) if row.id == pages.one.school_id)


async def facts(pages: Pages) -> dict[str, str]:
    return {row.name: row.value for row in await pages.rows(SchoolFact)}


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("date", "3-12-2026", "2026-12-03"),
        ("date", "2026-12-03", "2026-12-03"),
        ("dates", "19-3-2027, 11-12-2026", "2026-12-11, 2027-03-19"),
        ("time", "8.05 uur", "08:05"),
        ("money", "€ 45", "45.00"),
        ("money", "45,50", "45.50"),
        ("money", "0", "0.00"),
        ("phone", " 030 000  01 00 ", "030 000 01 00"),
        ("url", "school.nl/regels", "https://school.nl/regels"),
        ("email", "Info@School.NL", "info@school.nl"),
        ("text", " een\nregel\x00 ", "een regel"),
        ("text", "", ""),
    ],
)
def test_values_are_read_generously(kind: str, typed: str, kept: str) -> None:
    """As people here write them; kept in one form."""
    assert read(kind, typed) == kept


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("date", "31-2-2027"),
        ("date", "morgen"),
        ("date", "3-12-26"),
        ("dates", "11-12-2026, later"),
        ("time", "25:00"),
        ("time", "acht uur"),
        ("money", "veel"),
        ("money", "-5"),
        ("money", "NaN"),
        ("money", "1e99"),
        ("phone", "bel mij"),
        ("url", "javascript:alert(1)"),
        ("url", "http://[x"),
        ("email", "school"),
        ("text", "x" * 401),
    ],
)
def test_what_cannot_be_read_is_refused(kind: str, typed: str) -> None:
    """With a word on what is expected."""
    with pytest.raises(Refusal):
        read(kind, typed)


def test_mobile_numbers_become_international() -> None:
    """An alarm goes to what is kept."""
    assert [mobile("06 12 34 56 78"), mobile("+32 470 12 34 56"), mobile("")] == ["+31612345678", "+32470123456", ""]


@pytest.mark.asyncio
async def test_only_administrators(pages: Pages) -> None:
    """Others meet a page that says so, whatever the address and the method."""
    with_content(pages)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        seen = [await client.get(f"/settings{page}") for page in PAGES]
        seen += [await client.post(f"/settings{page}") for page in ("/facts", "/school", "/staff/new", "/rota")]
        seen += [await client.post(f"/settings/staff/{pages.one.staff['mentor']}", data={"administrator": "1"})]
    assert {answer.status_code for answer in seen} == {403}


@pytest.mark.asyncio
async def test_every_section_is_there(pages: Pages) -> None:
    """And the overview says what must be done: without a rota the line cannot be opened."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        seen = [await client.get(f"/settings{page}") for page in PAGES]
    assert {answer.status_code for answer in seen} == {200}
    assert 'class="badge bad"' in seen[0].text
    assert 'role="alert"' in seen[PAGES.index("/rota")].text


@pytest.mark.asyncio
async def test_facts_are_kept_and_forgotten(pages: Pages, caplog: pytest.LogCaptureFixture) -> None:
    """The version rises, so that every process sees it; the log has who, what and when, and no value."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        with caplog.at_level(logging.INFO):
            await client.post("/settings/facts", data={"school_phone": "030 765 43 21", "contribution_amount": "45"})
        first, risen = await facts(pages), await version(pages)
        shown = (await client.get("/settings/facts")).text
        await client.post("/settings/facts", data={"school_phone": ""})
    assert first == {"school_phone": "030 765 43 21", "contribution_amount": "45.00"}
    assert 'value="45,00"' in shown
    assert await facts(pages) == {"contribution_amount": "45.00"}
    assert [risen, await version(pages)] == [1, 2]
    assert f"facts changed by staff {pages.one.staff['chief']}" in caplog.text
    assert "765" not in caplog.text


@pytest.mark.asyncio
async def test_a_wrong_fact_loses_nothing(pages: Pages) -> None:
    """All or none; every field's fault stands at the field, and what was typed is still there."""
    with_content(pages)
    given = {
        "school_phone": "bel mij",
        "office_open": "08:00",
        "next_holiday_start": "2026-12-20",
        "next_holiday_end": "2026-12-19",
        "books_supplier": ATTACK,
    }
    async with pages.browser(pages.one.staff["chief"]) as client:
        answer = await client.post("/settings/facts", data=given)
    assert answer.status_code == 422
    assert 'id="school_phone-fault"' in answer.text
    assert 'id="next_holiday_end-fault"' in answer.text
    assert 'value="bel mij"' in answer.text
    assert "<script>alert" not in answer.text
    assert [await facts(pages), await version(pages)] == [{}, 0]


@pytest.mark.asyncio
async def test_a_day_that_is_over_is_pointed_out(pages: Pages) -> None:
    """Otherwise the line would go on inviting to last year's open day."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        await client.post("/settings/facts", data={"open_day_date": "2026-01-24"})
        shown = (await client.get("/settings/facts")).text
    assert 'id="open_day_date-hint"' in shown


@pytest.mark.asyncio
async def test_name_and_colour(pages: Pages) -> None:
    """The name is what sentences say from now on; a colour that is none is refused."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        await client.post("/settings/school", data={"name": "Nieuw College", "accent": "#AA3300"})
        wrong = await client.post("/settings/school", data={"name": "", "accent": "red;}"})
    school = next(row for row in await pages.rows(School) if row.id == pages.one.school_id)
    assert (school.name, school.accent) == ("Nieuw College", "#aa3300")
    assert wrong.status_code == 422
    assert wrong.text.count('class="fault"') == 2


@pytest.mark.asyncio
async def test_adding_and_changing_a_person(pages: Pages) -> None:
    """With the number by which an alarm reaches her; refused fields keep what was typed."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        await client.post("/settings/staff/new", data={**PERSON, "mobile": "0612345678"})
        ada = next(row for row in await pages.rows(Staff) if row.family_name == "Nieuw")
        reached = [row for row in await pages.rows(Address) if row.staff_id == ada.id]
        await client.post(f"/settings/staff/{ada.id}", data={**PERSON, "mobile": "0687654321"})
        wrong = await client.post(
            "/settings/staff/new", data={**PERSON, "mobile": "x", "weekdays": [], "say_as": ATTACK}
        )
    assert (ada.email, ada.weekdays, ada.mobile) == ("ada@v.example", "02", "+31612345678")
    assert [row.external_id for row in reached] == ["+31612345678"]
    assert [row.external_id for row in await pages.rows(Address) if row.staff_id == ada.id] == ["+31687654321"]
    assert wrong.status_code == 422
    assert wrong.text.count('class="fault"') == 3
    assert "<script>alert" not in wrong.text


@pytest.mark.asyncio
async def test_the_last_administrator_stays(pages: Pages) -> None:
    """A school that nobody can set any more would need its operator."""
    with_content(pages)
    chief = pages.one.staff["chief"]
    async with pages.browser(chief) as client:
        refused = await client.post(f"/settings/staff/{chief}", data=PERSON)
        leaving = await client.post(f"/settings/staff/{chief}/leave")
    assert [refused.status_code, leaving.status_code] == [422, 422]


@pytest.mark.asyncio
async def test_who_leaves_leaves_nothing_behind(pages: Pages) -> None:
    """No session, role, class or alarm; her cases are somebody's the same minute (law 8)."""
    with_content(pages)
    one = pages.one
    case_id = await pages.case(one, assignee_id=one.staff["mentor"])
    async with pages.browser(one.staff["mentor"]), pages.browser(one.staff["chief"]) as client:
        await client.post(f"/settings/staff/{one.staff['mentor']}", data={**PERSON, "mobile": "0612345678"})
        await client.post(
            "/settings/rota", data={"staff": one.staff["mentor"], "weekdays": "0", "starts": "8:00", "ends": "17:00"}
        )
        answer = await client.post(f"/settings/staff/{one.staff['mentor']}/leave")
        shown = (await client.get(f"/settings/staff/{one.staff['mentor']}")).text
    gone = one.staff["mentor"]
    case = next(row for row in await pages.rows(Case) if row.id == case_id)
    left_over = [
        row
        for table in (StaffRole, ClassMentor, RotaShift, Address)
        for row in await pages.rows(table)
        if row.staff_id == gone  # type: ignore[attr-defined]
    ]
    assert answer.status_code == 303
    assert case.assignee_id == one.staff["comentor"]
    assert [row.kind for row in await pages.rows(CaseEvent)][-1] == "handed_over"
    assert left_over == []
    assert gone not in {row.staff_id for row in await sessions(pages)}
    assert "/return" in shown


async def sessions(pages: Pages) -> list[Session]:
    async with pages.database.read() as session:
        return list(await session.scalars(select(Session)))


@pytest.mark.asyncio
async def test_absence_with_a_substitute(pages: Pages) -> None:
    """Added, shown, taken away; nobody stands in for themselves, and no absence ends before it begins."""
    with_content(pages)
    mentor, other = pages.one.staff["mentor"], pages.one.staff["comentor"]
    address = f"/settings/staff/{mentor}/absences"
    days = {"first_day": "2026-11-23", "last_day": "2026-11-27"}
    async with pages.browser(pages.one.staff["chief"]) as client:
        await client.post(address, data={**days, "substitute": other})
        kept = await pages.rows(StaffAbsence)
        listed = (await client.get("/settings/staff")).text
        wrong = [
            (await client.post(address, data={**days, "substitute": mentor})).status_code,
            (await client.post(address, data={"first_day": "2026-11-23", "last_day": "2026-11-22"})).status_code,
            (await client.post(address, data={"first_day": "ooit"})).status_code,
        ]
        await client.post(f"/settings/absences/{kept[0].id}/remove")
    assert [(row.staff_id, row.substitute_id, row.last_day) for row in kept] == [(mentor, other, dt.date(2026, 11, 27))]
    assert "27-11-2026" in listed
    assert wrong == [422, 422, 422]
    assert await pages.count(StaffAbsence) == 0


@pytest.mark.asyncio
async def test_roles_and_mentors_keep_their_order(pages: Pages) -> None:
    """First to last, each person once; a form without a field empties nothing."""
    with_content(pages)
    desk, office = pages.one.staff["desk"], pages.one.staff["office"]
    class_id = next(row.id for row in await pages.rows(SchoolClass) if row.school_id == pages.one.school_id)
    async with pages.browser(pages.one.staff["chief"]) as client:
        await client.post("/settings/roles/finance", data={"staff": [str(office), "", str(desk), str(office)]})
        await client.post(f"/settings/mentors/{class_id}", data={"staff": [str(desk), ""]})
        empty = await client.post("/settings/roles/finance", data={})
        unknown = await client.post("/settings/roles/wizard", data={"staff": "1"})
    held = [(row.staff_id, row.position) for row in await pages.rows(StaffRole) if row.role is Role.FINANCE]
    assert held == [(office, 1), (desk, 2)]
    assert [row.staff_id for row in await pages.rows(ClassMentor) if row.school_id == pages.one.school_id] == [desk]
    assert [empty.status_code, unknown.status_code] == [400, 400]


@pytest.mark.asyncio
async def test_the_rota_needs_a_number_to_warn(pages: Pages) -> None:
    """Somebody without one cannot be on it; who is on now, and can be warned, is said."""
    with_content(pages)
    await pages.change(ProviderAccount, pages.one.account_id, sms_from="+31850000001")
    safety = pages.one.staff["safety"]
    shift = {"staff": safety, "weekdays": ["0", "1"], "starts": "08:00", "ends": "17:00"}
    async with pages.browser(pages.one.staff["chief"]) as client:
        refused = await client.post("/settings/rota", data=shift)
        await client.post("/settings/roles/last_resort", data={"staff": [str(safety)]})
        await client.post(f"/settings/staff/{safety}", data={**PERSON, "mobile": "0612345678"})
        added = await client.post("/settings/rota", data=shift)
        backwards = await client.post("/settings/rota", data={**shift, "ends": "07:00"})
        shown = (await client.get("/settings/rota")).text
        overview = (await client.get("/settings")).text
        rows = await pages.rows(RotaShift)
        await client.post(f"/settings/rota/{rows[0].id}/remove")
    assert [refused.status_code, added.status_code, backwards.status_code] == [422, 303, 422]
    assert 'id="staff-fault"' in refused.text
    assert "mevrouw Nieuw" in shown.partition("notice good")[2][:200]
    assert 'class="badge bad"' not in overview
    assert await pages.count(RotaShift) == 0


@pytest.mark.asyncio
async def test_a_live_check(pages: Pages) -> None:
    """What the provider says is shown; a fault is kept and a good answer clears it. A pause holds for an hour."""
    with_content(pages)
    account = pages.one.account_id
    async with pages.browser(pages.one.staff["chief"]) as client:
        await client.post(f"/settings/channels/{account}/check")
        faulty = (await pages.rows(ProviderAccount))[0].fault
        pages.line.accounts = Accounts(pages.database, lambda _account: WebChannel())
        fine = await client.post(f"/settings/channels/{account}/check")
        cleared = (await pages.rows(ProviderAccount))[0].fault
        await client.post(f"/settings/channels/{account}/pause", data={"do": "pause"})
        paused = (await pages.rows(ProviderAccount))[0].paused_until
        await client.post(f"/settings/channels/{account}/pause", data={"do": "go"})
    assert "no credentials" in faulty
    assert (fine.status_code, cleared) == (200, "")
    assert paused == pages.clock.now() + dt.timedelta(hours=1)
    assert (await pages.rows(ProviderAccount))[0].paused_until is None


@pytest.mark.asyncio
async def test_another_school_is_not_there(pages: Pages) -> None:
    """Every id of another school is 404, to read and to change; nothing there changes."""
    with_content(pages)
    two = pages.two

    async def more(session: AsyncSession) -> tuple[int, int]:
        shift = RotaShift(school_id=two.school_id, staff_id=two.staff["mentor"])
        away = StaffAbsence(
            school_id=two.school_id,
            staff_id=two.staff["mentor"],
            first_day=dt.date(2026, 11, 23),
            last_day=dt.date(2026, 11, 23),
        )
        session.add_all([shift, away])
        await session.flush()
        return shift.id, away.id

    shift_id, absence_id = await pages.database.write(more)
    class_id = next(row.id for row in await pages.rows(SchoolClass) if row.school_id == two.school_id)
    theirs, ours = two.staff["mentor"], pages.one.staff["desk"]
    posts: dict[str, Mapping[str, object]] = {
        f"/settings/staff/{theirs}": PERSON,
        f"/settings/staff/{theirs}/absences": {"first_day": "2026-11-23"},
        f"/settings/staff/{theirs}/leave": {},
        f"/settings/staff/{theirs}/return": {},
        f"/settings/absences/{absence_id}/remove": {},
        "/settings/roles/finance": {"staff": str(theirs)},
        f"/settings/mentors/{class_id}": {"staff": str(ours)},
        f"/settings/rota/{shift_id}/remove": {},
        "/settings/rota": {"staff": str(theirs), "weekdays": "0", "starts": "08:00", "ends": "17:00"},
        f"/settings/channels/{two.account_id}/check": {},
        f"/settings/channels/{two.account_id}/pause": {"do": "pause"},
    }
    async with pages.browser(pages.one.staff["chief"]) as client:
        seen = {address: (await client.post(address, data=data)).status_code for address, data in posts.items()}
        seen["get"] = (await client.get(f"/settings/staff/{theirs}")).status_code
        seen["huge"] = (await client.get(f"/settings/staff/{10**30}")).status_code
    assert {address: status for address, status in seen.items() if status != 404} == {}
    assert [await pages.count(table) for table in (RotaShift, StaffAbsence)] == [1, 1]
    assert await version(pages) == 0
