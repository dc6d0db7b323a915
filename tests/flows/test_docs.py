"""What `docs/flows.md` says is what the reader takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flows import condition, load, read_domain, read_flows, run, unsupported
from flows.check import check
from flows.load import load_book, read_book

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "flows.md").read_text()
REFUSED = {
    "a file": unsupported.SECTIONS,
    "a flow": unsupported.IN_FLOW,
    "`nlu_trigger`": unsupported.IN_TRIGGER,
    "a step": unsupported.IN_STEP,
    "a slot": unsupported.IN_SLOT,
    "a slot's type": unsupported.SLOT_TYPES,
    "a mapping's type": unsupported.MAPPINGS,
    "a mapping": unsupported.IN_MAPPING,
    "a response": unsupported.IN_VARIANT,
}


def section(title: str) -> str:
    """One section of the page."""
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def rows(text: str) -> set[str]:
    """The names in the first column of the tables."""
    cells = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def words(text: str) -> set[str]:
    """Everything between backticks."""
    return set(re.findall(r"`([^`\n]+)`", text))


def test_the_example_is_sound() -> None:
    """It can be read, and the check finds nothing."""
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert check(read_book({"a.yml": example}), intents={"report_absence"}, facts=()) == []


def test_flow_keys() -> None:
    """Each key that is taken is documented, and the other way round."""
    assert rows(section("A flow")) == read_flows.FLOW_KEYS


def test_step_keys() -> None:
    """The same for the kinds of steps and the keys of a collect."""
    kinds, collect = section("Steps").split("A `collect` may also have")
    assert rows(kinds) == read_flows.STEP_KEYS.keys()
    assert rows(collect) == read_flows.STEP_KEYS["collect"]
    assert {"id", "next"} <= words(kinds)


def test_slot_keys_types_and_mappings() -> None:
    """The same for slots."""
    keys, mappings = section("Slots").split("Then the mappings")
    assert rows(keys) == read_domain.SLOT_KEYS
    assert rows(mappings) == read_domain.MAPPING_KEYS.keys()
    assert words(keys) >= read_domain.SLOT_TYPES
    assert words(mappings) >= set.union(*map(set, read_domain.MAPPING_KEYS.values()))


def test_response_keys_and_sections() -> None:
    """The same for responses and the sections of a file."""
    assert words(section("Responses")) >= read_domain.VARIANT_KEYS
    assert words(section("A file")) >= load.SECTIONS | load.COMPANIONS


@pytest.mark.parametrize("operator", [*condition._COMPARISONS, "matches", "not", "and", "or", "true", "false", "null"])
def test_operators(operator: str) -> None:
    """Each word of a condition is documented."""
    assert operator in words(section("Conditions"))


def test_what_is_refused() -> None:
    """Each key that the reader refuses by name stands there with the reason it gives, and no other."""
    found = re.findall(r"^\| (.*?) \| (`.*?`) \| (.*?) \|$", section("What of Rasa is refused"), re.MULTILINE)
    listed = {(where, key, why) for where, keys, why in found for key in re.findall(r"`(.*?)`", keys)}
    known = {(where, key, why) for where, refused in REFUSED.items() for key, why in refused.items()}
    in_conditions = {("a condition", key) for key in unsupported.IN_CONDITION}
    assert len(known) > 30
    assert {row for row in listed if row[0] != "a condition"} == known
    assert {row[:2] for row in listed if row[0] == "a condition"} == in_conditions


def test_patterns() -> None:
    """Rasa's patterns, each with the responses that its refusal names; and those are there."""
    found = re.findall(r"^\| `(pattern_\w+)` \| .*? \| (.*?) \|$", section("Patterns"), re.MULTILINE)
    said = {name: set(re.findall(r"utter_\w+", change)) - {"utter_"} for name, change in found}
    refused = {name: set(re.findall(r"utter_\w+", fix)) for name, fix in unsupported.PATTERNS.items()}
    assert said == refused
    assert set.union(*said.values()) <= load_book(ROOT / "flows").domain.responses.keys()


def test_actions() -> None:
    """An author finds every action that a flow may name."""
    assert rows(section("Actions")) == load_book(ROOT / "flows").domain.actions.keys()


def test_bounds() -> None:
    """The numbers are those of the engine."""
    assert f"{run.MAX_STEPS} steps and {run.MAX_FLOWS} flows" in section("For the application")
