"""The official multilingual-e5-small through onnxruntime, for those who prefer its own weights: from a folder on this machine.

The folder holds `model.onnx` or `onnx/model.onnx`, and `tokenizer.json`, as they are published. Nothing is fetched.
As its authors say: "query: " in front of every text, the mean over the words that are not padding, made 1 long.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.embedding import BATCH, SIZE, BadModel, clean
from nlu.ngram import Floats

_MODELS = ("model.onnx", "onnx/model.onnx")
_TOKENIZER = "tokenizer.json"
_LIBRARIES = ("onnxruntime", "tokenizers")
_LONGEST = 512  # word pieces that the model can read
_PADDING = "<pad>"
_READ_BY = b"query: | mean | 1 long"
"""Part of the name: whoever reads in another way makes other vectors."""
_ERRORS = 3


class OnnxE5:
    """The model in this process, on one thread."""

    def __init__(self, folder: Path) -> None:
        """Loads half a gigabyte of weights. Raises BadModel where it is not this model or cannot be read."""
        fault, model = why_not(folder), model_in(folder)
        if fault or model is None:
            raise BadModel(fault)
        self.name = name_of(folder)
        try:
            self._tokenizer = _tokenizer(folder / _TOKENIZER)
            self._session = _session(model)
            self._wants = [each.name for each in self._session.get_inputs()]
            words, _ = self._words([""])
        except Exception as error:  # both libraries raise kinds of their own, some of them bare Exceptions
            raise BadModel(f"the model cannot be read or does not run ({type(error).__name__})") from error
        if words.shape[2:] != (SIZE,):
            raise BadModel(f"the model is another one: {SIZE} numbers are needed for each word piece")

    def embed(self, texts: Sequence[str]) -> Floats:
        """See `Embedder`. Batches of one length are quickest: sort many texts by length first."""
        parts = [_mean(*self._words(texts[at : at + BATCH])) for at in range(0, len(texts), BATCH)]
        return np.concatenate(parts) if parts else np.empty((0, SIZE), dtype=np.float32)

    def _words(self, texts: Sequence[str]) -> tuple[Floats, NDArray[np.int64]]:
        """Numbers for each word piece (texts, pieces, size), and which pieces are no padding (texts, pieces)."""
        pieces = self._tokenizer.encode_batch([f"query: {clean(text)}" for text in texts])
        ids = np.array([each.ids for each in pieces], dtype=np.int64)
        mask = np.array([each.attention_mask for each in pieces], dtype=np.int64)
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        return self._session.run(None, {name: given[name] for name in self._wants})[0], mask


def _mean(words: Floats, mask: NDArray[np.int64]) -> Floats:
    """Of what is not padding, 1 long."""
    weight = mask[:, :, None].astype(np.float32)
    means = (words * weight).sum(axis=1) / weight.sum(axis=1)
    unit: Floats = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), np.float32(1e-12))
    return unit


def why_not(folder: Path) -> str:
    """Why this folder cannot be used; empty where all seems to be there. Reads no model."""
    if not folder.is_dir():
        return "there is no such folder"
    if model_in(folder) is None:
        return f"the folder holds neither {' nor '.join(_MODELS)}"
    if not (folder / _TOKENIZER).is_file():
        return f"the folder holds no {_TOKENIZER}"
    lacking = [library for library in _LIBRARIES if find_spec(library) is None]
    return f"{' and '.join(lacking)} not installed: pip install -r requirements/onnx.txt" if lacking else ""


def model_in(folder: Path) -> Path | None:
    """The file with the weights."""
    return next((folder / name for name in _MODELS if (folder / name).is_file()), None)


def name_of(folder: Path) -> str:
    """A name that changes with the weights, the tokenizer and the way of reading: a second or two, for half a gigabyte."""
    digest = hashlib.sha256(_READ_BY)
    for path in (model_in(folder), folder / _TOKENIZER):
        if path is not None:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return f"onnx-{digest.hexdigest()[:12]}"


def _tokenizer(file: Path) -> Any:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # one thread, as all of understanding
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.enable_truncation(_LONGEST)
    tokenizer.enable_padding(pad_id=tokenizer.token_to_id(_PADDING) or 0, pad_token=_PADDING)
    return tokenizer


def _session(model: Path) -> Any:
    import onnxruntime

    runtime: Any = onnxruntime
    runtime.disable_telemetry_events()
    runtime.set_default_logger_severity(_ERRORS)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # it would keep what the longest batch ever needed
    return runtime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
