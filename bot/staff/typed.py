"""Values as an administrator types them: read generously, kept in one form, refused with a word on what is expected. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

import phonenumbers

from bot.content.values import clean
from bot.errors import Refusal
from bot.staff.marks import N_

LONGEST = 400
"""As the table has it."""
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DUTCH = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?:\s*(?:uur|u))?")
_PHONE = re.compile(r"\+?[\d ()/-]{2,30}")
_EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]{2,}")
_MOST_MONEY = Decimal(10_000)
_YEARS = range(2000, 2101)


class WrongFields(Refusal):
    """Some fields cannot be taken; `fields` says why, by name. Nothing was saved."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        """The texts are gettext ids, like a refusal's own."""
        super().__init__(N_("Nothing was saved: look at the marked fields."))
        self.fields = dict(fields)


def read(kind: str, text: str) -> str:
    """What is kept of a value of this kind (as `flows/facts.yml` names them); raises Refusal. Nothing stays nothing."""
    text = one_line(text)
    if not text:
        return ""
    if len(text) > LONGEST:
        raise Refusal("This is too long: 400 characters at most.")
    return _READERS.get(kind, _text)(text)


def shown(kind: str, value: str) -> str:
    """A kept value as it is typed: days and amounts as people here write them; a single day stays ISO for the browser."""
    try:
        match kind:
            case "dates":
                return ", ".join(f"{_day(part):%d-%m-%Y}" for part in value.split(",") if part.strip())
            case "money":
                return value.replace(".", ",")
            case _:
                return value
    except Refusal:
        return value


def latest(kind: str, value: str) -> dt.date | None:
    """The last day in a value, to see whether it is over."""
    if kind not in {"date", "dates"}:
        return None
    try:
        return max((_day(part) for part in value.split(",") if part.strip()), default=None)
    except Refusal:
        return None


def mobile(text: str) -> str:
    """A mobile number in international form: 06 12 34 56 78 becomes +31612345678. Nothing stays nothing."""
    text = one_line(text)
    if not text:
        return ""
    try:
        number = phonenumbers.parse(text, "NL")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise Refusal("This is not a phone number. Write it like 06 12345678, or +31 6 12345678.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def one_line(text: str) -> str:
    """Without line ends, control characters and what turns the direction."""
    return " ".join(clean(" ".join(text.split())).split())


def _text(text: str) -> str:
    return text


def _day(text: str) -> dt.date:
    text = text.strip()
    iso, dutch = _ISO.fullmatch(text), _DUTCH.fullmatch(text)
    parts = iso.groups() if iso else dutch.groups()[::-1] if dutch else None
    try:
        day = dt.date(*map(int, parts)) if parts else None
    except ValueError:
        day = None
    if day is None or day.year not in _YEARS:
        raise Refusal("This is not a day. Write it like 3-12-2026.")
    return day


def _date(text: str) -> str:
    return _day(text).isoformat()


def _dates(text: str) -> str:
    days = sorted({_day(part) for part in text.replace(";", ",").split(",") if part.strip()})
    return ", ".join(day.isoformat() for day in days)


def time(text: str) -> str:
    """A time of the day as HH:MM."""
    found = _TIME.fullmatch(one_line(text))
    try:
        return f"{dt.time(int(found[1]), int(found[2])):%H:%M}" if found else _no_time()
    except ValueError:
        return _no_time()


def _no_time() -> str:
    raise Refusal("This is not a time. Write it like 08:30.")


def _money(text: str) -> str:
    try:
        amount = Decimal(text.removeprefix("€").removesuffix(",-").strip().replace(",", "."))
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or not 0 <= amount <= _MOST_MONEY:
        raise Refusal("This is not an amount. Write it in euros, like 45,00.")
    return f"{amount:.2f}"


def _phone(text: str) -> str:
    digits = sum(letter.isdecimal() for letter in text)
    if not _PHONE.fullmatch(text) or not 3 <= digits <= 15:  # noqa: PLR2004 - from 112 to the longest there is
        raise Refusal("This is not a phone number. Write it like 030 123 45 67.")
    return text


def _url(text: str) -> str:
    whole = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(whole)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or "." not in (parts.hostname or "") or " " in whole:
        raise Refusal("This is not a web address. Write it like https://www.school.nl.")
    return whole


def email(text: str) -> str:
    """An e-mail address in small letters."""
    if not _EMAIL.fullmatch(text):
        raise Refusal("This is not an e-mail address.")
    return text.casefold()


_READERS: Mapping[str, Callable[[str], str]] = {
    "date": _date,
    "dates": _dates,
    "time": time,
    "money": _money,
    "phone": _phone,
    "url": _url,
    "email": email,
}
