"""Every kind of message on every channel gets an answer: nothing that a thumb can send is a dead end."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from db.tables import Case, Inbox
from db.types import InboundKind, InboxState
from tests.line.house import House
from tests.line.phones import KINDS, ROUTES, phone

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]

TEXTS = {
    "empty": "",
    "spaces": " \n ",
    "NUL bytes": "\0\0",
    "NUL in a text": "ouder\0avond",
    "5,000 characters": "Mijn kind " * 500,
    "one word of 5,000": "a" * 5000,
    "emoji only": "\N{THUMBS UP SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}",
    "a family": "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}",
    "right to left": "متى اجتماع أولياء الأمور؟",
    "marks of direction": "\N{RIGHT-TO-LEFT OVERRIDE}olleh\N{POP DIRECTIONAL FORMATTING}",
    "punctuation": "???",
    "gibberish": "asdkjh qwlekj zxmcn",
    "a number": "7",
    "a percent sign": "100% {name} %(x)s \\x00 <b>",
}
FOR_A_PERSON = {InboundKind.VOICE, InboundKind.PICTURE, InboundKind.VIDEO, InboundKind.DOCUMENT, InboundKind.CONTACT}


@pytest.mark.parametrize("route", ROUTES)
async def test_every_kind_of_message_is_answered(house: House, route: str) -> None:
    """Voice, picture, sticker, place, contact, nothing, too much: one answer at least, and what needs one has a person."""
    async with phone(house, route) as fatma:
        silent = [kind for kind in KINDS if not await _answered(house, await fatma.sends(kind))]
        assert silent == []
        kinds = [row.kind for row in await house.rows(Inbox)]
        assert {kind.value for kind in kinds} == set(KINDS)
        with_person = {row.kind for row in await house.rows(Inbox) if row.case_id}
        assert with_person == FOR_A_PERSON
        assert {case.topic for case in await house.rows(Case)} == {"media"}


@pytest.mark.parametrize("route", ROUTES[1:])
async def test_every_text_is_answered(house: House, route: str) -> None:
    """Whatever stands in it."""
    async with phone(house, route) as fatma:
        silent = [name for name, text in TEXTS.items() if not await _answered(house, await fatma.says(text))]
        assert silent == []
        assert {row.state for row in await house.rows(Inbox)} == {InboxState.DONE}
        assert len(await house.rows(Inbox)) == len(TEXTS)


async def _answered(house: House, said: Sequence[object]) -> bool:
    house.clock.move(minutes=3)  # or twenty answers in ten minutes would be a machine's
    return bool(said)
