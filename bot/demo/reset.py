"""Taking the demo school away, with all that was said in it."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.demo.school import demo_school
from db.tables import Base, School, Session, Staff, StaffLogin


async def take_away(session: AsyncSession) -> bool:
    """Delete the demo school and every row of it; False where there is none. No worker may run meanwhile."""
    school = await demo_school(session)
    if school is None:
        return False
    logins = [
        number
        for number in (await session.execute(select(Staff.login_id).where(Staff.school_id == school.id))).scalars()
        if number is not None
    ]
    for table in reversed(Base.metadata.sorted_tables):
        if "school_id" in table.c:
            await session.execute(delete(table).where(table.c.school_id == school.id))
    # A login may serve another school too; what it opened here has ended in any case.
    shared = set((await session.execute(select(Staff.login_id).where(Staff.login_id.in_(logins)))).scalars())
    gone = [number for number in logins if number not in shared]
    await session.execute(delete(Session).where(Session.login_id.in_(logins)))
    await session.execute(delete(StaffLogin).where(StaffLogin.id.in_(gone)))
    await session.execute(delete(School).where(School.id == school.id))
    return True
