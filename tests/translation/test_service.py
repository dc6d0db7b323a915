"""Translation as the rest of the house sees it: masked, remembered, counted, and never an exception."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.breaker import FAILURES, PAUSE
from bot.translation import service
from bot.translation.checking import Doubt, Kind
from bot.translation.libretranslate import LibreTranslate
from bot.translation.nothing import NoEngine
from bot.translation.port import Why
from bot.translation.service import Translated, Translation, Untranslated
from tests.servers.base import Fault
from tests.servers.seconds import Now
from tests.servers.translators import BUSY, FORBIDDEN, FakeTranslator

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]
NAMES = ("Fatma Demir", "Elif Demir", "mevrouw Anna de Wit", "2B")
TEXT = "Dag mevrouw Demir, Elif (2B) komt op 24-11-2026 om 15:30 uur. Bel 06-12345678 of mail a.wit@school.example."
SECRETS = ("Demir", "demir", "Elif", "2B", "24", "15", "30", "0612345678", "06-12345678", "wit@", "example")


class Counted:
    """Remembers what was counted."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, int]] = []

    async def __call__(self, school_id: int, characters: int) -> None:
        self.calls.append((school_id, characters))


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture
def now() -> Now:
    return Now()


@pytest_asyncio.fixture
async def translation(translator: FakeTranslator, counted: Counted, now: Now) -> AsyncIterator[Translation]:
    made = Translation(LibreTranslate(translator.url, limit=0.5), counted, now=now)
    yield made
    await made.close()


async def test_nothing_unmasked_leaves(translation: Translation, translator: FakeTranslator) -> None:
    """All that the server received, addresses and headers included, holds no name, number, code or address."""
    done = await translation.translate(TEXT, "nl", "tr", names=NAMES)
    bodies = " ".join(seen.partition(" {")[2].rpartition("} ")[2] for seen in translator.seen)
    assert isinstance(done, Translated)
    assert done.text == f"[tr] {TEXT}"
    assert len(bodies) > 50
    assert [secret for secret in SECRETS if secret in bodies] == []


async def test_asked_once(translation: Translation, translator: FakeTranslator, counted: Counted) -> None:
    """What was just shown is sent without another call, also about another child: only the masked text is remembered."""
    first = await translation.translate("Elif is ziek.", "nl", "tr", names=NAMES, school_id=7)
    second = await translation.translate("Fatma is ziek.", "nl", "tr", names=NAMES, school_id=7)
    assert (first, second) == (
        Translated("[tr] Elif is ziek.", "nl", "tr"),
        Translated("[tr] Fatma is ziek.", "nl", "tr"),
    )
    assert (len(translator.sent), counted.calls) == (1, [(7, len("QX1 is ziek."))])


async def test_memory_has_an_end(translation: Translation, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest answer goes."""
    monkeypatch.setattr(service, "REMEMBERED", 3)
    for word in ("een", "twee", "drie", "vier", "vijf"):
        await translation.translate(word, "nl", "tr")
    assert len(translation._kept) == 3


async def test_same_language_costs_nothing(translation: Translation, translator: FakeTranslator) -> None:
    """Dutch to Dutch, and silence."""
    assert await translation.translate("Dag", "nl", "nl") == Translated("Dag", "nl", "nl")
    assert await translation.translate("  ", "nl", "tr") == Translated("  ", "nl", "tr")
    assert translator.seen == []


@pytest.mark.parametrize(("language", "why"), [("ti", Why.LANGUAGE), ("pap", Why.LANGUAGE), ("so", Why.LANGUAGE)])
async def test_a_language_it_does_not_know(translation: Translation, language: str, why: Why) -> None:
    """An explicit "cannot translate", no guess."""
    assert await translation.translate("Dag", "nl", language) == Untranslated(why)


async def test_a_lost_slot_is_no_translation(translation: Translation, translator: FakeTranslator) -> None:
    """A number that did not come back: nothing is shown, and nothing remembered."""
    translator.says = lambda *_: "saat kaç"
    assert await translation.translate("om 15:30 uur", "nl", "tr") == Untranslated(Why.GARBLED)
    translator.says = lambda *_: "saat QX1"
    assert await translation.translate("om 15:30 uur", "nl", "tr") == Translated("saat 15:30", "nl", "tr")


async def test_too_long(translation: Translation, translator: FakeTranslator) -> None:
    """A book is not translated."""
    assert await translation.translate("a " * 3000, "nl", "tr") == Untranslated(Why.LONG)
    assert translator.seen == []


async def test_nobody_translates() -> None:
    """Without a translator that is what it says."""
    assert await Translation(NoEngine()).translate("Dag", "nl", "tr") == Untranslated(Why.NOBODY)


async def test_who_does_not_answer_is_left_alone(
    translation: Translation, translator: FakeTranslator, now: Now, counted: Counted
) -> None:
    """After three failures nothing is asked for a while, and then one text tries again."""
    await translation.translate("begin", "nl", "tr")
    translator.fail("translate", *[Fault(502, "")] * FAILURES)
    failed = [await translation.translate(f"tekst {'a' * n}", "nl", "tr") for n in range(FAILURES + 2)]
    asked, shut = len(translator.sent), translation.answers
    now.now = PAUSE
    again = await translation.translate("opnieuw", "nl", "tr")
    assert failed == [Untranslated(Why.AWAY)] * (FAILURES + 2)
    assert (asked, shut) == (1 + FAILURES, False)
    assert (again, translation.answers) == (Translated("[tr] opnieuw", "nl", "tr"), True)
    assert len(counted.calls) == 2


async def test_the_log_says_it_once_and_without_words(
    translation: Translation, translator: FakeTranslator, caplog: pytest.LogCaptureFixture
) -> None:
    """Law 11: a status, no text, no address."""
    caplog.set_level(logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    translator.fail("translate", BUSY, FORBIDDEN, FORBIDDEN)
    for n in range(5):
        await translation.translate(f"geheim {'b' * n}", "nl", "tr")
    lines = [record for record in caplog.records if record.name.startswith("bot.")]
    assert [record.levelname for record in lines] == ["WARNING"]
    assert "HTTP 403" in caplog.text
    assert not any(secret in caplog.text for secret in ("geheim", translator.url))


async def test_a_fault_of_the_checker_loses_no_translation(
    translation: Translation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is given with the doubt that nobody looked; the log tells the type, and no word of the text."""

    def broken(before: str, *_: object) -> None:
        raise IndexError(before)

    monkeypatch.setattr(service, "check", broken)
    done = await translation.translate("geheim", "nl", "tr")
    assert "IndexError" in caplog.text
    assert "geheim" not in caplog.text
    assert done == Translated("[tr] geheim", "nl", "tr", (Doubt(Kind.UNCHECKED, ""),))


async def test_others_are_served_while_it_is_checked(translation: Translation, monkeypatch: pytest.MonkeyPatch) -> None:
    """The checker needs a second for a long text: it has a thread of its own."""
    where: list[int] = []

    def noted(*_: object) -> tuple[Doubt, ...]:
        where.append(threading.get_ident())
        return ()

    monkeypatch.setattr(service, "check", noted)
    await translation.translate("Elif is ziek.", "nl", "tr")
    assert len(where) == 1
    assert where != [threading.get_ident()]
