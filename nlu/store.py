"""What training made, kept in the user's cache folder under a key of everything that it was made from."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from nlu import arrays, danger
from nlu.danger import DangerModel
from nlu.dense import DenseModel, Neighbours, Space
from nlu.examples import read_folder
from nlu.keys import Index
from nlu.language import LanguageModel
from nlu.ngram import Features, LinearModel
from nlu.world import World

Model = TypeVar("Model")
Facts = dict[str, Any]
Arrays = dict[str, NDArray[Any]]

_CODE = ("arrays", "examples", "keys", "language", "ngram", "store", "text", "training")
_WORLD_CODE = ("arrays", "keys", "store", "world")
_WORDS_CODE = ("examples", "safety", "text")
_DENSE_CODE = ("dense", "embedding", "vectors")
_DANGER_CODE = (*_DENSE_CODE, "arrays", "danger", "examples", "keys", "ngram", "safety", "store", "text", "training")
_LIBRARIES = ("scikit-learn", "numpy", "py3langid")
_KEY_LENGTH = 24
_KEPT = 4  # files

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
    """Where the model of this folder of examples, made by this code and these libraries, is kept.

    The messages of danger belong to it: languages are learnt from them too.
    """
    files = (*examples.glob("*.yml"), *danger.FOLDER.glob("*.yml"))
    return cache / f"ngram-{_digest(_CODE, files=files)}.arrays"


def dense_file(examples: Path, cache: Path, embedder: str) -> Path:
    """The same for the model of points, which also depends on who made the vectors."""
    return cache / f"dense-{_key(examples, (*_CODE, *_DENSE_CODE))}-{embedder}.arrays"


def danger_file(examples: Path, messages: Path, cache: Path, embedder: str) -> Path:
    """The same for the model of danger, made from its own messages and a few ordinary examples: most edits leave it as it is."""
    from nlu.training import ordinary_places  # it asks the word lists, which ask us

    shown = read_folder(examples)
    ordinary = "\n".join(f"{shown[place].language} {shown[place].text}" for place in ordinary_places(shown))
    key = _digest(_DANGER_CODE, files=messages.glob("*.yml"), text=ordinary)
    return cache / f"danger-{key}-{embedder}.arrays"


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


def _key(examples: Path, code: tuple[str, ...]) -> str:
    return _digest(code, files=examples.glob("*.yml"))


def _digest(code: tuple[str, ...], *, files: Iterable[Path] = (), text: str = "") -> str:
    digest = hashlib.sha256("\n".join((*map(version, _LIBRARIES), text)).encode())
    for source in (*sorted(files), *(Path(__file__).with_name(f"{name}.py") for name in code)):
        content = source.read_bytes()
        digest.update(f"\n{source.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:_KEY_LENGTH]


def write(trained: Trained, path: Path) -> None:
    """Keep the n-grams and the languages."""
    intents, languages = trained.intents, trained.languages
    facts = {
        "labels": intents.labels,
        "rarest": intents.features.rarest,
        "columns": languages.columns,
        "shared": sorted(languages.shared),
    }
    _write(
        path,
        facts,
        keys=intents.features.index.keys,
        rows=intents.features.index.rows,
        rarity=intents.features.rarity,
        weights=intents.weights,
        bias=intents.bias,
        language_keys=languages.index.keys,
        language_rows=languages.index.rows,
        chances=languages.chances,
        unseen=languages.unseen,
    )


def read(path: Path) -> Trained | None:
    """What was kept, or None where there is nothing usable."""
    return _read(path, _trained)


def _trained(facts: Facts, of: Arrays) -> Trained:
    features = Features(Index(of["keys"], of["rows"]), of["rarity"], facts["rarest"])
    index = Index(of["language_keys"], of["language_rows"])
    columns = tuple((language, script) for language, script in facts["columns"])
    return Trained(
        LinearModel(tuple(facts["labels"]), features, of["weights"], of["bias"]),
        LanguageModel(columns, index, of["chances"], of["unseen"], frozenset(facts["shared"]), world()),
    )


@cache
def world() -> World:
    """The languages of the world, rewritten now where that is not kept. They depend on no examples: one for all."""
    path = cache_folder() / f"world-{_digest(_WORLD_CODE)}.arrays"
    known = _read(path, _world)
    if known is None:
        known = World.shipped()
        runs = known.runs
        _write(
            path,
            {"languages": known.languages, "step": known.step},
            keys=runs.keys,
            rows=runs.rows,
            weights=known.weights,
            prior=known.prior,
        )
    return known


def _world(facts: Facts, of: Arrays) -> World:
    return World(tuple(facts["languages"]), Index(of["keys"], of["rows"]), of["weights"], facts["step"], of["prior"])


def write_dense(model: DenseModel, path: Path) -> None:
    """The same for the model of points."""
    near, pivot_near = model.neighbours, model.pivot_neighbours
    _write(
        path,
        {"labels": model.labels, "thin": model.thin, "step": near.step, "pivot_step": pivot_near.step},
        centre=model.space.centre,
        directions=model.space.directions,
        weights=model.weights,
        bias=model.bias,
        pivot_weights=model.pivot_weights,
        pivot_bias=model.pivot_bias,
        points=near.points,
        sizes=near.sizes,
        pivot_points=pivot_near.points,
        pivot_sizes=pivot_near.sizes,
    )


def read_dense(path: Path) -> DenseModel | None:
    """What was kept, or None where there is nothing usable."""
    return _read(path, _dense)


def _dense(facts: Facts, of: Arrays) -> DenseModel:
    near, pivot_near = (
        Neighbours(of[f"{name}points"], np.cumsum(sizes) - sizes, sizes, facts[f"{name}step"])
        for name in ("", "pivot_")
        for sizes in (of[f"{name}sizes"],)
    )
    return DenseModel(
        tuple(facts["labels"]),
        Space(of["centre"], of["directions"]),
        of["weights"],
        of["bias"],
        near,
        of["pivot_weights"],
        of["pivot_bias"],
        pivot_near,
        {language: tuple(thin) for language, thin in facts["thin"].items()},
    )


def write_danger(model: DangerModel, path: Path) -> None:
    """The same for the model of danger."""
    _write(
        path,
        {"bias": model.bias, "labels": model.grams.labels, "rarest": model.grams.features.rarest},
        centre=model.space.centre,
        directions=model.space.directions,
        support=model.support,
        weights=model.weights,
        level_weights=model.level_weights,
        level_bias=model.level_bias,
        gram_keys=model.grams.features.index.keys,
        gram_rows=model.grams.features.index.rows,
        gram_rarity=model.grams.features.rarity,
        gram_weights=model.grams.weights,
        gram_bias=model.grams.bias,
    )


def read_danger(path: Path) -> DangerModel | None:
    """What was kept, or None where there is nothing usable."""
    return _read(path, _danger)


def _danger(facts: Facts, of: Arrays) -> DangerModel:
    features = Features(Index(of["gram_keys"], of["gram_rows"]), of["gram_rarity"], facts["rarest"])
    return DangerModel(
        Space(of["centre"], of["directions"]),
        of["support"],
        of["weights"],
        facts["bias"],
        of["level_weights"],
        of["level_bias"],
        LinearModel(tuple(facts["labels"]), features, of["gram_weights"], of["gram_bias"]),
    )


def _read(path: Path, build: Callable[[Facts, Arrays], Model]) -> Model | None:
    try:
        return build(*arrays.read(path))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError) as error:
        logger.warning("%s cannot be read (%s): training again.", path, type(error).__name__)
        return None


def _write(path: Path, facts: Facts, **of: NDArray[Any]) -> None:
    _keep(path, lambda file: arrays.write(file, facts, of))


def _keep(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write atomically: another process sees the whole file or none. A folder that cannot be written is only slower."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
            try:
                write(file)
            except BaseException:
                Path(file.name).unlink()
                raise
        Path(file.name).replace(path)
        _prune(path)
    except OSError as error:
        logger.warning("The trained model is not kept: %s. It will be trained again at the next start.", error)


def _prune(new: Path) -> None:
    """Every change of examples or code makes a new file; old ones are not needed for long."""
    kind = new.name.partition("-")[0]
    kept = sorted(new.parent.glob(f"{kind}-*"), key=_changed_at, reverse=True)
    for old in kept[_KEPT:]:
        old.unlink(missing_ok=True)


def _changed_at(file: Path) -> float:
    """Another process may have removed it just now."""
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0
