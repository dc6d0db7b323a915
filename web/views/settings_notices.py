"""The settings of what colleagues are told outside the inbox: how much, where, and whom nothing reaches."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy import select

from bot.staff.marks import N_
from bot.staff.notice_words import Detail, detail_of
from bot.staff.notices import TELEGRAM
from bot.staff.preferences import save_detail
from db.queries.settings import fact_values
from db.queries.staff import shown_name
from db.queries.telling import mail_account
from db.tables import Address
from db.tables import Staff as Person
from db.types import ChannelName
from web.views.session import Administrator, line_of
from web.views.settings import attempt, done, show

router = APIRouter(prefix="/settings/notices")
DETAILS = {
    Detail.WAITING: N_("Only that a message waits, and a link"),
    Detail.ABOUT: N_("The child's first name, the class and the subject too"),
    Detail.WORDS: N_("What the parent wrote too"),
}


@router.get("")
async def notices_page(request: Request, me: Administrator) -> Response:
    """What is allowed now, and whose mail does not arrive."""
    async with line_of(request).database.read() as session:
        facts = await fact_values(session, me.school_id)
        account = await mail_account(session, me.school_id)
        rows = await session.execute(
            select(Person, Address.dead_reason)
            .join(Address, Address.staff_id == Person.id)
            .where(
                Address.school_id == me.school_id,
                Address.channel == ChannelName.MAIL,
                Address.dead_reason != "",
                Person.left_at.is_(None),
            )
            .order_by(Person.id)
        )
        dead = [
            (person.id, shown_name(person.title, person.given_name, person.family_name), reason)
            for person, reason in rows
        ]
    return show(
        request,
        me,
        "notices",
        details=DETAILS,
        chosen=detail_of(facts),
        telegram=facts.get(TELEGRAM) == "yes",
        mail=account is not None,
        dead=dead,
    )


@router.post("")
async def save_notices(
    request: Request, me: Administrator, detail: Annotated[Detail, Form()], telegram: Annotated[str, Form()] = ""
) -> Response:
    """From the next message on."""
    await attempt(
        request,
        me,
        "messages to staff",
        lambda s: save_detail(s, me.school_id, detail, telegram=telegram == "yes"),
    )
    return done("notices")
