"""What parents write of an absence and of a mistake, in every language of the line."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.turn import said
from locales.languages import LANGUAGES

MONDAY = dt.date(2026, 11, 23)
SPOKEN = sorted(code for code, language in LANGUAGES.items() if language.script_of is None)
STILL = {
    "nl": "Elif is nog steeds ziek",
    "en": "she is still sick",
    "tr": "kızım hâlâ hasta",
    "ar": "ابني لسا مريض",
    "ary": "weldi ba9i mrid",
    "pl": "syn jest nadal chory",
    "uk": "син ще хворіє",
    "ru": "сын ещё болеет",
    "fa": "پسرم هنوز مریض است",
    "so": "wiilkaygu weli waa jiran yahay",
    "ti": "ወደይ ገና ሓሚሙ ኣሎ",
    "es": "mi hijo sigue enfermo",
    "fr": "il est encore malade",
    "de": "er ist immer noch krank",
    "ro": "este încă bolnav",
    "bg": "още е болен",
    "zh": "孩子还在生病",
    "pap": "mi yu ainda ta malu",
}
NOT_ILL_BUT_LATE = {
    "nl": "niet ziek maar te laat",
    "en": "not sick but late",
    "tr": "hasta değil, geç kalacak",
    "ar": "ليس مريضا بل متأخر",
    "ary": "machi mrid, m3etel",
    "pl": "nie jest chory, tylko spóźni się",
    "uk": "не хворий, а запізниться",
    "ru": "не болен, а опоздает",
    "fa": "مریض نیست، دیر می‌آید",
    "so": "ma jirana, daahay",
    "ti": "ሓሚሙ ኣይኮነን፣ ደንጉዩ",
    "es": "no está enfermo sino que llega tarde",
    "fr": "pas malade, mais en retard",
    "de": "nicht krank, sondern verspätet",
    "ro": "nu e bolnav, ci întârzie",
    "bg": "не е болен, а закъснява",
    "zh": "不是生病，是迟到",
    "pap": "no ta malu, ma lat",
}
NO_TOMORROW = {
    "nl": "nee, morgen",
    "en": "no, tomorrow",
    "tr": "hayır, yarın",
    "ar": "لا، غدا",
    "ary": "la, ghedda",
    "pl": "nie, jutro",
    "uk": "ні, завтра",
    "ru": "нет, завтра",
    "fa": "نه، فردا",
    "so": "maya, berri",
    "ti": "ኣይፋልን፣ ጽባሕ",
    "es": "no, mañana",
    "fr": "non, demain",
    "de": "nein, morgen",
    "ro": "nu, mâine",
    "bg": "не, утре",
    "zh": "不是，明天",
    "pap": "nò, mañan",
}


@pytest.mark.parametrize("told", [STILL, NOT_ILL_BUT_LATE, NO_TOMORROW])
def test_every_language_is_tried(told: dict[str, str]) -> None:
    """None is forgotten."""
    assert sorted(told) == SPOKEN


@pytest.mark.parametrize("language", SPOKEN)
def test_still_sick(language: str) -> None:
    """Still sick is no recovery, and an illness."""
    assert said.says("still", STILL[language], language)
    assert not said.says("better", STILL[language], language)
    assert said.why_away(STILL[language], language) == "sick"


@pytest.mark.parametrize("kind", ["sick", "late", "doctor", "better"])
@pytest.mark.parametrize("language", SPOKEN)
def test_each_phrase_says_what_it_stands_for(kind: str, language: str) -> None:
    """A phrase alone is read as its kind and, but for a recovery that names the illness, as no other."""
    phrases = said._data()[kind][language]
    assert phrases
    for phrase in phrases:
        assert said.says(kind, phrase, language), phrase
        assert kind == "better" or said.why_away(phrase, language) == kind, phrase
        assert not said.says("still", phrase, language), phrase


@pytest.mark.parametrize("language", SPOKEN)
def test_not_ill_but_late(language: str) -> None:
    """What is denied is not the reason."""
    assert said.why_away(NOT_ILL_BUT_LATE[language], language) == "late"
    assert said.takes_back(NOT_ILL_BUT_LATE[language], language)


@pytest.mark.parametrize("language", SPOKEN)
def test_no_tomorrow(language: str) -> None:
    """A no before something else takes back."""
    assert said.takes_back(NO_TOMORROW[language], language)


def test_sorry_before_it() -> None:
    """An apology may come first, where a "but" follows."""
    assert said.takes_back("sorry, niet ziek maar te laat", "nl")


@pytest.mark.parametrize("text", ["morgen", "ja, morgen", "Elif is ziek", "dat is goed", "hij kan morgen niet komen"])
def test_takes_nothing_back(text: str) -> None:
    """Without a no it does not."""
    assert not said.takes_back(text, "nl")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Elif is ziek en gaat naar de dokter", None),
        ("hij kan niet komen, ziek", "sick"),
        ("het ziekenhuisje van de poppen", None),
        ("geen koorts meer, wel te laat", "late"),
        ("Elif komt niet", None),
    ],
)
def test_why_away(text: str, why: str | None) -> None:
    """One clear reason, as whole words; two are none."""
    assert said.why_away(text, "nl") == why


@pytest.mark.parametrize(
    ("text", "language", "days"),
    [
        ("van maandag tot en met woensdag", "nl", (23, 25)),
        ("с понедельника по среду", "ru", (23, 25)),
        ("od wtorku do czwartku", "pl", (24, 26)),
        ("ካብ ሰሉስ ክሳብ ሓሙስ", "ti", (24, 26)),
        ("desde el martes hasta el jueves", "es", (24, 26)),
        ("من الثلاثاء إلى الخميس", "ar", (24, 26)),
        ("24-11 t/m 26-11", "nl", (24, 26)),
        ("24 tot 26 november", "nl", (24, 26)),
        ("24-11 - 26-11", "tr", (24, 26)),
        ("from monday to wednesday", "en", (23, 25)),
        ("du lundi au mercredi", "fr", (23, 25)),
        ("von Montag bis Mittwoch", "de", (23, 25)),
        ("sinds dinsdag ziek, tot donderdag", "nl", None),
        ("since tuesday until thursday", "en", None),
        ("منذ الثلاثاء إلى الخميس", "ar", None),
        ("vandaag tot 17 uur", "nl", None),
        ("maandag en woensdag", "nl", None),
        ("woensdag tot dinsdag", "nl", None),
        ("morgen", "nl", None),
    ],
)
def test_a_stretch_of_days(text: str, language: str, days: tuple[int, int] | None) -> None:
    """From one day to a later one; an hour is no day, two days are no stretch, and "since" is over."""
    found = said.stretch(text, language, MONDAY)
    assert (tuple(day.day for day in found) if found else None) == days
