"""Telling colleagues: what waits for them leaves when they work, once, as little as the school allows, in one message for many.

Whoever has left, has read it meanwhile or no longer has the case hears nothing. Where somebody is away, the substitute hears it
who may read the case; without one it waits until they are back, and what escalates tells others (`tell(.., ESCALATED, ..)`).
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import Clock
from bot.core.conversations import add_outbox, find_or_open, lock
from bot.core.known import Scenes
from bot.people.availability import absent
from bot.people.routing import stand_in
from bot.staff.desk import NO_CASE, Desk, Thread, message_id, root_id
from bot.staff.notice_ends import anything_over, see_to_ends
from bot.staff.notice_words import Notice, Page, detail_of, several, single
from bot.staff.working import quiet_for
from db.engine import Database, ring
from db.queries.school import Colleague, SchoolView
from db.queries.staff import me_of
from db.queries.telling import (
    Due,
    ToldCase,
    Ways,
    at_fault,
    cases_now,
    due_notices,
    due_people,
    mail_account,
    readable_cases,
    told_case,
    ways_of_staff,
)
from db.tables import Conversation, StaffNotice
from db.types import CaseState, ChannelName, Medium, Told

log = logging.getLogger(__name__)
RESPONSE = "staff_notice"
TELEGRAM = "notices_telegram"
"""Among the school's facts: whether colleagues may be told there."""
AGAIN = dt.timedelta(hours=1)
"""Who has not read the last message about a case is not told again before this."""
FAULT = dt.timedelta(minutes=5)
"""Until what could not be told is looked at again: while the mail account stands still, or after an error of ours."""
FEW = 5
"""So many at once still come one by one, so that each can be answered; after a quiet time one message tells all."""
_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class _Plan:
    """What becomes of the notices to one colleague at one moment."""

    to: Colleague
    medium: Medium
    notices: tuple[Notice, ...]
    ids: dict[int, tuple[int, ...]]
    """The notices of each case."""
    view: SchoolView
    ways: Ways
    held: bool


class Notices:
    """A part of the worker."""

    name = "notices"

    def __init__(self, database: Database, scenes: Scenes, clock: Clock, desk: Desk) -> None:
        """Nothing is started here."""
        self._db, self._scenes, self._clock, self._desk = database, scenes, clock, desk

    async def once(self) -> int:
        """Tell what may be told now; returns how many colleagues something was done for."""
        now = self._clock.now()
        async with self._db.read() as session:
            people = await due_people(session, now, _AT_ONCE)
        for school_id, staff_id in people:
            try:
                await self._see_to(school_id, staff_id, now)
            except Exception as error:  # noqa: BLE001 - what is wrong with one must not silence all others
                log.error("a colleague could not be told (%s)", type(error).__name__)
                await self._put_off(school_id, staff_id, now)
        async with self._db.read() as session:
            over = await anything_over(session, now)
        return len(people) + (await self._db.write(lambda s: see_to_ends(s, now)) if over else 0)

    async def _see_to(self, school_id: int, staff_id: int, now: dt.datetime) -> None:
        async with self._db.read() as session:
            view = await self._scenes.view(session, school_id)
            due = await due_notices(session, school_id, staff_id, now)
            cases = {one: await told_case(session, school_id, one, staff_id) for one in {d.case_id for d in due}}
        moot = [d.id for d in due if not _still(d, cases[d.case_id], staff_id)]
        due = [d for d in due if d.id not in moot]
        await self._end(moot, "moot", now)
        person = view.staff.get(staff_id)
        if person is None:
            await self._end([d.id for d in due], "moot", now)
            return
        for to, theirs in await self._for_whom(view, person, due, now):
            may = await self._readable(view, to, theirs)
            await self._end([d.id for d in theirs if d.case_id not in may], "moot", now)
            await self._tell(view, to, [d for d in theirs if d.case_id in may], cases, now)

    async def _for_whom(
        self, view: SchoolView, person: Colleague, due: Sequence[Due], now: dt.datetime
    ) -> Sequence[tuple[Colleague, Sequence[Due]]]:
        """The colleague, or who stands in for them as far as they may read the cases."""
        today = now.astimezone(ZoneInfo(view.timezone)).date()
        absence = absent(person, today)
        other = stand_in(view, absence, today) if absence else None
        if other is None or not due:
            return [(person, due)]
        theirs = await self._readable(view, other, due)
        return [
            (other, [d for d in due if d.case_id in theirs]),
            (person, [d for d in due if d.case_id not in theirs]),
        ]

    async def _readable(self, view: SchoolView, to: Colleague, due: Sequence[Due]) -> set[int]:
        """The cases that they may read today: nobody is told of another, an escalation included."""
        async with self._db.read() as session:
            me = await me_of(session, view.school_id, to.staff_id)
            return await readable_cases(session, me, {d.case_id for d in due}) if me and due else set()

    async def _tell(
        self, view: SchoolView, to: Colleague, due: Sequence[Due], cases: dict[int, ToldCase], now: dt.datetime
    ) -> None:
        if not due:
            return
        async with self._db.read() as session:
            ways = await ways_of_staff(session, view.school_id, to.staff_id)
            account = await mail_account(session, view.school_id)
            stands_still = account is not None and await at_fault(session, account)
        medium = _medium(view, ways, mail=account is not None)
        if medium is Medium.NONE:
            await self._end([d.id for d in due], "nowhere", now)
            return
        opens = quiet_for(view, to, now, opens=ways.opens, closes=ways.closes)
        if opens is not None:
            await self._later([d.id for d in due], opens)
            return
        if medium is Medium.MAIL and stands_still:
            await self._later([d.id for d in due], now + FAULT)
            return
        early = [d.id for d in due if (again := _too_soon(d, cases[d.case_id])) and again > now]
        if early:
            await self._later(early, now + AGAIN / 4)
        due = [d for d in due if d.id not in early]
        by_case: dict[int, list[Due]] = {}
        for each in due:
            by_case.setdefault(each.case_id, []).append(each)
        # What lay waiting over a night or a weekend comes as one message.
        held = any(quiet_for(view, to, d.at, opens=ways.opens, closes=ways.closes) is not None for d in due)
        notices = tuple(Notice(cases[one], tuple(d.what for d in theirs)) for one, theirs in by_case.items())
        ids = {one: tuple(d.id for d in theirs) for one, theirs in by_case.items()}
        plan = _Plan(to, medium, notices, ids, view, ways, held)
        if len(notices) > (1 if held else FEW):
            await self._write(plan, list(notices), now)
        else:
            for notice in notices:
                await self._write(plan, [notice], now)

    async def _write(self, plan: _Plan, notices: list[Notice], now: dt.datetime) -> None:
        detail, url = detail_of(plan.view.facts), self._desk.url
        alone = notices[0] if len(notices) == 1 else None
        answers = self._desk.answers or plan.medium is Medium.TELEGRAM
        page = (
            single(alone, detail=detail, url=url, medium=plan.medium, answers=answers)
            if alone
            else several(notices, detail=detail, url=url)
        )
        thread = Thread(alone.case.case_id, plan.to.staff_id) if alone and not alone.case.special else None
        await self._db.write(lambda s: self._leave(s, plan, notices, page, thread, now))

    async def _leave(
        self,
        session: AsyncSession,
        plan: _Plan,
        notices: Sequence[Notice],
        page: Page,
        thread: Thread | None,
        now: dt.datetime,
    ) -> None:
        """Put it into the outbox, if all is still as it was when it was composed and nobody else has told any of it."""
        ids = [number for notice in notices for number in plan.ids[notice.case.case_id]]
        conversation, payload = await conversation_of(session, plan.view.school_id, plan.to, plan.ways, plan.medium)
        if conversation is None or not await _as_composed(session, plan, notices):
            return
        rows = (
            await session.scalars(
                select(StaffNotice).where(StaffNotice.id.in_(ids), StaffNotice.state == "open").with_for_update()
            )
        ).all()
        if len(rows) != len(ids):
            return
        if plan.medium is Medium.MAIL:
            token = self._desk.token(plan.view.school_id, thread or Thread(NO_CASE, plan.to.staff_id))
            payload = mail_payload(
                self._desk, page.subject, token, f"n{min(ids)}", payload, name=plan.view.name, fresh=not thread
            )
        # Told again, it is another message: after the one before.
        before = next(notice.outbox_id for notice in rows if notice.id == min(ids))
        row = add_outbox(
            session,
            conversation,
            key=f"staff:notice-{min(ids)}:{plan.to.staff_id}:{plan.medium}" + (f":{before}" if before else ""),
            text=page.text,
            now=now,
            payload=payload,
            response=RESPONSE,
            staff_id=plan.to.staff_id,
        )
        await session.flush()
        for notice in rows:
            notice.state, notice.done_at = "told", now
            notice.told_id, notice.outbox_id = plan.to.staff_id, row.id
        ring(session, "outbox")

    async def _end(self, ids: Sequence[int], state: str, now: dt.datetime) -> None:
        if ids:
            await self._db.write(lambda s: _set(s, ids, state=state, done_at=now))

    async def _later(self, ids: Sequence[int], due_at: dt.datetime) -> None:
        await self._db.write(lambda s: _set(s, ids, due_at=due_at))

    async def _put_off(self, school_id: int, staff_id: int, now: dt.datetime) -> None:
        """Whatever it is about this colleague's row: the others come first, and this is tried again."""
        async with self._db.read() as session:
            due = await due_notices(session, school_id, staff_id, now)
        await self._later([each.id for each in due], now + FAULT)


async def conversation_of(
    session: AsyncSession, school_id: int, to: Colleague, ways: Ways, medium: Medium
) -> tuple[Conversation | None, dict[str, Any]]:
    """The (locked) conversation on which a colleague is told; for mail also our address, as `{"from": ..}`."""
    if medium is Medium.TELEGRAM:
        return (await lock(session, ways.chat_id) if ways.chat_id else None), {}
    account = await mail_account(session, school_id)
    if account is None:
        return None, {}
    conversation, address = await find_or_open(
        session, school_id=school_id, account_id=account.id, channel=ChannelName.MAIL, external_id=ways.mail
    )
    address.staff_id = to.staff_id
    return conversation, {"from": account.external_id}


def mail_payload(
    desk: Desk, subject: str, token: str, number: str, ours: dict[str, Any], *, name: str, fresh: bool
) -> dict[str, Any]:
    """The mail's headers. `fresh`: it begins no thread, and can be answered in none; its name still says whose bounce it is."""
    address = ours["from"]
    return {
        "mail": {
            "subject": subject,
            "message_id": message_id(token, number, address),
            "references": "" if fresh else root_id(token, address),
            "reply_to": desk.reply_to(address, "" if fresh else token) if desk.answers else "",
            "name": name,
        }
    }


async def _as_composed(session: AsyncSession, plan: _Plan, notices: Sequence[Notice]) -> bool:
    """Whether each case is as open, as private and as theirs to read as when it was read for the words; else it is read anew."""
    me = await me_of(session, plan.view.school_id, plan.to.staff_id)
    cases = {notice.case.case_id for notice in notices}
    if me is None or await readable_cases(session, me, cases) != cases:
        return False
    if plan.medium is Medium.MAIL:
        account = await mail_account(session, plan.view.school_id)
        if account is None or await at_fault(session, account):
            return False
    before = {(n.case.case_id, n.case.state, n.case.sensitivity, n.case.assignee_id) for n in notices}
    return before == await cases_now(session, plan.view.school_id, cases)


def _still(due: Due, case: ToldCase, staff_id: int) -> bool:
    """Whether it is still news to this colleague: open, unread since, and theirs (an escalation is others' too)."""
    if case.state is not CaseState.OPEN:
        return False
    if case.read_at is not None and case.read_at > due.at and due.what in (Told.GIVEN, Told.WROTE):
        return False
    return due.what is Told.ESCALATED or case.assignee_id in (None, staff_id)


def _too_soon(due: Due, case: ToldCase) -> dt.datetime | None:
    """Until when another word of hers is not told: the last message about it is still unread."""
    if due.what is not Told.WROTE or case.told_at is None:
        return None
    return None if case.read_at is not None and case.read_at >= case.told_at else case.told_at + AGAIN


def _medium(view: SchoolView, ways: Ways, *, mail: bool) -> Medium:
    """As the colleague chose, where the school allows it and it arrives; else by mail. Invented people get none."""
    if view.demo or ways.medium is Medium.NONE:
        return Medium.NONE
    if ways.medium is Medium.TELEGRAM and ways.chat_id is not None and view.facts.get(TELEGRAM) == "yes":
        return Medium.TELEGRAM
    return Medium.MAIL if mail and ways.mail and not ways.mail_dead else Medium.NONE


async def _set(session: AsyncSession, ids: Sequence[int], **values: object) -> None:
    await session.execute(
        update(StaffNotice)
        .where(StaffNotice.id.in_(ids), StaffNotice.state == "open")
        .values(**values)
        .execution_options(synchronize_session=False)
    )
