"""The part of `python -m bot content` that looks at one school: its own sentences as a file, and what it lacks."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content import exchange
from bot.content.editing import draft_examples, draft_overlay
from bot.content.revisions import Revisions
from bot.content.shipped import Shipped, load_shipped
from bot.core.clock import SystemClock
from bot.errors import BotError, Refusal
from bot.settings import load_settings
from bot.staff.gaps import gaps
from bot.staff.members import one_school
from db.engine import Database, driver_url
from db.tables import School

T = TypeVar("T")
_SCHOOL = Annotated[int | None, typer.Option("--school", help="The school's number, where there are several.")]


def export(
    path: Annotated[Path | None, typer.Argument(help="Default: standard output.")] = None, school: _SCHOOL = None
) -> None:
    """Write what a school says in its own words, with its draft, to one file."""
    content = load_shipped()

    async def work(database: Database) -> str:
        async with database.read() as session:
            found = await one_school(session, school)
            overlay, taught = await draft_overlay(session, found.id), await draft_examples(session, found.id)
            return exchange.write(content, overlay, found.name, taught)

    text = _run(work)
    if path is None:
        sys.stdout.write(text)
    else:
        path.write_text(text, encoding="utf-8")


def import_(
    path: Path,
    school: _SCHOOL = None,
    apply: Annotated[bool, typer.Option("--apply", help="Take it into the draft. Without: only look.")] = False,
) -> None:
    """Show what a file of sentences would change; --apply takes it into the draft. Ends with 1 if something is refused."""
    content = load_shipped()
    file = exchange.read(_text(path))

    async def work(session: AsyncSession) -> exchange.Plan:
        found = await one_school(session, school)
        overlay, taught = await draft_overlay(session, found.id), await draft_examples(session, found.id)
        plan = exchange.plan(content, overlay, file, taught)
        if apply and plan.size:
            revisions = Revisions(content, SystemClock())
            await revisions.take(session, found.id, None, plan.wanted)
            await revisions.teach(session, found.id, None, plan.examples)
        return plan

    plan = _run(lambda database: database.write(work))
    for one in plan.refused:
        print(f"{path}:{one.line}: refused: {one.what}: {one.why} {one.detail}".rstrip())
    print(f"{plan.new} new, {plan.changed} changed, {plan.same} so already, {len(plan.refused)} refused")
    if plan.size:
        print(
            "It is in the draft: look at it and publish it under /content."
            if apply
            else "Add --apply to take it into the draft."
        )
    raise typer.Exit(code=int(bool(plan.refused)))


def warnings() -> Iterator[str]:
    """What each school of the configured database lacks, in a line each; never raises, and says so where it cannot look."""
    try:
        url = load_settings().database_url
        if _absent(url):
            return
        content = load_shipped()
        yield from _run(lambda database: _gaps(database, content))
    except BotError as error:
        yield f"warning: no school was looked at. {error}"
    except Exception as error:  # noqa: BLE001 - what is wrong with a database is no fault of the content
        yield f"warning: no school was looked at ({type(error).__name__}). Run: python -m bot doctor"


async def _gaps(database: Database, content: Shipped) -> list[str]:
    async with database.read() as session:
        schools = (await session.scalars(select(School.id).order_by(School.id))).all()
        return [
            f"school {number}: {gap}"
            for number in schools
            for gap in await gaps(session, content, number, SystemClock().now())
        ]


def _absent(database_url: str) -> bool:
    url = driver_url(database_url)
    return url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(f"{path} cannot be read: {type(error).__name__}.") from error


def _run(work: Callable[[Database], Awaitable[T]]) -> T:
    """On the configured database, which must have been migrated."""

    async def opened() -> T:
        database = Database(load_settings().database_url)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(opened())
