"""An answer to a case that a colleague took into another meanwhile."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff.merging import merge
from db.queries.staff import Me
from db.tables import Case, Outbox
from db.types import Author, CaseState
from tests.mail.post import PostHouse, answer_to, post, writes
from tests.mail.test_answers import ANSWER, told
from tests.mail.test_chats import chat

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]


async def merged(office: PostHouse, case: Case) -> int:
    """A colleague took it into another case of this conversation."""
    me = Me(office.line.place.staff["mentor"], case.school_id, "", False, (), "", "Europe/Amsterdam", "")

    async def work(session: AsyncSession) -> int:
        kept = Case(
            school_id=case.school_id,
            conversation_id=case.conversation_id,
            topic="question",
            sensitivity=case.sensitivity,
            guardian_id=case.guardian_id,
            pupil_id=case.pupil_id,
            role=case.role,
            assignee_id=case.assignee_id,
            why={},
            summary={},
            reason=case.reason,
            verified=True,
            opened_at=case.opened_at,
        )
        session.add(kept)
        await session.flush()
        await merge(session, me, kept.id, other=case.id, now=office.clock.now())
        return kept.id

    return await office.line.line.database.write(work)


async def goes_on(office: PostHouse, case: Case, kept: int) -> bool:
    """The answer is the other case's, and no dead one is woken."""
    after = {row.id: (row.state, row.merged_into_id) for row in await office.rows(Case)}
    answers = {row.case_id for row in await office.rows(Outbox) if row.author is Author.STAFF}
    return (after[case.id], after[kept], answers) == ((CaseState.CLOSED, kept), (CaseState.WAITING, None), {kept})


async def test_an_answer_by_mail_goes_on_there(office: PostHouse) -> None:
    """The case of the mail is another one's now."""
    case, mail = await told(office)
    kept = await merged(office, case)
    post(office, answer_to(mail, ANSWER))
    await office.told(minutes=1)
    assert await goes_on(office, case, kept)


async def test_an_answer_on_telegram_goes_on_there(house: PostHouse) -> None:
    """The case of the message that they reply to is another one's now."""
    async with chat(house) as theirs:
        case = await writes(await house.fatma())
        await house.told()
        notice = theirs.heard()[-1]
        kept = await merged(house, case)
        await theirs.replies(ANSWER, notice)
    assert await goes_on(house, case, kept)
