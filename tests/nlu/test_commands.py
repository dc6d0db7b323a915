"""`python -m bot nlu`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.nlu import app
from tests.nlu.conftest import DATA

pytestmark = pytest.mark.usefixtures("recogniser")  # trained before the clock of a command runs


def test_predict_answers_line_by_line() -> None:
    """The promised fields, in order, one object a line."""
    asked = [
        {"text": "wie is de mentor van 2B"},
        {"text": "my son wants to kill himself", "known_language": "en"},
        {"text": "", "known_language": None},
    ]
    result = CliRunner().invoke(app, ["predict"], input="\n".join(map(json.dumps, asked)) + "\n")
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
    assert "ngram" in result.stderr


@pytest.mark.parametrize("bad", [b"{bad", b'"text"', b'{"txt": "a"}', b'{"text": "a", "known_language": 1}', b'"\xff"'])
def test_a_line_that_cannot_be_read_is_named(bad: bytes) -> None:
    """What came before it is answered; then one clear error, and exit 1."""
    result = CliRunner().invoke(app, ["predict", "--engine", "ngram"], input=b'{"text": "hallo"}\n' + bad + b"\n")

    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 1
    assert "Line 2: " in result.stderr


def test_measuring_gives_a_table_and_an_object(tmp_path: Path) -> None:
    """Per language and for all."""
    table = CliRunner().invoke(app, ["test", str(DATA / "heldout.jsonl")])
    figures = json.loads(CliRunner().invoke(app, ["test", str(DATA / "heldout.jsonl"), "--json"]).stdout)

    assert len(table.stdout.splitlines()) == 1 + len(figures) == 8
    assert figures["tr"]["n"] == 20
    assert figures["all"]["top1"] > 0.9

    (tmp_path / "bad.jsonl").write_text('{"lang": "nl", "text": "a"}\n', encoding="utf-8")

    assert "Line 1: `intent`" in CliRunner().invoke(app, ["test", str(tmp_path / "bad.jsonl")]).stderr
