"""The sentences of the flows, for the catalogues: who says it is who it is.

A sentence is known by its context and never by its text: `utter_ask_child/0` (response and variant),
`utter_ask_child/0/b1` (the second button's title), `flow/report_absence/name` (what menus call a flow that intents start).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import yaml

# The same reader as the flows': it takes `{title: wie?, ..}`, which is YAML, and which the slow one refuses.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One Dutch sentence. `place` is `file:line`, as an editor jumps to it."""

    context: str
    text: str
    place: str


def sentences(folder: Path) -> Mapping[str, Sentence]:
    """Every sentence below the folder, by context."""
    found = {}
    for path in sorted(folder.rglob("*.yml")):
        name = path.relative_to(folder.parent).as_posix()
        for line, context, text in _sentences(path.read_text(encoding="utf-8")):
            found[context] = Sentence(context, text, f"{name}:{line}")
    return found


def extract(
    fileobj: IO[bytes],
    keywords: Collection[str],
    comment_tags: Collection[str],
    options: Mapping[str, str],
) -> Iterator[tuple[int, str, tuple[str, str], list[str]]]:
    """Give Babel the sentences of a file, as calls of `pgettext`: of these it takes the first argument for context."""
    del keywords, comment_tags, options
    for line, context, text in _sentences(fileobj.read().decode("utf-8")):
        yield line, "pgettext", (context, text), []


def descriptions(
    fileobj: IO[bytes],
    keywords: Collection[str],
    comment_tags: Collection[str],
    options: Mapping[str, str],
) -> Iterator[tuple[int, None, str, list[str]]]:
    """Give Babel what each flow of a file does, in English: administrators read it on their pages."""
    del keywords, comment_tags, options
    for flow in _pairs(_pairs(yaml.compose(fileobj.read().decode("utf-8"), Loader=_Loader)).get("flows")).values():
        node = _pairs(flow).get("description")
        if isinstance(node, yaml.ScalarNode):
            yield node.start_mark.line + 1, None, str(node.value).strip(), []


def _sentences(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, context and text. What is not shaped like a domain has no sentences: its faults are found elsewhere."""
    top = _pairs(yaml.compose(text, Loader=_Loader))
    for flow_id, flow in _pairs(top.get("flows")).items():
        if "nlu_trigger" in _pairs(flow):
            yield from _sentence(f"flow/{flow_id}/name", _pairs(flow).get("name"))
    for response, variants in _pairs(top.get("responses")).items():
        for number, variant in enumerate(_items(variants)):
            yield from _sentence(f"{response}/{number}", _pairs(variant).get("text"))
            for index, button in enumerate(_items(_pairs(variant).get("buttons"))):
                yield from _sentence(f"{response}/{number}/b{index}", _pairs(button).get("title"))


def _sentence(context: str, node: yaml.Node | None) -> Iterator[tuple[int, str, str]]:
    if isinstance(node, yaml.ScalarNode) and (text := str(node.value).strip()):
        yield node.start_mark.line + 1, context, text


def _pairs(node: yaml.Node | None) -> dict[str, yaml.Node]:
    return {key.value: value for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}


def _items(node: yaml.Node | None) -> list[yaml.Node]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []
