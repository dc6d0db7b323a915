"""Law 5 to somebody whom the line does not know: nothing that she writes is confirmed, and no name of the school comes back."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Pupil
from tests.line.house import House
from tests.line.phones import Phone

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio, pytest.mark.timeout(240)]
SAID = (
    "Dag, ik ben de moeder van Elif",
    "wie is de mentor van Elif?",
    "Elif Demir, 2B",
    "nee",
    "zit Elif in klas 2B?",
    "Elif is vandaag ziek",
    "Elif, 2B",
    "1",
    "1",
    "ja",
    "hoe gaat het met Elif op school?",
    "wat zijn de cijfers van Elif?",
    "ik wil een afspraak over Elif",
    "stop",
    "wordt Elif gepest?",
    "mens",
)
NAMES = ("Demir", "Fatma", "Mehmet", "Sofia", "Bondar", "Oksana", "De Wit", "de Wit", "Marieke")


async def test_a_child_that_is_there_and_one_that_is_not_get_the_same_answers(house: House) -> None:
    """Word for word; so asking for a child does not show whether it is there."""
    there = await _all(house, "+31618000031")

    async def gone(session: AsyncSession) -> None:
        await session.execute(update(Pupil).values(given_name="Quirijn", family_name="Zonderling"))

    await house.line.database.write(gone)
    house.clock.move(minutes=1)
    elsewhere = await _all(house, "+31618000032")
    leaked = {name for text in there for name in NAMES if name in text.replace("Elif Demir, 2B", "")}
    assert len(there) >= len(SAID)
    assert there == elsewhere
    assert leaked == set()


async def _all(house: House, number: str) -> list[str]:
    phone = Phone(house, "sms", number)
    return [row.text for said in SAID for row in await phone.says(said)]
