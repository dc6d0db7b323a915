"""Two guardians of the files who are one: what goes along, what is narrower, what an import makes of it afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy import Column, ForeignKeyConstraint
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Refusal
from bot.people.alike import may_be_one
from bot.people.binding import code_to_read_out
from bot.people.held import held
from bot.people.uniting import MOVED, unite
from bot.staff.frequency import this_week
from db.queries.staff import Me
from db.tables import (
    Address,
    Base,
    BindCode,
    Binding,
    Broadcast,
    BroadcastRecipient,
    Case,
    Conversation,
    Guardian,
    Guardianship,
    Outbox,
    Staff,
)
from db.types import BroadcastState, ChannelName, Lane, LeftOut, OutboxState, Rights
from tests.people.conftest import Place
from tests.web.world import Pages

pytestmark = pytest.mark.asyncio
HEAD = (
    "leerlingnummer;roepnaam;achternaam;klas;ouder1_nummer;ouder1_voornaam;ouder1_achternaam;ouder1_rechten;"
    "ouder1_telefoon;ouder2_nummer;ouder2_voornaam;ouder2_achternaam;ouder2_rechten;ouder2_telefoon"
)
TWICE = "1;Elif;Demir;2B;G1;Fatma;Demir;;0612345678;G9;Fatma;Demir-Kaya;;0612345670"
BROTHER = "2;Can;Demir;1A;G9;Fatma;Demir-Kaya;beperkt;0612345670;;;;;"
NAMELESS = "leerlingnummer;roepnaam;achternaam;klas;ouder1_voornaam;ouder1_achternaam;ouder1_telefoon"


def chief(pages: Pages, place: str = "one", *, administrator: bool = True) -> Me:
    """Whoever looks after the people of a school."""
    at = getattr(pages, place)
    return Me(at.staff["chief"], at.school_id, "Henk", administrator, (), "", "Europe/Amsterdam", "")


def admin(place: Place, staff_id: int) -> Me:
    """The same, of a school that was imported."""
    return Me(staff_id, place.school_id, "Henk", True, (), "", "Europe/Amsterdam", "")


async def _staff(place: Place) -> int:
    async def make(session: AsyncSession) -> int:
        row = Staff(school_id=place.school_id, given_name="Henk", family_name="B", email="h@school.example")
        session.add(row)
        await session.flush()
        return row.id

    return await place.database.write(make)


def _naming_guardians() -> Iterator[tuple[str, str]]:
    for table in Base.metadata.sorted_tables:
        for key in table.constraints:
            if isinstance(key, ForeignKeyConstraint) and key.referred_table.name == "guardian":
                column: Column[object] = next(each for each in key.columns if each.name != "school_id")
                yield table.name, column.name


async def test_everything_that_names_a_guardian_goes_along() -> None:
    """A new table that refers to guardians must say here what becomes of it."""
    found = set(_naming_guardians())
    assert (len(found) >= 8, found) == (True, set(MOVED))


@pytest.mark.parametrize(
    ("one", "other", "may"),
    [
        (("Fatma", "Demir"), ("Demir", "Fatma"), True),
        (("Fatma", "Demir"), ("F.", "Yılmaz"), True),
        (("Fatma", "Demir"), ("Fatima", "Demir"), True),
        (("Fatma", "Demir"), ("Hasan", "Demir"), False),
        (("Ali", "Demir"), ("Ala", "Demir"), False),
        (("Anna", "de Wit"), ("Anna", "Wit"), True),
        (("", "Demir"), ("Hasan", "Demir"), False),
    ],
)
async def test_which_names_are_alike(one: tuple[str, str], other: tuple[str, str], *, may: bool) -> None:
    """Another order, an initial, a slip, a maiden name; husband and wife are not."""
    assert may_be_one(one, other) is may


async def test_what_goes_along(pages: Pages) -> None:
    """Bindings, cases, codes and numbers; who did it and when is written down, and the conversation is thought anew."""
    fatma, yusuf = pages.one.guardians["Fatma"], pages.one.guardians["Yusuf"]
    await pages.case(pages.one, child="Amin")
    await pages.database.write(
        lambda s: code_to_read_out(s, chief(pages), yusuf, secret="secret", now=pages.clock.now())
    )
    (conversation,) = await pages.rows(Conversation)
    await pages.change(Conversation, conversation.id, memory={"version": 1, "writer": yusuf})
    await pages.change(Address, conversation.address_id, known_guardian_id=yusuf)
    await pages.database.write(lambda s: unite(s, chief(pages), fatma, yusuf, now=pages.clock.now()))
    assert {row.guardian_id for row in await pages.rows(Binding)} == {fatma}
    assert {row.guardian_id for row in await pages.rows(Case)} == {fatma}
    assert {row.guardian_id for row in await pages.rows(BindCode)} == {fatma}
    assert {row.known_guardian_id for row in await pages.rows(Address)} == {fatma}
    gone = next(row for row in await pages.rows(Guardian) if row.id == yusuf)
    assert (gone.merged_into_id, gone.merged_at, gone.merged_by_id) == (
        fatma,
        pages.clock.now(),
        pages.one.staff["chief"],
    )
    (after,) = await pages.rows(Conversation)
    assert after.version > conversation.version


async def test_the_narrower_right_remains(pages: Pages) -> None:
    """Of a child that both have; and the pupil's consent only where it was recorded for both."""
    fatma, yusuf = pages.one.guardians["Fatma"], pages.one.guardians["Yusuf"]
    elif_ = pages.one.pupils["Elif"]

    async def prepare(session: AsyncSession) -> None:
        session.add(
            Guardianship(school_id=pages.one.school_id, guardian_id=yusuf, pupil_id=elif_, rights=Rights.LIMITED)
        )

    await pages.database.write(prepare)
    pair = next(row for row in await pages.rows(Guardianship) if (row.guardian_id, row.pupil_id) == (fatma, elif_))
    await pages.change(Guardianship, pair.id, consent_at=pages.clock.now(), consent_by_id=pages.one.staff["chief"])
    await pages.database.write(lambda s: unite(s, chief(pages), fatma, yusuf, now=pages.clock.now()))
    rows = [row for row in await pages.rows(Guardianship) if row.school_id == pages.one.school_id]
    assert sorted((row.guardian_id, row.pupil_id, row.rights, row.consent_at) for row in rows) == [
        (fatma, elif_, Rights.LIMITED, None),
        (fatma, pages.one.pupils["Amin"], Rights.FULL, None),
    ]


async def test_a_phone_of_both_is_hers_once(pages: Pages) -> None:
    """Nobody is asked any more who of the two writes there."""
    fatma, yusuf = pages.one.guardians["Fatma"], pages.one.guardians["Yusuf"]
    await pages.case(pages.one)
    (bound,) = await pages.rows(Binding)

    async def prepare(session: AsyncSession) -> None:
        session.add(
            Binding(
                school_id=pages.one.school_id,
                address_id=bound.address_id,
                guardian_id=yusuf,
                proof="code",
                bound_at=pages.clock.now(),
            )
        )

    await pages.database.write(prepare)
    await pages.database.write(lambda s: unite(s, chief(pages), fatma, yusuf, now=pages.clock.now()))
    rows = await pages.rows(Binding)
    assert [(row.guardian_id, row.ended_at is None) for row in rows] == [(fatma, True), (fatma, False)]


@pytest.mark.parametrize("who", ["elsewhere", "nobody", "herself", "again", "mentor"])
async def test_what_is_refused(pages: Pages, who: str) -> None:
    """Somebody of another school, nobody, herself, whoever is another already; and only an administrator may."""
    fatma, yusuf = pages.one.guardians["Fatma"], pages.one.guardians["Yusuf"]
    other = {"elsewhere": pages.two.guardians["Yusuf"], "nobody": 10**6, "herself": fatma}.get(who, yusuf)
    if who == "again":
        await pages.database.write(lambda s: unite(s, chief(pages), fatma, yusuf, now=pages.clock.now()))
    me = chief(pages, administrator=who != "mentor")
    with pytest.raises(Refusal):
        await pages.database.write(lambda s: unite(s, me, fatma, other, now=pages.clock.now()))
    with pytest.raises(Refusal):
        await pages.database.write(lambda s: code_to_read_out(s, me, 10**6, secret="secret", now=pages.clock.now()))


async def _told(pages: Pages, guardian: int, broadcast: int, *, got: bool) -> None:
    (conversation,) = await pages.rows(Conversation)

    async def work(session: AsyncSession) -> None:
        row = None
        if got:
            row = Outbox(
                school_id=pages.one.school_id,
                conversation_id=conversation.id,
                seq=100 + guardian * 10 + broadcast,
                key=f"broadcast:{broadcast}:{guardian}:sms",
                lane=Lane.PROACTIVE,
                text="x",
                state=OutboxState.SENT,
                not_before=pages.clock.now(),
                created_at=pages.clock.now(),
            )
            session.add(row)
            await session.flush()
        session.add(
            BroadcastRecipient(
                school_id=pages.one.school_id,
                broadcast_id=broadcast,
                guardian_id=guardian,
                left_out=None if got else LeftOut.NOWHERE,
                outbox_id=row.id if row else None,
            )
        )

    await pages.database.write(work)


async def _broadcast(pages: Pages, state: BroadcastState) -> int:
    async def work(session: AsyncSession) -> int:
        row = Broadcast(
            school_id=pages.one.school_id,
            texts={"nl": "x"},
            until=pages.clock.now() + dt.timedelta(days=1),
            state=state,
            made_by=pages.one.staff["chief"],
            made_at=pages.clock.now(),
            released_by=pages.one.staff["chief"],
        )
        session.add(row)
        await session.flush()
        return row.id

    return await pages.database.write(work)


async def test_what_both_were_told_counts_for_her(pages: Pages) -> None:
    """Law 12 holds in the week of the joining too; a message stays before a reason why there was none."""
    fatma, yusuf = pages.one.guardians["Fatma"], pages.one.guardians["Yusuf"]
    await pages.case(pages.one)
    first, second, third = [await _broadcast(pages, BroadcastState.EXPANDED) for _ in range(3)]
    for guardian, broadcast, got in (
        (fatma, first, True),
        (yusuf, first, True),
        (fatma, second, False),
        (yusuf, second, True),
        (yusuf, third, True),
    ):
        await _told(pages, guardian, broadcast, got=got)
    await pages.database.write(lambda s: unite(s, chief(pages), fatma, yusuf, now=pages.clock.now()))
    rows = await pages.rows(BroadcastRecipient)
    async with pages.database.read() as session:
        many = await this_week(session, [fatma], pages.clock.now() - dt.timedelta(days=7))
    hers = {row.broadcast_id: row.left_out for row in rows if row.guardian_id == fatma}
    assert (hers, many) == ({first: None, second: None, third: None}, {fatma: 4})


async def test_not_while_a_message_goes_to_all(pages: Pages) -> None:
    """She would get it twice."""
    await _broadcast(pages, BroadcastState.RELEASED)
    fatma, yusuf = pages.one.guardians["Fatma"], pages.one.guardians["Yusuf"]
    with pytest.raises(Refusal, match="all parents"):
        await pages.database.write(lambda s: unite(s, chief(pages), fatma, yusuf, now=pages.clock.now()))


async def test_the_erasure_of_one_finds_the_other_name(pages: Pages) -> None:
    """What is held about her holds the row under which the files had her too."""
    fatma, yusuf = pages.one.guardians["Fatma"], pages.one.guardians["Yusuf"]
    await pages.database.write(lambda s: unite(s, chief(pages), fatma, yusuf, now=pages.clock.now()))
    async with pages.database.read() as session:
        rows = await held(session, pages.one.school_id, {"guardian": {fatma}})
    assert rows["guardian"] == {fatma, yusuf}


async def test_an_import_finds_her_by_both_numbers(place: Place) -> None:
    """The same file after it changes nothing, and nobody is made anew: neither now nor the second time."""
    await place.csv(HEAD, TWICE, BROTHER)
    one, other = await place.rows(Guardian)
    me = admin(place, await _staff(place))
    await place.database.write(lambda s: unite(s, me, one.id, other.id, now=place.clock.now()))
    plans = [await place.csv(HEAD, TWICE, BROTHER) for _ in range(2)]
    assert [str(plan.counts) for plan in plans] == ["new: 0, changed: 0, unchanged: 3, refused: 0"] * 2
    assert await place.rights() == {("Fatma", "Elif"): "full", ("Fatma", "Can"): "limited"}
    assert {row.known_guardian_id for row in await place.rows(Address)} == {one.id}
    assert len(await place.rows(Guardian)) == 2


@pytest.mark.parametrize("lines", [("1;Elif;Demir;2B;G9;Fatma;Demir-Kaya;;0612345670;;;;;",), (TWICE, BROTHER)])
async def test_her_own_number_says_how_she_is_called(place: Place, lines: tuple[str, ...]) -> None:
    """Under the other number her name stays; what that line says of rights and phones is hers."""
    await place.csv(HEAD, TWICE, BROTHER)
    one, other = await place.rows(Guardian)
    me = admin(place, await _staff(place))
    await place.database.write(lambda s: unite(s, me, other.id, one.id, now=place.clock.now()))
    plan = await place.csv(HEAD, *lines, left=1)
    kept = next(row for row in await place.rows(Guardian) if row.id == other.id)
    assert (kept.family_name, plan.counts.new, plan.counts.refused) == ("Demir-Kaya", 0, 0)


async def test_another_right_on_either_number_is_the_narrower(place: Place) -> None:
    """Two lines give her different rights to the same child."""
    await place.csv(HEAD, TWICE)
    one, other = await place.rows(Guardian)
    me = admin(place, await _staff(place))
    await place.database.write(lambda s: unite(s, me, one.id, other.id, now=place.clock.now()))
    await place.csv(HEAD, "1;Elif;Demir;2B;G1;Fatma;Demir;volledig;;G9;Fatma;Demir-Kaya;beperkt;")
    assert await place.rights() == {("Fatma", "Elif"): "limited"}


async def test_a_file_without_numbers_finds_her_by_either_name(place: Place) -> None:
    """She is known by the name beside the child, and by the name with the phone: both spellings."""
    lines = ("1;Elif;Demir;2B;Fatma;Demir;0612345678", "2;Can;Demir;1A;F.;Kaya;0612345670")
    await place.csv(NAMELESS, *lines)
    one, other = await place.rows(Guardian)
    me = admin(place, await _staff(place))
    await place.database.write(lambda s: unite(s, me, one.id, other.id, now=place.clock.now()))
    again = await place.csv(NAMELESS, *lines)
    with_sister = await place.csv(NAMELESS, *lines, "3;Naz;Demir;1A;F.;Kaya;0612345670")
    assert (str(again.counts), with_sister.counts.new) == ("new: 0, changed: 0, unchanged: 3, refused: 0", 1)
    assert [(row.number, row.address) for row in await _numbers(place)] == [
        ("+31612345670", one.id),
        ("+31612345678", one.id),
    ]


async def _numbers(place: Place) -> list[_Number]:
    rows = [row for row in await place.rows(Address) if row.channel is ChannelName.SMS]
    return sorted((_Number(row.external_id, row.known_guardian_id) for row in rows), key=lambda each: each.number)


class _Number:
    def __init__(self, number: str, address: int | None) -> None:
        self.number, self.address = number, address
