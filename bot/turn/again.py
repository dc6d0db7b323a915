"""A child that was reported sick: still sick, or better again. One yes, and the desk hears it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from bot.turn import absence, actions, days, flowing, said
from bot.turn.explaining import explain
from db.types import InboundKind
from nlu.port import Decision

if TYPE_CHECKING:
    from bot.turn.draft import Draft
    from bot.turn.recent import Absence
    from flows.values import Value

REPORT, BETTER = "report_absence", "better_again"
WORDS_AT_MOST = 12
"""A longer message tells more than that."""


def again(draft: Draft) -> bool:
    """Where she reported a child sick before, or plainly reports one now: "nog ziek", "weer beter"."""
    text, language = draft.words, draft.language
    short = draft.heard.kind is InboundKind.TEXT and len(text.split()) <= WORDS_AT_MOST
    if not short or draft.heard.late or not (absence.remembered(draft) or _reports(draft)):
        return False
    if said.says("still", text, language):
        explain(draft, REPORT)
        flowing.begin(draft, REPORT, _still_sick(draft))
        return True
    if said.says("better", text, language):
        explain(draft, REPORT)
        flowing.begin(draft, BETTER, {**_child(draft), **flowing.prefilled(draft, BETTER, text)})
        return True
    return False


def _reports(draft: Draft) -> bool:
    return draft.intent_if(Decision.ANSWER) == REPORT


def _still_sick(draft: Draft) -> dict[str, Value]:
    """Sick, on the day she names, else on the next school day that was not reported yet."""
    told = flowing.prefilled(draft, REPORT, draft.words) | _child(draft) | {"absence_kind": "sick"}
    reported = _meant(draft)
    if "absence_date" in told or len(reported) != 1:
        return told
    first = draft.today + dt.timedelta(1) if days.lessons_are_over(draft) else draft.today
    day = days.next_school_day(draft.known.school, max(first, reported[0].day + dt.timedelta(1)))
    return {**told, "absence_date": day.isoformat()}


def _child(draft: Draft) -> dict[str, Value]:
    """The only child reported, or the one she names; where it may be one of two, she is asked."""
    reported = _meant(draft)
    if not reported:
        return {}
    one = reported[0]
    if len(reported) > 1:
        return actions.about(None)
    return actions.about(draft.child(one.child)) if one.known else {"child_text": one.child}


def _meant(draft: Draft) -> tuple[Absence, ...]:
    reported, named = absence.remembered(draft), draft.child_named
    return reported if named is None else tuple(one for one in reported if one.child == str(named.pupil_id))
