"""What `doctor` says of the translator, where one is set: whether it answers, how fast, and which languages it knows."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

from bot.settings import Settings, Translator
from bot.translation.port import NoTranslation, Task
from bot.wiring import translator_of
from locales.languages import SOURCE, spoken

Found = tuple[str, str, str]
"""Level, what, and what to do."""
PROBE = "Goedemorgen. De school is open."
SLOW = 5.0
"""Seconds for a short sentence, from which on colleagues wait."""


async def translation(settings: Settings) -> AsyncIterator[Found]:
    """One line for each thing. Ready phrases and Dutch remain without it: nothing here is worse than a warning."""
    if settings.translator is Translator.NONE:
        return
    engine = translator_of(settings)
    try:
        known = [code for code in spoken() if code != SOURCE and await engine.pairs(SOURCE, code)]
        if not known:
            what = f"{engine.name} knows Dutch with none of our languages"
            yield "warning", what, "give it models for nl and for what your parents speak"
            return
        begun = time.monotonic()
        await engine.translate(Task(PROBE, SOURCE, known[0], {}))
        took = time.monotonic() - begun
    except NoTranslation as error:
        what = f"the translator does not translate ({error})"
        yield (
            "warning",
            what,
            "look at OUDERLIJN_TRANSLATOR_URL and OUDERLIJN_TRANSLATOR_KEY; until then answers go in Dutch",
        )
        return
    finally:
        await engine.close()
    where = "in the house" if engine.home else "outside: names and numbers are masked"
    yield "ok", f"{engine.name} translates {len(known)} languages ({where}): {', '.join(known)}", ""
    if took > SLOW:
        yield "warning", f"the translator takes {took:.1f} seconds", "colleagues wait for it: give it more room"
