"""Settings: from the environment or `.env`, read once at the start; a wrong value stops it with one clear line."""

from __future__ import annotations

import ipaddress
import re
from enum import StrEnum
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import WrongSetting
from db.engine import driver_url

ROOT = Path(__file__).resolve().parent.parent
_ADDRESS = re.compile(r"[^@\s<>\"]+@[a-z0-9.-]+")
NOT_YET = ("speech", "speech_model")
"""Settings whose names are agreed and which nothing reads yet."""


class Engine(StrEnum):
    """Engines of understanding."""

    EMBEDDED = "embedded"
    NGRAM = "ngram"
    RASA = "rasa"


class Translator(StrEnum):
    """Machine translators."""

    NONE = "none"
    LIBRETRANSLATE = "libretranslate"
    DEEPL = "deepl"
    OPENAI = "openai"


class Speech(StrEnum):
    """Engines that turn speech into text."""

    NONE = "none"
    WHISPER = "whisper"
    OPENAI = "openai"


class Settings(BaseSettings):
    """What an operator may set; `docs/settings.md` explains each (a test compares the two)."""

    model_config = SettingsConfigDict(
        env_prefix="OUDERLIJN_", env_file=".env", extra="ignore", hide_input_in_errors=True
    )

    database_url: str = ""
    public_url: str = ""
    proxy: str = ""
    secret_key: str = ""
    demo: bool | None = None
    telegram_token: str = ""
    telegram_api_url: str = "https://api.telegram.org"
    telegram_secret: str = ""
    twilio_account_sid: str = ""
    twilio_auth_token: str = ""
    twilio_signing_key: str = ""
    twilio_api_url: str = ""
    twilio_whatsapp_from: str = ""
    twilio_sms_from: str = ""
    twilio_messaging_service_sid: str = ""
    nlu: Engine = Engine.EMBEDDED
    rasa_url: str = Field(default="", validate_default=True)
    embedder_folder: Path | None = None
    translator: Translator = Translator.NONE
    translator_url: str = Field(default="", validate_default=True)
    translator_key: str = Field(default="", validate_default=True)
    translator_model: str = ""
    speech: Speech = Speech.NONE
    speech_model: str = ""
    smtp_url: str = ""
    imap_url: str = ""
    host: str = Field(default="127.0.0.1", validation_alias="HOST")
    port: int = Field(default=8000, validation_alias="PORT", ge=1, le=65535)
    var: Path = ROOT / "var"

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value:
            driver_url(value)
        return value

    @field_validator("var")
    @classmethod
    def _from_the_root(cls, value: Path) -> Path:
        return ROOT / value

    @model_validator(mode="after")
    def _own_database(self) -> Self:
        self.database_url = self.database_url or f"sqlite:///{self.var / 'ouderlijn.db'}"
        return self

    @field_validator("public_url", "telegram_api_url", "twilio_api_url", "rasa_url", "translator_url")
    @classmethod
    def _http(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"http", "https"}:
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/")

    @field_validator("rasa_url")
    @classmethod
    def _needed(cls, value: str, info: ValidationInfo) -> str:
        if not value and info.data.get("nlu") is Engine.RASA:
            raise ValueError("the engine rasa needs it: make rasa serves on http://127.0.0.1:5005")
        return value

    @field_validator("translator_url")
    @classmethod
    def _server(cls, value: str, info: ValidationInfo) -> str:
        if not value and info.data.get("translator") is Translator.LIBRETRANSLATE:
            raise ValueError("LibreTranslate needs it: such as http://127.0.0.1:5000")
        return value

    @field_validator("translator_key")
    @classmethod
    def _key(cls, value: str, info: ValidationInfo) -> str:
        wanted = {Translator.DEEPL: True, Translator.OPENAI: not info.data.get("translator_url")}
        if not value and wanted.get(info.data.get("translator", Translator.NONE)):
            raise ValueError("this translator needs a key")
        return value

    @field_validator("embedder_folder", mode="before")
    @classmethod
    def _model(cls, value: object) -> Path | None:
        if not value:
            return None
        from nlu import embedding_onnx

        folder = ROOT / str(value)
        if fault := embedding_onnx.why_not(folder):
            raise ValueError(fault)
        return folder

    @field_validator("smtp_url", "imap_url")
    @classmethod
    def _mail_server(cls, value: str, info: ValidationInfo) -> str:
        if not value:
            return value
        kind = str(info.field_name).removesuffix("_url")
        parts = urlsplit(value)
        _ = parts.port  # no number: ValueError
        if parts.scheme not in {kind, f"{kind}s"} or not parts.hostname:
            raise ValueError(f"must look like {kind}://user:password@host:port")
        if kind == "smtp" and not _ADDRESS.fullmatch(mail_from(value)):
            raise ValueError("says no address to send from: add ?from=line@school.nl")
        return value

    @field_validator("proxy")
    @classmethod
    def _networks(cls, value: str) -> str:
        for each in filter(None, value.split(",")):
            ipaddress.ip_network(each.strip(), strict=False)
        return value

    @field_validator("twilio_whatsapp_from", "twilio_sms_from")
    @classmethod
    def _number(cls, value: str) -> str:
        value = value.removeprefix("whatsapp:").replace(" ", "")
        if value and not value.startswith("+"):
            raise ValueError("must be a number in international form, such as +31850000000")
        return value

    @property
    def set_in_vain(self) -> list[str]:
        """The names of those that somebody set and nothing uses yet."""
        fields = type(self).model_fields
        return [f"OUDERLIJN_{name.upper()}" for name in NOT_YET if getattr(self, name) != fields[name].default]

    @property
    def mail_from(self) -> str:
        """The address that staff get mail from and answer to; empty: no mail."""
        return mail_from(self.smtp_url) if self.smtp_url else ""

    @property
    def twilio(self) -> bool:
        """Whether a Twilio account is configured."""
        return bool(self.twilio_account_sid and self.twilio_auth_token)

    @property
    def own_url(self) -> str:
        """Where we are reached: the public URL, or our own address."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether we listen on loopback and say so to the outside."""
        return _is_loopback(self.host) and (
            not self.public_url or _is_loopback(urlsplit(self.public_url).hostname or "")
        )


def mail_from(url: str) -> str:
    """The sender in an SMTP URL: `?from=`, else the user, which most servers name by an address."""
    parts = urlsplit(url)
    return parse_qs(parts.query).get("from", [unquote(parts.username or "")])[0].strip().lower()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load_settings(**given: object) -> Settings:
    """Read the settings; `WrongSetting` names the first wrong one and what to do. Values never appear in the text."""
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = str(first["loc"][0]).upper() if first["loc"] else "?"
        name = field if field in {"HOST", "PORT"} else f"OUDERLIJN_{field.removeprefix('OUDERLIJN_')}"
        raise WrongSetting(f"{name}: {first['msg'].removeprefix('Value error, ')} (docs/settings.md)") from None
