"""A school changes a flow, adds one, or goes back to what is shipped: always in its draft, faults and all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.editing import draft_overlay
from bot.content.flow_files import context_of
from bot.content.flow_rules import fixed, is_name
from bot.content.flow_texts import shipped_text
from bot.content.naming import called
from bot.content.phrases import Phrasebook
from bot.content.revisions import Revisions
from bot.content.rules import LONGEST, LONGEST_TITLE
from bot.content.shipped import Edited, Overlay, Shipped, texts
from bot.errors import Refusal
from bot.staff.marks import N_
from bot.staff.typed import WrongFields
from flows.faults import BadFlow
from flows.load import read_book
from locales.catalogs import source_hash
from locales.languages import SOURCE

LONGEST_FILE = 20_000
"""Several times the longest that is shipped; the check of one that is wrong in every line takes some seconds."""
MOST = 100
"""Conversations that a school changed or made: each is looked at with all the others."""
TOO_MANY = N_("There are too many conversations: 100 at most.")
PREFIX = "own_"
"""Begins the names of what a school makes here: nothing shipped is ever called so."""
Wanted = Mapping[tuple[str, str], Edited | None]


@dataclass(frozen=True, slots=True)
class NewFlow:
    """What a new flow begins with. `intent` may be empty: then only other flows lead to it."""

    name: str
    description: str
    sentence: str
    intent: str = ""


async def save(
    session: AsyncSession,
    revisions: Revisions,
    shipped: Shipped,
    *,
    school_id: int,
    staff_id: int | None,
    flow_id: str,
    text: str,
    was: str,
) -> None:
    """Take the file into the draft. `was`: the mark of the text that the form showed; nobody overwrites a colleague unseen."""
    text = tidy(text)
    overlay = await _locked(session, revisions, school_id, staff_id)
    if len(text) > LONGEST_FILE:
        raise Refusal("The text is too long: 20,000 characters at most.")
    if not text:
        raise Refusal("The text is empty.")
    if source_hash(text_of(shipped, overlay, flow_id)) not in (was, source_hash(text)):
        raise Refusal("A colleague changed this meanwhile. Their text stands below; save again to keep yours.")
    await revisions.take(session, school_id, staff_id, wanted(shipped, overlay, flow_id, text))


async def reset(
    session: AsyncSession,
    revisions: Revisions,
    shipped: Shipped,
    *,
    school_id: int,
    staff_id: int | None,
    flow_id: str,
    was: str,
) -> None:
    """Back to what is shipped; a flow of the school's own goes. `was` as when saving."""
    overlay = await _locked(session, revisions, school_id, staff_id)
    if source_hash(text_of(shipped, overlay, flow_id)) != was:
        raise Refusal("A colleague changed this meanwhile. Look at their text before you go back.")
    await revisions.take(session, school_id, staff_id, wanted(shipped, overlay, flow_id, ""))


async def add(
    session: AsyncSession, revisions: Revisions, shipped: Shipped, *, school_id: int, staff_id: int | None, new: NewFlow
) -> str:
    """A flow that says one sentence, to go on from; what it is called."""
    overlay = await _locked(session, revisions, school_id, staff_id)
    phrases = Phrasebook(shipped, overlay)
    _refuse_bad(new)
    if len(phrases.flow_files) >= MOST:
        raise Refusal(TOO_MANY)
    flow_id = called(new.name, {*phrases.book.flows, *phrases.flow_files}, prefix=PREFIX, otherwise="gesprek")
    await revisions.take(session, school_id, staff_id, wanted(shipped, overlay, flow_id, begun(flow_id, new)))
    return flow_id


async def _locked(session: AsyncSession, revisions: Revisions, school_id: int, staff_id: int | None) -> Overlay:
    """The draft's sentences, read once nobody else can write them."""
    await revisions.draft(session, school_id, staff_id)
    return await draft_overlay(session, school_id)


def _refuse_bad(new: NewFlow) -> None:
    wrong = {
        field: N_("Fill this in.")
        for field, text in (("name", new.name), ("description", new.description), ("sentence", new.sentence))
        if not text
    }
    if len(new.name) > LONGEST_TITLE:
        wrong["name"] = N_("A button has room for 20 characters.")
    if len(new.sentence) > LONGEST:
        wrong["sentence"] = N_("The text is too long: 1000 characters at most.")
    if wrong:
        raise WrongFields(wrong)


def begun(flow_id: str, new: NewFlow) -> str:
    """The file of a new flow."""
    said = f"utter_{flow_id}"
    flow: dict[str, Any] = {"name": new.name, "description": new.description}
    flow |= {"nlu_trigger": [{"intent": new.intent}]} if new.intent else {}
    flow["steps"] = [{"action": said, "next": "END"}]
    parts = {"flows": {flow_id: flow}, "responses": {said: [{"text": new.sentence}]}}
    return tidy(yaml.dump(parts, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10**6))


class _Dumper(yaml.SafeDumper):
    """Lists stand in from their key, as in the shipped files."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002 - PyYAML's own
        del indentless
        super().increase_indent(flow, False)


def tidy(text: str) -> str:
    """With one kind of line ends, and none after the last line."""
    return text.replace("\r\n", "\n").rstrip()


def may_change(shipped: Shipped, flow_id: str) -> bool:
    """Whether a school may have a flow of this name."""
    return is_name(flow_id) and flow_id not in fixed(shipped.book)


def wanted(shipped: Shipped, overlay: Overlay, flow_id: str, text: str) -> Wanted:
    """What a file (empty: none any more) changes among the school's sentences.

    Of two texts for one sentence the last one stays: Dutch that the file writes anew takes the place of the Dutch that was typed
    on the sentence's own page. What goes with a file, goes in every language.
    """
    if not may_change(shipped, flow_id):
        raise Refusal("This conversation is the same at every school.")
    as_shipped = shipped_text(shipped.book, flow_id)
    before, now = _said(text_of(shipped, overlay, flow_id)), _said(text or as_shipped)
    gone = {context for context in before if context not in now} if not text else set()
    anew = {context for context in now if context in before and before[context] != now[context]}
    stale = [key for key in overlay if key[0] in gone or (key[0] in anew and key[1] == SOURCE)]
    return {**dict.fromkeys(stale), (context_of(flow_id), SOURCE): kept(shipped, flow_id, text)}


def kept(shipped: Shipped, flow_id: str, text: str) -> Edited | None:
    """A file as it is kept, with the mark of what was shipped then; None where it is what is shipped."""
    as_shipped = shipped_text(shipped.book, flow_id)
    return Edited(text, source_hash(as_shipped)) if text and text != as_shipped else None


def text_of(shipped: Shipped, overlay: Overlay, flow_id: str) -> str:
    """The file: the school's own, else as it is shipped; empty where there is none."""
    own = overlay.get((context_of(flow_id), SOURCE))
    return own.text if own else shipped_text(shipped.book, flow_id)


def _said(text: str) -> Mapping[str, str]:
    """The sentences of a file; none of one that cannot be read."""
    try:
        return texts(read_book({"": text}))
    except BadFlow:
        return {}
