"""Several cases of one conversation: taken together and apart, moved between, about another child, more or less confidential."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Case, CaseEvent, Conversation, Guardianship, Inbox, Outbox
from db.types import CaseState, Role, Sensitivity
from tests.web.forms import answer, token_of
from tests.web.world import Pages

pytestmark = pytest.mark.asyncio


async def two_cases(pages: Pages, **second: object) -> tuple[int, int]:
    """Two cases of one conversation."""
    one = await pages.case(pages.one, text="Over wiskunde")
    other = await pages.case(pages.one, text="Over gym 4711", topic="question", **second)

    async def work(session: AsyncSession) -> None:
        first, row = await session.get_one(Case, one), await session.get_one(Case, other)
        row.conversation_id = first.conversation_id
        (await session.get_one(Conversation, first.conversation_id)).last_seq = 2
        for found in await session.scalars(select(Inbox).where(Inbox.case_id == other)):
            found.conversation_id, found.seq = first.conversation_id, 2

    await pages.database.write(work)
    return one, other


async def test_merge_and_take_back(pages: Pages) -> None:
    """The messages stand together, the history of both is kept, her next word goes on there; and all of it can be undone."""
    one, other = await two_cases(pages, promise_at=pages.clock.now() + dt.timedelta(hours=3))
    conversation = (await pages.rows(Case))[0].conversation_id
    await pages.change(Conversation, conversation, human_case_id=other)
    before = {row.id: (row.state, row.waiting_since, row.promise_at) for row in await pages.rows(Case)}
    async with pages.browser(pages.one.staff["mentor"]) as client:
        await client.post(f"/inbox/{other}/note", data={"text": "notitie 4712"})
        done = await client.post(f"/inbox/{one}/merge", data={"other": other})
        page, gone = (await client.get(f"/inbox/{one}")).text, (await client.get(f"/inbox/{other}")).text
        closed = (await client.get("/inbox?tab=closed")).text
        reopened = await client.post(f"/inbox/{other}/reopen")
        together = {row.id: row for row in await pages.rows(Case)}
        kept = (await pages.rows(Conversation))[0].human_case_id
        undone = await client.post(f"/inbox/{one}/unmerge", data={"other": other})
        apart = (await client.get(f"/inbox/{one}/messages")).text
    after = {row.id: (row.state, row.waiting_since, row.promise_at) for row in await pages.rows(Case)}
    assert (done.headers["location"], undone.headers["location"]) == (
        f"/inbox/{one}?said=merged",
        f"/inbox/{one}?said=unmerged",
    )
    assert "4711" in page
    assert "4712" in page
    assert f'href="/inbox/{one}"' in gone
    assert f"/inbox/{other}?" not in closed
    assert reopened.status_code == 422
    assert (together[other].state, together[other].merged_into_id) == (CaseState.CLOSED, one)
    assert together[one].promise_at == before[other][2]
    assert kept == one
    assert "4711" not in apart
    assert after == before
    assert [row.kind for row in await pages.rows(CaseEvent)] == ["merged", "merged_into", "unmerged", "unmerged"]


async def test_an_answer_begun_before_the_merging(pages: Pages) -> None:
    """It belongs where her messages stand now, once; and only whoever may read that sends it."""
    one, other = await two_cases(pages, assignee_id=pages.one.staff["mentor"])
    async with pages.browser(pages.one.staff["mentor"]) as client, pages.browser(pages.one.staff["office"]) as late:
        tokens = [token_of((await client.get(f"/inbox/{other}")).text) for _ in range(2)]
        await client.post(f"/inbox/{one}/merge", data={"other": other})
        for _ in range(2):
            await answer(client, other, token=tokens[0], text="Hallo")
        await pages.change(Case, other, assignee_id=pages.one.staff["office"])
        refused = await answer(late, other, token=tokens[1], text="Hallo")
    rows = {row.id: (row.state, row.merged_into_id) for row in await pages.rows(Case)}
    assert rows == {one: (CaseState.WAITING, None), other: (CaseState.CLOSED, one)}
    assert [row.case_id for row in await pages.rows(Outbox)] == [one]
    assert refused.status_code == 404


@pytest.mark.parametrize(
    ("second", "status"),
    [
        ({"child": "Amin"}, 422),
        ({"known": False}, 422),
        ({"sensitivity": Sensitivity.SPECIAL}, 422),
        ({"role": Role.FINANCE, "assignee_id": None}, 303),
    ],
    ids=["another parent", "nobody knows", "confidential", "another role"],
)
async def test_what_is_not_merged(pages: Pages, second: dict[str, object], status: int) -> None:
    """Two parents on one phone, an unknown one, and something confidential into something that is not."""
    one, other = await two_cases(pages, **{**second, **({"role": Role.MENTOR} if "role" not in second else {})})
    name = "safety" if "sensitivity" in second else "mentor"
    await pages.change(Case, other, assignee_id=pages.one.staff["mentor"])
    async with pages.browser(pages.one.staff["mentor"]) as client:
        done = await client.post(f"/inbox/{one}/merge", data={"other": other})
    assert (name, done.status_code) == (name, status)


async def test_another_conversation_is_not_there(pages: Pages) -> None:
    """Neither merged into nor moved to, whatever number is sent."""
    one, other = await pages.case(pages.one), await pages.case(pages.one)
    message = (await pages.rows(Inbox))[0].id
    async with pages.browser(pages.one.staff["mentor"]) as client:
        answers = [
            await client.post(f"/inbox/{one}/merge", data={"other": other}),
            await client.post(f"/inbox/{one}/unmerge", data={"other": other}),
            await client.post(f"/inbox/{one}/move", data={"to": str(other), "message": message}),
            await client.post(f"/inbox/{other}/move", data={"to": "new", "topic": "question", "message": message}),
        ]
    assert [one.status_code for one in answers] == [404, 422, 404, 422]
    assert {row.case_id for row in await pages.rows(Inbox)} == {one, other}


async def test_move_a_message_and_what_was_said_to_it(pages: Pages) -> None:
    """To a new case of mine, about something else; the line's answer to it goes along, the rest stays."""
    one, other = await two_cases(pages)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        await client.post(f"/inbox/{one}/merge", data={"other": other})
        message = next(row.id for row in await pages.rows(Inbox) if "4711" in row.text)
        done = await client.post(f"/inbox/{one}/move", data={"to": "new", "topic": "feedback", "message": str(message)})
    made = (await pages.rows(Case))[-1]
    assert done.headers["location"] == f"/inbox/{one}?said=moved"
    assert (made.topic, made.role, made.assignee_id) == ("feedback", Role.TEAM_LEADER, pages.one.staff["mentor"])
    assert made.waiting_since is not None
    assert {row.text: row.case_id for row in await pages.rows(Inbox)} == {
        "Over wiskunde": one,
        "Over gym 4711": made.id,
    }


@pytest.mark.parametrize(
    ("name", "level", "status"),
    [("mentor", "special", 303), ("mentor", "open", 422), ("safety", "open", 404), ("chief", "special", 303)],
)
async def test_confidential_by_hand(pages: Pages, name: str, level: str, status: int) -> None:
    """Up by whoever reads it; not down."""
    case = await pages.case(pages.one)
    async with pages.browser(pages.one.staff[name]) as client:
        done = await client.post(f"/inbox/{case}/confidential", data={"sensitivity": level})
    assert done.status_code == status
    row = (await pages.rows(Case))[0]
    assert (row.sensitivity is Sensitivity.SPECIAL) == (status == 303)


async def test_only_trust_takes_it_back(pages: Pages) -> None:
    """The safety coordinator may; the team leader, whose it is, may not."""
    case = await pages.case(
        pages.one, sensitivity=Sensitivity.SPECIAL, role=Role.TEAM_LEADER, assignee_id=pages.one.staff["leader"]
    )
    found = {}
    for name in ("leader", "safety"):
        async with pages.browser(pages.one.staff[name]) as client:
            done = await client.post(f"/inbox/{case}/confidential", data={"sensitivity": "personal"})
        found[name] = done.status_code
    assert found == {"leader": 422, "safety": 303}
    assert (await pages.rows(Case))[0].sensitivity is Sensitivity.PERSONAL


async def test_about_another_child(pages: Pages) -> None:
    """One of her own children only; it is written down."""
    case = await pages.case(pages.one)

    async def sibling(session: AsyncSession) -> None:
        session.add(
            Guardianship(
                school_id=pages.one.school_id,
                guardian_id=pages.one.guardians["Fatma"],
                pupil_id=pages.one.pupils["Amin"],
            )
        )

    async with pages.browser(pages.one.staff["mentor"]) as client:
        others = await client.post(f"/inbox/{case}/child", data={"pupil": pages.one.pupils["Amin"]})
        await pages.database.write(sibling)
        page = (await client.get(f"/inbox/{case}")).text
        done = await client.post(f"/inbox/{case}/child", data={"pupil": pages.one.pupils["Amin"]})
    assert (others.status_code, done.status_code) == (422, 303)
    assert "Amin Arslan" in page
    assert (await pages.rows(Case))[0].pupil_id == pages.one.pupils["Amin"]


@pytest.mark.parametrize(("day", "status"), [("2026-11-26", 303), ("2026-11-23", 422), ("2027-11-23", 422)])
async def test_put_off_until_a_day(pages: Pages, day: str, status: int) -> None:
    """Eight o'clock of a day to come, not next year."""
    case = await pages.case(pages.one)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        done = await client.post(f"/inbox/{case}/snooze", data={"until": day})
    found = (await pages.rows(Case))[0].snoozed_until
    assert done.status_code == status
    assert found == (dt.datetime(2026, 11, 26, 7, tzinfo=dt.UTC) if status == 303 else None)


async def test_somebody_is_writing(pages: Pages) -> None:
    """A colleague sees who writes and who answered a moment ago; it ends by itself, and says nothing of what is written."""
    case = await pages.case(pages.one)
    async with pages.browser(pages.one.staff["mentor"]) as one, pages.browser(pages.one.staff["comentor"]) as other:
        begun = await one.post(f"/inbox/{case}/writing")
        seen, own = (await other.get(f"/inbox/{case}/company")).text, (await one.get(f"/inbox/{case}/company")).text
        pages.clock.move(seconds=50)
        later = (await other.get(f"/inbox/{case}/company")).text
        await answer(one, case, text="Ik bel u.")
        answered = (await other.get(f"/inbox/{case}")).text
    async with pages.browser(pages.one.staff["stranger"]) as stranger:
        refused = [
            (await stranger.post(f"/inbox/{case}/writing")).status_code,
            (await stranger.get(f"/inbox/{case}/company")).status_code,
        ]
    assert begun.status_code == 204
    assert "mevrouw De Wit schrijft" in seen
    assert "schrijft" not in own + later
    assert "mevrouw De Wit antwoordde om 10:00" in answered
    assert refused == [404, 404]
    assert len(await pages.rows(Outbox)) == 1


async def test_who_read_it_for_her(pages: Pages) -> None:
    """An administrator prints it: roles and days, no colleague's name; the case's own page names them for colleagues."""
    case = await pages.case(pages.one)
    secret = await pages.case(pages.one, sensitivity=Sensitivity.SPECIAL, topic="concern")
    for name in ("mentor", "comentor"):
        async with pages.browser(pages.one.staff[name]) as client:
            await client.get(f"/inbox/{case}")
            await client.get(f"/inbox/{secret}")
            refused = await client.get(f"/inbox/{case}/readers")
    async with pages.browser(pages.one.staff["chief"]) as client:
        printed = (await client.get(f"/inbox/{case}/readers")).text
        hidden = (await client.get(f"/inbox/{secret}/readers")).text
        page = (await client.get(f"/inbox/{case}")).text
    body = printed[printed.index("<main") :]
    assert refused.status_code == 403
    assert "mentor" in body
    assert "Fatma Demir" in body
    assert "iets vertrouwelijks" in body
    assert not any(name in body for name in ("De Wit", "Bakker"))
    assert "mevrouw De Wit" in page
    assert "Fatma" not in hidden
