"""The conditions of `if:`, in the spelling of Rasa: `slots.child is "Amina" and not slots.late`.

Read once, when a file is loaded; then only evaluated. Reading is a tokeniser and recursive descent. Everything is
bounded (length, depth, regular expressions), because a school writes these, and a turn waits for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flows import unsupported
from flows.faults import BadCondition
from flows.values import Value, same

MAX_LENGTH = 1000
MAX_DEPTH = 30
MAX_PATTERN = 100
MAX_QUANTIFIERS = 4
MAX_SUBJECT = 100

_Evaluate = Callable[[Mapping[str, Value]], Value]

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>"[^"]*"|'[^']*')
      | (?P<number>-?\d{1,15}(?:\.\d{1,15})?(?![\w.]))
      | (?P<op>!=|>=|<=|==|=|>|<|\(|\)|\{\{|\}\}|\{|\})
      | (?P<word>[^\W\d][\w.]*)
    )""",
    re.VERBOSE,
)
_SLOT = re.compile(r"slots\.([^\W\d]\w*)")
_SLOW = re.compile(r"\)[*+?{]|\[\[|--|&&|\|\||~~")  # repeated groups may take for ever; sets in sets warn
_LITERALS: Mapping[str, Value] = {"true": True, "false": False, "null": None}
_OPERATORS = frozenset({"and", "or", "not", "is", "contains", "matches"})


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that has been read. `slots` and `compared` are what it speaks of, for the check."""

    source: str
    slots: frozenset[str] = field(compare=False)
    compared: tuple[tuple[str, Value], ...] = field(compare=False)
    evaluate: _Evaluate = field(compare=False, repr=False)

    def holds(self, slots: Mapping[str, Value]) -> bool:
        """Whether it is true of these slots; an empty slot is `null`. Never raises."""
        return bool(self.evaluate(slots))


def parse(source: str) -> Condition:
    """Read a condition, or raise BadCondition (and nothing else) for any text at all."""
    if len(source) > MAX_LENGTH:
        what = f"a condition of more than {MAX_LENGTH} characters"
        raise BadCondition(what, "Split it over two steps.")
    reader = _Reader(_tokens(source))
    evaluate = reader.expression(0).evaluate
    if (left := reader.peek()) is not None:
        what = f"{left.text!r} is not expected here"
        raise BadCondition(what, "Join two conditions with 'and' or 'or'.")
    return Condition(source, frozenset(reader.slots), tuple(reader.compared), evaluate)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class _Operand:
    """Part of a condition; `slot` or `literal` is set where it is nothing more than that, `members` where it is a set."""

    evaluate: _Evaluate
    slot: str | None = None
    literal: Value = None
    is_literal: bool = False
    members: tuple[Value, ...] | None = None


def _tokens(source: str) -> list[_Token]:
    tokens: list[_Token] = []
    position, source = 0, source.rstrip()
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None or match.lastgroup is None:
            what = f"cannot read {source[position : position + 20].strip()!r}"
            raise BadCondition(what, 'Texts stand in straight quotes: slots.day is "monday".')
        text = match[match.lastgroup]
        kind = match.lastgroup
        if (known := unsupported.IN_CONDITION.get(text.partition(".")[0].casefold())) and kind != "string":
            what = f"{known[0]} is not supported"
            raise BadCondition(what, known[1])
        if kind == "word" and text.casefold() in _OPERATORS | _LITERALS.keys():
            text = text.casefold()
            kind = "op" if text in _OPERATORS else kind
        if text == "not" and kind == "op" and tokens and tokens[-1] == _Token("op", "is"):
            tokens[-1] = _Token("op", "is not")
        else:
            tokens.append(_Token(kind, text))
        position = match.end()
    return tokens


class _Reader:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self.slots: set[str] = set()
        self.compared: list[tuple[str, Value]] = []

    def peek(self) -> _Token | None:
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    def _next(self) -> _Token:
        token = self.peek()
        if token is None:
            what = "the condition ends too early"
            raise BadCondition(what, 'Write it as: slots.name is "value".')
        self._position += 1
        return token

    def expression(self, depth: int) -> _Operand:
        """Conditions joined by one word. Rasa reads `a and b or c` from the right, others from the left: we read neither."""
        if depth > MAX_DEPTH:
            what = f"more than {MAX_DEPTH} conditions inside each other"
            raise BadCondition(what, "Split it over two steps.")
        left, joined_by = self._negation(depth), ""
        while (token := self.peek()) is not None and token.kind == "op" and token.text in ("and", "or"):
            if joined_by not in ("", token.text):
                what = "'and' and 'or' side by side can be read in two ways"
                raise BadCondition(what, "Put ( ) around what belongs together.")
            joined_by = token.text
            self._position += 1
            left = _Operand(_joined(joined_by, left.evaluate, self._negation(depth).evaluate))
        return left

    def _negation(self, depth: int) -> _Operand:
        token = self.peek()
        if token == _Token("op", "not"):
            if depth > MAX_DEPTH:
                what = f"more than {MAX_DEPTH} times not"
                raise BadCondition(what, "Remove those that cancel each other out.")
            self._position += 1
            inner = self._negation(depth + 1).evaluate
            return _Operand(lambda slots: not inner(slots))
        return self._comparison(depth)

    def _comparison(self, depth: int) -> _Operand:
        left = self._operand(depth)
        token = self.peek()
        if left.members is not None:
            return self._member(left.members, depth)
        if token is None or token.kind != "op" or token.text not in (*_COMPARISONS, "matches"):
            return left
        self._position += 1
        right = self._operand(depth)
        if right.members is not None:
            what = "a set stands on the left"
            raise BadCondition(what, 'Write it as: {"a" "b"} contains slots.name.')
        for one, other in ((left, right), (right, left)):
            if one.slot is not None and other.is_literal and token.text in ("is", "is not", "=", "==", "!="):
                self.compared.append((one.slot, other.literal))
        if token.text == "matches":
            return _Operand(_matching(left.evaluate, right))
        return _Operand(_compared(token.text, left.evaluate, right.evaluate))

    def _member(self, members: tuple[Value, ...], depth: int) -> _Operand:
        """The rest of `{"a" "b"} contains slots.name`."""
        one = self._operand(depth) if self._next() == _Token("op", "contains") else None
        if one is None or one.slot is None:
            what = "a set can only contain a slot"
            raise BadCondition(what, 'Write it as: {"a" "b"} contains slots.name.')
        self.compared += [(one.slot, member) for member in members]
        return _Operand(lambda slots: any(same(one.evaluate(slots), member) for member in members))

    def _set(self) -> _Operand:
        members: list[Value] = []
        while (token := self._next()) != _Token("op", "}"):
            if token.kind not in ("string", "number"):
                what = f"{token.text!r} does not belong in a set"
                raise BadCondition(what, 'Texts and numbers, with spaces between: {"a" "b"}.')
            members.append(_read(token))
        return _Operand(lambda _: None, members=tuple(members))

    def _operand(self, depth: int) -> _Operand:
        token = self._next()
        if token == _Token("op", "("):
            inner = self.expression(depth + 1)
            if self.peek() != _Token("op", ")"):
                what = "a '(' is not closed"
                raise BadCondition(what, "Add the missing ')'.")
            self._position += 1
            return inner
        if token == _Token("op", "{"):
            return self._set()
        if token.kind in ("string", "number"):
            return _literal(_read(token))
        if token.kind == "word" and token.text in _LITERALS:
            return _literal(_LITERALS[token.text])
        if token.kind == "word" and (match := _SLOT.fullmatch(token.text)):
            name = match[1]
            self.slots.add(name)
            return _Operand(lambda slots: slots.get(name), slot=name)
        what = f"{token.text!r} is neither a slot nor a value"
        raise BadCondition(what, f"Write slots.{token.text} for a slot, or put a text in quotes.")


def _read(token: _Token) -> Value:
    if token.kind == "string":
        return token.text[1:-1]
    return float(token.text) if "." in token.text else int(token.text)


def _literal(value: Value) -> _Operand:
    return _Operand(lambda _: value, literal=value, is_literal=True)


def _joined(word: str, left: _Evaluate, right: _Evaluate) -> _Evaluate:
    if word == "and":
        return lambda slots: bool(left(slots)) and bool(right(slots))
    return lambda slots: bool(left(slots)) or bool(right(slots))


def _compared(op: str, left: _Evaluate, right: _Evaluate) -> _Evaluate:
    compare = _COMPARISONS[op]
    return lambda slots: compare(left(slots), right(slots))


def _less(left: Value, right: Value) -> bool:
    """Numbers by size, texts by letter (so dates, kept as 2026-11-21, by time); nothing else is in order."""
    if isinstance(left, bool) or isinstance(right, bool):
        return False
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left < right
    return isinstance(left, str) and isinstance(right, str) and left < right


def _at_most(left: Value, right: Value) -> bool:
    return _less(left, right) or (isinstance(left, str | float | int) and same(left, right))


def _contains(text: Value, part: Value) -> bool:
    return isinstance(text, str) and isinstance(part, str) and part in text


_COMPARISONS: Mapping[str, Callable[[Value, Value], bool]] = {
    "is": same,
    "=": same,
    "==": same,
    "is not": lambda left, right: not same(left, right),
    "!=": lambda left, right: not same(left, right),
    "<": _less,
    ">": lambda left, right: _less(right, left),
    "<=": _at_most,
    ">=": lambda left, right: _at_most(right, left),
    "contains": _contains,
}


def _matching(left: _Evaluate, right: _Operand) -> _Evaluate:
    """Search by a pattern that cannot take long: few quantifiers, none on a group, and short texts only."""
    pattern = right.literal
    if not isinstance(pattern, str):
        what = "'matches' needs a pattern in quotes"
        raise BadCondition(what, 'Write it as: slots.code matches "^[0-9]+$".')
    bare = re.sub(r"\\.", "x", pattern, flags=re.DOTALL)
    if len(pattern) > MAX_PATTERN or len(re.findall(r"[*+?{]", bare)) > MAX_QUANTIFIERS or _SLOW.search(bare):
        what = "a pattern that may take too long"
        fix = (
            f"At most {MAX_PATTERN} characters and {MAX_QUANTIFIERS} of * + ? {{}}, none after a ')'; no sets in sets."
        )
        raise BadCondition(what, fix)
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        what = "a pattern that cannot be read"
        raise BadCondition(what, "Test it as a Python regular expression.") from error

    def evaluate(slots: Mapping[str, Value]) -> bool:
        text = left(slots)
        return isinstance(text, str) and len(text) <= MAX_SUBJECT and compiled.search(text) is not None

    return evaluate
