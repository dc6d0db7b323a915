"""A mentor who is away: the parent hears who stands in, and it is that person who gets her message."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Case, StaffAbsence
from tests.line.house import House
from tests.line.phones import phone

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]


async def test_who_stands_in_is_named_and_gets_it(house: House) -> None:
    """The same person in the card, in the promise and in the inbox."""
    today, staff = house.clock.now().date(), house.place.staff

    async def away(session: AsyncSession) -> None:
        days = {"first_day": today, "last_day": today + dt.timedelta(days=14)}
        ids = {"staff_id": staff["mentor"], "substitute_id": staff["leader"]}
        session.add(StaffAbsence(school_id=house.place.school_id, **ids, **days))

    await house.line.database.write(away)
    async with phone(house, "telegram webhook") as fatma:
        said = " ".join(row.text for row in await fatma.says("Kızımın mentoru kim?"))
        assert "De Wit" in said
        assert "Smit" in said
        await fatma.chooses(1)
        await fatma.says("Elif matematikte çok zorlanıyor, sizinle konuşmak isterim")
        said = " ".join(row.text for row in await fatma.chooses(1))
        assert "Smit" in said
        assert "De Wit" not in said
        (case,) = await house.rows(Case)
        assert case.assignee_id == staff["leader"]
