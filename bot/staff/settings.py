"""What an administrator sets for the school: facts, name and colour, channels. The people are in `team` and `duties`.

Each verb takes the caller's session; `change` is the one way to run them.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import TypeVar

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.shipped import Fact
from bot.core.timers import recompute
from bot.errors import Refusal
from bot.staff.audit import difference, picture
from bot.staff.marks import N_
from bot.staff.typed import WrongFields, one_line, read
from db.engine import Database
from db.queries.staff import Me
from db.tables import ProviderAccount, School, SchoolFact, SettingChange

log = logging.getLogger(__name__)
T = TypeVar("T")
NAME = "school_name"
"""Among the facts because sentences name it; kept in the school's own row."""
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class NotHere(Refusal):
    """It does not exist at this school: nobody learns whether it does at another."""


async def change(
    database: Database,
    me: Me,
    what: str,
    work: Callable[[AsyncSession], Awaitable[T]],
    *,
    at: dt.datetime,
    undoes: int | None = None,
) -> T:
    """Do one change, one at a time for each school: running processes see the new version, and who did what is written down.

    Whatever was changed, times that hang on the school's clock and calendar are computed anew with it.
    """

    async def with_version(session: AsyncSession) -> T:
        # Without the key: an inserted row refers to its school, and must not wait for this.
        school = await session.get_one(
            School, me.school_id, with_for_update={"key_share": True}, populate_existing=True
        )
        before = await picture(session, me.school_id)
        result = await work(session)
        school.version += 1
        items = difference(before, await picture(session, me.school_id))
        if items:
            made = {"school_id": me.school_id, "staff_id": me.staff_id, "at": at, "what": what, "undoes_id": undoes}
            session.add(SettingChange(items=items, **made))
        await session.flush()
        await recompute(session, me.school_id)
        return result

    result = await database.write(with_version)
    log.info("settings: %s changed by staff %d of school %d", what, me.staff_id, me.school_id)
    return result


async def save_facts(
    session: AsyncSession, school_id: int, facts: Mapping[str, Fact], given: Mapping[str, str]
) -> None:
    """Keep what was given; an empty value is forgotten, and the line then says that it does not know."""
    wrong: dict[str, str] = {}
    values: dict[str, str] = {}
    for name, text in given.items():
        if name not in facts or name == NAME:
            continue
        try:
            values[name] = read(facts[name].type, text)
        except Refusal as error:
            wrong[name] = str(error)
    rows = await session.scalars(select(SchoolFact).where(SchoolFact.school_id == school_id).with_for_update())
    kept = {row.name: row for row in rows}
    wrong |= _backwards({name: row.value for name, row in kept.items()} | values, values)
    if wrong:
        raise WrongFields(wrong)
    for name, value in values.items():
        if name in kept and value:
            kept[name].value = value
        elif name in kept:
            await session.delete(kept[name])
        elif value:
            session.add(SchoolFact(school_id=school_id, name=name, value=value))


def _backwards(all_values: Mapping[str, str], given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What ends before it begins. ISO days and HH:MM compare as they stand."""
    for name, end in given.items():
        for ending, beginning in (("_end", "_start"), ("_close", "_open")):
            start = all_values.get(name.removesuffix(ending) + beginning, "")
            if name.endswith(ending) and start and end and end < start:
                yield name, N_("This ends before it begins.")


async def save_school(session: AsyncSession, school_id: int, *, name: str, accent: str) -> None:
    """The name as parents read it, and the pages' colour."""
    name, wrong = one_line(name), {}
    if not 2 <= len(name) <= 200:  # noqa: PLR2004 - what the table holds
        wrong["name"] = N_("Write the name of the school, 200 characters at most.")
    if not _COLOUR.fullmatch(accent):
        wrong["accent"] = N_("This is not a colour. Write it like #1d5c63.")
    if wrong:
        raise WrongFields(wrong)
    school = await session.get_one(School, school_id)
    school.name, school.accent = name, accent.lower()
    await session.execute(delete(SchoolFact).where(SchoolFact.school_id == school_id, SchoolFact.name == NAME))


async def account_of(session: AsyncSession, school_id: int, account_id: int) -> ProviderAccount:
    """An account of this school; raises NotHere."""
    account = await session.get(ProviderAccount, account_id, with_for_update=True)
    if account is None or account.school_id != school_id:
        raise NotHere("This is not here (any more).")
    return account


async def checked(session: AsyncSession, school_id: int, account_id: int, fault: str) -> None:
    """What a live check found; an empty fault says that all is well."""
    (await account_of(session, school_id, account_id)).fault = fault[:200]


async def pause(session: AsyncSession, school_id: int, account_id: int, until: dt.datetime | None) -> None:
    """Hold back what the line sends through an account, danger excepted; None: go on."""
    (await account_of(session, school_id, account_id)).paused_until = until
