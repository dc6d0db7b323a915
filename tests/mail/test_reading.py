"""What of a mail is its writer's own, and what hostile mails come to: never an error, never somebody else's words."""

from __future__ import annotations

import time
from email.message import EmailMessage

import aiosmtplib
import pytest

from bot.channels.mail_reading import MOST, read_mail
from bot.channels.quotes import LONGEST, own_words, text_of_html
from bot.channels.smtp import explain, one_line
from bot.errors import AddressDead, Refused

OWN = "Dat kan op dinsdag.\n\nGroet, Marieke"
SAMPLES = {
    "gmail nl": "Op do 12 nov 2026 om 10:02 schreef Waterlandcollege <lijn@w.example>:\n\n> Er is een bericht",
    "gmail nl wrapped": "Op do 12 nov 2026 om 10:02 schreef Waterlandcollege via Ouderlijn <\nlijn@w.example>:\n\n> Er is",
    "gmail en": "On Thu, Nov 12, 2026 at 10:02 AM Waterland <lijn@w.example> wrote:\n\n> There is",
    "gmail de": "Am Do., 12. Nov. 2026 um 10:02 Uhr schrieb Waterland <lijn@w.example>:\n> Es gibt",
    "apple nl": "Op 12 nov. 2026, om 10:02 heeft Waterland <lijn@w.example> het volgende geschreven:\n\n> Er is",
    "apple en": "> On 12 Nov 2026, at 10:02, Waterland <lijn@w.example> wrote:\n> \n> There is",
    "outlook nl": "________________________________\nVan: Waterland <lijn@w.example>\nVerzonden: donderdag\nAan: M\n\nEr is",
    "outlook nl bold": "*Van:* Waterland <lijn@w.example>\n*Verzonden:* donderdag 12 november\n*Aan:* M\n\nEr is",
    "outlook en": "From: Waterland <lijn@w.example>\nSent: Thursday\nTo: M\nSubject: x\n\nThere is",
    "outlook phone": "Outlook voor iOS downloaden\n________________________________\nVan: W <l@w.example>\nVerzonden: nu\n\nEr is",
    "our line": "-- Antwoord boven deze lijn --\n\nEr is een bericht van een ouder",
    "our line quoted": "> -- Antwoord boven deze lijn --\n>\n> Er is",
    "signature": "-- \nMarieke de Wit\nmentor 2B\n06 12345678",
    "iphone": "Verstuurd vanaf mijn iPhone\n\n> Op 12 nov 2026 om 10:02 heeft W <l@w.example> het volgende geschreven:\n> Er",
    "original": "-----Oorspronkelijk bericht-----\nVan: W\nVerzonden: nu\n\nEr is",
}


@pytest.mark.parametrize("below", SAMPLES.values(), ids=SAMPLES)
def test_only_her_own_words_are_left(below: str) -> None:
    """The programs that colleagues use, each in its own way."""
    assert own_words(f"{OWN}\n\n{below}\n").removesuffix("\n\nOutlook voor iOS downloaden") == OWN


@pytest.mark.parametrize(
    "text",
    [
        "Op dinsdag 12 november om 15.00 uur kan het.\nHij schreef ook een briefje.",
        "Van: mij hoeft het niet.\nMaar u mag komen.",
        "Neem mee:\n- een pen\n- een boek",
        "Mijn nummer is 020-1234567 - tot dan",
        "Ik belde u op 12 november.\n\nU nam niet op: jammer.",
    ],
)
def test_what_only_looks_like_a_quotation_stays(text: str) -> None:
    """Nothing that a mentor says is lost."""
    assert own_words(text) == text


def test_what_she_writes_below_the_quotation_is_kept() -> None:
    """Some answer below: the quoted lines go, the words stay."""
    assert own_words("> Kan het dinsdag?\n\nJa, dat kan.") == "Ja, dat kan."


def test_a_mail_in_html_is_read_line_by_line() -> None:
    """Without its quotation, its styles and its entities."""
    page = (
        "<html><head><style>p{color:red}</style></head><body><p>Dat kan &amp; mag.</p><p>Tot&nbsp;dinsdag</p>"
        '<div class="gmail_quote"><div>Op 12 nov schreef X:</div><blockquote>Er is<br>iets</blockquote></div></body></html>'
    )
    assert own_words(text_of_html(page)) == "Dat kan & mag.\n\nTot dinsdag"


@pytest.mark.parametrize(
    "text",
    [
        "op 1 " * 40_000,
        "Van: " * 40_000,
        "Op 1\n" * 40_000,
        "> " * 100_000,
        ">" * 200_000 + "\n",
        "<div>" * 60_000,
        "Op 1 " + "schreef " * 30_000 + "x",
    ],
    ids=["begins", "heads", "lines", "marks", "marks without end", "tags", "says"],
)
def test_a_mail_made_to_take_long_takes_no_time(text: str) -> None:
    """What is looked at has an end."""
    began = time.monotonic()
    own_words(text)
    text_of_html(text)
    assert time.monotonic() - began < 3


HOSTILE = {
    "nothing": b"",
    "no header": b"\r\n\r\nhallo",
    "nul": b"From: m@w.example\r\nSubject: \x00\x00\r\n\r\nhal\x00lo",
    "bad charset": b"From: m@w.example\r\nContent-Type: text/plain; charset=klingon\r\n\r\n\xff\xfe\xfd",
    "bad base64": b"From: m@w.example\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!====%%%",
    "no boundary": b"From: m@w.example\r\nContent-Type: multipart/mixed\r\n\r\nhallo",
    "boundary without end": b'From: m@w.example\r\nContent-Type: multipart/mixed; boundary="B"\r\n\r\n--B\r\n\r\nhallo',
    "deep": b"From: m@w.example\r\n"
    + b"".join(f'Content-Type: multipart/mixed; boundary="{n}"\r\n\r\n--{n}\r\n'.encode() for n in range(400))
    + b"\r\nhallo",
    "encoded words": b"From: =?utf-8?q?m=40w=2Eexample?= <x@y.example>\r\nSubject: =?utf-8?b?!!!?=\r\n\r\nhallo",
    "header junk": b"From: m@w.example\r\nTo: =?x?y?z\r\nReferences: " + b"<a@b> " * 5000 + b"\r\n\r\nhallo",
    "calendar": b"From: m@w.example\r\nContent-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR",
    "status without report": b"From: m@w.example\r\nContent-Type: message/delivery-status\r\n\r\nStatus: 5.1.1\r\n",
    "date": b"From: m@w.example\r\nDate: Mon, 99 Foo 99999 99:99:99\r\n\r\nhallo",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_no_mail_is_an_error(raw: bytes) -> None:
    """Whatever comes is read as far as it can be."""
    mail = read_mail(raw)
    assert (mail.key[:5], mail.bounce, "\x00" in mail.text) == ("mail:", "", False)


def test_five_megabytes_are_read_no_further_than_the_words() -> None:
    """The text stands first; the rest says only that something is attached."""
    mail = EmailMessage()
    mail["From"] = "m@w.example"
    mail.set_content("Dat kan.")
    mail.add_attachment(b"\x00" * 5_000_000, maintype="application", subtype="zip", filename="foto.zip")
    read = read_mail(mail.as_bytes()[:MOST])
    assert (read.text, read.attached) == ("Dat kan.", True)


@pytest.mark.parametrize(
    ("header", "sender"),
    [
        ("Marieke <M@W.example>", "m@w.example"),
        ('"m@w.example" <x@y.example>', "x@y.example"),
        ("m@w.example, x@y.example", ""),
        ("<x@y.example> m@w.example", ""),
        ("=?utf-8?q?m=40w=2Eexample?=", ""),
        ("undisclosed-recipients:;", ""),
    ],
)
def test_the_sender_is_the_one_address_and_no_name(header: str, sender: str) -> None:
    """Who puts the mentor's address beside their own is not the mentor."""
    assert read_mail(f"From: {header}\r\n\r\nhallo".encode()).sender == sender


def test_two_senders_are_nobody() -> None:
    """Two From headers: which one a server has looked at is not known."""
    assert read_mail(b"From: m@w.example\r\nFrom: x@y.example\r\n\r\nhallo").sender == ""


def test_a_name_begins_no_header() -> None:
    """A school called `X<newline>Bcc: all@..` sends to nobody else."""
    assert one_line("Waterland\r\nBcc: all@w.example\x00") == "Waterland Bcc: all@w.example"


def test_what_is_longer_than_anybody_writes_is_cut() -> None:
    """The rest is looked at by nobody."""
    assert len(own_words("a" * (LONGEST + 500))) == LONGEST


@pytest.mark.parametrize(
    ("said", "dead"),
    [
        ("5.1.1 no such user", True),
        ("5.1.10 null MX", True),
        ("5.2.1 mailbox disabled", True),
        ("5.2.2 mailbox full", False),
        ("5.7.1 not by our rules", False),
        ("5.4.1 access denied", False),
        ("relaying denied", False),
        ("mailbox unavailable", False),
    ],
)
def test_only_who_is_not_there_is_dead(said: str, dead: bool) -> None:  # noqa: FBT001 - a table
    """A server's refusal and a bounce mean the same by the same status; without one the address may be good."""
    status = said.split(maxsplit=1)[0]
    bounce = "Subject: x\nContent-Type: multipart/report; report-type=delivery-status; boundary=B\n\n--B\n"
    bounce += f"Content-Type: message/delivery-status\n\nAction: failed\nStatus: {status}\n\n--B--\n"
    meant = explain(aiosmtplib.SMTPRecipientRefused(550, said, "mentor@school.example"), handed_over=False)
    assert (type(meant), read_mail(bounce.encode()).nobody_there) == (AddressDead if dead else Refused, dead)
