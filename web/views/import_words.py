"""What an import says, in words: kinds of files, what changes, and why something was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.errors import Refusal
from bot.people.importing.plan import Edit
from bot.people.importing.roster import Remark
from bot.people.importing.text import NotRead
from bot.staff.marks import N_
from db.types import Rights
from locales.languages import LANGUAGES
from web.templating import translate

SHOWN = 100
"""So many lines of a kind stand on the page."""
KINDS: Mapping[str, str] = {
    "csv": N_("our template"),
    "magister": "Magister",
    "somtoday": "Somtoday",
    "mapped": N_("columns as you chose them"),
    "oneroster 1.1": "OneRoster 1.1",
    "oneroster 1.2": "OneRoster 1.2",
}
FIELDS: Mapping[str, str] = {
    "given_name": N_("given name"),
    "family_name": N_("family name"),
    "birthday": N_("birthday"),
    "class": N_("class"),
    "mentor": N_("own mentor"),
    "language": N_("language"),
    "phone": N_("mobile number"),
    "rights": N_("rights"),
    "relation": N_("relation"),
    "child": N_("guardian of"),
}
RIGHTS: Mapping[str, str] = {
    Rights.FULL.value: N_("everything"),
    Rights.LIMITED.value: N_("important facts when she asks"),
    Rights.NONE.value: N_("nothing"),
}
FIGURES: Mapping[str, str] = {
    "pupils_new": N_("pupils new"),
    "pupils_left": N_("pupils left"),
    "pupils_back": N_("pupils back"),
    "guardians_new": N_("guardians new"),
    "classes_new": N_("classes new"),
    "staff_new": N_("colleagues new"),
    "mentors": N_("classes with other mentors"),
    "rights_cut": N_("guardians who know less"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """The same remark about many lines."""

    why: str
    lines: tuple[Remark, ...]


def said(error: Refusal | None) -> str:
    """A refusal in Dutch."""
    if isinstance(error, NotRead):
        return translate(error.text, **error.values)
    return translate(str(error)) if error else ""


def remark(about: Remark) -> str:
    """Why, in Dutch."""
    return translate(about.why, **about.values)


def grouped(remarks: Sequence[Remark]) -> list[Group]:
    """Remarks by what they say, the most frequent first."""
    groups: dict[str, list[Remark]] = {}
    for each in remarks:
        groups.setdefault(remark(each), []).append(each)
    return sorted((Group(why, tuple(each)) for why, each in groups.items()), key=lambda group: -len(group.lines))


def kind(name: str) -> str:
    """What kind of file it was."""
    return translate(KINDS.get(name, name))


def field(name: str) -> str:
    """What changes."""
    return translate(FIELDS.get(name, name))


def value(edit: Edit, text: str) -> str:
    """A value as people read it."""
    if edit.field == "rights":
        return translate(RIGHTS[text]) if text else ""
    if edit.field == "language":
        return LANGUAGES[text].dutch if text in LANGUAGES else text
    return text


def rights(of: Rights | None) -> str:
    """What a guardian may know."""
    return translate(RIGHTS[of.value]) if of else ""


def figures(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """What there is to say of an import that is done."""
    return [(translate(name), counts[key]) for key, name in FIGURES.items() if counts.get(key)]
