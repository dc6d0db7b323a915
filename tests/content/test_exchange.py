"""A school's own sentences as a file: nothing is lost on the way out and in, and nothing bad comes in."""

from __future__ import annotations

import json

import pytest

from bot.content import exchange
from bot.content.shipped import Edited, Overlay, Shipped
from locales.catalogs import source_hash
from tests.content.conftest import DUTCH

PASSED, TITLE = "utter_passed/0", "utter_title_yes/0"
NEW = 'Bij {person_name}:\n\n"ja" # vóór {promise} \U0001f600 \u2068x\u2069'
OWN: Overlay = {
    (PASSED, "nl"): Edited(NEW, source_hash(NEW)),
    (PASSED, "tr"): Edited("{promise} / {person_name}", source_hash(NEW)),
    (PASSED, "ar"): Edited("قديم {person_name} {promise}", "0badcafe"),
    (TITLE, "tr"): Edited("no", source_hash("ja")),
    ("utter_gone/0", "nl"): Edited("Weg.", source_hash("Weg.")),
}
KEPT = {key: edited for key, edited in OWN.items() if key[0] != "utter_gone/0"}


def planned(small: Shipped, text: str, before: Overlay | None = None) -> exchange.Plan:
    return exchange.plan(small, before or {}, exchange.read(text))


def one(context: str, **languages: object) -> str:
    """A file of one sentence, as JSON, which is YAML too."""
    return json.dumps({"version": 1, "sentences": {context: languages}}, ensure_ascii=False)


def test_out_and_in_again_is_the_same(small: Shipped) -> None:
    """Every text, also what is stale and what YAML would read as something else; what the line says no more stays behind."""
    text = exchange.write(small, OWN, "School: 1 # x")
    plan = planned(small, text)
    assert (exchange.over({}, plan.wanted), plan.refused) == (KEPT, [])
    assert (plan.new, plan.changed, plan.same) == (4, 0, 0)
    assert exchange.write(small, KEPT, "School: 1 # x") == text


def test_the_same_file_twice_changes_nothing(small: Shipped) -> None:
    """What is so already is counted and left alone."""
    plan = planned(small, exchange.write(small, OWN, "x"), OWN)
    assert (dict(plan.wanted), plan.same) == ({}, 4)


def test_what_is_not_in_the_file_stays(small: Shipped) -> None:
    """A file adds and changes; the shipped words take the school's own away."""
    before = {(PASSED, "tr"): Edited("x {person_name} {promise}", "0badcafe"), (TITLE, "nl"): Edited("jawel", "x")}
    plan = planned(small, one(TITLE, nl="ja", tr="tamam"), before)
    assert (plan.new, plan.changed) == (1, 1)
    assert exchange.over(before, plan.wanted) == {
        (PASSED, "tr"): before[PASSED, "tr"],
        (TITLE, "tr"): Edited("tamam", source_hash("ja")),
    }


def test_a_translation_belongs_to_the_dutch_of_its_file(small: Shipped) -> None:
    """Where the line has other Dutch by now, it is taken and waits: parents never get it for another meaning."""
    fresh = planned(small, one(TITLE, tr="tamam"))
    older = planned(small, one(TITLE, shipped="jawel", tr="tamam"))
    assert fresh.wanted == {(TITLE, "tr"): Edited("tamam", source_hash("ja"))}
    assert older.wanted == {(TITLE, "tr"): Edited("tamam", source_hash("jawel"))}


REFUSED = {
    "unknown sentence": (one("utter_nothing/0", nl="Dag"), "does not exist"),
    "unknown language": (one(TITLE, xx="Dag"), "not one of the line's"),
    "too long for a button": (one(TITLE, nl="x" * 21), "20 characters"),
    "too long": (one(PASSED, nl="x" * 1001), "too long"),
    "unknown blank": (one(PASSED, nl="Dag {nobody}"), "no fact"),
    "missing blank": (one(PASSED, shipped=DUTCH["passed"], tr="Merhaba {person_name}"), "the same as in the Dutch"),
    "half a blank": (one(PASSED, nl="Dag {person_name"), "other half"),
    "markup": (one(PASSED, nl="<b>Dag</b>"), "HTML"),
    "direction": (one(PASSED, nl="Dag \u202e{person_name}"), "other half"),
    "control character": ('{version: 1, sentences: {utter_title_yes/0: {nl: "ja\\a"}}}', "no screen shows"),
    "no text": (one(TITLE, nl=["ja"]), "cannot be read"),
    "empty": (one(TITLE, nl=" "), "cannot be read"),
    "a number": (one(TITLE, nl=12), "cannot be read"),
    "a bad mark": (one(TITLE, tr={"text": "evet", "of": "x"}), "cannot be read"),
    "no sentence": ('{"version": 1, "sentences": {"utter_title_yes/0": "ja"}}', "cannot be read"),
    "unknown part": ('{"version": 1, "sentences": {}, "stories": {}}', "called like this"),
    "no file of ours": ("a: b", "not a file of sentences"),
    "nothing": ("# nothing\n", "empty"),
    "half a character": ('{"version": 1, "sentences": {"utter_title_yes/0": {"nl": "\\ud83d"}}}', "cannot be read"),
}


@pytest.mark.parametrize(("text", "why"), REFUSED.values(), ids=list(REFUSED))
def test_what_is_wrong_is_refused_with_its_line(small: Shipped, text: str, why: str) -> None:
    """Nothing of it is taken."""
    plan = planned(small, text)
    assert plan.wanted == {}
    assert [why in str(each.why) for each in plan.refused] == [True]
    assert plan.refused[0].line == 1


def test_a_translation_goes_with_its_refused_dutch(small: Shipped) -> None:
    """It was made for that; the rest of the file is taken."""
    text = (
        f"version: 1\nsentences:\n  {PASSED}:\n    nl: '{{nobody}}'\n    tr: '{{nobody}}'\n  {TITLE}:\n    tr: tamam\n"
    )
    plan = planned(small, text)
    assert [(each.line, each.what) for each in plan.refused] == [(4, f"{PASSED} (nl)"), (5, f"{PASSED} (tr)")]
    assert list(plan.wanted) == [(TITLE, "tr")]
