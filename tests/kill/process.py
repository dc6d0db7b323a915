"""One process of the line as the kill test runs it: shorter leases, and on demand one rule taken out.

python -m tests.kill.process run|web|worker [--break order|dedupe]; settings from the environment, as always.
"""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, func, select, true
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
        claims._is_head = true
        claims._NEXT, claims.FRESH_BATCH = func.random(), 1  # any open message, as it comes
        claims._STILL_OURS = select(Inbox).where(Inbox.id == bindparam("id"), Inbox.lease_token == bindparam("token"))

        async def only_it(session: AsyncSession, claim: claims.TurnClaim) -> tuple[Inbox, ...]:
            return (await session.get_one(Inbox, claim.inbox_id),)

        turns.Turns._open_rows = staticmethod(only_it)  # type: ignore[method-assign]
    elif rule == "dedupe":
        original = ingress._store_one

        async def always_new(session: AsyncSession, account: Any, message: Any, **more: Any) -> int | None:
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
