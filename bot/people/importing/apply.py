"""Writing a plan down: everything in the caller's one transaction, in large pieces, so that others need not wait long."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.people.importing.plan import Plan, StaffRef, What
from bot.staff.reassigning import mentors_changed
from db.base import Base
from db.engine import ring
from db.tables import Address, ClassMentor, Guardian, Guardianship, Pupil, School, SchoolClass, Staff
from db.types import ChannelName

CHUNK = 500
Told = Callable[[int, int], None]
"""Is told how many of how many rows are written."""


async def apply(session: AsyncSession, school: School, plan: Plan, *, now: dt.datetime, told: Told) -> None:
    """Write it. The plan was made of what this very transaction reads, so nothing in it can be out of date."""
    await _Writing(session, school, now, told, _size(plan)).all(plan)


class _Writing:
    """The ids of what is new, while it is being written."""

    def __init__(self, session: AsyncSession, school: School, now: dt.datetime, told: Told, size: int) -> None:
        self.session, self.school, self.now, self.told, self.size = session, school, now, told, size
        self.done = 0
        self.staff: dict[StaffRef, int] = {}

    async def all(self, plan: Plan) -> None:
        """What is referred to comes first."""
        await self._staff(plan)
        classes = await self._classes(plan)
        pupils = await self._pupils(plan, classes)
        guardians = await self._guardians(plan)
        await self._links(plan, guardians, pupils)
        await self._phones(plan, guardians)
        moved = any(step.id and step.class_name for step in plan.pupils)
        if await self._mentors(plan, classes, pupils) or moved:
            await mentors_changed(self.session, self.school.id, now=self.now)
        self.school.version += 1
        ring(self.session, "case")
        self.told(self.size, self.size)

    async def _staff(self, plan: Plan) -> None:
        new = [step for step in plan.staff if step.what is What.NEW]
        ids = await self._insert(Staff, [{**dict(step.set)} for step in new], "email")
        self.staff = {step.key: ids[dict(step.set)["email"]] for step in new}
        await self._update(Staff, ((step.id, dict(step.set)) for step in plan.staff if step.id and step.set))

    async def _classes(self, plan: Plan) -> Mapping[str, int]:
        await self._insert(SchoolClass, [{"name": name} for name in plan.classes])
        known = await self.session.execute(
            select(SchoolClass.id, SchoolClass.name).where(SchoolClass.school_id == self.school.id)
        )
        return {_same(row.name): row.id for row in known}

    async def _pupils(self, plan: Plan, classes: Mapping[str, int]) -> Mapping[str, int]:
        def columns(step: Any) -> dict[str, Any]:
            found = dict(step.set)
            if step.class_name:
                found["class_id"] = classes[_same(step.class_name)]
            return found

        new = [step for step in plan.pupils if step.what is What.NEW]
        rows = [{"number": step.number, "class_id": None, **columns(step)} for step in new]
        ids = {step.number: step.id for step in plan.pupils if step.id} | await self._insert(Pupil, rows, "number")
        left: dict[What, dict[str, Any]] = {What.LEFT: {"left_at": self.now}, What.BACK: {"left_at": None}}
        changes = ((step.id, columns(step) | left.get(step.what, {})) for step in plan.pupils if step.id)
        await self._update(Pupil, changes)
        return ids

    async def _guardians(self, plan: Plan) -> Mapping[str, int]:
        new = [step for step in plan.guardians if step.what is What.NEW]
        ids = {step.number: step.id for step in plan.guardians if step.id}
        ids |= await self._insert(Guardian, [{"number": step.number, **dict(step.set)} for step in new], "number")
        await self._update(Guardian, ((step.id, dict(step.set)) for step in plan.guardians if step.id and step.set))
        return ids

    async def _links(self, plan: Plan, guardians: Mapping[str, int], pupils: Mapping[str, int]) -> None:
        rows = [
            {
                "guardian_id": guardians[step.guardian],
                "pupil_id": pupils[step.pupil],
                "relation": step.relation,
                "rights": step.rights,
            }
            for step in plan.links
            if step.old is None
        ]
        await self._insert(Guardianship, rows)
        for step in plan.links:
            if step.old is not None:
                await self.session.execute(
                    update(Guardianship)
                    .where(
                        Guardianship.school_id == self.school.id,
                        Guardianship.guardian_id == guardians[step.guardian],
                        Guardianship.pupil_id == pupils[step.pupil],
                    )
                    .values(relation=step.relation, rights=step.rights)
                    .execution_options(synchronize_session=False)
                )

    async def _phones(self, plan: Plan, guardians: Mapping[str, int]) -> None:
        given = [step for step in plan.phones if step.guardian is not None]
        rows = [
            {
                "channel": ChannelName.SMS,
                "external_id": step.phone,
                "known_guardian_id": guardians[step.guardian or ""],
                "invented": self.school.demo,
            }
            for step in given
            if step.address_id is None
        ]
        released = ((s.address_id, {"known_guardian_id": None}) for s in plan.phones if s.guardian is None)
        await self._update(Address, released)
        moved = ((s.address_id, {"known_guardian_id": guardians[s.guardian or ""]}) for s in given if s.address_id)
        await self._update(Address, moved)
        await self._insert(Address, rows)

    async def _mentors(self, plan: Plan, classes: Mapping[str, int], pupils: Mapping[str, int]) -> bool:
        """The file's mentors in place of those before; whether there were any to write."""
        rows: list[dict[str, Any]] = []
        of_class = {classes[_same(step.class_name)]: step.mentors for step in plan.mentors}
        of_pupil = {pupils[step.number]: step.mentors for step in plan.pupils if step.mentors is not None}
        for column, wanted in ((ClassMentor.class_id, of_class), (ClassMentor.pupil_id, of_pupil)):
            for some in _chunks(list(wanted)):
                await self.session.execute(
                    delete(ClassMentor)
                    .where(ClassMentor.school_id == self.school.id, column.in_(some))
                    .execution_options(synchronize_session=False)
                )
            both = {"class_id": None, "pupil_id": None}
            rows += [
                {**both, column.key: key, "staff_id": self._ref(ref), "position": position}
                for key, refs in wanted.items()
                for position, ref in enumerate(refs, 1)
            ]
        await self._insert(ClassMentor, rows)
        return bool(of_class or of_pupil)

    def _ref(self, ref: StaffRef) -> int:
        return ref if isinstance(ref, int) else self.staff[ref]

    async def _insert(self, kind: type[Base], rows: Sequence[dict[str, Any]], key: str = "") -> dict[str, int]:
        """New rows; with `key`, the ids of the whole school by it: asking once is far cheaper than RETURNING."""
        table = Base.metadata.tables[kind.__tablename__]
        for some in _chunks(rows):
            await self.session.execute(table.insert(), [{"school_id": self.school.id, **row} for row in some])
            await self._tell(len(some))
        if not key or not rows:
            return {}
        found = await self.session.execute(select(table.c.id, table.c[key]).where(table.c.school_id == self.school.id))
        return {name: number for number, name in found.all()}

    async def _update(self, kind: type[Base], changes: Iterable[tuple[int | None, Mapping[str, Any]]]) -> None:
        """Rows of one table by id; those with the same columns go together."""
        table = Base.metadata.tables[kind.__tablename__]
        alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for key, columns in changes:
            if columns:
                alike.setdefault(tuple(sorted(columns)), []).append({"row": key, **columns})
        for names, rows in alike.items():
            statement = table.update().where(table.c.school_id == self.school.id, table.c.id == bindparam("row"))
            for some in _chunks(rows):
                await self.session.execute(statement.values({name: bindparam(name) for name in names}), some)
                await self._tell(len(some))

    async def _tell(self, count: int) -> None:
        self.done += count
        self.told(min(self.done, self.size), self.size)
        await asyncio.sleep(0)  # statements run in the loop: a page that asks how far it is gets its turn


def _size(plan: Plan) -> int:
    people = sum(step.what is not What.SAME for part in (plan.pupils, plan.guardians, plan.staff) for step in part)
    return max(1, people + len(plan.links) + len(plan.phones) + len(plan.mentors) + len(plan.classes))


def _chunks(rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))


def _same(name: str) -> str:
    return " ".join(name.casefold().split())
