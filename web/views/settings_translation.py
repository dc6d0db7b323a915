"""Machine translation: which translator, in which languages, what it may read, and what it has cost."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from bot.errors import Refusal
from bot.staff.marks import N_
from bot.staff.translation import save_translation
from bot.translation.policy import Allowed
from bot.translation.port import NoTranslation, Why
from bot.translation.service import Translation
from db.queries.staff import Me
from db.queries.translation import allowed, use_of
from locales.languages import LANGUAGES, SOURCE, spoken
from web.templating import translate
from web.views.session import Administrator, line_of
from web.views.settings import attempt, done, posted, show
from web.views.translated import REASONS

router = APIRouter(prefix="/settings/translation")
CHOICES = {
    Allowed.USUAL: N_("Translate; confidential messages only by a translator of the school's own"),
    Allowed.ORDINARY: N_("Translate, but never a confidential message"),
    Allowed.ALL: N_("Translate everything, confidential messages too"),
    Allowed.NONE: N_("Translate nothing by machine"),
}
NAMES = {"libretranslate": "LibreTranslate", "deepl": "DeepL", "openai": "OpenAI"}


@dataclass(frozen=True, slots=True)
class Reach:
    """The languages that are translated both ways, those that are not, and why nobody can tell."""

    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    fault: str = ""


@router.get("")
async def translation_page(request: Request, me: Administrator) -> Response:
    """How it is now."""
    return await _page(request, me)


@router.post("")
async def save(request: Request, me: Administrator) -> Response:
    """What the translator may read."""
    form = await posted(request)
    chosen = str(form.get("allowed", ""))
    error = await attempt(request, me, "translation", lambda s: save_translation(s, me.school_id, chosen))
    return await _page(request, me, error=error) if error else done("translation")


async def _page(request: Request, me: Me, *, error: Refusal | None = None) -> Response:
    line = line_of(request)
    async with line.database.read() as session:
        may, use = await allowed(session, me.school_id), await use_of(session, me.school_id)
    engine = line.translation.engine
    return show(
        request,
        me,
        "translation",
        error=error,
        name=NAMES.get(engine.name, ""),
        home=engine.home,
        choices=CHOICES,
        may=may,
        use=use,
        reach=await reach(line.translation),
    )


async def reach(translation: Translation) -> Reach:
    """Ask the translator which of our languages it knows."""
    if not translation.works:
        return Reach()
    yes: list[str] = []
    no: list[str] = []
    try:
        for code in spoken():
            if code != SOURCE:
                both = await translation.engine.pairs(SOURCE, code) and await translation.engine.pairs(code, SOURCE)
                (yes if both else no).append(LANGUAGES[code].dutch)
    except NoTranslation as fault:
        return Reach(fault=translate(REASONS.get(fault.why, REASONS[Why.AWAY])))
    return Reach(tuple(yes), tuple(no))
