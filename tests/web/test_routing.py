"""Who gets what: rules of a school, a try-out that tells the truth, and what is learned is only offered."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Case, CaseEvent, RoutingRule, SchoolClass, Staff, StaffRole
from db.types import Role, Sensitivity
from tests.web.desk import with_content
from tests.web.world import Pages

pytestmark = pytest.mark.asyncio


async def group(pages: Pages) -> int:
    """The class of the first school."""
    return next(row.id for row in await pages.rows(SchoolClass) if row.school_id == pages.one.school_id)


async def passed(pages: Pages, times: int, to: str = "leader", **columns: object) -> None:
    """So many cases were passed on to the same colleague."""
    for _ in range(times):
        case_id = await pages.case(pages.one, **columns)

        async def work(session: AsyncSession, case_id: int = case_id) -> None:
            ids = {"staff_id": pages.one.staff["mentor"], "to_id": pages.one.staff[to]}
            session.add(
                CaseEvent(school_id=pages.one.school_id, case_id=case_id, kind="not_mine", at=pages.clock.now(), **ids)
            )

        await pages.database.write(work)


async def test_a_rule_and_who_would_get_it(pages: Pages) -> None:
    """What the try-out says before and after a rule, and when it is removed."""
    class_id, leader = await group(with_content(pages)), pages.one.staff["leader"]
    asked = {"topic": "appointment", "class": str(class_id), "day": "2026-11-24"}
    async with pages.browser(pages.one.staff["chief"]) as client:
        before = (await client.post("/settings/routing/try", data=asked)).text
        made = await client.post(
            "/settings/routing", data={"topic": "appointment", "class": str(class_id), "role": "", "staff": str(leader)}
        )
        after = (await client.post("/settings/routing/try", data=asked)).text
        (rule,) = await pages.rows(RoutingRule)
        history = (await client.get("/settings/history")).text
        await client.post(f"/settings/routing/{rule.id}/remove")
        again = (await client.post("/settings/routing/try", data=asked)).text
    assert made.status_code == 303
    assert "<strong>mevrouw De Wit</strong>. Mentor van 2B." in before
    assert "do 26 nov 12:00" in before
    assert "<strong>meneer Leider</strong>. Een regel van de school noemt deze persoon bij naam." in after
    assert "Wil een afspraak, 2B → meneer Leider" in history
    assert "<strong>mevrouw De Wit</strong>" in again


@pytest.mark.parametrize(
    ("topic", "role", "person", "status"),
    [
        ("bullying", "team_leader", None, 422),
        ("bullying", "", "leader", 422),
        ("bullying", "", "safety", 303),
        ("bullying", "confidential_counsellor", None, 303),
        ("safety", "mentor", None, 422),
        ("concern", "last_resort", None, 422),
        ("concern", "administration", None, 422),
        ("feedback", "administration", None, 303),
        ("feedback", "", None, 422),
        ("feedback", "administration", "leader", 422),
        ("nonsense", "administration", None, 422),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_confidential_stays_so(
    pages: Pages, topic: str, role: str, person: str | None, status: int
) -> None:
    """A rule names the topic's own role, a role of trust, or somebody who holds one of these; nobody else."""
    staff = str(pages.one.staff[person]) if person else ""
    async with pages.browser(pages.one.staff["chief"]) as client:
        answer = await client.post(
            "/settings/routing", data={"topic": topic, "role": role, "staff": staff, "class": ""}
        )
    assert answer.status_code == status
    assert len(await pages.rows(RoutingRule)) == (status == 303)


async def test_a_habit_is_offered_and_never_taken(pages: Pages) -> None:
    """After three cases to the same colleague; a no is remembered, a yes is a rule."""
    await passed(pages, 2)
    async with pages.browser(pages.one.staff["chief"]) as client:
        assert "Moet dit een regel worden?" not in (await client.get("/settings/routing")).text
        await passed(pages, 1)
        page = (await client.get("/settings/routing")).text
        assert "3 keer" in page
        assert await pages.rows(RoutingRule) == []
        offered = {"topic": "mentor_message", "class": str(await group(pages)), "staff": str(pages.one.staff["leader"])}
        await client.post("/settings/routing/decline", data=offered)
        assert "Moet dit een regel worden?" not in (await client.get("/settings/routing")).text
        await passed(pages, 3, "office")
        await client.post("/settings/routing", data=offered | {"staff": str(pages.one.staff["office"])})
        page = (await client.get("/settings/routing")).text
    assert "Moet dit een regel worden?" not in page
    assert [rule.staff_id for rule in await pages.rows(RoutingRule) if not rule.declined] == [pages.one.staff["office"]]


async def test_no_rule_is_offered_to_who_left(pages: Pages) -> None:
    """A leaver gets nothing."""
    await passed(pages, 3, "desk")
    await pages.change(Staff, pages.one.staff["desk"], left_at=pages.clock.now())
    async with pages.browser(pages.one.staff["chief"]) as client:
        assert "Moet dit een regel worden?" not in (await client.get("/settings/routing")).text


@pytest.mark.parametrize(
    "columns",
    [
        {"topic": "bullying", "role": Role.SAFETY_COORDINATOR, "sensitivity": Sensitivity.SPECIAL},
        {"topic": "bullying", "role": Role.SAFETY_COORDINATOR, "sensitivity": Sensitivity.PERSONAL},
        {"topic": "mentor_message", "sensitivity": Sensitivity.SPECIAL},
    ],
    ids=["a confidential subject", "made less confidential", "made confidential"],
)
async def test_nothing_confidential_is_offered(pages: Pages, columns: dict[str, object]) -> None:
    """Not even to who may read it: an administrator would learn what is going on in a class, and how often."""
    await passed(pages, 3, "safety", **columns)
    async with pages.browser(pages.one.staff["chief"]) as client:
        assert "Moet dit een regel worden?" not in (await client.get("/settings/routing")).text


async def test_the_page_says_loudly_that_nobody_is_the_last_resort(pages: Pages) -> None:
    """On its own page and on the overview, until somebody is named."""
    place = with_content(pages).one
    async with pages.browser(place.staff["chief"]) as client:
        before = [(await client.get(path)).text for path in ("/settings", "/settings/routing")]
        await client.post("/settings/roles/last_resort", data={"staff": [str(place.staff["leader"])]})
        after = [(await client.get(path)).text for path in ("/settings", "/settings/routing")]
    assert all("Niemand is achtervang" in page for page in before)
    assert not any("Niemand is achtervang" in page for page in after)
    assert [row.staff_id for row in await pages.rows(StaffRole) if row.role is Role.LAST_RESORT] == [
        place.staff["leader"]
    ]


async def test_a_case_with_nobody_is_said_so(pages: Pages) -> None:
    """On the overview."""
    with_content(pages)
    await pages.case(pages.one, assignee_id=None)
    async with pages.browser(pages.one.staff["chief"]) as client:
        assert "1 open zaken waar niemand iets mee kan" in (await client.get("/settings")).text
    assert len(await pages.rows(Case)) == 1


async def test_another_schools_rules_are_not_there(pages: Pages) -> None:
    """Neither to remove, nor to name their people or classes."""
    theirs = next(row.id for row in await pages.rows(SchoolClass) if row.school_id == pages.two.school_id)

    async def work(session: AsyncSession) -> None:
        session.add(RoutingRule(school_id=pages.two.school_id, topic="feedback", role=Role.FINANCE))

    await pages.database.write(work)
    (rule,) = await pages.rows(RoutingRule)
    async with pages.browser(pages.one.staff["chief"]) as client:
        gone = await client.post(f"/settings/routing/{rule.id}/remove")
        named = await client.post(
            "/settings/routing", data={"topic": "feedback", "staff": str(pages.two.staff["leader"]), "role": ""}
        )
        classed = await client.post(
            "/settings/routing", data={"topic": "feedback", "class": str(theirs), "role": "finance", "staff": ""}
        )
    assert [answer.status_code for answer in (gone, named, classed)] == [404, 404, 404]
    assert len(await pages.rows(RoutingRule)) == 1


async def test_last_hours_are_kept(pages: Pages) -> None:
    """As typed; one that is too early or no time at all is refused at its field."""
    person = {"title": "mevrouw", "family_name": "de Wit", "email": "mentor@voorbeeld.example", "weekdays": ["0", "1"]}
    address = f"/settings/staff/{pages.one.staff['mentor']}"
    async with pages.browser(pages.one.staff["chief"]) as client:
        refused = await client.post(address, data={**person, "last_0": "08:30", "last_1": "laat"})
        kept = await client.post(address, data={**person, "last_0": "15.30", "last_1": ""})
        page = (await client.get(address)).text
    mentor = next(row for row in await pages.rows(Staff) if row.id == pages.one.staff["mentor"])
    assert (refused.status_code, kept.status_code, mentor.last_hours) == (422, 303, {"0": "15:30"})
    assert refused.text.count('class="fault"') == 2
    assert 'value="15:30"' in page
