"""A colleague's words in the parent's language: what she will read, what that means translated back, and what is doubtful."""

from __future__ import annotations

from dataclasses import dataclass

from bot.translation.checking import Doubt, Kind
from bot.translation.policy import why_not
from bot.translation.port import Why
from bot.translation.service import Translated, Translation, doubts
from db.engine import Database
from db.queries.translation import allowed, known_names, sensitivity_of
from locales.languages import SOURCE

EXPECTED = frozenset((Why.NOBODY, Why.OFF, Why.PRIVATE, Why.LANGUAGE))
"""Reasons that are known before anybody types: the page says them beside the box."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """`text` is empty where `why` says why. `means` is what it says when it is translated back, where that worked."""

    text: str = ""
    means: str = ""
    doubts: tuple[Doubt, ...] = ()
    why: Why | None = None

    @property
    def doubtful(self) -> bool:
        """Whether a person should look before it leaves."""
        return bool(self.doubts) or (self.why is not None and self.why not in EXPECTED)


async def render(
    database: Database, translation: Translation, *, school_id: int, case_id: int, text: str, language: str
) -> Rendered | None:
    """Translate a reply in a case; None where there is nothing to translate: no words, or she reads Dutch."""
    if not text.strip() or language == SOURCE:
        return None
    async with database.read() as session:
        names = await known_names(session, school_id, case_id)
        sensitivity = await sensitivity_of(session, school_id, case_id)
        may = await allowed(session, school_id)
    if why := why_not(translation.engine, may, sensitivity):
        return Rendered(why=why)
    there = await translation.translate(text, SOURCE, language, names=names, school_id=school_id)
    if not isinstance(there, Translated):
        return Rendered(why=there.why)
    back = await translation.translate(there.text, language, SOURCE, names=names, school_id=school_id)
    if not isinstance(back, Translated):
        return Rendered(there.text, "", (*there.doubts, Doubt(Kind.BACK, "")))
    return Rendered(
        there.text, back.text, (*there.doubts, *await _on_the_way_back(text, back.text, there.doubts, names))
    )


async def _on_the_way_back(
    text: str, means: str, found: tuple[Doubt, ...], names: tuple[str, ...]
) -> tuple[Doubt, ...]:
    """What the Dutch that came back lacks, and nobody has said yet: a second pair of eyes."""
    said = {doubt.kind for doubt in found}
    return tuple(doubt for doubt in await doubts(text, means, SOURCE, SOURCE, names) if doubt.kind not in said)
