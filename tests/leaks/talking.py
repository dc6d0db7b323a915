"""Parents write at random, colleagues answer; whatever reaches a phone is searched for what is not theirs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import select

from bot.staff.notes import add_note
from db.tables import Address, Case, Conversation, Inbox
from db.types import CaseState, ChannelName
from tests.leaks.families import Families
from tests.leaks.marks import facts
from tests.line.house import House
from tests.line.phones import Phone

SAID: Sequence[str] = (
    "Wie is de mentor?",
    "Wie is de mentor van mijn kind?",
    "mijn kind is ziek",
    "Wie is de mentor van {child}?",
    "{child} is vandaag ziek",
    "Ik wil met een mens spreken",
    "Kunt u doorgeven dat {own} belangrijk is?",
    "1",
    "2",
    "nog ziek",
    "Ik heb een klacht over {own}",
    "Mijn kind wordt gepest door {own}",
    "Wat weet u over {other}?",
    "Is {other} ook op school?",
    "wanneer is de ouderavond",
    "nieuw nummer: {own}",
    "{own}",
    "menu",
    "Mijn kind wil niet meer leven, {own}",
)


class Talk:
    """So many rounds in which everybody writes something."""

    def __init__(self, house: House, families: Families, chance: random.Random) -> None:
        """`families` hears of every new word whose it is."""
        self.house, self.families, self.chance = house, families, chance
        self.provider_ids: list[str] = []
        self.inside: set[str] = set()
        """What colleagues wrote to each other."""

    @property
    def many(self) -> int:
        """How many facts there are."""
        return len(self.families.marks.words)

    async def goes_on(self, rounds: int) -> None:
        """Parents write, every other time colleagues answer."""
        for number in range(rounds):
            await self.round()
            if number % 2:
                await self.answers()
            self.house.clock.move(minutes=20)

    async def round(self) -> None:
        """Everybody writes once; now and then somebody quotes a number of another phone's message."""
        for phone in self.families.phones.values():
            own, other = self.families.marks.word(), self._other(phone.number)
            text = self.chance.choice(SAID).format(own=own, child=self.chance.choice(phone.children), other=other)
            # What she writes herself she knows: names too, which the line may not confirm but may read back to her.
            phone.may_know |= facts([own, other, *phone.children]) & self.families.marks.found(text)
            phone.asked_and_chosen(self._heard(phone.number), text)
            more: dict[str, Any] = {}
            if self.provider_ids and self.chance.random() < 0.3:
                more["OriginalRepliedMessageSid"] = self.chance.choice(self.provider_ids)
            await Phone(self.house, "whatsapp", phone.number).posts(text, **more)
        await self.house.settle()
        self.provider_ids = [row.provider_id for row in await self.house.rows(Inbox)]

    def _heard(self, number: str) -> list[str]:
        """What this phone was sent, in order."""
        return [str(entry["body"]) for entry in self.house.twilio.sent if str(entry["to"]).endswith(number)]

    def _other(self, number: str) -> str:
        others = [phone for phone in self.families.phones.values() if phone.number != number]
        return self.chance.choice(self.chance.choice(others).children)

    async def answers(self) -> None:
        """Whoever has a case answers with a word that she wrote in it, and leaves a note beside it."""
        for case in await self.house.rows(Case):
            if case.state is CaseState.CLOSED or case.assignee_id is None:
                continue
            async with self.house.line.database.read() as session:
                hers = (await session.scalars(select(Inbox.text).where(Inbox.case_id == case.id))).all()
                to = await session.scalar(
                    select(Address.external_id)
                    .join(Conversation, Conversation.address_id == Address.id)
                    .where(Conversation.id == case.conversation_id)
                )
                language = await session.scalar(
                    select(Conversation.language).where(Conversation.id == case.conversation_id)
                )
            note, said = self.families.marks.word(), self.chance.choice(hers) if hers else "Dag"
            self.inside |= facts([note])
            work = partial(add_note, me=self.house._me(case), case_id=case.id, text=note, now=self.house.clock.now())
            await self.house.line.database.write(work)
            answer = f"U schreef {said[:80]}, daarover bel ik u."
            await self.house.answers(case, answer, language=language or "nl", channel=ChannelName.WHATSAPP)
            assert to is not None
        await self.house.settle()

    def leaks(self) -> tuple[list[str], int]:
        """Every message that a provider took, to whomever; and how many there were."""
        found, sent = [], self.house.twilio.sent
        for entry in sent:
            number = str(entry["to"]).removeprefix("whatsapp:")
            phone = self.families.phones.get(number)
            known = phone.may_know if phone else set()
            unknown = self.families.marks.found(repr({**entry, "to": "", "sid": ""})) - known
            if unknown:
                found.append(f"to {'a family' if phone else 'staff'}: {', '.join(sorted(unknown))}")
        return found, len(sent)
