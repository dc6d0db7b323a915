"""`python -m bot people`: the codes that go into guardians' letters, and how many people the line knows."""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import json
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated
from urllib.parse import quote
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cli.letters import letters
from bot.cli.people_import import import_
from bot.cli.serve import opened
from bot.errors import NotDelivered, Refusal
from bot.people.codes import hash_code, new_code
from bot.people.consent import record_consent
from bot.people.forgetting import erase_guardian, erase_pupil
from bot.people.held import export_guardian, export_pupil
from bot.people.keeping import Counts
from bot.people.nightly import purge_school
from bot.people.provision import the_school
from bot.settings import Settings, load_settings
from bot.wiring import Line, channel_of
from db.queries.readers import readers_of_guardian
from db.scrub import cut_log
from db.tables import BindCode, Binding, Guardian, ProviderAccount, Pupil, School, SchoolClass
from db.types import Provider

app = typer.Typer(help="Pupils and guardians.", no_args_is_help=True)
LASTS = dt.timedelta(days=365)
"""A letter is good for a school year."""


class Who(StrEnum):
    """Whom to export or erase."""

    GUARDIAN = "guardian"
    PUPIL = "pupil"


_SCHOOL = Annotated[int | None, typer.Option("--school", help="The school's number, where there are several.")]


@app.command()
def codes() -> None:
    """Make a fresh code for every guardian whom no address is bound to yet; CSV on stdout, for the letters."""
    rows = asyncio.run(_codes(load_settings()))
    table = csv.writer(sys.stdout)
    table.writerow(["number", "code", "whatsapp", "telegram", "sms"])
    table.writerows(rows)


app.command()(letters)


@app.command("list")
def show() -> None:
    """Show each school's number, how many people it has, and how many are bound."""
    for line in asyncio.run(_counts(load_settings())):
        print(line)


app.command("import")(import_)


@app.command()
def consent(
    pupil: str,
    guardian: str,
    school: _SCHOOL = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="The pupil no longer wants it.")] = False,
) -> None:
    """Record that a pupil of 18 wants a guardian to be told. PUPIL and GUARDIAN are the school's own numbers."""
    asyncio.run(_consent(load_settings(), pupil, guardian, school, given=not withdraw))
    print("This guardian is told nothing from the 18th birthday on." if withdraw else "The consent is recorded.")


@app.command()
def purge() -> None:
    """Empty what every school has kept long enough, now: the worker does it each night by itself."""
    counts = asyncio.run(_purge(load_settings()))
    for table, rows in sorted(counts.items()):
        print(f"{table}: {rows} emptied")
    if not counts:
        print("Nothing has been kept too long.")


@app.command()
def export(who: Who, number: str, school: _SCHOOL = None) -> None:
    """Write everything held about a guardian or pupil as JSON on stdout. NUMBER is the school's own."""
    print(asyncio.run(_export(load_settings(), who, number, school)))


@app.command()
def readers(number: str, school: _SCHOOL = None) -> None:
    """Show who read what a guardian wrote, by role and without names: CSV on stdout. NUMBER is the school's own."""
    rows = asyncio.run(_readers(load_settings(), number, school))
    table = csv.writer(sys.stdout)
    table.writerow(["case", "opened", "about", "role", "first", "last"])
    table.writerows(rows)


@app.command()
def erase(
    who: Who,
    number: str,
    school: _SCHOOL = None,
    yes: Annotated[bool, typer.Option("--yes", help="Really do it.")] = False,
) -> None:
    """Forget a guardian or pupil: who they are and what they wrote. It cannot be undone."""
    if not yes:
        print(f"This cannot be undone. Export this {who} first if you must, then add --yes.", file=sys.stderr)
        raise typer.Exit(code=2)
    asyncio.run(_erase(load_settings(), who, number, school))
    print(f"The {who} is forgotten. Backups made before still hold everything.")


async def _codes(settings: Settings) -> list[list[str]]:
    async with opened(settings, worker_part=False) as line:
        made = await line.database.write(lambda session: make_codes(session, line.secret, now=line.clock.now()))
        bot = await _bot_name(line)
    return [[number, code, *links(settings, code, bot)] for number, code in made]


async def make_codes(session: AsyncSession, secret: str, *, now: dt.datetime) -> list[tuple[str, str]]:
    """(number, code) of every guardian of the school without a live binding. Older letters stay good."""
    school = await the_school(session)
    if school is None:
        raise Refusal("There is no school yet. Make one: python -m bot staff add EMAIL --new-school NAME")
    bound = exists().where(Binding.guardian_id == Guardian.id, Binding.ended_at.is_(None))
    guardians = await session.execute(
        select(Guardian.id, Guardian.number)
        .where(Guardian.school_id == school.id, Guardian.merged_into_id.is_(None), ~bound)
        .order_by(Guardian.number)
    )
    made = []
    for guardian_id, number in guardians.all():
        code = new_code()
        session.add(
            BindCode(
                school_id=school.id,
                guardian_id=guardian_id,
                code_hash=hash_code(code, secret),
                expires_at=now + LASTS,
            )
        )
        made.append((number, code))
    return made


def links(settings: Settings, code: str, bot: str) -> Sequence[str]:
    """What a QR code holds for WhatsApp, Telegram and SMS: the first message, typed already. Empty where not set up."""
    whatsapp, sms, text = settings.twilio_whatsapp_from, settings.twilio_sms_from, quote(code)
    return (
        f"https://wa.me/{whatsapp.removeprefix('+')}?text={text}" if whatsapp else "",
        f"https://t.me/{bot}?start={text}" if bot else "",
        f"sms:{sms}?body={text}" if sms else "",
    )


async def _bot_name(line: Line) -> str:
    """Telegram knows what our bot is called; without an answer the column stays empty."""
    channel = channel_of(ProviderAccount(provider=Provider.TELEGRAM), line.settings, line.clock)
    if channel is None:
        return ""
    try:
        return (await channel.check()).partition("@")[2]
    except NotDelivered:
        print("Telegram does not answer: its links are left empty.", file=sys.stderr)
        return ""
    finally:
        await channel.close()


async def _counts(settings: Settings) -> list[str]:
    async with opened(settings, worker_part=False) as line, line.database.read() as session:
        schools = (await session.execute(select(School.id, School.name).order_by(School.id))).all()
        told = []
        for school_id, name in schools:
            pupils, guardians, classes = [
                await session.scalar(select(func.count()).select_from(table).where(table.school_id == school_id)) or 0
                for table in (Pupil, Guardian, SchoolClass)
            ]
            bound = await session.scalar(
                select(func.count(Binding.guardian_id.distinct())).where(
                    Binding.school_id == school_id, Binding.ended_at.is_(None)
                )
            )
            told.append(
                f"{school_id} {name}: {classes} classes, {pupils} pupils, {guardians} guardians, {bound} of them bound"
            )
        return told or ["no school yet"]


async def _purge(settings: Settings) -> Counts:
    """In small pieces, so that a running line goes on."""
    total: Counts = {}
    async with opened(settings, worker_part=False) as line:
        async with line.database.read() as session:
            schools = (await session.execute(select(School.id).order_by(School.id))).scalars().all()
        for school_id in schools:
            done = await purge_school(line.database, school_id, now=line.clock.now(), secret=line.secret)
            for table, rows in done.items():
                total[table] = total.get(table, 0) + rows
    return total


async def _readers(settings: Settings, number: str, school: int | None) -> list[list[str]]:
    async with opened(settings, worker_part=False) as line, line.database.read() as session:
        threads = await readers_of_guardian(session, *await _person(session, Who.GUARDIAN, number, school))
    return [
        [str(case), thread.opened_at.date().isoformat(), thread.topic or "confidential", "+".join(one.roles),
         one.first.date().isoformat(), one.last.date().isoformat()]
        for case, thread in enumerate(threads, 1)
        for one in thread.readers
    ]  # fmt: skip


async def _export(settings: Settings, who: Who, number: str, school: int | None) -> str:
    read = {Who.GUARDIAN: export_guardian, Who.PUPIL: export_pupil}[who]
    async with opened(settings, worker_part=False) as line, line.database.read() as session:
        held = await read(session, *await _person(session, who, number, school))
    return json.dumps(held, ensure_ascii=False, indent=2)


async def _consent(settings: Settings, pupil: str, guardian: str, school: int | None, *, given: bool) -> None:
    async with opened(settings, worker_part=False) as line:

        async def work(session: AsyncSession) -> None:
            school_id, pupil_id = await _person(session, Who.PUPIL, pupil, school)
            _, guardian_id = await _person(session, Who.GUARDIAN, guardian, school)
            zone = await session.scalar(select(School.timezone).where(School.id == school_id))
            now = line.clock.now()
            await record_consent(
                session,
                school_id,
                pupil_id=pupil_id,
                guardian_id=guardian_id,
                given=given,
                staff_id=None,
                now=now,
                today=now.astimezone(ZoneInfo(zone or "UTC")).date(),
            )

        await line.database.write(work)


async def _erase(settings: Settings, who: Who, number: str, school: int | None) -> None:
    forget = {Who.GUARDIAN: erase_guardian, Who.PUPIL: erase_pupil}[who]
    async with opened(settings, worker_part=False) as line:

        async def work(session: AsyncSession) -> None:
            person = await _person(session, who, number, school)
            await forget(session, *person, now=line.clock.now(), secret=line.secret)

        await line.database.write(work)
        await cut_log(line.database.url)


async def _person(session: AsyncSession, who: Who, number: str, school: int | None) -> tuple[int, int]:
    """(school, id) of the guardian or pupil whom the school's own system gives this number."""
    if school is None:
        first = await the_school(session)
        school = first.id if first else 0
    table: type[Guardian | Pupil] = Guardian if who is Who.GUARDIAN else Pupil
    # A number under which the files had her a second time is hers too.
    key = func.coalesce(Guardian.merged_into_id, Guardian.id) if who is Who.GUARDIAN else Pupil.id
    found = await session.scalar(select(key).where(table.school_id == school, table.number == number))
    if found is None:
        raise Refusal("There is nothing with this number.")
    return school, found
