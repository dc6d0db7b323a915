"""The flows in a school's file: its own texts as they are, under their names. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.content.flow_check import checked
from bot.content.flow_editing import LONGEST_FILE, MOST, TOO_MANY, kept, may_change, tidy
from bot.content.flow_files import context_of, files_of
from bot.content.flow_rules import is_error, is_name, name_of
from bot.content.shipped import Edited, Overlay, Shipped
from bot.staff.marks import N_
from flows.faults import Fault
from flows.source import Source
from locales.languages import SOURCE
from nlu.examples import Example

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A flow in a file. `line` is the one before its text's first."""

    flow_id: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why one cannot be taken: its line in the file, the reason (a gettext id), and what the check says."""

    flow_id: str
    line: int
    why: str
    detail: str = ""


def written(overlay: Overlay) -> dict[str, str]:
    """What a file has under `flows`."""
    return {flow_id: f"{text}\n" for flow_id, text in files_of(overlay)}


def read(section: Source) -> Iterator[Drawn]:
    """The other way. Raises BadFlow."""
    for flow_id, source in section.mapping("the flows").items():
        source.text("a flow")
        block = source.node.style == "|"  # type: ignore[attr-defined]
        yield Drawn(flow_id, tidy(str(source.node.value)), source.place.line - (not block))


def plan(
    shipped: Shipped, before: Overlay, drawn: Sequence[Drawn], taught: Sequence[Example]
) -> tuple[dict[Key, Edited | None], Counter[str], list[Unfit]]:
    """What would be written, how many of them are new, changed or so already, and what is refused."""
    refused = [Unfit(one.flow_id, one.line, why) for one in drawn if (why := _never(shipped, one))]
    there = {flow_id for flow_id, _ in files_of(before)}
    known = there | {one.flow_id for one in refused}
    come = [one for one in drawn if one.flow_id not in known]
    refused += [Unfit(one.flow_id, one.line, TOO_MANY) for one in come[max(MOST - len(there), 0) :]]
    never = {one.flow_id for one in refused}
    fit = {one.flow_id: one for one in drawn if one.flow_id not in never}
    while bad := list(_unfit(shipped, before, fit, taught)):  # without one, another may lead nowhere
        refused += bad
        fit = {flow_id: one for flow_id, one in fit.items() if flow_id not in {each.flow_id for each in bad}}
    counts, wanted = Counter[str](), dict[Key, Edited | None]()
    for one in fit.values():
        key, now = (context_of(one.flow_id), SOURCE), kept(shipped, one.flow_id, one.text)
        was = before.get(key)
        counts["same" if was == now else "changed" if was else "new"] += 1
        if was != now:
            wanted[key] = now
    return wanted, counts, refused


def _never(shipped: Shipped, one: Drawn) -> str:
    if not is_name(one.flow_id):
        return N_("A conversation cannot be called like this: small letters, digits and _ only.")
    if not may_change(shipped, one.flow_id):
        return N_("This conversation is the same at every school.")
    return N_("The text is too long: 20,000 characters at most.") if len(one.text) > LONGEST_FILE else ""


def _unfit(shipped: Shipped, before: Overlay, fit: Mapping[str, Drawn], taught: Sequence[Example]) -> Iterator[Unfit]:
    """Those with errors, once all are in."""
    files = {(context_of(one.flow_id), SOURCE): kept(shipped, one.flow_id, one.text) for one in fit.values()}
    laid = checked(shipped, {key: one for key, one in {**before, **files}.items() if one is not None}, taught)
    for flow_id, faults in laid.faults.items():
        if flow_id in fit:
            yield from (_told(fit[flow_id], fault) for fault in faults if is_error(fault))


def _told(one: Drawn, fault: Fault) -> Unfit:
    line = one.line + fault.line if fault.file == name_of(one.flow_id) else one.line
    return Unfit(one.flow_id, line, N_("This conversation has faults."), f"{fault.what}. {fault.fix}")
