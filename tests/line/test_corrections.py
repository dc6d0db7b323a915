"""What is told of an absence is read back whole: the desk acts on what was read back last, and on nothing older."""

from __future__ import annotations

import pytest

from db.tables import Case
from tests.line.house import House
from tests.line.phones import phone

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]


async def test_the_desk_reads_what_was_read_back_last(house: House) -> None:
    """Ill, better, ill again: the day on which she was to come back does not stand beside the new illness."""
    told = []
    async with phone(house, "whatsapp") as fatma:
        for words, answers in (("Elif bugün hasta, gelmeyecek", 1), ("Elif iyileşti", 2), ("Elif yarın hasta", 1)):
            await fatma.says(words)
            for _ in range(answers):
                await fatma.chooses(1)
            told += [sorted(case.summary) for case in await house.rows(Case)]
    assert told == [["absence_date", "absence_kind"], ["absence_kind", "back_date"], ["absence_date", "absence_kind"]]
