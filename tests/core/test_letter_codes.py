"""A code survives handwriting: what looks like a sign is that sign, and a slip is known for one without asking anybody."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import pytest

from bot.people.codes import SIGNS, SIZE, Written, check_sign, find_code, fit, new_code, read_code

CODE = "OL-A3C5E-4HK9C"
HANDS = {"0": "OQD", "1": "IL7J", "2": "Z", "5": "S", "6": "G", "8": "B", "U": "VY"}
"""How each sign may look to whoever copies it."""
STYLES: dict[str, Callable[[str], str]] = {
    "as printed": lambda code: code,
    "lower case": str.lower,
    "spaces": lambda code: code.replace("-", " "),
    "dots": lambda code: code.replace("-", "."),
    "two spaces and a dash": lambda code: code.replace("-", " - "),
    "in one piece": lambda code: code.replace("-", ""),
    "sign by sign": lambda code: " ".join(code.replace("-", "")),
    "zero for the letter O": lambda code: "0" + code[1:],
    "one for the letter L": lambda code: "O1" + code[2:],
    "without its beginning": lambda code: code[3:],
    "its signs alone": lambda code: code[3:].replace("-", "").lower(),
    "its halves alone": lambda code: code[3:].replace("-", " "),
    "in a sentence": lambda code: f"Goedemorgen, mijn code is {code}. Dank u!",
    "in a sentence, without its beginning": lambda code: f"kodum {code[3:]} teşekkürler",
    "on two lines": lambda code: code.replace("-", "\n"),
    "Arabic digits": lambda code: code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
    "Persian digits": lambda code: code.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")),
    "wide letters": lambda code: "".join(chr(ord(sign) + 0xFEE0) for sign in code),
    "a Russian keyboard": lambda code: code.translate(str.maketrans("ACEHKMPTX", "АСЕНКМРТХ")),
}


def some(count: int = 200) -> list[str]:
    """Real codes, another each time: none may fail."""
    return [new_code() for _ in range(count)]


def test_a_code_is_drawn_from_more_than_two_to_the_forty() -> None:
    """Though some drawn ones are thrown away, and the tenth sign adds nothing."""
    kept = sum(fit("".join(random.choices(SIGNS, k=SIZE))) for _ in range(20_000)) / 20_000
    assert len(SIGNS) ** (SIZE - 1) * kept > 2**40


@pytest.mark.parametrize("style", STYLES)
def test_handwriting_is_read(style: str) -> None:
    """In each way of writing, with every sign as it is and with every sign as it may look."""
    wrong = []
    for code in some():
        looks = "".join(random.choice(HANDS.get(sign, sign)) for sign in code[3:])
        written = STYLES[style](code), STYLES[style](code[:3] + looks)
        wrong += [(code, each) for each in written if find_code(each) != code]
    assert wrong == []


def test_a_wrong_sign_is_a_slip() -> None:
    """Any sign at any place: the code that it makes is never another right one."""
    taken = [
        (CODE, each)
        for code in some(20)
        for place, sign in itertools.product(range(SIZE), SIGNS)
        if (each := exchange(code, place, sign)) != code and read_code(each) != Written()
    ]
    assert taken == []


def test_two_signs_that_changed_places_are_a_slip() -> None:
    """Neighbours or not."""
    taken = []
    for code in some(50):
        signs = code[3:].replace("-", "")
        for one, other in itertools.combinations(range(SIZE), 2):
            swapped = list(signs)
            swapped[one], swapped[other] = swapped[other], swapped[one]
            each = "OL-" + "".join(swapped[:5]) + "-" + "".join(swapped[5:])
            if each != code and read_code(each) != Written():
                taken.append(each)
    assert taken == []


@pytest.mark.parametrize(
    "text",
    [
        "OL-A3C5E-4HK9",
        "OL-A3C5E-4HK",
        "OL-A3C5E-4HK9CC",
        "ol a3c5e 4hk9",
        "OL-A3Č5E-4HK9C",
        "A3C5E-4HK9X",
        "OL-7KQM-X2P0",
    ],
)
def test_a_sign_too_few_too_many_or_that_no_code_has_is_a_slip(text: str) -> None:
    """She is told to look at the letter again; it is no guess."""
    assert read_code(text) == Written()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("OL-7KQM-X2PD", "OL-7KQM-X2PD"),
        ("ol 7kqm x2pd", "OL-7KQM-X2PD"),
        ("Code: OL7KQMX2PD is van mij", "OL-7KQM-X2PD"),
        ("OL.7kqm.x2pd", "OL-7KQM-X2PD"),
        ("0L-AB1D-X2PD", "OL-ABLD-X2PD"),
        ("OL-AAAA-BBBB", "OL-AAAA-BBBB"),
    ],
)
def test_old_letters_stay_good(text: str, code: str) -> None:
    """Eight signs without one to check, as they were printed before."""
    assert find_code(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "01-12-2026 kan ik niet komen",
        "0612345678",
        "bel mij op 06 12345678",
        "ol 12 december",
        "olympia 2026",
        "Oldenburg 123",
        "havo3 klas4",
        "mutlu ol kızım bugün",
        "afwezigheid",
        "school olé",
        "OL",
        "OL-7KQM is ontvangen",
        "NL91ABNA0417164300",
        "",
    ],
)
def test_what_is_no_code_is_left_alone(text: str) -> None:
    """Dates, numbers and words go their ordinary way."""
    assert read_code(text) is None


def exchange(code: str, place: int, sign: str) -> str:
    """The code with another sign there."""
    signs = code[3:].replace("-", "")
    signs = signs[:place] + sign + signs[place + 1 :]
    return f"OL-{signs[:5]}-{signs[5:]}"


def test_the_example_is_a_code() -> None:
    """Or the tests above try nothing."""
    assert check_sign("A3C5E4HK9") == CODE[-1]
