"""`python -m bot people letters`: the letters for a class or for the whole school, as PDF."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot.cli.serve import opened
from bot.errors import Refusal
from bot.people.letters.addressees import Addressee, addressees, class_ids, open_codes
from bot.people.letters.mailing import TelegramSilent, print_letters, scribe_of
from bot.people.letters.writing import Scribe, package_of
from bot.people.provision import the_school
from bot.settings import Settings, load_settings
from bot.wiring import Line
from locales.languages import LANGUAGES


def letters(
    output: Annotated[Path, typer.Option("-o", "--output", help="A PDF file, or a folder for one file a class.")],
    only: Annotated[str | None, typer.Option("--class", help="One class, such as 2B; else the whole school.")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Also for guardians whom the line knows already.")] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Earlier letters of these guardians stop working.")
    ] = False,
    school: Annotated[
        int | None, typer.Option("--school", help="The school's number, where there are several.")
    ] = None,
) -> None:
    """Print a letter with a code for each guardian whom the line does not know yet, in her language beside the Dutch."""
    asyncio.run(_letters(load_settings(), output, only, everybody=everybody, replace=replace, school=school))


async def _letters(
    settings: Settings, output: Path, only: str | None, *, everybody: bool, replace: bool, school: int | None
) -> None:
    async with opened(settings, worker_part=False) as line:
        school_id = school or await _only_school(line)
        scribe = await _scribe(line, school_id)
        people, earlier = await _people(line, scribe, school_id, only, everybody=everybody)
        if not people:
            print("Nobody needs a letter: the line knows all of them. With --all everybody gets one.")
            return
        batches: dict[Path, list[Addressee]] = defaultdict(list)
        for person in people:
            batches[_file(output, person.class_name)].append(person)
        _make_room(list(batches))
        done, without, unprintable = 0, set[str](), 0
        for path, batch in batches.items():
            printed = await print_letters(line, scribe, batch, replace=replace)
            path.write_bytes(printed.pdf)
            done, unprintable = done + len(printed.codes), unprintable + printed.unprintable
            without |= printed.without
            print(f"{done} of {len(people)} letters: {path}", file=sys.stderr)
    print(f"{done} letters. Their codes work once each, until {scribe.last:%d-%m-%Y}.")
    _tell(earlier, without, unprintable, replace=replace)


def _tell(earlier: int, without: set[str], unprintable: int, *, replace: bool) -> None:
    if earlier:
        ended = "no longer works" if replace else "works as well, until its own last day (--replace ends that)"
        print(f"{earlier} of these guardians had an earlier letter with an unused code: it {ended}.")
    for language in sorted(without):
        known, package = LANGUAGES[language], package_of(language)
        print(f"No font here has {known.english}: these letters are in Dutch only. Install {package}.", file=sys.stderr)
    if unprintable:
        print(f"{unprintable} letters could not be made: no font here has a name in them.", file=sys.stderr)


async def _people(
    line: Line, scribe: Scribe, school_id: int, only: str | None, *, everybody: bool
) -> tuple[list[Addressee], int]:
    today = scribe.now.astimezone(ZoneInfo(scribe.view.timezone)).date()
    async with line.database.read() as session:
        classes = await class_ids(session, school_id, only)
        if not classes:
            raise Refusal("There is no such class. `people list` shows whether there are any.")
        found = await addressees(session, school_id, classes, everybody=everybody, today=today)
        return found, await open_codes(session, school_id, [each.guardian_id for each in found], scribe.now)


async def _scribe(line: Line, school_id: int) -> Scribe:
    url = line.settings.own_url
    try:
        return await scribe_of(line, school_id, own_url=url)
    except TelegramSilent:
        print("Telegram does not answer: the letters are without it.", file=sys.stderr)
        return await scribe_of(line, school_id, own_url=url, telegram=False)


async def _only_school(line: Line) -> int:
    async with line.database.read() as session:
        found = await the_school(session)
    if found is None:
        raise Refusal("There is no school yet. Make one: python -m bot staff add EMAIL --new-school NAME")
    return found.id


def _file(output: Path, class_name: str) -> Path:
    if output.suffix.lower() == ".pdf":
        return output
    return output / f"letters-{re.sub(r'[^A-Za-z0-9]+', '-', class_name).strip('-') or 'class'}.pdf"


def _make_room(paths: list[Path]) -> None:
    """Find out that nothing can be written there before any code is made; nobody else reads what is."""
    for path in paths:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        except OSError as error:
            raise Refusal(
                f"Nothing can be written to {path}: {error.strerror}. Choose another place with -o."
            ) from error
