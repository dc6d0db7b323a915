"""From Twilio's forms and lists to our messages. Pure; knows the signature and no network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from bot.channels.reading import clean, header, kind_of
from bot.channels.twilio_errors import async_error
from bot.errors import ForgedWebhook, MalformedWebhook
from bot.messages import Inbound, Media, Status
from db.types import ChannelName, DeliveryStatus, InboundKind

if TYPE_CHECKING:
    import datetime as dt

    from bot.channels.port import Webhook

FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 1000
_WHATSAPP = "whatsapp:"

STATUSES = {
    "queued": DeliveryStatus.ACCEPTED,
    "accepted": DeliveryStatus.ACCEPTED,
    "scheduled": DeliveryStatus.ACCEPTED,
    "sending": DeliveryStatus.ACCEPTED,
    "sent": DeliveryStatus.SENT,
    "partially_delivered": DeliveryStatus.SENT,
    "delivered": DeliveryStatus.DELIVERED,
    "read": DeliveryStatus.READ,
    "undelivered": DeliveryStatus.UNDELIVERED,
    "failed": DeliveryStatus.FAILED,
    "canceled": DeliveryStatus.FAILED,
}


class Form(dict[str, list[str]]):
    """A posted form with all its values, blanks and repeats, as the signature needs them."""

    def getlist(self, name: str) -> list[str]:
        """Give all values of a name; what Twilio's validator asks for."""
        return self[name]

    def first(self, *names: str) -> str:
        """Give the first value that is not blank."""
        return next((value for name in names for value in self.get(name, ()) if value), "")


@dataclass(frozen=True, slots=True)
class Addressing:
    """Whose webhook this claims to be, for finding the account. Believe nothing before `read` has verified it."""

    account_sid: str
    ours: str
    service_sid: str


def addressing(webhook: Webhook) -> Addressing:
    """Read only as much as is needed to find the account: our number is To in a message and From in a status."""
    form = form_of(webhook)
    ours = form.first("From") if is_status(webhook) else form.first("To")
    return Addressing(form.first("AccountSid"), ours, form.first("MessagingServiceSid"))


def is_status(webhook: Webhook) -> bool:
    """Tell a status callback by its path: its fields may one day look like a message's."""
    return urlsplit(webhook.url).path.rstrip("/").endswith("/status")


def form_of(webhook: Webhook) -> Form:
    """Read the form, or refuse."""
    if header(webhook, "Content-Type").partition(";")[0].strip().lower() != FORM:
        message = "not a form"
        raise MalformedWebhook(message)
    try:
        body = webhook.body.decode()
        return Form(parse_qs(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        message = "not a readable form"
        raise MalformedWebhook(message) from None


def verify(webhook: Webhook, form: Form, token: str, signing_key: str) -> None:
    """Check the signature over the public address and every field.

    The newer signature names itself in a header of its own and uses a key of its own. A secret that is not set never
    verifies: anybody can sign with nothing.
    """
    from twilio.request_validator import RequestValidator, get_signature_algorithm

    settings = header(webhook, "X-Twilio-Webhooks-Signature-Settings")
    secret = signing_key if settings else token
    signature = header(webhook, "X-Twilio-Signature")
    algorithm = get_signature_algorithm(settings)  # type: ignore[no-untyped-call]
    validator = RequestValidator(secret)  # type: ignore[no-untyped-call]
    if not secret or not validator.validate(webhook.url, form, signature, algorithm):  # type: ignore[no-untyped-call]
        message = "the signature is not Twilio's"
        raise ForgedWebhook(message)


def status_of(webhook: Webhook, form: Form) -> Status | None:
    """Read a status callback; None for a status that we do not know."""
    sid = form.first("MessageSid", "SmsSid")
    if not sid:
        message = "a status without a message"
        raise MalformedWebhook(message)
    status = STATUSES.get(form.first("MessageStatus", "SmsStatus").lower())
    key = parse_qs(urlsplit(webhook.url).query).get("o", [None])[0]
    if status is None:
        return None
    code = form.first("ErrorCode") or None
    lost = status in {DeliveryStatus.UNDELIVERED, DeliveryStatus.FAILED}
    return Status(sid, status, key, code, async_error(code) if lost else None)


def inbound_of(form: Form, now: dt.datetime) -> Inbound:
    """Read a message. Twilio does not say when it was sent: `now` stands for it."""
    sid = form.first("MessageSid", "SmsMessageSid", "SmsSid")
    user, number = form.first("ExternalUserId"), form.first("WaId")
    channel, address = address_of(form.first("From"))
    if user or number or form.first("To").startswith(_WHATSAPP):
        channel = ChannelName.WHATSAPP
    aliases = tuple(a for a in (user, number and f"+{number.removeprefix('+')}") if a and a != address)
    if not sid or not (address or aliases):
        message = "a message without sender or id"
        raise MalformedWebhook(message)
    media = _media(form)
    button = form.first("ButtonPayload", "ListId")
    text = form.first("ButtonText", "ListTitle", "Body") if button else form.first("Body")
    return Inbound(
        channel,
        address or aliases[0],
        sid,
        InboundKind.BUTTON if button else _kind(form, media),
        now,
        text=clean(text),
        button=clean(button) or None,
        quoted=form.first("OriginalRepliedMessageSid") or None,
        media=media,
        aliases=aliases if address else aliases[1:],
        profile_name=clean(form.first("ProfileName")),
        opt_out_handled=form.first("OptOutType").upper() or None,
    )


def address_of(value: str) -> tuple[ChannelName, str]:
    """Split Twilio's address into channel and number."""
    if value.startswith(_WHATSAPP):
        return ChannelName.WHATSAPP, value.removeprefix(_WHATSAPP)
    return ChannelName.SMS, value


def address_for(channel: ChannelName, number: str) -> str:
    """Write an address as Twilio wants it."""
    return f"{_WHATSAPP}{number}" if channel is ChannelName.WHATSAPP and not number.startswith(_WHATSAPP) else number


def _media(form: Form) -> tuple[Media, ...]:
    found: list[Media] = []
    while url := form.first(f"MediaUrl{len(found)}"):
        found.append(Media(url, form.first(f"MediaContentType{len(found)}")))
    return tuple(found)


def _kind(form: Form, media: tuple[Media, ...]) -> InboundKind:
    if form.first("Latitude"):
        return InboundKind.LOCATION
    if media:
        return kind_of(media[0].content_type)
    if form.first("Body").strip("\0 \r\n\t"):
        return InboundKind.TEXT
    if form.first("MessageType") == "contacts":
        return InboundKind.CONTACT
    announced = form.first("NumMedia") not in {"", "0"} or form.first("MessageType") not in {"", "text"}
    return InboundKind.UNKNOWN if announced else InboundKind.EMPTY
