"""What becomes of a notice that does not leave: told again, another way, or anew; and never what is no longer so."""

from __future__ import annotations

import datetime as dt
import logging

import pytest
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.smtp import MailChannel
from bot.errors import Misconfigured
from bot.staff import notice_ends
from bot.staff.notice_words import FACT, said
from bot.staff.notices import Notices
from bot.staff.telling import Told, tell
from db.tables import Case, ClassMentor, Outbox, ProviderAccount, Staff
from db.types import OutboxState, Provider, Sensitivity
from tests.mail.post import BOTH, OFFICE, PostHouse, text_of, writes

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]

OPEN = "Ouderlijn: please open"
POLICY = "550 5.7.1 not by our rules"


async def notices_out(house: PostHouse) -> list[Outbox]:
    """Every message that told a colleague something, in order."""
    return [row for row in await house.rows(Outbox) if row.response == "staff_notice"]


async def fault(house: PostHouse) -> str:
    """Why no mail leaves, if so."""
    (account,) = [row for row in await house.rows(ProviderAccount) if row.provider is Provider.SMTP]
    return account.fault


async def special(session: AsyncSession, case_id: int) -> None:
    """It becomes a matter of care."""
    (await session.get_one(Case, case_id)).sensitivity = Sensitivity.SPECIAL


async def waits(house: PostHouse, minutes: float = 2) -> None:
    """What there is to tell is told, as far as it goes: mail stays where it is."""
    house.clock.move(minutes=minutes)
    await house.line.worker.drain()


async def escalates(house: PostHouse, case: Case, to: str) -> None:
    """Somebody else is to hear of it."""

    async def work(session: AsyncSession) -> None:
        row = await session.get_one(Case, case.id)
        await tell(session, row, Told.ESCALATED, to=house.line.place.staff[to], now=house.clock.now())

    await house.line.line.database.write(work)


@pytest.fixture
def no_mail(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The password of the mail account is another one; `undo()`: it is right again."""

    async def refused(*_: object) -> str:
        raise Misconfigured("the mail server does not let us in", code="auth")

    monkeypatch.setattr(MailChannel, "send", refused)
    return monkeypatch


@BOTH
async def test_what_is_refused_is_told_again_by_another_message(house: PostHouse) -> None:
    """Only what left was told: a rule of the server's stood in the way once, and the next mail has another key."""
    await writes(await house.fatma())
    house.smtp.rcpt_faults.append(POLICY)
    await house.told()
    await house.told()
    first, second = await notices_out(house)
    assert (first.state, second.state, first.key != second.key) == (OutboxState.DEAD, OutboxState.SENT, True)
    assert (first.text, len(house.mails()), await house.states()) == ("", 1, ["sent"])


async def test_it_ends_somewhere(house: PostHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bounded number of refusals, and the notice is put aside as failed."""
    monkeypatch.setattr(notice_ends, "AGAIN", dt.timedelta(0))
    await writes(await house.fatma())
    house.smtp.rcpt_faults.extend([POLICY] * 10)
    for _ in range(10):
        await house.told(minutes=0.5)
    assert (len(await notices_out(house)), await house.states()) == (notice_ends.TRIES, ["failed"])


async def test_what_somebody_withdrew_was_not_told(house: PostHouse, no_mail: pytest.MonkeyPatch) -> None:
    """It never left, so it is not written down as sent; nor is it told again."""
    await writes(await house.fatma())
    await waits(house)

    async def withdraw(session: AsyncSession) -> None:
        row = (await session.scalars(select(Outbox).where(Outbox.response == "staff_notice"))).one()
        row.state = OutboxState.CANCELLED

    await house.line.line.database.write(withdraw)
    no_mail.undo()
    await house.told()
    assert (house.mails(), await house.states()) == ([], ["moot"])


@BOTH
async def test_an_escalation_tells_nobody_who_may_not_read_it(house: PostHouse) -> None:
    """Another mentor has the class now, and the office the case: what was due to the first is no news of theirs."""
    case = await writes(await house.fatma())
    place = house.line.place

    async def pass_on(session: AsyncSession) -> None:
        await session.execute(delete(ClassMentor))
        row = await session.get_one(Case, case.id)
        row.assignee_id = place.staff["office"]
        await tell(session, row, Told.ESCALATED, to=place.staff["mentor"], now=house.clock.now())

    await house.change(pass_on)
    await house.told()
    assert (house.mails(), await house.states()) == ([], ["moot", "moot"])


async def test_while_no_mail_leaves_one_message_asks_and_the_rest_is_not_composed(
    house: PostHouse, no_mail: pytest.MonkeyPatch
) -> None:
    """What waits for an account lies in a case, not in an outbox; when one has left, the others follow."""
    case = await writes(await house.fatma())
    await waits(house)
    await escalates(house, case, "office")
    await waits(house)
    stood_still = len(await notices_out(house)), await house.states(), bool(await fault(house))
    no_mail.undo()
    await house.told(minutes=6)
    await house.told(minutes=6)
    assert stood_still == (1, ["told", "open"], True)
    assert (len(house.mails()), len(house.mails(OFFICE))) == (1, 1)
    assert (await house.states(), await fault(house)) == (["sent", "sent"], "")


async def test_a_mail_that_leaves_says_that_the_account_works(house: PostHouse) -> None:
    """Nothing waits that would find out, so the next notice does, at its first attempt."""
    await writes(await house.fatma())

    async def at_fault(session: AsyncSession) -> None:
        query = select(ProviderAccount).where(ProviderAccount.provider == Provider.SMTP)
        (await session.scalars(query)).one().fault = "the mail server does not let us in"

    await house.line.line.database.write(at_fault)
    await house.told()
    assert (len(house.mails()), await fault(house)) == (1, "")


@BOTH
async def test_what_lay_too_long_is_composed_anew(house: PostHouse, no_mail: pytest.MonkeyPatch) -> None:
    """It has become a matter of care meanwhile: the mail of before never leaves, and its words are gone."""
    await house.fact(FACT, "words")
    case = await writes(await house.fatma())
    await waits(house)
    await house.line.line.database.write(lambda s: special(s, case.id))
    await waits(house, minutes=31)
    no_mail.undo()
    await house.told(minutes=6)
    first, second = await notices_out(house)
    (mail,) = house.mails()
    assert (first.state, first.text, second.state) == (OutboxState.CANCELLED, "", OutboxState.SENT)
    assert (str(mail["Subject"]), "Elif" in text_of(mail)) == (said(OPEN), False)


async def test_what_changes_while_it_is_composed_is_read_anew(
    house: PostHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between reading the case and writing the mail it was made confidential: what was composed is thrown away."""
    await house.fact(FACT, "words")
    case = await writes(await house.fatma())
    writing = Notices._write
    changed: list[int] = []

    async def slowly(*args: object) -> None:
        if not changed:
            changed.append(case.id)
            await house.line.line.database.write(lambda s: special(s, case.id))
        await writing(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(Notices, "_write", slowly)
    await house.told()
    await house.told()
    (mail,) = house.mails()
    assert (str(mail["Subject"]), len(await notices_out(house))) == (said(OPEN), 1)


async def test_one_colleague_who_cannot_be_told_silences_nobody(
    house: PostHouse, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever is wrong with one row, the others hear; its kind is logged without a word of it, and it is tried again."""
    case, place = await writes(await house.fatma()), house.line.place
    seeing = Notices._see_to

    async def broken(self: Notices, school_id: int, staff_id: int, now: dt.datetime) -> None:
        if staff_id == place.staff["mentor"]:
            raise ValueError("Elif Demir")
        await seeing(self, school_id, staff_id, now)

    monkeypatch.setattr(Notices, "_see_to", broken)
    await escalates(house, case, "office")
    with caplog.at_level(logging.ERROR):
        await house.told()
    heard = len(house.mails()), len(house.mails(OFFICE))
    monkeypatch.undo()
    await house.told(minutes=6)
    assert (heard, len(house.mails())) == ((0, 1), 1)
    assert ("ValueError" in caplog.text, "Elif" in caplog.text) == (True, False)


@BOTH
async def test_an_address_as_long_as_one_may_be(house: PostHouse) -> None:
    """A colleague's mail may have 254 letters, in their settings and where mail goes."""
    long = f"{'m' * 64}@{'a' * 60}.{'b' * 60}.{'c' * 59}.example"
    await writes(await house.fatma())

    async def rename(session: AsyncSession) -> None:
        (await session.get_one(Staff, house.line.place.staff["mentor"])).email = long

    await house.change(rename)
    await house.told()
    assert (len(long), len(house.mails(long))) == (254, 1)
