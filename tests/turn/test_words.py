"""Commands are exact: the whole message, in any language, and nothing else."""

from __future__ import annotations

import pytest

from bot.turn.words import Command, command

MEANT = [
    ("STOP", Command.STOP),
    ("stop!", Command.STOP),
    ("Stop.", Command.STOP),
    ("UIT", Command.STOP),
    ("afmelden", Command.STOP),
    ("opt-out", Command.STOP),
    ("İPTAL", Command.STOP),
    ("DUR", Command.STOP),
    ("توقف", Command.STOP),
    ("إلغاء", Command.STOP),
    ("REZYGNUJĘ", Command.STOP),
    ("СТОП", Command.STOP),
    ("ARRÊT", Command.STOP),
    ("PARAR", Command.STOP),
    ("start", Command.START),
    ("/start", Command.START),
    ("menü", Command.MENU),
    ("меню", Command.MENU),
    ("mens", Command.PERSON),
    ("Een mens!", Command.PERSON),
    ("İnsan", Command.PERSON),
    ("людина", Command.PERSON),
    ("taal", Command.LANGUAGE),
    ("لغة", Command.LANGUAGE),
    ("laat maar", Command.CANCEL),
]
NOT_MEANT = [
    "stop met pesten",
    "niet stoppen",
    "de bus stopt",
    "mensen",
    "ik wil geen mens zien",
    "",
    "🛑",
    "stop " * 20,
]


@pytest.mark.parametrize(("text", "meant"), MEANT)
def test_command(text: str, meant: Command) -> None:
    """A whole message that is one of the words."""
    assert command(text, in_flow=False, sms=False) == meant


@pytest.mark.parametrize("text", NOT_MEANT)
def test_no_command(text: str) -> None:
    """A word in a sentence commands nothing."""
    assert command(text, in_flow=False, sms=False) is None


@pytest.mark.parametrize("text", ["cancel", "iptal", "إلغاء", "END"])
def test_words_of_two_meanings(text: str) -> None:
    """They cancel an open flow, and stop where none is open."""
    assert command(text, in_flow=True, sms=False) is Command.CANCEL
    assert command(text, in_flow=False, sms=False) is Command.STOP


@pytest.mark.parametrize("text", ["CANCEL", "quit", "End", "unsubscribe"])
def test_taken_by_the_sms_provider(text: str) -> None:
    """The provider has blocked the number by then: it is a stop, whatever was asked."""
    assert command(text, in_flow=True, sms=True) is Command.STOP
