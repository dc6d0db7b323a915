"""The `flows:` of a file. Steps inside `then:` and `else:` are made flat: each has an id and knows its ways on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from flows import unsupported
from flows.condition import Condition, parse
from flows.faults import BadCondition, BadFlow, Fault
from flows.model import (
    END,
    HANDOFF,
    Action,
    Branch,
    Call,
    Collect,
    Flow,
    Link,
    Next,
    Noop,
    Rejection,
    SetSlots,
    Step,
)
from flows.source import Source

FLOW_KEYS = frozenset({"name", "description", "if", "nlu_trigger", "persisted_slots", "steps"})
STEP_KEYS: Mapping[str, frozenset[str]] = {
    "collect": frozenset({"description", "utter", "ask_before_filling", "reset_after_flow_ends", "rejections"}),
    "action": frozenset(),
    "set_slots": frozenset(),
    "link": frozenset(),
    "call": frozenset(),
    "noop": frozenset(),
}
"""The kinds of steps and the keys each has besides `id`, `next` and itself."""


def read_flows(section: Source) -> dict[str, Flow]:
    """All flows of one file."""
    flows = {}
    for flow_id, source in section.mapping("flows").items():
        if not flow_id.isidentifier():
            raise source.bad(f"a flow cannot be called {flow_id!r}", "Use letters, digits and _.")
        if flow_id.startswith("pattern_"):
            fix = unsupported.PATTERNS.get(flow_id, "Give the flow another name.")
            place = source.key_place
            raise BadFlow(Fault(place.file, place.line, f"{flow_id} is no flow here: the line does it by itself", fix))
        flows[flow_id] = _flow(flow_id, source)
    return flows


def _flow(flow_id: str, source: Source) -> Flow:
    what = f"flow {flow_id}"
    keys = source.mapping(what, keys=FLOW_KEYS, unsupported=unsupported.IN_FLOW)
    if "steps" not in keys:
        raise source.bad(f"{what} has no steps", "Add `steps:` with a list.")
    if "description" not in keys:
        raise source.bad(f"{what} has no description", "Say in one line what it does for the parent.")
    name = keys["name"].text("name") if "name" in keys else flow_id
    triggers = (
        tuple(_trigger(item) for item in keys["nlu_trigger"].items("nlu_trigger")) if "nlu_trigger" in keys else ()
    )
    persisted = keys["persisted_slots"].items("persisted_slots") if "persisted_slots" in keys else []
    return Flow(
        id=flow_id,
        name=name,
        description=keys["description"].text("description"),
        triggers=triggers,
        steps=_Steps(flow_id).read(keys["steps"]),
        place=source.key_place,
        guard=condition(keys["if"]) if "if" in keys else None,
        persisted_slots=frozenset(item.name("a slot") for item in persisted),
    )


def _trigger(item: Source) -> str:
    keys = item.mapping("nlu_trigger", keys={"intent"}, unsupported=unsupported.IN_TRIGGER)
    if "intent" not in keys:
        raise item.bad("nlu_trigger needs an intent", "Write `- intent: name`.")
    if not keys["intent"].is_mapping:
        return keys["intent"].name("an intent")
    named = keys["intent"].mapping("an intent", keys={"name"}, unsupported=unsupported.IN_TRIGGER)
    if "name" not in named:
        raise item.bad("nlu_trigger needs an intent", "Write `- intent: name`.")
    return named["name"].name("an intent")


@dataclass(slots=True)
class _Steps:
    """The steps of one flow while they are read."""

    flow_id: str
    steps: dict[str, Step] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    named: set[str] = field(default_factory=set)
    repeats: Counter[str] = field(default_factory=Counter)

    def read(self, source: Source) -> dict[str, Step]:
        self._find_names(source)
        self._sequence(source, branch=False)
        return {step_id: self.steps[step_id] for step_id in self.order}

    def _find_names(self, source: Source) -> None:
        """Ids that are written come first, so that made-up ones keep out of their way."""
        for item in source.items("steps"):
            keys = item.mapping("a step")
            if "id" in keys:
                name = keys["id"].name("a step")
                if name in self.named or name == END:
                    raise keys["id"].bad(f"two steps of {self.flow_id} are called {name!r}", "Rename one of them.")
                self.named.add(name)
            for inner in _inner_steps(keys.get("next")):
                self._find_names(inner)

    def _sequence(self, source: Source, *, branch: bool) -> str:
        """Read steps that follow each other; the id of the first."""
        items = source.items("steps")
        if not items:
            raise source.bad("a list of steps is empty", "Add a step, or write `next: END`.")
        ids = [self._id(item) for item in items]
        for here, item, following in zip(ids, items, [*ids[1:], None], strict=True):
            self._step(here, item, following, last_of_branch=branch and following is None)
        return ids[0]

    def _id(self, item: Source) -> str:
        """The written id, or one made of kind and object, which other steps' changes do not move."""
        keys = item.mapping("a step")
        if "id" in keys:
            return keys["id"].name("a step")
        kind = _kind(item, keys)
        about = f"_{keys[kind].text(kind)}" if kind in ("collect", "action", "link", "call") else ""
        made = stem = f"{kind}{about}"
        while made in self.named:
            self.repeats[stem] += 1
            made = f"{stem}_{self.repeats[stem] + 1}"
        self.named.add(made)
        return made

    def _step(self, step_id: str, item: Source, following: str | None, *, last_of_branch: bool) -> None:
        kind = _kind(item, item.mapping("a step"))
        keys = item.mapping(
            f"a {kind} step", keys=STEP_KEYS[kind] | {kind, "id", "next"}, unsupported=unsupported.IN_STEP
        )
        if kind == "link" and "next" in keys:
            raise keys["next"].bad("a link has no next: the flow ends there", "Remove `next`, or use `call`.")
        if kind == "noop" and "next" not in keys:
            raise item.bad("a noop needs a next", "Add `next:` with branches.")
        if last_of_branch and "next" not in keys and kind != "link":
            raise item.bad("the last of these steps needs a next", "Add `next: END` or the id of a step.")
        self.order.append(step_id)  # before the steps inside its branches
        ways = () if kind == "link" else self._next(keys["next"]) if "next" in keys else (Branch(following or END),)
        self.steps[step_id] = _build(kind, step_id, item, keys, ways)

    def _next(self, source: Source) -> Next:
        """`next:` is an id, END, branches, or the steps themselves."""
        if not source.is_list:
            return (Branch(source.name("next")),)
        if _is_steps(source):
            return (Branch(self._sequence(source, branch=True)),)
        branches: list[Branch] = []
        for item in source.items("next"):
            keys = item.mapping("a branch", keys={"if", "then", "else"})
            if branches and branches[-1].when is None:
                raise item.bad("a branch after else is never taken", "Put `else` last.")
            if set(keys) == {"if", "then"}:
                branches.append(Branch(self._target(keys["then"]), condition(keys["if"])))
            elif set(keys) == {"else"}:
                branches.append(Branch(self._target(keys["else"])))
            else:
                raise item.bad(
                    "a branch is `if` with `then`, or `else`", "Write `- if: ..`, `then: ..` or `- else: ..`."
                )
        if not branches or branches[-1].when is not None:
            raise source.bad("the branches have no else", "Add `- else: END` or the id of a step.")
        return tuple(branches)

    def _target(self, source: Source) -> str:
        return self._sequence(source, branch=True) if source.is_list else source.name("a step")


def condition(source: Source) -> Condition:
    """Read an `if:` in its place."""
    raw = source.value("a condition")
    try:
        return parse(str(raw).lower() if isinstance(raw, bool) else str(raw))
    except BadCondition as error:
        raise source.bad(f"the condition cannot be read: {error}", error.fix) from error


def _build(kind: str, step_id: str, item: Source, keys: Mapping[str, Source], ways: Next) -> Step:
    about = keys[kind]
    match kind:
        case "collect":
            slot = about.name("a slot")
            return Collect(
                id=step_id,
                place=item.place,
                next=ways,
                slot=slot,
                utter=keys["utter"].name("utter") if "utter" in keys else f"utter_ask_{slot}",
                rejections=tuple(_rejection(one) for one in keys["rejections"].items("rejections"))
                if "rejections" in keys
                else (),
                ask_before_filling="ask_before_filling" in keys
                and keys["ask_before_filling"].flag("ask_before_filling"),
                reset_after_flow_ends="reset_after_flow_ends" not in keys
                or keys["reset_after_flow_ends"].flag("reset_after_flow_ends"),
            )
        case "action":
            return Action(step_id, item.place, ways, about.name("an action"))
        case "set_slots":
            return SetSlots(step_id, item.place, ways, _slots(about))
        case "link":
            return Link(step_id, item.place, _flow_named(about, {HANDOFF}))
        case "call":
            return Call(step_id, item.place, ways, _flow_named(about))
        case _:
            if not about.flag("noop"):
                raise about.bad("a noop does nothing, and is true", "Write `noop: true`.")
            return Noop(step_id, item.place, ways)


def _flow_named(about: Source, patterns: Collection[str] = ()) -> str:
    """The flow that is linked or called. Of the patterns a flow can link to a person, as in Rasa, and to no other."""
    name = about.name("a flow")
    if name.startswith("pattern_") and name not in patterns:
        raise about.bad(f"no step leads to {name}", f"Of the patterns, only `link: {HANDOFF}` is a step.")
    return name


def _slots(source: Source) -> dict[str, str | bool | float | int | None]:
    slots = {}
    for item in source.items("set_slots"):
        for name, value in item.mapping("set_slots").items():
            slots[name] = value.value("a slot's value")
            if "{{" in str(slots[name]):
                raise value.bad(
                    "a template ({{ }}) in set_slots is not supported", "Write the value, or let an action set it."
                )
    return slots


def _rejection(source: Source) -> Rejection:
    keys = source.mapping("a rejection", keys={"if", "utter"})
    if set(keys) != {"if", "utter"}:
        raise source.bad("a rejection needs `if` and `utter`", "Write `- if: ..` and `utter: utter_..` below it.")
    return Rejection(condition(keys["if"]), keys["utter"].name("utter"), source.place)


def _kind(item: Source, keys: Mapping[str, Source]) -> str:
    kinds = [kind for kind in STEP_KEYS if kind in keys]
    if len(kinds) != 1:
        item.mapping("a step", keys={*STEP_KEYS, "id", "next"}, unsupported=unsupported.IN_STEP)
        raise item.bad("a step does one thing", f"Give it exactly one of {', '.join(STEP_KEYS)}.")
    return kinds[0]


def _is_steps(source: Source) -> bool:
    """Whether the list under `next` holds steps, not branches."""
    items = source.items("next")
    return bool(items) and bool(items[0].mapping("a branch").keys() & STEP_KEYS.keys())


def _inner_steps(source: Source | None) -> list[Source]:
    if source is None or not source.is_list:
        return []
    if _is_steps(source):
        return [source]
    branches = [item.mapping("a branch") for item in source.items("next")]
    return [part for keys in branches for name, part in keys.items() if name in ("then", "else") and part.is_list]
