"""Looking into the mailbox: what a colleague wrote is stored and committed, and only then moved out of the way.

A mail is theirs if it comes from the address that stands in their settings, our own mail server does not call it forged, and it
carries a token that only we can make, for a case that they may still read (`answering.py` looks at the last two). Of all other mail
nothing is kept but a count.
"""

from __future__ import annotations

import datetime as dt
import logging

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.mail_reading import Mail, Trust, read_mail
from bot.channels.mailbox import DONE, REFUSED, Fetched, Mailbox
from bot.core.clock import Clock, token
from bot.core.ingress import store
from bot.errors import NotDelivered
from bot.messages import Inbound
from bot.staff.desk import NO_CASE, Desk, Thread
from db.engine import Database
from db.tables import Address, Chore, ProviderAccount, Staff, StaffMailCount
from db.types import ChannelName, InboundKind, Provider, database_time
from db.upsert import insert_new

log = logging.getLogger(__name__)
CHORE = "mailbox"
EVERY = dt.timedelta(seconds=20)
KEPT = dt.timedelta(days=30)
"""So long a mail that was moved stays in the mailbox."""
_TIDY = dt.timedelta(hours=6)
_LEASE = 90
_TRIES = 3


class MailIn:
    """A part of the worker. One worker looks at a time; what two store all the same is stored once."""

    name = "mailbox"

    def __init__(self, database: Database, clock: Clock, desk: Desk, mailbox: Mailbox | None) -> None:
        """Nothing is started here; without a mailbox nothing ever is."""
        self._db, self._clock, self._desk, self._box = database, clock, desk, mailbox
        self._name = token()
        self._next: dt.datetime | None = None
        self._tidied: dt.datetime | None = None
        self._failed: dict[str, int] = {}

    async def once(self) -> int:
        """Take what lies there, if it is time to look; returns how many mails that was."""
        now = self._clock.now()
        if self._box is None or (self._next is not None and now < self._next):
            return 0
        self._next = now + EVERY
        async with self._db.read() as session:
            account = (
                await session.scalars(
                    select(ProviderAccount)
                    .where(ProviderAccount.provider == Provider.SMTP)
                    .order_by(ProviderAccount.id.desc())
                    .limit(1)
                )
            ).first()
        if account is None or not await self._db.write(lambda s: self._hold(s, account.school_id, now)):
            return 0
        try:
            return await self._look(self._box, account, now)
        except NotDelivered as error:
            log.warning("the mailbox cannot be read: %s", error)
            return 0

    async def _look(self, box: Mailbox, account: ProviderAccount, now: dt.datetime) -> int:
        mails, whole = await box.fetch()
        taken: list[str] = []
        refused: list[str] = []
        for fetched in mails:
            kept = await self._take(fetched, account, box.trusted, now)
            if kept is not None:
                (taken if kept else refused).append(fetched.uid)
        # Whatever ends us before this: the mails come again, and are known by their keys.
        await box.file(taken, DONE)
        await box.file(refused, REFUSED)
        if whole and len(taken) + len(refused) == len(mails):
            await self._db.write(lambda s: self._seen_empty(s, account.school_id, now))
        else:
            self._next = now
        if self._tidied is None or now - self._tidied > _TIDY:
            self._tidied = now
            await box.tidy((now - KEPT).date())
        return len(taken) + len(refused)

    async def _take(self, fetched: Fetched, account: ProviderAccount, trusted: str, now: dt.datetime) -> bool | None:
        """Whether it was stored as an answer (or counted, and refused); None: the database did not take it, so it stays."""
        try:
            mail = read_mail(fetched.raw, trusted=trusted)
            return await self._db.write(lambda s: self._sort(s, mail, account, now))
        except Exception as error:  # noqa: BLE001 - one mail must not hold up all later ones
            self._failed[fetched.uid] = tries = self._failed.get(fetched.uid, 0) + 1
            log.error("a mail could not be taken (%s), attempt %d", type(error).__name__, tries)
            if tries < _TRIES:
                return None
        await self._db.write(lambda s: count(s, account.school_id, "unreadable"))
        return False

    async def _sort(self, session: AsyncSession, mail: Mail, account: ProviderAccount, now: dt.datetime) -> bool:
        school_id = account.school_id
        thread = next(self._desk.threads(school_id, *mail.traces), None)
        person = await _colleague(session, school_id, mail.sender)
        reason = ""
        if mail.bounce:
            reason = "bounced"
            if thread and mail.nobody_there:
                await _bury(session, school_id, thread, mail.bounce)
        elif mail.automatic:
            reason = "automatic"
        elif person is None:
            reason = "stranger"
        elif mail.trust is Trust.FAILED:
            reason = "forged"
        if reason or person is None:
            await count(session, school_id, reason)
            return False
        mine = thread if thread and thread.staff_id == person and thread.case_id != NO_CASE else None
        kind = InboundKind.DOCUMENT if mail.attached else InboundKind.TEXT if mail.text else InboundKind.EMPTY
        inbound = Inbound(
            ChannelName.MAIL,
            mail.sender,
            mail.key,
            kind,
            now,
            text=mail.text,
            quoted=f"case:{mine.case_id}" if mine else None,
        )
        fresh = await session.get_one(ProviderAccount, account.id)
        new = await store(session, fresh, [inbound], now=now)
        if new:
            await session.execute(
                update(Address)
                .where(
                    Address.school_id == school_id,
                    Address.channel == ChannelName.MAIL,
                    Address.external_id == mail.sender,
                )
                .values(staff_id=person)
                .execution_options(synchronize_session=False)
            )
        return True

    async def _hold(self, session: AsyncSession, school_id: int, now: dt.datetime) -> bool:
        values = {"school_id": school_id, "name": CHORE, "done_at": now, "emptied": 0}
        await insert_new(session, Chore, values, unique=("school_id", "name"))
        taken = await session.execute(
            update(Chore)
            .where(
                Chore.school_id == school_id,
                Chore.name == CHORE,
                or_(Chore.held_until.is_(None), Chore.held_until < database_time(), Chore.held_by == self._name),
            )
            .values(held_by=self._name, held_until=database_time(_LEASE))
            .returning(Chore.id)
            .execution_options(synchronize_session=False)
        )
        return taken.first() is not None

    async def _seen_empty(self, session: AsyncSession, school_id: int, now: dt.datetime) -> None:
        await session.execute(
            update(Chore)
            .where(Chore.school_id == school_id, Chore.name == CHORE)
            .values(done_at=now)
            .execution_options(synchronize_session=False)
        )


async def count(session: AsyncSession, school_id: int, reason: str) -> None:
    """One more of this kind."""
    values = {"school_id": school_id, "reason": reason, "count": 0}
    await insert_new(session, StaffMailCount, values, unique=("school_id", "reason"))
    await session.execute(
        update(StaffMailCount)
        .where(StaffMailCount.school_id == school_id, StaffMailCount.reason == reason)
        .values(count=StaffMailCount.count + 1)
        .execution_options(synchronize_session=False)
    )


async def _colleague(session: AsyncSession, school_id: int, sender: str) -> int | None:
    """Who has this address in their settings, and works here."""
    if not sender:
        return None
    found: int | None = await session.scalar(
        select(Staff.id)
        .where(Staff.school_id == school_id, func.lower(Staff.email) == sender, Staff.left_at.is_(None))
        .order_by(Staff.id)
        .limit(1)
    )
    return found


async def _bury(session: AsyncSession, school_id: int, thread: Thread, status: str) -> None:
    """Nobody is there: the address says so, on the colleague's page too."""
    mail = (await session.scalar(select(Staff.email).where(Staff.id == thread.staff_id))) or ""
    await session.execute(
        update(Address)
        .where(
            Address.school_id == school_id,
            Address.channel == ChannelName.MAIL,
            Address.staff_id == thread.staff_id,
            Address.external_id == mail.strip().lower(),
        )
        .values(dead_reason=status)
        .execution_options(synchronize_session=False)
    )
