"""`python -m bot demo`: the invented school, loaded or begun anew."""

from __future__ import annotations

import asyncio
import datetime as dt

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cli.upgrade import up_to_date
from bot.demo.guard import demo_wanted
from bot.demo.reset import take_away
from bot.demo.school import demo_school, load
from bot.errors import AlreadyRunning, Refusal
from bot.settings import load_settings
from db.engine import Database
from db.queries.operations import operations

app = typer.Typer(help="The demo school: invented people, on this machine only.", no_args_is_help=True)
SEEN = dt.timedelta(seconds=60)


@app.command("load")
def load_() -> None:
    """Load the demo school, if it is not there."""
    print("the demo school is loaded" if asyncio.run(_change(anew=False)) else "the demo school is there already")


@app.command()
def reset() -> None:
    """Begin the demo school anew: everything that was said in it is deleted. Stop the line first."""
    asyncio.run(_change(anew=True))
    print("the demo school is as new")


async def _change(*, anew: bool) -> bool:
    settings = load_settings()
    async with up_to_date(settings.database_url, worker=anew):
        database = Database(settings.database_url)
        try:
            if not await demo_wanted(database, settings):
                raise Refusal("The demo school is for trying: it is not loaded beside a real school (OUDERLIJN_DEMO).")
            if anew:
                await _nobody_works(database)
            return await database.write(lambda session: _fill(session, anew=anew))
        finally:
            await database.close()


async def _nobody_works(database: Database) -> None:
    """A worker keeps what it read of a school; on SQLite the lock has said so already."""
    async with database.read() as session:
        seen = (await operations(session, dt.datetime.now(dt.UTC))).worker_seen
    if not database.is_sqlite and seen is not None and seen > dt.datetime.now(dt.UTC) - SEEN:
        raise AlreadyRunning("a worker is running on this database: stop it first")


async def _fill(session: AsyncSession, *, anew: bool) -> bool:
    if anew:
        await take_away(session)
    if await demo_school(session) is not None:
        return False
    await load(session, dt.datetime.now(dt.UTC).date())
    return True
