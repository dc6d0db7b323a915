"""The sentences go to the catalogues under their names, with Babel's own reader."""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.extract import extract_from_dir

from flows.load import load_book
from locales.extract import Sentence, extract, sentences
from tests.flows.talk import DATA

METHOD = [("**.yml", "locales.extract:extract")]


def test_a_sentence_is_known_by_where_it_stands() -> None:
    """Response and variant, button, flow; with the place an editor jumps to."""
    found = sentences(DATA / "school")
    assert found["utter_ask_reason/1"].text == "Wat is er met {child}? Antwoord met een cijfer."
    assert found["utter_ask_reason/0/b1"] == Sentence("utter_ask_reason/0/b1", "Te laat", "school/domain.yml:47")
    assert found["flow/report_absence/name"] == Sentence(
        "flow/report_absence/name", "Ziek melden", "school/absence.yml:4"
    )


def test_babel_finds_the_same_sentences() -> None:
    """The context arrives as msgctxt, the text as msgid, and equal texts stay apart."""
    by_babel = {context: text for _, _, text, _, context in extract_from_dir(DATA / "school", METHOD)}
    assert by_babel == {name: sentence.text for name, sentence in sentences(DATA / "school").items()}


def test_the_engine_and_the_catalogue_agree() -> None:
    """Every text and title of the book is a sentence with that name."""
    responses = load_book(DATA / "school").domain.responses.values()
    texts = {f"{one.name}/{number}": wording.text for one in responses for number, wording in enumerate(one.variants)}
    titles = {
        f"{one.name}/{number}/b{index}": button.title
        for one in responses
        for number, wording in enumerate(one.variants)
        for index, button in enumerate(wording.buttons)
    }
    assert len(titles) > 5
    found = sentences(DATA / "school")
    assert {name: found[name].text for name in texts | titles} == texts | titles


def test_a_block_of_text_has_no_line_end() -> None:
    """YAML's `|` leaves one, and a catalogue would keep it."""
    (found,) = extract(io.BytesIO(b"responses:\n  utter_x:\n    - text: |\n        Een\n        twee\n"), (), (), {})
    assert found == (3, "pgettext", ("utter_x/0", "Een\ntwee"), [])


def test_other_files_have_no_sentences(tmp_path: Path) -> None:
    """Facts, empty files and half-written ones are passed over; the loader tells of their faults."""
    (tmp_path / "a.yml").write_text("")
    (tmp_path / "b.yml").write_text("- 1")
    (tmp_path / "facts.yml").write_text("x: {label: y}")
    (tmp_path / "c.yml").write_text("responses: {utter_x: [{txt: a}, 3]}\nflows: {a: 3}")
    assert sentences(tmp_path) == {}
