"""One process of the line as the kill test runs it: shorter leases, and on demand one rule taken out.

python -m tests.kill.process run|web|worker [--break order|lease|dedupe]; settings from the environment, as always.
"""

from __future__ import annotations

import argparse
import asyncio
from typing import Any

from sqlalchemy import select, true
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cli.serve import quiet, serve
from bot.core import claims, ingress, turns
from bot.core.clock import Timing, token
from bot.settings import load_settings
from db.tables import Inbox

SHORTER = 15
TIMING = Timing().shortened(SHORTER)


def take_out(rule: str) -> None:
    """Take one rule of the core out, to see that the test notices."""
    if rule == "order":
        claims._is_head = true  # type: ignore[assignment]
    elif rule == "lease":

        async def anybodys(session: AsyncSession, claim: claims.TurnClaim) -> Inbox | None:
            return (await session.execute(select(Inbox).where(Inbox.id == claim.inbox_id))).scalar_one_or_none()

        turns.still_ours = anybodys
    elif rule == "dedupe":
        original = ingress._store_one

        async def always_new(session: AsyncSession, account: Any, message: Any, **more: Any) -> int | None:
            from dataclasses import replace

            return await original(session, account, replace(message, provider_id=token()), **more)

        ingress._store_one = always_new


def main() -> None:
    """Run one role."""
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["run", "web", "worker"])
    parser.add_argument("--break", dest="rule", default="")
    options = parser.parse_args()
    take_out(options.rule)
    quiet()
    asyncio.run(
        serve(
            load_settings(),
            web_part=options.role in {"run", "web"},
            worker_part=options.role in {"run", "worker"},
            timing=TIMING,
        )
    )


if __name__ == "__main__":
    main()
