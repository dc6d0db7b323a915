"""`python -m bot nlu check`: the messages that understanding learns from, counted and looked through, per language."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence

import typer

from nlu import data_check, examples, styles
from nlu.danger import BadMessages
from nlu.data_check import Finding, Kind
from nlu.examples import BadExamples, Example

_DUTCH = "no Dutch"


def check() -> None:
    """Look through the examples and the messages of danger: too few, doubled, contradictory, all in one style."""
    try:
        shown, findings = examples.read_folder(), data_check.check()
    except (BadExamples, BadMessages) as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from error
    print("\n".join([*_table(shown, findings), *map(str, findings)]))
    print(f"{len(findings)} findings in {len(shown)} examples")
    raise typer.Exit(code=int(bool(findings)))


def _table(shown: Sequence[Example], findings: Sequence[Finding]) -> Iterator[str]:
    """A row for each language. What lacks Dutch is only counted: some intents do well without."""
    counts = Counter(example.language for example in shown)
    intents = {language: {each.intent for each in shown if each.language == language} for language in counts}
    wrong = Counter((finding.language, finding.kind) for finding in findings)
    without = styles.without_dutch(shown)
    columns = ["examples", "intents", *Kind, _DUTCH]
    yield "  ".join(["lang", *columns])
    for language in sorted(counts):
        numbers = [counts[language], len(intents[language]), *(wrong[language, kind] for kind in Kind)]
        numbers.append(len(without.get(language, ())))
        cells = [str(number).rjust(len(column)) for number, column in zip(numbers, columns, strict=True)]
        yield "  ".join([language.ljust(4), *cells])
    yield "no Dutch: intents of which no example mixes in a Dutch word of school."
