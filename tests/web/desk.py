"""The pages with the real content behind them, and an engine that knows one sentence."""

from __future__ import annotations

import functools
import re

import httpx

from bot.content.minds import ContentMinds
from bot.content.shipped import Shipped, load_shipped
from nlu.port import Decision, Guess, LanguageGuess, Understood
from tests.web.world import Pages
from web.app import create_app


@functools.cache
def shipped() -> Shipped:
    """What is really shipped, read once."""
    return load_shipped()


class OneSentence:
    """Knows what "ouderavond" means, and nothing else."""

    name = "one sentence"

    def understand(self, text: str, *, known_language: str | None = None) -> Understood:
        """The parents' evening, or nothing."""
        sure = 0.97 if "ouderavond" in text else 0.1
        guesses = (Guess("ask_parent_evening", sure), Guess("ask_grades", 0.02), Guess("greet", 0.01))
        decision = Decision.ANSWER if sure > 0.5 else Decision.PERSON
        return Understood(guesses, decision, LanguageGuess(known_language or "nl", 0.99, sure=True))


def another(pages: Pages) -> ContentMinds:
    """Another process on the same database."""
    return ContentMinds(pages.database, shipped(), OneSentence)


def with_content(pages: Pages) -> Pages:
    """The whole application, its minds real."""
    pages.line.minds = another(pages)
    pages.app = create_app(pages.line)
    return pages


async def form_of(client: httpx.AsyncClient, address: str) -> dict[str, str]:
    """The hidden fields of a page's forms: what a browser sends back unseen."""
    html = (await client.get(address)).text
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html))
