"""One process of the line as the kill test runs it: shorter leases, and on demand one rule taken out.

python -m tests.kill.process run|web|worker [--break order|lease|dedupe] [--still]; settings from the environment, as always.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cli.serve import quiet, serve
from bot.core import apply, claims, conversations, ingress, turns
from bot.core.clock import Timing, token
from bot.settings import load_settings
from db.tables import Inbox, Outbox

SHORTER = 15
TIMING = Timing().shortened(SHORTER)


def take_out(rule: str) -> None:
    """Take one rule of the core out, to see that the test notices."""
    if rule == "order":
        claims._is_head = true
        claims._NEXT, claims.FRESH_BATCH = func.random(), 1  # any open message, as it comes
        claims._STILL_OURS = select(Inbox).where(Inbox.id == bindparam("id"), Inbox.lease_token == bindparam("token"))
    elif rule == "dedupe":
        original = ingress._store_one

        async def always_new(session: AsyncSession, account: Any, message: Any, **more: Any) -> int | None:
            return await original(session, account, replace(message, provider_id=token()), **more)

        ingress._store_one = always_new
    elif rule == "lease":
        without_guards()


def without_guards() -> None:
    """A turn is committed whoever has the message by now: without the lease, and without version and key that stand behind it."""
    commit, add = turns.Turns._commit, conversations.add_outbox

    async def anybodys(session: AsyncSession, claim: claims.TurnClaim) -> Inbox | None:
        return await session.get(Inbox, claim.inbox_id, populate_existing=True)

    async def blind(self: turns.Turns, session: AsyncSession, thought: turns.Thought) -> bool:
        now = await conversations.lock(session, thought.claim.conversation_id)
        return await commit(self, session, replace(thought, scene=replace(thought.scene, version=now.version)))

    def anew(*rest: Any, key: str, **more: Any) -> Outbox:
        return add(*rest, key=f"{key}:{token()}", **more)

    turns.still_ours, turns.Turns._commit, apply.add_outbox = anybodys, blind, anew  # type: ignore[attr-defined, method-assign]


def stand_still() -> None:
    """Stop in the middle of the first turn, until somebody lets us go on."""
    turn, turned = turns.Turns._turn, False

    async def stopping(self: turns.Turns, *claimed: Any) -> None:
        nonlocal turned
        if not turned:
            turned = True
            os.kill(os.getpid(), signal.SIGSTOP)
        await turn(self, *claimed)

    turns.Turns._turn = stopping  # type: ignore[assignment, method-assign]


def main() -> None:
    """Run one role."""
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["run", "web", "worker"])
    parser.add_argument("--break", dest="rule", default="")
    parser.add_argument("--still", action="store_true")
    options = parser.parse_args()
    take_out(options.rule)
    if options.still:
        stand_still()
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
