"""Codes from letters cannot be guessed: after five that nobody was given, none is tried for a day; none works in a silence."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass

import pytest
import pytest_asyncio
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import TestClock
from bot.people.codes import hash_code, new_code
from bot.people.proving import Proof, closed_until, prove
from db.engine import Database
from db.queries.door import guardian_of_address
from db.tables import Address, BindCode, Conversation, Guardian, Inbox
from tests.conftest import NOW
from tests.core.world import World, make_world

pytestmark = pytest.mark.timeout(60)
_numbers = itertools.count(1)
SECRET, HERS, OLD, OTHERS = "secret", "OL-7KQM-X2PD", "OL-AAAA-BBBB", "OL-CCCC-DDDD"


@pytest.mark.parametrize(
    ("hours", "until"),
    [
        ([0, 1, 2, 3], None),
        ([0, 1, 2, 3, 4], 28),
        ([0, 7, 14, 21, 28], None),
        ([0, 7, 14, 21, 28, 30], 54),
        ([0, 1, 2, 3, 4, 10, 20, 27], 28),
        ([0, 1, 2, 3, 4, 29, 30, 31, 32], 28),
        ([0, 1, 2, 3, 4, 29, 30, 31, 32, 33], 57),
    ],
    ids=["four", "five", "spread", "five of them within a day", "those in between", "new count", "again"],
)
def test_how_long_codes_are_closed(hours: list[int], until: int | None) -> None:
    """A day from the fifth within a day; what comes in that time was not tried, and makes it no longer."""
    found = closed_until([NOW + dt.timedelta(hours=at) for at in hours])
    assert found == (None if until is None else NOW + dt.timedelta(hours=until))


@dataclass
class Phone:
    """Somebody who sends codes."""

    world: World
    who: str = "+31600000001"

    async def sends(self, text: str) -> Proof:
        """What the code in this message proves."""
        number = await self.world.write(text, who=self.who, number=f"SM{next(_numbers)}") or 0
        async with self.world.database.read() as session:
            row = await session.get_one(Inbox, number)
            conversation = await session.get_one(Conversation, row.conversation_id)
            address = await session.get_one(Address, conversation.address_id)
            bound = await guardian_of_address(session, conversation.school_id, conversation.address_id)
            now = self.world.clock.now()
            return await prove(
                session,
                address,
                conversation,
                [bound] if bound else [],
                bound,
                number,
                text,
                secret=SECRET,
                now=now,
                today=now.date(),
            )


@pytest_asyncio.fixture
async def phone(database: Database, clock: TestClock) -> Phone:
    """A stranger's; the school has written to three guardians."""
    world = await make_world(database, clock)

    async def letters(session: AsyncSession) -> None:
        school = world.account.school_id
        for number, code in enumerate((HERS, OLD, OTHERS)):
            guardian = Guardian(school_id=school, number=f"G{number}", given_name="Ada", family_name="Vos")
            session.add(guardian)
            await session.flush()
            session.add(
                BindCode(
                    school_id=school,
                    guardian_id=guardian.id,
                    code_hash=hash_code(code, SECRET),
                    expires_at=clock.now() + dt.timedelta(days=-1 if code == OLD else 99),
                    used_at=clock.now() if code == OTHERS else None,
                )
            )

    await world.database.write(letters)
    return Phone(world)


def wrong(number: int) -> str:
    """A code that nobody was given."""
    return f"mijn code is ol {'ABCDEFGHJK'[number]}{'ABCDEFGHJK'[number]}AA-2345"


@pytest.mark.asyncio
async def test_five_wrong_codes_close_an_address_for_a_day(phone: Phone) -> None:
    """The right one as well is not tried then, and works afterwards; another address is not concerned."""
    guesses = [await phone.sends(wrong(number)) for number in range(5)]
    tried, other = await phone.sends(HERS), Phone(phone.world, "+31600000002")
    phone.world.clock.move(hours=23)
    late = await phone.sends(wrong(6))
    assert [(proof.good, proof.closed) for proof in guesses] == [(False, False)] * 5
    assert [(proof.good, proof.closed, proof.code) for proof in (tried, late)] == [(None, True, None)] * 2
    assert (await other.sends(HERS)).good is True
    phone.world.clock.move(hours=1)
    assert (await phone.sends(HERS)).good is True


@pytest.mark.asyncio
async def test_mistakes_of_an_honest_parent_close_nothing(phone: Phone) -> None:
    """The same mistake again, an old letter, somebody else's, and words without a code are no guesses."""
    for text in (
        wrong(1),
        wrong(1),
        wrong(1).upper(),
        OLD,
        OTHERS,
        OLD,
        "school olé",
        "OL",
        wrong(2),
        wrong(3),
        wrong(4),
    ):
        await phone.sends(text)
    proof = await phone.sends(HERS)
    assert (proof.good, proof.closed, proof.guardian is not None) == (True, False, True)


@pytest.mark.asyncio
async def test_a_slip_is_no_guess_and_a_guess_in_any_dress_is_one(phone: Phone) -> None:
    """What its check sign refutes proves nothing and costs nothing; without its beginning a wrong code counts like any other."""
    slips = [await phone.sends(f"OL-A3C5E-4HK9{sign}") for sign in "EFHKMNP"]
    assert {(proof.good, proof.closed, proof.slip) for proof in slips} == {(None, False, True)}
    dresses = (str, str.lower, lambda code: code[3:], lambda code: "0" + code[1:], lambda code: code.replace("-", " "))
    guesses = [await phone.sends(dress(new_code())) for dress in dresses]
    assert {(proof.good, proof.closed) for proof in guesses} == {(False, False)}
    assert (await phone.sends(HERS)).closed is True


@pytest.mark.asyncio
async def test_no_code_works_in_a_machines_silence(phone: Phone) -> None:
    """It is not used up either: she can send it again in an hour."""
    await phone.sends("hallo")
    until = phone.world.clock.now() + dt.timedelta(hours=1)
    await phone.world.database.write(lambda s: s.execute(update(Conversation).values(silenced_until=until)))
    silent = await phone.sends(HERS)
    phone.world.clock.move(hours=1)
    assert (silent, (await phone.sends(HERS)).good) == (Proof(None), True)
