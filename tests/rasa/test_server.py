"""The client of Rasa's HTTP API: what it takes for an answer, its time limit, its circuit breaker."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator

import pytest

from bot import rasa as client
from bot.breaker import FAILURES, PAUSE
from bot.rasa import RasaServer, State
from tests.servers.base import HTML, Fault
from tests.servers.rasa import CRASHED, FakeRasa
from tests.servers.seconds import Now

pytestmark = pytest.mark.enable_socket

TEXT = "geheim " + "4711"
CHANCES = {"greet": 0.7, "who_is_mentor": 0.2, "ask_school_costs": 0.1}
SLOW = Fault(200, {"intent_ranking": [{"name": "greet", "confidence": 1.0}]}, hang=0.6)
"""A good answer, but too late."""
NONSENSE = {
    "html": Fault(200, HTML),
    "a list": Fault(200, "[]"),
    "deep": Fault(200, "[" * 100_000),
    "no ranking": Fault(200, {"intent": {"name": "greet", "confidence": 1.0}}),
    "empty": Fault(200, {"intent": {"name": None, "confidence": 0.0}, "intent_ranking": []}),
    "no names": Fault(200, {"intent_ranking": [{"confidence": 1.0}]}),
    "strings": Fault(200, {"intent_ranking": ["greet"]}),
    "a word": Fault(200, {"intent_ranking": [{"name": "greet", "confidence": "high"}]}),
    "too sure": Fault(200, {"intent_ranking": [{"name": "greet", "confidence": 1.5}]}),
    "no number": Fault(200, '{"intent_ranking": [{"name": "greet", "confidence": NaN}]}'),
    "true": Fault(200, {"intent_ranking": [{"name": "greet", "confidence": True}]}),
    "elsewhere": Fault(302, "", {"Location": "http://127.0.0.1:1/"}),
    "refused": Fault(404, {"reason": "NotFound"}),
}


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def server(rasa: FakeRasa, now: Now) -> Iterator[RasaServer]:
    rasa.chances = CHANCES
    server = RasaServer(rasa.url, limit=0.2, now=now)
    yield server
    server.close()


def test_a_ranking_is_read(rasa: FakeRasa, server: RasaServer) -> None:
    """Every intent with its chance."""
    assert (server.rank(TEXT), rasa.asked, server.name) == (CHANCES, [TEXT], "rasa")


def test_what_the_server_says_of_itself(rasa: FakeRasa, server: RasaServer) -> None:
    """Its version and model; without a model it says null."""
    first = server.state()
    rasa.model = None
    assert (first, server.state()) == (State("3.6.21", "ouderlijn.tar.gz"), State("3.6.21", ""))


@pytest.mark.parametrize("text", ["/greet", " / /greet", "\n//greet", "/greet{}"])
def test_a_parent_cannot_give_rasa_commands(rasa: FakeRasa, server: RasaServer, text: str) -> None:
    """A text that begins with a slash would be that intent, with certainty: the slash does not reach it."""
    server.rank(text)
    assert not rasa.asked[0].strip().startswith("/")


def test_half_a_sign_can_be_asked_about(rasa: FakeRasa, server: RasaServer) -> None:
    """A half surrogate fits no JSON; it is left out, and is nobody's failure."""
    assert (server.rank("hallo \ud83d"), rasa.asked) == (CHANCES, ["hallo "])


@pytest.mark.parametrize("fault", [CRASHED, SLOW, Fault(drop=True), *NONSENSE.values()], ids=str)
def test_what_is_no_good_answer_is_none(rasa: FakeRasa, server: RasaServer, fault: Fault) -> None:
    """Slow, broken, nonsense: no answer, and the next message asks again."""
    rasa.fail("parse", fault)
    assert (server.rank(TEXT), server.rank(TEXT)) == (None, CHANCES)


def test_nothing_is_asked_of_a_server_that_fails(rasa: FakeRasa, server: RasaServer, now: Now) -> None:
    """After some failures in a row the breaker opens; after its pause one message tries, and closes it."""
    rasa.fail("parse", *[CRASHED] * FAILURES)
    for _ in range(FAILURES):
        server.rank(TEXT)
    shut = (server.rank(TEXT), len(rasa.asked), server.name)
    now.now = PAUSE
    again = (server.rank(TEXT), len(rasa.asked), server.name)
    assert (shut, again) == ((None, FAILURES, ""), (CHANCES, FAILURES + 1, "rasa"))


def test_one_message_tries_in_each_pause(rasa: FakeRasa, server: RasaServer, now: Now) -> None:
    """Half open: a failing trial shuts it for another pause, and nobody else waits meanwhile."""
    rasa.fail("parse", *[CRASHED] * (FAILURES + 1))
    for at in (0.0, 0.0, 0.0, 0.0, PAUSE, PAUSE, PAUSE * 2 - 1):
        now.now = at
        server.rank(TEXT)
    assert len(rasa.asked) == FAILURES + 1
    now.now = PAUSE * 2
    assert server.rank(TEXT) == CHANCES


def test_nobody_waits_beside_the_one_that_tries(rasa: FakeRasa, server: RasaServer, now: Now) -> None:
    """While a trial is under way, everybody else goes on without."""
    rasa.fail("parse", *[CRASHED] * FAILURES, SLOW)
    for _ in range(FAILURES):
        server.rank(TEXT)
    now.now = PAUSE
    trial = threading.Thread(target=server.rank, args=(TEXT,))
    trial.start()
    while len(rasa.asked) == FAILURES:
        time.sleep(0.005)
    beside = server.rank(TEXT)
    trial.join()
    assert (beside, len(rasa.asked)) == (None, FAILURES + 1)


def test_failures_that_are_not_in_a_row_do_not_count(rasa: FakeRasa, server: RasaServer) -> None:
    """A good answer between them forgets those before."""
    for _ in range(FAILURES):
        rasa.fail("parse", CRASHED)
        server.rank(TEXT)
        server.rank(TEXT)
    assert (server.name, len(rasa.asked)) == ("rasa", 2 * FAILURES)


def test_a_server_that_is_down(now: Now) -> None:
    """A refused connection is a failure like any other."""
    with FakeRasa() as gone:
        url = gone.url
    server = RasaServer(url, limit=0.2, now=now)
    assert ([server.rank(TEXT) for _ in range(FAILURES)], server.name) == ([None] * FAILURES, "")
    server.close()


def test_no_text_and_no_address_in_the_log(
    rasa: FakeRasa, server: RasaServer, now: Now, caplog: pytest.LogCaptureFixture
) -> None:
    """Two lines: it does not answer, it answers again."""
    caplog.set_level(logging.INFO, client.__name__)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # as every command does
    rasa.fail("parse", *[CRASHED] * FAILURES)
    for _ in range(FAILURES + 1):
        server.rank(TEXT)
    now.now = PAUSE
    server.rank(TEXT)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "HTTP 500" in caplog.text
    assert not any(secret in caplog.text for secret in (TEXT, "4711", rasa.url))


def test_no_proxy_of_the_environment_sees_what_parents_write(rasa: FakeRasa, monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTP_PROXY is for the way out; Rasa is ours."""
    rasa.chances = CHANCES
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    server = RasaServer(rasa.url)
    assert server.rank(TEXT) == CHANCES
    server.close()
