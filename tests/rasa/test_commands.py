"""`nlu compare`, the doctor's lines about Rasa, and the settings that choose it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import nlu
from bot import wiring
from bot.cli import doctor
from bot.cli.doctor_rasa import rasa as examine
from bot.cli.nlu import app
from bot.errors import WrongSetting
from bot.rasa import LIMIT
from bot.settings import Settings, load_settings
from nlu import embedding
from nlu.embedded import EmbeddedRecogniser
from nlu.port import Decision
from nlu.rasa import model
from tests.nlu.conftest import DATA
from tests.rasa.conftest import chances
from tests.servers.base import Fault
from tests.servers.rasa import CRASHED, FakeRasa

pytestmark = pytest.mark.enable_socket

HELD_OUT = str(DATA / "heldout.jsonl")


@pytest.fixture
def no_points(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose full engine is n-grams: nothing here waits for more."""
    embedding.shipped.cache_clear()
    monkeypatch.setattr(embedding, "why_not", lambda: "the processor is too old")
    yield
    embedding.shipped.cache_clear()


def settings(url: str, **more: object) -> Settings:
    return load_settings(_env_file=None, nlu="rasa", rasa_url=url, **more)


@pytest.mark.usefixtures("no_points")
def test_engines_are_compared_in_one_run(rasa: FakeRasa, own: EmbeddedRecogniser) -> None:
    """One row each, of the same messages: what is understood, and what it costs."""
    rasa.chances = chances(own, who_is_mentor=0.9999)
    result = CliRunner().invoke(app, ["compare", HELD_OUT, "--rasa-url", rasa.url, "--json"])
    rows = json.loads(result.stdout)
    assert set(rows) == {"ngram", "rasa"}
    assert (rows["ngram"]["n"], rows["rasa"]["n"]) == (120, 120)
    assert (rows["ngram"]["top1"] > 0.9, rows["rasa"]["top1"] < 0.3) == (True, True)
    assert 0 < rows["rasa"]["p50_ms"] <= rows["rasa"]["p95_ms"]
    asked = len(rasa.asked) - 1  # less the one to see whether it answers
    assert (f"Rasa was asked about {asked} of 120" in result.stderr, 100 < asked < 120) == (True, True)


@pytest.mark.usefixtures("no_points")
def test_the_table_has_a_line_an_engine() -> None:
    """Without a server, of our own engine."""
    lines = CliRunner().invoke(app, ["compare", HELD_OUT]).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["engine", "ngram"]


@pytest.mark.usefixtures("no_points")
def test_a_server_that_does_not_answer_is_not_compared(rasa: FakeRasa) -> None:
    """Else the table would show our own engine under Rasa's name."""
    rasa.fail("parse", CRASHED)
    result = CliRunner().invoke(app, ["compare", HELD_OUT, "--rasa-url", rasa.url])
    assert (result.exit_code, result.stdout, "make rasa" in result.stderr) == (1, "", True)


def test_the_doctor_when_all_is_well(rasa: FakeRasa, own: EmbeddedRecogniser) -> None:
    rasa.chances, rasa.model = chances(own, who_is_mentor=0.9), model.name()
    said = list(examine(settings(rasa.url)))
    assert [level for level, _, _ in said] == ["ok"] * 3
    assert said[0][1] == "Rasa 3.6.21 answers"


@pytest.mark.parametrize(
    ("call", "fault", "what"),
    [
        ("version", Fault(drop=True), "Rasa does not answer (RemoteProtocolError): our own engine does"),
        ("status", CRASHED, "Rasa does not answer (HTTPStatusError): our own engine does"),
        ("parse", CRASHED, "Rasa understands nothing (HTTPStatusError): our own engine answers"),
    ],
)
def test_the_doctor_says_what_is_wrong_and_what_to_do(rasa: FakeRasa, call: str, fault: Fault, what: str) -> None:
    """The line goes on by itself, so it is a warning."""
    rasa.model = model.name()
    rasa.fail(call, fault)
    level, said, do = list(examine(settings(rasa.url)))[-1]
    assert (level, said, "make rasa" in do) == ("warning", what, True)


def test_the_doctor_sees_that_rasa_is_slow(rasa: FakeRasa) -> None:
    """Slower than parents wait for."""
    ranking = [{"name": "greet", "confidence": 1.0}]
    rasa.fail("parse", Fault(200, {"intent_ranking": ranking}, hang=LIMIT + 0.1))
    level, said, _do = list(examine(settings(rasa.url)))[-1]
    assert (level, bool(re.fullmatch(r"Rasa takes \d+\.\d seconds", said))) == ("warning", True)


def test_the_doctor_sees_a_model_of_other_examples(rasa: FakeRasa, own: EmbeddedRecogniser) -> None:
    """Or none at all."""
    rasa.chances = chances(own, who_is_mentor=0.9)
    said = []
    for served in ("ouderlijn-0123456789abcdef.tar.gz", None):
        rasa.model = served
        said.append(list(examine(settings(rasa.url)))[1])
    assert [(level, what.split(",")[0]) for level, what, _ in said] == [
        ("warning", "Rasa's model is ouderlijn-0123456789abcdef.tar.gz"),
        ("warning", "Rasa's model is none"),
    ]


def test_the_doctor_asks_only_where_rasa_was_chosen(rasa: FakeRasa) -> None:
    """A URL alone chooses nothing."""
    assert (list(doctor._rasa(load_settings(_env_file=None, nlu="ngram", rasa_url=rasa.url))), rasa.calls) == ([], [])
    assert len(list(doctor._rasa(settings(rasa.url)))) == len(rasa.calls) == 3


def test_rasa_needs_its_address() -> None:
    """One clear line, and what to write there."""
    with pytest.raises(WrongSetting, match=r"^OUDERLIJN_RASA_URL: .*make rasa.*5005"):
        load_settings(_env_file=None, nlu="rasa")


def test_the_line_understands_by_rasa(
    rasa: FakeRasa, own: EmbeddedRecogniser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is composed for work: the settings choose it, its server ranks, and closing the line lets go of it."""
    monkeypatch.setattr(nlu, "serve", nlu.load)
    rasa.chances = chances(own, who_is_mentor=0.9999)
    url = f"sqlite:///{tmp_path / 'line.db'}"

    async def asked() -> tuple[str, Decision]:
        line = await wiring.build(settings(rasa.url, database_url=url, var=tmp_path))
        recogniser = wiring.recogniser_of(line.settings, line.rasa)()
        understood = await asyncio.to_thread(recogniser.understand, "hoe laat begint de school")
        await line.close()
        return understood.intent, understood.decision

    assert asyncio.run(asked()) == ("who_is_mentor", Decision.ANSWER)
