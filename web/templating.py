"""Pages from templates: escaping, Dutch sentences, moments in the school's zone."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from db.queries.staff import Me
from db.types import ChannelName
from locales.catalogs import interface
from locales.languages import LANGUAGES

HERE = Path(__file__).parent
STATIC = HERE / "static"
LANGUAGE = "nl"
CHANNELS = {
    ChannelName.WHATSAPP: "WhatsApp",
    ChannelName.SMS: "SMS",
    ChannelName.TELEGRAM: "Telegram",
    ChannelName.WEB: "Web",
    ChannelName.TERMINAL: "Terminal",
    ChannelName.MAIL: "Mail",
}


def translate(message: str, /, **values: object) -> str:
    """A sentence of the pages in Dutch, for texts that do not stand in a template."""
    said = interface(LANGUAGE).gettext(message)
    return said % values if values else said


@functools.cache
def asset(name: str) -> str:
    """The address of one of our static files, new whenever its content is."""
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]}"


def moment(at: dt.datetime | None, zone: str, now: dt.datetime | None = None) -> str:
    """A moment in the school's zone: the time alone if it is today, else with weekday and day."""
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(zone))
    if now is not None and now.astimezone(ZoneInfo(zone)).date() == local.date():
        return f"{local:%H:%M}"
    return format_datetime(local, "EEEEEE d MMM HH:mm", locale=LANGUAGE)


def tag(language: str | None) -> str:
    """Our language code as HTML wants it (`ary_Latn` is `ary-Latn`); empty if unknown."""
    return (language or "").replace("_", "-")


def direction(language: str | None) -> str:
    """Which way a language is written; unknown: as the text itself begins."""
    known = LANGUAGES.get(language or "")
    return "auto" if known is None else "rtl" if known.rtl else "ltr"


@functools.cache
def templates() -> Jinja2Templates:
    """The environment: escapes everything, and a misspelt name is an error."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(interface(LANGUAGE), newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(asset=asset, translate=translate, channels=CHANNELS)
    environment.filters.update(moment=moment, tag=tag, direction=direction)
    return Jinja2Templates(env=environment)


def page(request: Request, name: str, /, *, me: Me | None = None, status: int = 200, **context: Any) -> HTMLResponse:
    """A page (or a part of one) for this person."""
    return templates().TemplateResponse(
        request, name, {"me": me, "now": request.app.state.line.clock.now(), **context}, status_code=status
    )
