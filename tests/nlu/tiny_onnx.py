"""A very small ONNX model and its tokenizer, written by hand as the format says: a table of numbers, one row for each word."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from nlu.ngram import Floats

WORDS = ("<s>", "<pad>", "</s>", "<unk>", "query:", "ziek", "hasta", "mentor")
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_FLOAT, _INT64 = 1, 7
_IR, _OPSET = 8, 17


def write(folder: Path, table: Floats, model: str = "model.onnx", inputs: tuple[str, ...] = INPUTS) -> Path:
    """A model that gives each word of `WORDS` its row of the table, and a tokenizer that splits at spaces."""
    (folder / model).parent.mkdir(parents=True, exist_ok=True)
    (folder / model).write_bytes(_model(table, inputs))
    (folder / "tokenizer.json").write_text(json.dumps(_TOKENIZER), encoding="utf-8")
    return folder


_TOKENIZER = {
    "version": "1.0",
    "added_tokens": [],
    "pre_tokenizer": {"type": "WhitespaceSplit"},
    "model": {
        "type": "WordLevel",
        "vocab": {word: number for number, word in enumerate(WORDS)},
        "unk_token": "<unk>",
    },
}


def _model(table: Floats, inputs: tuple[str, ...]) -> bytes:
    """ModelProto: IR version 1, graph 7, operator set 8."""
    rows, size = table.shape
    node = _text(1, "table") + _text(1, inputs[0]) + _text(2, "last_hidden_state") + _text(4, "Gather")
    numbers = table.astype("<f4").tobytes()
    weights = _int(1, rows) + _int(1, size) + _int(2, _FLOAT) + _text(8, "table") + _part(9, numbers)
    graph = _part(1, node) + _text(2, "tiny") + _part(5, weights)
    graph += b"".join(_part(11, _value(name, _INT64, "texts", "words")) for name in inputs)
    graph += _part(12, _value("last_hidden_state", _FLOAT, "texts", "words", size))
    return _int(1, _IR) + _part(7, graph) + _part(8, _int(2, _OPSET))


def _value(name: str, kind: int, *shape: str | int) -> bytes:
    sizes = b"".join(_part(1, _int(1, each) if isinstance(each, int) else _text(2, each)) for each in shape)
    return _text(1, name) + _part(2, _part(1, _int(1, kind) + _part(2, sizes)))


def _text(field: int, text: str) -> bytes:
    return _part(field, text.encode())


def _part(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _int(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint(number)


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the eighth says that more follow."""
    rest, low = number >> 7, number & 0x7F
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])


def table(size: int) -> Floats:
    """The same words always get the same numbers."""
    return np.random.default_rng(1).normal(size=(len(WORDS), size)).astype(np.float32)
