"""A school's own flows: drafted with their faults, published without, kept by who is in the middle of one, and taken back."""

from __future__ import annotations

import pytest

from bot.content import exchange
from bot.content.editing import draft_examples, draft_overlay
from bot.content.flow_check import checked
from bot.content.flow_editing import NewFlow
from bot.content.phrases import Phrasebook
from bot.content.revisions import Change
from bot.content.shipped import load_shipped
from bot.errors import Refusal
from bot.staff.gaps import gaps
from bot.turn.types import Say
from db.types import ChannelName
from locales.catalogs import source_hash
from tests.content.flowing import (
    BIKES,
    FILE,
    NOW,
    STOP,
    TAUGHT,
    Desk,
    asking_twice,
    in_menu,
    real,
    replace_book,
    said,
    school,
    shipped_stop,
    turn,
)

pytestmark = pytest.mark.asyncio


async def test_a_changed_flow_is_what_parents_meet_once_published(desk: Desk) -> None:
    """Drafted it changes nothing; published it is the next turn's; rolled back it is gone."""
    await desk.save(asking_twice())
    drafted = said(await turn(desk, in_menu(), button="1.1"))
    changed = await desk.difference()
    await desk.publish()
    published = said(await turn(desk, in_menu(), button="1.1"))
    await desk.roll_back(0)
    back = said(await turn(desk, in_menu(), button="1.1"))
    assert [drafted, published, back] == [
        ["utter_stop_what"],
        ["utter_help_more", "utter_stop_what"],
        ["utter_stop_what"],
    ]
    assert Change(FILE, "nl", shipped_stop(), asking_twice().rstrip(), ready=True) in changed
    assert Change("utter_help_more/0", "nl", "", "Eerst dit.", ready=True) in changed


async def test_a_conversation_in_the_middle_keeps_its_flow(desk: Desk) -> None:
    """Her next answer is read by the revision that the flow began with; whoever begins later meets the new one."""
    began = await turn(desk, in_menu(), button="1.1")
    changed = shipped_stop().replace("utter_nothing_stopped", "utter_help_more")
    await desk.save(f'{changed}\nresponses:\n  utter_help_more:\n    - text: "Goed zo."\n')
    await desk.publish()
    kept = said(await turn(desk, began.memory, "2", revision=0))
    new = said(await turn(desk, began.memory, "2"))
    assert [kept, new] == [["utter_nothing_stopped"], ["utter_help_more"]]


async def test_a_step_that_is_gone_leads_to_a_person(desk: Desk) -> None:
    """After a day the revision is let go: then the open step may not exist any more, and nobody is left standing."""
    began = await turn(desk, in_menu(), button="1.1")
    await desk.save(shipped_stop().replace("collect: stop_scope\n", "id: what\n        collect: stop_scope\n"))
    await desk.publish()
    assert said(await turn(desk, began.memory, "2"))


async def test_faults_are_kept_but_not_published(desk: Desk) -> None:
    """What was typed stays, byte for byte, and nothing of the draft goes out until it is mended."""
    bad = shipped_stop().replace("then: stop", "then: stip")
    await desk.save(bad)
    await desk.edit("utter_stopped/0", "nl", "Goed, het is gestopt.")
    with pytest.raises(Refusal):
        await desk.publish()
    assert await desk.text() == bad
    assert said(await turn(desk, in_menu(), button="1.1")) == ["utter_stop_what"]
    await desk.reset()
    assert await desk.publish() == 1


async def test_nobody_overwrites_a_colleague_unseen(desk: Desk) -> None:
    """A form that showed an older text is refused."""
    shown = source_hash(await desk.text())
    await desk.save(asking_twice())
    with pytest.raises(Refusal):
        await desk.save(shipped_stop().replace("berichten stoppen", "stoppen"), was=shown)
    with pytest.raises(Refusal):
        await desk.reset(was=shown)
    assert await desk.text() == asking_twice().rstrip()


async def test_of_two_names_the_last_one_stays(desk: Desk) -> None:
    """A name written in the file takes the place of the one from the page of names, whose translations then wait."""
    await desk.edit(f"flow/{STOP}/name", "nl", "geen berichten")
    await desk.save(shipped_stop().replace("berichten stoppen", "stop ermee"))
    by_file = (await desk.minds.preview(desk.school_id)).phrases
    await desk.edit(f"flow/{STOP}/name", "nl", "hou op")
    by_page = (await desk.minds.preview(desk.school_id)).phrases
    assert [by_file.dutch(f"flow/{STOP}/name"), by_page.dutch(f"flow/{STOP}/name")] == ["stop ermee", "hou op"]
    turkish = by_file.sentence(f"flow/{STOP}/name", "tr")
    assert turkish is None or not turkish.fresh


async def test_a_flow_of_its_own_speaks_dutch_with_a_word_about_it(desk: Desk) -> None:
    """Its sentences have no translations: she is told so in her language; a translation from the page is used at once."""
    await desk.teach(TAUGHT)
    await desk.save(BIKES, "own_bikes")
    changed = await desk.difference()
    await desk.publish()
    say = Say("utter_ask_own_bike_key")
    first = (await desk.minds.of(desk.school_id)).words(
        say, language="tr", channel=ChannelName.WEB, school=school(), menu=1
    )
    await desk.edit("utter_ask_own_bike_key/0", "tr", "Bisikletin anahtarı mı kayıp?")
    await desk.publish()
    phrases = (await desk.minds.of(desk.school_id)).phrases
    second = phrases.render(say, language="tr", channel=ChannelName.WEB, school=school(), menu=1)
    only = phrases.sentence("utter_only_dutch/0", "tr")
    assert only is not None
    assert first.texts[0] == f"{only.text}\n\nIs de sleutel van de fiets kwijt?"
    assert second.texts[0] == "Bisikletin anahtarı mı kayıp?"
    assert {change.language for change in changed if not change.ready} >= {"tr", "ar", "pl"}


async def test_a_question_that_nobody_taught_starts_nothing(desk: Desk) -> None:
    """An intent needs a Dutch example before a flow may wait for it."""
    await desk.save(BIKES, "own_bikes")
    with pytest.raises(Refusal):
        await desk.publish()
    await desk.teach(TAUGHT)
    assert await desk.publish() == 1
    assert said(await turn(desk, in_menu("bikes"), button="1.1")) == ["utter_ask_own_bike_key"]


async def test_a_new_flow_begins_with_one_sentence(desk: Desk) -> None:
    """Sound from the start, under a name that nothing shipped has; removed, nothing of it is left."""
    first = NewFlow("gevonden: jas?", "Says where lost things lie.", "In de kluis: kom #1 langs.", "ask_school_rules")
    made = [await desk.add(first), await desk.add(NewFlow("Gevonden jas", "Twice.", "Nog een."))]
    async with desk.database.read() as session:
        overlay = await draft_overlay(session, desk.school_id)
    laid = checked(real(), overlay, ())
    await desk.edit(f"utter_{made[0]}/0", "tr", "Kasada.")
    for flow_id in made:
        await desk.reset(flow_id)
    async with desk.database.read() as session:
        left = await draft_overlay(session, desk.school_id)
    assert made == ["own_gevonden_jas", "own_gevonden_jas_2"]
    assert laid.book.flows[made[0]].triggers == ("ask_school_rules",)
    assert Phrasebook(real(), overlay).dutch("utter_own_gevonden_jas/0") == "In de kluis: kom #1 langs."
    assert all(map(laid.is_sound, made))
    assert left == {}


async def test_what_a_file_says_can_be_changed_on_its_page_and_back(desk: Desk) -> None:
    """Written as the file has it again, no sentence of the school's own is kept."""
    await desk.teach(TAUGHT)
    await desk.save(BIKES, "own_bikes")
    context = "utter_ask_own_bike_key/0"
    await desk.edit(context, "nl", "Kwijt, die sleutel?")
    async with desk.database.read() as session:
        changed = await draft_overlay(session, desk.school_id)
    await desk.edit(context, "nl", "Is de sleutel van de fiets kwijt?")
    async with desk.database.read() as session:
        back = await draft_overlay(session, desk.school_id)
    assert (context, "nl") in changed
    assert (context, "nl") not in back


async def test_flows_travel_in_the_schools_file(desk: Desk) -> None:
    """Out and in again nothing is different; at another school all of it arrives."""
    await desk.teach(TAUGHT)
    await desk.save(BIKES, "own_bikes")
    await desk.save(asking_twice())
    await desk.edit("utter_ask_own_bike_key/0", "tr", "Anahtar mı kayıp?")
    async with desk.database.read() as session:
        overlay, taught = await draft_overlay(session, desk.school_id), await draft_examples(session, desk.school_id)
    text = exchange.write(real(), overlay, "Voorbeeldcollege", taught)
    file = exchange.read(text)
    again = exchange.plan(real(), overlay, file, taught)
    there = exchange.plan(real(), {}, file)
    assert (again.size, list(again.refused)) == (0, [])
    assert list(there.refused) == []
    arrived = exchange.over({}, there.wanted)
    assert {key: one.text for key, one in arrived.items()} == {key: one.text for key, one in overlay.items()}
    assert checked(real(), arrived, there.examples).is_sound("own_bikes")


async def test_a_flow_that_the_line_has_outgrown_is_told(desk: Desk) -> None:
    """After an upgrade a published flow may not fit any more: parents meet the shipped one, and `content check` says so."""
    await desk.save(asking_twice())
    await desk.publish()
    newer = replace_book(load_shipped(), without="utter_nothing_stopped")
    async with desk.database.read() as session:
        found = [str(gap) for gap in await gaps(session, newer, desk.school_id, NOW)]
    assert [line for line in found if f"conversation {STOP}" in line]
