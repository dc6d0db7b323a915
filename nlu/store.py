"""What training made, kept in the user's cache folder under a key of everything that it was made from."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from nlu.danger import DangerModel
from nlu.dense import DenseModel, Neighbours, Space
from nlu.language import LanguageModel
from nlu.ngram import Features, LinearModel

_CODE = ("examples", "language", "ngram", "store", "text", "training")
_WORDS_CODE = ("examples", "safety", "text")
_DENSE_CODE = ("dense", "embedding", "vectors")
_DANGER_CODE = (*_DENSE_CODE, "danger", "examples", "safety", "store", "training")
_KEY_LENGTH = 24
_KEPT = 4  # files
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Trained:
    """All that serving needs."""

    intents: LinearModel
    languages: LanguageModel


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/ouderlijn/nlu`, by default below `~/.cache`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ouderlijn" / "nlu"


def cache_file(examples: Path, cache: Path) -> Path:
    """Where the model of this folder of examples, made by this code and these libraries, is kept."""
    return cache / f"ngram-{_key(examples, _CODE)}.npz"


def dense_file(examples: Path, cache: Path, embedder: str) -> Path:
    """The same for the model of points, which also depends on who made the vectors."""
    return cache / f"dense-{_key(examples, (*_CODE, *_DENSE_CODE))}-{embedder}.npz"


def danger_file(examples: Path, messages: Path, cache: Path, embedder: str) -> Path:
    """The same for the model of danger, made from its own messages beside the examples."""
    return cache / f"danger-{_key(examples, _DANGER_CODE, messages)}-{embedder}.npz"


def words_file(examples: Path, cache: Path) -> Path:
    """Where the ordinary words of this folder of examples are kept."""
    return cache / f"words-{_key(examples, _WORDS_CODE)}.txt"


def read_words(path: Path) -> frozenset[str] | None:
    """What was kept, or None."""
    try:
        return frozenset(path.read_text(encoding="utf-8").split("\n"))
    except (OSError, UnicodeDecodeError):
        return None


def write_words(words: Iterable[str], path: Path) -> None:
    """Keep words, one a line."""
    _keep(path, lambda file: file.write("\n".join(sorted(words)).encode()))


def _key(examples: Path, code: tuple[str, ...], *others: Path) -> str:
    files = (file for folder in (examples, *others) for file in sorted(folder.glob("*.yml")))
    sources = [*files, *(Path(__file__).with_name(f"{name}.py") for name in code)]
    digest = hashlib.sha256(f"{version('scikit-learn')} {version('numpy')}".encode())
    for source in sources:
        content = source.read_bytes()
        digest.update(f"\n{source.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:_KEY_LENGTH]


def write(trained: Trained, path: Path) -> None:
    """Keep the n-grams and the languages."""
    intents, languages = trained.intents, trained.languages
    facts = {
        "labels": intents.labels,
        "rarest": intents.features.rarest,
        "languages": languages.languages,
        "scripts": languages.scripts,
    }
    arrays: dict[str, Any] = {
        "facts": _bytes(json.dumps(facts)),
        "ngrams": _bytes("\n".join(intents.features.vocabulary)),
        "rarity": intents.features.rarity,
        "weights": intents.weights.astype(np.float16),
        "bias": intents.bias,
        "pieces": _bytes("\n".join(languages.vocabulary)),
        "chances": languages.chances,
    }
    _keep(path, lambda file: np.savez(file, allow_pickle=False, **arrays))


def write_dense(model: DenseModel, path: Path) -> None:
    """The same for the model of points."""
    facts = {"labels": model.labels, "thin": model.thin}
    arrays: dict[str, Any] = {
        "facts": _bytes(json.dumps(facts)),
        "centre": model.space.centre,
        "directions": model.space.directions,
        "weights": model.weights,
        "bias": model.bias,
        "pivot_weights": model.pivot_weights,
        "pivot_bias": model.pivot_bias,
    }
    for name, near in (("near", model.neighbours), ("pivot_near", model.pivot_neighbours)):
        arrays |= {f"{name}_points": near.points.astype(np.float16), f"{name}_sizes": near.sizes}
    _keep(path, lambda file: np.savez(file, allow_pickle=False, **arrays))


def write_danger(model: DangerModel, path: Path) -> None:
    """The same for the model of danger."""
    arrays: dict[str, Any] = {
        "centre": model.space.centre,
        "directions": model.space.directions,
        "support": model.support.astype(np.float16),
        "weights": model.weights,
        "bias": np.float32(model.bias),
        "level_weights": model.level_weights,
        "level_bias": model.level_bias,
    }
    _keep(path, lambda file: np.savez(file, allow_pickle=False, **arrays))


def read_danger(path: Path) -> DangerModel | None:
    """What was kept, or None where there is nothing usable."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return DangerModel(
                Space(arrays["centre"], arrays["directions"]),
                arrays["support"].astype(np.float32),
                arrays["weights"],
                float(arrays["bias"]),
                arrays["level_weights"],
                arrays["level_bias"],
            )
    except FileNotFoundError:
        return None
    except _UNREADABLE as error:
        _complain(path, error)
        return None


def _complain(path: Path, error: Exception) -> None:
    logger.warning("%s cannot be read (%s): training again.", path, type(error).__name__)


def _keep(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write atomically: another process sees the whole file or none. A folder that cannot be written is only slower."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
            write(file)
        Path(file.name).replace(path)
        _prune(path)
    except OSError as error:
        logger.warning("The trained model is not kept: %s. It will be trained again at the next start.", error)


def read(path: Path) -> Trained | None:
    """What was kept, or None where there is nothing usable."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            facts = json.loads(arrays["facts"].tobytes())
            return Trained(
                LinearModel(
                    tuple(facts["labels"]),
                    Features(_index(arrays["ngrams"]), arrays["rarity"], facts["rarest"]),
                    arrays["weights"].astype(np.float32),
                    arrays["bias"],
                ),
                LanguageModel(
                    tuple(facts["languages"]), tuple(facts["scripts"]), _index(arrays["pieces"]), arrays["chances"]
                ),
            )
    except FileNotFoundError:
        return None
    except _UNREADABLE as error:
        _complain(path, error)
        return None


def read_dense(path: Path) -> DenseModel | None:
    """What was kept, or None where there is nothing usable."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            facts = json.loads(arrays["facts"].tobytes())
            near, pivot_near = (
                Neighbours(
                    arrays[f"{name}_points"].astype(np.float32),
                    np.cumsum(arrays[f"{name}_sizes"]) - arrays[f"{name}_sizes"],
                    arrays[f"{name}_sizes"],
                )
                for name in ("near", "pivot_near")
            )
            return DenseModel(
                tuple(facts["labels"]),
                Space(arrays["centre"], arrays["directions"]),
                arrays["weights"],
                arrays["bias"],
                near,
                arrays["pivot_weights"],
                arrays["pivot_bias"],
                pivot_near,
                {language: tuple(thin) for language, thin in facts["thin"].items()},
            )
    except FileNotFoundError:
        return None
    except _UNREADABLE as error:
        _complain(path, error)
        return None


def _prune(new: Path) -> None:
    """Every change of examples or code makes a new file; old ones are not needed for long."""
    kind = new.name.partition("-")[0]
    kept = sorted(new.parent.glob(f"{kind}-*{new.suffix}"), key=lambda file: file.stat().st_mtime, reverse=True)
    for old in kept[_KEPT:]:
        old.unlink(missing_ok=True)


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _index(array: NDArray[np.uint8]) -> Mapping[str, int]:
    return {name: row for row, name in enumerate(array.tobytes().decode().split("\n"))}
