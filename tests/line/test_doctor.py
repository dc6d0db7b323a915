"""What `doctor` says of WhatsApp: whether there are buttons, and whether anything knocks."""

from __future__ import annotations

import pytest

from bot.cli.doctor_whatsapp import whatsapp
from tests.line.house import House
from tests.line.phones import Phone
from tests.line.test_buttons import ALL, MENU, SQLITE
from tests.line.test_knock import knocking
from tests.servers import twilio

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio, SQLITE]


async def said(house: House) -> list[tuple[str, str]]:
    return [(level, what) for level, what, _ in [found async for found in whatsapp(house.line.settings)]]


async def test_a_new_line_has_digits_and_nothing_knocks(house: House) -> None:
    """Both work without, up to a point; and looking makes nothing."""
    assert await said(house) == [
        ("warning", f"WhatsApp buttons: 0 of {ALL} templates ready"),
        ("warning", f"school {house.place.school_id}: nothing knocks on WhatsApp after 24 hours of silence"),
    ]
    assert house.twilio.calls == []


async def test_when_all_is_well(house: House) -> None:
    await house.worker.templates.once()
    await knocking(house)
    assert await said(house) == [
        ("ok", f"WhatsApp buttons: {ALL} of {ALL} templates ready"),
        ("ok", f"school {house.place.school_id}: the template that knocks in tr is approved"),
    ]


async def test_what_is_wrong_is_named_and_no_secret(house: House) -> None:
    """A shape that Twilio refuses, a template not approved, one that is gone, and a Twilio that is away."""
    await house.worker.templates.once()
    sid = await knocking(house)
    house.twilio.fail("send", twilio.error(400, 21655))
    await Phone(house, "whatsapp", "+31619000001").says(MENU)
    house.twilio.approvals[sid] = "pending"
    lines = await said(house)
    knock = f"school {house.place.school_id}: the template that knocks in tr"
    assert lines[0] == ("warning", f"WhatsApp buttons: {ALL - 1} of {ALL} templates ready, some refused (21655)")
    assert lines[1] == ("warning", f"{knock} is not approved (pending)")
    house.twilio.fail("content", twilio.UNAVAILABLE)
    assert (await said(house))[1] == ("warning", f"{knock} could not be looked at")
    house.twilio.contents.clear()
    assert (await said(house))[1] == ("problem", f"{knock} will not do")
    assert sid not in str(lines)
