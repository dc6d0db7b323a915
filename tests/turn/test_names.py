"""Names that the turn shares with the content: responses, actions, topics, titles. Nothing said is missing from the book."""

from __future__ import annotations

import re
from pathlib import Path

from bot.turn.actions import ACTIONS
from bot.turn.answers import SMALL_TALK, TELLS
from bot.turn.languages import own_name
from bot.turn.sentences import needs, source_text
from bot.turn.topics import TOPICS
from db.types import InboundKind
from tests.turn.replay import SCENES
from tests.turn.scene import ROOT, book, facts
from tests.turn.walk_moves import INTENTS

SOURCES = sorted((ROOT / "bot" / "turn").glob("*.py"))
SAID = re.compile(r'"(utter_[a-z_]+)(?:/0)?"')
SHOWN_HERE = {
    "choice",
    "child_names",
    "count",
    "language_name",
    "opens_at",
    "person_name",
    "promise",
    "rota_names",
    "staff_name",
}


def _said() -> set[str]:
    found = {name for path in SOURCES for name in SAID.findall(path.read_text(encoding="utf-8"))}
    return found | {f"utter_media_{kind.value}" for kind in InboundKind} - {"utter_media_text", "utter_media_button"}


def test_what_the_turn_says_is_in_the_book() -> None:
    """Every response named in the turn's code exists, with the placeholders that the turn fills."""
    said = _said()
    known = SHOWN_HERE | set(facts()) | set(book().domain.slots)
    assert len(said) >= 40
    assert said <= set(book().domain.responses)
    assert [name for name in said if set(needs(book(), name)) - known] == []


def test_every_action_of_the_domain_is_one_of_ours() -> None:
    """The registry and the domain name the same actions."""
    assert set(ACTIONS) == set(book().domain.actions)


def test_every_topic_of_the_domain_has_a_role() -> None:
    """The topics that flows may set are those that somebody at school answers for."""
    assert set(TOPICS) == set(book().domain.slots["topic"].values)


def test_every_intent_that_may_be_offered_has_a_title() -> None:
    """Offers, late messages and menus name intents by a short title."""
    offered = set(INTENTS) - SMALL_TALK - {"out_of_scope"}
    assert len(offered) >= 35
    assert [intent for intent in offered if not source_text(book(), book().title(intent))] == []
    assert set(INTENTS) >= TELLS


def test_a_question_never_needs_a_fact() -> None:
    """A flow's question is asked whatever the school has filled in."""
    asked = [
        name
        for name in book().domain.responses
        if name.startswith("utter_ask_") and name.removeprefix("utter_") not in INTENTS
    ]
    assert len(asked) >= 15
    assert [name for name in asked if set(needs(book(), name)) & set(facts())] == []


def test_languages_have_their_own_names() -> None:
    """A list of languages is read by people who cannot read Dutch."""
    assert own_name("tr") == "Türkçe"
    assert own_name("ar") == "العربية"


def test_every_scene_is_used() -> None:
    """A scene that no transcript needs is left over."""
    files: list[Path] = list((ROOT / "tests" / "transcripts").rglob("*.txt"))
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    assert [scene for scene in SCENES if f"@ {scene}" not in text] == []
