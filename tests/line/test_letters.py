"""From paper to the line: what a camera reads in a printed letter, sent as it stands, binds this guardian and nobody else."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.people.letters.addressees import Addressee, addressees, class_ids
from bot.people.letters.mailing import print_letters, scribe_of
from bot.people.letters.writing import Printed
from db.tables import Address, BindCode, Binding, Guardianship
from db.types import ChannelName, Rights
from tests.letters.paper import scanned, texts
from tests.line.house import House
from tests.line.phones import phone
from tests.line.school import FATMA

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]
NEW = {ChannelName.WHATSAPP: "+31618000001", ChannelName.SMS: "+31618000002", ChannelName.TELEGRAM: "618000001"}
ROUTES = {"whatsapp": "wa.me", "telegram polling": "t.me", "sms": "SMSTO"}


async def people(house: House, *, everybody: bool = False) -> list[Addressee]:
    """Who gets a letter in 2B today."""
    today = house.clock.now().astimezone(ZoneInfo("Europe/Amsterdam")).date()
    async with house.line.database.read() as session:
        classes = await class_ids(session, house.place.school_id, "2B")
        return await addressees(session, house.place.school_id, classes, everybody=everybody, today=today)


async def letters(house: House, *, replace: bool = False, everybody: bool = False) -> Printed:
    """Printed for 2B."""
    scribe = await scribe_of(house.line, house.place.school_id, own_url=house.url)
    return await print_letters(house.line, scribe, await people(house, everybody=everybody), replace=replace)


def page_of(printed: Printed, name: str) -> tuple[str, list[str]]:
    """The letter to one guardian: its words, and what a camera reads in its QR codes."""
    pages = texts(printed.pdf)
    number = next(number for number, words in enumerate(pages) if name in words)
    return pages[number], scanned(printed.pdf, number)


def typed(links: list[str], where: str) -> str:
    """The first message that the link for this channel types."""
    link = next(link for link in links if where in link)
    if link.startswith("SMSTO:"):
        return link.split(":", 2)[2]
    query = parse_qs(urlsplit(link).query)
    return f"/start {query['start'][0]}" if "start" in query else query["text"][0]


async def test_whose_only_number_is_dead_gets_a_letter(house: House) -> None:
    """The line does not reach her there; on another address that lives it does."""

    async def dead(channel: ChannelName) -> list[str]:
        async def work(session: AsyncSession) -> None:
            of_channel = Address.channel == channel
            await session.execute(update(Address).where(of_channel).values(dead_reason="unreachable"))

        await house.line.database.write(work)
        return [each.name for each in await people(house) if "Fatma" in each.name]

    assert [bool(await dead(channel)) for channel in FATMA] == [False, False, True]


@pytest.mark.parametrize("route", ROUTES)
async def test_a_scanned_letter_binds_its_guardian(house: House, route: str) -> None:
    """The camera types the first message; with it the line knows whose parent writes, on every channel that is set up."""
    words, links = page_of(await letters(house), "Oksana Bondar")
    assert len(links) == len(ROUTES)
    async with phone(house, route, NEW) as hers:
        heard = await hers.says(typed(links, ROUTES[route]))
        assert [(row.response, row.language) for row in heard] == [("utter_mentor_role", "uk")]
    by_code = [row.guardian_id for row in await house.rows(Binding) if row.proof == "code"]
    assert by_code == [house.place.guardians["Oksana"]]
    assert "Пишіть до школи своєю мовою" in words


async def test_the_code_copied_by_hand_binds_too(house: House) -> None:
    """In small letters, with an O for the nought and without its beginning."""
    words, _ = page_of(await letters(house), "Oksana Bondar")
    code = re.search(r"OL-\w{5}-\w{5}", words)
    assert code
    async with phone(house, "sms", NEW) as hers:
        heard = await hers.says(code[0][3:].replace("0", "O").replace("-", " ").lower())
    assert [row.response for row in heard] == ["utter_mentor_role"]


async def test_each_letter_names_only_its_own_guardian(house: House) -> None:
    """Separated parents, and other families: none stands in another's letter, nor does another's code."""
    printed = await letters(house, everybody=True)
    pages = texts(printed.pdf)
    named = [[name for name in ("Fatma", "Mehmet", "Oksana") if name in words] for words in pages]
    assert sorted(named) == [["Fatma"], ["Mehmet"], ["Oksana"]]
    assert [sum(code in words for words in pages) for code in printed.codes.values()] == [1, 1, 1]


async def test_whom_the_line_knows_gets_none(house: House) -> None:
    """Unless everybody is to have one; whoever has no rights, or whose child has come of age, never does."""
    await unbind(house, "Mehmet")
    assert [each.name for each in await people(house)] == ["Mehmet Demir", "Oksana Bondar"]
    everybody = [each.name for each in await people(house, everybody=True)]
    await change_rights(house, "Mehmet", Rights.NONE)
    assert (len(everybody), [each.name for each in await people(house)]) == (3, ["Oksana Bondar"])


async def test_what_becomes_of_an_earlier_letter(house: House) -> None:
    """It works beside the new one, unless it was replaced; each code once, until the day that the letter says."""
    first, second = await letters(house), await letters(house)
    oksana = house.place.guardians["Oksana"]
    async with phone(house, "sms", NEW) as hers:
        assert [row.response for row in await hers.says(first.codes[oksana])] == ["utter_mentor_role"]
    third = await letters(house, replace=True, everybody=True)
    async with phone(house, "whatsapp", NEW) as other:
        assert (await other.says(second.codes[oksana]))[-1].response == "utter_code_unknown"
        assert [row.response for row in await other.says(third.codes[oksana])] == ["utter_mentor_role"]
        late = house.place.guardians["Mehmet"]
        house.clock.move(hours=24 * 121)
        assert [row.response for row in await other.says(third.codes[late])] == ["utter_code_unknown"]


async def test_nothing_of_a_code_is_kept(house: House) -> None:
    """Its hash is: whoever reads the database cannot bind anybody."""
    printed = await letters(house, everybody=True)
    assert len(printed.codes) == 3
    kept = " ".join(row.code_hash for row in await house.rows(BindCode))
    assert [code for code in printed.codes.values() if code in kept or code in repr(printed)] == []


async def unbind(house: House, name: str) -> None:
    """All their phones are somebody else's by now."""
    of, now = Binding.guardian_id == house.place.guardians[name], house.clock.now()
    await house.line.database.write(lambda s: s.execute(update(Binding).where(of).values(ended_at=now)))


async def change_rights(house: House, name: str, rights: Rights) -> None:
    """A judge has spoken."""
    of = Guardianship.guardian_id == house.place.guardians[name]
    await house.line.database.write(lambda s: s.execute(update(Guardianship).where(of).values(rights=rights)))
