"""What the templates for choices look like, and which message goes through which."""

from __future__ import annotations

import json
import re

import pytest

from bot.channels import templates
from bot.channels.templates import PARAGRAPHS, Kind, Shape
from bot.messages import Choice, Outbound
from bot.turn.choices import is_ours
from db.types import ChannelName
from tests.channels.conftest import message_to

BLANK = re.compile(r"\{\{(\d+)\}\}")


def choices(count: int, title: str = "keuze") -> tuple[Choice, ...]:
    return tuple(Choice(f"7.{n}", f"{title} {n}") for n in range(1, count + 1))


def asking(text: str, count: int = 2, opener: str = "") -> Outbound:
    message = message_to(ChannelName.WHATSAPP, text, choices(count))
    return Outbound(**{name: getattr(message, name) for name in message.__slots__} | {"opener": opener})


def test_there_is_one_template_for_each_kind_number_and_length() -> None:
    """Three buttons at most, then lists of ten at most; each for texts of one to four paragraphs."""
    shapes = [*templates.shapes().values()]
    assert {(s.kind, s.choices) for s in shapes} == {
        *((Kind.BUTTONS, n) for n in (1, 2, 3)),
        *((Kind.LIST, n) for n in range(4, 11)),
    }
    assert len(shapes) == 10 * PARAGRAPHS == len(set(templates.shapes()))


def test_the_names_change_with_the_definition_only() -> None:
    """These stand at Twilio in accounts that exist: a change here is a new set of templates there."""
    assert [templates.name_of(Shape(Kind.BUTTONS, 2, 1)), templates.name_of(Shape(Kind.LIST, 8, 2))] == [
        "ouderlijn_quick_reply_2_1_7266ee543972",
        "ouderlijn_list_picker_8_2_9314bbff8f39",
    ]


@pytest.mark.parametrize("name", templates.shapes())
def test_a_template_is_nothing_but_blanks_each_with_an_example(name: str) -> None:
    """Every word comes with the message, in her language; the blanks count from 1 without a gap."""
    made = templates.definition(name)
    ((_, content),) = made["types"].items()
    blanks = BLANK.findall(json.dumps(content))
    assert [str(n) for n in range(1, len(blanks) + 1)] == blanks == [*made["variables"]]
    words = BLANK.sub("", json.dumps([content["body"], content.get("button", ""), *_titles(content)]))
    assert not re.search(r"\w", words.replace("\\n", ""))
    assert all(made["variables"].values())
    assert not [example for example in made["variables"].values() if is_ours(example)]


@pytest.mark.parametrize("name", templates.shapes())
def test_a_message_fills_every_blank_of_its_template(name: str) -> None:
    """Neither a blank without a value (its example would be shown) nor a value without a blank."""
    shape = templates.shapes()[name]
    message = asking("\n\n".join(f"Alinea {n}." for n in range(shape.paragraphs)), shape.choices, "menü")
    assert templates.shape_of(message.text, message.choices) == shape
    values, content = templates.values(message), templates.definition(name)
    assert [*values] == [*content["variables"]]
    ((_, content),) = content["types"].items()
    shown = json.loads(BLANK.sub(lambda blank: values[blank[1]], json.dumps(content)))
    assert message.text == shown["body"]
    assert [(choice.title, choice.payload) for choice in message.choices] == [
        (title, item["id"]) for title, item in zip(_titles(shown), _items(shown), strict=True)
    ]
    assert shown.get("button") == ("menü" if shape.kind is Kind.LIST else None)


def test_no_value_holds_what_twilio_refuses() -> None:
    """No line break, no tab, no long gap, nothing empty: 21656. The words stay."""
    text = " Een.\r\n \n\n\tTwee     woorden.\u2028Drie\x0b"
    assert [*templates.values(asking(text)).values()][:3] == ["Een.", "Twee woorden.", "Drie"]
    assert templates.filled(text) == "Een.\n\nTwee woorden.\n\nDrie"


def test_a_list_without_a_word_to_open_it_has_a_sign() -> None:
    assert templates.values(asking("Welke?", 4))["2"] == "☰"


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        pytest.param("", choices(2), id="nothing above them"),
        pytest.param("Dag!", (), id="no choices"),
        pytest.param("Dag!", choices(11), id="too many"),
        pytest.param("\n".join("abcde"), choices(2), id="too many paragraphs"),
        pytest.param("x" * 1025, choices(2), id="too long a text"),
        pytest.param("x" * 1022 + "\nx", choices(2), id="too long with an empty line"),
        pytest.param("Dag!", choices(2, "x" * 20), id="too long a title"),
        pytest.param("Dag!", (Choice("1.1", "ja"), Choice("1.2", "ja")), id="titles alike"),
        pytest.param("Dag!", (Choice("1.1", " "),), id="an empty title"),
        pytest.param("Dag!", (Choice("1.1", "a\nb"),), id="a title of two lines"),
        pytest.param("U schreef: {{2}}", choices(2), id="she wrote a blank"),
        pytest.param("Dag!", (Choice("1.1", "{{1}}"),), id="a blank in a title"),
    ],
)
def test_what_fits_no_template_goes_with_digits(text: str, offered: tuple[Choice, ...]) -> None:
    assert templates.shape_of(text, offered) is None


def test_the_same_words_with_digits() -> None:
    """What leaves where there is no template, or it was refused."""
    assert templates.in_digits(asking("Klopt dat?")) == "Klopt dat?\n1 keuze 1\n2 keuze 2"


def _items(content: dict[str, list[dict[str, str]]]) -> list[dict[str, str]]:
    return content.get("actions") or content["items"]


def _titles(content: dict[str, list[dict[str, str]]]) -> list[str]:
    return [item.get("title") or item["item"] for item in _items(content)]
