"""A person answers: what she will read is made (and shown) first, then saved once, and leaves like everything else."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.cases import waits_again
from bot.core.conversations import add_outbox, window_closed
from bot.core.mind import Mind
from bot.errors import Refusal
from bot.people.doubting import doubted
from bot.staff.handling import going_on, open_for
from bot.staff.knocking import Knock, add_knock, knocked
from bot.staff.phrases import PHRASES
from bot.staff.withdrawing import forget_later
from bot.translation.again import look_again
from bot.translation.checking import Doubt
from bot.translation.outward import Rendered
from bot.translation.port import Why
from bot.turn.types import Ours, Rota, Say, School
from db.engine import ring
from db.queries.school import SchoolView
from db.queries.staff import Me
from db.tables import Address, CaseEvent, Conversation, Outbox, ProviderAccount
from db.types import Author, CaseState, ChannelName, WaitReason
from locales.languages import SOURCE

LONGEST = 1500
TRANSLATED = "utter_staff_reply_translated"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,40}")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person at school wants to say: a ready phrase, words of their own, or both (then the phrase goes first)."""

    text: str = ""
    phrase: str = ""
    blanks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as she will read it, and the Dutch behind it. `in_her_language` is False where she reads Dutch.

    `by_machine`: a machine translated it; `means` is that translated back. `why`: why it was not, where somebody should know.
    """

    texts: tuple[str, ...]
    language: str
    response: str
    dutch: str
    in_her_language: bool
    by_machine: bool = False
    means: str = ""
    doubts: tuple[Doubt, ...] = ()
    why: Why | None = None
    look_first: bool = False
    """Whether a person should see it before it leaves."""


@dataclass(frozen=True, slots=True)
class Replied:
    """What became of it: it leaves now, or `waits` until she writes or proves herself (`knocked`: a template asks her to)."""

    waits: bool = False
    knocked: bool = False


def school_of(view: SchoolView) -> School:
    """The school as words need it."""
    return School(
        name=view.name,
        timezone=view.timezone,
        facts={"school_name": view.name, **view.facts},
        rota=Rota((), None),
        promise={},
        staff_names={},
    )


def compose(
    mind: Mind,
    view: SchoolView,
    reply: Reply,
    *,
    language: str,
    channel: ChannelName,
    name: str,
    rendered: Rendered | None = None,
) -> tuple[Letter, ...]:
    """The messages she will read. Words of one's own go to her as `rendered` has them, else as Dutch, and say which."""
    school, text = school_of(view), reply.text.strip()
    if not text and not reply.phrase:
        raise Refusal("Write an answer, or choose a ready phrase.")
    if len(text) > LONGEST:
        raise Refusal("This answer is too long: 1500 characters at most.")

    def words(response: str, values: Mapping[str, object], code: str) -> tuple[tuple[str, ...], str]:
        said = mind.words(Say(response, values), language=code, channel=channel, school=school, menu=0)
        return said.texts, said.language

    letters: list[Letter] = []
    if reply.phrase:
        if (phrase := PHRASES.get(reply.phrase)) is None:
            raise Refusal("This ready phrase no longer exists. Choose another.")
        values = phrase.values(reply.blanks)
        dutch = "\n".join(words(phrase.response, values, SOURCE)[0])
        hers, said_in = words(phrase.response, values, language)
        ready = translated(said_in, language)
        said = Ours("\n".join(hers)) if ready else dutch
        texts, _ = words(signed(in_her_language=ready), {"staff_name": name, "text": said}, language)
        letters.append(Letter(texts, said_in, phrase.response, dutch, ready))
    if text:
        by_machine = rendered is not None and bool(rendered.text)
        response = TRANSLATED if by_machine else signed(in_her_language=language == SOURCE)
        said = rendered.text if rendered is not None and by_machine else text
        texts, _ = words(response, {"staff_name": name, "text": said}, language)
        letters.append(
            Letter(
                texts,
                language if by_machine else SOURCE,
                response,
                text,
                by_machine or language == SOURCE,
                by_machine=by_machine,
                means=rendered.means if rendered else "",
                doubts=rendered.doubts if rendered else (),
                why=rendered.why if rendered else None,
                look_first=rendered is not None and rendered.doubtful,
            )
        )
    return tuple(letters)


def translated(said_in: str, language: str) -> bool:
    """Whether she gets more than the Dutch: her language, its other script, or the one nearest to it."""
    return said_in != SOURCE or language == SOURCE


def signed(*, in_her_language: bool) -> str:
    """How a person's words are signed: words left in Dutch are said, in her language, to be Dutch."""
    return "utter_staff_reply" if in_her_language else "utter_staff_reply_dutch"


async def reply(
    session: AsyncSession,
    me: Me,
    case_id: int,
    letters: tuple[Letter, ...],
    *,
    token: str,
    language: str,
    knocking: Knock | None,
    now: dt.datetime,
) -> Replied:
    """Save it, once per form (`token`). `knocking` opens a closed window, where the school has a template for it.

    Where the case was taken into another meanwhile, it is an answer of that one.
    Refuses where no message reaches her any more: the case stays open, and somebody has to call.
    """
    if not _TOKEN.fullmatch(token):
        raise Refusal("This form is too old. Open the case again.")
    case, conversation = await open_for(session, me, case_id)
    if before := await _sent_before(session, conversation, case_id, token):
        return before
    if (conversation.language or language) != language:
        raise Refusal("The parent has changed language meanwhile. Look at the preview again.")
    case = await going_on(session, me, case)
    address = await session.get_one(Address, conversation.address_id)
    if conversation.blocked_at is not None or address.dead_reason:
        raise Refusal("Messages no longer reach this number. Please call the parent.")
    unproven = await doubted(session, conversation, now) and case.verified
    waits = await _window_closed(session, conversation, address, now)
    rows = [
        add_outbox(
            session,
            conversation,
            key=f"case:{case_id}:{token}:{index}",
            text=text,
            now=now,
            author=Author.STAFF,
            wait=WaitReason.PROOF if unproven else WaitReason.WINDOW if waits else None,
            response=letter.response,
            language=letter.language,
            staff_id=me.staff_id,
            staff_text=letter.dutch if text is letter.texts[0] else "",
            case_id=case.id,
            repeatable=False,
        )
        for index, (letter, text) in enumerate((letter, text) for letter in letters for text in letter.texts)
    ]
    await session.flush()
    knocked = waits and await _knock(session, conversation, rows[0], knocking, now)
    conversation.human_at, conversation.human_case_id = now, case.id
    conversation.version += 1
    closed = case.state is CaseState.CLOSED
    if not unproven:
        case.state, case.waiting_since, case.snoozed_until, case.closed_at = CaseState.WAITING, None, None, None
    elif (
        case.waiting_since is None
    ):  # she does not have it yet: it stays somebody's until she does (bot/people/doubting.py)
        waits_again(case, now)
    if closed:
        await look_again(session, me.school_id, case.id)
    await forget_later(session, case)
    case.assignee_id = case.assignee_id or me.staff_id
    session.add(CaseEvent(school_id=me.school_id, case_id=case.id, kind="replied", staff_id=me.staff_id, at=now))
    ring(session, "outbox", "case")
    return Replied(waits or unproven, knocked)


async def _sent_before(session: AsyncSession, conversation: Conversation, case_id: int, token: str) -> Replied | None:
    """A double click, or a reload of the answer: it was saved already."""
    first = (
        await session.execute(
            select(Outbox).where(Outbox.school_id == conversation.school_id, Outbox.key == f"case:{case_id}:{token}:0")
        )
    ).scalar_one_or_none()
    return None if first is None else Replied(waits=first.wait_reason in {WaitReason.WINDOW, WaitReason.PROOF})


async def _window_closed(session: AsyncSession, conversation: Conversation, address: Address, now: dt.datetime) -> bool:
    account = await session.get_one(ProviderAccount, conversation.account_id)
    return window_closed(conversation, address.channel, account.provider, now)


async def _knock(
    session: AsyncSession, conversation: Conversation, row: Outbox, knocking: Knock | None, now: dt.datetime
) -> bool:
    """One knock until she answers, however many replies wait."""
    if await knocked(session, [conversation.id]):
        return True
    if knocking is not None:
        add_knock(session, conversation, row, knocking, now)
    return knocking is not None
