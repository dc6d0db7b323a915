"""What a search in the inbox looks at: names, and what was said. What is typed is text, never a pattern."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, false, or_
from sqlalchemy.orm import InstrumentedAttribute

from db.tables import Case, CaseNote, Guardian, Inbox, Outbox, Pupil, SchoolClass

SHORTEST = 3
"""Fewer letters stand in almost every message."""


def named(search: str) -> ColumnElement[bool]:
    """A guardian, a child or a class."""
    names = [
        Guardian.given_name + " " + Guardian.family_name,
        Pupil.given_name + " " + Pupil.family_name,
        SchoolClass.name,
    ]
    return or_(*(name.icontains(search, autoescape=True) for name in names))


def said(search: str) -> ColumnElement[bool]:
    """Her words, ours, and the notes of colleagues."""
    if len(search) < SHORTEST:
        return false()
    return or_(
        exists().where(Inbox.case_id == Case.id, _holds(Inbox.text, search)),
        exists().where(Outbox.case_id == Case.id, or_(_holds(Outbox.text, search), _holds(Outbox.staff_text, search))),
        exists().where(CaseNote.case_id == Case.id, _holds(CaseNote.text, search)),
    )


def _holds(column: InstrumentedAttribute[str], search: str) -> ColumnElement[bool]:
    """SQLite knows small and capital letters of English only: the others are asked for in each form."""
    forms = dict.fromkeys((search, search.lower(), search.upper(), search.capitalize()))
    return or_(column.icontains(search, autoescape=True), *(column.contains(form, autoescape=True) for form in forms))
