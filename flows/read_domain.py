"""The sections of Rasa's domain that we have: `slots:`, `responses:` and `actions:`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flows import unsupported
from flows.model import Button, Place, Response, Slot, SlotMapping, Variant
from flows.source import Source

SLOT_TYPES = frozenset({"text", "bool", "categorical", "float", "any"})
SLOT_KEYS = frozenset({"type", "values", "initial_value", "mappings", "influence_conversation"})
MAPPING_KEYS: Mapping[str, frozenset[str]] = {
    "from_text": frozenset({"intent", "not_intent"}),
    "from_entity": frozenset({"entity", "intent", "not_intent"}),
    "from_intent": frozenset({"intent", "not_intent", "value"}),
    "controlled": frozenset(),
    "custom": frozenset(),
}
VARIANT_KEYS = frozenset({"text", "buttons", "channel", "translation"})


_SET_SLOTS = re.compile(r"/SetSlots\((.*)\)")
_PAIR = re.compile(r"\s*(\w+)\s*=\s*([^=,()]+?)\s*")
_INTENT = re.compile(r"/([a-z][a-z0-9_]*)")


def read_slots(section: Source) -> dict[str, Slot]:
    """All slots of one file."""
    return {name: _slot(name, source) for name, source in section.mapping("slots").items()}


def _slot(name: str, source: Source) -> Slot:
    what = f"slot {name}"
    if not name.isidentifier():
        raise source.bad(f"a slot cannot be called {name!r}", "Use letters, digits and _.")
    keys = source.mapping(what, keys=SLOT_KEYS, unsupported=unsupported.IN_SLOT)
    if "type" not in keys:
        raise source.bad(f"{what} has no type", f"Add `type:` with one of {', '.join(sorted(SLOT_TYPES))}.")
    kind = keys["type"].one_of("a slot's type", SLOT_TYPES, unsupported.SLOT_TYPES)
    values = tuple(item.text("a value") for item in keys["values"].items("values")) if "values" in keys else ()
    if (kind == "categorical") != bool(values):
        raise source.bad(f"{what}: `values` and `type: categorical` belong together", "Add the missing one.")
    return Slot(
        name=name,
        type=kind,
        place=source.key_place,
        values=values,
        mappings=tuple(map(_slot_mapping, keys["mappings"].items("mappings"))) if "mappings" in keys else (),
        initial=keys["initial_value"].value("initial_value") if "initial_value" in keys else None,
    )


def _slot_mapping(source: Source) -> SlotMapping:
    given = source.mapping("a mapping")
    if "type" not in given:
        raise source.bad("a mapping has no type", f"Add `type:` with one of {', '.join(MAPPING_KEYS)}.")
    kind = given["type"].one_of("a mapping's type", MAPPING_KEYS, unsupported.MAPPINGS)
    keys = source.mapping(f"a {kind} mapping", keys=MAPPING_KEYS[kind] | {"type"}, unsupported=unsupported.IN_MAPPING)
    if kind == "from_entity" and "entity" not in keys:
        raise source.bad("from_entity needs an entity", "Add `entity: name`.")
    if kind == "from_intent" and ("value" in keys) != ("intent" in keys):
        raise source.bad("from_intent needs `intent` and `value`", "Add the missing one (or neither, for a yes or no).")
    return SlotMapping(
        type=kind,
        entity=keys["entity"].name("an entity") if "entity" in keys else None,
        intents=_names(keys.get("intent")),
        not_intents=_names(keys.get("not_intent")),
        value=keys["value"].value("value") if "value" in keys else None,
    )


def _names(source: Source | None) -> frozenset[str]:
    if source is None:
        return frozenset()
    return frozenset(item.name("an intent") for item in (source.items("intent") if source.is_list else [source]))


def read_responses(section: Source) -> dict[str, Response]:
    """All responses of one file."""
    responses = {}
    for name, source in section.mapping("responses").items():
        if not (name.startswith("utter_") and name.isidentifier()):
            raise source.bad(f"a response cannot be called {name!r}", "Its name starts with utter_.")
        items = source.items(f"response {name}")
        variants = tuple(_variant(item) for item in items)
        if not variants:
            raise source.bad(f"response {name} is empty", "Add `- text: ..`.")
        channels = [variant.channel for variant in variants]
        for item, channel in zip(items, channels, strict=True):
            if channels.count(channel) > 1:
                where = f"for {channel}" if channel else "without a channel"
                raise item.bad(f"{name} has two variants {where}", "Keep one: nothing here is left to chance.")
        if None not in channels:
            raise source.bad(f"{name} has only variants for some channels", "Add one without `channel`.")
        responses[name] = Response(name, variants, source.key_place)
    return responses


def _variant(source: Source) -> Variant:
    keys = source.mapping("a response", keys=VARIANT_KEYS, unsupported=unsupported.IN_VARIANT)
    if "text" not in keys:
        raise source.bad("a response has no text", "Add `text:`.")
    translation = keys["translation"].mapping("translation") if "translation" in keys else {}
    return Variant(
        text=keys["text"].text("text"),
        place=keys["text"].place,
        buttons=tuple(_button(item) for item in keys["buttons"].items("buttons")) if "buttons" in keys else (),
        channel=keys["channel"].name("a channel") if "channel" in keys else None,
        translations={language: text.text("a translation") for language, text in translation.items()},
    )


def _button(source: Source) -> Button:
    keys = source.mapping("a button", keys={"title", "payload"})
    if "payload" not in keys:
        raise source.bad("a button needs a `payload`", "Add it: /SetSlots(slot=value), or /intent.")
    title = keys["title"].text("title") if "title" in keys else ""
    payload = keys["payload"].text("payload")
    if match := _SET_SLOTS.fullmatch(payload):
        pairs = [_PAIR.fullmatch(part) for part in match[1].split(",")]
        slots = {pair[1]: pair[2].strip("\"'") for pair in pairs if pair is not None}
        if len(slots) == len(pairs) and not title:
            raise source.bad("a button that fills a slot needs a `title`", "Add it.")
        if len(slots) == len(pairs):
            return Button(title, payload, source.place, slots=slots)
    elif match := _INTENT.fullmatch(payload):
        return Button(title, payload, source.place, intent=match[1])
    fix = "Write /SetSlots(slot=value), or /intent."
    raise keys["payload"].bad(f"the payload {payload!r} cannot be read", fix)


def read_actions(section: Source) -> dict[str, Place]:
    """The names of the actions flows may use, and where they stand."""
    actions: dict[str, Place] = {}
    for item in section.items("actions"):
        name = item.name("an action")
        if not name.startswith("action_"):
            raise item.bad(
                f"an action cannot be called {name!r}", "Its name starts with action_; responses need no entry."
            )
        if name in actions:
            raise item.bad(f"{name!r} stands twice in actions", "Keep one of the two.")
        actions[name] = item.place
    return actions
