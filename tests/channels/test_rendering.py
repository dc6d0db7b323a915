"""How a message looks on each channel."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.port import ABILITIES
from bot.channels.rendering import GSM7, GSM7_DOUBLE, _graphemes, cheaper, dear, plain, render, segments, split
from bot.messages import Choice
from db.types import ChannelName

YES_NO = (Choice("yes:9", "ja"), Choice("no:9", "nee"))
DIGITS = sorted(name for name, ability in ABILITIES.items() if not ability.taps)
BUTTONS = sorted(name for name, ability in ABILITIES.items() if ability.taps)
NUMBERED = sorted(name for name in BUTTONS if ABILITIES[name].taps[0].numbered)


def shown(text: str, choices: tuple[Choice, ...], channel: ChannelName) -> tuple[str, tuple[Choice, ...]]:
    return render(text, choices, ABILITIES[channel], channel)


def test_there_are_channels_of_both_sorts() -> None:
    assert DIGITS
    assert BUTTONS
    assert NUMBERED
    assert set(BUTTONS) > set(NUMBERED)


@pytest.mark.parametrize("channel", ABILITIES)
def test_a_text_without_choices_stays_as_it_is(channel: ChannelName) -> None:
    assert shown("Dag!\nTot morgen.", (), channel) == ("Dag!\nTot morgen.", ())


@pytest.mark.parametrize("channel", DIGITS)
def test_without_buttons_there_are_numbered_lines(channel: ChannelName) -> None:
    """The digit stands first in its line: it reads well in both directions."""
    assert shown("Klopt dat?", YES_NO, channel) == ("Klopt dat?\n1 ja\n2 nee", ())


@pytest.mark.parametrize("channel", BUTTONS)
def test_short_titles_stand_on_the_buttons(channel: ChannelName) -> None:
    assert shown("Klopt dat?", YES_NO, channel) == ("Klopt dat?", YES_NO)


@pytest.mark.parametrize("channel", NUMBERED)
def test_a_long_title_gets_a_line_and_the_button_its_digit(channel: ChannelName) -> None:
    """All of them, so that digits and buttons agree; the payloads stay."""
    title = "x" * (ABILITIES[channel].taps[0].title + 1)
    expected = (f"Welke?\n1 {title}\n2 nee", (Choice("a", "1"), Choice("no:9", "2")))
    assert expected == shown("Welke?", (Choice("a", title), YES_NO[1]), channel)


@pytest.mark.parametrize("channel", BUTTONS)
def test_too_many_choices_for_buttons_become_digits(channel: ChannelName) -> None:
    choices = tuple(Choice(f"c:{n}", f"taal {n}") for n in range(ABILITIES[channel].taps[-1].most + 1))
    text, buttons = shown("Welke taal?", choices, channel)
    assert (len(choices) + 1, ()) == (len(text.splitlines()), buttons)


@pytest.mark.parametrize(("count", "longest"), [(1, 20), (3, 20), (4, 24), (10, 24)])
def test_whatsapp_never_cuts_a_title(count: int, longest: int) -> None:
    """Buttons or a list, each with its length; with one title too long, all go with digits and whole."""
    fitting = tuple(Choice(f"1.{n}", f"{n}".ljust(longest, "x")) for n in range(count))
    too_long = (Choice("1.0", "x" * (longest + 1)), *fitting[1:])
    assert shown("Welke?", fitting, ChannelName.WHATSAPP) == ("Welke?", fitting)
    text, buttons = shown("Welke?", too_long, ChannelName.WHATSAPP)
    assert (buttons, text.splitlines()[1]) == ((), "1 " + "x" * (longest + 1))


@pytest.mark.parametrize(("text", "tapped"), [("x" * 1024, True), ("x" * 1023 + "\N{SCHOOL}", False)])
def test_whatsapp_has_no_buttons_under_a_long_text(text: str, tapped: bool) -> None:  # noqa: FBT001
    """1,024 places, and an emoji takes two."""
    assert bool(shown(text, YES_NO, ChannelName.WHATSAPP)[1]) == tapped
    assert ABILITIES[ChannelName.WHATSAPP].holds(text, 2) == tapped
    assert ABILITIES[ChannelName.WHATSAPP].holds(text, 0)


def test_a_title_is_one_line() -> None:
    """A line break inside a title would look like another choice."""
    assert shown("?", (Choice("x", " a\n b "),), ChannelName.SMS) == ("?\n1 a b", ())
    assert shown("?", (Choice("x", " a\n b "),), ChannelName.WHATSAPP) == ("?", (Choice("x", "a b"),))


def test_choices_alone_need_no_empty_line() -> None:
    assert shown("", YES_NO, ChannelName.SMS) == ("1 ja\n2 nee", ())


def test_numbered_lines_follow_the_direction_of_their_title() -> None:
    """A digit has no direction of its own: the first letter after it decides the line's."""
    assert (
        shown("هل هذا صحيح؟", (Choice("a", "نعم"), Choice("b", "لا")), ChannelName.SMS)[0]
        == "هل هذا صحيح؟\n1 نعم\n2 لا"
    )


# SMS letters


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“Dag” – ’s middags…", '"Dag" - \'s middags...'),
        ("«Dag» tele\u00adfoon", '"Dag" telefoon'),
        ("12\u202f345\u00a0euro", "12 345 euro"),
        ("de mentor \u2068De Wit\u2069", "de mentor De Wit"),
        ("المعلمة \u2068De Wit\u2069", "المعلمة \u2068De Wit\u2069"),
        ("geïnformeerd", "geïnformeerd"),
    ],
)
def test_sms_is_spared_what_costs_and_says_nothing(text: str, expected: str) -> None:
    """Words are never changed, and Latin names in a right-to-left text keep their isolation."""
    assert expected == plain(text)


@pytest.mark.parametrize("channel", [ChannelName.WHATSAPP, ChannelName.TELEGRAM, ChannelName.WEB])
def test_other_channels_keep_their_signs(channel: ChannelName) -> None:
    assert shown("“12\u202f345”…", (), channel)[0] == "“12\u202f345”…"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("é" * 160, 1),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ë" + "x" * 69, 1),
        ("ë" + "x" * 70, 2),
        ("ë" + "x" * 133, 2),
        ("ë" + "x" * 134, 3),
        ("\N{SCHOOL}" * 35, 1),
        ("\N{SCHOOL}" * 36, 2),
        ("\N{SCHOOL}" * 66, 2),
        ("\N{SCHOOL}" * 67, 3),
        ("x" * 152 + "€" + "x" * 152, 3),
        ("", 1),
    ],
)
def test_segments_are_counted_as_billed(text: str, expected: int) -> None:
    """160 or 153 a part; 70 or 67 outside GSM-7; doubles and emoji stand in one part whole."""
    assert expected == segments(text)


def test_the_gsm_alphabet_is_whole() -> None:
    """128 places, less the escape; the dear letters of twilio-facts are not in it, the cheap ones are."""
    assert len(GSM7) == 127
    assert len(GSM7_DOUBLE) == 10
    assert not set("ëïáíóúşğıłą“”’") & (GSM7 | GSM7_DOUBLE)
    assert set("éèàüöäñ") <= GSM7


@pytest.mark.parametrize(
    ("text", "letters", "expected"),
    [
        ("U hoort vóór morgen iets." + "x" * 100, "ó", "U hoort voor morgen iets." + "x" * 100),
        ("Çocuğunuz şimdi İzmir’de, ışık kapalı." + "x" * 60, "ğşİ’ı", None),
        (
            "Çocuğunuz şimdi İzmir'de, ışık kapalı." + "x" * 60,
            "ğşİı",
            "Çocugunuz simdi Izmir'de, isik kapali." + "x" * 60,
        ),
        ("Łódź: e\u0301l œuvre" + "x" * 60, "Łóźœ", "Lodz: él oeuvre" + "x" * 60),
        ("vóór", "ó", None),
        ("Привет, й" + "х" * 70, "Приветйх", None),
        ("أهلاً" + "x" * 66, "أهلاً", None),
        ("vóór \N{SCHOOL}" + "x" * 100, "ó\N{SCHOOL}", None),
        ("voor" * 50, "", None),
    ],
)
def test_a_cheaper_variant_leaves_marks_away(text: str, letters: str, expected: str | None) -> None:
    """Only where that saves a part, and never half: what stays outside GSM-7 saves nothing."""
    assert (letters, expected) == (dear(text.replace("e\u0301", "é")), cheaper(text))


def test_an_sms_keeps_its_letters() -> None:
    """A variant is offered to whoever writes; what is sent is what was written."""
    text = "Sıkıldığında öğretmenini ara. " * 6
    assert cheaper(text) is not None
    assert shown(text, (), ChannelName.SMS)[0] == text


# Cutting


def test_a_short_text_is_one_message() -> None:
    assert split("Dag!", 160) == ("Dag!",)


@pytest.mark.parametrize(
    ("text", "length", "expected"),
    [
        ("Een zin. Nog een zin. En een derde.", 25, ("Een zin. Nog een zin.", "En een derde.")),
        ("Om 12.00 uur. Bel 020-1234567 nu.", 20, ("Om 12.00 uur.", "Bel 020-1234567 nu.")),
        ('Hij zei: "Ja." En toen niets.', 18, ('Hij zei: "Ja."', "En toen niets.")),
        ("今天不上课。明天上课。", 8, ("今天不上课。", "明天上课。")),
        ("لا توجد دروس؟ نعم، اليوم.", 16, ("لا توجد دروس؟", "نعم، اليوم.")),
        ("regel een\nregel twee", 12, ("regel een", "regel twee")),
        ("een twee drie vier", 10, ("een twee", "drie vier")),
        ("abcdefghij", 4, ("abcd", "efgh", "ij")),
        ("aa\N{SCHOOL}bb", 3, ("aa", "\N{SCHOOL}b", "b")),
        ("\U0001f1f3\U0001f1f1\U0001f1f9\U0001f1f7", 5, ("\U0001f1f3\U0001f1f1", "\U0001f1f9\U0001f1f7")),
        ("e\u0301e\u0301e\u0301", 3, ("e\u0301", "e\u0301", "e\u0301")),
        ("\N{FAMILY}\N{ZERO WIDTH JOINER}\N{BOY}x", 2, ("\N{FAMILY}\N{ZERO WIDTH JOINER}\N{BOY}", "x")),
        ("\N{THUMBS UP SIGN}\U0001f3fd!", 4, ("\N{THUMBS UP SIGN}\U0001f3fd", "!")),
        (" \n ", 1, ()),
    ],
)
def test_a_long_text_is_cut_where_people_pause(text: str, length: int, expected: tuple[str, ...]) -> None:
    """At a sentence's end, else at a space, else between letters: never inside what is read as one."""
    assert expected == split(text, length)


SEEN_AS_ONE = [*"aéش!。 \n", ". ", "\N{SCHOOL}", "e\u0301", "\N{FAMILY}\u200d\N{BOY}", "\U0001f44d\U0001f3fd"]


@given(st.lists(st.sampled_from([*SEEN_AS_ONE, "\U0001f1f3\U0001f1f1"]), max_size=40), st.integers(1, 12))
def test_cutting_loses_nothing_and_breaks_no_letter(letters: list[str], length: int) -> None:
    """Every letter arrives whole and in order; a part is longer than asked only where one letter alone is."""
    text = "".join(letters)
    parts = split(text, length)
    whole = [letter for part in parts for letter in _graphemes(part) if not letter.isspace()]
    assert [letter for letter in _graphemes(text) if not letter.isspace()] == whole
    assert all(len(part.encode("utf-16-le")) // 2 <= length or len([*_graphemes(part)]) == 1 for part in parts)


def test_the_documentation_tells_the_same_abilities() -> None:
    """What docs/channels.md promises about a channel is what rendering does."""
    text = (Path(__file__).parents[2] / "docs" / "channels.md").read_text("utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")
    ]
    told = {row[0]: row[1:] for row in rows if row[0] in set(ChannelName)}
    expected = {
        name.value: [
            str(ability.length),
            ", ".join(f"{'list of ' if t.listed else ''}{t.most} of {t.title}" for t in ability.taps) or "digits",
            f"{ability.window / dt.timedelta(hours=1):.0f} hours" if ability.window else "always",
            "yes" if ability.lookup else "no",
        ]
        for name, ability in ABILITIES.items()
    }
    assert expected == told
