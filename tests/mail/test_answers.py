"""What colleagues answer by mail, between real SMTP and IMAP servers: it reaches the parent, once, or says why not."""

from __future__ import annotations

import re
from email.message import EmailMessage

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff.answering import WORDS
from bot.staff.handling import close
from bot.staff.notice_words import said
from db.queries.staff import Me
from db.tables import Case, Inbox, Outbox, Staff
from db.types import Author, CaseState, ChannelName, InboxState, Sensitivity
from tests.mail.post import BOTH, PostHouse, answer_to, answered, post, text_of, writes
from tests.servers.mail import LINE

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]

ANSWER = "Dat kan. Komt u dinsdag om 15.00 uur naar school?"


async def told(office: PostHouse) -> tuple[Case, EmailMessage]:
    """A parent has written, and this is the mentor's mail about it."""
    case = await writes(await office.fatma())
    await office.told()
    return case, office.mails()[-1]


async def staff_words(office: PostHouse) -> list[str]:
    """What parents got from people."""
    return [row.staff_text for row in await office.rows(Outbox) if row.author is Author.STAFF]


async def backs(office: PostHouse) -> list[str]:
    """What the mentor was written back."""
    return [row.text.split("\n\n")[0] for row in await office.rows(Outbox) if row.response == "staff_back"]


@BOTH
async def test_a_mail_is_answered_and_the_parent_reads_it(office: PostHouse) -> None:
    """She writes on WhatsApp, the mentor gets a mail and replies, she reads it on WhatsApp: the words and nothing else."""
    fatma = await office.fatma()
    case = await writes(fatma)
    await office.told()
    (mail,) = office.mails()
    fatma.read = len(await office.line.said_to(ChannelName.WHATSAPP, fatma.number))
    post(office, answer_to(mail, ANSWER))
    await office.told(minutes=1)
    (read,) = await fatma.heard()
    (after,) = [row for row in await office.rows(Case) if row.id == case.id]
    assert ANSWER in read.text
    assert [word for word in ("Antwoord boven", "schreef", "@", "inbox") if word in read.text] == []
    assert (after.state, read.author, read.staff_text) == (CaseState.WAITING, Author.STAFF, ANSWER)
    assert (await office.counts(), await backs(office)) == ({"sent_dutch": 1}, [])


async def test_her_next_message_and_the_next_answer_stay_in_one_thread(office: PostHouse) -> None:
    """Mail, answer, her word, mail, answer: one case, and in the mentor's program one thread."""
    fatma = await office.fatma()
    case = await writes(fatma)
    await office.told()
    post(office, answer_to(office.mails()[-1], ANSWER))
    await office.told(minutes=1)
    await fatma.says("Salı olur, teşekkürler. Saat kaçta?")
    await office.told()
    first, second = office.mails()
    post(office, answer_to(second, "Om 15.00 uur."))
    await office.told(minutes=1)
    assert first["References"] == second["References"]
    assert {row.case_id for row in await office.rows(Outbox) if row.author is Author.STAFF} == {case.id}
    assert await staff_words(office) == [ANSWER, "Om 15.00 uur."]


@BOTH
async def test_the_same_mail_twice_is_one_answer(office: PostHouse) -> None:
    """Law 2: delivered twice, and looked at by two workers."""
    _, mail = await told(office)
    answer = answer_to(mail, ANSWER)
    post(office, answer)
    post(office, answer)
    await office.told(minutes=1)
    other = office.line.line.worker()
    await other.drain()
    assert await staff_words(office) == [ANSWER]


async def test_a_crash_between_storing_and_moving_makes_it_once(
    office: PostHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 1: it is stored before it is moved; lying there still, it comes again and is known."""
    from bot.channels.mailbox import Mailbox
    from bot.errors import TryLater

    _, mail = await told(office)
    post(office, answer_to(mail, ANSWER))
    moves = Mailbox.file

    async def killed(*_: object) -> None:
        raise TryLater("the process ends here")

    monkeypatch.setattr(Mailbox, "file", killed)
    await office.told(minutes=1)
    stored = len(
        [row for row in await office.rows(Inbox) if row.state is not InboxState.OPEN and "mail:" in row.provider_id]
    )
    monkeypatch.setattr(Mailbox, "file", moves)
    await office.told(minutes=1)
    assert (stored, await staff_words(office)) == (1, [ANSWER])


@pytest.mark.parametrize(
    ("sender", "reason"),
    [
        ("comentor@elsewhere.example", "stranger"),
        ("fatma@mail.example", "stranger"),
    ],
)
async def test_a_strangers_mail_is_counted_and_nothing_of_it_kept(office: PostHouse, sender: str, reason: str) -> None:
    """Whoever has got hold of a notice and writes from elsewhere reaches nobody, and is not answered."""
    _, mail = await told(office)
    post(office, answer_to(mail, ANSWER, sender=sender), sender=sender)
    await office.told(minutes=1)
    kept = [row for row in await office.rows(Inbox) if row.provider_id.startswith("mail:")]
    assert (kept, await staff_words(office), await backs(office)) == ([], [], [])
    assert (await office.counts())[reason] == 1


@pytest.mark.parametrize(
    "results",
    [
        "mx.school.example; dmarc=fail header.from=waterland.example",
        "mx.school.example; spf=pass; dkim=fail header.d=waterland.example",
    ],
)
async def test_what_our_server_calls_forged_is_refused(office: PostHouse, results: str) -> None:
    """The mentor's own address and a token that is ours, and the signature is wrong."""
    _, mail = await told(office)
    forged = answer_to(mail, ANSWER)
    forged["Authentication-Results"] = results
    post(office, forged)
    await office.told(minutes=1)
    assert (await staff_words(office), (await office.counts())["forged"]) == ([], 1)


async def test_another_colleague_cannot_answer_with_a_mail_that_was_sent_on(office: PostHouse) -> None:
    """The mentor forwards the notice; whoever answers it from their own address is asked to look in the inbox."""
    _, mail = await told(office)
    sender = "leader@waterland.example"
    post(office, answer_to(mail, ANSWER, sender=sender), sender=sender)
    await office.told(minutes=1)
    assert (await staff_words(office), await backs(office)) == ([], [said(WORDS["unplaced"])])


async def test_a_wrong_token_reaches_nobody(office: PostHouse) -> None:
    """One letter of the mark is another, or another case's number stands before it."""
    case, mail = await told(office)
    for old, new in ((r"x([a-z2-7])", "xq"), (rf"\bc{case.id}s", f"c{case.id + 1}s")):
        forged = answer_to(mail, ANSWER)
        for name in ("To", "In-Reply-To", "References"):
            value = re.sub(old, new, str(forged[name]))
            del forged[name]
            forged[name] = value
        post(office, forged)
    await office.told(minutes=1)
    assert (await staff_words(office), set(await backs(office))) == ([], {said(WORDS["unplaced"])})


async def test_the_address_is_enough_and_so_are_the_headers(office: PostHouse) -> None:
    """Programs lose headers, and some mailboxes know no plus: either says to which case it belongs."""
    _, mail = await told(office)
    bare = answer_to(mail, "Eerste.")
    del bare["In-Reply-To"], bare["References"]
    post(office, bare)
    plain = answer_to(mail, "Tweede.")
    plain.replace_header("To", LINE)
    post(office, plain)
    await office.told(minutes=1)
    assert await staff_words(office) == ["Eerste.", "Tweede."]


async def test_what_is_attached_is_refused_and_says_so(office: PostHouse) -> None:
    """A file cannot be passed on; a logo in her signature is none."""
    _, mail = await told(office)
    with_file, with_logo = answer_to(mail, ANSWER), answer_to(mail, "Met logo.")
    with_file.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="brief.pdf")
    with_logo.make_mixed()
    with_logo.add_attachment(b"GIF89a", maintype="image", subtype="gif", disposition="inline", cid="<logo@x>")
    post(office, with_file)
    post(office, with_logo)
    await office.told(minutes=1)
    assert (await staff_words(office), await backs(office)) == (["Met logo."], [said(WORDS["attached"])])


@pytest.mark.parametrize("text", ["", "   ", "> alleen wat er al stond", "Verstuurd vanaf mijn iPhone"])
async def test_an_answer_without_words_is_asked_for_again(office: PostHouse, text: str) -> None:
    """Sent too soon, or written below where nothing is read."""
    _, mail = await told(office)
    post(office, answer_to(mail, text))
    await office.told(minutes=1)
    assert (await staff_words(office), await backs(office)) == ([], [said(WORDS["empty"])])


async def test_an_answer_to_a_closed_case_says_so(office: PostHouse) -> None:
    """Somebody closed it; she learns that, and where to open it again."""
    case, mail = await told(office)
    me = Me(office.line.place.staff["mentor"], case.school_id, "", False, (), "", "Europe/Amsterdam", "")
    await office.line.line.database.write(lambda s: close(s, me, case.id, now=office.clock.now()))
    post(office, answer_to(mail, ANSWER))
    await office.told(minutes=1)
    back = office.mails()[-1]
    assert (await staff_words(office), await backs(office)) == ([], [said(WORDS["closed"])])
    assert f"/inbox/{case.id}" in text_of(back)


async def test_who_may_no_longer_read_it_may_not_answer_it(office: PostHouse) -> None:
    """The pupil has another mentor now, and the case somebody else."""
    case, mail = await told(office)
    place = office.line.place

    async def pass_on(session: AsyncSession) -> None:
        from sqlalchemy import delete

        from db.tables import ClassMentor

        await session.execute(delete(ClassMentor))
        (await session.get_one(Case, case.id)).assignee_id = place.staff["office"]

    await office.change(pass_on)
    post(office, answer_to(mail, ANSWER))
    await office.told(minutes=1)
    assert (await staff_words(office), await backs(office)) == ([], [said(WORDS["not_yours"])])


async def test_what_is_special_is_answered_in_the_inbox_only(office: PostHouse) -> None:
    """It became a matter of care after the mail had left."""
    case, mail = await told(office)

    async def special(session: AsyncSession) -> None:
        (await session.get_one(Case, case.id)).sensitivity = Sensitivity.SPECIAL

    await office.line.line.database.write(special)
    post(office, answer_to(mail, ANSWER))
    await office.told(minutes=1)
    assert (await staff_words(office), await backs(office)) == ([], [said(WORDS["special"])])


async def test_who_has_left_is_a_stranger(office: PostHouse) -> None:
    """Their address opens nothing any more."""
    _, mail = await told(office)

    async def leave(session: AsyncSession) -> None:
        (await session.get_one(Staff, office.line.place.staff["mentor"])).left_at = office.clock.now()

    await office.change(leave)
    post(office, answer_to(mail, ANSWER))
    await office.told(minutes=1)
    assert (await staff_words(office), await backs(office), (await office.counts())["stranger"]) == ([], [], 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Auto-Submitted", "auto-replied"),
        ("X-Autoreply", "yes"),
        ("Precedence", "bulk"),
        ("Subject", "Automatisch antwoord: Ouderlijn: een ouder wacht op antwoord"),
    ],
)
async def test_an_out_of_office_reaches_no_parent_and_gets_no_answer(office: PostHouse, name: str, value: str) -> None:
    """A program is on the other side."""
    _, mail = await told(office)
    away = answer_to(mail, "Ik ben er tot 1 december niet.")
    del away[name]
    away[name] = value
    post(office, away)
    await office.told(minutes=1)
    assert (await staff_words(office), await backs(office), (await office.counts())["automatic"]) == ([], [], 1)


async def test_one_word_closes_it(office: PostHouse) -> None:
    """`sluit` alone: done, and the parent gets nothing."""
    case, mail = await told(office)
    post(office, answer_to(mail, "Sluit."))
    await office.told(minutes=1)
    (after,) = [row for row in await office.rows(Case) if row.id == case.id]
    assert (after.state, await staff_words(office)) == (CaseState.CLOSED, [])


async def test_two_machines_do_not_write_to_each_other_for_ever(office: PostHouse) -> None:
    """After ten messages back in a day it is still."""
    _, mail = await told(office)
    for number in range(13):
        post(office, answer_to(mail, "" if number % 2 else "> niets"))
    await office.told(minutes=1)
    await office.told(minutes=1)
    assert len(await backs(office)) == 10


async def test_her_answer_waits_for_whatsapps_window_and_she_is_told(office: PostHouse) -> None:
    """A day and a half later: kept, and the mentor reads that it waits."""
    _, mail = await told(office)
    office.clock.move(hours=30)
    post(office, answer_to(mail, ANSWER))
    await office.told(minutes=1)
    assert await backs(office) == [said(WORDS["waits"])]


async def test_what_was_answered_is_kept_in_the_case_alone(office: PostHouse) -> None:
    """The message of hers is emptied: her words stand where the parent's do, and go when they go."""
    fatma = await office.fatma()
    await answered(office, fatma)
    await fatma.says("Salı günü olur mu?")
    await office.told()
    post(office, answer_to(office.mails()[-1], ANSWER))
    await office.told(minutes=1)
    (row,) = [row for row in await office.rows(Inbox) if row.provider_id.startswith("mail:")]
    assert (row.text, row.payload, row.state) == ("", {}, InboxState.DONE)
