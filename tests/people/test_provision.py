"""The accounts that the settings name serve the real school, also where they were made before there was one."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import TestClock
from bot.demo.school import load
from bot.people.provision import provision_accounts
from bot.settings import Settings
from db.engine import Database
from db.queries.telling import mail_account
from db.tables import Address, Bucket, ChoiceTemplate, Conversation, Inbox, ProviderAccount, School
from db.types import ChannelName, InboundKind, InboxState, Provider

pytestmark = pytest.mark.asyncio
SETTINGS = Settings(  # type: ignore[call-arg]
    _env_file=None, telegram_token="123:abc", telegram_secret="s" * 20, smtp_url="smtp://127.0.0.1?from=lijn@w.example"
)


async def test_accounts_of_the_demo_school_go_to_the_real_one(database: Database, clock: TestClock) -> None:
    """Tried out first, with a bot and mail: then the school comes, and both are its own. What was said stays in the demo."""

    async def tried(session: AsyncSession) -> int:
        demo = await load(session, clock.now().date())
        await provision_accounts(session, SETTINGS)
        bot = next(row for row in await _accounts(session) if row.provider is Provider.TELEGRAM)
        address = Address(school_id=demo.id, channel=ChannelName.TELEGRAM, external_id="777")
        session.add(address)
        await session.flush()
        talk = Conversation(school_id=demo.id, address_id=address.id, account_id=bot.id)
        session.add(talk)
        await session.flush()
        session.add_all(
            [
                Inbox(
                    school_id=demo.id,
                    conversation_id=talk.id,
                    account_id=bot.id,
                    seq=1,
                    provider_id="1",
                    kind=InboundKind.TEXT,
                    text="Hallo",
                    sent_at=clock.now(),
                    received_at=clock.now(),
                    not_before=clock.now(),
                    state=InboxState.DONE,
                ),
                Bucket(school_id=demo.id, account_id=bot.id, name="telegram", tokens=1, at=clock.now()),
                ChoiceTemplate(school_id=demo.id, account_id=bot.id, name="choices"),
            ]
        )
        return demo.id

    async def founded(session: AsyncSession) -> int:
        school = School(name="Waterlandcollege")
        session.add(school)
        await session.flush()
        await provision_accounts(session, SETTINGS)
        await provision_accounts(session, SETTINGS)  # and at the next start
        return school.id

    demo_id = await database.write(tried)
    school_id = await database.write(founded)
    async with database.read() as session:
        whose = {row.provider: row.school_id for row in await _accounts(session)}
        mail = await mail_account(session, school_id)
        talk = (await session.scalars(select(Conversation))).all()
        web = next(row.id for row in await _accounts(session) if row.provider is Provider.WEB)
        said = (await session.scalars(select(Inbox))).one()
    assert whose == {Provider.WEB: demo_id, Provider.TELEGRAM: school_id, Provider.SMTP: school_id}
    assert (mail is not None, {row.account_id for row in talk}) == (True, {web})
    assert (said.school_id, said.account_id) == (demo_id, web)


async def _accounts(session: AsyncSession) -> list[ProviderAccount]:
    return list((await session.scalars(select(ProviderAccount))).all())
