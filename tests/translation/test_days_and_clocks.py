"""Months in all their cases, the night before, quarters and halves in every language; beside each, one that is not the same."""

from __future__ import annotations

import pytest
from babel import Locale
from babel.core import UnknownLocaleError

from bot.translation.checking import Kind, check
from bot.translation.counting import quantities
from locales.languages import SOURCE, spoken

CASES = {
    "uk": [
        "січні лютому березні квітні травні червні липні серпні вересні жовтні листопаді грудні",
        "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
        "січнем лютим березнем квітнем травнем червнем липнем серпнем вереснем жовтнем листопадом груднем",
    ],
    "ru": [
        "январе феврале марте апреле мае июне июле августе сентябре октябре ноябре декабре",
        "январём февралём мартом апрелем маем июнем июлем августом сентябрём октябрём ноябрём декабрём",
        "январю февралю марту апрелю маю июню июлю августу сентябрю октябрю ноябрю декабрю",
    ],
    "pl": [
        "styczniu lutym marcu kwietniu maju czerwcu lipcu sierpniu wrześniu październiku listopadzie grudniu",
        "styczniem lutym marcem kwietniem majem czerwcem lipcem sierpniem wrześniem październikiem listopadem grudniem",
    ],
    "tr": [
        "ocakta şubatta martta nisanda mayısta haziranda temmuzda ağustosta eylülde ekimde kasımda aralıkta",
        "ocağa şubata marta nisana mayısa hazirana temmuza ağustosa eylüle ekime kasıma aralığa",
    ],
}
"""The twelve months as they stand behind "in", "before" and "until"."""
CLOCKS = {
    "en": ("quarter past three", "quarter to eight", "half past four"),
    "tr": ("üçü çeyrek geçe", "sekize çeyrek kala", "saat dört buçukta"),
    "ar": ("الثالثة والربع", "الثامنة إلا ربعا", "الرابعة والنصف"),
    "ary": ("التلاتة وربع", "الثمنية إلا ربع", "الربعة ونص"),
    "pl": ("kwadrans po trzeciej", "za kwadrans ósma", "wpół do piątej"),
    "uk": ("чверть на четверту", "за чверть восьма", "пів на п'яту"),
    "ru": ("четверть четвёртого", "без четверти восемь", "половина пятого"),
    "fa": ("سه و ربع", "یک ربع به هشت", "چهار و نیم"),
    "so": ("saddexda iyo rubuc", "sideedda oo rubuc la", "afarta iyo badhka"),
    "ti": ("ሰዓት ሰለስተን ርብዕን", "ርብዒ ጎደል ንሸሞንተ", "ሰዓት ኣርባዕተን ፈረቓን"),
    "es": ("las tres y cuarto", "las ocho menos cuarto", "las cuatro y media"),
    "fr": ("trois heures et quart", "huit heures moins le quart", "quatre heures et demie"),
    "de": ("Viertel nach drei", "Viertel vor acht", "halb fünf"),
    "ro": ("trei și un sfert", "opt fără un sfert", "patru și jumătate"),
    "bg": ("три и четвърт", "осем без четвърт", "четири и половина"),
    "zh": ("三点一刻", "七点三刻", "四点半"),
    "pap": ("tres or i kuart", "kuart pa ocho", "kuater or i mei"),
}
DUTCH = ("kwart over drie", "kwart voor acht", "half vijf")
OTHERS = ("kwart over vier", "kwart voor negen", "half zes")


@pytest.mark.parametrize(
    ("code", "number", "name"),
    [
        (code, number, name)
        for code, rows in CASES.items()
        for row in rows
        for number, name in enumerate(row.split(), 1)
    ],
)
def test_months_in_their_cases(code: str, number: int, name: str) -> None:
    """Behind any preposition it is the month that it is, and no other."""
    read = [each.readings for each in quantities(name, code)]
    assert read == [{("month", float(number))}]


@pytest.mark.parametrize("code", spoken())
def test_months_as_calendars_write_them(code: str) -> None:
    """All twelve, in each form that Babel knows."""
    try:
        months = Locale.parse(code).months
    except (UnknownLocaleError, ValueError):
        pytest.skip("Babel has no calendar of it")
    for forms in (months["format"]["wide"], months["stand-alone"]["wide"]):
        for number, name in forms.items():
            read = {reading for each in quantities(f"12 {name}", code) for reading in each.readings}
            assert ("month", float(number)) in read or ("date", 1200.0 + number) in read, name


@pytest.mark.parametrize(
    ("code", "said", "tomorrow"),
    [
        ("en", "last night", "tomorrow night"),
        ("tr", "dün akşam", "yarın akşam"),
        ("ar", "ليلة أمس", "غدا"),
        ("ary", "البارح بالليل", "غدا"),
        ("pl", "wczoraj wieczorem", "jutro wieczorem"),
        ("uk", "вчора ввечері", "завтра ввечері"),
        ("ru", "вчера вечером", "завтра вечером"),
        ("fa", "دیشب", "فردا شب"),
        ("so", "xalay", "berri"),
        ("ti", "ትማሊ ምሸት", "ጽባሕ"),
        ("es", "anoche", "mañana por la noche"),
        ("fr", "hier soir", "demain soir"),
        ("de", "gestern Abend", "morgen Abend"),
        ("ro", "aseară", "mâine seară"),
        ("bg", "снощи", "утре вечер"),
        ("zh", "昨晚", "明晚"),
        ("pap", "ayera nochi", "mañan nochi"),
    ],
)
def test_the_evening_before(code: str, said: str, tomorrow: str) -> None:
    """One word or two, it is yesterday, and neither tomorrow nor nothing."""
    assert check("Gisteravond.", said, SOURCE, code) == ()
    assert check(said, "Gisterenavond.", code, SOURCE) == ()
    assert Kind.DATE in {doubt.kind for doubt in check("Gisteravond.", tomorrow, SOURCE, code)}


def test_this_night_is_either() -> None:
    """Dutch says "vannacht" of the night that was and of the one that comes, but not of tomorrow's."""
    assert check("Zij was vannacht ziek.", "She was ill last night.", "nl", "en") == ()
    assert check("Zij was vannacht ziek.", "She was ill tomorrow.", "nl", "en") != ()


@pytest.mark.parametrize(("code", "place"), [(code, place) for code in CLOCKS for place in range(3)])
def test_quarters_and_halves(code: str, place: int) -> None:
    """Of every clock, both ways; an hour later is doubted."""
    said = CLOCKS[code][place]
    assert check(DUTCH[place], said, SOURCE, code) == ()
    assert check(said, DUTCH[place], code, SOURCE) == ()
    assert Kind.TIME in {doubt.kind for doubt in check(said, OTHERS[place], code, SOURCE)}


@pytest.mark.parametrize(
    ("code", "right", "wrong"),
    [
        ("en", "A week and a half.", "Two weeks."),
        ("tr", "Bir buçuk hafta.", "İki buçuk hafta."),
        ("ar", "أسبوع ونصف.", "ثلاثة أسابيع."),
        ("ary", "سيمانة ونص.", "تلاتة د السيمانات."),
        ("pl", "Półtora tygodnia.", "Dwa tygodnie."),
        ("uk", "Півтора тижня.", "Два тижні."),
        ("ru", "Полторы недели.", "Две недели."),
        ("fa", "یک هفته و نیم.", "دو هفته."),
        ("so", "Hal usbuuc iyo badh.", "Saddex usbuuc."),
        ("ti", "ሓደ ሰሙንን ፈረቓን።", "ሰለስተ ሰሙን።"),
        ("es", "Una semana y media.", "Dos semanas."),
        ("fr", "Une semaine et demie.", "Deux semaines."),
        ("de", "Anderthalb Wochen.", "Zwei Wochen."),
        ("ro", "O săptămână și jumătate.", "Două săptămâni."),
        ("bg", "Една седмица и половина.", "Две седмици."),
        ("zh", "一周半。", "两个星期。"),
        ("pap", "Un siman i mei.", "Dos siman."),
    ],
)
def test_one_and_a_half(code: str, right: str, wrong: str) -> None:
    """No time of the clock, and not two."""
    assert check("Anderhalve week.", right, SOURCE, code) == ()
    assert check(right, "Anderhalve week.", code, SOURCE) == ()
    assert check("Anderhalve week.", wrong, SOURCE, code) != ()


@pytest.mark.parametrize(
    ("before", "source", "right", "wrong", "target"),
    [
        ("١٢٫٥٠ يورو.", "ar", "€ 12,50.", "€ 12,15.", "nl"),
        ("۷٫۳۰ یورو.", "fa", "€ 7,30.", "Om half acht.", "nl"),
        (
            "Het is van 14 tot 16 uur.",
            "nl",
            "Es de dos a cuatro de la tarde.",
            "Es de tres a cuatro de la tarde.",
            "es",
        ),
        ("De eerste drie uur.", "nl", "التلاتة د الحصص اللولين.", "الربعة د الحصص اللولين.", "ary"),
        ("Om zes uur.", "nl", "ሰዓት ሽድሽተ።", "ሰዓት ሽውዓተ ትሽዓተ።", "ti"),
        ("Om kwart over drie.", "nl", "下午三点十五。", "下午三点五十。", "zh"),
        ("Om kwart voor acht.", "nl", "差一刻八点。", "八点一刻。", "zh"),
        ("Maqnaa Khamiistii.", "so", "Afwezig op donderdag.", "Afwezig op vrijdag.", "nl"),
    ],
)
def test_numerals_of_one_kind_and_another(before: str, source: str, right: str, wrong: str, target: str) -> None:
    """Money with the Arabic sign, spans of hours, the three that look like Tuesday."""
    assert check(before, right, source, target) == ()
    assert check(before, wrong, source, target) != ()


@pytest.mark.parametrize(
    ("before", "source", "right", "wrong", "target", "names"),
    [
        ("Ik sprak Marit.", "nl", "J'ai parlé à Marit.", "J'ai parlé à Marie.", "fr", "Marit"),
        ("Het boek van Floor.", "nl", "Le livre de Floor.", "Le livre de Flora.", "fr", "Floor"),
        ("Ik sprak Jansen.", "nl", "ምስ ያንሰን ተዛሪበ።", "ምስ ሃንሰን ተዛሪበ።", "ti", "Jansen"),
        ("ምስ ያንሰን ተዛሪበ።", "ti", "Ik sprak met Jansen.", "Ik sprak met Hansen.", "nl", "Jansen"),
        ("Meneer Brouwer belt.", "nl", "Господин Браувер позвонит.", "Господин Бауэр позвонит.", "ru", "Brouwer"),
        ("Mevrouw Kramer belt.", "nl", "Госпожа Крамер звонит.", "Госпожа Камер звонит.", "ru", "Kramer"),
        ("Zij is van Mark.", "nl", "她是马克的。", "她是卢卡斯的。", "zh", "Mark"),
        ("Zij is van Lars.", "nl", "她是拉尔斯的。", "她是卢卡斯的。", "zh", "Lars"),
        ("Zij is van Jurre.", "nl", "Ona jest Jurrego.", "Ona jest Bartka.", "pl", "Jurre"),
    ],
)
def test_names_that_are_like_each_other(
    before: str, source: str, right: str, wrong: str, target: str, names: str
) -> None:
    """A name in the letters of another language is the same; one that only looks like it is not."""
    assert check(before, right, source, target, (names,)) == ()
    assert Kind.NAME in {doubt.kind for doubt in check(before, wrong, source, target, (names,))}


@pytest.mark.parametrize(
    ("before", "source", "right", "wrong", "target"),
    [
        (
            "Het duurt niet langer dan een kwartier.",
            "nl",
            "Трае най-много 15 минути.",
            "Трае повече от 15 минути.",
            "bg",
        ),
        ("Het duurt niet langer dan een kwartier.", "nl", "It takes at most 15 minutes.", "It takes 15 minutes.", "en"),
        ("Het duurt niet langer dan een kwartier.", "nl", "最多15分钟。", "超过15分钟。", "zh"),
        ("I couldn't agree more.", "en", "Ik ben het met u eens.", "Ik ben het met u oneens.", "nl"),
        ("No hay de qué. No vengo.", "es", "Graag gedaan. Ik kom niet.", "Graag gedaan. Ik kom.", "nl"),
        ("Нет ли у вас бланка?", "ru", "Heeft u een formulier?", "Heeft u geen enkel formulier niet?", "nl"),
        (
            "Він не боїться ставити запитання.",
            "uk",
            "Hij durft vragen te stellen.",
            "Hij is bang om vragen te stellen.",
            "nl",
        ),
        ("Ani ja, ani brat nie wiemy.", "pl", "Mijn broer en ik weten het niet.", "Mijn broer en ik weten het.", "nl"),
        ("Om kwart voor acht, u hoeft niet te wachten.", "nl", "At 7:45, do not wait.", "At 7:45, please wait.", "en"),
        ("Zij komt niet vóór acht uur.", "nl", "She comes only from eight.", "She comes at eight.", "en"),
        (
            "Gelip gelmeyeceğinizi bilmek istiyoruz.",
            "tr",
            "Wij willen weten of u komt.",
            "Wij weten niet of u niet komt.",
            "nl",
        ),
        ("Af Hollandiiska uguma hadalno.", "so", "Wij spreken geen Nederlands.", "Wij spreken Nederlands.", "nl"),
    ],
)
def test_denials_of_one_kind_and_another(before: str, source: str, right: str, wrong: str, target: str) -> None:
    """At most, neither and nor, whether or not: said with a denial or without; lost or added it is doubted."""
    assert check(before, right, source, target) == ()
    assert check(before, wrong, source, target) != ()
