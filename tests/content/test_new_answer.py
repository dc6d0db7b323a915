"""A school's own answers in the book and in a file: whole or not there at all, under names that nothing else has."""

from __future__ import annotations

import json

import pytest

from bot.content import exchange, own
from bot.content.naming import called
from bot.content.own_rules import places, refuse_bad_place
from bot.content.phrases import ONLY_DUTCH, Phrasebook
from bot.content.resembling import resembling, shipped_examples
from bot.content.revisions import said_anew
from bot.content.shipped import Edited, Overlay, Shipped, entry_of
from bot.errors import Refusal
from bot.turn.sentences import buttons
from bot.turn.types import Option, Say, School
from db.types import ChannelName
from locales.catalogs import source_hash
from nlu.examples import Example

FAT = "ask_ours_fatbike"
TEXT, TITLE, PLACE = own.text_of(FAT), own.title_of(FAT), own.place_of(FAT)
MENU = "utter_help"


def dutch(**said: str) -> Overlay:
    """An answer: its text, its name, where its button stands."""
    named = {"text": TEXT, "title": TITLE, "place": PLACE}
    return {(named[part], "nl"): Edited(text, source_hash(text)) for part, text in said.items()}


WHOLE = dutch(text="Achter de gymzaal. Bel {school_phone}.", title="fatbike", place=MENU)
TURKISH = Edited("bisiklet", source_hash("fatbike"))


@pytest.mark.parametrize(
    ("title", "intent"),
    [
        ("Fietsen & scooters!", "ask_ours_fietsen_scooters"),
        ("  Één crèche  ", "ask_ours_een_creche"),
        ("fatbike", "ask_ours_fatbike_3"),
        ("自行车", "ask_ours_vraag"),
        ("../../etc", "ask_ours_etc"),
        ("x" * 200, "ask_ours_" + "x" * 40),
    ],
)
def test_an_id_is_made_of_the_name(title: str, intent: str) -> None:
    """In letters that every file and log can hold, and nobody else's."""
    assert (
        called(title, {"ask_ours_fatbike", "ask_ours_fatbike_2", "help"}, prefix=own.PREFIX, otherwise="vraag")
        == intent
    )


def test_no_shipped_name_is_one_of_the_schools_own(real: Shipped) -> None:
    """Whatever is shipped later cannot fall together with what a school wrote."""
    assert own.own_intents(real.book) == []
    assert [each.intent for each in shipped_examples() if each.intent.startswith(own.PREFIX)] == []


@pytest.mark.parametrize("half", [dutch(text="Ja."), dutch(title="fatbike"), dutch(title="x", place=MENU)])
def test_half_an_answer_is_none(real: Shipped, half: Overlay) -> None:
    """It needs what is said and what it is called."""
    assert own.own_intents(Phrasebook(real, half).book) == []


def test_all_of_it_is_one_entry(real: Shipped) -> None:
    """Opened, changed and listed together."""
    phrases = Phrasebook(real, WHOLE)
    assert phrases.contexts(f"utter_{FAT}") == [TEXT, TITLE]
    assert {entry_of(context) for context in (TEXT, TITLE, PLACE, f"example/utter_{FAT}")} == {f"utter_{FAT}"}
    assert own.host_of(phrases.book, FAT) == MENU
    assert phrases.named(f"utter_{FAT}") == "fatbike"


def test_what_is_shipped_never_loses_a_choice(real: Shipped) -> None:
    """One place of WhatsApp's ten is the line's own; what does not fit is not shown, and is refused where it is asked for."""
    second = {(context.replace("fatbike", "zolder"), code): text for (context, code), text in WHOLE.items()}
    phrases = Phrasebook(real, {**WHOLE, **second})
    shown = [option.payload for option in buttons(phrases.book, MENU)]
    assert shown[:-1] == [option.payload for option in buttons(real.book, MENU)]
    assert (shown[-1], len(shown)) == (f"/{FAT}", 9)
    refuse_bad_place(phrases, FAT, MENU)
    with pytest.raises(Refusal, match="no room"):
        refuse_bad_place(phrases, "ask_ours_zolder", MENU)


def test_a_button_stands_where_the_line_only_tells(real: Shipped) -> None:
    """The menu first; no question of a flow, nothing about danger, no menu of doubt."""
    offered = places(Phrasebook(real, WHOLE))
    assert next(iter(offered.items())) == (MENU, "menu")
    assert {"utter_ask_school_rules", "utter_more_phones", f"utter_{FAT}"} <= offered.keys()
    assert not {"utter_ask_absence_kind", "utter_danger_now", "utter_not_understood"} & offered.keys()


@pytest.mark.parametrize(
    ("language", "seen"), [("nl", "fatbike"), ("tr", "fatbike (NL)"), ("ar", "\u2068fatbike (NL)\u2069")]
)
def test_a_dutch_name_says_itself_that_it_is(real: Shipped, school: School, language: str, seen: str) -> None:
    """The menu around it is hers; a menu that is Dutch says so at its head, once."""
    phrases = Phrasebook(real, WHOLE)
    for text, marked in (("utter_help", True), (f"utter_{FAT}", False)):
        say = Say(text, options=(Option(f"/{FAT}", TITLE),))
        words = phrases.render(say, language=language, channel=ChannelName.WEB, school=school, menu=1)
        notice = phrases.sentence(ONLY_DUTCH, language)
        assert notice is not None
        assert words.texts[0].startswith(notice.text[:12]) is (not marked and language != "nl")
        assert (words.choices[0].title == seen) is (marked or language == "nl")


def test_a_translated_name_is_hers(real: Shipped, school: School) -> None:
    """Without a mark, though the answer itself may wait still."""
    say = Say("utter_help", options=(Option(f"/{FAT}", TITLE),))
    phrases = Phrasebook(real, {**WHOLE, (TITLE, "tr"): TURKISH})
    words = phrases.render(say, language="tr", channel=ChannelName.WEB, school=school, menu=1)
    assert words.choices[0].title == "bisiklet"


def test_what_comes_and_goes_is_told_once(real: Shipped) -> None:
    """New: its Dutch, its place, and that others wait. Gone: what there was, and no language that waits for nothing."""
    before, after = Phrasebook(real), Phrasebook(real, {**WHOLE, (TITLE, "tr"): TURKISH})
    come, gone = (said_anew(*books, (TEXT, TITLE, PLACE)) for books in ((before, after), (after, before)))
    texts = {(each.context, each.language): each.after for each in come if each.ready}
    said = {context: edited.text for (context, _), edited in WHOLE.items()} | {PLACE: "menu"}
    assert texts == {(context, "nl"): text for context, text in said.items()} | {(TITLE, "tr"): "bisiklet"}
    assert {each.context for each in come if not each.ready} == {TEXT, TITLE}
    assert {(each.context, each.language): each.before for each in gone} == texts


# --------------------------------------------------------------------------- as a file


def test_out_and_in_again_is_the_same(real: Shipped) -> None:
    """With its translation, also a stale one, and its place."""
    overlay = {**WHOLE, (TITLE, "tr"): TURKISH, (TEXT, "pl"): Edited("Za salą. {school_phone}", "0badcafe")}
    text = exchange.write(real, overlay, "x")
    plan = exchange.plan(real, {}, exchange.read(text))
    assert (exchange.over({}, plan.wanted), plan.refused) == (overlay, [])
    assert exchange.plan(real, overlay, exchange.read(text)).size == 0


def one(**parts: object) -> str:
    """A file, as JSON, which is YAML too."""
    named = {"text": TEXT, "title": TITLE, "place": PLACE}
    said = {"text": "Ja.", "title": "fatbike"} | parts
    sentences = {named[name]: said if isinstance(said, dict) else {"nl": said} for name, said in said.items() if said}
    return json.dumps({"version": 1, "sentences": sentences})


REFUSED = {
    "no name": (one(title=None), ["both its text and its name"]),
    "no text": (one(text=None), ["both its text and its name"]),
    "a bad text": (one(text="<b>Ja</b>"), ["HTML", "both its text and its name"]),
    "a bad name": (one(title="x" * 21), ["both its text and its name", "20 characters"]),
    "an unknown blank": (one(text="Bel {nobody}."), ["no fact", "both its text and its name"]),
    "no Dutch": (one(text={"tr": "Evet."}), ["both its text and its name", "does not exist"]),
}


@pytest.mark.parametrize(("text", "why"), REFUSED.values(), ids=list(REFUSED))
def test_half_of_it_is_refused_with_the_rest(real: Shipped, text: str, why: list[str]) -> None:
    """Nothing of it is taken."""
    plan = exchange.plan(real, {}, exchange.read(text))
    assert plan.wanted == {}
    assert sorted(why) == sorted(next(part for part in why if part in str(each.why)) for each in plan.refused)


@pytest.mark.parametrize("place", ["utter_nothing", "utter_danger_now", f"utter_{FAT}", {"tr": MENU}, "<b>"])
def test_a_bad_place_is_refused_alone(real: Shipped, place: object) -> None:
    """The answer is taken; its button can be put elsewhere."""
    plan = exchange.plan(real, {}, exchange.read(one(place=place)))
    assert set(plan.wanted) == {(TEXT, "nl"), (TITLE, "nl")}
    assert len(plan.refused) == 1


def test_a_full_menu_takes_the_first_of_a_file(real: Shipped) -> None:
    """And says of the second that there is no room."""
    second = json.loads(one(place=MENU).replace("fatbike", "zolder"))["sentences"]
    both = {"version": 1, "sentences": json.loads(one(place=MENU))["sentences"] | second}
    plan = exchange.plan(real, {}, exchange.read(json.dumps(both)))
    assert ["no room" in str(each.why) for each in plan.refused] == [True]
    assert len(plan.wanted) == 5


# --------------------------------------------------------------------------- what resembles


def test_nearly_the_same_is_found_with_what_it_means() -> None:
    """Capitals and signs make no other sentence; short ones are alike by chance, and what the school taught counts too."""
    mine = ["WANNEER is de ouderavond?!", "ouderavond fatbike", "waar staat de fatbike van mijn zoon nu dan"]
    taught = [Example("nl", "ask_ours_zolder", "waar staat de fatbike van mijn zoon nu")]
    found = [(each.mine, each.intent) for each in resembling(mine, taught)]
    assert found == [(mine[0], "ask_parent_evening"), (mine[2], "ask_ours_zolder")]
