"""A school's own examples: part of its revisions, learnt beside the serving, and forgotten with them."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.content import exchange
from bot.content.mind import ContentMind
from bot.content.minds import ContentMinds
from bot.content.phrases import Phrasebook
from bot.content.revisions import Change, published_examples
from bot.content.shipped import Shipped
from bot.content.teaching import choices
from bot.errors import Refusal
from bot.turn.types import Heard, Known, Memory
from bot.turn.types import School as SchoolSeen
from db.tables import ContentExample
from db.types import ChannelName, InboundKind
from nlu import deepen, embedded
from nlu.embedded import EmbeddedRecogniser
from nlu.examples import Example
from nlu.overlay import Overlay
from tests.conftest import NOW
from tests.content.test_revisions import Desk, desk
from tests.nlu.conftest import DATA
from tests.nlu.test_overlay import Topics

__all__ = ["desk"]
HOURS = Example("nl", "hours", "kan ik nu langskomen bij de balie")
TURKISH = Example("tr", "hours", "gişeye şimdi gelebilir miyim")
LOST = Example("nl", "lost", "waar liggen de gevonden spullen")


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> EmbeddedRecogniser:
    """Four intents in two languages, trained in no time."""
    return embedded.load(DATA / "small", cache=tmp_path_factory.mktemp("cache"))


async def teach(desk: Desk, *examples: Example) -> None:
    await desk.database.write(lambda s: desk.verbs.teach(s, desk.school_id, None, examples))


async def published(desk: Desk, number: int) -> tuple[Example, ...]:
    async with desk.database.read() as session:
        return await published_examples(session, desk.school_id, number)


def meant(mind: ContentMind, school: SchoolSeen, text: str) -> str:
    """What the line makes of a message."""
    known = Known(now=NOW, channel=ChannelName.WEB, memory=Memory(), school=school)
    return str(mind.turn(Heard(text, InboundKind.TEXT, NOW), known, allow_wait=True).trace["intent"])


# --------------------------------------------------------------------------- as part of a revision


@pytest.mark.asyncio
async def test_examples_are_drafted_published_and_rolled_back(desk: Desk) -> None:
    """Like sentences: seen in the difference, complete in each revision, gone with the way back."""
    await teach(desk, HOURS, TURKISH)
    changes = await desk.difference()
    first = await desk.publish()
    await desk.database.write(lambda s: desk.verbs.unteach(s, desk.school_id, None, "nl", HOURS.text))
    second = await desk.publish()
    back = await desk.roll_back(first)
    none = await desk.roll_back(0)
    assert changes == (
        Change("example/utter_hours", "nl", "", HOURS.text, ready=True),
        Change("example/utter_hours", "tr", "", TURKISH.text, ready=True),
    )
    assert [await published(desk, number) for number in (first, second, back, none)] == [
        (HOURS, TURKISH),
        (TURKISH,),
        (HOURS, TURKISH),
        (),
    ]


@pytest.mark.asyncio
async def test_a_discarded_draft_teaches_nothing(desk: Desk) -> None:
    """And leaves no row behind."""
    await teach(desk, HOURS)
    await desk.discard()
    async with desk.database.read() as session:
        left = await session.scalar(select(func.count()).select_from(ContentExample))
    assert (left, await desk.difference()) == (0, ())


@pytest.mark.asyncio
async def test_a_text_means_one_thing(desk: Desk) -> None:
    """What is taught again means the last thing said of it; the same in another language is another example."""
    await teach(desk, HOURS)
    await teach(desk, replace(HOURS, intent="passed"), replace(HOURS, language="tr"))
    number = await desk.publish()
    assert await published(desk, number) == (replace(HOURS, intent="passed"), replace(HOURS, language="tr"))


@pytest.mark.parametrize(
    "example",
    [
        Example("nl", "emergency", "help"),
        Example("nl", "hours", "ik wil dood"),
        Example("nl", "hours", "  "),
        Example("nl", "hours", "?!"),
        Example("nl", "hours", "a" * 501),
        Example("nl", "hours", "ja\x07"),
        Example("ary_Latn", "hours", "salam"),
        Example("xx", "hours", "hoi"),
        Example("tr", "lost", "kayıp"),
        Example("nl", "Not an intent", "hoi"),
    ],
)
@pytest.mark.asyncio
async def test_what_cannot_be_taught_is_refused(desk: Desk, example: Example) -> None:
    """Danger is never taught; an own question begins in Dutch."""
    with pytest.raises(Refusal):
        await teach(desk, example)


def test_what_may_be_taught_has_a_dutch_name(real: Shipped) -> None:
    """All that menus can name, but for danger and small talk."""
    offered = choices(Phrasebook(real))
    assert len(offered) >= 30
    assert offered["ask_grades"] == "cijfers en rapport"
    assert not {"emergency", "report_bullying", "greet", "affirm"} & set(offered)


# --------------------------------------------------------------------------- as a file


def test_out_and_in_again_is_the_same(small: Shipped) -> None:
    """As Rasa's NLU files have it, by language; the second time nothing is new."""
    text = exchange.write(small, {}, "x", (HOURS, TURKISH, replace(TURKISH, text="açık mı: #1")))
    plan = exchange.plan(small, {}, exchange.read(text))
    again = exchange.plan(small, {}, exchange.read(text), plan.examples)
    assert "nlu:\n  nl:\n  - intent: hours\n    examples: |\n      - kan ik nu langskomen bij de balie\n" in text
    assert set(plan.examples) == {HOURS, TURKISH, replace(TURKISH, text="açık mı: #1")}
    assert (plan.new, plan.refused, plan.size) == (3, [], 3)
    assert (again.size, again.same) == (0, 3)


def test_what_is_wrong_is_told_by_line(small: Shipped) -> None:
    """The rest can be taken; an own question is fine if it has Dutch."""
    text = """version: 1
sentences: {}
nlu:
  nl:
  - intent: lost
    examples: |
      - waar liggen de gevonden spullen
  - intent: emergency
    examples: |
      - help
  tr:
  - intent: lost
    examples: |
      - kayıp eşya nerede
  - intent: nobody
    examples: |

      - yok
  xx:
  - intent: hours
    examples: |
      - hoi
  pl: nic
"""
    plan = exchange.plan(small, {}, exchange.read(text))
    assert [(example.language, example.intent) for example in plan.examples] == [("nl", "lost"), ("tr", "lost")]
    assert [refused.line for refused in plan.refused] == [10, 18, 22, 23]


# --------------------------------------------------------------------------- as the line understands


@pytest.mark.asyncio
async def test_text_is_live_at_once_and_the_model_when_learnt(
    desk: Desk, small: Shipped, engine: EmbeddedRecogniser, school: SchoolSeen
) -> None:
    """Nobody waits: until the new examples are learnt, the last ones serve, in every process."""
    gate = threading.Event()

    def slowly(base: EmbeddedRecogniser, examples: tuple[Example, ...]) -> Overlay:
        assert gate.wait(20)
        return Overlay.fit(base, examples)

    minds = ContentMinds(desk.database, small, lambda: engine, learn=slowly)
    await teach(desk, HOURS)
    await desk.publish()
    before = meant(await minds.of(desk.school_id), school, HOURS.text)
    gate.set()
    await minds.learnt()
    first = meant(await minds.of(desk.school_id), school, HOURS.text)
    gate.clear()
    await teach(desk, TURKISH)
    number = await desk.publish()
    mind = await minds.of(desk.school_id)
    meanwhile = [mind.revision == number, meant(mind, school, HOURS.text), meant(mind, school, TURKISH.text)]
    gate.set()
    await minds.learnt()
    after = meant(await minds.of(desk.school_id), school, TURKISH.text)
    await desk.roll_back(0)
    rolled = meant(await minds.of(desk.school_id), school, TURKISH.text)
    assert (before != "hours", first) == (True, "hours")
    assert (meanwhile[:2], meanwhile[2] != "hours") == ([True, "hours"], True)
    assert (after, rolled != "hours") == ("hours", True)


@pytest.mark.asyncio
async def test_a_preview_knows_the_draft(
    desk: Desk, small: Shipped, engine: EmbeddedRecogniser, school: SchoolSeen
) -> None:
    """Trying a sentence waits for what was just taught; parents do not have it yet."""
    minds = ContentMinds(desk.database, small, lambda: engine)
    await teach(desk, TURKISH)
    tried = meant(await minds.preview(desk.school_id), school, TURKISH.text)
    published_one = meant(await minds.of(desk.school_id), school, TURKISH.text)
    assert (tried, published_one != "hours") == ("hours", True)


@pytest.mark.asyncio
async def test_an_own_question_without_an_answer_is_out_of_scope(
    desk: Desk, small: Shipped, engine: EmbeddedRecogniser, school: SchoolSeen
) -> None:
    """It goes to a person until somebody writes what the line says to it."""
    minds = ContentMinds(desk.database, small, lambda: engine)
    await teach(desk, LOST)
    await desk.publish()
    await minds.of(desk.school_id)
    await minds.learnt()
    assert meant(await minds.of(desk.school_id), school, LOST.text) == "out_of_scope"


@pytest.mark.asyncio
async def test_what_cannot_be_learnt_does_no_harm(
    desk: Desk, small: Shipped, engine: EmbeddedRecogniser, school: SchoolSeen, caplog: pytest.LogCaptureFixture
) -> None:
    """The shared engine answers; the log names the type of the error, and no example."""

    def never(_: EmbeddedRecogniser, examples: tuple[Example, ...]) -> Overlay:
        raise ValueError(examples[0].text)

    minds = ContentMinds(desk.database, small, lambda: engine, learn=never)
    await teach(desk, HOURS)
    await desk.publish()
    for _ in range(2):
        meant(await minds.of(desk.school_id), school, HOURS.text)
        await minds.learnt()
    tried = await minds.preview(desk.school_id)
    assert tried.revision == 1
    assert [(HOURS.text in line.message, "ValueError" in line.message) for line in caplog.records] == [(False, True)]


@pytest.mark.asyncio
async def test_points_that_come_later_are_used(desk: Desk, small: Shipped, tmp_path: Path) -> None:
    """Once the engine has its points, what the school taught is learnt anew with them; until then the first serves."""
    engine = embedded.load(DATA / "small", cache=tmp_path)
    seen: list[bool] = []

    def learn(base: EmbeddedRecogniser, examples: tuple[Example, ...]) -> Overlay:
        overlay = Overlay.fit(base, examples)
        seen.append(overlay.points is not None)
        return overlay

    minds = ContentMinds(desk.database, small, lambda: engine, learn=learn)
    await teach(desk, HOURS)
    await desk.publish()
    await minds.of(desk.school_id)
    await minds.learnt()
    first = await minds.of(desk.school_id)
    deepen.deepen(engine, Topics(), DATA / "small", DATA / "small_danger", cache=tmp_path)
    meanwhile = await minds.of(desk.school_id)
    await minds.learnt()
    after = await minds.of(desk.school_id)
    await minds.learnt()
    assert (meanwhile is first, after is first, seen) == (True, False, [False, True])
