"""`python -m bot nlu`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.nlu import app
from nlu import embedding
from tests.nlu.conftest import DATA

pytestmark = pytest.mark.usefixtures("recogniser")  # trained before the clock of a command runs


def test_predict_answers_line_by_line() -> None:
    """The promised fields, in order, one object a line."""
    asked = [
        {"text": "wie is de mentor van 2B"},
        {"text": "my son wants to kill himself", "known_language": "en"},
        {"text": "", "known_language": None},
    ]
    result = CliRunner().invoke(app, ["predict", "--engine", "ngram"], input="\n".join(map(json.dumps, asked)) + "\n")
    mentor, danger, nothing = map(json.loads, result.stdout.splitlines())

    assert {"intent", "confidence", "ranking", "language", "decision", "safety", "level"} == set(mentor)
    assert tuple(mentor[key] for key in ("intent", "language", "decision", "safety")) == (
        "who_is_mentor",
        "nl",
        "answer",
        False,
    )
    assert mentor["ranking"][0] == [mentor["intent"], mentor["confidence"]]
    assert len(mentor["ranking"]) == 3
    assert (danger["decision"], danger["safety"], danger["level"]) == ("person", True, "now")
    assert (nothing["intent"], nothing["decision"], nothing["level"]) == ("out_of_scope", "person", None)
    assert result.stderr.splitlines() == ["Engine: ngram"]


def test_predict_says_why_it_does_without_points(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine that cannot compute them the full engine is n-grams, and the reason is told."""
    embedding.shipped.cache_clear()
    monkeypatch.setattr(embedding, "why_not", lambda: "the processor is too old")
    result = CliRunner().invoke(app, ["predict"], input='{"text": "wie is de mentor"}\n')
    embedding.shipped.cache_clear()

    assert json.loads(result.stdout)["intent"] == "who_is_mentor"
    assert result.stderr.splitlines() == ["Engine: ngram (the processor is too old)"]


@pytest.mark.parametrize("bad", [b"{bad", b'"text"', b'{"txt": "a"}', b'{"text": "a", "known_language": 1}', b'"\xff"'])
def test_a_line_that_cannot_be_read_is_named(bad: bytes) -> None:
    """What came before it is answered; then one clear error, and exit 1."""
    result = CliRunner().invoke(app, ["predict", "--engine", "ngram"], input=b'{"text": "hallo"}\n' + bad + b"\n")

    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 1
    assert "Line 2: " in result.stderr


def test_measuring_gives_a_table_and_an_object(tmp_path: Path) -> None:
    """Per language, for all, and the mean of the big ones, with intervals."""
    table = CliRunner().invoke(app, ["test", "--engine", "ngram", str(DATA / "heldout.jsonl")])
    figures = json.loads(
        CliRunner().invoke(app, ["test", "--engine", "ngram", str(DATA / "heldout.jsonl"), "--json"]).stdout
    )

    assert len(table.stdout.splitlines()) == 1 + len(figures) + 3
    assert (len(figures), figures["tr"]["n"], figures["mean"]["n"]) == (8, 20, 120)
    assert figures["tr"]["intervals"]["top1"][0] < figures["tr"]["top1"] <= figures["tr"]["intervals"]["top1"][1]
    assert figures["all"]["top1"] > 0.9

    (tmp_path / "bad.jsonl").write_text('{"lang": "nl", "text": "a"}\n', encoding="utf-8")

    assert (
        "Line 1: `intent`" in CliRunner().invoke(app, ["test", "--engine", "ngram", str(tmp_path / "bad.jsonl")]).stderr
    )


def test_danger_is_measured_from_lines_with_a_level(tmp_path: Path) -> None:
    """A level, or null, instead of an intent; several files are one measurement."""
    file = tmp_path / "danger.jsonl"
    said = [("ze wil zelfmoord plegen", "now"), ("hoe laat begint de school", None), ("ik ben doodmoe", None)]
    file.write_text(
        "".join(json.dumps({"lang": "nl", "level": level, "text": text}) + "\n" for text, level in said),
        encoding="utf-8",
    )
    asked = ["test", "--engine", "ngram", "--json", str(file), str(DATA / "heldout.jsonl")]
    figures = json.loads(CliRunner().invoke(app, asked).stdout)["nl"]

    assert (figures["dangers"], figures["danger_seen"], figures["false_now"], figures["false_other"]) == (
        1,
        1.0,
        0.0,
        0.0,
    )
    assert figures["n"] == 20


@pytest.mark.parametrize(
    ("line", "counted"),
    [
        ('{"lang": "nl", "text": "a", "safety": true}', (0, 1, 0)),
        ('{"lang": "nl", "text": "a", "safety": false, "intent": "greet"}', (1, 0, 1)),
        ('{"lang": "nl", "text": "a", "level": "now", "intent": "emergency"}', (1, 1, 0)),
        ('{"lang": "nl", "text": "a", "safety": null, "intent": "greet"}', (1, 0, 0)),
    ],
)
def test_a_line_may_say_danger_in_several_ways(tmp_path: Path, line: str, counted: tuple[int, int, int]) -> None:
    """With its level or plainly, beside an intent or without."""
    file = tmp_path / "lines.jsonl"
    file.write_text(line + "\n", encoding="utf-8")
    figures = json.loads(CliRunner().invoke(app, ["test", "--engine", "ngram", "--json", str(file)]).stdout)["nl"]

    assert (figures["n"], figures["dangers"], figures["harmless"]) == counted


def test_a_line_that_is_unsure_about_danger_is_named(tmp_path: Path) -> None:
    """Neither true nor false."""
    (tmp_path / "bad.jsonl").write_text('{"lang": "nl", "text": "a", "safety": "no"}\n', encoding="utf-8")
    result = CliRunner().invoke(app, ["test", "--engine", "ngram", str(tmp_path / "bad.jsonl")])

    assert (result.exit_code, "Line 1: `safety`" in result.stderr) == (1, True)
