"""Bound by a person at school: the mentor is introduced in the parent's language, by the rules of what the school begins."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff.frequency import INTRODUCTION, this_week
from db.tables import Binding, Conversation, Guardianship, Outbox
from db.types import Author, Lane, OutboxState, Rights, Role, WaitReason
from tests.web.world import Pages

pytestmark = pytest.mark.asyncio


async def _unknown(pages: Pages) -> int:
    return await pages.case(pages.one, known=False, assignee_id=pages.one.staff["office"], role=Role.ADMINISTRATION)


async def _bind(pages: Pages, case: int, who: str = "Fatma", child: str = "Elif", **more: str) -> int:
    data = {"who": f"{pages.one.guardians[who]}-{pages.one.pupils[child]}", **more}
    async with pages.browser(pages.one.staff["office"]) as client:
        return (await client.post(f"/inbox/{case}/bind", data=data)).status_code


async def _pair(pages: Pages, guardian: str = "Fatma", child: str = "Elif") -> Guardianship:
    ids = pages.one.guardians[guardian], pages.one.pupils[child]
    return next(row for row in await pages.rows(Guardianship) if (row.guardian_id, row.pupil_id) == ids)


async def test_her_mentor_is_introduced_in_her_language(pages: Pages) -> None:
    """Who it is and what a mentor is for, in one message of the case, counted among the three of a week."""
    case = await _unknown(pages)
    assert await _bind(pages, case) == 303
    (row,) = await pages.rows(Outbox)
    assert ("Elif" in row.text, "De Wit" in row.text, row.language, row.case_id) == (True, True, "tr", case)
    assert (row.lane, row.response, row.state) == (Lane.PROACTIVE, INTRODUCTION, OutboxState.QUEUED)
    assert (await _pair(pages)).introduced_at == pages.clock.now()
    async with pages.database.read() as session:
        many = await this_week(session, [pages.one.guardians["Fatma"]], pages.clock.now() - dt.timedelta(days=7))
    assert many == {pages.one.guardians["Fatma"]: 1}


async def test_once_for_guardian_and_child(pages: Pages) -> None:
    """On a second phone of hers nothing is said again."""
    for _ in range(2):
        await _bind(pages, await _unknown(pages))
    assert (await pages.count(Binding), await pages.count(Outbox)) == (2, 1)


@pytest.mark.parametrize("rights", [Rights.LIMITED, Rights.FULL])
async def test_only_with_full_rights(pages: Pages, rights: Rights) -> None:
    """With limited ones a school tells on request only."""
    await pages.change(Guardianship, (await _pair(pages)).id, rights=rights)
    await _bind(pages, await _unknown(pages))
    assert await pages.count(Outbox) == (rights is Rights.FULL)


async def test_not_where_somebody_else_reads_that_phone(pages: Pages) -> None:
    """Whoever shares it has no rights to this child; if it changed hands, nobody shares it."""
    case = await pages.case(pages.one, verified=False, assignee_id=pages.one.staff["office"])
    await _bind(pages, case, "Yusuf", "Amin")
    shared = await pages.count(Outbox)
    other = await pages.case(pages.one, verified=False, assignee_id=pages.one.staff["office"])
    await _bind(pages, other, "Yusuf", "Amin", end_older="true")
    assert (shared, await pages.count(Outbox)) == (0, 1)


@pytest.mark.parametrize("column", ["opted_out_at", "blocked_at"])
async def test_never_after_stop(pages: Pages, column: str) -> None:
    """It is the school that begins."""
    case = await _unknown(pages)
    (conversation,) = await pages.rows(Conversation)
    await pages.change(Conversation, conversation.id, **{column: pages.clock.now()})
    await _bind(pages, case)
    assert (await pages.count(Outbox), (await _pair(pages)).introduced_at) == (0, None)


async def test_at_night_it_waits_and_behind_a_closed_window_too(pages: Pages) -> None:
    """Not before the school opens; the window first."""
    case = await _unknown(pages)
    pages.clock.move(hours=10)
    await _bind(pages, case)
    (row,) = await pages.rows(Outbox)
    assert (row.state, row.wait_reason) == (OutboxState.WAITING, WaitReason.QUIET_HOURS)
    late = await pages.case(pages.one, known=False, assignee_id=pages.one.staff["office"], child="Amin")
    pages.clock.move(hours=25)
    await _bind(pages, late, "Yusuf", "Amin")
    row = (await pages.rows(Outbox))[-1]
    assert (row.state, row.wait_reason) == (OutboxState.WAITING, WaitReason.WINDOW)


async def test_three_a_week_are_enough(pages: Pages) -> None:
    """Then it is left out, and can come another time."""
    case = await _unknown(pages)
    await _bind(pages, case)
    (conversation,) = await pages.rows(Conversation)

    async def work(session: AsyncSession) -> None:
        session.add_all(
            Outbox(
                school_id=pages.one.school_id,
                conversation_id=conversation.id,
                seq=50 + number,
                key=f"word:{number}",
                lane=Lane.PROACTIVE,
                author=Author.STAFF,
                case_id=case,
                text="x",
                state=OutboxState.SENT,
                not_before=pages.clock.now(),
                created_at=pages.clock.now(),
            )
            for number in range(2)
        )

    await pages.database.write(work)
    await pages.change(Guardianship, (await _pair(pages)).id, introduced_at=None)
    await _bind(pages, await _unknown(pages))
    assert (await pages.count(Outbox), (await _pair(pages)).introduced_at) == (3, None)
