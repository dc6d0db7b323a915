"""Said otherwise and the same: turns of speech, kinds of clock, numerals and names; beside each, one that is not the same."""

from __future__ import annotations

import pytest

from bot.translation.checking import Kind, check
from bot.translation.turns import _data
from locales.languages import spoken


@pytest.mark.parametrize(
    ("before", "source", "right", "wrong", "target"),
    [
        ("Waarom komt u niet even langs?", "nl", "Do come by!", "Why are you coming by?", "en"),
        ("Waarom probeert u het niet nog een keer?", "nl", "¿Y si lo intenta otra vez?", "¿Por qué lo intenta?", "es"),
        ("De ce nu ne vedem online?", "ro", "Zullen we online afspreken?", "Waarom zien we elkaar online?", "nl"),
        (
            "Maria heeft niet alleen goed gewerkt.",
            "nl",
            "Освен това Мария работи добре.",
            "Само Мария работи добре.",
            "bg",
        ),
        ("Niet alleen Maria komt.", "nl", "Maria comes, and others too.", "Only Maria comes.", "en"),
        ("Ik heb er geen bezwaar tegen.", "nl", "That is fine with me.", "I object to it.", "en"),
        ("Нямам нищо против.", "bg", "Ik vind het prima.", "Ik ben ertegen.", "nl"),
        ("Don't hesitate to call me.", "en", "Bel me gerust.", "Aarzel om mij te bellen.", "nl"),
        ("他不是不想参加郊游。", "zh", "Hij wil wel mee op excursie.", "Hij wil niet mee op excursie.", "nl"),
        (
            "U hebt het formulier, nietwaar?",
            "nl",
            "You have the form, don't you?",
            "You don't have the form, do you?",
            "en",
        ),
        ("مگر آقای اسمیت مربی نیست؟", "fa", "Meneer Smit is toch de mentor?", "Meneer Smit is de mentor.", "nl"),
        ("Vergeet niet te bellen.", "nl", "Remember to call.", "Forget to call.", "en"),
        ("Het gaat niet goed met Emma.", "nl", "Emma is ill.", "Emma is doing well.", "en"),
        ("Er is geen probleem.", "nl", "That is fine.", "There is a problem.", "en"),
        ("Niemand komt, ook Emma niet.", "nl", "Niemand kommt, auch Emma nicht.", "Alle kommen, auch Emma.", "de"),
        ("Hij is maar één keer te laat geweest.", "nl", "لم يتأخر سوى مرة واحدة.", "لم يتأخر مرتين.", "ar"),
        (
            "Beide ouders tekenen, anders is het niet geldig.",
            "nl",
            "Дійсний лише за підписами обох.",
            "Обоє підписують, інакше дійсний.",
            "uk",
        ),
        ("كلا الوالدين سيحضر.", "ar", "Beide ouders komen.", "De ouders komen niet.", "nl"),
        ("Hij durft niet te praten.", "nl", "No se atreve a hablar.", "Se atreve a hablar.", "es"),
        (
            "We hebben het rapport niet ontvangen.",
            "nl",
            "Nous n'avons pas reçu le bulletin.",
            "Nous avons reçu le bulletin.",
            "fr",
        ),
        ("ما غاديش يجي.", "ary", "Hij komt niet.", "Hij komt.", "nl"),
        ("حتى واحد ما جا.", "ary", "Niemand is gekomen.", "Iemand is gekomen.", "nl"),
        ("لا أخبر بهذا إلا إيما.", "ar", "Ik vertel dit alleen aan Emma.", "Ik vertel dit aan Emma.", "nl"),
    ],
)
def test_a_denial_that_need_not_be_one(before: str, source: str, right: str, wrong: str, target: str) -> None:
    """What is said without "not" elsewhere is no doubt; the same with its denial lost, or another put in, is one."""
    assert check(before, right, source, target) == ()
    assert check(before, wrong, source, target) != ()
    assert check(right, before, target, source) == ()
    assert check(wrong, before, target, source) != ()


@pytest.mark.parametrize(
    ("before", "source", "right", "wrong", "target"),
    [
        (
            "Niet betalen! U hoeft dat later te doen.",
            "nl",
            "Don't pay! You have to do that later.",
            "Pay! You need not do that later.",
            "en",
        ),
        (
            "Kom niet! De les gaat morgen door.",
            "nl",
            "Don't come! The lesson takes place tomorrow.",
            "Come! The lesson does not take place tomorrow.",
            "en",
        ),
        (
            "Gelmeyin! Ders yarın başlıyor.",
            "tr",
            "Kom niet! De les begint morgen.",
            "Kom! De les begint morgen niet.",
            "nl",
        ),
        (
            "Vergeet niet dat Elif morgen niet naar school mag.",
            "nl",
            "Remember that Elif may not go to school tomorrow.",
            "Remember that Elif may go to school tomorrow.",
            "en",
        ),
        (
            "Vergeet niet dat de school morgen niet open is.",
            "nl",
            "Pamiętaj, że szkoła nie jest jutro otwarta.",
            "Pamiętaj, że szkoła jest jutro otwarta.",
            "pl",
        ),
        (
            "Vergessen Sie nicht dass die Schule morgen nicht offen ist.",
            "de",
            "Denk eraan dat de school morgen niet open is.",
            "Denk eraan dat de school morgen open is.",
            "nl",
        ),
    ],
)
def test_a_denial_that_moved_or_went_along_with_another(
    before: str, source: str, right: str, wrong: str, target: str
) -> None:
    """A "not" put into the next sentence, and one lost behind "don't forget that"."""
    assert check(before, right, source, target) == ()
    assert Kind.NEGATION in {doubt.kind for doubt in check(before, wrong, source, target)}


def test_a_greeting_is_no_sentence_of_its_own() -> None:
    """The other language ends it with a comma: the sentences after it are still held against each other."""
    dutch = "Hallo mevrouw Demir! U hoeft niet te komen. De les gaat door."
    assert check(dutch, "Hello Mrs Demir, you need not come. The lesson goes on.", "nl", "en") == ()
    assert check(dutch, "Hello Mrs Demir, you have to come. The lesson does not go on.", "nl", "en") != ()


@pytest.mark.parametrize(
    ("dutch", "right", "wrong", "code"),
    [
        ("Om kwart over vijf.", "О чверть на шосту.", "О чверть на п'яту.", "uk"),
        ("Om kwart over vijf.", "В четверть шестого.", "В четверть пятого.", "ru"),
        ("Om tien over vijf.", "В десять минут шестого.", "В десять минут пятого.", "ru"),
        ("Om kwart over zes.", "Um viertel sieben.", "Um viertel acht.", "de"),
        ("Om half één.", "À midi et demi.", "À une heure et demie.", "fr"),
        ("Om kwart voor acht.", "À 8 h moins le quart.", "À 9 h moins le quart.", "fr"),
        ("Om half vijf.", "الموعد مع الربعة ونص.", "الموعد مع الخمسة ونص.", "ary"),
        ("Om kwart voor negen.", "مع التسعود إلا ربع.", "مع التمنية إلا ربع.", "ary"),
        ("Om half drie.", "2'or i mei.", "3'or i mei.", "pap"),
        ("Tussen 14.00 en 15.30 uur.", "بين الثانية والثالثة والنصف.", "بين الثانية والرابعة والنصف.", "ar"),
        ("Na elven.", "Nach elf.", "Nach zwölf.", "de"),
        ("Over twee weken.", "Dans quinze jours.", "Dans huit jours.", "fr"),
        ("Over veertien dagen.", "In two weeks.", "In fifteen days.", "en"),
        ("Zes ouders.", "Half a dozen parents.", "A dozen parents.", "en"),
        ("Het vijfde uur.", "Петият час.", "Шестият час.", "bg"),
        ("Met z'n drieën.", "Üçümüz.", "Dördümüz.", "tr"),
        ("In februari.", "لفبراير.", "لمارس.", "ary"),
        ("'s Middags vergaderen wij.", "Совещание во второй половине дня.", "Совещание утром.", "ru"),
        ("Wij gaan naar Keulen.", "Wir fahren nach Köln.", "Wir fahren nach Hamburg.", "de"),
        ("Wij gaan naar Keulen.", "Мы едем в Кёльн.", "Мы едем в Париж.", "ru"),
        ("Van een klasgenote van Sasja.", "От Сашиной одноклассницы.", "От Машиной одноклассницы.", "ru"),
        ("Ik spreek meneer De Wit.", "أتحدث مع السيد دي فيت.", "أتحدث مع السيد دي يونغ.", "ar"),
        ("Ik spreek mevrouw Van Beek.", "Говорю с госпожой Ван Беек.", "Говорю с госпожой Ван Дейк.", "ru"),
    ],
)
def test_clocks_numerals_and_names(dutch: str, right: str, wrong: str, code: str) -> None:
    """The same in the way of another language, and beside it another time, number, month or name."""
    names = ("De Wit", "Van Beek", "Sasja")
    assert check(dutch, right, "nl", code, names) == ()
    assert check(dutch, wrong, "nl", code, names) != ()


def test_turns_name_languages_that_there_are() -> None:
    """A mistyped code would say nothing and never be missed."""
    entries = [*_data()["turns"].values(), {"why": _data()["questions"]["why"], "tag": _data()["questions"]["tag"]}]
    codes = {code for entry in entries for kind, each in entry.items() if kind != "asked" for code in each}
    assert len(entries) >= 10
    assert codes <= set(spoken())
