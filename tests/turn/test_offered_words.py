"""What a sentence tells her to write is understood as that, in every language that is shipped and in every state."""

from __future__ import annotations

import re

import pytest

from bot.content.shipped import load_shipped, texts
from bot.turn.said import says
from bot.turn.words import Command, _data, command, exact
from locales.catalogs import Catalogues
from locales.languages import LANGUAGES, SOURCE, shipped
from nlu.entities import read_yes_no
from nlu.text import fold

WRITE = re.compile(r"[Ss]chrijf:? (mens|menu|taal|start|stop|ja)\b")
"""How a Dutch sentence offers a word."""
MEANS = {
    "mens": Command.PERSON,
    "menu": Command.MENU,
    "taal": Command.LANGUAGE,
    "start": Command.START,
    "stop": Command.STOP,
}
OFFERED = {
    "nl": {"mens": "mens", "menu": "menu", "taal": "taal", "start": "start", "stop": "stop", "ja": "ja"},
    "en": {"mens": "person", "menu": "menu", "taal": "language", "start": "start", "stop": "stop", "ja": "yes"},
    "tr": {"mens": "insan", "menu": "menü", "taal": "dil", "start": "başla", "stop": "dur", "ja": "evet"},
    "ar": {"mens": "موظف", "menu": "قائمة", "taal": "لغة", "start": "ابدأ", "stop": "توقف", "ja": "نعم"},
    "ary": {"mens": "إنسان", "menu": "قائمة", "taal": "لغة", "start": "ابدأ", "stop": "توقف", "ja": "إيه"},
    "ary_Latn": {"mens": "insan", "menu": "menu", "taal": "taal", "start": "start", "stop": "stop", "ja": "iyeh"},
    "pl": {"mens": "człowiek", "menu": "menu", "taal": "język", "start": "start", "stop": "stop", "ja": "tak"},
    "uk": {"mens": "людина", "menu": "меню", "taal": "мова", "start": "старт", "stop": "стоп", "ja": "так"},
    "ru": {"mens": "человек", "menu": "меню", "taal": "язык", "start": "старт", "stop": "стоп", "ja": "да"},
    "fa": {"mens": "انسان", "menu": "منو", "taal": "زبان", "start": "شروع", "stop": "توقف", "ja": "بله"},
    "so": {"mens": "qof", "menu": "menu", "taal": "luqad", "start": "start", "stop": "stop", "ja": "haa"},
    "ti": {"mens": "ሰብ", "menu": "ዝርዝር", "taal": "ቋንቋ", "start": "ጀምሩ", "stop": "ደው ኣብሉ", "ja": "እወ"},
    "es": {"mens": "persona", "menu": "menú", "taal": "idioma", "start": "start", "stop": "stop", "ja": "sí"},
    "fr": {"mens": "humain", "menu": "menu", "taal": "langue", "start": "start", "stop": "stop", "ja": "oui"},
    "de": {"mens": "Mensch", "menu": "Menü", "taal": "Sprache", "start": "Start", "stop": "Stop", "ja": "ja"},
    "ro": {"mens": "om", "menu": "meniu", "taal": "limba", "start": "start", "stop": "stop", "ja": "da"},
    "bg": {"mens": "човек", "menu": "меню", "taal": "език", "start": "старт", "stop": "стоп", "ja": "да"},
    "zh": {"mens": "真人", "menu": "菜单", "taal": "语言", "start": "开始", "stop": "停止", "ja": "好"},
    "pap": {"mens": "hende", "menu": "menu", "taal": "idioma", "start": "start", "stop": "stop", "ja": "sí"},
}

OWN_VERB = {"zh": {"要": "不要", "可以": "不可以", "愿意": "不愿意"}}
"""Where a question is answered with its own verb rather than with a yes or no, a sentence may offer these two instead."""


def not_offered(language: str, catalogues: Catalogues, dutch: dict[str, str]) -> list[str]:
    """The sentences that should offer a word of the table and do not have it as a word of its own."""
    lacking = []
    for context, text in dutch.items():
        for word in WRITE.findall(text):
            said = catalogues.sentence(context, language, text)
            offered = re.escape(fold(OFFERED[language][word]))
            verbs = OWN_VERB.get(language, {}) if word == "ja" else {}
            if said and any(f"“{yes}”或“{no}”" in said.text for yes, no in verbs.items()):
                continue
            if said and not re.search(rf"(?<!\w){offered}(?!\w)", fold(said.text)):
                lacking.append(context)
    return lacking


def test_the_table_knows_every_language_and_the_sentences_offer_every_word() -> None:
    """A new language brings its words; a pattern that finds nothing proves nothing."""
    found = [word for text in texts(load_shipped().book).values() for word in WRITE.findall(text)]

    assert list(LANGUAGES) == list(OFFERED)
    assert set(OFFERED[SOURCE]) == {*found}
    assert len(found) >= 15


@pytest.mark.parametrize("language", shipped())
def test_a_sentence_offers_what_the_table_says(language: str) -> None:
    """Where Dutch says `schrijf: mens`, the translation has her word for it."""
    content = load_shipped()

    assert not_offered(language, content.catalogues, texts(content.book)) == []


@pytest.mark.parametrize("language", OFFERED)
def test_an_offered_word_is_understood(language: str) -> None:
    """Whether a flow is open or not, by SMS or not; and her yes to a knock is a yes."""
    for word, meant in MEANS.items():
        said = OFFERED[language][word]
        for in_flow in (False, True):
            assert command(f"{said}!", in_flow=in_flow, sms=in_flow) is meant
    assert read_yes_no(OFFERED[language]["ja"], language) is True
    for yes, no in OWN_VERB.get(language, {}).items():
        assert (read_yes_no(yes, language), read_yes_no(f"{no}。", language)) == (True, False)


@pytest.mark.parametrize("language", shipped())
def test_what_a_parent_is_told_to_write_is_read_as_still_ill(language: str) -> None:
    """The last words of the answer to "she is ill", each of them."""
    content = load_shipped()
    context = "utter_absence_done_sick/0"
    said = content.catalogues.sentence(context, language, texts(content.book)[context])
    assert said is not None
    offered = re.split(r"[:：፦]", said.text)
    last = (
        [text for text in offered[-2:] if "?" not in text and "؟" not in text] if "،" in offered[-2] else offered[-1:]
    )
    for phrase in last:
        assert says("still", phrase.strip(" .。።"), language), phrase


def test_no_command_is_a_yes_or_a_no() -> None:
    """A question is open when she says no. Known: Dutch `toch niet`; Arabic `ابدأ` (start) is `أبدا` (never) without its hamza."""
    words = {exact(word) for kind in Command for listed in _data()[kind.value].values() for word in listed}
    languages = dict.fromkeys(code.partition("_")[0] for code in LANGUAGES)
    answers = {word for word in words for language in languages if read_yes_no(word, language) is not None}

    assert answers == {"toch niet", exact("ابدأ")}
