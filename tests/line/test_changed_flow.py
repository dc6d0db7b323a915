"""A conversation that an administrator changes while a parent is in the middle of it, over a real channel."""

from __future__ import annotations

import pytest

from tests.line.house import House
from tests.line.phones import Phone
from tests.line.test_new_answer import administrator, publish
from tests.web.desk import form_of

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]
PAGE = "/content/flows/request_callback"
ASKS = "Kunt u mij bellen?"
OWN = """responses:
  utter_own_when:
    - text: "Zeg het maar: wanneer?"
  utter_own_done:
    - text: "Genoteerd op onze manier."
"""


async def test_she_ends_as_she_began(house: House) -> None:
    """Who is in the middle keeps the flow of before, to its end; the next one, and her own next one, meet the new."""
    await administrator(house)
    one, other = (Phone(house, "sms", f"+3161299980{number}") for number in range(2))
    (asked,) = [row for row in await one.says(ASKS) if row.response == "utter_ask_callback_time"]
    hidden = await form_of(house.web, PAGE)
    text = (
        (await house.web.get(PAGE))
        .text.partition('<textarea id="text"')[2]
        .partition(">\n")[2]
        .partition("</textarea>")[0]
    )
    changed = text.replace("- collect: callback_time", "- collect: callback_time\n        utter: utter_own_when", 1)
    changed = changed.replace("- call: pass_on\n", "- action: utter_own_done\n      - call: pass_on\n", 1)
    saved = await house.web.post(PAGE, data={**hidden, "text": f"{changed}\n{OWN}"})
    await publish(house)
    kept = [row.response for row in await one.says("morgen na drie uur")]
    new = [row.response for row in await other.says(ASKS)]
    again = [row.response for row in await one.says(ASKS)]
    end = [row.text or "" for row in await other.says("morgen na drie uur")]
    assert asked.text
    assert saved.status_code == 303
    assert "utter_own_done" not in kept
    assert ["utter_own_when" in rows for rows in (new, again)] == [True, True]
    assert any("Genoteerd op onze manier." in text for text in end)
