"""What parents ask most: each question gets the answer that a school gives, at once or after one tap (docs/questions.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from bot.turn.memory import Remembered
from bot.turn.sentences import needs
from bot.turn.types import Outcome, Say
from db.types import ChannelName, InboundKind
from nlu.port import Decision
from tests.turn.replay import real_engine
from tests.turn.scene import ELIF, ROOT, Phone, Script, book, facts, mind, scripted

PAGE = (ROOT / "docs" / "questions.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\|[^|]*\|[^|]*\| `(utter_\w+)` \|[^|]*\|([^|]*)\|$", re.MULTILINE)
_MOST_TAPS = 1
_ABSENCE, _LEAVE = "utter_more_report_absence", "utter_more_request_leave"

# The question, the answer, and what stands in it at the demo school.
QUESTIONS = (
    ("op welke manier moet ik mijn dochter ziek melden?", _ABSENCE, "Dat kan hier"),
    ("tot welk uur kan ik een ziekmelding doen?", _ABSENCE, "08:15"),
    ("Moet je iedere ziektedag weer afmelden?", _ABSENCE, "elke ziektedag opnieuw"),
    ("Ze is maandag nog steeds ziek, moet ik weer ziekmelden?", _ABSENCE, "elke ziektedag opnieuw"),
    ("moet ik beter melden als hij weer naar school gaat?", _ABSENCE, "Meld dat ook"),
    ("kan ziekmelden ook zonder telefoon, gewoon via dit nummer?", _ABSENCE, "Dat kan hier"),
    ("Mijn dochter is ziek geworden op school, mag ze naar huis?", _ABSENCE, "samen spreekt u af"),
    ("mijn dochter moet naar de tandarts onder schooltijd, hoe meld ik dat?", _ABSENCE, "Meld het vooraf"),
    ("mijn zoon is later, hij zit bij de huisarts", "report_absence", ""),
    ("hoe kan ik verlof aanvragen voor mijn zoon?", _LEAVE, "14 dagen vooraf"),
    ("krijgt mijn dochter vrij met het Offerfeest?", _LEAVE, "2 dagen vooraf"),
    ("mogen we twee dagen eerder op vakantie vertrekken?", _LEAVE, "bijna nooit"),
    ("mijn broer trouwt, mag mijn zoon vrij?", _LEAVE, "bruiloft"),
    ("waar staat het rooster van mijn dochter?", "utter_ask_timetable", "Magister"),
    ("waar kan ik zien of er lessen uitvallen?", "utter_ask_timetable", "uitvalt"),
    ("hoe laat beginnen de lessen?", "utter_ask_school_hours", "08:30"),
    ("hoe laat is mijn zoon klaar met school?", "utter_ask_school_hours", "16:00"),
    ("hoeveel minuten duurt een lesuur?", "utter_more_breaks", "50 minuten"),
    ("hoe laat is het pauze?", "utter_more_breaks", "10:10-10:30"),
    ("mag ze in de pauze van het schoolplein af?", "utter_more_leaving", "vanaf klas 3"),
    ("wanneer hebben jullie meivakantie?", "utter_more_holiday", "zaterdag 24 april"),
    ("Welke week is de herfst vakantie?", "utter_more_holiday", "zaterdag 17 oktober"),
    ("is de school open op goede vrijdag?", "utter_more_days_off", "vrijdag 26 maart"),
    ("mag mijn zoon zijn telefoon bij zich hebben op school?", "utter_more_phones", "mag de telefoon meenemen"),
    ("haar telefoon is afgepakt in de les, hoe laat kan ze hem ophalen?", "utter_ask_school_rules", "16:00"),
    ("haar gymtas ligt ergens op school, waar zijn de gevonden spullen?", "utter_more_lost_things", "conciërge"),
    ("ik weet het wachtwoord van Magister niet meer", "utter_ask_portal_login", "wachtwoord vergeten"),
    ("mijn dochter is 18 geworden en nu zie ik haar cijfers niet", "utter_more_at_18", "beslist uw kind zelf"),
    ("kan ik een docent een mail sturen?", "utter_more_teachers", "info@voorbeeldcollege.example"),
    ("met wie praat ik over hoe het met mijn zoon gaat op school?", "utter_mentor_role", "mentor"),
    ("wanneer zijn de 10-minutengesprekken?", "utter_more_short_talks", "8 december"),
    ("ben ik verplicht de ouderbijdrage te betalen?", "utter_ask_school_costs", "vrijwillig"),
    ("moet ik de boeken zelf betalen?", "utter_more_own_costs", "De schoolboeken betaalt school"),
    ("mijn dochter heeft elke dag medicijnen nodig op school", "utter_more_medicines", "veilig bewaren"),
    ("mag hij naar huis als hij zich niet goed voelt?", _ABSENCE, "samen spreekt u af"),
)


def one_child(**changed: str) -> Phone:
    """A parent of one child; `changed` are facts that her school has filled in otherwise."""
    phone = Phone(real_engine())
    school = replace(phone.known.school, facts={**facts(), **changed})
    phone.known = replace(phone.known, children=(ELIF,), school=school)
    return phone


def texts(phone: Phone, outcome: Outcome) -> Mapping[str, str]:
    """What she reads in Dutch, by its response."""
    school, render = phone.known.school, mind().phrases.render
    says = [event for event in outcome.events if isinstance(event, Say)]
    words = [render(say, language="nl", channel=ChannelName.WEB, school=school, menu=1) for say in says]
    return {say.response: " ".join(said.texts) for say, said in zip(says, words, strict=True)}


def payloads(outcome: Outcome) -> list[str]:
    """What the choices under the last words mean."""
    shown = [event.options for event in outcome.events if isinstance(event, Say) and event.options]
    return [option.payload for option in shown[-1]] if shown else []


def read(phone: Phone, outcome: Outcome, taps: int) -> Iterator[tuple[str, str]]:
    """All that she can read with so many taps, and which flow is then open; choosing what she meant is not counted."""
    yield from texts(phone, outcome).items()
    yield str(outcome.trace["flow"]), ""
    guesses = "utter_not_understood" in texts(phone, outcome)
    if not taps and not guesses:
        return
    before = phone.known
    number = Remembered.unpack(before.memory).menu_number
    for position, payload in enumerate(payloads(outcome), 1):
        if payload != "/person":
            phone.known = before
            after = phone.write(kind=InboundKind.BUTTON, button=f"{number}.{position}")
            yield from read(phone, after, taps if guesses else taps - 1)


@pytest.mark.parametrize(("question", "answer", "excerpt"), QUESTIONS, ids=[question for question, *_ in QUESTIONS])
def test_a_question_is_answered(question: str, answer: str, excerpt: str) -> None:
    """With the shipped n-gram engine and content: at once, or after one tap on what is offered."""
    phone = one_child()
    found = [text for name, text in read(phone, phone.write(question), _MOST_TAPS) if name == answer]

    assert found
    assert excerpt in found[0]


def test_there_are_35() -> None:
    """As many as were collected from schools."""
    assert len({question for question, *_ in QUESTIONS}) == 35


@pytest.mark.parametrize(
    ("language", "question", "day"),
    [
        ("nl", "mei vakantie wanneer", "2027-04-24"),
        ("tr", "mayıs tatili ne zaman?", "2027-04-24"),
        ("tr", "meivakantie ne zaman", "2027-04-24"),
        ("pl", "Kiedy jest przerwa majowa?", "2027-04-24"),
        ("ar", "متى عطلة الخريف؟", "2026-10-17"),
    ],
)
def test_a_holiday_is_known_by_its_name(language: str, question: str, day: str) -> None:
    """In her language, or in Dutch, as it stands in the school's letters."""
    phone = Phone(Script({question: scripted("ask_holidays", language=language)}))
    phone.known = replace(phone.known, memory=Remembered(introduced=True, language=language).pack())
    said = [event for event in phone.write(question).events if isinstance(event, Say)]

    assert [(event.response, event.values["next_holiday_start"]) for event in said] == [("utter_more_holiday", day)]


def test_a_holiday_whose_days_nobody_knows() -> None:
    """Then she hears of the next one, and where all of them stand."""
    phone = one_child(meivakantie_start="")
    said = texts(phone, phone.write("Wanneer is de meivakantie?"))

    assert list(said) == ["utter_ask_holidays"]


def test_a_later_sentence_without_its_fact_is_left_out() -> None:
    """The rest is said, and a person is offered beside it."""
    phone = one_child(phone_return_time="")
    outcome = phone.write("wat zijn de schoolregels")

    assert "16:00" not in texts(phone, outcome)["utter_ask_school_rules"]
    assert "De telefoon mag niet in de les." in texts(phone, outcome)["utter_ask_school_rules"]
    assert payloads(outcome)[-1] == "/person"


def test_without_its_first_sentence_there_is_no_answer() -> None:
    """It is what she asked: that the school has not said it is told, and a person is offered."""
    phone = one_child(parents_evening_date="")
    outcome = phone.write("wanneer is de ouderavond?")

    assert list(texts(phone, outcome)) == ["utter_fact_unknown"]


@pytest.mark.parametrize(("text", "told"), [("mijn zoon is ziek", False), ("كيف أبلغ أن ابني مريض؟", True)])
def test_an_errand_is_explained_to_who_asks(text: str, told: bool) -> None:  # noqa: FBT001 - a table
    """By the question mark of her script; who just reports is not held up."""
    phone = Phone(Script({text: scripted("report_absence")}))
    phone.known = replace(phone.known, children=(ELIF,))
    outcome = phone.write(text)

    assert (_ABSENCE in texts(phone, outcome), outcome.trace["flow"]) == (told, "report_absence")


def test_an_errand_is_explained_to_who_chose_it_among_guesses() -> None:
    """Her words were not clear: they may have been a question."""
    guess = scripted("report_absence", decision=Decision.OFFER, others=("ask_school_hours",))
    phone = Phone(Script({"ziekte van mijn zoon": guess}))
    phone.known = replace(phone.known, children=(ELIF,))
    phone.write("ziekte van mijn zoon")

    assert _ABSENCE in texts(phone, phone.write("1"))


def test_the_page_tells_the_facts_of_each_answer() -> None:
    """The table of docs/questions.md: every answer of the line, and the school's facts that stand in it."""
    listed = {name: set(re.findall(r"`(\w+)`", cell)) for name, cell in _ROW.findall(PAGE)}
    said = book().domain.responses
    wanted = {name for name in said if name.startswith("utter_more_")} | {
        f"utter_{name.removeprefix('utter_title_')}" for name in said if name.startswith("utter_title_ask_")
    }

    assert wanted <= set(listed)
    assert {name: set(needs(book(), name)) & set(facts()) for name in listed} == listed
