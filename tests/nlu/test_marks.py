"""When a measurement says that a mark is missed, and how `nlu test` shows it."""

from __future__ import annotations

import pytest

from bot.cli.nlu_table import measured, table
from nlu import marks
from nlu.evaluation import ALL, MEAN, Labelled, Tally, evaluate, mean
from nlu.marks import Share
from nlu.port import Decision, Guess, LanguageGuess, SafetyLevel, Understood


class Parrot:
    """Understands what stands in the message: intent, decision and level."""

    name = "parrot"

    def understand(self, text: str, *, known_language: str | None = None) -> Understood:
        """`intent/decision/level`; whoever knows no language hears Dutch."""
        intent, decision, level = text.split("/")
        ranking = tuple(Guess(each, chance) for each, chance in ((intent, 0.9), ("help", 0.06), ("greet", 0.04)))
        language = LanguageGuess(known_language or "nl", 1.0, sure=True)
        return Understood(ranking, Decision(decision), language, SafetyLevel(level) if level else None)


def tallies(*labelled: Labelled) -> dict[str, Tally]:
    return evaluate(Parrot(), labelled)


@pytest.mark.parametrize(
    ("share", "interval"),
    [
        (Share(0, 10), (0.0, 0.2775)),
        (Share(10, 10), (0.7225, 1.0)),
        (Share(81, 263), (0.2553, 0.3662)),  # Newcombe 1998, table I: Wilson's method without correction
        (Share(15, 148), (0.0624, 0.1605)),
        (Share(0, 0), None),
    ],
)
def test_intervals_are_as_published(share: Share, interval: tuple[float, float] | None) -> None:
    """Never outside 0 and 1, and wide where little was measured."""
    assert share.interval == interval


def test_a_language_fails_when_its_whole_interval_is_under_the_floor() -> None:
    """Few messages prove nothing; many that are as bad do. Small languages have floors of their own."""
    few, many = {"top1": Share(7, 10)}, {"top1": Share(105, 150)}

    assert (marks.missed(few, "nl"), marks.missed(many, "nl")) == ([], ["top1"])
    assert (marks.missed({"top1": Share(112, 150)}, "nl"), marks.missed({"top1": Share(112, 150)}, "pap")) == (
        ["top1"],
        [],
    )


def test_false_alarms_are_too_many_when_the_whole_interval_is_above_the_mark() -> None:
    """For shares that must be low it is the other way round."""
    assert marks.missed({"false_now": Share(1, 100), "false_other": Share(9, 100)}, "nl") == ["false_other"]


def test_the_mean_is_of_big_languages_and_has_a_floor_of_its_own() -> None:
    """Each language counts the same, however many messages it has."""
    right, wrong = ("greet", "greet/answer/"), ("greet", "help/answer/")
    said = [("nl", right)] * 6 + [("tr", right)] * 2 + [("tr", wrong)] * 1 + [("so", wrong)] * 9
    found = mean(tallies(*(Labelled(language, text, intent) for language, (intent, text) in said)))

    assert (found["n"], found["top1"], found["danger_seen"]) == (9, 0.8334, None)
    assert "top1" in marks.missed_by_mean(found)


def test_danger_beside_an_intent_is_measured_too() -> None:
    """One message may say both."""
    found = tallies(
        Labelled("nl", "emergency/person/now", "emergency", danger=True),
        Labelled("nl", "greet/answer/perhaps", "greet", danger=False),
    )[ALL].figures()

    assert (found["n"], found["dangers"], found["harmless"]) == (2, 1, 1)
    assert (found["danger_seen"], found["false_now"], found["false_other"], found["served"]) == (1.0, 0.0, 1.0, 1.0)


def test_the_table_marks_what_fell_short() -> None:
    """A row for each language, for all and for the mean; danger in a table of its own, where there is any."""
    found = tallies(
        *[Labelled("nl", "greet/answer/", "greet")] * 40,
        *[Labelled("so", "help/answer/", "greet")] * 40,
        *[Labelled("nl", "greet/answer/now", danger=False)] * 40,
    )
    lines = [line.split() for line in table(found)]
    objects = measured(found)

    assert [line[0] for line in lines[:7]] == ["lang", "nl", "so", ALL, MEAN, "lang", "nl"]
    assert lines[1][:4] == ["nl", "40", "100.0", "91-100"]
    assert lines[2][:4] == ["so", "40", "0.0", "0-9!"]
    assert lines[6] == ["nl", "40", "-", "100.0", "91.2-100.0!", "0.0", "0.0-8.8"]
    assert objects["so"]["missed"] == ["top1", "precision", "served", "language"]
    assert objects["so"]["intervals"]["top1"] == (0.0, 0.0876)
    assert objects[MEAN]["top1"] == 1.0


def test_messages_of_one_kind_have_one_table() -> None:
    """No empty columns; a language without a single figure in them has no row."""
    with_intents = list(table(tallies(Labelled("nl", "greet/answer/", "greet"))))
    of_danger = list(table(tallies(Labelled("pap", "help/person/now", danger=True))))

    assert [line.split()[0] for line in with_intents[:4]] == ["lang", "nl", ALL, MEAN]
    assert [line.split()[:2] for line in of_danger[:3]] == [["lang", "n"], ["pap", "1"], [ALL, "1"]]
    assert len(of_danger) == 3 + 3
