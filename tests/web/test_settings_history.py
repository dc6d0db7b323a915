"""Every change of the settings is kept: who, when, from what, to what; never a secret. What stands alone can be taken back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.people.keeping import purge
from bot.staff import settings as verbs
from bot.staff.audit import difference
from db.base import MESSAGE_DAYS
from db.queries.staff import Me
from db.tables import ProviderAccount, RotaShift, SchoolClass, SchoolFact, SettingChange, StaffRole
from db.types import Role
from tests.web.desk import with_content
from tests.web.world import Pages

pytestmark = pytest.mark.asyncio
PERSON = {
    "title": "mevrouw",
    "given_name": "Ada",
    "family_name": "Nieuw",
    "email": "ada@v.example",
    "weekdays": ["0", "2"],
}
ATTACK = "<script>alert(1)</script>"


async def items(pages: Pages) -> list[dict[str, list[object]]]:
    """What was kept, the oldest first."""
    return [row.items for row in await pages.rows(SettingChange)]


async def facts(pages: Pages) -> dict[str, str]:
    return {row.name: row.value for row in await pages.rows(SchoolFact)}


async def undo_last(pages: Pages, client: httpx.AsyncClient) -> httpx.Response:
    last = (await pages.rows(SettingChange))[-1].id
    return await client.post(f"/settings/history/{last}/undo")


async def test_every_form_leaves_its_trace(pages: Pages) -> None:
    """Who, when, from what and to what, whichever form it was; saving what is so already leaves none."""
    with_content(pages)
    one, chief = pages.one, pages.one.staff["chief"]
    class_id = next(row.id for row in await pages.rows(SchoolClass) if row.school_id == one.school_id)
    away = {"first_day": "2026-11-23", "last_day": "2026-11-27"}
    safety = one.staff["safety"]
    shift = {"staff": safety, "weekdays": ["0"], "starts": "08:00", "ends": "17:00"}
    forms: list[tuple[str, Mapping[str, object], str]] = [
        ("facts", {"school_phone": "030 765 43 21"}, "facts/school_phone"),
        ("school", {"name": "Nieuw College", "accent": "#aa3300"}, "school/name"),
        ("staff/new", PERSON, "staff/{new}/email"),
        (f"staff/{safety}", {**PERSON, "email": "s@v.example", "mobile": "0612345678"}, f"staff/{safety}/mobile"),
        (f"staff/{safety}/absences", away, f"staff/{safety}/absences"),
        ("roles/finance", {"staff": [str(safety)]}, "roles/finance"),
        (f"mentors/{class_id}", {"staff": [str(safety)]}, f"mentors/{class_id}"),
        ("rota", shift, "rota"),
        (f"channels/{one.account_id}/pause", {"do": "pause"}, f"channels/{one.account_id}/paused_until"),
        (f"staff/{safety}/leave", {}, f"staff/{safety}/left_at"),
    ]
    async with pages.browser(chief) as client:
        for address, form, _ in forms:
            answer = await client.post(f"/settings/{address}", data=form)
            assert answer.status_code == 303, address
        await client.post("/settings/facts", data={"school_phone": "030 765 43 21"})
        shown = (await client.get("/settings/history")).text
    rows = await pages.rows(SettingChange)
    new = max(int(item.split("/")[1]) for row in rows for item in row.items if item.startswith("staff/"))
    assert [item.format(new=new) in row.items for row, (_, _, item) in zip(rows, forms, strict=True)] == [True] * 10
    assert {(row.staff_id, row.at) for row in rows} == {(chief, pages.clock.now())}
    assert rows[0].items == {"facts/school_phone": [None, "030 765 43 21"]}
    assert rows[7].items == {"rota": [[], [[safety, "0", "08:00", "17:00"]]]}
    assert {"rota", "roles/finance", f"mentors/{class_id}"} < rows[9].items.keys()
    assert "meneer Beheer" in shown
    assert "<ins>030 765 43 21</ins>" in shown
    assert "<del>Voorbeeldcollege</del>" in shown


async def test_a_secret_is_only_changed(pages: Pages) -> None:
    """Neither the old nor the new one stands anywhere, nor a mark of it."""
    with_content(pages)
    me = Me(pages.one.staff["chief"], pages.one.school_id, "", True, (), "", "Europe/Amsterdam", "")

    async def work(session: AsyncSession) -> None:
        (await session.get_one(ProviderAccount, pages.one.account_id)).credentials = "s3cr3t"

    await verbs.change(pages.database, me, "a channel", work, at=pages.clock.now())
    async with pages.browser(pages.one.staff["chief"]) as client:
        shown = (await client.get("/settings/history")).text
    assert await items(pages) == [{f"channels/{pages.one.account_id}/secret": [None, None]}]
    assert "(dit is geheim)" in shown
    assert "s3cr3t" not in shown
    assert "/undo" not in shown


async def test_taking_back_facts(pages: Pages) -> None:
    """All of a save at once; it is a change of its own, and can be taken back itself; not twice."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        await client.post("/settings/facts", data={"test_week_start": "2027-01-18", "test_week_end": "2027-01-22"})
        await client.post(
            "/settings/facts",
            data={"test_week_start": "2027-02-01", "test_week_end": "2027-02-05", "contribution_amount": "45,50"},
        )
        moved = await facts(pages)
        back = await undo_last(pages, client)
        before = await facts(pages)
        shown = (await client.get("/settings/history")).text
        second = (await pages.rows(SettingChange))[1].id
        again = await client.post(f"/settings/history/{second}/undo")
        await undo_last(pages, client)
    assert before == {"test_week_start": "2027-01-18", "test_week_end": "2027-01-22"}
    assert back.status_code == 303
    assert [row.undoes_id for row in await pages.rows(SettingChange)][2:] == [second, second + 1]
    assert f"/settings/history/{second}/undo" not in shown
    assert again.status_code == 422
    assert await facts(pages) == moved


async def test_taking_back_the_rota_and_roles(pages: Pages) -> None:
    """What was removed comes back, what was added goes; other people's shifts stay."""
    with_content(pages)
    safety, desk = pages.one.staff["safety"], pages.one.staff["desk"]
    shift = {"weekdays": ["0", "1"], "starts": "08:00", "ends": "17:00"}
    async with pages.browser(pages.one.staff["chief"]) as client:
        for number, staff_id in enumerate((safety, desk)):
            await client.post(
                f"/settings/staff/{staff_id}",
                data={**PERSON, "email": f"{number}@v.example", "mobile": f"061234567{number}"},
            )
        await client.post("/settings/rota", data={**shift, "staff": safety})
        await client.post("/settings/rota", data={**shift, "staff": desk})
        await undo_last(pages, client)
        added = [row.staff_id for row in await pages.rows(RotaShift)]
        await client.post(f"/settings/rota/{(await pages.rows(RotaShift))[0].id}/remove")
        await undo_last(pages, client)
        removed = [(row.staff_id, row.weekdays, row.starts) for row in await pages.rows(RotaShift)]
        await client.post("/settings/roles/finance", data={"staff": [str(safety), str(desk)]})
        await client.post("/settings/roles/finance", data={"staff": [str(desk)]})
        await undo_last(pages, client)
    held = [(row.staff_id, row.position) for row in await pages.rows(StaffRole) if row.role is Role.FINANCE]
    assert added == [safety]
    assert removed == [(safety, "01", "08:00")]
    assert held == [(safety, 1), (desk, 2)]


async def test_what_was_changed_again_is_not_taken_back(pages: Pages) -> None:
    """Nor who left, nor what the rules refuse now; nothing changes then."""
    with_content(pages)
    safety = pages.one.staff["safety"]
    async with pages.browser(pages.one.staff["chief"]) as client:
        await client.post("/settings/facts", data={"school_phone": "030 765 43 21"})
        first = (await pages.rows(SettingChange))[0].id
        await client.post("/settings/facts", data={"school_phone": "030 765 43 22"})
        late = await client.post(f"/settings/history/{first}/undo")
        await client.post("/settings/roles/finance", data={"staff": [str(safety)]})
        await client.post("/settings/roles/finance", data={"staff": [""]})
        emptied = (await pages.rows(SettingChange))[-1].id
        await client.post(f"/settings/staff/{safety}/leave")
        gone = await client.post(f"/settings/history/{emptied}/undo")
        left = await undo_last(pages, client)
    assert [late.status_code, gone.status_code, left.status_code] == [422, 422, 422]
    assert await facts(pages) == {"school_phone": "030 765 43 22"}


async def test_only_our_own_history(pages: Pages) -> None:
    """Another school's change is not there, to see or to take back; others than administrators see nothing."""
    with_content(pages)
    async with pages.browser(pages.two.staff["chief"]) as client:
        await client.post("/settings/facts", data={"books_supplier": f"Ander {ATTACK}"})
        theirs = (await client.get("/settings/history")).text
    async with pages.browser(pages.one.staff["chief"]) as client:
        shown = (await client.get("/settings/history")).text
        undone = await undo_last(pages, client)
        missing = await client.post("/settings/history/999/undo")
    async with pages.browser(pages.one.staff["mentor"]) as client:
        closed = [await client.get("/settings/history"), await undo_last(pages, client)]
    assert "&lt;script&gt;" in theirs
    assert "Ander" not in shown.partition("<main")[2]
    assert [undone.status_code, missing.status_code] == [404, 404]
    assert [answer.status_code for answer in closed] == [403, 403]


async def test_older_changes_are_a_page_further(pages: Pages) -> None:
    """Thirty at once."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        for number in range(33):
            await client.post("/settings/facts", data={"homework_help_room": f"lokaal {number}"})
        first = (await client.get("/settings/history")).text
        link = first.rpartition("/settings/history?before=")[2].partition('"')[0]
        second = (await client.get(f"/settings/history?before={link}")).text
    assert [first.count("<ins>"), second.count("<ins>")] == [30, 3]
    assert "?before=" not in second


async def test_values_are_emptied_in_time(pages: Pages) -> None:
    """Who and when stays; and it cannot be taken back any more."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        await client.post("/settings/facts", data={"school_phone": "030 765 43 21"})
    later = pages.clock.now() + dt.timedelta(days=MESSAGE_DAYS + 1)
    counts = await pages.database.write(lambda s: purge(s, pages.one.school_id, now=later, secret="x"))
    async with pages.browser(pages.one.staff["chief"]) as client:
        shown = (await client.get("/settings/history")).text
        undone = await undo_last(pages, client)
    assert counts == {"setting_change": 1}
    assert await items(pages) == [{}]
    assert "meneer Beheer" in shown
    assert "/undo" not in shown
    assert undone.status_code == 422


async def test_the_difference_of_sets_is_what_went_and_came() -> None:
    """Of twice the same shift one may go; nothing, an empty text and an empty list are the same."""
    shift, other = [1, "0", "08:00", "17:00"], [2, "0", "08:00", "17:00"]
    found = difference(
        {"rota": [shift, shift], "roles/finance": [], "staff/1/administrator": False, "facts/x": "a"},
        {"rota": [shift, other], "staff/1/administrator": True, "facts/x": ""},
    )
    assert found == {"rota": [[shift], [other]], "staff/1/administrator": [False, True], "facts/x": ["a", None]}
