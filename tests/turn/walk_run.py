"""Walks as they are run: the same ones through the shipped world and through one with a fault in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from hypothesis import HealthCheck, Phase, given, seed, settings

from bot.turn.memory import conversation_language
from locales.languages import LANGUAGES
from tests.turn.walk import Broken, Turn, Walker
from tests.turn.walk_laws import AHEAD, LAWS, hold
from tests.turn.walk_moves import Move, Start, walks
from tests.turn.walk_words import Reader
from tests.turn.walk_world import World

Walk: TypeAlias = tuple[Start, Start, Sequence[Move]]
AHEAD_EVERY = 3
"""A turn has one look ahead in so many; every walk ends with one."""
IN_A_ROUND = 8
"""Walks in each language before the next has its turn."""


@dataclass
class Walking:
    """All walks of a test through one world."""

    world: World
    turns: int = 0
    languages: set[str] = field(default_factory=set)
    """Those in which somebody was answered."""
    flows: set[str] = field(default_factory=set)
    """Those that waited for an answer."""
    reader: Reader = field(init=False)

    def __post_init__(self) -> None:
        """One reader for all of them."""
        self.reader = Reader(self.world)

    def walk(self, walk: Walk) -> None:
        """Walk, and hold every law against every turn. Raises Broken, or whatever the product raises."""
        first, second, moves = walk
        walker, story = Walker(self.world, first, second, self.watch), [f"{first}\n{second}"]
        try:
            for at, move in enumerate(moves):
                story.append(f"({move.kind})")
                for turn in walker.make(move):
                    story.append(str(turn))
                    self.turns += 1
                    self.watch(turn)
                    if at % AHEAD_EVERY == 0 or at == len(moves) - 1:
                        hold(turn, AHEAD)
        except Broken as broken:
            broken.add_note("\n".join(story))
            raise

    def watch(self, turn: Turn) -> None:
        """Hold every law against one turn."""
        hold(turn, LAWS)
        self.reader.read(turn)
        self.languages.add(conversation_language(turn.outcome.memory))
        self.flows |= {frame.flow for frame in turn.after.flow.stack}


def walk_round(number: int, walk: Callable[[Walk], None], *, phases: Sequence[Phase] = tuple(Phase)) -> None:
    """Some walks in every language; the same ones for the same number. What breaks a law is cut down to what it needs."""
    for at, language in enumerate(LANGUAGES):
        once = settings(
            max_examples=IN_A_ROUND,
            deadline=None,
            database=None,
            phases=phases,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        )

        @once
        @seed(number * len(LANGUAGES) + at)
        @given(walks(language))
        def walked(drawn: Walk) -> None:
            walk(drawn)

        walked()
