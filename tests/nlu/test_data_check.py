"""The check of what understanding learns from."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from bot.cli.nlu import app
from bot.content.check import check_messages
from flows.faults import Severity
from nlu import data_check, likeness, styles
from nlu.danger import BadMessages
from nlu.data_check import Kind
from nlu.examples import Example


def varied(seed: str, number: int = data_check.FEWEST) -> list[str]:
    """As many examples as an intent needs, of invented words, with nothing wrong in them."""
    rng = random.Random(seed)
    texts = []
    for place in range(number):
        words = ["".join(rng.choices("abdeghiklmnoprstuvwz", k=6)) for _ in range(1 + 3 * (place % 4))]
        texts.append(" ".join(words) + "?" * (place % 4 == 1))
    return [text.capitalize() if place % 3 == 0 else text for place, text in enumerate(texts)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A language with two intents and what is out of scope, all of it well."""
    path = tmp_path / "nlu" / "examples"
    path.mkdir(parents=True)
    shown = {"greet": varied("hoi"), "ask_mentor": varied("wie"), "out_of_scope": varied("weer", 60)}
    return write(path / "nl.yml", shown).parent


def write(path: Path, shown: Mapping[str, Iterable[str]]) -> Path:
    """A file of examples."""
    lines = ["nlu:"]
    for intent, texts in shown.items():
        lines += [f"- intent: {intent}", "  examples: |", *(f"    - {text}" for text in texts)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def messages(tmp_path: Path) -> Path:
    """As many messages of danger as are needed."""
    path = tmp_path / "nlu" / "danger"
    path.mkdir(parents=True)
    return tell(path / "nl.yml").parent


def tell(path: Path, **more: list[str]) -> Path:
    """A file of messages of danger, with some more of them."""
    told = {level: [f"{level} {n}" for n in range(data_check.FEWEST_DANGER)] for level in ("now", "perhaps", "school")}
    told["harmless"] = [f"niets {n}" for n in range(data_check.FEWEST_HARMLESS)]
    content = {level: [*texts, *more.get(level, [])] for level, texts in told.items()}
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def add(path: Path, intent: str, *texts: str) -> None:
    """More examples, at the end of a file."""
    lines = [f"- intent: {intent}", "  examples: |", *(f"    - {text}" for text in texts)]
    path.write_text(path.read_text(encoding="utf-8") + "\n".join(lines) + "\n", encoding="utf-8")


def kinds(folder: Path, messages: Path) -> list[tuple[Kind, str]]:
    return [(found.kind, found.what) for found in data_check.check(folder, messages)]


def test_good_data_has_no_findings(folder: Path, messages: Path) -> None:
    """The measure of the other tests: each of them spoils one thing."""
    assert data_check.check(folder, messages) == []


def test_the_shipped_data_is_in_order() -> None:
    """All eighteen languages; 20 examples an intent, 60 that are out of scope, and nothing said twice."""
    assert list(map(str, data_check.check())) == []


def test_an_intent_with_few_examples_is_thin(folder: Path, messages: Path) -> None:
    """By file and line, with what is missing; so is one that only Dutch has."""
    add(folder / "nl.yml", "ask_rooms", "waar is lokaal 12")
    write(folder / "tr.yml", {"greet": varied("selam"), "ask_mentor": varied("kim"), "out_of_scope": varied("hava")})
    found = [str(each) for each in data_check.check(folder, messages) if each.kind is Kind.THIN]

    line = 1 + (folder / "nl.yml").read_text().splitlines().index("- intent: ask_rooms")
    assert found == [
        f"nlu/examples/nl.yml:{line}: ask_rooms has 1 of 20 examples. Write more, in other styles.",
        "nlu/examples/tr.yml:1: ask_rooms has 0 of 20 examples. Write more, in other styles.",
        f"nlu/examples/tr.yml:{2 + 2 * 22}: out_of_scope has 20 of 60 examples. Write more, in other styles.",
    ]


def test_the_same_words_twice_are_found(folder: Path, messages: Path) -> None:
    """Capitals and punctuation make no other sentence; diacritics left out do, they are a style."""
    add(folder / "nl.yml", "greet", "goedemorgen één", "Goedemorgen één!", "goedemorgen een")

    assert kinds(folder, messages) == [(Kind.TWICE, "greet has 'Goedemorgen één!' twice")]


def test_one_sentence_in_two_intents_is_found(folder: Path, messages: Path) -> None:
    """Nobody can learn both."""
    add(folder / "nl.yml", "greet", "dag juf")
    add(folder / "nl.yml", "ask_mentor", "Dag juf")

    assert kinds(folder, messages) == [(Kind.TORN, "'Dag juf' is ask_mentor here and greet there")]


def test_dutch_words_mean_in_every_language_what_they_mean_in_dutch(folder: Path, messages: Path) -> None:
    """Parents mix them in; the n-grams of all languages are one model."""
    add(folder / "nl.yml", "greet", "mentor")
    shown = {"greet": varied("selam"), "ask_mentor": [*varied("kim"), "mentor"], "out_of_scope": varied("hava", 60)}
    write(folder / "tr.yml", shown)

    assert kinds(folder, messages) == [(Kind.TORN, "'mentor' is ask_mentor here and greet in Dutch")]


def test_sentences_of_two_intents_that_are_nearly_the_same_are_found(folder: Path, messages: Path) -> None:
    """Within an intent they only cost time; short ones are alike by chance."""
    add(folder / "nl.yml", "greet", "goedemorgen allemaal, hoe gaat het vandaag met u", "dag allemaal")
    add(
        folder / "nl.yml",
        "ask_mentor",
        "goedemorgen allemaal, hoe gaat het vandaag met u?",
        "dag allemaal a",
        "dag alles",
    )
    add(folder / "nl.yml", "greet", "goedemorgen allemaal, hoe gaat het vandaag met jou")
    found = kinds(folder, messages)

    assert [kind for kind, _ in found] == [Kind.TORN, Kind.NEAR]
    assert found[1][1].startswith(
        "greet has 'goedemorgen allemaal, hoe gaat het vandaag met jou', nearly what ask_mentor"
    )


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda text: f"{text} a"[:24].ljust(24, "a"), "are all equally long"),
        (lambda text: f"{text}?", "are all questions"),
        (lambda text: f"{text}.", "are all punctuated"),
        (lambda text: text.capitalize(), "all begin with a capital"),
        (lambda text: f"hallo {text}", "begin with the same few words"),
    ],
)
def test_one_style_is_named(spoil: Callable[[str], str], said: str) -> None:
    """What all examples have in common is learnt instead of what they mean."""
    texts = varied("wie")

    assert list(styles.faults_of_style(texts)) == []
    assert [what for what, _ in styles.faults_of_style([spoil(text) for text in texts])] == [said]


def test_one_style_is_found_in_a_file(folder: Path, messages: Path) -> None:
    """At the intent's own line."""
    write(folder / "nl.yml", {"greet": [f"{text}?" for text in varied("hoi")], "out_of_scope": varied("weer", 60)})
    found = data_check.check(folder, messages)

    assert [(each.kind, each.line, each.what) for each in found] == [
        (Kind.STYLE, 2, "the examples of greet are all questions")
    ]


def test_intents_without_a_word_of_school_are_counted() -> None:
    """Parents say `mentor` and `verlof` in every language; Dutch itself and small talk are left out."""
    shown = [
        Example("tr", "request_leave", "verlof istiyorum"),
        Example("tr", "who_is_mentor", "sınıf öğretmeni kim"),
        Example("tr", "greet", "selam"),
        Example("nl", "help", "help"),
    ]

    assert styles.without_dutch(shown) == {"tr": ["who_is_mentor"]}


def test_a_message_at_two_levels_is_found(folder: Path, messages: Path) -> None:
    """And one that stands twice at the same."""
    tell(
        messages / "nl.yml",
        now=["hij heeft een mes"],
        harmless=["Hij heeft een mes", "mes voor koken", "mes voor koken"],
    )

    assert kinds(folder, messages) == [
        (Kind.DANGER, "'Hij heeft een mes' stands under now and under harmless"),
        (Kind.DANGER, "'mes voor koken' stands under harmless and under harmless"),
    ]


def test_a_level_with_few_messages_is_found(folder: Path, messages: Path) -> None:
    """By language."""
    path = messages / "nl.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("- now 0\n", ""), encoding="utf-8")

    assert kinds(folder, messages) == [(Kind.DANGER, "now has 99 of 100 messages")]


def test_examples_and_messages_of_danger_agree(folder: Path, messages: Path) -> None:
    """What is an emergency in one cannot be harmless in the other, nor danger an ordinary request."""
    tell(messages / "nl.yml", school=["dag juf"], harmless=["brand in lokaal 3", "hallo juf"])
    add(folder / "nl.yml", "greet", "dag juf", "hallo juf")
    add(folder / "nl.yml", "emergency", *varied("help"), "Brand in lokaal 3!")

    assert kinds(folder, messages) == [
        (Kind.DANGER, "'brand in lokaal 3' is harmless here and an example of emergency"),
        (Kind.DANGER, "'dag juf' is school here and an example of greet"),
    ]


def test_messages_that_cannot_be_read_are_one_fault(folder: Path, messages: Path) -> None:
    """Not a traceback."""
    (messages / "nl.yml").write_text("now: [\n", encoding="utf-8")

    with pytest.raises(BadMessages, match="not YAML"):
        data_check.check(folder, messages)


def test_near_pairs_are_all_pairs_that_are_near() -> None:
    """Comparing only what shares a rare piece misses none of them."""
    texts = [
        f"{'zin ' * (n % 7)}van {n % 5} woorden die {'wat ' * (n % 3)}op elkaar lijken {n % 11}" for n in range(150)
    ]
    pieces = [likeness.pieces(text) for text in texts]
    every = {
        (one, other)
        for other in range(len(texts))
        for one in range(other)
        if len(pieces[one] & pieces[other]) >= likeness.TOO_NEAR * len(pieces[one] | pieces[other])
    }

    assert len(every) > 100
    assert set(likeness.near(texts)) == every


def test_the_command_shows_a_row_for_each_language() -> None:
    """And says that nothing was found."""
    result = CliRunner().invoke(app, ["check"])
    lines = result.stdout.splitlines()

    assert result.exit_code == 0
    assert lines[0].split()[:3] == ["lang", "examples", "intents"]
    assert len(lines) == 1 + 18 + 2
    assert lines[-1].startswith("0 findings in ")


def test_the_check_of_content_shows_it(folder: Path, messages: Path) -> None:
    """One style is a warning; all else stops the content, a file that cannot be read included."""
    write(folder / "nl.yml", {"greet": [f"{text}?" for text in varied("hoi")], "out_of_scope": varied("weer", 59)})
    few, style = sorted(check_messages(folder, messages), key=lambda fault: fault.what)
    (folder / "nl.yml").write_text("nlu:\n- hallo\n", encoding="utf-8")
    (broken,) = check_messages(folder, messages)

    assert (few.what, few.severity) == ("out_of_scope has 59 of 60 examples", Severity.ERROR)
    assert (style.what, style.severity) == ("the examples of greet are all questions", Severity.WARNING)
    assert (broken.line, broken.severity, broken.file.endswith("nl.yml")) == (2, Severity.ERROR, True)
