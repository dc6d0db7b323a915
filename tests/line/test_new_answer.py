"""An answer that an administrator wrote in Dutch, on the phones of a Dutch and a Turkish parent: no YAML, nothing started again."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.minds import ContentMinds
from bot.staff.login import hash_token
from db.tables import Session, Staff, StaffLogin
from db.types import ChannelName
from tests.line.house import House
from tests.line.phones import Phone
from tests.line.school import FATMA
from tests.web.desk import form_of
from tests.web.test_new_answer import ANSWER, ENTRY, TURKISH

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]
OTHER_WORDS = (
    "Goedemorgen, waar mag de fatbike van mijn dochter staan?",
    "is er bij school een stalling waar de fatbike op slot kan",
    "mag hij met zijn fatbike komen en waar zet hij die neer",
)
SAID = "Een fatbike mag in de stalling achter de gymzaal."
ONLY_DUTCH = "Okulda bunun yalnızca Hollandacası var."
MENU = "menü"
LOAN_WORD = "kızım fatbike ile geliyor, nereye bıraksın"
"""The word that the Dutch examples have too: more of her language n-grams alone cannot know."""


async def administrator(house: House) -> None:
    """Who wrote the answer: the office, at a browser."""
    now = house.clock.now()

    async def enter(session: AsyncSession) -> None:
        login = StaffLogin(email="office@waterland.example", password_hash="x")
        session.add(login)
        await session.flush()
        staff = await session.get_one(Staff, house.place.staff["office"])
        staff.login_id = login.id
        session.add(
            Session(
                token_hash=hash_token("t"),
                login_id=login.id,
                staff_id=staff.id,
                made_at=now,
                seen_at=now,
                expires_at=now + dt.timedelta(hours=12),
            )
        )

    await house.line.database.write(enter)
    house.web.headers.update({"sec-fetch-site": "same-origin", "cookie": "__Host-ouderlijn=t"})


async def publish(house: House) -> None:
    """And wait for what the line learns of it."""
    answer = await house.web.post("/content/publish", data=await form_of(house.web, "/content/draft"))
    assert answer.status_code == 303
    minds = house.line.minds
    assert isinstance(minds, ContentMinds)
    await minds.of(house.place.school_id)
    await minds.learnt()


async def test_from_the_administrators_page_to_two_languages(house: House) -> None:
    """A Dutch parent asks in other words; a Turkish one finds it in the menu, said to be Dutch until it is translated."""
    await administrator(house)
    made = await house.web.post("/content/new", data={**ANSWER, "place": "utter_help"})
    fatma = Phone(house, "whatsapp", FATMA[ChannelName.WHATSAPP])
    before = (await fatma.says(MENU))[-1]
    await publish(house)
    dutch = [await Phone(house, "sms", f"+3161299990{n}").says(text) for n, text in enumerate(OTHER_WORDS)]
    menu = (await fatma.says(MENU))[-1]
    (answer,) = await fatma.chooses([title for _, title in menu.payload["choices"]].index("fatbike stallen (NL)") + 1)
    asked = (await fatma.says(LOAN_WORD))[-1]
    hidden = await form_of(house.web, f"/content/{ENTRY}?language=tr") | {"language": "tr", "meaning": "changed"}
    await house.web.post(f"/content/{ENTRY}", data=hidden | TURKISH)
    await publish(house)
    translated = (await fatma.says(MENU))[-1]
    (theirs,) = await fatma.chooses([title for _, title in translated.payload["choices"]].index("bisiklet yeri") + 1)
    assert made.status_code == 303
    assert "fatbike" not in str(before.payload)
    assert [SAID in (rows[-1].text or "") for rows in dutch] == [True] * len(OTHER_WORDS)
    assert ONLY_DUTCH not in (menu.text or "")
    assert [answer.response, asked.response] == [ENTRY, ENTRY]
    assert (answer.text or "").startswith(ONLY_DUTCH)
    assert SAID in (answer.text or "")
    assert (theirs.text or "").startswith("Spor salonunun arkasında.")


async def test_taken_away_it_goes_to_a_person(house: House) -> None:
    """The digit of a menu that is still on her screen brings her to somebody, never into silence."""
    await administrator(house)
    await house.web.post("/content/new", data={**ANSWER, "place": "utter_help"})
    await publish(house)
    fatma = Phone(house, "whatsapp", FATMA[ChannelName.WHATSAPP])
    menu = (await fatma.says(MENU))[-1]
    await house.web.post("/content/own/ask_ours_fatbike_stallen/remove")
    await publish(house)
    said = await fatma.chooses(len(menu.payload["choices"]) - 1)
    assert [row.response for row in said] == ["utter_not_understood_person"]
