"""`python -m bot staff`: who may log in to the pages."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cli.upgrade import up_to_date
from bot.settings import load_settings
from bot.staff.login import hash_password, set_password
from bot.staff.members import add_member, make_school
from db.engine import Database
from db.queries.staff import logins
from db.types import Role

app = typer.Typer(help="Who may log in to the pages for staff.", no_args_is_help=True)
T = TypeVar("T")
_STDIN = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@app.command()
def add(
    email: str,
    *,
    given_name: Annotated[str, typer.Option(help="Given name; left out for somebody who is known already.")] = "",
    family_name: Annotated[str, typer.Option(help="Family name.")] = "",
    title: Annotated[str, typer.Option(help="mevrouw, meneer or nothing.")] = "",
    role: Annotated[list[Role] | None, typer.Option(help="A role; may be given more than once.")] = None,
    administrator: Annotated[bool, typer.Option("--administrator", help="May change content and settings.")] = False,
    school: Annotated[int | None, typer.Option(help="The school's number, where there are several.")] = None,
    new_school: Annotated[str, typer.Option(help="Make a school of this name; its first login administers it.")] = "",
    password_stdin: _STDIN = False,
) -> None:
    """Let somebody log in; whoever is not known yet is added to the school."""
    password = _password(from_stdin=password_stdin)

    async def work(database: Database) -> str:
        password_hash = await hash_password(password)

        async def member(session: AsyncSession) -> str:
            return await add_member(
                session,
                email=email,
                password_hash=password_hash,
                given_name=given_name,
                family_name=family_name,
                title=title,
                roles=tuple(role or ()),
                administrator=administrator or bool(new_school),
                school_id=(await make_school(session, new_school)).id if new_school else school,
            )

        return await database.write(member)

    print(f"{email} may log in to {_run(work)}.")
    if new_school:
        print("Start the line now, or anew where it runs: python -m bot run")


@app.command()
def password(email: str, password_stdin: _STDIN = False) -> None:
    """Give somebody a new password; ends every session of theirs."""
    new = _password(from_stdin=password_stdin)

    async def work(database: Database) -> None:
        password_hash = await hash_password(new)
        await database.write(lambda s: set_password(s, email, password_hash))

    _run(work)
    print(f"{email} has a new password.")


@app.command("list")
def everybody() -> None:
    """Everybody who may log in."""

    async def work(database: Database) -> None:
        async with database.read() as session:
            rows = await logins(session)
        for row in rows:
            marks = [mark for mark, on in (("administrator", row.administrator), ("disabled", row.disabled)) if on]
            print("\t".join([row.email, row.name, row.school_name, ", ".join(marks)]))
        if not rows:
            print("Nobody may log in yet: python -m bot staff add EMAIL", file=sys.stderr)

    _run(work)


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = typer.prompt("Password (at least 12 characters)", hide_input=True, confirmation_prompt=True)
    return asked


def _run(work: Callable[[Database], Awaitable[T]]) -> T:
    """On the configured database, which is made or brought up to date where it must be."""

    async def opened() -> T:
        url = load_settings().database_url
        async with up_to_date(url):
            database = Database(url)
            try:
                return await work(database)
            finally:
                await database.close()

    return asyncio.run(opened())
