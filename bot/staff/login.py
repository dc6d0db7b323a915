"""Logging in: one answer for everything that is wrong, a limit on guessing, sessions that can be ended.

Only hashes are kept: of the password (argon2), of the session's token, of whoever tried.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import hashlib
import hmac
import secrets
from concurrent.futures import ThreadPoolExecutor

from pwdlib import PasswordHash
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Refusal
from bot.staff.marks import N_
from db.engine import Database
from db.tables import LoginAttempt, Session, Staff, StaffLogin

WRONG = N_("This e-mail address and password do not belong together.")
SLIDING = dt.timedelta(hours=12)
MOST = dt.timedelta(days=7)
WRITE_EVERY = dt.timedelta(minutes=5)
"""A session's use is written down no more often than this."""
WINDOW = dt.timedelta(minutes=15)
PER_ACCOUNT = 5
PER_CLIENT = 20
LONGEST = 200
SHORTEST = 12
_HASHER = PasswordHash.recommended()
# Each check takes 64 MB: two at a time, whoever knocks.
_HASHING = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")


class WrongLogin(Refusal):
    """Unknown person or wrong password: nobody learns which."""


class TooManyTries(Refusal):
    """The limit on guessing is reached."""


async def log_in(database: Database, secret: str, *, email: str, password: str, client: str, now: dt.datetime) -> str:
    """The token of a new session. Takes the same time for a person who does not exist."""
    email = email.strip().casefold()
    account, address = subject(secret, "account", email), subject(secret, "client", client)
    login_id, password_hash = await database.write(lambda s: _try(s, email, account, address, now))
    right = await _verify(password[:LONGEST], password_hash or await _nobody())
    if not right or login_id is None:
        raise WrongLogin(WRONG)
    token = secrets.token_urlsafe(32)
    await database.write(lambda s: _enter(s, login_id, token, account, address, now))
    return token


async def log_out(session: AsyncSession, token: str) -> None:
    """End one session."""
    await session.execute(delete(Session).where(Session.token_hash == hash_token(token)))


async def keep(session: AsyncSession, token: str, now: dt.datetime) -> None:
    """The session was used: it lasts twelve hours from now, and never more than seven days in all."""
    row = await session.get(Session, hash_token(token))
    if row is not None:
        row.seen_at = now
        row.expires_at = min(now + SLIDING, row.made_at + MOST)


async def set_password(session: AsyncSession, email: str, password_hash: str) -> None:
    """A new password ends every session of that login."""
    login_id = (
        await session.execute(
            update(StaffLogin)
            .where(StaffLogin.email == email.strip().casefold())
            .values(password_hash=password_hash)
            .returning(StaffLogin.id)
        )
    ).scalar_one_or_none()
    if login_id is None:
        raise Refusal("Nobody logs in with this e-mail address.")
    await session.execute(delete(Session).where(Session.login_id == login_id))


async def hash_password(password: str) -> str:
    """What is kept of a password; refuses a short one."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Refusal("A password has at least 12 characters and at most 200.")
    return await asyncio.get_running_loop().run_in_executor(_HASHING, _HASHER.hash, password)


def hash_token(token: str) -> str:
    """What is kept of a session's token. The token is random: a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def subject(secret: str, kind: str, value: str) -> str:
    """Who tried, as a keyed hash: neither e-mail nor network address is kept."""
    return hmac.new(secret.encode(), f"login:{kind}:{value}".encode(), hashlib.sha256).hexdigest()


async def _verify(password: str, password_hash: str) -> bool:
    return await asyncio.get_running_loop().run_in_executor(_HASHING, _HASHER.verify, password, password_hash)


@functools.cache
def _nobodys_hash() -> str:
    return _HASHER.hash(secrets.token_urlsafe(16))


async def _nobody() -> str:
    return await asyncio.get_running_loop().run_in_executor(_HASHING, _nobodys_hash)


async def _try(
    session: AsyncSession, email: str, account: str, address: str, now: dt.datetime
) -> tuple[int | None, str | None]:
    """Count the attempt before it is judged, so that a hundred at once are a hundred."""
    login = (
        await session.execute(select(StaffLogin).where(StaffLogin.email == email).with_for_update())
    ).scalar_one_or_none()
    await session.execute(delete(LoginAttempt).where(LoginAttempt.at <= now - WINDOW))
    for who, most in ((account, PER_ACCOUNT), (address, PER_CLIENT)):
        tried = await session.scalar(
            select(func.count()).select_from(LoginAttempt).where(LoginAttempt.subject_hash == who)
        )
        if (tried or 0) >= most:
            raise TooManyTries(N_("Too many attempts. Wait 15 minutes and try again, or ask your administrator."))
    session.add_all([LoginAttempt(subject_hash=who, at=now) for who in (account, address)])
    if login is None or login.disabled_at is not None:
        return None, None
    return login.id, login.password_hash


async def _enter(
    session: AsyncSession, login_id: int, token: str, account: str, address: str, now: dt.datetime
) -> None:
    staff_id = (
        await session.execute(
            select(Staff.id).where(Staff.login_id == login_id, Staff.left_at.is_(None)).order_by(Staff.id).limit(1)
        )
    ).scalar_one_or_none()
    if staff_id is None:
        raise WrongLogin(WRONG)
    await session.execute(delete(Session).where(Session.expires_at <= now))
    await session.execute(delete(LoginAttempt).where(LoginAttempt.subject_hash == account))
    last = select(func.max(LoginAttempt.id)).where(LoginAttempt.subject_hash == address).scalar_subquery()
    await session.execute(delete(LoginAttempt).where(LoginAttempt.id == last))
    session.add(
        Session(
            token_hash=hash_token(token),
            login_id=login_id,
            staff_id=staff_id,
            made_at=now,
            seen_at=now,
            expires_at=now + SLIDING,
        )
    )
