"""YAML as we accept it: small, plain, and every node knows its file and line.

No aliases (a few lines of them can unfold to gigabytes), no tags but YAML's own scalars, no key twice, no deep nesting.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from flows.faults import BadFlow, Fault, suggest
from flows.model import Place
from flows.values import Value

MAX_BYTES = 1_000_000
MAX_DEPTH = 40

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast where libyaml is there
_TAG = "tag:yaml.org,2002:"
_INT = re.compile(r"-?(0|[1-9][0-9]{0,14})")
_FLOAT = re.compile(r"-?[0-9]{1,15}\.[0-9]{1,15}")
_PLAIN = frozenset({"str", "int", "float", "bool", "null", "map", "seq"})


@dataclass(frozen=True, slots=True)
class Source:
    """One node of a file. Its methods say what is expected there, and refuse anything else with a place and a fix."""

    node: yaml.Node
    file: str
    key: yaml.Node | None = None
    """What it stands under, if that is a mapping."""

    @property
    def place(self) -> Place:
        """Where it starts; lines count from 1."""
        return Place(self.file, self.node.start_mark.line + 1)

    @property
    def key_place(self) -> Place:
        """Where its name stands, which may be a line above."""
        return Place(self.file, (self.key or self.node).start_mark.line + 1)

    def bad(self, what: str, fix: str) -> BadFlow:
        """The error for this place, to be raised by the caller."""
        return BadFlow(Fault(self.file, self.place.line, what, fix))

    def mapping(
        self,
        what: str,
        *,
        keys: Collection[str] | None = None,
        unsupported: Mapping[str, str] | None = None,
    ) -> dict[str, Source]:
        """A mapping; with `keys`, no others. `unsupported`: names of Rasa's format and why we refuse them."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.bad(f"{what} must be a mapping", "Write `key: value` lines, indented.")
        found: dict[str, Source] = {}
        for key_node, value_node in self.node.value:
            key = Source(key_node, self.file)
            name = key.text("a key")
            if name in found:
                raise key.bad(f"{name!r} stands twice in {what}", "Keep one of the two.")
            if unsupported is not None and name in unsupported:
                raise key.bad(f"{name!r} in {what} is not supported: {unsupported[name]}", "Remove it.")
            if keys is not None and name not in keys:
                raise key.bad(f"{what} has no {name!r}", suggest(name, keys, f"It may have {', '.join(sorted(keys))}."))
            found[name] = Source(value_node, self.file, key_node)
        return found

    def items(self, what: str) -> list[Source]:
        """A list."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.bad(f"{what} must be a list", "Start each item with `- `.")
        return [Source(node, self.file) for node in self.node.value]

    @property
    def is_list(self) -> bool:
        """Whether a list stands here."""
        return isinstance(self.node, yaml.SequenceNode)

    @property
    def is_mapping(self) -> bool:
        """Whether a mapping stands here."""
        return isinstance(self.node, yaml.MappingNode)

    def one_of(self, what: str, known: Collection[str], unsupported: Mapping[str, str]) -> str:
        """One of the known words."""
        word = self.text(what)
        if word in unsupported:
            raise self.bad(f"{what} {word!r} is not supported: {unsupported[word]}", f"Use {', '.join(sorted(known))}.")
        if word not in known:
            raise self.bad(f"{what} cannot be {word!r}", suggest(word, known, f"Use {', '.join(sorted(known))}."))
        return word

    def text(self, what: str) -> str:
        """A text that is not empty. `no`, `12` and `2026-11-21` mean something else in YAML and need quotes."""
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.bad(f"{what} must be a text", "Write it on one line, or after `|-`.")
        if self.node.tag != f"{_TAG}str":
            raise self.bad(f"{what} must be a text, not {self.node.value!r}", "Put it in quotes.")
        if not (text := self.node.value.strip()):
            raise self.bad(f"{what} is empty", "Write a text, or remove the line.")
        return str(text)

    def name(self, what: str) -> str:
        """A name: letters, digits and underscores, as slots, flows and steps have."""
        text = self.text(what)
        if not text.isidentifier():
            raise self.bad(f"{what} cannot be called {text!r}", "Use letters, digits and _, and start with a letter.")
        return text

    def flag(self, what: str) -> bool:
        """True or false."""
        if isinstance(value := self.value(what), bool):
            return value
        raise self.bad(f"{what} must be true or false", "Write true or false.")

    def value(self, what: str) -> Value:
        """What a slot can hold."""
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.bad(f"{what} must be one value", "Write a text, a number, true, false or null.")
        raw = str(self.node.value)
        match self.node.tag.removeprefix(_TAG):
            case "str":
                return raw
            case "null":
                return None
            case "bool" if raw.casefold() in ("true", "false"):
                return raw.casefold() == "true"
            case "int" if _INT.fullmatch(raw):
                return int(raw)
            case "float" if _FLOAT.fullmatch(raw):
                return float(raw)
            case _:
                raise self.bad(f"{what} {raw!r} can be read in two ways", "Write true or false, or put it in quotes.")


def read(text: str, file: str) -> Source | None:
    """Read one file; None where it holds nothing. Raises BadFlow for whatever cannot be accepted."""
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise BadFlow(Fault(file, 1, f"the file is larger than {MAX_BYTES // 1_000_000} MB", "Split it."))
    try:
        _refuse_dangers(text, file)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it cannot be read"
        fix = "Look at the indentation, the quotes and the colons on this line and the one before."
        line = min(mark.line, text.count("\n")) + 1 if mark else 1
        raise BadFlow(Fault(file, line, f"not valid YAML: {problem}", fix)) from error
    return None if node is None else Source(node, file)


def _refuse_dangers(text: str, file: str) -> None:
    """Look at the stream of events, which needs no memory and no recursion, before a tree is built of it."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise BadFlow(Fault(file, line, "anchors and aliases (& and *) are not supported", "Write it out."))
        tag = getattr(event, "tag", None)
        if tag and tag.removeprefix(_TAG) not in _PLAIN:
            raise BadFlow(Fault(file, line, f"the tag {tag!r} is not supported", "Remove it."))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise BadFlow(Fault(file, line, f"more than {MAX_DEPTH} levels of nesting", "Make it flatter."))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
