"""No translator: ready phrases, the bot's own summary and Dutch that says that it is Dutch remain."""

from __future__ import annotations

from bot.translation.port import NoTranslation, Task, Why


class NoEngine:
    """Translates nothing and says so."""

    name = "none"
    home = True

    async def pairs(self, source: str, target: str) -> bool:
        """None."""
        del source, target
        return False

    async def translate(self, task: Task) -> str:
        """Never."""
        del task
        raise NoTranslation(Why.NOBODY)

    async def close(self) -> None:
        """Nothing to let go of."""
