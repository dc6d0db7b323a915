"""The real Rasa 3.6.21: trained on a few sentences in three languages, served on loopback, asked through our client."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from bot.cli.doctor_rasa import rasa as doctor
from bot.cli.nlu_rasa import running
from bot.rasa import RasaServer
from bot.settings import load_settings
from nlu import embedded
from nlu.embedded import EmbeddedRecogniser
from nlu.examples import Example
from nlu.port import Decision, SafetyLevel
from nlu.rasa import environment, model
from nlu.rasa.recogniser import RasaRecogniser
from nlu.rasa.tuning import write_examples
from nlu.safety import shipped

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(600)]

SAID = {
    ("nl", "ask_holidays"): [
        "wanneer is de vakantie",
        "hoe lang duurt de herfstvakantie",
        "wanneer begint de zomervakantie",
    ],
    ("nl", "who_is_mentor"): ["wie is de mentor", "hoe heet de mentor van mijn zoon", "de naam van de mentor graag"],
    ("nl", "out_of_scope"): ["wat kost een brood", "het regent hard", "wie heeft gewonnen met voetbal"],
    ("tr", "ask_holidays"): ["tatil ne zaman", "sonbahar tatili ne kadar sürüyor", "yaz tatili ne zaman başlıyor"],
    ("tr", "who_is_mentor"): ["mentor kim", "oğlumun mentorunun adı ne", "mentorun adını öğrenebilir miyim"],
    ("tr", "out_of_scope"): ["ekmek kaç para", "çok yağmur yağıyor", "maçı kim kazandı"],
    ("zh", "ask_holidays"): ["什么时候放假", "秋假放几天", "暑假什么时候开始"],
    ("zh", "who_is_mentor"): ["导师是谁", "我儿子的导师叫什么名字", "请告诉我导师的名字"],
    ("zh", "out_of_scope"): ["面包多少钱", "今天下大雨", "足球谁赢了"],
}
ASKED = {
    "wanneer is de herfstvakantie": "ask_holidays",
    "hoe heet de mentor": "who_is_mentor",
    "yaz tatili ne zaman": "ask_holidays",
    "oğlumun mentoru kim": "who_is_mentor",
    "秋假什么时候开始": "ask_holidays",
    "我儿子的导师是谁": "who_is_mentor",
}
"""None of them was learnt."""


@dataclass(frozen=True, slots=True)
class Real:
    """A server, its model, and our engine, all of the same sentences."""

    server: RasaServer
    model: Path
    own: EmbeddedRecogniser


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    if environment.built() is None:
        try:
            environment.python()
        except environment.NoPython as missing:
            pytest.skip(f"the real Rasa is not tested: {missing}")
        pytest.skip(
            "the real Rasa is not tested: build its environment first (.venv/bin/python -m nlu.rasa build; 2.5 GB)"
        )
    folder = tmp_path_factory.mktemp("rasa")
    examples = folder / "examples"
    examples.mkdir()
    write_examples([Example(lang, intent, text) for (lang, intent), texts in SAID.items() for text in texts], examples)
    trained = model.train(examples, _config(folder / "config.yml"), models=folder / "models")
    own = EmbeddedRecogniser(embedded.train(examples), shipped())
    with running(trained) as server:
        yield Real(server, trained, own)


def _config(path: Path) -> Path:
    """Our own configuration, for three sentences an intent: more rounds of less, and no word too rare."""
    config = yaml.safe_load(model.CONFIG.read_text(encoding="utf-8"))
    for step in config["pipeline"]:
        if "min_df" in step:
            step["min_df"] = 1
        if step["name"] == "DIETClassifier":
            step |= {"epochs": 40, "batch_size": 16}
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


def test_it_says_what_it_is(real: Real) -> None:
    """The version that the lock names, and the model that was just made."""
    state = real.server.state()
    assert (f"rasa=={state.version}", state.model) == (
        environment.LOCK.with_suffix(".in").read_text().strip(),
        real.model.name,
    )


def test_it_ranks_sentences_it_has_not_seen(real: Real) -> None:
    """In three languages, Chinese without spaces among them; our own engine says which language."""
    both = RasaRecogniser(real.own, real.server)
    answered = {text: both.understand(text) for text in ASKED}
    assert {text: understood.intent for text, understood in answered.items()} == ASKED
    assert [understood.language.language for understood in answered.values()] == ["nl", "nl", "tr", "tr", "zh", "zh"]
    assert [understood for text, understood in answered.items() if understood == real.own.understand(text)] == []


def test_every_intent_has_its_chance(real: Real) -> None:
    """All of them, together one: what our sharpness is reckoned on."""
    chances = real.server.ask("wie is de mentor")
    assert set(chances) == {intent for _, intent in SAID}
    assert sum(chances.values()) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("text", ["/ask_holidays", " //ask_holidays", '/ask_holidays{"a": "b"}'])
def test_a_parent_cannot_name_an_intent(real: Real, text: str) -> None:
    """Rasa itself would take this for that intent, with certainty and no other."""
    assert len(real.server.ask(text)) == len({intent for _, intent in SAID})


@pytest.mark.parametrize("text", ["", "👍", "?", "a" * 5000, "mentor\0kim", "half \ud83d", "[wie](x) is {de} @mentor#"])
def test_it_answers_or_our_engine_does(real: Real, text: str) -> None:
    """Never raises for any text."""
    assert len(RasaRecogniser(real.own, real.server).understand(text).ranking) == 3


def test_danger_is_ours(real: Real) -> None:
    """Rasa has never heard of it."""
    understood = RasaRecogniser(real.own, real.server).understand("mijn dochter wil zelfmoord plegen")
    assert (understood.safety, understood.decision) == (SafetyLevel.NOW, Decision.PERSON)


def test_the_doctor_looks_at_it(real: Real) -> None:
    """It answers, with a model of other examples than those that are shipped."""
    url = str(real.server._client.base_url)
    said = [(level, what) for level, what, _ in doctor(load_settings(_env_file=None, nlu="rasa", rasa_url=url))]
    assert [level for level, _ in said] == ["ok", "warning", "ok"]
    assert (said[0][1], real.model.name in said[1][1]) == ("Rasa 3.6.21 answers", True)
