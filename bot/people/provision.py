"""What must be in the database before anything starts: the accounts that the settings name, each on its school."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.accounts import secret_hash
from bot.settings import Settings
from db.tables import Address, Bucket, ChoiceTemplate, Conversation, Inbox, ProviderAccount, School
from db.types import ChannelName, Provider


async def the_school(session: AsyncSession) -> School | None:
    """The school that the settings' accounts serve: the only real one, else the demo school."""
    schools = (await session.execute(select(School).order_by(School.demo, School.id))).scalars().all()
    return next(iter(schools), None)


async def provision_accounts(session: AsyncSession, settings: Settings) -> None:
    """Make or refresh the rows of the accounts that stand in the settings."""
    school = await the_school(session)
    if school is None:
        return
    if settings.telegram_token:
        account = await _account(session, school, Provider.TELEGRAM, settings.telegram_token.split(":")[0])
        account.secret_hash = secret_hash(settings.telegram_secret) if settings.telegram_secret else ""
        # A bot that took the place of another kept its secret: an update must find one account.
        await session.execute(
            update(ProviderAccount)
            .where(ProviderAccount.secret_hash == account.secret_hash, ProviderAccount.id != account.id)
            .values(secret_hash="")
        )
    if settings.twilio:
        account = await _account(session, school, Provider.TWILIO, settings.twilio_account_sid)
        account.whatsapp_from = settings.twilio_whatsapp_from
        account.sms_from = settings.twilio_sms_from
        account.service_sid = settings.twilio_messaging_service_sid
    if settings.mail_from:
        await _account(session, school, Provider.SMTP, settings.mail_from)
    await alarm_conversations(session, school)


async def _account(session: AsyncSession, school: School, provider: Provider, name: str) -> ProviderAccount:
    account = (
        await session.execute(
            select(ProviderAccount).where(ProviderAccount.provider == provider, ProviderAccount.external_id == name)
        )
    ).scalar_one_or_none()
    if account is None:
        account = ProviderAccount(school_id=school.id, provider=provider, external_id=name)
        session.add(account)
        await session.flush()
    elif account.school_id != school.id:
        await _to_the_real_one(session, account, school)
    account.fault = ""
    return account


async def _to_the_real_one(session: AsyncSession, account: ProviderAccount, school: School) -> None:
    """It was made while there was the demo school only: now it serves the real one.

    What was said through it in the demo school stays there, on the web phone: nothing of that leaves any more.
    """
    before = await session.get_one(School, account.school_id)
    web = await session.scalar(
        select(ProviderAccount.id).where(
            ProviderAccount.school_id == before.id, ProviderAccount.provider == Provider.WEB
        )
    )
    if not before.demo or web is None:
        return
    for table in (Conversation, Inbox):
        theirs = update(table).where(table.account_id == account.id).values(account_id=web)
        await session.execute(theirs.execution_options(synchronize_session=False))
    # What a provider has of ours is asked of it again.
    for rests in (Bucket, ChoiceTemplate):
        await session.execute(delete(rests).where(rests.account_id == account.id))
    account.school_id = school.id
    await session.flush()


async def alarm_conversations(session: AsyncSession, school: School) -> None:
    """Staff with a mobile number can be warned by SMS: their conversations exist before the first alarm.

    Real numbers are warned through the SMS account; invented ones reach the web phone only.
    """
    accounts = (
        (await session.execute(select(ProviderAccount).where(ProviderAccount.school_id == school.id))).scalars().all()
    )
    sms = next((a for a in accounts if a.provider is Provider.TWILIO and (a.sms_from or a.service_sid)), None)
    web = next((a for a in accounts if a.provider is Provider.WEB), None)
    rows = await session.execute(
        select(Address, Conversation)
        .outerjoin(Conversation, Conversation.address_id == Address.id)
        .where(Address.school_id == school.id, Address.staff_id.is_not(None), Address.channel == ChannelName.SMS)
    )
    for address, found in rows.all():
        conversation: Conversation | None = found
        account = web if address.invented else sms
        if account is None:
            continue
        if conversation is None:
            session.add(Conversation(school_id=school.id, address_id=address.id, account_id=account.id))
            school.version += 1
        else:
            conversation.account_id = account.id
