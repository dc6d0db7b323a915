"""Taking a change of the settings back: where nothing depends on it but itself, and nobody has changed it again since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.shipped import Fact
from bot.errors import Refusal
from bot.staff import duties
from bot.staff.audit import ROTA, picture, plain
from bot.staff.knocks import FACT as KNOCK
from bot.staff.settings import NotHere, save_facts, save_school
from db.queries.settings import shift_rows
from db.tables import SettingChange
from db.types import Role

_BACK = {"facts", "school", "roles", "mentors", ROTA}
"""Not of staff (cases were passed on, numbers given to others) and channels (a provider was asked)."""


def undoable(items: Mapping[str, Any]) -> bool:
    """Whether all of it can be taken back."""
    return bool(items) and all(item.split("/")[0] in _BACK and not item.startswith(f"facts/{KNOCK}") for item in items)


async def undo(
    session: AsyncSession, school_id: int, change_id: int, facts: Mapping[str, Fact], *, at: dt.datetime
) -> None:
    """Set everything that a change changed to what it was, by the usual verbs with all their rules."""
    found = await session.scalar(
        select(SettingChange).where(SettingChange.school_id == school_id, SettingChange.id == change_id)
    )
    if found is None:
        raise NotHere("This is not here (any more).")
    if not undoable(found.items):
        raise Refusal("This cannot be taken back here. Change it by hand.")
    now = await picture(session, school_id)
    if not all(_stands(now.get(item), item, old, new) for item, (old, new) in found.items.items()):
        raise Refusal("This was changed again since. Look at how it is now, and change it by hand.")
    back = {name: old or "" for item, (old, _) in found.items.items() if (name := item.removeprefix("facts/")) != item}
    if back:
        await save_facts(session, school_id, facts, back)
    if any(item.startswith("school/") for item in found.items):
        name, accent = (found.items.get(item, [now[item]])[0] for item in ("school/name", "school/accent"))
        await save_school(session, school_id, name=name, accent=accent)
    for item, (old, new) in found.items.items():
        match item.split("/"):
            case ["roles", role]:
                await duties.set_role(session, school_id, Role(role), old or [])
            case ["mentors", class_id]:
                await duties.set_mentors(session, school_id, int(class_id), old or [], now=at)
            case ["rota"]:
                await _rota(session, school_id, went=old, came=new)


def _stands(now: Any, item: str, old: Any, new: Any) -> bool:
    """Whether it is still as the change left it."""
    if item == ROTA:
        return all(shift in now for shift in new) and not any(shift in now for shift in old)
    return bool(plain(now) == new)


async def _rota(session: AsyncSession, school_id: int, *, went: list[Any], came: list[Any]) -> None:
    for staff_id, weekdays, starts, ends in went:
        await duties.add_shift(session, school_id, staff_id, [int(day) for day in weekdays], starts, ends)
    left = list(came)
    for shift in await shift_rows(session, school_id):
        key = [shift.staff_id, "".join(map(str, sorted(shift.weekdays))), shift.starts, shift.ends]
        if key in left:
            left.remove(key)
            await duties.remove_shift(session, school_id, shift.id)
