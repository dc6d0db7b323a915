"""What `nlu test` shows: a row for each language, shares with their intervals, and a mark where one falls short."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nlu.evaluation import MEAN, Figures, Tally, mean
from nlu.marks import Share, missed, missed_by_mean

_MESSAGES = {
    "top1": "top-1",
    "top3": "top-3",
    "answered": "answered",
    "precision": "precision",
    "offered_right": "offered",
    "served": "served",
    "out_of_scope_answered": "outside",
    "language": "language",
}
_DANGER = {"danger_seen": "danger seen", "false_now": "false now", "false_other": "false other"}
_LEGEND = (
    "Per cent, and between which two the truth lies, 95 % sure. !: all of that is on the wrong side of the mark.",
    "offered: the right one is among them; served: right at once or among three offered; outside: answered all the same;",
    "ECE: how far confidence is from the truth; false: alarms for harmless messages; mean: of the big languages.",
)
_COLUMN = 14
_COLUMN_OF_DANGER = 18


def measured(tallies: Mapping[str, Tally]) -> dict[str, dict[str, Any]]:
    """All of it as plain objects."""
    found: dict[str, dict[str, Any]] = {}
    for language, tally in tallies.items():
        shares = tally.shares()
        intervals = {name: share.interval for name, share in shares.items()}
        found[language] = {**tally.figures(), "intervals": intervals, "missed": missed(shares, language)}
    means = mean(tallies)
    return found | {MEAN: {**means, "missed": missed_by_mean(means)}}


def table(tallies: Mapping[str, Tally]) -> Iterator[str]:
    """Two tables, of messages with an intent and of messages about danger; each only where there are such."""
    means = mean(tallies)
    if any(tally.messages for tally in tallies.values()):
        yield from _messages(tallies, means)
    if any(tally.dangers + tally.harmless for tally in tallies.values()):
        yield from _danger(tallies, means)
    yield from _LEGEND


def _messages(tallies: Mapping[str, Tally], means: Figures) -> Iterator[str]:
    yield _row("lang", "n", [*_MESSAGES.values(), "ECE"], _COLUMN)
    for language, tally in tallies.items():
        if tally.messages:
            cells = _cells(language, tally.shares(), _MESSAGES, digits=0)
            yield _row(language, tally.messages, [*cells, _per_cent(tally.calibration_error())], _COLUMN)
    if means["n"]:
        cells = [*_mean_cells(means, _MESSAGES), _per_cent(means["calibration_error"])]
        yield _row(MEAN, means["n"], cells, _COLUMN)


def _danger(tallies: Mapping[str, Tally], means: Figures) -> Iterator[str]:
    yield _row("lang", "n", _DANGER.values(), _COLUMN_OF_DANGER)
    for language, tally in tallies.items():
        if number := tally.dangers + tally.harmless:
            yield _row(language, number, _cells(language, tally.shares(), _DANGER, digits=1), _COLUMN_OF_DANGER)
    if together := (means["dangers"] or 0) + (means["harmless"] or 0):
        yield _row(MEAN, together, _mean_cells(means, _DANGER), _COLUMN_OF_DANGER)


def _cells(language: str, shares: Mapping[str, Share], names: Mapping[str, str], *, digits: int) -> list[str]:
    short = missed(shares, language)
    return [_cell(shares[name], digits) + ("!" if name in short else " ") for name in names]


def _cell(share: Share, digits: int) -> str:
    if share.interval is None:
        return "-"
    return f"{_per_cent(share.value)} {'-'.join(f'{100 * end:.{digits}f}' for end in share.interval)}"


def _mean_cells(means: Figures, names: Mapping[str, str]) -> list[str]:
    short = missed_by_mean(means)
    return [_per_cent(means[name]) + ("!" if name in short else " ") for name in names]


def _per_cent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"


def _row(language: str, number: object, cells: Iterable[str], width: int) -> str:
    return "".join([language.ljust(5), str(number).rjust(5), *(cell.rjust(width) for cell in cells)])
