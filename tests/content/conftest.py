"""A small content in Dutch, Turkish and Arabic, and a school that says it."""

from __future__ import annotations

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.shipped import Fact, Shipped, load_shipped
from bot.core.clock import TestClock
from bot.turn.types import Rota, School
from db.engine import Database
from db.tables import School as SchoolRow
from flows.load import read_book
from locales.catalogs import Catalogues, Translation, source_hash
from tests.content.flowing import Desk

DOMAIN = """
responses:
  utter_hours:
    - text: "De school is open van {office_open} uur. Bellen kan naar {school_phone}."
      buttons:
        - {title: meer uren, payload: /ask_more}
  utter_passed:
    - text: "Uw bericht is nu bij {person_name}. U hoort vóór {promise} uur iets."
  utter_meant:
    - text: "Bedoelt u: {choice}?"
  utter_days:
    - text: "De mentor werkt niet op {days}."
  utter_dated:
    - text: "Het is op {day}."
  utter_short:
    - text: "Een lange zin."
    - text: "Kort."
      channel: sms
  utter_title_yes:
    - text: "ja"
  utter_title_no:
    - text: "nee"
  utter_only_dutch:
    - text: "School heeft dit alleen in het Nederlands. Hulp nodig? Schrijf: mens."
  utter_fact_unknown_in_flow:
    - text: "Dat weet ik nog niet."
"""
DUTCH = {
    "passed": "Uw bericht is nu bij {person_name}. U hoort vóór {promise} uur iets.",
    "hours": "De school is open van {office_open} uur. Bellen kan naar {school_phone}.",
    "only": "School heeft dit alleen in het Nederlands. Hulp nodig? Schrijf: mens.",
}


def made(text: str, dutch: str, *, native: bool = False) -> Translation:
    """A translation made from this Dutch."""
    return Translation(text, source_hash(dutch), native, dutch)


@pytest.fixture
def small() -> Shipped:
    """Turkish lacks most and has one stale sentence; Arabic says some."""
    turkish = {
        "utter_passed/0": made("Mesajınız şimdi {person_name} yanında. {promise} önce duyarsınız.", DUTCH["passed"]),
        "utter_hours/0": made("Okul {office_open} açık.", "Eerder stond hier iets anders."),
        "utter_title_yes/0": made("evet", "ja", native=True),
        "utter_only_dutch/0": made("Bu yalnızca Hollandaca.", DUTCH["only"]),
    }
    arabic = {
        "utter_passed/0": made("رسالتك عند {person_name}. الجواب قبل {promise}.", DUTCH["passed"]),
        "utter_fact_unknown_in_flow/0": made("لا أعرف ذلك بعد.", "Dat weet ik nog niet."),
    }
    facts = {
        "office_open": Fact("office_open", "Open", "time", "08:00"),
        "school_phone": Fact("school_phone", "Telefoon", "phone", "030 000 01 00"),
    }
    return Shipped(read_book({"domain.yml": DOMAIN}), Catalogues({"tr": turkish, "ar": arabic}), facts)


@pytest.fixture(scope="session")
def real() -> Shipped:
    """What is really shipped."""
    return load_shipped()


@pytest.fixture
def school() -> School:
    """A school that has filled in its facts."""
    facts = {"office_open": "8:00", "school_phone": "030 000 01 00"}
    return School("Voorbeeldcollege", "Europe/Amsterdam", facts, Rota((), None), {}, {})


@pytest_asyncio.fixture
async def desk(database: Database, clock: TestClock) -> Desk:
    """A school without edits."""

    async def open_school(session: AsyncSession) -> int:
        made = SchoolRow(name="Voorbeeldcollege")
        session.add(made)
        await session.flush()
        return made.id

    return Desk(database, clock, await database.write(open_school))
