"""Law 11: a traceback in a log says where and what kind, and quotes nobody."""

from __future__ import annotations

import logging
import sys

from bot.cli.serve import Discreet


def test_a_traceback_does_not_quote_the_error() -> None:
    """A database's own text holds the number that was not unique."""
    number = "+316" + "00000001"
    try:
        int(number + "x")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "it failed", None, sys.exc_info())
    written = Discreet("%(message)s").format(record)
    assert ("ValueError" in written, "test_discreet" in written, number in written) == (True, True, False)
