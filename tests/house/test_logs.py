"""Law 11: no text, no name and no number in what is logged."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from bot.cli.serve import quiet
from bot.core.clock import TestClock
from bot.errors import Ambiguous, Misconfigured, Refused, TooMany, TryLater
from db.engine import Database
from tests.core.world import make_world

OURS = ("bot", "db", "web", "nlu", "flows", "locales", "ouderlijn")
PRIVATE = ("Zeynep", "31612345678", "geheim", "Voorbeeldcollege", "Ans Bos", "ans@example.org")


@pytest.fixture
def levels() -> Iterator[None]:
    """The loggers as they were, afterwards."""
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in list(logging.root.manager.loggerDict))]
    before = [(logger, logger.level) for logger in loggers]
    yield
    for logger, level in before:
        logger.setLevel(level)


@pytest.mark.usefixtures("levels")
@pytest.mark.parametrize(
    "name", ["httpx", "httpcore", "telegram", "telegram.ext", "twilio", "uvicorn.access", "sqlalchemy"]
)
def test_vendors_only_warn(name: str) -> None:
    """Their ordinary lines hold URLs, and those hold tokens and numbers."""
    quiet()
    assert logging.getLogger(name).getEffectiveLevel() >= logging.WARNING


@pytest.mark.asyncio
@pytest.mark.usefixtures("levels")
async def test_a_conversation_leaves_no_words_in_the_log(
    database: Database, clock: TestClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Everything that can go wrong goes wrong, at the finest level of ours: none of her words, names or number is there."""
    quiet()
    for name in OURS:
        logging.getLogger(name).setLevel(logging.DEBUG)
    caplog.set_level(logging.DEBUG)
    world = await make_world(database, clock, rota=True)
    who = "+31612345678"
    world.provider.script.extend(
        [ValueError(f"geheim {who}"), Ambiguous("x"), Refused("x"), TryLater("x"), TooMany("x"), Misconfigured("x")]
    )
    for words in ("Zeynep geheim", "boom Zeynep geheim", "help me Zeynep", "help 112 geheim", "geheim.."):
        await world.write(words, who=who)
        await world.worker.drain()
        clock.move(minutes=1)
    for _ in range(8):
        clock.move(minutes=10)
        await world.worker.drain()

    async def bad(session: object) -> None:
        raise ValueError(f"geheim {session is None} {who}")

    with pytest.raises(ValueError, match="geheim"):
        await database.write(bad)
    logged = [record for record in caplog.records if record.name.split(".")[0] in OURS]
    formatter = logging.Formatter()
    lines = [formatter.format(record) for record in logged]
    assert len(lines) >= 5
    assert [line for line in lines if any(word in line for word in PRIVATE)] == []
