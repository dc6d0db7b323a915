"""Looking at her words again: whatever held a translator back may hold no longer, and whatever let it may have changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.failed import tell_staff
from bot.staff.handling import close, reopen
from bot.staff.sensitivity import set_sensitivity
from db.queries.staff import me_of
from db.tables import Case, Conversation, Inbox, Outbox, School
from db.types import Author, CaseState, Lane, OutboxState, Sensitivity
from tests.servers.translators import FakeTranslator
from tests.web.test_translation import _server, inward, server, translating
from tests.web.world import Pages

__all__ = ["_server", "server", "translating"]
pytestmark = [pytest.mark.asyncio, pytest.mark.enable_socket]
HERS = "Elif bugün hasta, gelmiyor."


async def state(pages: Pages) -> list[str | None]:
    """How it stands with the Dutch of each message."""
    return [row.dutch_state for row in await pages.rows(Inbox)]


async def _reopened(session: AsyncSession, pages: Pages, case_id: int) -> None:
    me = await me_of(session, pages.one.school_id, pages.one.staff["mentor"])
    assert me
    await reopen(session, me, case_id, now=pages.clock.now())


async def _not_delivered(session: AsyncSession, pages: Pages, case_id: int) -> None:
    """What the colleague wrote last did not arrive: the case is open again."""
    case = await session.get_one(Case, case_id)
    row = Outbox(
        school_id=case.school_id,
        conversation_id=case.conversation_id,
        case_id=case.id,
        seq=1,
        key="staff:lost",
        text="Dat is goed.",
        lane=Lane.REPLY,
        author=Author.STAFF,
        state=OutboxState.DEAD,
        created_at=pages.clock.now(),
        not_before=pages.clock.now(),
    )
    session.add(row)
    await session.flush()
    conversation = await session.get_one(Conversation, case.conversation_id)
    await tell_staff(session, conversation, row, now=pages.clock.now())


@pytest.mark.parametrize("opened", [_reopened, _not_delivered], ids=["by hand", "not delivered"])
async def test_a_case_that_is_opened_again_gets_its_dutch(
    translating: Pages, opened: Callable[[AsyncSession, Pages, int], Awaitable[None]]
) -> None:
    """Closed, it was passed over; whoever opens it again, and however, can read it."""
    case = await translating.case(translating.one, text=HERS)

    async def shut(session: AsyncSession) -> None:
        me = await me_of(session, translating.one.school_id, translating.one.staff["mentor"])
        assert me
        await close(session, me, case, now=translating.clock.now())

    await translating.database.write(shut)
    await inward(translating).once()
    closed = await state(translating)
    await translating.database.write(lambda s: opened(s, translating, case))
    await inward(translating).once()
    assert (closed, await state(translating)) == (["none"], ["done"])


@pytest.mark.parametrize(
    ("to", "then"), [(Sensitivity.PERSONAL, "done"), (Sensitivity.SPECIAL, "cannot")], ids=["less", "as before"]
)
async def test_a_case_made_less_confidential_gets_its_dutch(translating: Pages, to: Sensitivity, then: str) -> None:
    """What did not leave the house may leave it now."""
    translating.line.translation.engine.home = False
    case = await translating.case(
        translating.one, text=HERS, sensitivity=Sensitivity.SPECIAL, assignee_id=translating.one.staff["safety"]
    )
    await inward(translating).once()
    before = await state(translating)

    async def lower(session: AsyncSession) -> None:
        me = await me_of(session, translating.one.school_id, translating.one.staff["safety"])
        assert me
        await set_sensitivity(session, me, case, sensitivity=to, now=translating.clock.now())

    await translating.database.write(lower)
    await inward(translating).once()
    assert (before, await state(translating)) == (["cannot"], [then])


@pytest.mark.parametrize("what", ["confidential", "forbidden", "closed"])
async def test_each_message_is_asked_about_just_before_it_leaves(
    translating: Pages, server: FakeTranslator, what: str
) -> None:
    """Twenty are read at once and worked slowly: what changes while the first is with the translator holds for the second."""
    translating.line.translation.engine.home = False
    await translating.case(translating.one, text=HERS)
    second = await translating.case(translating.one, text="Amin bugün hasta, gelmiyor.", child="Amin")
    whole = translating.line.translation.translate

    async def slowly(*args: object, **named: object) -> object:
        done = await whole(*args, **named)  # type: ignore[arg-type]
        match what:
            case "confidential":
                await translating.change(Case, second, sensitivity=Sensitivity.SPECIAL)
            case "forbidden":
                await translating.change(School, translating.one.school_id, translation="none")
            case _:
                await translating.change(Case, second, state=CaseState.CLOSED)
        return done

    translating.line.translation.translate = slowly  # type: ignore[assignment,method-assign]
    await inward(translating).once()
    why = {"confidential": ("cannot", "private"), "forbidden": ("cannot", "off"), "closed": ("none", "")}[what]
    row = (await translating.rows(Inbox))[1]
    assert (len(server.sent), (row.dutch_state, row.dutch_why), row.dutch_at) == (1, why, None)
