"""Leaks to plant on the staff's side, one by one: what a hurried change could do. Each must be found."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import ColumnElement, Row, exists, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.staff import handling
from db.queries import aside, cases, classes, guardians, threads
from db.queries.cases import CaseRow, Tab
from db.queries.classes import GuardianRow
from db.queries.staff import Me, Seen
from db.queries.telling import Ways, ways_of_staff
from db.tables import Case, CaseEvent, CaseNote, ClassMentor, Inbox, Media, Outbox, Pupil, School, Session, Staff
from db.types import Role
from web import templating
from web.views import case, inbox, media, session, words
from web.views import me as me_page

Plant = Callable[[pytest.MonkeyPatch], None]


def _as_somebody_else(me: Me) -> Me:
    return dataclasses.replace(me, administrator=True, roles=tuple(Role))


def missing_rights_check(patch: pytest.MonkeyPatch) -> None:
    """Whoever works at the school may read."""
    patch.setattr(cases, "readable", lambda me: Case.school_id == me.school_id)


def another_school(patch: pytest.MonkeyPatch) -> None:
    """The school is not asked about."""
    true_readable = cases.readable

    def readable(me: Me) -> ColumnElement[bool]:
        return or_(true_readable(me), Case.role.in_(me.roles))

    patch.setattr(cases, "readable", readable)
    patch.setattr(cases, "visible", readable)


def trusted_by_all(patch: pytest.MonkeyPatch) -> None:
    """The team leader counts as a role of trust."""
    patch.setattr(cases, "TRUSTED", frozenset({*cases.TRUSTED, Role.TEAM_LEADER}))


def namesake(patch: pytest.MonkeyPatch) -> None:
    """The child is joined by its name."""
    true_readable = cases.readable

    def readable(me: Me) -> ColumnElement[bool]:
        one, other = aliased(Pupil), aliased(Pupil)
        same = exists().where(
            one.id == Case.pupil_id,
            one.given_name == other.given_name,
            one.family_name == other.family_name,
            ClassMentor.staff_id == me.staff_id,
            ClassMentor.class_id == other.class_id,
        )
        return or_(true_readable(me), same)

    patch.setattr(cases, "readable", readable)


def quote(patch: pytest.MonkeyPatch) -> None:
    """What she quotes is looked up on the whole phone."""

    async def quotes(session: AsyncSession, rows: Sequence[Inbox]) -> dict[str, str]:
        here = {row.conversation_id for row in rows}
        found = await session.execute(select(Inbox.provider_id, Inbox.text).where(Inbox.conversation_id.in_(here)))
        return {row[0]: row[1] for row in found}

    patch.setattr(threads, "_quotes", quotes)


def thread_of_the_phone(patch: pytest.MonkeyPatch) -> None:
    """An answer to another case on the same phone stands in the thread."""
    true_thread = threads.thread

    async def thread(session: AsyncSession, school_id: int, case_id: int) -> tuple[threads.Entry, ...]:
        here = select(Case.conversation_id).where(Case.id == case_id).scalar_subquery()
        others = await session.scalars(select(Outbox.case_id).where(Outbox.conversation_id == here).distinct())
        return tuple([entry for number in others for entry in await true_thread(session, school_id, number or 0)])

    patch.setattr(case, "thread", thread)


def _template(patch: pytest.MonkeyPatch, name: str, old: str, new: str) -> None:
    environment = templating.templates().env
    source = (templating.HERE / "templates" / name).read_text()
    assert old in source
    assert environment.loader is not None
    environment.cache.clear()  # type: ignore[union-attr]
    patch.setattr(environment, "cache", None)
    patch.setattr(
        environment, "loader", ChoiceLoader([DictLoader({name: source.replace(old, new)}), environment.loader])
    )


def title(patch: pytest.MonkeyPatch) -> None:
    """The window says what a confidential case is about."""
    _template(
        patch,
        "inbox/case.html",
        '{% if row.sensitivity == "special" or not row.readable %}',
        "{{ row.summary.message }}{% if not row.readable %}",
    )


def line_in_the_list(patch: pytest.MonkeyPatch) -> None:
    """So does its line in the list."""
    patch.setattr(words, "wants", lambda row: str(row.summary.get("message", "")))


def search_that_ignores_rights(patch: pytest.MonkeyPatch) -> None:
    """A search looks everywhere."""
    true_cases = cases.cases

    async def sought(
        session: AsyncSession, me: Me, tab: Tab, *, search: str = "", now: dt.datetime, **more: Any
    ) -> tuple[CaseRow, ...]:
        who = _as_somebody_else(me) if search else me
        return await true_cases(session, who, tab, search=search, now=now, **more)

    patch.setattr(inbox, "cases", sought)


def live_update(patch: pytest.MonkeyPatch) -> None:
    """The part that renews itself asks nobody who looks."""

    async def readable(session: AsyncSession, me: Me, case_id: int) -> CaseRow | None:
        return await cases.one_case(session, _as_somebody_else(me), case_id)

    patch.setattr(case, "_readable", readable)


def file(patch: pytest.MonkeyPatch) -> None:
    """A file is given to whoever knows its number."""

    async def kept_file(session: AsyncSession, me: Me, case_id: int, media_id: int) -> threads.Kept | None:
        del me, case_id
        row = (await session.execute(select(Media.content_type, Media.data).where(Media.id == media_id))).one_or_none()
        return threads.Kept(row.content_type, row.data) if row else None

    patch.setattr(media, "kept_file", kept_file)
    patch.setattr(threads, "kept_file", kept_file)


def history_note(patch: pytest.MonkeyPatch) -> None:
    """A note of handing over is shown with every case of the phone."""
    true_history = threads.history

    async def history(session: AsyncSession, school_id: int, case_id: int) -> tuple[threads.Happened, ...]:
        here = select(Case.conversation_id).where(Case.id == case_id).scalar_subquery()
        rows = await session.scalars(
            select(CaseEvent.note).join(Case, Case.id == CaseEvent.case_id).where(Case.conversation_id == here)
        )
        first = (await true_history(session, school_id, case_id))[0]
        return tuple(dataclasses.replace(first, note=note) for note in rows)

    patch.setattr(case, "history", history)


def count(patch: pytest.MonkeyPatch) -> None:
    """How many cases there are is counted over the school."""
    true_counts = cases.counts

    async def counts(session: AsyncSession, me: Me) -> dict[Tab, int]:
        return await true_counts(session, dataclasses.replace(me, administrator=True))

    patch.setattr(inbox, "counts", counts)


def why(patch: pytest.MonkeyPatch) -> None:
    """Why it came to somebody goes along with a case that exists and no more (this one was there)."""
    true_row = cases._row

    def row(found: Row[Any]) -> CaseRow:
        return dataclasses.replace(true_row(found), why=dict(found.Case.why))

    patch.setattr(cases, "_row", row)


def every_class(patch: pytest.MonkeyPatch) -> None:
    """All classes are shown to everybody."""
    patch.setattr(classes, "_mine", lambda _: true())


def notes(patch: pytest.MonkeyPatch) -> None:
    """Notes are asked for by number alone."""

    async def all_notes(session: AsyncSession, me: Me, case_id: int) -> tuple[aside.Note, ...]:
        del me
        rows = await session.scalars(select(CaseNote).where(CaseNote.case_id == case_id))
        return tuple(aside.Note("", row.at, row.text) for row in rows)

    patch.setattr(aside, "notes", all_notes)


def deed(patch: pytest.MonkeyPatch) -> None:
    """A form works on a case that its page does not show."""
    patch.setattr(handling, "readable", lambda me: Case.school_id == me.school_id)


def leaver(patch: pytest.MonkeyPatch) -> None:
    """A session outlives the job."""

    async def who(s: AsyncSession, token_hash: str, now: dt.datetime) -> Seen | None:
        row = (
            await s.execute(
                select(Session.seen_at, Staff, School)
                .join(Staff, Staff.id == Session.staff_id)
                .join(School, School.id == Staff.school_id)
                .where(Session.token_hash == token_hash, Session.expires_at > now)
            )
        ).one_or_none()
        if row is None:
            return None
        at, staff, school = row
        return Seen(Me(staff.id, school.id, "x", staff.administrator, (), school.name, school.timezone, ""), at)

    patch.setattr(session, "who", who)


def guardians_of_all(patch: pytest.MonkeyPatch) -> None:
    """Who writes is sought in every school."""
    true_find = classes.find_guardians

    async def find(s: AsyncSession, school_id: int, search: str, today: dt.date) -> tuple[GuardianRow, ...]:
        del school_id
        schools = (await s.scalars(select(School.id).order_by(func.abs(School.id)))).all()
        return tuple([row for number in schools for row in await true_find(s, number, search, today)])

    patch.setattr(case, "find_guardians", find)


def guardian_of_anybody(patch: pytest.MonkeyPatch) -> None:
    """A guardian's page is there for everybody at school."""
    patch.setattr(guardians, "_may_see", lambda _: true())


def ways_of_another(patch: pytest.MonkeyPatch) -> None:
    """My own page shows how a colleague is reached."""

    async def ways(s: AsyncSession, school_id: int, staff_id: int) -> Ways:
        other = await s.scalar(select(Staff.id).where(Staff.school_id == school_id, Staff.id != staff_id).limit(1))
        return await ways_of_staff(s, school_id, other or staff_id)

    patch.setattr(me_page, "ways_of_staff", ways)


PLANTS: Mapping[str, Plant] = {
    plant.__name__: plant
    for plant in (
        missing_rights_check,
        another_school,
        trusted_by_all,
        namesake,
        quote,
        thread_of_the_phone,
        title,
        line_in_the_list,
        search_that_ignores_rights,
        live_update,
        file,
        history_note,
        count,
        why,
        every_class,
        notes,
        deed,
        leaver,
        guardians_of_all,
        guardian_of_anybody,
        ways_of_another,
    )
}
