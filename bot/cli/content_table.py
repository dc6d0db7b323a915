"""What `python -m bot content` says of each language in figures: a table as text or for the docs, and what to look at first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import mean, median

from bot.content.figures import TITLES, Figures, Message
from bot.content.reading import ease, grade
from flows.check_domain import MAX_SENTENCE
from locales.languages import SOURCE, spoken

_HARDEST = 10
_OVER = tuple(f">{most}" for most in TITLES)
_COLUMNS = (
    *("lang", "sentences", "missing", "stale", "once", "native", "blanks", *_OVER, f">{MAX_SENTENCE}"),
    *("words", "longest", "parts", "most", "marks"),
)
_LEGEND = (
    "once: read by nobody but who wrote it; native: read by no native speaker; blanks: other ones than the Dutch has;",
    f"{_OVER[0]}: titles too long for WhatsApp's buttons, {_OVER[1]}: for its lists, {_OVER[2]}: for buttons elsewhere;",
    f">{MAX_SENTENCE}: messages so long; words: in a sentence, mean and longest (zh: letters);",
    "parts: of a message with its choices by SMS, median and most;",
    "marks: messages that took fewer parts without the marks on letters that SMS charges double.",
)


def table(found: Sequence[Figures]) -> Iterator[str]:
    """A row for each language, what the columns mean, and how easily Dutch reads."""
    for row in (_COLUMNS, *map(_cells, found)):
        yield "  ".join(
            cell.ljust(8) if not index else cell.rjust(len(_COLUMNS[index])) for index, cell in enumerate(row)
        )
    yield from _LEGEND
    if (score := ease("\n".join(message.text for message in _dutch(found)))) is not None:
        yield f"Dutch reads at {score:.0f} of 100 on the measure of Flesch and Douma: {grade(score)}."


def markdown(found: Sequence[Figures]) -> Iterator[str]:
    """The same rows as they stand in docs/content.md."""
    for row in (_COLUMNS, ["---"] * len(_COLUMNS), *map(_cells, found)):
        yield f"| {' | '.join(row)} |"


def summary(found: Sequence[Figures]) -> str:
    """What must be nothing everywhere."""
    figures = {
        "missing": sum(one.missing for one in found),
        "stale": sum(one.stale for one in found),
        "broken blanks": sum(one.blanks for one in found),
        "buttons too long": sum(one.titles[TITLES[0]] for one in found),
    }
    return ", ".join([f"{len(spoken())} languages", *(f"{number} {name}" for name, number in figures.items())])


def details(found: Sequence[Figures]) -> Iterator[str]:
    """What to look at first: the Dutch messages that are hardest to read, and in every language those that are too long."""
    scored = [(score, message.response) for message in _dutch(found) if (score := ease(message.text)) is not None]
    for score, response in sorted(scored)[:_HARDEST]:
        yield f"{SOURCE} {response}: reads at {score:.0f}, {grade(score)}"
    for one in found:
        for message in one.long:
            yield f"{one.language} {message.response}: {len(message.text)} characters"


def _dutch(found: Sequence[Figures]) -> Sequence[Message]:
    return next((one.messages for one in found if one.language == SOURCE), ())


def _cells(one: Figures) -> list[str]:
    words, parts = one.words or [0], [message.parts for message in one.messages] or [0]
    marks = sum(message.bare < message.parts for message in one.messages)
    translated = ("-",) * 3 if one.language == SOURCE else (one.stale, one.once, one.not_native)
    counts = (one.sentences, one.missing, *translated, one.blanks, *one.titles.values(), len(one.long))
    return [
        one.language,
        *map(str, (*counts, f"{mean(words):.1f}", max(words), f"{median(parts):g}", max(parts), marks)),
    ]
