"""A school's own sentences as a file: written out, read back, and laid beside what the school says now. Pure.

version: 1
school: Voorbeeldcollege              for the reader only
sentences:
  utter_ask_holidays/0:
    shipped: De volgende vakantie ..  the Dutch that comes with the line, from which translations are made ..
    nl: Eerst is het ..               .. unless the school has its own
    tr: Önce ..
    pl: {text: Najpierw .., of: e9e3d5b6}    made from another Dutch, by its mark: parents do not get it
  utter_ask_ours_fietsen/0:             an answer of the school's own, with its name in menus (utter_title_ask_ours_fietsen/0) ..
    nl: ..
  utter_ask_ours_fietsen/place:         .. and under which response a button leads to it
    nl: utter_help
flows:                               conversations as the school changed or made them, whole
  own_gevonden: |
    flows:
      own_gevonden: ..
nlu:                                         what parents write there, per language as Rasa's NLU files have it
  nl:
  - intent: ask_holidays
    examples: |
      - wanneer is het carnaval
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from bot.content import flow_exchange, own, teaching
from bot.content.own_rules import ground, refuse_bad_place, refuse_half
from bot.content.phrases import Phrasebook
from bot.content.rules import refuse_bad
from bot.content.shipped import Edited, Overlay, Shipped, texts
from bot.errors import Refusal
from bot.staff.marks import N_
from flows.faults import BadFlow
from flows.model import Book
from flows.source import Source
from flows.source import read as read_yaml
from locales.catalogs import interface, source_hash
from locales.languages import SOURCE
from nlu.examples import Example

VERSION = 1
SHIPPED, TEXT, OF = "shipped", "text", "of"
_HEAD = N_(
    "What this school says in its own words. The page with the answers reads this file, and shows first what changes."
)
_NO_FILE = N_("This is not a file of sentences. Export one first: it shows how it is written.")
_OTHER = N_("This file was made by another version of the line: export it again.")
_MARK = re.compile(r"[0-9a-f]{8}")
Key = tuple[str, str]
"""Context and language."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One sentence of a file. `made_from` is the mark of its Dutch; `dutch` that Dutch, where the file has it."""

    context: str
    language: str
    text: str
    line: int
    made_from: str | None = None
    dutch: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """What cannot be taken: its line (from 1), what it is, why (a gettext id), and what the reader of YAML says of it."""

    line: int
    what: str
    why: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was read. `examples` with their lines."""

    entries: Sequence[Entry]
    refused: Sequence[Refused]
    examples: Sequence[tuple[Example, int]] = ()
    flows: Sequence[flow_exchange.Drawn] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would do: how many sentences are new, change, are so already; and what is refused."""

    wanted: Mapping[Key, Edited | None]
    """To be written; None takes the school's own sentence away, for the shipped one says it."""
    new: int
    changed: int
    same: int
    refused: Sequence[Refused]
    examples: Sequence[Example] = ()
    """To be taught, beside those there are."""

    @property
    def size(self) -> int:
        """How much is to be written."""
        return len(self.wanted) + len(self.examples)


def over(overlay: Overlay, wanted: Mapping[Key, Edited | None]) -> Overlay:
    """The school's own sentences with these written."""
    return {key: edited for key, edited in {**overlay, **wanted}.items() if edited is not None}


def write(shipped: Shipped, overlay: Overlay, school: str, examples: Sequence[Example] = ()) -> str:
    """The file of what a school changed and taught. What the line does not say any more is left out."""
    phrases = Phrasebook(shipped, overlay)
    plain = texts(phrases.ground)
    found: dict[str, dict[str, Any]] = {}
    for context, dutch in texts(phrases.book).items():
        theirs = {code: overlay[context, code] for code in phrases.languages if (context, code) in overlay}
        if theirs:
            now = source_hash(dutch)
            found[context] = ({SHIPPED: plain[context]} if context in plain else {}) | {
                code: edited.text
                if code == SOURCE or edited.made_from == now
                else {TEXT: edited.text, OF: edited.made_from}
                for code, edited in theirs.items()
            }
    for intent in own.own_intents(phrases.book):
        if host := own.host_of(phrases.book, intent):
            found[own.place_of(intent)] = {SOURCE: host}
    data = {"version": VERSION, "school": school, "sentences": found}
    data |= {"flows": drawn} if (drawn := flow_exchange.written(overlay)) else {}
    data |= {"nlu": _taught(examples)} if examples else {}
    head = interface(SOURCE).gettext(_HEAD)
    return f"# {head}\n" + yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10**6)


def _taught(examples: Sequence[Example]) -> dict[str, list[dict[str, str]]]:
    """By language and intent, as Rasa has it."""
    lines: dict[str, dict[str, str]] = {}
    for example in sorted(examples, key=lambda each: (each.language != SOURCE, each.language)):
        of_intent = lines.setdefault(example.language, {})
        of_intent[example.intent] = f"{of_intent.get(example.intent, '')}- {example.text}\n"
    return {
        language: [{"intent": intent, "examples": text} for intent, text in of_intent.items()]
        for language, of_intent in lines.items()
    }


class _Dumper(yaml.SafeDumper):
    """Paragraphs as paragraphs."""


def _text_node(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text_node)


def read(text: str) -> File:
    """The sentences of a file, and what in it is none. Never fails, whatever the text is."""
    try:
        top = read_yaml(text, "")
        if top is None:
            return File([], [Refused(1, "", N_("The file is empty."))])
        parts = top.mapping("the file")
        if "version" not in parts or "sentences" not in parts:
            return File([], [Refused(1, "", _NO_FILE)])
        if parts["version"].value("the version") != VERSION:
            return File([], [Refused(parts["version"].place.line, "version", _OTHER)])
        refused = [
            Refused(part.key_place.line, name, N_("Nothing here is called like this."))
            for name, part in parts.items()
            if name not in {"version", "school", "sentences", "flows", "nlu"}
        ]
        contexts = parts["sentences"].mapping("the sentences")
        languages = parts["nlu"].mapping("the examples") if "nlu" in parts else {}
        drawn = tuple(flow_exchange.read(parts["flows"])) if "flows" in parts else ()
    except BadFlow as error:
        return File([], [_unreadable(error)])
    entries: list[Entry] = []
    for context, source in contexts.items():
        try:
            entries += list(_entries(context, source))
        except BadFlow as error:
            refused.append(_unreadable(error, context))
    examples: list[tuple[Example, int]] = []
    for language, source in languages.items():
        try:
            examples += list(_examples(language, source))
        except BadFlow as error:
            refused.append(_unreadable(error, f"nlu/{language}"))
    return File(entries, refused, examples, drawn)


def _examples(language: str, source: Source) -> Iterator[tuple[Example, int]]:
    for item in source.items("the examples of a language"):
        parts = item.mapping("an entry", keys={"intent", "examples"})
        if parts.keys() != {"intent", "examples"}:
            raise item.bad("an entry needs `intent` and `examples`", "Write both.")
        intent, block = parts["intent"].text("the intent"), parts["examples"]
        if not isinstance(block.node, yaml.ScalarNode):
            raise block.bad(
                "examples are lines of text", "Write `examples: |` and below it lines that begin with `- `."
            )
        for line, text in enumerate(block.node.value.splitlines(), block.place.line + (block.node.style == "|")):
            if not text.strip():
                continue
            if not text.startswith("- "):
                raise block.bad(f"line {line}: an example begins with `- `", "Write it like that.")
            yield Example(language, intent, teaching.clean(text[2:])), line


def _entries(context: str, source: Source) -> Iterator[Entry]:
    parts = source.mapping("a sentence")
    dutch = next((parts[name].text(name) for name in (SOURCE, SHIPPED) if name in parts), None)
    for language, part in parts.items():
        if isinstance(part.node, yaml.MappingNode):
            inner = part.mapping("a translation", keys={TEXT, OF})
            if inner.keys() != {TEXT, OF} or not _MARK.fullmatch(inner[OF].text(OF)):
                raise part.bad("a translation needs `text` and `of`", "Write the text alone.")
            yield Entry(context, language, inner[TEXT].text(TEXT), part.key_place.line, inner[OF].text(OF))
        elif language != SHIPPED:
            mark = source_hash(dutch) if dutch else None
            yield Entry(context, language, part.text(language), part.key_place.line, mark, dutch)


def _unreadable(error: BadFlow, what: str = "") -> Refused:
    return Refused(error.fault.line, what, N_("This cannot be read."), f"{error.fault.what}. {error.fault.fix}")


def plan(shipped: Shipped, before: Overlay, file: File, taught: Sequence[Example] = ()) -> Plan:
    """What the file would change of what a school says, and has `taught`. Flows go first, then Dutch: the rest belongs to it."""
    examples_too = teaching.taught_over(taught, (example for example, _ in file.examples))
    wanted, counts, unfit = flow_exchange.plan(shipped, _answered(before, file), file.flows, examples_too)
    refused = [*file.refused, *(Refused(one.line, one.flow_id, one.why, one.detail) for one in unfit)]
    plain, dutch = texts(Phrasebook(shipped, over(before, wanted)).ground), _dutch(before, file)
    barred = set[str]()
    for is_dutch in (True, False):
        intents = filter(None, map(own.intent_of, dutch))
        known = ground(over(before, wanted), intents) if is_dutch else over(before, wanted)
        phrases = Phrasebook(shipped, known)
        for entry in file.entries:
            place = own.is_place(entry.context)
            if (entry.language == SOURCE and not place) is not is_dutch:
                continue
            if place:  # the one before may have taken the last room
                phrases = Phrasebook(shipped, over(before, wanted))
            try:
                _refuse(phrases, entry, barred, dutch)
            except Refusal as error:
                refused.append(Refused(entry.line, f"{entry.context} ({entry.language})", str(error)))
                barred |= {entry.context} if is_dutch else set()
                continue
            was, edited = before.get((entry.context, entry.language)), _edited(shipped, plain, phrases, entry)
            counts["same" if was == edited else "changed" if was else "new"] += 1
            if was != edited:
                wanted[entry.context, entry.language] = edited
    examples = _to_teach(Phrasebook(shipped, over(before, wanted)).book, file, taught, counts, refused)
    in_order = sorted(refused, key=lambda each: each.line)
    return Plan(wanted, counts["new"], counts["changed"], counts["same"], in_order, examples)


def _to_teach(
    book: Book, file: File, taught: Sequence[Example], counts: Counter[str], refused: list[Refused]
) -> tuple[Example, ...]:
    """The examples that are not there yet; a text has one meaning in a language, the last one that is given to it."""
    now = {(example.language, example.text): example.intent for example in taught}
    intents = teaching.intents_of(book, (*taught, *(example for example, _ in file.examples)))
    wanted: dict[Key, Example] = {}
    for example, line in file.examples:
        key = example.language, example.text
        try:
            teaching.refuse_bad(example, intents)
        except Refusal as error:
            refused.append(Refused(line, f"{example.intent} ({example.language})", str(error)))
            continue
        if now.get(key) == example.intent:
            counts["same"] += 1
        else:
            counts["changed" if key in now else "new"] += key not in wanted
            wanted[key] = example
    return tuple(wanted.values())


def _answered(before: Overlay, file: File) -> Overlay:
    """With the answers of its own that the file brings: its flows may lead to them."""
    theirs = ((entry.context, entry.text) for entry in file.entries if entry.language == SOURCE)
    return {**before, **{(each, SOURCE): Edited(text, "") for each, text in theirs if own.intent_of(each)}}


def _dutch(before: Overlay, file: File) -> dict[str, str]:
    """The school's own Dutch as it would be with the file, taken or not."""
    theirs = {context: edited.text for (context, language), edited in before.items() if language == SOURCE}
    return theirs | {entry.context: entry.text for entry in file.entries if entry.language == SOURCE}


def _refuse(phrases: Phrasebook, entry: Entry, barred: Collection[str], dutch: Mapping[str, str]) -> None:
    """Raise Refusal for what cannot be taken."""
    if entry.context in barred:
        raise Refusal("Its Dutch was refused.")
    if own.is_place(entry.context):
        _refuse_place(phrases, entry)
        return
    if entry.language == SOURCE:
        refuse_half(phrases, entry.context, dutch)
    refuse_bad(phrases, entry.context, entry.language, entry.text, made_from=_dutch_of(phrases, entry))


def _refuse_place(phrases: Phrasebook, entry: Entry) -> None:
    intent = own.intent_of(entry.context)
    if entry.language != SOURCE or intent not in own.own_intents(phrases.book):
        raise Refusal("This sentence does not exist (any more).")
    refuse_bad_place(phrases, intent, entry.text)


def _dutch_of(phrases: Phrasebook, entry: Entry) -> str | None:
    """Whose blanks a translation must have; None: those of the Dutch of now."""
    if entry.language == SOURCE or entry.made_from is None:
        return None
    try:
        now = phrases.dutch(entry.context)
    except LookupError:
        return None
    # Of Dutch that nobody has here nothing can be compared. Parents do not get such a text either.
    return entry.dutch or (now if source_hash(now) == entry.made_from else entry.text)


def _edited(shipped: Shipped, plain: Mapping[str, str], phrases: Phrasebook, entry: Entry) -> Edited | None:
    """As it is kept; None where the shipped sentence is the same, of the same Dutch."""
    if entry.language == SOURCE:
        return None if entry.text == plain.get(entry.context) else Edited(entry.text, source_hash(entry.text))
    made_from = entry.made_from or source_hash(phrases.dutch(entry.context))
    theirs = shipped.catalogues.translations.get(entry.language, {}).get(entry.context)
    same = theirs is not None and (theirs.text, theirs.made_from) == (entry.text, made_from)
    return None if same else Edited(entry.text, made_from)
