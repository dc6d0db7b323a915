"""Guessing the language."""

from __future__ import annotations

import pytest

from nlu.embedded import EmbeddedRecogniser
from nlu.language import OTHER
from tests.nlu.conftest import lines


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("mijn dochter is morgen later op school", "nl"),
        ("my daughter will be late at school tomorrow", "en"),
        ("kizim yarin okula gec gelecek", "tr"),  # without diacritics
        ("لو سمحتم بدي أعرف إيمتى بيبلش الدوام بالمدرسة", "ar"),
        ("corka spozni sie jutro do szkoly", "pl"),
        ("донька завтра запізниться до школи", "uk"),
        ("коли буде ouderavond у класі mijn zoon", "uk"),  # Dutch school words inside
        ("o meu filho está doente hoje e não vai à escola", "other"),
        ("wiilkaygu waa jiran yahay maanta", "so"),
        ("пожалуйста скажите когда вы будете на собрании", "ru"),
        ("پسرم امروز مریض است و به مدرسه نمی آید", "fa"),
        ("ወደይ ሎሚ ሓሚሙ ስለዘሎ ናብ ቤት ትምህርቲ ኣይክመጽእን", "ti"),
        ("ወላጆች ስብሰባ መቼ እንደሆነ ሊነግሩኝ ይችላሉ", "other"),  # Amharic is not Tigrinya
        ("Ο γιος μου είναι άρρωστος σήμερα", "other"),
    ],
)
def test_a_sentence_surely_has_its_language(recogniser: EmbeddedRecogniser, text: str, language: str) -> None:
    """Languages without examples are `other`, surely: the parent gets the list of languages."""
    guess = recogniser.understand(text).language

    assert (language, True) == (guess.language, guess.sure)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("بنتي رح تتأخر بكرا عن المدرسة", "ar"),  # might be Moroccan
        ("ولدي غادي يتعطل غدا شوية فالمدرسة", "ary"),
        ("bghit nhdr m3a lmo3allima dyal wldi", "ary"),
        ("sinat mi shte zakusnee utre za uchilishte", "bg"),  # in Latin letters
        ("dusterim bugun mekteba", "tr"),
        ("wedey lomi hamimu nab temherti aymetsan eyu", "ti"),
        ("打扰了，我儿子今天发烧不能来上课", "zh"),
        ("想請問今年聖誕假期由幾多號放到幾多號？", "zh"),  # Cantonese
        ("terugbellen bitte", "de"),  # a Dutch school word is of all languages
        ("open dag ne zaman", "tr"),
    ],
)
def test_a_sentence_is_guessed_in_either_script_and_with_dutch_words(
    recogniser: EmbeddedRecogniser, text: str, language: str
) -> None:
    """Each script of a language counts by itself; words that all parents say tell nothing."""
    assert language == recogniser.understand(text).language.language


def test_japanese_is_not_chinese(recogniser: EmbeddedRecogniser) -> None:
    """Chinese signs with Japanese letters between them."""
    assert recogniser.understand("息子は今日学校を休みます").language.language == OTHER


def test_languages_that_are_not_ours_are_known_for_what_they_are(recogniser: EmbeddedRecogniser) -> None:
    """Short texts in over thirty other languages; never surely taken for one of ours."""
    guesses = [recogniser.understand(line["text"]).language for line in lines("other.jsonl")]
    surely_wrong = [guess for guess in guesses if guess.sure and guess.language != OTHER]

    assert len(guesses) >= 40
    assert not surely_wrong
    assert sum(guess.language == OTHER for guess in guesses) / len(guesses) >= 0.85


@pytest.mark.parametrize(
    "text",
    [
        *("ok", "ja", "merhaba", "dziękuję", "2B", "H3a", "1kader", "0612345678", "👍", "112", "Magister", "Somtoday"),
        *("Fatma Demir Yılmaz", "Jan Kowalski", "Mohammed El Amrani", "Oleksandr Shevchenko", "Anna de Vries Jansen"),
    ],
)
def test_names_codes_and_short_words_are_never_sure(recogniser: EmbeddedRecogniser, text: str) -> None:
    """Nothing that people write in any language switches the language of a conversation."""
    assert not recogniser.understand(text).language.sure


def test_what_is_known_of_the_parent_decides_where_the_text_does_not(recogniser: EmbeddedRecogniser) -> None:
    """A digit, or a word of two languages, is in the language that the parent writes."""
    assert recogniser.understand("2", known_language="pl").language.language == "pl"
    assert recogniser.understand("mentor?", known_language="tr").language.language == "tr"
    assert recogniser.understand("2").language.language == "nl"


def test_an_unknown_code_does_no_harm(recogniser: EmbeddedRecogniser) -> None:
    """A language that we knew once, or never."""
    assert recogniser.understand("mijn zoon is ziek vandaag", known_language="xx").language.language == "nl"
