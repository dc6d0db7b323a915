"""`python -m bot staff`: who may log in is decided at the terminal, and what goes wrong is one line."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from typer.testing import CliRunner

from bot.cli.staff import app
from bot.errors import BotError
from db.engine import Database
from db.migrate import migrate
from db.tables import School, Staff

PASSWORD = "correct horse battery\n"
ADD = ["add", "New@voorbeeld.example", "--given-name", "Nina", "--family-name", "Nieuw", "--password-stdin"]


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A migrated database with one school, as the settings name it."""
    made = f"sqlite:///{tmp_path / 'staff.db'}"
    monkeypatch.setenv("OUDERLIJN_DATABASE_URL", made)

    async def fill() -> None:
        await migrate(made)
        database = Database(made)
        await database.write(_school)
        await database.close()

    asyncio.run(fill())
    return made


async def _school(session: AsyncSession) -> None:
    session.add(School(name="Voorbeeldcollege"))


async def _demo(session: AsyncSession) -> None:
    session.add(School(name="Invented", demo=True))


def run(*words: str, typed: str = PASSWORD) -> tuple[int, str]:
    """The exit code, and what was said: by the command, or by the error that the command line prints in one line."""
    result = CliRunner().invoke(app, list(words), input=typed)
    return result.exit_code, str(result.exception) if isinstance(result.exception, BotError) else result.output


def test_add_list_password(url: str) -> None:
    """Somebody added can be listed, gets a new password, and is not added twice."""
    added = run(*ADD, "--role", "team_leader", "--administrator")
    listed = run("list")
    changed = run("password", "new@voorbeeld.example", "--password-stdin")
    twice = run(*ADD)
    assert url
    assert [code for code, _ in (added, listed, changed, twice)] == [0, 0, 0, 1]
    assert "new@voorbeeld.example\tNina Nieuw\tVoorbeeldcollege\tadministrator" in listed[1]
    assert "can log in already" in twice[1]


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        (ADD, "short\n", "at least 12 characters"),
        (["add", "nobody", "--password-stdin"], PASSWORD, "not an e-mail address"),
        (["add", "a@b.example", "--password-stdin"], PASSWORD, "give a name too"),
        ([*ADD, "--school", "99"], PASSWORD, "no school with this number"),
        (["password", "x@y.example", "--password-stdin"], PASSWORD, "Nobody logs in"),
    ],
)
def test_refusals(url: str, words: list[str], typed: str, said: str) -> None:
    """What cannot be done is said in one line, without a traceback, and leaves nothing behind."""
    code, output = run(*words, typed=typed)
    assert url
    assert code == 1
    assert said in output
    assert output.strip().count("\n") == 0


def test_known_to_the_school(url: str) -> None:
    """Somebody whom an import brought gets a login without a name being typed again."""

    async def known() -> None:
        database = Database(url)

        async def work(session: AsyncSession) -> None:
            session.add(Staff(school_id=1, given_name="Ans", family_name="Bos", email="Ans@voorbeeld.example"))

        await database.write(work)
        await database.close()

    asyncio.run(known())
    assert run("add", "ans@voorbeeld.example", "--password-stdin")[0] == 0
    assert "Ans Bos" in run("list")[1]


def test_a_school_is_made_once_and_never_beside_invented_people(url: str) -> None:
    """With a name of its own, and an administrator; what is refused leaves no school behind."""
    new = [*ADD, "--new-school", "Het Rijks"]
    short, made, again = run(*new, typed="short\n"), run(*new), run(*new)
    several = run("add", "b@voorbeeld.example", "--given-name", "B", "--password-stdin")

    async def demo() -> None:
        database = Database(url)
        await database.write(_demo)
        await database.close()

    asyncio.run(demo())
    beside = run(*ADD, "--new-school", "Een Ander")
    assert [code for code, _ in (short, made, again, several, beside)] == [1, 0, 1, 1, 1]
    assert "of this name already" in again[1]
    assert "--school NUMBER" in several[1]
    assert "OUDERLIJN_DATABASE_URL" in beside[1]
    assert "new@voorbeeld.example\tNina Nieuw\tHet Rijks\tadministrator" in run("list")[1]


def test_on_an_empty_database_it_says_how_to_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command itself makes the database, and the refusal names what makes the school."""
    monkeypatch.setenv("OUDERLIJN_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    code, output = run(*ADD)
    assert (code, "--new-school NAME" in output) == (1, True)
