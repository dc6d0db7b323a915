"""Who gets a letter: the guardians of a class (or of the school), each once, named with the children they may know of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.people.codes import hash_code
from db.queries.door import children_of_each, guardians_of
from db.tables import Address, BindCode, Binding, Guardian, SchoolClass

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Addressee:
    """One guardian; `children` as the letter says them, `handed_by` the pupil and class by whom it comes home."""

    guardian_id: int
    name: str
    language: str | None
    children: tuple[str, ...]
    pupil: str
    class_name: str


async def class_ids(session: AsyncSession, school_id: int, name: str | None) -> Mapping[int, str]:
    """The class of this name, or all of them, by number."""
    wanted = select(SchoolClass.id, SchoolClass.name).where(SchoolClass.school_id == school_id)
    if name is not None:
        wanted = wanted.where(SchoolClass.name == name)
    return {row.id: row.name for row in await session.execute(wanted.order_by(SchoolClass.name))}


async def addressees(
    session: AsyncSession, school_id: int, classes: Collection[int], *, everybody: bool, today: dt.date
) -> list[Addressee]:
    """Sorted as handed out: by class and pupil. Without `everybody` only those whom no living address is bound to."""
    found: list[Addressee] = []
    after = 0
    while page := await guardians_of(session, school_id, sorted(classes), after=after, most=_AT_ONCE, today=today):
        after = page[-1].guardian_id
        found += await _of_page(session, school_id, [reader.guardian_id for reader in page], classes, everybody, today)
    return sorted(found, key=lambda each: (each.class_name, each.pupil.casefold(), each.guardian_id))


async def _of_page(
    session: AsyncSession,
    school_id: int,
    ids: Sequence[int],
    classes: Collection[int],
    everybody: bool,  # noqa: FBT001
    today: dt.date,
) -> list[Addressee]:
    wanted = set(ids) if everybody else set(ids) - await bound(session, school_id, ids)
    children = await children_of_each(session, dict.fromkeys(sorted(wanted), (school_id, today)))
    people = await session.execute(
        select(Guardian.id, Guardian.given_name, Guardian.family_name, Guardian.language).where(Guardian.id.in_(wanted))
    )
    found = []
    for row in people:
        hers = children[row.id]
        here = next((child for child in hers if child.class_id in classes), None)
        if here is None:  # no rights, or they have ended
            continue
        found.append(
            Addressee(
                guardian_id=row.id,
                name=f"{row.given_name} {row.family_name}".strip(),
                language=row.language,
                children=tuple(child.given_name for child in hers),
                pupil=f"{here.given_name} {here.family_name}".strip(),
                class_name=here.class_name,
            )
        )
    return found


async def bound(session: AsyncSession, school_id: int, guardians: Collection[int]) -> set[int]:
    """Those of them whom the line knows on an address that still arrives."""
    rows = await session.scalars(
        select(Binding.guardian_id)
        .join(Address, Address.id == Binding.address_id)
        .where(
            Binding.school_id == school_id,
            Binding.guardian_id.in_(guardians),
            Binding.ended_at.is_(None),
            Address.dead_reason == "",
        )
    )
    return set(rows)


async def open_codes(session: AsyncSession, school_id: int, guardians: Collection[int], now: dt.datetime) -> int:
    """How many of these guardians have an earlier letter whose code still works."""
    return (
        await session.scalar(
            select(func.count(BindCode.guardian_id.distinct())).where(
                BindCode.school_id == school_id,
                BindCode.guardian_id.in_(guardians),
                BindCode.used_at.is_(None),
                BindCode.expires_at > now,
            )
        )
        or 0
    )


async def keep_codes(
    session: AsyncSession,
    school_id: int,
    codes: Mapping[int, str],
    *,
    until: dt.datetime,
    secret: str,
    now: dt.datetime,
    replace: bool,
) -> None:
    """Let these codes (by guardian) bind until then; `replace`: their earlier unused ones no longer do."""
    if replace:
        await session.execute(
            update(BindCode)
            .where(
                BindCode.school_id == school_id,
                BindCode.guardian_id.in_(codes),
                BindCode.used_at.is_(None),
                BindCode.expires_at > now,
            )
            .values(expires_at=now)
            .execution_options(synchronize_session=False)
        )
    session.add_all(
        BindCode(school_id=school_id, guardian_id=guardian, code_hash=hash_code(code, secret), expires_at=until)
        for guardian, code in codes.items()
    )
