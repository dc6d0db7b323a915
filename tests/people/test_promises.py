"""Promises that are kept, or told anew: plans change, nobody answers, and she hears of it once, in her language."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.people.steps import Step
from bot.staff import handling, team
from bot.staff.promises import Promises
from bot.staff.replies import Reply, compose, reply
from bot.staff.settings import change
from db.queries.settings import mentors_of
from db.queries.staff import Me
from db.tables import Case, CaseEvent, Outbox, StaffRole
from db.types import CaseState, ChannelName, OutboxState, Role, Sensitivity, WaitReason
from tests.web.world import Pages, spoken

pytestmark = pytest.mark.asyncio
ZONE = ZoneInfo("Europe/Amsterdam")
WEDNESDAY = dt.datetime(2026, 11, 25, 12, 0, tzinfo=ZONE)


def me(pages: Pages, name: str = "chief", *roles: Role) -> Me:
    """Somebody of the first school."""
    return Me(pages.one.staff[name], pages.one.school_id, name, name == "chief", roles, "", str(ZONE), "")


async def until_idle(promises: Promises) -> None:
    """All that is due."""
    for _ in range(20):
        if not await promises.once():
            return
    message = "it never rests"
    raise AssertionError(message)


async def to(pages: Pages, promises: Promises, text: str) -> None:
    """Move the clock to a moment at school."""
    moment = dt.datetime.fromisoformat(text).replace(tzinfo=ZONE)
    pages.clock.move(seconds=(moment - pages.clock.now()).total_seconds())
    await until_idle(promises)


async def promised(pages: Pages, **columns: object) -> int:
    """A case of Monday morning, promised before Wednesday noon."""
    columns = {"promise_at": WEDNESDAY, "told_at": WEDNESDAY, "channel": ChannelName.TELEGRAM} | columns
    return await pages.case(pages.one, **columns)


async def the(pages: Pages, case_id: int) -> Case:
    """It, as it is now."""
    return next(case for case in await pages.rows(Case) if case.id == case_id)


async def kinds(pages: Pages) -> list[tuple[str, str]]:
    """What happened, and to whom."""
    names = {number: name for name, number in pages.one.staff.items()}
    return [(event.kind, names.get(event.to_id or 0, "")) for event in await pages.rows(CaseEvent)]


async def away(pages: Pages, name: str, first: str, last: str, substitute: str | None = None) -> None:
    """As an administrator enters it."""
    place = pages.one
    await change(
        pages.database,
        me(pages),
        "an absence",
        lambda s: team.add_absence(
            s, place.school_id, place.staff[name], first, last, place.staff[substitute] if substitute else None
        ),
        at=pages.clock.now(),
    )


async def test_an_absence_gives_it_to_who_stands_in(pages: Pages, promises: Promises) -> None:
    """The promise stays, so she hears nothing; whoever takes over sees why."""
    case_id = await promised(pages)
    await until_idle(promises)
    await away(pages, "mentor", "2026-11-24", "2026-11-27", "stranger")
    await until_idle(promises)
    case = await the(pages, case_id)
    assert (case.assignee_id, case.promise_at) == (pages.one.staff["stranger"], WEDNESDAY)
    assert case.why["instead_of"] == "mevrouw De Wit"
    assert await kinds(pages) == [("given_on", "stranger")]
    assert await pages.rows(Outbox) == []


async def test_a_later_day_is_told_once(pages: Pages, promises: Promises) -> None:
    """In her language, with who has it; looked at again, nothing more is said."""
    case_id = await promised(pages)
    await pages.change(Case, case_id, role=Role.FINANCE, assignee_id=pages.one.staff["desk"])
    await until_idle(promises)
    place = pages.one
    given = team.Given(
        "mevrouw", "Dina", "Balie", "", "desk@voorbeeld.example", "", weekdays=(0, 3), administrator=False
    )
    await change(
        pages.database,
        me(pages),
        "a person",
        lambda s: team.save_person(s, place.school_id, place.staff["desk"], given),
        at=pages.clock.now(),
    )
    await until_idle(promises)
    await until_idle(promises)
    (row,) = await pages.rows(Outbox)
    case = await the(pages, case_id)
    assert case.promise_at == dt.datetime(2026, 11, 26, 12, 0, tzinfo=ZONE)
    assert (row.response, row.language, row.state, row.case_id) == (
        "utter_answer_later",
        "tr",
        OutboxState.QUEUED,
        case_id,
    )
    assert "Balie" in row.text
    assert "26 Kasım" in row.text
    assert ("told_later", "desk") in await kinds(pages)


async def test_an_earlier_day_is_not_told(pages: Pages, promises: Promises) -> None:
    """And a day that becomes later again, but not later than she was told, is not either."""
    case_id = await promised(pages, told_at=dt.datetime(2026, 11, 30, 12, 0, tzinfo=ZONE))
    await until_idle(promises)
    await away(pages, "mentor", "2026-11-25", "2026-11-25", "comentor")
    await away(pages, "comentor", "2026-11-25", "2026-11-25", "mentor")
    await until_idle(promises)
    assert await pages.rows(Outbox) == []
    assert (await the(pages, case_id)).promise_at


async def test_silence_climbs_step_by_step(pages: Pages, promises: Promises) -> None:
    """Reminded, to the other mentor, to the team leader; told; to the last resort, and told; each once and in time."""
    place = pages.one

    async def name(session: AsyncSession) -> None:
        session.add(StaffRole(school_id=place.school_id, staff_id=place.staff["chief"], role=Role.LAST_RESORT))

    await pages.database.write(name)
    case_id = await promised(pages)
    await until_idle(promises)
    seen = []
    for text in ("24T11:59", "24T12:00", "25T08:00", "25T10:00", "25T12:00", "26T11:59", "26T12:00", "27T08:00"):
        await to(pages, promises, f"2026-11-{text}")
        case = await the(pages, case_id)
        seen.append((text, Step(case.step).name, len(await pages.rows(Outbox))))
    assert await kinds(pages) == [
        ("reminded", "mentor"),
        ("to_next", "comentor"),
        ("to_above", "leader"),
        ("told_later", "leader"),
        ("to_last_resort", "chief"),
        ("told_later", "chief"),
        ("reminded", "chief"),
    ]
    assert seen == [
        ("24T11:59", "NOTHING", 0),
        ("24T12:00", "REMINDED", 0),
        ("25T08:00", "NEXT", 0),
        ("25T10:00", "ABOVE", 0),
        ("25T12:00", "TOLD", 1),
        ("26T11:59", "TOLD", 1),
        ("26T12:00", "LAST_RESORT", 2),
        ("27T08:00", "LAST_RESORT", 2),
    ]


async def test_what_is_special_climbs_in_trust(pages: Pages, promises: Promises) -> None:
    """No team leader learns of a worry because a mentor was silent."""
    await promised(pages, topic="concern", sensitivity=Sensitivity.SPECIAL)
    await until_idle(promises)
    for text in ("24T12:00", "25T08:00", "25T10:00"):
        await to(pages, promises, f"2026-11-{text}")
    assert await kinds(pages) == [("reminded", "mentor"), ("to_next", "comentor"), ("to_above", "safety")]


async def test_an_answer_ends_it(pages: Pages, promises: Promises) -> None:
    """Nothing is reminded of, and what she was to hear of a later day never leaves."""
    case_id = await promised(pages, channel=ChannelName.WHATSAPP)
    await until_idle(promises)
    for text in ("25T08:00", "25T10:00", "25T12:00"):
        await to(pages, promises, f"2026-11-{text}")
    (row,) = await pages.rows(Outbox)
    assert (row.state, row.wait_reason) == (OutboxState.WAITING, WaitReason.WINDOW)  # two days after her word
    async with pages.database.read() as session:
        view = await pages.line.scenes.view(session, pages.one.school_id)
    mind, leader = spoken(), me(pages, "leader", Role.TEAM_LEADER)
    letters = compose(mind, view, Reply("Ja"), language="tr", channel=ChannelName.WHATSAPP, name="x")
    await pages.database.write(
        lambda s: reply(
            s, leader, case_id, letters, token="token-123", language="tr", knocking=None, now=pages.clock.now()
        )
    )
    await to(pages, promises, "2026-11-30T12:00")
    states = {row.key.split(":")[0]: row.state for row in await pages.rows(Outbox)}
    assert states == {"later": OutboxState.CANCELLED, "case": OutboxState.WAITING}
    assert (await the(pages, case_id)).state is CaseState.WAITING
    assert (await kinds(pages))[-1] == ("replied", "")


async def test_by_night_it_waits_until_the_school_opens(pages: Pages, promises: Promises) -> None:
    """An administrator who works at ten in the evening wakes nobody."""
    await promised(pages)
    await to(pages, promises, "2026-11-23T22:00")
    for name in ("mentor", "comentor", "leader", "office", "chief", "desk", "safety", "stranger"):
        await away(pages, name, "2026-11-24", "2026-11-25")
    await until_idle(promises)
    (row,) = await pages.rows(Outbox)
    assert (row.wait_reason, row.not_before) == (WaitReason.QUIET_HOURS, dt.datetime(2026, 11, 24, 8, 0, tzinfo=ZONE))


async def test_whom_nothing_reaches_is_to_be_called(pages: Pages, promises: Promises) -> None:
    """It stands in the history; nothing is tried."""
    from db.tables import Conversation

    case_id = await promised(pages)
    conversation = (await the(pages, case_id)).conversation_id
    await pages.change(Conversation, conversation, blocked_at=pages.clock.now())
    await to(pages, promises, "2026-11-25T12:00")
    assert (await kinds(pages))[-1] == ("not_told", "mentor")
    assert await pages.rows(Outbox) == []


async def test_a_case_that_nobody_was_promised_is_watched_too(pages: Pages, promises: Promises) -> None:
    """A message that could not be delivered, for instance: it has a person, and a day."""
    case_id = await pages.case(pages.one, promise_at=None, assignee_id=None, role=Role.ADMINISTRATION)
    await until_idle(promises)
    case = await the(pages, case_id)
    assert (case.assignee_id, case.promise_at, case.told_at) == (pages.one.staff["office"], WEDNESDAY, None)
    assert case.look_at == dt.datetime(2026, 11, 24, 12, 0, tzinfo=ZONE)


async def test_who_left_has_nothing(pages: Pages, promises: Promises) -> None:
    """Whoever comes next has it from the same moment."""
    case_id = await promised(pages)
    place, now = pages.one, pages.clock.now()
    await change(
        pages.database,
        me(pages),
        "leaving",
        lambda s: team.leave(s, place.school_id, place.staff["mentor"], by=place.staff["chief"], now=now),
        at=now,
    )
    await until_idle(promises)
    assert (await the(pages, case_id)).assignee_id == place.staff["comentor"]


async def test_handing_over_keeps_the_promise_where_it_can_be_kept(pages: Pages, promises: Promises) -> None:
    """To a colleague who is away until Friday: she hears of Friday."""
    case_id, place = await promised(pages), pages.one
    await until_idle(promises)
    async with pages.database.read() as session:
        view = await pages.line.scenes.view(session, place.school_id)
    await pages.database.write(
        lambda s: handling.hand_over(
            s, me(pages), case_id, to=place.staff["leader"], note="", view=view, now=pages.clock.now()
        )
    )
    await until_idle(promises)
    assert (await the(pages, case_id)).promise_at == WEDNESDAY

    async def part_time(session: AsyncSession) -> None:
        from db.queries.school import renew
        from db.tables import Staff

        (await session.get_one(Staff, place.staff["leader"])).weekdays = "04"
        await renew(session, place.school_id)

    await pages.database.write(part_time)
    await until_idle(promises)
    case = await the(pages, case_id)
    assert (case.assignee_id, case.promise_at) == (place.staff["leader"], dt.datetime(2026, 11, 27, 12, 0, tzinfo=ZONE))
    assert len(await pages.rows(Outbox)) == 1


async def test_one_that_breaks_holds_up_no_other(
    pages: Pages, promises: Promises, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked at again in a while."""
    first, second = await promised(pages, language="xx"), await promised(pages)

    async def breaks(session: AsyncSession, school_id: int, pupil_id: int | None) -> tuple[int, ...]:
        case = await session.get_one(Case, first)
        if case in session and case.look_at is None and case.reckoned == -1:
            raise KeyError
        return await mentors_of(session, school_id, pupil_id)

    monkeypatch.setattr("bot.staff.promises.mentors_of", breaks)
    await until_idle(promises)
    broken, sound = await the(pages, first), await the(pages, second)
    assert broken.look_at == pages.clock.now() + dt.timedelta(minutes=5)
    assert sound.reckoned >= 0
