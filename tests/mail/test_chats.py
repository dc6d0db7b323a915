"""Colleagues on Telegram, with the real client and a local Bot API: a chat is theirs or a parent's, never both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff.answering import HELP, WORDS
from bot.staff.chats import new_code
from bot.staff.notice_words import FACT, said
from bot.staff.notices import TELEGRAM
from bot.staff.preferences import Wish, save_wish
from db.queries.staff import Me
from db.tables import Address, Case, Conversation, Inbox, Outbox, Staff, StaffMedium
from db.types import Author, ChannelName, InboxState, Medium
from tests.line.phones import Phone, phone
from tests.line.school import FATMA
from tests.mail.post import BOTH, PostHouse, writes
from tests.servers.telegram import BLOCKED

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]

CHAT = "777000111"
ANSWER = "Dat kan. Komt u dinsdag om 15.00 uur naar school?"


@dataclass
class Chat:
    """A colleague's own Telegram."""

    house: PostHouse
    phone: Phone

    async def says(self, text: str, **fields: Any) -> None:
        """They write; everything happens that is due."""
        await self.phone.posts(text, **fields)
        await self.house.line.settle()

    def heard(self) -> list[dict[str, Any]]:
        """What the bot sent them."""
        return self.phone.brought()

    async def replies(self, text: str, to: dict[str, Any]) -> None:
        """They hold a message of the bot, choose Reply, and write."""
        quoted = {
            "message_id": to["message_id"],
            "date": int(self.house.clock.now().timestamp()),
            "chat": {"id": int(CHAT), "type": "private"},
        }
        await self.says(text, reply_to_message=quoted)


@asynccontextmanager
async def chat(house: PostHouse, who: str = "mentor", *, bound: bool = True) -> AsyncIterator[Chat]:
    """The mentor's chat, bound by a code as their page shows it."""
    async with phone(house.line, "telegram webhook", {**FATMA, ChannelName.TELEGRAM: CHAT}) as theirs:
        made = Chat(house, theirs)
        if bound:
            await house.fact(TELEGRAM, "yes")
            await made.says(f"/start {await code(house, who)}")
        yield made


async def code(house: PostHouse, who: str = "mentor") -> str:
    """The code that their page shows."""
    place = house.line.place
    me = Me(place.staff[who], place.school_id, "", False, (), "", "Europe/Amsterdam", "")
    return await house.line.line.database.write(lambda s: new_code(s, me, house.line.line.desk, house.clock.now()))


async def staff_words(house: PostHouse) -> list[str]:
    """What parents got from people."""
    return [row.staff_text for row in await house.rows(Outbox) if row.author is Author.STAFF]


@BOTH
async def test_a_mentor_binds_a_chat_is_told_there_and_answers_there(house: PostHouse) -> None:
    """The code, a notice with as much as the school allows, Telegram's reply, and the parent reads it on WhatsApp."""
    await house.fact(FACT, "about")
    async with chat(house) as theirs:
        fatma = await house.fatma()
        await writes(fatma)
        await house.told()
        bound, notice = theirs.heard()
        fatma.read = len(await house.line.said_to(ChannelName.WHATSAPP, fatma.number))
        await theirs.replies(ANSWER, notice)
        (read,) = await fatma.heard()
        assert bound["text"] == said(WORDS["bound"])
        assert ("Elif (2B)" in notice["text"], "Fatma" in notice["text"], "+316" in notice["text"]) == (
            True,
            False,
            False,
        )
        assert (ANSWER in read.text, CHAT in read.text) == (True, False)
        assert (theirs.heard()[-1]["text"], house.smtp.taken) == (said(WORDS["sent_dutch"]), [])


async def test_writing_without_a_reply_reaches_no_parent_and_makes_none(house: PostHouse) -> None:
    """A helpful answer that says how, and whom to call in danger: no case, no turn, no language asked."""
    async with chat(house) as theirs:
        await writes(await house.fatma())
        cases = len(await house.rows(Case))
        await theirs.says("Ik ben morgen ziek, help")
        assert theirs.heard()[-1]["text"] == said(HELP)
        assert (len(await house.rows(Case)), await staff_words(house)) == (cases, [])
        assert {row.state for row in await house.rows(Inbox)} == {InboxState.DONE}


async def test_an_answer_to_something_else_is_no_answer_to_a_parent(house: PostHouse) -> None:
    """Replying to the greeting, say."""
    async with chat(house) as theirs:
        await theirs.replies(ANSWER, theirs.heard()[0])
        assert (theirs.heard()[-1]["text"], await staff_words(house)) == (said(HELP), [])


async def test_a_picture_is_refused_and_says_so(house: PostHouse) -> None:
    """Files cannot be passed on."""
    async with chat(house) as theirs:
        await theirs.phone.sends("picture")
        assert theirs.heard()[-1]["text"] == said(WORDS["attached"])


async def test_a_code_works_once_and_for_an_hour(house: PostHouse) -> None:
    """A second phone with the same code, and an old code, get an answer and no chat."""
    async with chat(house) as theirs:
        pass
    await house.fact(TELEGRAM, "yes")
    late = await code(house, "office")
    house.clock.move(hours=2)
    await theirs.says(f"/start {late}")
    await theirs.says("/start staff_0000000000")
    last = [entry["text"] for entry in theirs.heard()][-2:]
    owners = [row.staff_id for row in await house.rows(Address) if row.external_id == CHAT]
    assert (last[0], owners) == (said(WORDS["bad_code"]), [house.line.place.staff["mentor"]])


async def test_where_the_school_does_not_allow_it_no_chat_is_bound(house: PostHouse) -> None:
    """And a school that stops allowing it goes back to mail."""
    async with chat(house, bound=False) as theirs:
        await theirs.says(f"/start {await code(house)}")
        refused = theirs.heard()[-1]["text"]
        await house.fact(TELEGRAM, "yes")
        await theirs.says(f"/start {await code(house)}")
        await house.fact(TELEGRAM, "")
        await writes(await house.fatma())
        await house.told()
        assert (refused, len(house.smtp.taken)) == (said(WORDS["not_allowed"]), 1)


async def test_a_parents_chat_stays_a_parents(house: PostHouse) -> None:
    """A mentor who is a mother here too: her parent's chat is not taken from her."""
    await house.fact(TELEGRAM, "yes")
    async with phone(house.line, "telegram webhook") as fatma:
        await fatma.says("Merhaba, veli toplantısı ne zaman?")
        await fatma.posts(f"/start {await code(house)}")
        await house.line.settle()
        assert fatma.brought()[-1]["text"] == said(WORDS["parent_chat"])
        await fatma.posts("Kızımın mentoru kim?")
        await house.line.settle()
        assert "De Wit" in fatma.brought()[-1]["text"]


async def test_stop_ends_it_and_the_chat_still_reaches_no_parent(house: PostHouse) -> None:
    """Told by mail again; a late answer there is still an answer of a colleague's."""
    async with chat(house) as theirs:
        await theirs.says("stop")
        await writes(await house.fatma())
        await house.told()
        (row,) = await house.rows(StaffMedium)
        assert (theirs.heard()[-1]["text"], row.medium, len(house.smtp.taken)) == (
            said(WORDS["unbound"]),
            Medium.MAIL,
            1,
        )


async def test_who_has_left_is_answered_as_anybody(house: PostHouse) -> None:
    """No dead end: a former colleague may be a parent."""
    async with chat(house) as theirs:

        async def leave(session: AsyncSession) -> None:
            (await session.get_one(Staff, house.line.place.staff["mentor"])).left_at = house.clock.now()

        await house.change(leave)
        before = len(theirs.heard())
        await theirs.says("Wanneer is de ouderavond?")
        assert len(theirs.heard()) > before
        async with house.line.line.database.read() as session:
            staff_id = await session.scalar(select(Address.staff_id).where(Address.external_id == CHAT))
        assert staff_id is None


async def test_a_chat_that_blocks_the_bot_hears_by_mail(house: PostHouse) -> None:
    """403: the next notice goes where it arrives."""
    async with chat(house):
        place = house.line.place

        async def block(session: AsyncSession) -> None:
            address = (await session.scalars(select(Address).where(Address.external_id == CHAT))).one()
            query = select(Conversation).where(Conversation.address_id == address.id)
            (await session.scalars(query)).one().blocked_at = house.clock.now()

        await house.line.line.database.write(block)
        await writes(await house.fatma())
        await house.told()
        assert (len(house.smtp.taken), place.staff["mentor"] > 0) == (1, True)


async def test_stop_turns_no_mail_on_for_who_chose_the_inbox(house: PostHouse) -> None:
    """What somebody chose stays: only who chose this chat is brought back to mail."""
    async with chat(house) as theirs:
        place = house.line.place
        me = Me(place.staff["mentor"], place.school_id, "", False, (), "", "Europe/Amsterdam", "")
        await house.line.line.database.write(lambda s: save_wish(s, me, Wish(Medium.NONE)))
        await theirs.says("stop")
        await writes(await house.fatma())
        await house.told()
        (row,) = await house.rows(StaffMedium)
        assert (row.medium, house.smtp.taken) == (Medium.NONE, [])


async def test_a_chat_that_blocks_the_bot_just_now_hears_it_by_mail(house: PostHouse) -> None:
    """403 to the notice itself: the same notice goes the other way, and once."""
    async with chat(house):
        house.line.telegram.fail("sendMessage", BLOCKED)
        await writes(await house.fatma("whatsapp"))
        await house.told()
        await house.told()
        assert (len(house.mails()), await house.states()) == (1, ["sent"])


async def test_what_who_has_left_sends_is_a_parents_message_whole(house: PostHouse) -> None:
    """A turn reads what came, as of anybody: the words, and all that came with them."""
    async with chat(house) as theirs:

        async def leave(session: AsyncSession) -> None:
            (await session.get_one(Staff, house.line.place.staff["mentor"])).left_at = house.clock.now()

        await house.change(leave)
        await theirs.replies("Wanneer is de ouderavond?", theirs.heard()[0])
        row = (await house.rows(Inbox))[-1]
        assert (row.text, bool(row.payload), row.state) == ("Wanneer is de ouderavond?", True, InboxState.DONE)
