"""Reading training examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlu import examples
from nlu.examples import BadExamples, Example
from tests.nlu.conftest import DATA


def test_a_file_is_a_language_and_annotations_are_plain_words() -> None:
    """The language is the file's name; what Rasa marks as an entity reads as the words themselves."""
    found = examples.read_file(DATA / "small" / "nl.yml")

    assert Example("nl", "report_absence", "mijn zoon Ali is ziek") in found
    assert Example("nl", "who_is_mentor", "wie is de mentor van 2B") in found
    assert len(found) == 16


def test_a_script_is_not_another_language(small: Path) -> None:
    """`ary_Latn.yml` holds Moroccan in Latin letters: the language is `ary`."""
    (small / "nl.yml").rename(small / "ary_Latn.yml")

    assert {example.language for example in examples.read_folder(small)} == {"ary", "tr"}


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("nlu:\n- intent: greet\n  examples: |\n    - hoi\n    hallo\n", "nl.yml:5:"),
        ("nlu:\n- intent: greet\n  examples: |\n    - hoi\n    - \n", "nl.yml:5:"),
        ("nlu:\n- intent: greet\n", "nl.yml:2:"),
        ("nlu:\n- hallo\n", "nl.yml:2:"),
        ("rules: []\n", "nl.yml:1:"),
        ("", "nl.yml:1:"),
        ("nlu: [\n", "nl.yml: not YAML"),
    ],
)
def test_a_fault_is_named_by_file_and_line(small: Path, content: str, place: str) -> None:
    """Whoever writes examples is told where the fault is."""
    (small / "nl.yml").write_text(content, encoding="utf-8")

    with pytest.raises(BadExamples) as caught:
        examples.read_folder(small)

    assert place in str(caught.value)


def test_an_empty_folder_is_a_fault(tmp_path: Path) -> None:
    """An engine without examples understands nothing and must not start silently."""
    with pytest.raises(BadExamples, match="no example files"):
        examples.read_folder(tmp_path)


def test_shipped_examples_are_many() -> None:
    """The floor under every figure that is measured on them."""
    shown = examples.read_folder()

    assert {"ar", "en", "nl", "pl", "tr", "uk"} <= {example.language for example in shown}
    assert len(shown) >= 5_000
    assert len({example.intent for example in shown}) >= 45
