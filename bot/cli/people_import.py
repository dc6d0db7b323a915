"""`python -m bot people import`: pupils, guardians and mentors from the school's own system."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.upgrade import up_to_date
from bot.people.importing.apply import Told
from bot.people.importing.bringing import Look, MustConfirm, bring_in, look
from bot.people.importing.opening import open_path
from bot.people.importing.plan import Plan, What
from bot.settings import load_settings
from db.engine import Database

SHOWN = 50
"""So many lines of a kind are printed; `--all` prints every one."""


def import_(
    path: Annotated[Path, typer.Argument(help="A CSV file, or a OneRoster folder or zip.")],
    *,
    school: Annotated[
        int | None, typer.Option("--school", help="The school's number; else the only real school.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    part: Annotated[
        bool, typer.Option("--part", help="A part of the school: nobody has left by not being in it.")
    ] = False,
    left: Annotated[int | None, typer.Option("--left", help="Yes, so many pupils have left.")] = None,
    org: Annotated[str, typer.Option("--org", help="Which school of a OneRoster set, by its sourcedId.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Print every line, not the first 50 of a kind.")] = False,
) -> None:
    """Bring pupils, guardians, classes and mentors in. All of it, or on any fault nothing; the same file twice changes nothing.

    Lines are named by file and number, pupils by the school's own number. The last line has the counts.
    """
    seen = asyncio.run(_import(path, school=school, dry_run=dry_run, part=part, left=left, org=org, every=every))
    print(f"{seen.plan.counts}")


async def _import(
    path: Path, *, school: int | None, dry_run: bool, part: bool, left: int | None, org: str, every: bool
) -> Look:
    url = load_settings().database_url
    # Not `opened`: that would load the demo school into an empty database.
    async with up_to_date(url):
        database = Database(url)
        try:
            await database.open()
            files = await asyncio.to_thread(open_path, path)
            seen = await look(database, files, now=_now(), school_id=school, org=org, part=part)
            _show(seen, limit=None if every else SHOWN)
            if dry_run:
                if seen.plan.ask:
                    print(f"To do this: --left {seen.plan.ask}, or --part if the file is a part of the school.")
                print("Nothing was written: this was a dry run.")
                return seen
            if seen.plan.ask and seen.plan.ask != left:
                raise MustConfirm(seen.plan.ask)
            with _progress() as told:
                await bring_in(database, seen, now=_now, told=told, part=part, left=left)
            if seen.school_id is None:
                print("The school is new. Start the line now, or anew where it runs: python -m bot run")
            return seen
        finally:
            await database.close()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@contextmanager
def _progress() -> Iterator[Told]:
    """A bar on a terminal; nothing where nobody watches."""
    if not sys.stderr.isatty():
        yield lambda _done, _size: None
        return
    with typer.progressbar(length=1000, label="Writing", file=sys.stderr) as bar:

        def told(done: int, size: int) -> None:
            bar.update(1000 * done // size - bar.pos)

        yield told


def _show(seen: Look, *, limit: int | None) -> None:
    plan = seen.plan
    new = " (new)" if seen.school_id is None else ""
    print(f"Into {seen.school_name}{new}, from {plan.kind}.")
    _lines("Refused", [str(remark) for remark in plan.refused], limit)
    _lines("Left out", [str(remark) for remark in plan.notes], limit)
    _lines("Changed", _changes(plan), limit)
    _lines("Left school", [f"pupil {step.number}" for step in plan.of(What.LEFT)], limit)
    _lines("Back at school", [f"pupil {step.number}" for step in plan.of(What.BACK)], limit)
    _lines("Know less than before", [f"guardian {s.guardian} of pupil {s.pupil}: {s.rights}" for s in plan.cut], limit)
    _lines("New mentors", [f"class {step.class_name}" for step in plan.mentors], limit)
    if plan.kept:
        print(f"Not in the file, and keep their rights: {len(plan.kept)} guardians.")


def _changes(plan: Plan) -> list[str]:
    """Each person who changes, and in what: without what it was and will be."""
    told = []
    for kind, steps in (("pupil", plan.pupils), ("guardian", plan.guardians)):
        for step in steps:
            if step.what is What.CHANGED:
                fields = ", ".join(dict.fromkeys(edit.field for edit in step.edits))
                told.append(f"{step.place.file}:{step.place.line}: {kind} {step.number}: {fields}")
    return told


def _lines(heading: str, lines: list[str], limit: int | None) -> None:
    if not lines:
        return
    print(f"{heading}: {len(lines)}")
    for line in lines[:limit]:
        print(f"  {line}")
    if limit is not None and len(lines) > limit:
        print(f"  and {len(lines) - limit} more (--all)")
