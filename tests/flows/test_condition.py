"""Conditions: what they mean, what they refuse, and that no text at all upsets them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.condition import MAX_DEPTH, Condition, parse
from flows.faults import BadCondition
from flows.values import Value

SLOTS: dict[str, Value] = {"child": "Amina", "days": 3, "sure": True, "one": 1, "empty": None, "date": "2026-11-21"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('slots.child is "Amina"', True),
        ("slots.child is 'Youssef'", False),
        ('slots.child is not "Youssef"', True),
        ('slots.child = "Amina"', True),
        ('slots.child == "Amina"', True),
        ('slots.child != "Amina"', False),
        ("slots.days > 2", True),
        ("slots.days >= 3 and slots.days <= 3", True),
        ("slots.days < -1.5", False),
        ("2 < slots.days", True),
        ("slots.sure", True),
        ("not slots.sure", False),
        ("slots.sure is true", True),
        ("slots.one is true", False),
        ("slots.empty is null", True),
        ("slots.unheard_of is null", True),
        ("slots.empty < 3", False),
        ("slots.child < 3", False),
        ("slots.sure > 0", False),
        ("not slots.empty and slots.sure", True),
        ("not (slots.empty or slots.sure)", False),
        ("(slots.empty and slots.empty) or slots.sure", True),
        ("slots.empty and (slots.empty or slots.sure)", False),
        ("slots.empty or slots.empty or slots.sure", True),
        ("not not slots.sure and not slots.empty", True),
        ("not slots.days is 4", True),
        ('slots.child contains "min"', True),
        ('slots.days contains "3"', False),
        ('slots.child matches "^A[a-z]+$"', True),
        ('slots.child matches "z"', False),
        ('slots.days matches "3"', False),
        ('slots.date < "2026-12-01"', True),
        ("true", True),
        ("slots.sure == True", True),
        ("slots.sure IS NOT False AND slots.empty Is Null", True),
        ('{"Amina" "Youssef"} contains slots.child', True),
        ("not {'Youssef'} contains slots.child", True),
        ("{1 3.0} contains slots.days", True),
        ("{1} contains slots.sure", False),
        ("{} contains slots.empty", False),
    ],
)
def test_a_condition_means_what_it_says(source: str, *, expected: bool) -> None:
    """Rasa's spelling, words in any case; `not` binds tighter than `and` and `or`; what cannot be compared is false."""
    assert parse(source).holds(SLOTS) is expected


@pytest.mark.parametrize(
    "source",
    [
        "",
        "child is 3",
        "slots.child is Amina",
        "slots.child is",
        "slots.child 3",
        "(slots.child",
        "slots.child)",
        "and",
        "slots.a is “b”",
        "slots.a and slots.b or slots.c",
        "slots.a or slots.b and slots.c",
        "{slots.a} contains slots.b",
        '{"a" "b"}',
        '{"a" "b"} contains "a"',
        '{"a" "b" contains slots.x',
        '{"a", "b"} contains slots.x',
        '{"a"} is slots.x',
        'slots.x is {"a"}',
        "slots.a.b is 1",
        "slots.x matches slots.y",
        'slots.x matches "("',
        'slots.x matches "(a+)+$"',
        'slots.x matches "(a|a)*b"',
        'slots.x matches "a*a*a*a*a*b"',
        r'slots.x matches "\\*\\*\\*\\*\\*b"',
        'slots.x matches "[[a]"',
        "(" * (MAX_DEPTH + 2) + "true" + ")" * (MAX_DEPTH + 2),
        "not " * 200 + "true",
        "slots.x or " * 200,
    ],
)
def test_what_cannot_be_read_is_refused_with_a_fix(source: str) -> None:
    """A mistake is found when the file is loaded, and says what to do."""
    with pytest.raises(BadCondition) as caught:
        parse(source)
    assert caught.value.fix


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("context.previous_flow_name is null", "context."),
        ("slots.{{context.collect}} is not null", "{{ }}"),
        ("{{slots.x}}", "{{ }}"),
        ("slots.x is empty", "'empty'"),
        ("slots.x is Undefined", "'undefined'"),
    ],
)
def test_what_of_rasa_is_not_here_is_named(source: str, named: str) -> None:
    """An author reads what is not supported, and what to write in its place."""
    with pytest.raises(BadCondition) as caught:
        parse(source)
    assert named in str(caught.value)
    assert "slots.name" in caught.value.fix


def test_a_condition_tells_what_it_speaks_of() -> None:
    """The check needs the slots and the values they are held against."""
    condition = parse('slots.a is "x" and not (slots.b > 3 or "y" != slots.c)')
    assert condition.slots == {"a", "b", "c"}
    assert condition.compared == (("a", "x"), ("c", "y"))
    assert parse('{"x" 3} contains slots.a').compared == (("a", "x"), ("a", 3))


NAMES = [
    "slots.a",
    "slots.b",
    "slots.",
    "(",
    ")",
    '"x"',
    "'",
    "3",
    "-1.5",
    "true",
    "null",
    "é",
    "٣",
    "{{",
    "{",
    "}",
    "True",
]
WORDS = st.sampled_from([*NAMES, "is", "not", "and", "or", "<", ">=", "!=", "=", "contains", "matches", '"a+"'])
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()


@given(st.text() | st.lists(WORDS, max_size=40).map(" ".join), VALUES, VALUES)
def test_no_text_upsets_the_reader(source: str, a: str | float | None, b: str | float | None) -> None:
    """Reading raises BadCondition or nothing; holding it against any slots raises nothing."""
    try:
        condition = parse(source)
    except BadCondition:
        return
    assert isinstance(condition, Condition)
    assert condition.holds({"a": a, "b": b}) in (True, False)


@pytest.mark.timeout(10)
@pytest.mark.parametrize("pattern", ["a*a*a*a*b", "a?a?a{0,50}a*b", "^(?:a)a+a+$", r"[\w.]+[\w.]+@[a-z]+\.nl"])
def test_a_pattern_cannot_take_long(pattern: str) -> None:
    """The slowest pattern that is taken ends within a moment on the worst text a parent can write."""
    condition = parse(f'slots.x matches "{pattern}"')
    assert condition.holds({"x": "a" * 99 + "!"}) in (True, False)
    assert condition.holds({"x": "a" * 1_000_000}) is False
