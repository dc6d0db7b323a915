"""Arrays in one file, read by mapping it into memory: what is never looked at takes none, and several processes share the rest.

Such a file is replaced by another or removed, never changed: whoever has it mapped reads what stands there now.
"""

from __future__ import annotations

import json
import mmap
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

_NAME = b"ouderlijn arrays 1\n"
_LINE = 64  # bytes: where an array may begin
_PART = 1 << 20


class Damaged(ValueError):
    """A file is not whole, or none of ours."""


def write(file: IO[bytes], facts: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Arrays by name, and whatever else JSON can hold."""
    at, places, check = 0, {}, 0
    padded = []
    for name, array in arrays.items():
        places[name] = {"type": array.dtype.str, "shape": array.shape, "at": at}
        content = array.tobytes()
        padded.append(content + bytes(-len(content) % _LINE))
        at += len(padded[-1])
        check = zlib.crc32(padded[-1], check)
    head = json.dumps({"facts": facts, "arrays": places, "size": at, "check": check}).encode() + b"\n"
    file.write(_NAME + head + bytes(-(len(_NAME) + len(head)) % _LINE))
    file.writelines(padded)


def read(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """What was written; the arrays cannot be changed. Raises OSError, Damaged."""
    with path.open("rb") as file:
        try:
            head = json.loads(file.readline() if file.readline() == _NAME else b"")
            begin = -(-file.tell() // _LINE) * _LINE
            _check(file, begin, head)
            whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            arrays = {name: _array(whole, begin, **place) for name, place in head["arrays"].items()}
        except (ValueError, TypeError, KeyError) as error:
            message = f"{path} is damaged"
            raise Damaged(message) from error
    return head["facts"], arrays


def _check(file: IO[bytes], begin: int, head: dict[str, Any]) -> None:
    """Read through the file once, beside its mapping: what was cut off or half written must not be served."""
    file.seek(begin)
    size = check = 0
    while part := file.read(_PART):
        size += len(part)
        check = zlib.crc32(part, check)
    if (size, check) != (head["size"], head["check"]):
        raise ValueError


def _array(whole: mmap.mmap, begin: int, type: str, shape: list[int], at: int) -> NDArray[Any]:  # noqa: A002 - as in the file
    dtype = np.dtype(type)
    count = int(np.prod(shape))
    if count == 0:
        return np.empty(shape, dtype=dtype)
    return np.frombuffer(whole, dtype=dtype, count=count, offset=begin + at).reshape(shape)
