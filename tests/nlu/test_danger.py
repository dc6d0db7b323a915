"""The model of danger: what it learns from, how it judges, and that nothing long or quick slips past it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from locales.languages import LANGUAGES
from nlu import danger, deepen, embedded, embedding, examples, store
from nlu.danger import BadMessages, Caution, DangerModel, judge
from nlu.embedded import Deep, parts_of
from nlu.embedding import READ, Embedder
from nlu.ngram import ngrams
from nlu.port import SafetyLevel
from nlu.safety import GRAVE
from nlu.text import fold
from tests.nlu.conftest import DATA
from tests.nlu.test_dense import Counting

SMALL = DATA / "small_danger"
CODES = tuple(code for code, language in LANGUAGES.items() if language.script_of is None)
NOW, PERHAPS, SCHOOL = SafetyLevel
CAUTION = Caution(alarm=0.2, now=1.0, doubt=-0.5, grams=1.0)


@pytest.mark.parametrize("code", CODES)
def test_each_language_has_enough_of_each_level(code: str) -> None:
    """All levels and their look-alikes; nothing twice, and nothing that is an ordinary example."""
    told = [message for message in danger.read_folder() if message.language == code]
    counts = Counter(message.level for message in told)
    texts = Counter(fold(message.text) for message in told)
    shown = examples.read_file(examples.FOLDER / f"{code}.yml")
    ordinary = {fold(example.text) for example in shown if example.intent not in GRAVE}
    dangerous = {fold(message.text) for message in told if message.level}

    assert min(counts[level] for level in SafetyLevel) >= 100
    assert counts[None] >= 400
    assert [text for text, count in texts.items() if count > 1] == []
    assert dangerous & ordinary == set()


@pytest.mark.parametrize(
    ("words", "score", "likely", "level"),
    [
        (None, 0.1, NOW, None),
        (None, 0.2, SCHOOL, SCHOOL),
        (None, 0.9, NOW, PERHAPS),  # not sure enough to say that it is now
        (None, 1.0, NOW, NOW),
        (NOW, -0.4, SCHOOL, NOW),  # words need no help
        (NOW, -0.6, SCHOOL, None),  # but for a figure of speech, or a lesson about it
        (SCHOOL, 1.2, NOW, NOW),  # the gravest counts
        (NOW, 0.5, SCHOOL, NOW),
    ],
)
def test_words_and_model_judge_together(
    words: SafetyLevel | None, score: float, likely: SafetyLevel, level: SafetyLevel | None
) -> None:
    """Each may raise an alarm; only a model that is very sure doubts the words."""
    assert judge(words, score, likely, CAUTION) is level


@pytest.fixture
def real() -> Embedder:
    """The embedder that is shipped."""
    embedder = embedding.shipped()
    if embedder is None:
        pytest.skip(f"no embeddings here: {embedding.why_not()}")
    return embedder


@pytest.fixture
def wary(small: Path, tmp_path: Path, real: Embedder) -> DangerModel:
    """A model of a few messages in two languages."""
    return deepen.make_danger(real, small, SMALL, cache=tmp_path)


def test_danger_in_words_that_nobody_wrote_down(wary: DangerModel, real: Embedder) -> None:
    """What is told in another language, in other words, scores above what only looks like it."""
    told = ["she says she does not want to live any more", "sınıfta herkes onu itip alay ediyor"]
    alike = ["does she need a knife for the cooking lesson", "yağmurda ıslandı, üşüdü"]
    worst = min(wary.score(vector)[0] for vector in real.embed(told))
    best = max(wary.score(vector)[0] for vector in real.embed(alike))

    assert worst > best


def test_n_grams_hint_at_danger(wary: DangerModel) -> None:
    """In the spelling that she writes, whatever its point."""
    assert wary.hint(ngrams("hij wil niet meer leven")) > wary.hint(ngrams("hij wil een mes voor de kookles"))


def test_what_was_learnt_is_kept(wary: DangerModel, small: Path, tmp_path: Path, real: Embedder) -> None:
    """Read again it says the same; a changed message makes another file; a broken one is learnt anew."""
    file = store.danger_file(small, SMALL, tmp_path, real.name)
    again = store.read_danger(file)
    vector = real.embed(["hij durft niet naar huis"])[0]
    file.unlink()  # what is mapped is replaced, never changed
    file.write_bytes(b"broken")

    assert again is not None
    assert again.score(vector)[0] == pytest.approx(wary.score(vector)[0], abs=0.02)
    assert again.hint(ngrams("hij durft niet")) == pytest.approx(wary.hint(ngrams("hij durft niet")), abs=0.02)
    assert store.read_danger(file) is None
    assert store.danger_file(small, DATA / "small", tmp_path, real.name) != file


def test_the_end_of_a_long_text_is_read() -> None:
    """Danger may stand at the end of a page: each part is embedded, the first and the last ones of a very long text."""
    assert parts_of("kort") == ["kort"]
    heard = parts_of("x" * 20_000 + "einde")
    assert heard[-1].endswith("einde")
    assert len(heard) <= 12
    assert all(len(text) <= READ for text in heard)


def test_a_hint_is_always_looked_at(small: Path, tmp_path: Path, wary: DangerModel, real: Embedder) -> None:
    """Where n-grams are sure nothing is embedded, unless a word of danger stands in the text."""
    recogniser = embedded.load(small, cache=tmp_path)
    embedder = Counting()
    model = deepen.make(recogniser.trained.intents.labels, real, small, cache=tmp_path)
    recogniser.deep = Deep(model, embedder, wary)
    sure = "mijn zoon is ziek"
    recogniser.understand(sure, known_language="nl")
    plain = embedder.asked
    recogniser.understand(f"{sure} en wil niet meer leven", known_language="nl")

    assert plain <= 1
    assert embedder.asked > plain


@pytest.mark.parametrize("content", ["", "now: []", "now: [a]\nperhaps: [b]\nschool: [c]\nharmless: [1]", "- x"])
def test_a_broken_file_is_named(tmp_path: Path, content: str) -> None:
    """The fault says where it is."""
    (tmp_path / "nl.yml").write_text(content, encoding="utf-8")

    with pytest.raises(BadMessages, match=r"nl\.yml"):
        danger.read_folder(tmp_path)


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    """No messages is a fault, not a model that sees no danger."""
    with pytest.raises(BadMessages, match="no messages"):
        danger.read_folder(tmp_path)
