"""Reads training examples in Rasa's NLU YAML 3.1, one file per language, named after it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent / "examples"

_ANNOTATION = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")


class BadExamples(ValueError):
    """A file of examples cannot be used; the text names the file, the line and the fault."""


@dataclass(frozen=True, slots=True)
class Example:
    """One sentence that a parent might write."""

    language: str
    intent: str
    text: str


def read_folder(folder: Path = FOLDER) -> list[Example]:
    """All examples of a folder, file by file in the order of their names."""
    files = sorted(folder.glob("*.yml"))
    if not files:
        message = f"{folder}: no example files (*.yml) here"
        raise BadExamples(message)
    return [example for file in files for example in read_file(file)]


def read_file(path: Path) -> list[Example]:
    """The examples of one file. `ary_Latn.yml` holds the language `ary` in another script."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        message = f"{path}: not YAML: {error}"
        raise BadExamples(message) from error
    language = path.stem.partition("_")[0]
    entries = _mapping(root, path).get("nlu")
    if not isinstance(entries, yaml.SequenceNode):
        raise _fault(path, root, "has no list `nlu:`")
    return [Example(language, intent, text) for entry in entries.value for intent, text in _entry(entry, path)]


def _entry(node: yaml.Node, path: Path) -> list[tuple[str, str]]:
    fields = _mapping(node, path)
    intent, block = fields.get("intent"), fields.get("examples")
    if intent is None:  # synonyms, lookups and regexes are Rasa's own business
        return []
    if not isinstance(intent, yaml.ScalarNode) or not isinstance(block, yaml.ScalarNode):
        raise _fault(path, node, "needs `intent: name` and `examples: |`")
    pairs = []
    for offset, line in enumerate(block.value.splitlines(), start=1):
        if not line.strip():
            continue
        if not line.startswith("- ") or not line[2:].strip():
            message = f"{path}:{block.start_mark.line + 1 + offset}: an example begins with `- ` and is not empty"
            raise BadExamples(message)
        pairs.append((intent.value, _ANNOTATION.sub(r"\1", line[2:].strip())))
    return pairs


def _mapping(node: yaml.Node | None, path: Path) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        raise _fault(path, node, "is not a mapping (`key: value`)")
    return {key.value: value for key, value in node.value}


def _fault(path: Path, node: yaml.Node | None, fault: str) -> BadExamples:
    line = node.start_mark.line + 1 if node is not None else 1
    return BadExamples(f"{path}:{line}: this {fault}")
