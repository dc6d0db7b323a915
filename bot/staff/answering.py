"""A colleague's answer from outside the inbox: the same checks and the same words as there, or a kind message back.

Nothing is passed on that is in doubt. To which case it belongs is said by what it answers (a mail's token, the message that a
Telegram reply quotes), never guessed; whoever may no longer read the case may not answer it either.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import Clock
from bot.core.conversations import add_outbox, lock
from bot.core.known import Scenes
from bot.core.mind import Minds
from bot.errors import Refusal
from bot.staff import handling
from bot.staff.chats import STOPS, bind_chat, by_mail_again, is_code
from bot.staff.desk import NO_CASE, Desk, Thread
from bot.staff.knocks import knock_for
from bot.staff.mail_in import count
from bot.staff.marks import N_
from bot.staff.notice_words import MANY_SUBJECT, SUBJECT, said
from bot.staff.notices import mail_payload
from bot.staff.preparing import LookFirst, looked_at, prepare
from bot.staff.replies import Replied, Reply
from bot.staff.replies import reply as save_reply
from bot.translation.service import Translation
from db.engine import Database, ring
from db.queries.cases import one_case
from db.queries.merged import goes_on_in
from db.queries.staff import Me, me_of
from db.tables import Address, Conversation, Inbox, Outbox, ProviderAccount, StaffNotice
from db.tables.messages import INBOX_STAFF
from db.types import CaseState, ChannelName, InboundKind, InboxState, Sensitivity
from locales.languages import SOURCE

log = logging.getLogger(__name__)
BACK = "staff_back"
CLOSES = frozenset({"sluit", "sluiten"})
"""As the whole of an answer: the case is closed and the parent gets nothing."""
MOST_BACK = 10
"""Messages back to one colleague in a day: two machines must not write to each other for ever."""
_AT_ONCE = 20
_TRIES = 3
_PLACE = "case:"
WORDS: Mapping[str, str] = {
    "attached": N_(
        "Your answer was not sent: it has something attached, and that cannot be passed on. Please send it "
        "again without, or answer in the inbox."
    ),
    "empty": N_(
        "Your answer was not sent: there were no words of your own in it. Please write above the line, or "
        "answer in the inbox."
    ),
    "unplaced": N_(
        "Your message went to no parent: it does not say which message it answers. Please use Reply under the "
        "message about that parent, or answer in the inbox."
    ),
    "several": N_(
        "Your message went to no parent: an overview cannot be answered, it is about several parents. Please "
        "open the message in the inbox."
    ),
    "special": N_("Your answer was not sent: this message can only be answered in the inbox."),
    "not_yours": N_("Your answer was not sent: this message is no longer with you. Please look in the inbox."),
    "closed": N_(
        "Your answer was not sent: this conversation is closed. Open it again in the inbox if you want to add "
        "something."
    ),
    "doubtful": N_(
        "Your answer was not sent: something in its translation is doubtful. Please write it in the inbox, look at "
        "the translation there, and send it."
    ),
    "sent": N_("Your answer is on its way to the parent."),
    "sent_dutch": N_("Your answer is on its way to the parent, in Dutch: no computer translates it into her language."),
    "waits": N_(
        "Your answer is kept. WhatsApp lets it through when the parent writes again; we ask for that where we can."
    ),
    "failed": N_("Your answer could not be sent. Please answer in the inbox."),
    "shut": N_("The conversation is closed. The parent got no message."),
    "bound": N_(
        "This chat is now yours for messages of the school. You hear it here when a parent waits for you. To "
        "answer, reply to that message; to stop, write: stop."
    ),
    "unbound": N_("You get no more messages of the school here. You can choose how you hear them on your own page."),
    "bad_code": N_(
        "This code is not valid (any more). Colleagues: make a new one on your own page. Parents: just write "
        "your question."
    ),
    "parent_chat": N_(
        "This chat is known as a parent's and stays that. Please use another Telegram account for your work."
    ),
    "not_allowed": N_("Your school does not use Telegram for this. Please answer in the inbox."),
}
HELP = N_(
    "I only pass on answers: reply to a message about a parent. Is somebody in danger now? Call 112. "
    "Do you want to write as a parent? Use another Telegram account."
)
_QUIET = frozenset({"sent", "sent_dutch", "shut"})
"""What is said on Telegram only: nobody wants a mail for each answer that went well."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What somebody wrote, from where, and who they are."""

    inbox_id: int
    school_id: int
    conversation_id: int
    channel: ChannelName
    kind: InboundKind
    text: str
    quoted: str
    me: Me | None
    at: dt.datetime


class Answering:
    """A part of the worker."""

    name = "answering"

    def __init__(
        self, database: Database, minds: Minds, scenes: Scenes, clock: Clock, desk: Desk, translation: Translation
    ) -> None:
        """Nothing is started here."""
        self._db, self._minds, self._scenes, self._clock, self._desk = database, minds, scenes, clock, desk
        self._translation = translation
        self._failed: dict[int, int] = {}

    async def once(self) -> int:
        """Take the answers that wait, in order; returns how many that was."""
        async with self._db.read() as session:
            waiting = (
                await session.scalars(select(Inbox.id).where(INBOX_STAFF).order_by(Inbox.id).limit(_AT_ONCE))
            ).all()
        for inbox_id in waiting:
            try:
                await self._answer(inbox_id)
            except Exception as error:  # noqa: BLE001 - one must not hold up all later ones
                # Tried again; after the last time its words go, and its writer hears to use the inbox (`_give_up`).
                self._failed[inbox_id] = tries = self._failed.get(inbox_id, 0) + 1
                log.error("a colleague's answer met %s, attempt %d", type(error).__name__, tries)
                if tries >= _TRIES:
                    await self._give_up(inbox_id)
        return len(waiting)

    async def _give_up(self, inbox_id: int) -> None:
        """Whatever it is about this answer: its writer hears that it went nowhere."""
        async with self._db.read() as session:
            answer = await _read(session, inbox_id)
        await self._db.write(lambda s: self._back(s, answer, "failed"))
        del self._failed[inbox_id]

    async def _answer(self, inbox_id: int) -> None:
        async with self._db.read() as session:
            answer = await _read(session, inbox_id)
        result = await self._result(answer)
        await self._db.write(lambda s: self._back(s, answer, result))

    async def _result(self, answer: _Answer) -> str:  # noqa: PLR0911 - one for each end
        """What becomes of it: a name of `WORDS`, or a refusal's own sentence."""
        if answer.channel is ChannelName.TELEGRAM and is_code(answer.text):
            return await self._db.write(
                lambda s: bind_chat(s, answer.school_id, answer.conversation_id, answer.text, self._desk, answer.at)
            )
        me = answer.me
        if me is None:
            return "stranger"
        if answer.channel is ChannelName.TELEGRAM and answer.text.strip().casefold() in STOPS:
            await self._db.write(lambda s: by_mail_again(s, me))
            return "unbound"
        if answer.kind not in (InboundKind.TEXT, InboundKind.EMPTY, InboundKind.BUTTON):
            return "attached"
        try:
            return await self._reply(answer, me)
        except handling.NoSuchCase:
            return "not_yours"
        except LookFirst:
            return "doubtful"
        except Refusal as error:
            return str(error)

    async def _reply(self, answer: _Answer, me: Me) -> str:  # noqa: PLR0911 - one for each end
        async with self._db.read() as session:
            case_id = await _place(session, answer)
            row = await one_case(session, me, case_id) if isinstance(case_id, int) else None
            view = await self._scenes.view(session, me.school_id)
        if isinstance(case_id, str):
            return case_id
        if row is None or not row.readable:
            return "not_yours"
        if row.sensitivity is Sensitivity.SPECIAL:
            return "special"
        now, text = self._clock.now(), answer.text.strip()
        if text.casefold().rstrip(".! ") in CLOSES:
            await self._db.write(lambda s: handling.close(s, me, case_id, now=now))
            return "shut"
        if row.state is CaseState.CLOSED:
            return "closed"
        if not text:
            return "empty"
        mind, language = await self._minds.of(me.school_id), row.language or SOURCE
        letters = looked_at(
            await prepare(
                self._db,
                self._translation,
                mind,
                view,
                Reply(text),
                school_id=me.school_id,
                case_id=case_id,
                language=language,
                channel=row.channel,
                name=me.name,
            )
        )
        knocking, token = knock_for(mind, view, language), f"answer-{answer.inbox_id:08d}"

        async def save(session: AsyncSession) -> Replied:
            done = await save_reply(
                session, me, case_id, letters, token=token, language=language, knocking=knocking, now=now
            )
            await handling.read_case(session, me, case_id, now=now)
            return done

        done = await self._db.write(save)
        return "waits" if done.waits else "sent" if all(letter.in_her_language for letter in letters) else "sent_dutch"

    async def _back(self, session: AsyncSession, answer: _Answer, result: str) -> None:
        """Say what became of it, and be done with the message: its words stand in the case now, or nowhere."""
        conversation = await lock(session, answer.conversation_id)
        row = await session.get_one(Inbox, answer.inbox_id, with_for_update=True, populate_existing=True)
        if row.state is not InboxState.STAFF:
            return
        name = result if result in WORDS or result == "stranger" else "refused"
        await count(session, answer.school_id, name)
        quiet = answer.channel is ChannelName.MAIL and name in _QUIET
        if result == "stranger" and answer.channel is ChannelName.TELEGRAM:
            # Who has left may be a parent, or become one: a turn answers all of it, as it answers everybody.
            address = await session.get_one(Address, conversation.address_id)
            address.staff_id, row.state = None, InboxState.OPEN
            ring(session, "inbox")
        else:
            row.state, row.done_at, row.text, row.payload = InboxState.DONE, self._clock.now(), "", {}
        if result == "stranger" or quiet or await _enough(session, conversation, self._clock.now()):
            return
        text = said(WORDS[result]) if result in WORDS else said(result)
        if answer.channel is ChannelName.TELEGRAM and result == "unplaced":
            text = said(HELP)
        payload = {}
        if answer.channel is ChannelName.MAIL:
            account = await session.get_one(ProviderAccount, conversation.account_id)
            case_id = answer.quoted.removeprefix(_PLACE)
            thread = Thread(int(case_id), answer.me.staff_id) if case_id and answer.me else None
            again = thread if result == "empty" else None
            whose = again or Thread(NO_CASE, answer.me.staff_id if answer.me else 0)
            subject = said(SUBJECT if thread else MANY_SUBJECT)
            payload = mail_payload(
                self._desk,
                f"Re: {subject}",
                self._desk.token(answer.school_id, whose),
                f"b{answer.inbox_id}",
                {"from": account.external_id},
                name=answer.me.school_name if answer.me else "",
                fresh=again is None,
            )
            text = f"{text}\n\n{self._desk.url}/inbox" + (f"/{case_id}" if case_id else "")
        add_outbox(
            session,
            conversation,
            key=f"staff:answer-{answer.inbox_id}:{answer.me.staff_id if answer.me else 0}:{answer.channel}",
            text=text,
            now=self._clock.now(),
            payload=payload,
            response=BACK,
        )
        ring(session, "outbox")


async def _read(session: AsyncSession, inbox_id: int) -> _Answer:
    row, address = (
        await session.execute(
            select(Inbox, Address)
            .join(Conversation, Conversation.id == Inbox.conversation_id)
            .join(Address, Address.id == Conversation.address_id)
            .where(Inbox.id == inbox_id)
        )
    ).one()
    return _Answer(
        inbox_id=row.id,
        school_id=row.school_id,
        conversation_id=row.conversation_id,
        channel=address.channel,
        kind=row.kind,
        text=row.text,
        quoted=str(row.payload.get("quoted", "")),
        me=await me_of(session, row.school_id, address.staff_id) if address.staff_id else None,
        at=row.received_at,
    )


async def _place(session: AsyncSession, answer: _Answer) -> int | str:
    """The case it answers, or what that was taken into; or why that cannot be said."""
    if answer.channel is ChannelName.MAIL:
        number = answer.quoted.removeprefix(_PLACE)
        return await goes_on_in(session, int(number)) if number.isdigit() else "unplaced"
    if not answer.quoted:
        return "unplaced"
    found = await session.scalars(
        select(StaffNotice.case_id)
        .join(Outbox, Outbox.id == StaffNotice.outbox_id)
        .where(Outbox.conversation_id == answer.conversation_id, Outbox.provider_sid == answer.quoted)
        .distinct()
    )
    cases = list({await goes_on_in(session, case_id) for case_id in found.all()})
    return cases[0] if len(cases) == 1 else "several" if cases else "unplaced"


async def _enough(session: AsyncSession, conversation: Conversation, now: dt.datetime) -> bool:
    """Whether this colleague was written back to so often today that a machine must be on the other side."""
    told = await session.scalar(
        select(func.count())
        .select_from(Outbox)
        .where(
            Outbox.conversation_id == conversation.id,
            Outbox.response == BACK,
            Outbox.created_at > now - dt.timedelta(days=1),
        )
    )
    return (told or 0) >= MOST_BACK
