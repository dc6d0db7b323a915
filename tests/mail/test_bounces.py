"""Mail that comes back: it says whose address is dead, and what lifts that again."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff.answering import WORDS
from bot.staff.notice_words import said
from bot.staff.preferences import send_test
from db.queries.staff import Me
from db.tables import Address, Case
from db.types import Sensitivity
from tests.mail.post import BOTH, MENTOR, PostHouse, answer_to, post, writes
from tests.mail.test_answers import ANSWER, backs, staff_words, told
from tests.servers.mail import LINE

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]

BOUNCE = """From: MAILER-DAEMON@mx.example
To: lijn@waterland.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; mentor@waterland.example
Action: {action}
Status: {status}

--B
Content-Type: text/rfc822-headers

Message-ID: {id}
--B--
"""


@BOTH
@pytest.mark.parametrize(
    ("status", "action", "dead"),
    [("5.1.1", "failed", "5.1.1"), ("5.2.2", "failed", ""), ("4.4.1", "delayed", "")],
)
async def test_a_bounce_marks_the_address_dead(office: PostHouse, status: str, action: str, dead: str) -> None:
    """Nobody there: nothing more goes there. A full mailbox or a delay says nothing about the address."""
    _, mail = await told(office)
    raw = BOUNCE.format(status=status, action=action, id=mail["Message-ID"]).replace("\n", "\r\n").encode()
    post(office, raw, to=LINE, sender="")
    await office.told(minutes=1)
    (address,) = [row for row in await office.rows(Address) if row.external_id == MENTOR]
    assert (address.dead_reason, await staff_words(office)) == (dead, [])


async def test_a_bounce_of_a_mail_that_nobody_can_answer_says_whose_it_is(office: PostHouse) -> None:
    """Please open, an overview: the name of such a mail says to whom it went, and an answer to it still reaches nobody."""
    case = await writes(await office.fatma())

    async def special(session: AsyncSession) -> None:
        (await session.get_one(Case, case.id)).sensitivity = Sensitivity.SPECIAL

    await office.line.line.database.write(special)
    await office.told()
    (mail,) = office.mails()
    post(office, answer_to(mail, ANSWER), to=LINE)
    await office.told(minutes=1)
    answered_back = await backs(office)
    raw = BOUNCE.format(status="5.1.1", action="failed", id=mail["Message-ID"])
    post(office, raw.replace("\n", "\r\n").encode(), to=LINE, sender="")
    await office.told(minutes=1)
    (address,) = [row for row in await office.rows(Address) if row.external_id == MENTOR]
    assert (mail["References"], mail["In-Reply-To"]) == (None, None)
    assert (answered_back, await staff_words(office)) == ([said(WORDS["unplaced"])], [])
    assert address.dead_reason == "5.1.1"


async def test_a_test_message_that_is_taken_lifts_a_dead_address(office: PostHouse) -> None:
    """The mailbox is there again: the colleague asks for a test, and notices come as before."""
    _, mail = await told(office)
    raw = BOUNCE.format(status="5.1.1", action="failed", id=mail["Message-ID"])
    post(office, raw.replace("\n", "\r\n").encode(), to=LINE, sender="")
    await office.told(minutes=1)
    me = Me(office.line.place.staff["mentor"], office.line.place.school_id, "", False, (), "", "Europe/Amsterdam", "")
    await office.line.line.database.write(lambda s: send_test(s, me, office.line.line.desk, office.clock.now()))
    before = [row.dead_reason for row in await office.rows(Address) if row.external_id == MENTOR]
    await office.told(minutes=1)
    after = [row.dead_reason for row in await office.rows(Address) if row.external_id == MENTOR]
    assert (before, after) == (["5.1.1"], [""])


async def test_a_bounce_that_is_not_of_our_mail_kills_no_address(office: PostHouse) -> None:
    """Anybody can write one; only our own Message-ID says whose mail it was."""
    await told(office)
    raw = BOUNCE.format(status="5.1.1", action="failed", id="<c1s1xaaaaaaaaaaaaaaaa.n1@waterland.example>")
    post(office, raw.encode(), to=LINE, sender="")
    await office.told(minutes=1)
    (address,) = [row for row in await office.rows(Address) if row.external_id == MENTOR]
    assert address.dead_reason == ""
