"""How colleagues want to be told, and how much the school lets out of the inbox."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import token
from bot.core.conversations import add_outbox
from bot.errors import Refusal
from bot.staff.chats import medium_of
from bot.staff.desk import NO_CASE, Desk, Thread
from bot.staff.marks import N_
from bot.staff.notice_words import FACT, Detail, said
from bot.staff.notices import TELEGRAM, conversation_of, mail_payload
from bot.staff.typed import time
from db.engine import ring
from db.queries.school import school_view
from db.queries.staff import Me
from db.queries.telling import mail_account, ways_of_staff
from db.tables import SchoolFact
from db.types import Medium

TEST_SUBJECT = N_("Ouderlijn: this is a test")
TEST = N_("This is how you hear that a parent is waiting. You need not do anything.")


@dataclass(frozen=True, slots=True)
class Wish:
    """How and between which hours; empty hours are the school's."""

    medium: Medium
    opens: str = ""
    closes: str = ""


async def save_wish(session: AsyncSession, me: Me, wish: Wish) -> None:
    """Keep it; refuses what would never reach anybody."""
    opens, closes = (time(text) if text.strip() else "" for text in (wish.opens, wish.closes))
    if bool(opens) != bool(closes):
        raise Refusal("Give both hours, or none.")
    if opens and closes <= opens:
        raise Refusal("This ends before it begins.")
    ways = await ways_of_staff(session, me.school_id, me.staff_id)
    if wish.medium is Medium.TELEGRAM and ways.chat_id is None:
        raise Refusal("Connect a Telegram chat first.")
    row = await medium_of(session, me.school_id, me.staff_id)
    row.medium, row.opens, row.closes = wish.medium, opens, closes


async def send_test(session: AsyncSession, me: Me, desk: Desk, now: dt.datetime) -> None:
    """A message of the kind that was chosen, at any hour: they ask for it."""
    view = await school_view(session, me.school_id)
    ways = await ways_of_staff(session, me.school_id, me.staff_id)
    if view.demo:
        raise Refusal("Nobody in the demo school gets messages outside the inbox.")
    if ways.medium is Medium.NONE:
        raise Refusal("You chose to hear it in the inbox only.")
    telegram = ways.medium is Medium.TELEGRAM and ways.chat_id is not None and view.facts.get(TELEGRAM) == "yes"
    medium = Medium.TELEGRAM if telegram else Medium.MAIL
    if medium is Medium.MAIL and (not ways.mail or await mail_account(session, me.school_id) is None):
        raise Refusal("No mail can be sent here yet: ask whoever runs the line.")
    conversation, payload = await conversation_of(session, me.school_id, view.staff[me.staff_id], ways, medium)
    if conversation is None:
        raise Refusal("No mail can be sent here yet: ask whoever runs the line.")
    number = token()
    if medium is Medium.MAIL:
        whose = desk.token(me.school_id, Thread(NO_CASE, me.staff_id))
        payload = mail_payload(desk, said(TEST_SUBJECT), whose, f"t{number}", payload, name=view.name, fresh=True)
    add_outbox(
        session,
        conversation,
        key=f"staff:test-{number}:{me.staff_id}:{medium}",
        text=said(TEST),
        now=now,
        payload=payload,
        response="staff_test",
    )
    ring(session, "outbox")


async def save_detail(session: AsyncSession, school_id: int, detail: Detail, *, telegram: bool) -> None:
    """How much of a message leaves the inbox, and whether Telegram may bring it."""
    given: dict[str, Any] = {FACT: detail.value, TELEGRAM: "yes" if telegram else ""}
    await session.execute(delete(SchoolFact).where(SchoolFact.school_id == school_id, SchoolFact.name.in_(list(given))))
    session.add_all(SchoolFact(school_id=school_id, name=name, value=value) for name, value in given.items() if value)
