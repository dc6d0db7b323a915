"""`python -m bot content` on a school: its sentences out and in, and what it lacks, which never fails the check."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from typer.testing import CliRunner

from bot.cli.content import app
from bot.content.revisions import Revisions
from bot.content.shipped import Shipped
from bot.core.clock import SystemClock
from bot.errors import BotError
from bot.people.provision import alarm_conversations
from db.engine import Database
from db.tables import (
    Address,
    Base,
    ContentSentence,
    ProviderAccount,
    RotaShift,
    School,
    SchoolClass,
    SchoolFact,
    Staff,
    StaffRole,
)
from db.types import ChannelName, Provider, Role
from tests.web.desk import shipped

RULES = "utter_ask_school_rules/0"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with one school that has one person and one fact, as the settings name it."""
    made = f"sqlite:///{tmp_path / 'school.db'}"
    monkeypatch.setenv("OUDERLIJN_DATABASE_URL", made)
    on(made, _school)
    return made


def on(url: str, work: object) -> None:
    async def run() -> None:
        database = Database(url)
        async with database.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        await database.write(work)  # type: ignore[arg-type]
        await database.close()

    asyncio.run(run())


async def _school(session: AsyncSession) -> None:
    school = School(name="Voorbeeldcollege")
    session.add(school)
    await session.flush()
    person = Staff(school_id=school.id, given_name="Ada", family_name="Bos", email="ada@v.example")
    session.add(person)
    await session.flush()
    session.add_all(
        [
            StaffRole(school_id=school.id, staff_id=person.id, role=Role.ADMINISTRATION),
            SchoolClass(school_id=school.id, name="2B"),
            SchoolFact(school_id=school.id, name="exam_start", value="2020-05-11"),
            SchoolFact(school_id=school.id, name="school_phone", value="030 765 43 21"),
        ]
    )


def run(*words: str) -> tuple[int, str]:
    """The exit code, and what was said."""
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, str(result.exception) if isinstance(result.exception, BotError) else result.output


async def _changed_dutch(session: AsyncSession) -> None:
    content: Shipped = shipped()
    verbs = Revisions(content, SystemClock())
    await verbs.edit(session, 1, None, RULES, "nl", "Nooit telefoons. Regels: {rules_url}.")
    await verbs.publish(session, 1, None)


def test_out_and_in(url: str, tmp_path: Path) -> None:
    """Looking writes nothing; --apply makes a draft; the same file again changes nothing; a bad line ends with 1."""
    path = tmp_path / "texts.yaml"
    path.write_text(f"version: 1\nsentences:\n  {RULES}:\n    nl: 'Regels: {{rules_url}}.'\n", encoding="utf-8")
    looked, empty = run("import", str(path)), run("export")
    applied, again = run("import", str(path), "--apply"), run("import", str(path), "--apply")
    written = tmp_path / "out.yaml"
    exported = run("export", str(written))
    bad = tmp_path / "bad.yaml"
    bad.write_text(written.read_text(encoding="utf-8") + "  utter_nothing/0: {nl: Dag}\n", encoding="utf-8")
    refused = run("import", str(bad))
    assert url
    assert [code for code, _ in (looked, empty, applied, again, exported, refused)] == [0, 0, 0, 0, 0, 1]
    assert "1 new, 0 changed, 0 so already, 0 refused" in looked[1]
    assert "sentences: {}" in empty[1]
    assert "It is in the draft" in applied[1]
    assert "0 new, 0 changed, 1 so already" in again[1]
    assert "Regels: {rules_url}." in written.read_text(encoding="utf-8")
    assert f"{bad}:8: refused: utter_nothing/0 (nl): This sentence does not exist" in refused[1]


def test_a_school_that_is_not_there(url: str, tmp_path: Path) -> None:
    """And a file that is not."""
    assert url
    assert "no school with this number" in run("export", "--school", "7")[1]
    assert "cannot be read" in run("import", str(tmp_path / "none.yaml"))[1]


def test_what_a_school_lacks_is_a_warning(url: str) -> None:
    """Facts, translations, roles, mentors, the rota: one line each, without names or values; never a failure."""
    before = run("check")
    on(url, _changed_dutch)
    after = run("check")
    assert before[0] == after[0]
    for gap in (
        "school 1: warning: the fact rules_url is empty, which 1 answers need",
        "school 1: warning: the fact exam_start is a day that is over",
        "school 1: warning: nobody holds the role safety_coordinator",
        "school 1: warning: 1 classes have no mentor",
        "school 1: warning: danger warns nobody",
    ):
        assert gap in before[1]
    assert "the fact school_phone" not in before[1]
    assert "role administration" not in before[1]
    assert "school 1: warning: tr: the Dutch of 1 answers changed" not in before[1]
    assert "school 1: warning: tr: the Dutch of 1 answers changed" in after[1]
    assert not any(word in after[1] for word in ("Ada", "765", "Voorbeeldcollege"))


def test_a_full_rota_is_no_gap(url: str) -> None:
    """What is mended is no longer said: it takes a person, her hours, and a way to warn her."""

    async def hours(session: AsyncSession) -> None:
        session.add(RotaShift(school_id=1, staff_id=1, weekdays="0123456", starts="00:00", ends="23:59"))

    async def way(session: AsyncSession) -> None:
        session.add(ProviderAccount(school_id=1, provider=Provider.TWILIO, external_id="AC1", sms_from="+31850000001"))
        session.add(Address(school_id=1, channel=ChannelName.SMS, external_id="+31612345678", staff_id=1))
        await session.flush()
        await alarm_conversations(session, await session.get_one(School, 1))

    on(url, hours)
    assert "danger warns nobody" in run("check")[1]
    on(url, way)
    assert "danger warns nobody" not in run("check")[1]


@pytest.mark.parametrize(
    "url", ["sqlite:////nowhere/none.db", "sqlite:///{tmp}/text.db", "sqlite:///{tmp}/old.db", "nonsense"]
)
def test_a_database_that_cannot_be_looked_at_fails_nothing(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None, no database at all, one without our tables, a setting that is wrong: the content is as good as it was."""
    (tmp_path / "text.db").write_text("not a database, but a text that is long enough" * 100)
    (tmp_path / "old.db").touch()
    monkeypatch.setenv("OUDERLIJN_DATABASE_URL", url.format(tmp=tmp_path))
    code, said = run("check")
    assert ("Traceback" in said, "school 1" in said) == (False, False)
    assert ("no school was looked at" in said) == (not url.startswith("sqlite:////nowhere"))
    monkeypatch.setenv("OUDERLIJN_DATABASE_URL", "sqlite:////nowhere/none.db")
    assert code == run("check")[0]


def test_nothing_of_a_dry_run_is_kept(url: str, tmp_path: Path) -> None:
    """Not even an empty draft."""
    path = tmp_path / "texts.yaml"
    path.write_text(f"version: 1\nsentences: {{{RULES}: {{nl: 'Regels: {{rules_url}}.'}}}}\n", encoding="utf-8")
    run("import", str(path))

    async def work(session: AsyncSession) -> None:
        assert await session.scalar(select(func.count()).select_from(ContentSentence)) == 0

    on(url, work)
