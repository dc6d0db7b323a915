"""What colleagues are told by mail: once, when they work, as little as the school allows."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff.handling import read_case
from bot.staff.notice_words import FACT, WHAT, said
from bot.staff.telling import Told, tell
from db.queries.staff import Me
from db.tables import Address, Case, Outbox, RotaShift, Staff, StaffNotice
from db.types import ChannelName, Medium, OutboxState, Sensitivity
from tests.line.phones import phone
from tests.line.school import MEHMET
from tests.mail.post import BOTH, LEADER, OFFICE, PostHouse, answered, text_of, writes

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]

NAMES = ("Fatma", "Demir", "31612")


@BOTH
async def test_a_parent_writes_and_the_mentor_gets_a_mail(house: PostHouse) -> None:
    """One mail with a link, to the one who has the case, and nothing of the parent in it."""
    case = await writes(await house.fatma())
    await house.told()
    (mail,) = house.mails()
    whole = mail.as_string() + text_of(mail)
    assert f"{house.line.url}/inbox/{case.id}" in text_of(mail)
    assert [word for word in (*NAMES, "Elif", "ödev") if word in whole] == []
    assert (len(house.smtp.taken), await house.states()) == (1, ["sent"])


@pytest.mark.parametrize(
    ("detail", "seen", "hidden"),
    [
        ("waiting", (), ("Elif", "2B", "ödev")),
        ("about", ("Elif (2B)",), ("ödev",)),
        ("words", ("Elif (2B)", "ödevleri", "Turks"), ()),
    ],
)
async def test_as_much_as_the_school_allows(
    house: PostHouse, detail: str, seen: tuple[str, ...], hidden: tuple[str, ...]
) -> None:
    """Nothing; the child and the subject; her words. Never the parent, and nobody in a header."""
    await house.fact(FACT, detail)
    await writes(await house.fatma())
    await house.told()
    (mail,) = house.mails()
    text, headers = text_of(mail), str(mail.items())
    assert [word for word in seen if word not in text] == []
    assert [word for word in (*hidden, *NAMES) if word in text] == []
    assert [word for word in (*seen, *NAMES, "Elif") if word in headers] == []


async def test_what_is_special_says_only_please_open(house: PostHouse) -> None:
    """Care, health, money: the inbox alone, whatever the school allows."""
    await house.fact(FACT, "words")
    fatma = await house.fatma()
    case = await writes(fatma)
    await house.line.line.database.write(lambda s: _special(s, case.id))
    await house.told()
    (mail,) = house.mails()
    assert (str(mail["Subject"]), mail["Reply-To"]) == (said("Ouderlijn: please open"), None)
    assert [word for word in ("Elif", "2B", "ödev", *NAMES) if word in text_of(mail)] == []


async def _special(session: AsyncSession, case_id: int) -> None:
    (await session.get_one(Case, case_id)).sensitivity = Sensitivity.SPECIAL


async def test_what_she_writes_in_a_minute_is_one_mail(house: PostHouse) -> None:
    """A breath in four messages is told once."""
    fatma = await house.fatma()
    await answered(house, fatma)
    for more in ("Salı günü olur mu?", "Ya da çarşamba", "Teşekkürler, bekliyorum"):
        await fatma.says(more)
    await house.told()
    (mail,) = house.mails()
    assert (len(house.smtp.taken), said(WHAT[Told.WROTE]) in text_of(mail)) == (1, True)


async def test_what_follows_is_told_once_an_hour_until_it_is_read(house: PostHouse) -> None:
    """No mail for each message; after she has looked, the next one is news again."""
    fatma = await house.fatma()
    case = await answered(house, fatma)
    await fatma.says("Salı günü olur mu?")
    await house.told()
    await fatma.says("Saat üçte")
    await house.told()
    before = len(house.smtp.taken)
    await house.told(minutes=75)
    later = len(house.smtp.taken)
    me = Me(house.line.place.staff["mentor"], case.school_id, "", False, (), "", "Europe/Amsterdam", "")
    await house.line.line.database.write(lambda s: read_case(s, me, case.id, now=house.clock.now()))
    await fatma.says("Ya da çarşamba")
    await house.told()
    assert (before, later, len(house.smtp.taken)) == (1, 2, 3)


async def test_who_has_read_it_meanwhile_gets_no_mail(house: PostHouse) -> None:
    """The inbox was quicker."""
    case = await writes(await house.fatma())
    house.clock.move(seconds=10)
    me = Me(house.line.place.staff["mentor"], case.school_id, "", False, (), "", "Europe/Amsterdam", "")
    await house.line.line.database.write(lambda s: read_case(s, me, case.id, now=house.clock.now()))
    await house.told()
    assert (house.smtp.taken, await house.states()) == ([], ["moot"])


@BOTH
async def test_nothing_comes_at_night_and_the_morning_brings_one_mail(house: PostHouse) -> None:
    """Two parents in the evening: at eight the next working day there is one overview, which answers nobody."""
    house.clock.move(hours=10)  # Monday 20:00
    await writes(await house.fatma())
    async with phone(house.line, "sms", MEHMET) as mehmet:
        await writes(mehmet)
    await house.told()
    at_night = len(house.smtp.taken)
    house.clock.move(hours=11)  # Tuesday 7:00
    await house.line.settle()
    early = len(house.smtp.taken)
    house.clock.move(hours=1, minutes=30)
    await house.line.settle()
    (mail,) = house.mails()
    text = text_of(mail)
    assert (at_night, early, text.count("/inbox/")) == (0, 0, 2)
    assert (mail["In-Reply-To"], str(mail["Subject"])) == (
        None,
        said("Ouderlijn: several parents are waiting for an answer"),
    )


async def test_each_has_hours_of_their_own(house: PostHouse) -> None:
    """Not after half past nine, said the mentor: it comes the next morning that she works."""
    await house.choose("mentor", opens="08:30", closes="09:30")
    await writes(await house.fatma())  # Monday 10:00
    await house.told()
    before = len(house.smtp.taken)
    house.clock.move(hours=22, minutes=35)  # Tuesday, about 8:35
    await house.line.settle()
    assert (before, len(house.smtp.taken)) == (0, 1)


async def test_who_wants_nothing_gets_nothing(house: PostHouse) -> None:
    """The inbox alone."""
    await house.choose("mentor", Medium.NONE)
    await writes(await house.fatma())
    await house.told()
    assert (house.smtp.taken, await house.states()) == ([], ["nowhere"])


async def test_the_substitute_hears_what_they_may_read(house: PostHouse) -> None:
    """Ill since this morning: what belongs to the class goes to the office, which may read it; the mentor's phone is still."""
    fatma = await house.fatma()
    case = await answered(house, fatma)
    await house.away("mentor", "office", days=2)
    await fatma.says("Salı günü olur mu?")
    await house.told()
    (mail,) = house.mails(OFFICE)
    assert (house.mails(), f"/inbox/{case.id}" in text_of(mail)) == ([], True)


async def test_whoever_stands_in_for_the_substitute_hears_it(house: PostHouse) -> None:
    """Told as the case would be given: where the substitute is away too, it is who stands in for them."""
    case = await writes(await house.fatma())
    await house.away("mentor", "leader")
    await house.away("leader", "office")
    await house.told()
    (mail,) = house.mails(OFFICE)
    assert (house.mails(), house.mails(LEADER), f"/inbox/{case.id}" in text_of(mail)) == ([], [], True)


async def test_who_is_away_without_anybody_hears_it_when_they_are_back(house: PostHouse) -> None:
    """No substitute is named, and it is due when they are here: the mail waits. If they are silent then, others are told."""
    case = await writes(await house.fatma())
    await house.away("mentor", days=1)
    await house.told()
    await house.told(minutes=24 * 60)  # Tuesday
    meanwhile = len(house.smtp.taken)
    await house.told(minutes=22 * 60)  # Wednesday, a little past eight
    back = (len(house.mails()), f"/inbox/{case.id}" in text_of(house.mails()[0]), len(house.mails(LEADER)))
    await house.told(minutes=2 * 60)
    await house.told()
    assert (meanwhile, back, len(house.mails(LEADER))) == (0, (1, True, 0), 1)


@BOTH
async def test_who_is_away_when_it_is_due_gives_it_on(house: PostHouse) -> None:
    """Nobody was named to stand in: it goes to who comes next, who is told; on coming back they hear nothing of it."""
    case = await writes(await house.fatma())
    await house.away("mentor", days=2)  # until Wednesday, when she was promised an answer
    await house.told()
    await house.told()
    (mail,) = house.mails(LEADER)
    assert f"/inbox/{case.id}" in text_of(mail)
    house.clock.move(days=3)
    await house.line.settle()
    assert (house.mails(), (await house.states())[:2]) == ([], ["moot", "sent"])


async def _tell(session: AsyncSession, case_id: int, what: Told, who: str, house: PostHouse) -> None:
    to = house.line.place.staff[who]
    await tell(session, await session.get_one(Case, case_id), what, to=to, now=house.clock.now())


async def test_who_has_left_gets_no_mail(house: PostHouse) -> None:
    """What they had is somebody else's to take up, who is told instead."""
    case = await writes(await house.fatma())
    place = house.line.place

    async def leave(session: AsyncSession) -> None:
        (await session.get_one(Staff, place.staff["mentor"])).left_at = house.clock.now()

    await house.change(leave)
    await house.told()
    await house.told()
    (mail,) = house.mails(LEADER)
    assert f"/inbox/{case.id}" in text_of(mail)
    assert (len(house.smtp.taken), await house.states()) == (1, ["moot", "sent"])


async def test_an_address_that_is_refused_is_dead_and_tried_no_more(house: PostHouse) -> None:
    """550 5.1.1: nobody there. It stands with the address; nobody was told, so this notice and the next say nowhere."""
    fatma = await house.fatma()
    await writes(fatma)
    house.smtp.rcpt_faults.append("550 5.1.1 no such user")
    await house.told()
    (address,) = [a for a in await house.rows(Address) if a.channel is ChannelName.MAIL]
    (case,) = await house.rows(Case)
    await house.line.line.database.write(lambda s: _tell(s, case.id, Told.REMINDED, "mentor", house))
    await house.told()
    assert (address.dead_reason, house.smtp.taken, await house.states()) == ("550", [], ["nowhere", "nowhere"])


async def test_a_server_that_asks_to_wait_gets_it_later(house: PostHouse) -> None:
    """Greylisting: 451, and five seconds on it is taken."""
    await writes(await house.fatma())
    house.smtp.rcpt_faults.append("451 4.7.1 come back later")
    await house.told()
    await house.told()
    assert len(house.smtp.taken) == 1


async def test_an_answer_that_was_lost_sends_the_same_mail_again(house: PostHouse) -> None:
    """Taken and cut off: a mail is repeatable, and the second has the name of the first, so that readers show one."""
    await writes(await house.fatma())
    house.smtp.drop = 1
    await house.told()
    await house.told(minutes=6)
    names = {str(mail["Message-ID"]) for mail in house.mails()}
    assert (len(house.smtp.taken), len(names)) == (2, 1)


async def test_what_was_said_is_emptied_once_it_has_left(house: PostHouse) -> None:
    """Her words stand in the case, where they are kept and erased, and nowhere else."""
    await house.fact(FACT, "words")
    await writes(await house.fatma())
    await house.told()
    await house.line.settle()
    (row,) = [row for row in await house.rows(Outbox) if row.response == "staff_notice"]
    assert (row.text, row.payload, row.state) == ("", {}, OutboxState.SENT)


async def test_no_alarm_goes_to_a_colleagues_mail(house: PostHouse) -> None:
    """Whoever is on the rota is warned by SMS, at once, though their mail is known too."""
    fatma = await house.fatma()
    await writes(fatma)
    await house.told()
    place = house.line.place

    async def on_the_rota(session: AsyncSession) -> None:
        session.add(RotaShift(school_id=place.school_id, staff_id=place.staff["mentor"]))

    await house.change(on_the_rota)
    house.smtp.taken.clear()
    await fatma.says("mijn dochter wil zelfmoord plegen")
    alarms = [row.key for row in await house.rows(Outbox) if ":sms" in row.key]
    assert (house.smtp.taken, len(alarms)) == ([], 1)


async def test_notices_are_counted_by_what_became_of_them(house: PostHouse) -> None:
    """One row a cause, and a time for each."""
    await writes(await house.fatma())
    await house.told()
    (notice,) = await house.rows(StaffNotice)
    assert (notice.what, notice.told_id) == (Told.GIVEN, house.line.place.staff["mentor"])
