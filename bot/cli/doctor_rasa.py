"""What `doctor` says of Rasa, where OUDERLIJN_NLU=rasa: whether it answers, with which model, and how fast."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

import httpx

from bot.rasa import LIMIT, PROBE, BadAnswer, RasaServer
from bot.settings import Settings
from nlu.rasa import model

Found = tuple[str, str, str]
"""Level, what, and what to do."""
_PATIENCE = 10.0  # seconds


def rasa(settings: Settings) -> Iterator[Found]:
    """One line for each thing. Without Rasa our own engine answers, so nothing here is worse than a warning."""
    with closing(RasaServer(settings.rasa_url, limit=_PATIENCE)) as server:
        try:
            state = server.state()
        except (httpx.HTTPError, BadAnswer) as error:
            what = f"Rasa does not answer ({type(error).__name__}): our own engine does"
            yield "warning", what, "start it with make rasa, or look at OUDERLIJN_RASA_URL"
            return
        yield "ok", f"Rasa {state.version} answers", ""
        yield from _model(state.model)
        begun = time.monotonic()
        try:
            known = set(server.ask(PROBE))
        except (httpx.HTTPError, BadAnswer) as error:
            what = f"Rasa understands nothing ({type(error).__name__}): our own engine answers"
            yield "warning", what, "start it anew with make rasa, which trains a model where there is none"
            return
        took = time.monotonic() - begun
    if took > LIMIT:
        yield "warning", f"Rasa takes {took:.1f} seconds", f"after {LIMIT:g} our own engine answers: give it more room"
    else:
        yield "ok", f"Rasa ranks {len(known)} intents in {1000 * took:.0f} ms", ""


def _model(served: str) -> Iterator[Found]:
    ours = model.name()
    if served == ours:
        yield "ok", "Rasa's model learnt from the examples that are here", ""
    else:
        what = f"Rasa's model is {served or 'none'}, and {ours} is what the examples here would make"
        yield "warning", what, "make rasa trains it anew"
