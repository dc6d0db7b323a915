"""Names and numbers do not leave, and come back where they were."""

from __future__ import annotations

import pytest

from bot.translation.masking import Masked, mask, restore
from bot.translation.port import NoTranslation, Why

NAMES = ("Fatma Demir", "Elif Demir", "Yusuf Arslan", "mevrouw Anna de Wit", "Mohammed El Amrani", "Ben Kaya", "2B")

CASES = {
    "dutch": (
        "Elif zit in 2B. Bel 06-12345678 of mail f.demir@mail.nl, om 15:30 uur op 24-11-2026.",
        "QX1 zit in QX2. Bel QX3 of mail QX4, om QX5 uur op QX6.",
    ),
    "international number": ("Bel +31 6 1234 5678 vandaag", "Bel QX1 vandaag"),
    "ordinal": ("de 3e les", "de QX1e les"),
    "amount": ("€ 12,50 of 1.200 euro", "€ QX1 of QX2 euro"),
    "link": ("Kijk op https://school.example/a?b=1. Goed?", "Kijk op QX1. Goed?"),
    "ending": ("Elif'in annesiyim, saat 15'te", "QX1'in annesiyim, saat QX2'te"),
    "glued ending": ("Fatmaya söyleyin", "QX1 söyleyin"),
    "cyrillic": ("Мама Элифа и Юсуфа, 12 ноября", "Мама QX1 и QX2, QX3 ноября"),
    "arabic": ("إليف مريضة و يوسف أيضا ١٢ نوفمبر", "QX1 مريضة و QX2 أيضا QX3 نوفمبر"),
    "ethiopic": ("ፋትማ ሰዓት 3", "QX1 ሰዓት QX2"),
    "chinese": ("我叫Fatma，11月24日下午3点", "我叫QX1，QX2月QX3日下午QX4点"),
    "months stay": ("dinsdag 24 november", "dinsdag QX1 november"),
    "everyday word": ("ik ben ziek, zegt Ben", "ik ben ziek, zegt QX1"),
    "particle": ("De les van mevrouw De Wit", "De les van mevrouw De QX1"),
    "own mark": ("code QX7 hier", "code QX1 hier"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_leaves(case: str) -> None:
    """Slots for all that names somebody or counts something; words for days stay."""
    text, expected = CASES[case]
    assert mask(text, NAMES).text == expected


@pytest.mark.parametrize("case", [case for case in CASES if case not in {"cyrillic", "arabic", "ethiopic"}])
def test_all_of_it_comes_back(case: str) -> None:
    """Nothing is lost by masking alone, but digits are ours and inflected names may stay as they were."""
    text, _ = CASES[case]
    masked = mask(text, NAMES)
    assert restore(masked.text, masked) == text


def test_a_name_in_another_script_comes_back_as_school_writes_it() -> None:
    """A mentor reads Elif, not Элиф."""
    masked = mask("Мама Элифа", NAMES)
    assert restore("De moeder van QX1", masked) == "De moeder van Elif"


@pytest.mark.parametrize("slot", ["QX1", "qx1", "QX 1", "Qx-1", "QX١", "QX１", "Qх1", "QX1'te", "QX1te", "与QX1在"])
def test_a_slot_survives_small_changes(slot: str) -> None:
    """Translators change case, script of digits and spaces."""
    assert "12" in restore(f"saat {slot}", Masked("om QX1 uur", ("12",)))


@pytest.mark.parametrize("answer", ["saat", "QX1 QX1", "QX1 QX2", "QX2", "Q1"])
def test_a_slot_comes_back_exactly_once(answer: str) -> None:
    """Lost, doubled, invented: no translation is better than a wrong one."""
    with pytest.raises(NoTranslation) as refused:
        restore(answer, Masked("om QX1 uur", ("12",)))
    assert refused.value.why is Why.GARBLED


def test_many_slots_are_told_apart() -> None:
    """QX1 is not the beginning of QX12."""
    text = " en ".join(str(1000 + number) for number in range(15))
    masked = mask(text, ())
    assert (len(masked.values), restore(masked.text, masked)) == (15, text)
