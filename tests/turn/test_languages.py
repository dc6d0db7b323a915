"""The ladder of languages: a guess is confirmed, a choice is locked, an explicit request always counts."""

from __future__ import annotations

from dataclasses import replace

from bot.turn.memory import Remembered, conversation_language
from bot.turn.types import Say
from nlu.port import LanguageGuess
from tests.turn.scene import FATMA, Phone, Script, scripted


def _write(phone: Phone, language: str, confidence: float, *, sure: bool) -> list[str]:
    understood = replace(scripted("ask_holidays"), language=LanguageGuess(language, confidence, sure=sure))
    phone.recogniser = Script({"...": understood})
    return [event.response for event in phone.write("...").events if isinstance(event, Say)]


def _language(phone: Phone) -> str:
    return conversation_language(phone.known.memory)


def test_a_first_guess_is_used_at_first_contact() -> None:
    """Somebody who writes her first words in Polish is not met in Dutch."""
    phone = Phone()
    phone.new()
    _write(phone, "pl", 0.6, sure=False)
    assert _language(phone) == "pl"


def test_the_record_beats_an_unsure_guess() -> None:
    """What the school knows of her is better than a guess from a greeting."""
    phone = Phone()
    phone.new()
    phone.known = replace(phone.known, guardian=replace(FATMA, language="tr"))
    _write(phone, "pl", 0.6, sure=False)
    assert _language(phone) == "tr"


def test_an_unsure_text_never_switches() -> None:
    """Short texts, names and numbers look like any language."""
    phone = Phone()
    phone.known = replace(phone.known, memory=Remembered(introduced=True, language="ar").pack())
    said = _write(phone, "nl", 0.95, sure=False)
    assert _language(phone) == "ar"
    assert "utter_language_set" not in said


def test_a_sure_text_switches_and_says_so() -> None:
    """She writes another language: she is followed, and told how to go back."""
    phone = Phone()
    phone.known = replace(phone.known, memory=Remembered(introduced=True, language="ar").pack())
    said = _write(phone, "en", 0.95, sure=True)
    assert _language(phone) == "en"
    assert said[0] == "utter_language_set"


def test_a_locked_language_stays() -> None:
    """A choice is a choice: a child's Dutch message on the mother's phone changes nothing."""
    phone = Phone()
    phone.write("Türkçe")
    said = _write(phone, "nl", 0.99, sure=True)
    assert _language(phone) == "tr"
    assert "utter_language_set" not in said


def test_an_explicit_word_always_changes() -> None:
    """One word, in any language."""
    phone = Phone()
    phone.write("Türkçe")
    phone.write("Arabisch")
    assert _language(phone) == "ar"


def test_a_language_that_is_not_here_changes_nothing() -> None:
    """It is said in several languages, and a person with an interpreter is offered."""
    phone = Phone()
    outcome = phone.write("Soomaali")
    says = [event for event in outcome.events if isinstance(event, Say)]
    assert [say.language for say in says] == ["nl", "en", "ar"]
    assert [option.payload for option in says[-1].options] == ["/pass_on:interpreter"]
    assert _language(phone) == "nl"


def test_moroccan_is_read_in_the_script_it_is_written_in() -> None:
    """Latin letters bring Latin letters; three letters, a digit or a tap change nothing, Arabic letters do."""
    phone = Phone()
    phone.known = replace(phone.known, memory=Remembered(introduced=True, language="ary").pack())
    read = []
    for text in ("chkoun howa l'mentor dyal Amin", "1", "ok", "شكون هو المونتور ديال أمين", "wakha safi chokran"):
        phone.write(text)
        read.append(_language(phone))
    assert read == ["ary_Latn", "ary_Latn", "ary_Latn", "ary", "ary_Latn"]


def test_another_language_leaves_the_script_behind() -> None:
    """Dutch is not read as Moroccan."""
    phone = Phone()
    memory = Remembered(introduced=True, language="ary", read_language="ary_Latn")
    phone.known = replace(phone.known, memory=memory.pack())
    _write(phone, "nl", 0.99, sure=True)
    assert _language(phone) == "nl"


def test_a_language_that_school_set_for_reading_stays() -> None:
    """She speaks Moroccan and reads French: so the school wrote down."""
    phone = Phone()
    phone.known = replace(phone.known, memory=Remembered(introduced=True, language="ary", read_language="fr").pack())
    phone.write("chkoun howa l'mentor dyal Amin")
    assert _language(phone) == "fr"
