"""Two administrators who save the same at the same moment: one of them is told, and nothing is lost."""

from __future__ import annotations

import asyncio

import pytest

from bot.content.editing import Typed, save
from bot.content.flow_editing import NewFlow
from bot.errors import Refusal
from locales.catalogs import source_hash
from tests.content.flowing import Desk, asking_twice, real, shipped_stop

pytestmark = pytest.mark.asyncio
STOPPED = "utter_stopped/0"


async def test_one_conversation(desk: Desk) -> None:
    """The second waits for the first, and then sees what stands there."""
    shown = source_hash(await desk.text())
    texts = [asking_twice(), shipped_stop().replace("berichten stoppen", "stoppen")]
    both = await asyncio.gather(*(desk.save(text, was=shown) for text in texts), return_exceptions=True)
    assert [type(one) for one in both].count(Refusal) == 1


async def test_two_new_conversations_of_one_name(desk: Desk) -> None:
    """Each gets a name of its own."""
    new = NewFlow("kluisjes", "Says how lockers work.", "Een kluisje kost niets.")
    assert set(await asyncio.gather(desk.add(new), desk.add(new))) == {"own_kluisjes", "own_kluisjes_2"}


async def test_one_answer(desk: Desk) -> None:
    """As with conversations."""
    shown = source_hash(real().book.domain.responses["utter_stopped"].variants[0].text)

    async def say(text: str) -> int:
        fields = [Typed(STOPPED, "nl", text, shown)]
        return await desk.write(
            lambda s: save(
                s, desk.verbs, real(), school_id=desk.school_id, staff_id=None, fields=fields, same_meaning=False
            )
        )

    both = await asyncio.gather(say("Gestopt."), say("Klaar."), return_exceptions=True)
    assert sorted(type(one).__name__ for one in both) == ["WrongFields", "int"]
