"""What the cases of a tab can be chosen by, and how many there are of each."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.cases import Tab, cases, in_tab, readable
from db.queries.staff import Me
from db.tables import Case, Conversation, Guardian, Inbox, Outbox, Pupil, SchoolClass
from db.types import Author, CaseState

MOST = 5000


@dataclass(frozen=True, slots=True)
class Facets:
    """Class (number and name), topic and language, each with how many cases; the most first."""

    groups: tuple[tuple[int, str, int], ...]
    topics: tuple[tuple[str, int], ...]
    languages: tuple[tuple[str, int], ...]


async def facets(session: AsyncSession, me: Me, tab: Tab) -> Facets:
    """Of what this person may read only."""
    rows = (
        await session.execute(
            select(
                Case.topic,
                SchoolClass.id.label("group"),
                SchoolClass.name,
                Conversation.language,
                Guardian.language.label("hers"),
            )
            .join(Conversation, Conversation.id == Case.conversation_id)
            .outerjoin(Guardian, Guardian.id == Case.guardian_id)
            .outerjoin(Pupil, Pupil.id == Case.pupil_id)
            .outerjoin(SchoolClass, SchoolClass.id == Pupil.class_id)
            .where(readable(me), in_tab(me, tab))
            .limit(MOST)
        )
    ).all()
    groups = Counter((row.name, row.group) for row in rows if row.group is not None)
    topics = Counter(row.topic for row in rows)
    languages = Counter(code for row in rows if (code := row.language or row.hers))
    return Facets(
        tuple((number, name, many) for (name, number), many in sorted(groups.items())),
        tuple(topics.most_common()),
        tuple(languages.most_common()),
    )


async def answered_thanks(session: AsyncSession, me: Me, thanks: frozenset[str], *, now: dt.datetime) -> frozenset[int]:
    """My open cases in which she had an answer from a person, and since then only said `thanks` (intents)."""
    mine = [row.case_id for row in await cases(session, me, Tab.MINE, now=now) if row.state is CaseState.OPEN]
    answers = await session.execute(
        select(Outbox.case_id, Outbox.seq).where(Outbox.case_id.in_(mine), Outbox.author == Author.STAFF)
    )
    answered: dict[int | None, int] = {}
    for case_id, seq in answers:
        answered[case_id] = max(seq, answered.get(case_id, 0))
    said: dict[int | None, list[str]] = {}
    for case_id, seq, trace in await session.execute(
        select(Inbox.case_id, Inbox.seq, Inbox.trace).where(Inbox.case_id.in_(answered))
    ):
        if seq > answered[case_id]:
            said.setdefault(case_id, []).append(str(trace.get("intent", "")))
    return frozenset(case_id for case_id, intents in said.items() if case_id and set(intents) <= thanks)
