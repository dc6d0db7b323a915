"""What a change of the settings changed: a picture of all of them before and after, and only the difference is kept.

So no change can be forgotten, and nothing has to tell what it does. An item is a path: `facts/school_phone`, `school/name`,
`staff/12/mobile`, `roles/finance`, `mentors/3`, `rota`, `channels/1/paused_until`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.calendar import calendar_row, chosen_entries
from db.queries.routing import rule_rows
from db.queries.school import school_view
from db.queries.settings import StaffRow, class_rows, fact_values, shift_rows, staff_rows
from db.tables import ProviderAccount, School

Picture = Mapping[str, Any]
"""Every setting of a school by its item, as JSON has it. None: there is none."""
Items = dict[str, list[Any]]
"""What changed: [from, to] by item. Of what is a set (the rota, absences): what went and what came."""
ROTA, ABSENCES, SECRET, CHOSEN, RULES = "rota", "absences", "secret", "calendar/chosen", "routing"
_FIELDS = ("title", "given_name", "family_name", "say_as", "email", "mobile", "administrator")


async def picture(session: AsyncSession, school_id: int) -> Picture:
    """All settings of a school at this moment. Of a secret only a mark, by which one sees that it changed."""
    await session.flush()
    view = await school_view(session, school_id)
    found: dict[str, Any] = {"school/name": view.name, "school/accent": view.accent}
    found["translation/allowed"] = (await session.get_one(School, school_id)).translation
    found |= {f"facts/{name}": value for name, value in (await fact_values(session, school_id)).items()}
    found |= {f"roles/{role.value}": list(holders) for role, holders in view.holders.items()}
    found |= {f"mentors/{row.id}": list(row.mentors) for row in await class_rows(session, school_id)}
    if calendar := await calendar_row(session, school_id):
        mark = hashlib.sha256(calendar.url.encode()).hexdigest()
        found |= {"calendar/region": calendar.region, "calendar/closed_on": calendar.closed_on}
        found |= {f"calendar/{SECRET}": mark} if calendar.url else {}
    entries = {entry.uid: [entry.title, entry.kind.value] for entry in await chosen_entries(session, school_id)}
    found |= {CHOSEN: list(entries.values())} if entries else {}
    rules = [[row.topic, row.class_id, row.role, row.staff_id] for row in await rule_rows(session, school_id)]
    found |= {RULES: rules} if rules else {}
    found[ROTA] = [
        [row.staff_id, _days(row.weekdays), row.starts, row.ends] for row in await shift_rows(session, school_id)
    ]
    for person in await staff_rows(session, school_id):
        found |= {f"staff/{person.id}/{name}": value for name, value in _of(person).items()}
    for account in await session.scalars(select(ProviderAccount).where(ProviderAccount.school_id == school_id)):
        mark = hashlib.sha256(f"{account.credentials}\n{account.secret_hash}".encode()).hexdigest()
        found |= {
            f"channels/{account.id}/paused_until": _moment(account.paused_until),
            f"channels/{account.id}/{SECRET}": mark,
        }
    return found


def difference(before: Picture, after: Picture) -> Items:
    """What changed. A secret's values are in no difference."""
    items: Items = {}
    for item in sorted(before.keys() | after.keys()):
        old, new = before.get(item), after.get(item)
        if old == new or (old is None and new is False):
            continue
        name = item.rpartition("/")[2]
        if name == SECRET:
            items[item] = [None, None]
        elif name in {ROTA, ABSENCES, RULES} or item == CHOSEN:
            items[item] = [_without(old or [], new or []), _without(new or [], old or [])]
        else:
            items[item] = [plain(old), plain(new)]
    return {item: both for item, both in items.items() if both[0] != both[1] or item.endswith(SECRET)}


def plain(value: Any) -> Any:
    """A setting as a change keeps it: nothing is None."""
    return None if value in ("", []) else value


def _without(these: list[Any], those: list[Any]) -> list[Any]:
    """These, less those; of twice the same, one may stay."""
    left, kept = list(those), []
    for one in these:
        if one in left:
            left.remove(one)
        else:
            kept.append(one)
    return kept


def _of(person: StaffRow) -> dict[str, Any]:
    return {name: getattr(person, name) for name in _FIELDS} | {
        "weekdays": _days(person.weekdays),
        "last_hours": " ".join(f"{day}:{clock}" for day, clock in sorted(person.last_hours.items())),
        "left_at": _moment(person.left_at),
        ABSENCES: [
            [away.first_day.isoformat(), away.last_day.isoformat(), away.substitute_id] for away in person.absences
        ],
    }


def _days(weekdays: frozenset[int]) -> str:
    return "".join(str(day) for day in sorted(weekdays))


def _moment(at: dt.datetime | None) -> str | None:
    return at.isoformat() if at else None
