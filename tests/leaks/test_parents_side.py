"""No message that leaves holds a fact of another family, or a word of hers where staff's phones lie on tables."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import pytest
from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core import alarms, apply, cases, known, quoting
from bot.core.conversations import add_outbox, lock
from bot.staff import notes
from bot.turn import who
from db.queries import door
from db.queries.door import BoundGuardian
from db.queries.staff import Me
from db.tables import Case, Conversation, Guardianship, Inbox, Pupil, SchoolClass
from db.types import CaseState
from tests.leaks import talking
from tests.leaks.families import add_families
from tests.leaks.marks import Marks
from tests.leaks.talking import Talk
from tests.line.house import House

pytestmark = [pytest.mark.asyncio, pytest.mark.enable_socket, pytest.mark.timeout(280)]
SEED = 11
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def begin(house: House, seed: int, *, children: int) -> Talk:
    """Families whom nobody has written to yet."""
    chance = random.Random(seed)
    marks, place, before = Marks(chance), house.place, house.clock.now() - dt.timedelta(days=1)
    families = await house.line.database.write(
        lambda s: add_families(s, place.school_id, place.staff["mentor"], marks, chance, children, before)
    )
    return Talk(house, families, chance)


async def test_no_family_hears_of_another(house: House) -> None:
    """Parents apart, with fewer rights, on one phone, with children of one name: 0."""
    talk = await begin(house, SEED, children=5)
    await talk.goes_on(6)
    found, sent = talk.leaks()
    print(f"leaks, parents' side: seed {SEED}, {sent} messages sent, {talk.many} facts")  # noqa: T201 - what the run is for
    assert sent > 50
    assert found == []


@pytest.mark.long
@pytest.mark.timeout(3000)
@SQLITE
@pytest.mark.parametrize("seed", range(1, 7))
async def test_no_family_hears_of_another_long(house: House, seed: int) -> None:
    """A larger school, for longer."""
    talk = await begin(house, seed, children=20)
    await talk.goes_on(25)
    found, sent = talk.leaks()
    print(f"leaks, parents' side: seed {seed}, {sent} messages sent, {talk.many} facts")  # noqa: T201 - what the run is for
    assert found == []


# --------------------------------------------------------------------------- planted


def rights_forgotten(patch: pytest.MonkeyPatch) -> None:
    """The door asks for a guardianship, not for its rights."""
    rows = (
        select(
            Guardianship.guardian_id, Pupil.id, Pupil.given_name, Pupil.family_name, Pupil.birthday, Pupil.class_id,
            SchoolClass.name, Guardianship.rights, Guardianship.consent_at,
        )
        .join(Guardianship, Guardianship.pupil_id == Pupil.id)
        .outerjoin(SchoolClass, SchoolClass.id == Pupil.class_id)
        .where(Guardianship.guardian_id.in_(bindparam("guardians", expanding=True)))
    )  # fmt: skip
    patch.setattr(door, "_CHILDREN", rows)


def namesakes_are_one(patch: pytest.MonkeyPatch) -> None:
    """A child is found by its family's name."""
    one = rows_of_namesakes()
    patch.setattr(door, "_CHILDREN", one)


def rows_of_namesakes() -> object:
    """Children of everybody whose child has the same name."""
    from sqlalchemy.orm import aliased

    mine = aliased(Pupil)
    return (
        select(
            Guardianship.guardian_id, Pupil.id, Pupil.given_name, Pupil.family_name, Pupil.birthday, Pupil.class_id,
            SchoolClass.name, Guardianship.rights, Guardianship.consent_at,
        )
        .join(mine, Guardianship.pupil_id == mine.id)
        .join(Pupil, Pupil.family_name == mine.family_name)
        .outerjoin(SchoolClass, SchoolClass.id == Pupil.class_id)
        .where(Guardianship.guardian_id.in_(bindparam("guardians", expanding=True)), Guardianship.rights != "none")
    )  # fmt: skip


def case_of_the_child(patch: pytest.MonkeyPatch) -> None:
    """One case for a subject and a child, whoever of the parents writes."""
    true_open = cases.open_case

    async def open_case(session: AsyncSession, scene, conversation: Conversation, event, *, now):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        before = await session.scalar(
            select(Case).where(Case.topic == event.topic, Case.state != CaseState.CLOSED).order_by(Case.id).limit(1)
        )
        return before or await true_open(session, scene, conversation, event, now=now)

    patch.setattr(apply, "open_case", open_case)


def quote_of_anybody(patch: pytest.MonkeyPatch) -> None:
    """A quoted number is looked up over all phones, and the case behind it is not kept apart from who writes."""
    hers = select(Inbox.case_id, Inbox.received_at.label("at")).where(Inbox.provider_id == bindparam("number")).limit(1)
    patch.setattr(quoting, "_HERS", hers)
    true_case = quoting._case

    async def case(session, conversation, view, row):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        del conversation
        found = await session.get(Case, row.case_id) if row.case_id is not None else None
        if found is None:
            return None
        owner = await session.get(Conversation, found.conversation_id)
        return await true_case(session, owner, view, row)

    patch.setattr(quoting, "_case", case)
    patch.setattr(who, "_keep_apart", lambda _draft: None)


def note_that_leaves(patch: pytest.MonkeyPatch) -> None:
    """A note goes to the parent too."""
    true_note = notes.add_note

    async def add_note(session: AsyncSession, me: Me, case_id: int, *, text: str, now: dt.datetime) -> None:
        await true_note(session, me, case_id, text=text, now=now)
        case = await session.get_one(Case, case_id)
        conversation = await lock(session, case.conversation_id)
        add_outbox(session, conversation, key=f"planted:{text}", text=text, now=now, case_id=case_id)

    patch.setattr(talking, "add_note", add_note)


def alarm_with_words(patch: pytest.MonkeyPatch) -> None:
    """The rota's SMS quotes her."""

    async def raise_alarm(
        session: AsyncSession, warned: Iterable[Conversation], inbox_id: int, *, now: dt.datetime
    ) -> None:
        hers = await session.get_one(Inbox, inbox_id)
        patch.setattr(alarms, "TEXT", f"Ouderlijn: {hers.text}")
        await alarms.raise_alarm(session, warned, inbox_id, now=now)

    patch.setattr(apply, "raise_alarm", raise_alarm)


def known_by_the_other_parent(patch: pytest.MonkeyPatch) -> None:
    """On a phone together the one before is taken for who writes, and nobody is asked."""
    true_guardians = door.guardians_of_addresses

    async def first(session: AsyncSession, schools: Mapping[int, int]) -> dict[int, tuple[BoundGuardian, ...]]:
        return {address: live[:1] for address, live in (await true_guardians(session, schools)).items()}

    patch.setattr(known, "guardians_of_addresses", first)


def asked_with_more(patch: pytest.MonkeyPatch) -> None:
    """Who is asked which of several writes reads family names too."""
    true_guardians = door.guardians_of_addresses

    async def whole(session: AsyncSession, schools: Mapping[int, int]) -> dict[int, tuple[BoundGuardian, ...]]:
        bound = await true_guardians(session, schools)
        return {at: tuple(replace(each, given_name=each.name) for each in live) for at, live in bound.items()}

    patch.setattr(known, "guardians_of_addresses", whole)


PLANTS: Mapping[str, Callable[[pytest.MonkeyPatch], None]] = {
    plant.__name__: plant
    for plant in (
        rights_forgotten,
        namesakes_are_one,
        case_of_the_child,
        quote_of_anybody,
        note_that_leaves,
        alarm_with_words,
        known_by_the_other_parent,
        asked_with_more,
    )
}


@SQLITE
@pytest.mark.parametrize("name", PLANTS)
async def test_a_planted_leak_is_found(house: House, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """What would not be found if it were there is not looked for."""
    PLANTS[name](monkeypatch)
    talk, found = await begin(house, SEED, children=6), list[str]()
    for _ in range(12):  # parents write by chance: it may take a while until somebody asks for what is planted
        await talk.goes_on(4)
        found, _ = talk.leaks()
        if found:
            break
    print(f"planted {name}: {found[:1]}")  # noqa: T201 - what the run is for
    assert found
