"""Words: the fresh translation or an honest word, values that stay what they are, choices that fit."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

import pytest

from bot.content.mind import ContentMind
from bot.content.phrases import Phrasebook, sentences_of
from bot.content.shipped import Edited, Shipped, load_shipped
from bot.core.mind import Mind, Words
from bot.messages import Choice
from bot.turn.types import Option, Rota, Say, School, SentenceRef, Weekdays
from db.base import MESSAGE_DAYS
from db.tables.media import MEDIA_DAYS
from db.types import ChannelName
from locales.catalogs import source_hash
from locales.languages import LANGUAGES
from nlu.port import Recogniser, Understood
from tests.content.conftest import DUTCH

PROMISE = dt.datetime(2026, 11, 26, 11, 0, tzinfo=dt.UTC)
WEB = ChannelName.WEB


def render(shipped: Shipped, say: Say, school: School, language: str = "nl", channel: ChannelName = WEB) -> Words:
    return Phrasebook(shipped).render(say, language=language, channel=channel, school=school, menu=7)


def text(shipped: Shipped, say: Say, school: School, language: str = "nl", channel: ChannelName = WEB) -> str:
    return render(shipped, say, school, language, channel).texts[0]


def test_dutch_is_filled_with_facts_and_values(small: Shipped, school: School) -> None:
    """A fact is shown by its type, a moment in the school's time."""
    said = [
        text(small, Say("utter_hours"), school),
        text(small, Say("utter_passed", {"person_name": "mevrouw De Wit", "promise": PROMISE}), school),
        text(small, Say("utter_days", {"days": Weekdays((4, 2))}), school),
        text(small, Say("utter_dated", {"day": dt.date(2026, 11, 12)}), school),
        text(small, Say("utter_dated", {"day": ["Elif", "Can"]}), school),
    ]
    assert said == [
        "De school is open van 08:00 uur. Bellen kan naar 030 000 01 00.",
        "Uw bericht is nu bij mevrouw De Wit. U hoort vóór donderdag 26 november, 12:00 uur iets.",
        "De mentor werkt niet op woensdag en vrijdag.",
        "Het is op donderdag 12 november.",
        "Het is op Elif en Can.",
    ]


def test_a_fresh_translation_is_said(small: Shipped, school: School) -> None:
    """In her language, dates included."""
    words = render(small, Say("utter_passed", {"person_name": "mevrouw De Wit", "promise": PROMISE}), school, "tr")
    assert words == Words(
        ("Mesajınız şimdi mevrouw De Wit yanında. 26 Kasım Perşembe 12:00 önce duyarsınız.",), (), "tr"
    )


@pytest.mark.parametrize("response", ["utter_hours", "utter_short"], ids=["stale", "missing"])
def test_what_is_not_ready_is_said_to_be_dutch(small: Shipped, school: School, response: str) -> None:
    """A stale translation is not shown, and Dutch never comes without a word in her language."""
    words = render(small, Say(response), school, "tr")
    assert words.texts[0] == f"Bu yalnızca Hollandaca.\n\n{text(small, Say(response), school)}"
    assert words.language == "nl"


def test_a_language_without_a_word_for_it_says_it_in_dutch(small: Shipped, school: School) -> None:
    """Arabic has no "only in Dutch" here, and there is no English: what there is, is said."""
    assert text(small, Say("utter_short"), school, "ar").startswith("School heeft dit alleen in het Nederlands.")


@pytest.mark.parametrize("language", ["am", "ary_Latn", "zh"])
def test_a_language_that_is_not_here_is_answered_all_the_same(small: Shipped, school: School, language: str) -> None:
    """Nothing breaks where a record holds a language that the line does not speak."""
    assert "Kort." in text(small, Say("utter_short"), school, language, ChannelName.SMS)


def test_a_sentence_that_cannot_be_filled_is_left_out(small: Shipped, school: School) -> None:
    """No bare curly brackets, no empty place: only what is known is said, and if that is nothing, so much."""
    bare = replace(school, facts={})
    said = [
        text(small, Say("utter_passed", {"person_name": "mevrouw De Wit", "promise": None}), bare),
        text(small, Say("utter_hours"), bare),
        text(small, Say("utter_passed"), bare, "ar"),
    ]
    assert said == ["Uw bericht is nu bij mevrouw De Wit.", "Dat weet ik nog niet.", "لا أعرف ذلك بعد."]


def test_facts_needed_are_known_beforehand(small: Shipped) -> None:
    """So that the turn offers a person instead."""
    assert Phrasebook(small).facts_needed("utter_hours") == {"office_open", "school_phone"}


HOSTILE = [
    "{0.__class__}",
    "{person_name}",
    "{promise}",
    "%s %(name)s %d",
    "{{}} }{",
    "\\1 \\g<0> $1",
    "x" * 20_000,
    "<b>&amp;</b>",
]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("language", ["nl", "tr"])
def test_what_people_type_stays_literal(small: Shipped, school: School, value: str, language: str) -> None:
    """A value is put in once, and never read as a blank, a format or a pattern."""
    words = render(small, Say("utter_passed", {"person_name": value, "promise": PROMISE}), school, language)
    assert value in "".join(words.texts)
    assert len(words.texts) == (6 if len(value) == 20_000 else 1)


def test_what_no_screen_shows_is_taken_out(small: Shipped, school: School) -> None:
    """An override would turn the rest of the sentence round; NUL and half characters cannot be stored or sent."""
    value = "El\u202eif\x00\ud800 \u2066\x1b[31mD"
    said = text(small, Say("utter_passed", {"person_name": value, "promise": PROMISE}), school)
    assert said.startswith("Uw bericht is nu bij Elif [31mD.")


def test_right_to_left_sentences_fence_off_latin_names(small: Shipped, school: School) -> None:
    """The name and the date keep their place."""
    said = text(small, Say("utter_passed", {"person_name": "mevrouw De Wit", "promise": PROMISE}), school, "ar")
    assert (
        said == "رسالتك عند \u2068mevrouw De Wit\u2069. الجواب قبل \u2068الخميس، 26 تشرين الثاني (نوفمبر)، 12:00\u2069."
    )


def test_choices_carry_their_menu_and_place(small: Shipped, school: School) -> None:
    """Titles are sentences or plain texts; a title without translation is Dutch, and said to be."""
    options = (
        Option("/yes", "utter_title_yes/0"),
        Option("/no", "utter_title_no/0"),
        Option("/c", "Elif {x}", plain=True),
    )
    words = render(small, Say("utter_passed", {"person_name": "Bo", "promise": PROMISE}, options), school, "tr")
    assert words.choices == (Choice("7.1", "evet"), Choice("7.2", "nee"), Choice("7.3", "Elif {x}"))
    assert words.texts[0].startswith("Bu yalnızca Hollandaca.\n\nMesajınız")


def test_without_buttons_choices_are_numbered(small: Shipped, school: School) -> None:
    """Digits work everywhere."""
    options = (Option("/yes", "utter_title_yes/0"), Option("/more", "utter_hours/0/b0"))
    words = render(small, Say("utter_short", {}, options), school, "nl", ChannelName.SMS)
    assert words == Words(("Kort.\n1 ja\n2 meer uren",), (), "nl")


def test_whatsapp_has_buttons_and_lists_that_open_with_her_word() -> None:
    """Two choices are buttons; seven stand behind a button that says menu in her language, if it is said there."""
    phrases = Phrasebook(load_shipped())
    school = School("College", "Europe/Amsterdam", {}, Rota((), None), {}, {})
    codes = [code for code in ("nl", "tr", "ar", "pl", "uk", "en") if code in phrases.languages]

    def words(count: int, language: str, channel: ChannelName = ChannelName.WHATSAPP) -> Words:
        options = tuple(Option(f"/language:{n}", f"taal {n}", plain=True) for n in range(count))
        say = Say("utter_anything_else", {}, options)
        return phrases.render(say, language=language, channel=channel, school=school, menu=3)

    assert len(codes) >= 6
    assert [words(2, code).opener for code in codes] == [""] * len(codes)
    openers = [words(7, code).opener for code in codes]
    assert all(openers)
    assert max(map(len, openers)) <= 20
    assert words(7, "nl").choices[6] == Choice("3.7", "taal 6")
    assert words(7, "nl", ChannelName.TELEGRAM).opener == ""
    assert words(11, "nl").choices == ()


def test_a_value_may_be_a_sentence_or_a_choice(small: Shipped, school: School) -> None:
    """Shown as their words, never as an id."""
    values: list[object] = [
        SentenceRef("utter_title_yes/0"),
        Option("/yes", "utter_title_yes/0"),
        Option("x", "Can", plain=True),
    ]
    said = [text(small, Say("utter_meant", {"choice": value}), school) for value in values]
    assert said == ["Bedoelt u: ja?", "Bedoelt u: ja?", "Bedoelt u: Can?"]


def test_a_response_that_nobody_wrote_is_a_fault_of_ours(small: Shipped, school: School) -> None:
    """It raises, and names it."""
    with pytest.raises(LookupError, match="utter_nothing"):
        render(small, Say("utter_nothing"), school)


def test_a_schools_own_words_come_first(small: Shipped, school: School) -> None:
    """Its Dutch makes the shipped translation stale; its own translation of that Dutch is fresh."""
    dutch = "Het bericht ligt bij {person_name}."
    overlay = {("utter_passed/0", "nl"): Edited(dutch, source_hash(dutch))}
    say = Say("utter_passed", {"person_name": "Bo", "promise": PROMISE})
    stale = Phrasebook(small, overlay).render(say, language="tr", channel=WEB, school=school, menu=1)
    overlay["utter_passed/0", "tr"] = Edited("Mesaj {person_name} yanında.", source_hash(dutch))
    fresh = Phrasebook(small, overlay).render(say, language="tr", channel=WEB, school=school, menu=1)
    assert stale.texts == ("Bu yalnızca Hollandaca.\n\nHet bericht ligt bij Bo.",)
    assert fresh.texts == ("Mesaj Bo yanında.",)


HOLIDAYS = {
    "nl": "De volgende vakantie is de Kerstvakantie:",
    "en": "The next holiday is the Christmas holiday (kerstvakantie):",
    "tr": "Sıradaki tatil: Noel tatili (kerstvakantie).",
    "ar": "العطلة القادمة هي \u2068عطلة عيد الميلاد (kerstvakantie)\u2069:",
    "pl": "Najbliższa przerwa szkolna to przerwa bożonarodzeniowa (kerstvakantie):",
    "uk": "Наступні канікули: різдвяні канікули (kerstvakantie).",
}


@pytest.mark.parametrize("language", HOLIDAYS)
def test_a_holiday_has_its_name_in_every_language(real: Shipped, language: str) -> None:
    """A school writes "Kerstvakantie"; a name that only it uses stays as it is."""
    dates = {"next_holiday_start": "2026-12-19", "next_holiday_end": "2027-01-03"}
    said = [
        text(
            real,
            Say("utter_ask_holidays"),
            School("V", "Europe/Amsterdam", {**dates, "next_holiday_name": name}, Rota((), None), {}, {}),
            language,
        )
        for name in ("Kerstvakantie", "sneeuwweek")
    ]
    assert said[0].startswith(HOLIDAYS[language])
    assert "sneeuwweek" in said[1]


def test_a_holiday_without_a_word_in_her_language_keeps_its_name(real: Shipped) -> None:
    """Changed Dutch makes the translation stale: then the school's own word is the honest one."""
    overlay = {("utter_holiday_may/0", "nl"): Edited("meireces", "x")}
    phrases = Phrasebook(real, overlay)
    assert [phrases.holiday(name, "tr") for name in ("meireces", "meivakantie")] == ["meireces", "meivakantie"]


def test_a_stale_edit_gives_way_to_a_fresh_shipped_sentence(small: Shipped) -> None:
    """After going back to the shipped Dutch its shipped translation counts again."""
    overlay = {("utter_passed/0", "tr"): Edited("Eski {person_name} {promise}", "0000")}
    found = Phrasebook(small, overlay).sentence("utter_passed/0", "tr")
    assert found is not None
    assert (found.text.startswith("Mesajınız"), found.fresh) == (True, True)
    assert source_hash(DUTCH["passed"]) == small.catalogues.translations["tr"]["utter_passed/0"].made_from


VALUES: list[object] = [
    None, "", "Elif", "{x}", "2026-11-12", "\x00", 3, 2.5, True, PROMISE, PROMISE.date(), PROMISE.time(),
    Weekdays(()), Weekdays((0, 6)), (), ("A", "B"), [None, 1], SentenceRef("utter_title_yes/0"),
    Option("x", "utter_title_no/0"), Option("x", "\u202e", plain=True), object(),
]  # fmt: skip


@pytest.mark.parametrize("language", [*LANGUAGES, "am", ""])
def test_no_shipped_response_ever_fails(real: Shipped, language: str) -> None:
    """Any value in any blank, any options, with and without facts, on any channel: words, and no bare blanks."""
    chance = random.Random(language)
    phrases = Phrasebook(real)
    names = sorted(real.book.domain.slots.keys() | real.facts.keys() | {"text", "count", "choice", "promise"})
    titles = [name for name in real.book.domain.responses if name.startswith("utter_title_")]
    assert len(real.book.domain.responses) > 100
    for response in real.book.domain.responses:
        values = {name: chance.choice(VALUES) for name in names}
        facts = {name: chance.choice([fact.example, "", "{x}", "12"]) for name, fact in real.facts.items()}
        school = School("Voorbeeldcollege", "Europe/Amsterdam", facts, Rota((), None), {}, {})
        options = tuple(Option("/x", f"{chance.choice(titles)}/0") for _ in range(chance.randrange(12)))
        channel = chance.choice(list(ChannelName))
        words = phrases.render(
            Say(response, values, options), language=language, channel=channel, school=school, menu=9
        )
        assert words.texts
        assert all(part.strip() for part in words.texts)
        assert words.language in {language, "nl", "en", "ary"}


class Deaf:
    """A recogniser that is never asked."""

    name = "deaf"

    def understand(self, text: str, *, known_language: str | None = None) -> Understood:
        raise NotImplementedError


def test_a_mind_is_what_the_core_asks_for(small: Shipped) -> None:
    """The type checker reads this; danger is found by the word lists."""
    engine: Recogniser = Deaf()
    mind: Mind = ContentMind(Phrasebook(small), engine, 3)
    assert (mind.revision, mind.scan("hallo")) == (3, None)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("От {start} ч. до {end} ч. Адресът е {address}.", ["От {start} ч. до {end} ч. ", "Адресът е {address}."]),
        ("Eén. Twee! Drie?\nvier", ["Eén. ", "Twee! ", "Drie?\n", "vier"]),
        ("一。二！三", ["一。", "二！", "三"]),
    ],
)
def test_an_abbreviation_ends_no_sentence(text: str, sentences: list[str]) -> None:
    """What a missing fact leaves out is a whole sentence, never half of one."""
    assert sentences_of(text) == sentences


def test_parents_are_told_the_days_that_words_are_really_kept() -> None:
    """In every language, and as the nightly purge has them."""
    phrases = Phrasebook(load_shipped())
    told = {code: phrases.sentence("utter_privacy_kept/0", code) for code in phrases.languages}
    assert len(told) > 15
    assert [code for code, said in told.items() if not said or str(MESSAGE_DAYS) not in said.text] == []
    assert [code for code, said in told.items() if not said or str(MEDIA_DAYS) not in said.text] == []
