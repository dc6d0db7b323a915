"""Read a folder of YAML files as one book."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from flows import unsupported
from flows.faults import BadFlow, Fault
from flows.model import Book, Domain, Flow, Place, Response, Slot
from flows.read_domain import read_actions, read_responses, read_slots
from flows.read_flows import read_flows
from flows.source import MAX_BYTES, read

SECTIONS = frozenset({"version", "flows", "slots", "responses", "actions"})
COMPANIONS = frozenset({"facts.yml", "topics.yml"})
"""Files in the same folder that are not conversations; others read them."""

_T = TypeVar("_T", Flow, Slot, Response)


def load_book(folder: Path) -> Book:
    """Read every `.yml` below the folder. Raises BadFlow at the first mistake, with file, line and the likely fix."""
    texts = {}
    for path in sorted(folder.rglob("*.yml")):
        name = path.relative_to(folder.parent).as_posix()
        if path.name in COMPANIONS:
            continue
        if path.stat().st_size > MAX_BYTES:
            raise BadFlow(Fault(name, 1, f"the file is larger than {MAX_BYTES // 1_000_000} MB", "Split it."))
        try:
            texts[name] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise BadFlow(Fault(name, 1, "the file is not UTF-8", "Save it as UTF-8.")) from error
    if not texts:
        raise BadFlow(Fault(folder.name, 1, "no .yml file here", "Name the folder that holds the flows."))
    return read_book(texts)


def read_book(texts: Mapping[str, str]) -> Book:
    """The same, of files that are already in memory: file name to text."""
    flows: dict[str, Flow] = {}
    slots: dict[str, Slot] = {}
    responses: dict[str, Response] = {}
    actions: dict[str, Place] = {}
    for name, text in texts.items():
        source = read(text, name)
        if source is None:
            continue
        sections = source.mapping("a file", keys=SECTIONS, unsupported=unsupported.SECTIONS)
        if "version" in sections and not str(version := sections["version"].value("version")).startswith("3"):
            raise sections["version"].bad(
                f"version {version} of Rasa's format is not supported", 'Write `version: "3.1"`.'
            )
        if "flows" in sections:
            _merge(flows, read_flows(sections["flows"]), "flow")
        if "slots" in sections:
            _merge(slots, read_slots(sections["slots"]), "slot")
        if "responses" in sections:
            _merge(responses, read_responses(sections["responses"]), "response")
        if "actions" in sections:
            actions = read_actions(sections["actions"]) | actions  # several files may use, and so declare, the same one
    return Book(flows, Domain(slots, responses, actions))


def _merge(known: dict[str, _T], found: Mapping[str, _T], what: str) -> None:
    for name, thing in found.items():
        if name in known:
            first = known[name].place
            problem = f"{what} {name!r} stands in {first.file}:{first.line} too"
            raise BadFlow(Fault(thing.place.file, thing.place.line, problem, "Keep one of the two."))
        known[name] = thing
