"""Somebody opens every page there is, asks every question, and seeks what is not theirs; what they have no right to is a leak."""

from __future__ import annotations

import json
import random
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

import httpx
from fastapi.routing import iter_route_contexts
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries import aside, cases, classes, guardians, staff, threads
from db.queries.cases import Tab
from db.queries.staff import Me
from tests.leaks.marks import facts
from tests.leaks.people import ACase, AGuardian, ASchool, AStaff
from tests.leaks.rights import (
    classes_of,
    counted,
    directory,
    may_know,
    may_read,
    may_see,
    may_see_guardian,
    names_in,
    never_in_lists,
    page_of,
)
from tests.leaks.world import LeakWorld

UNSEEN = ("/webhooks", "/health", "/static", "/inbox/events", "/logout")
"""No pages of somebody's: they have tests of their own. The live updates say nothing but that something changed."""
FEW = {"entry", "flow_id", "intent", "number", "change_id", "topic"}
"""What content and settings are called by: nothing personal hangs on which one it is, so one of each will do."""
NUMBERS = (1, 2)
"""For a name in an address that nobody has taught the walk."""
_GUARDIAN = re.compile(r"/people/guardians/(\d+)")
_CASES = re.compile(r'href="/inbox/(\d+)')
_COUNT = re.compile(r'href="/inbox\?tab=(\w+)[^"]*"[^>]*>[^<]*<span class="count">(\d+)<')
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_LIST = re.compile(r'<div id="list".*?(?:</section>|\Z)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Leak:
    """Who met what where. `facts` are invented words: they may be printed."""

    reader: str
    place: str
    facts: tuple[str, ...]

    def __str__(self) -> str:
        """For the report of a failure."""
        return f"{self.reader}: {self.place}: {', '.join(self.facts[:5])}"


class Walk:
    """One person's way through everything."""

    def __init__(self, world: LeakWorld, school: ASchool, person: AStaff, chance: random.Random) -> None:
        """`chance` chooses what is sought."""
        self.world, self.school, self.person, self.chance = world, school, person, chance
        self.known = may_know(school, person)
        self.seen = {case.case_id for case in school.cases if may_see(school, person, case)}
        self.read = {case.case_id: case for case in school.cases if may_read(school, person, case)}
        self.looked = 0

    async def leaks(self) -> AsyncIterator[Leak]:
        """All of it, one by one."""
        async with self.world.pages.browser(self.person.staff_id) as client:
            async for leak in self._pages(client):
                yield leak
            async for leak in self._searches(client):
                yield leak
            async for leak in self._deeds(client):
                yield leak
        async for leak in self._questions():
            yield leak

    # ----------------------------------------------------------------- pages

    async def _pages(self, client: httpx.AsyncClient) -> AsyncIterator[Leak]:
        for path in self._paths():
            answer = await client.get(path)
            for leak in self._judge(path, answer, frozenset(self.world.marks.found(path) | self._here(path))):
                yield leak
            page = _GUARDIAN.fullmatch(path)
            if page and answer.is_success and not self._sees(self.world.guardian(int(page[1]))):
                yield Leak(self._name, path, (f"guardian {page[1]}",))

    def _here(self, path: str) -> set[str]:
        """What may stand on this page and on no other: her own address on her own, a guardian's family on hers."""
        if path == "/me" and not self.person.left:
            return facts(self.person.private)
        page = _GUARDIAN.fullmatch(path)
        return page_of(self.school, self.person, self.world.guardian(int(page[1]))) if page else set()

    def _sees(self, guardian: AGuardian) -> bool:
        return may_see_guardian(self.school, self.person, guardian)

    def _paths(self) -> Iterator[str]:
        """Every address with GET, its names filled in."""
        yield from (f"/inbox?tab={tab}" for tab in Tab)
        yield from (f"/inbox/list?tab={tab}" for tab in Tab)
        for route in iter_route_contexts(self.world.pages.app.routes):
            path = route.path or ""
            if "GET" in (getattr(route, "methods", None) or ()) and not path.startswith(UNSEEN):
                yield from self._filled(path)

    def _filled(self, path: str) -> Iterator[str]:
        names = re.findall(r"{(\w+)(?::\w+)?}", path)
        if not names:
            yield path
            return
        for value in self._values(names[0]):
            yield from self._filled(re.sub(r"{" + names[0] + r"(:\w+)?}", str(value), path, count=1))

    def _values(self, name: str) -> Sequence[object]:
        if name == "guardian_id":
            others = self.world.other(self.school).guardians[:2]
            return [guardian.guardian_id for guardian in (*self.school.guardians, *others)]
        return self._values_of_cases(name)

    def _values_of_cases(self, name: str) -> Sequence[object]:
        theirs = [case.case_id for case in self.school.cases]
        other = [case.case_id for school in self.world.schools if school is not self.school for case in school.cases]
        match name:
            case "case_id":
                return [*theirs, *other[:1]]
            case "media_id":
                kept = ([n for case in school.cases for n in case.media] for school in self.world.schools)
                return [number for numbers in kept for number in numbers[:1]]
            case "name":
                return [group.name for school in self.world.schools for group in school.classes]
            case "staff_id" if self.person.administrator:
                return [self.school.staff[0].staff_id, self.world.other(self.school).staff[0].staff_id]
            case _ if name in FEW or not self.person.administrator:
                return ["1"]
            case _:
                return list(NUMBERS)

    def _judge(self, place: str, answer: httpx.Response, more: frozenset[str] = frozenset()) -> Iterator[Leak]:
        """Facts anywhere, what is special in lists and titles, cases that are not there for them, counts."""
        self.looked += 1
        text = answer.text + json.dumps(dict(answer.headers))
        yield from self._facts(place, text, self.known | more)
        if self.person.left:
            return
        shown = "".join(_TITLE.findall(answer.text) + _LIST.findall(answer.text))
        yield from self._facts(f"{place} (list and title)", shown, (self.known - never_in_lists(self.school)) | more)
        linked = {int(number) for number in _CASES.findall(answer.text)} - self.seen
        asked = {int(number) for number in re.findall(r"/inbox/(\d+)", place)}
        if linked - asked:
            yield Leak(self._name, place, tuple(f"case {number}" for number in sorted(linked)))
        if place.startswith("/inbox") and "list" not in place:
            expected = counted(self.school, self.person)
            told = {tab: int(count) for tab, count in _COUNT.findall(answer.text)}
            wrong = {tab: count for tab, count in told.items() if count != expected[tab]}
            if wrong:
                yield Leak(self._name, f"{place} (counts)", tuple(f"{tab} {count}" for tab, count in wrong.items()))

    def _facts(self, place: str, text: str, known: set[str]) -> Iterator[Leak]:
        if unknown := self.world.marks.found(text) - known:
            yield Leak(self._name, place, tuple(sorted(unknown)))

    @property
    def _name(self) -> str:
        return f"{self.person.kind} of school {self.school.school_id}"

    # ----------------------------------------------------------------- what is sought

    async def _searches(self, client: httpx.AsyncClient) -> AsyncIterator[Leak]:
        """What somebody types they know already; what it leads to must be theirs, and have to do with it."""
        everything = sorted({fact for school in self.world.schools for fact in self.world.everything(school)})
        sought = ["qx", "a", *self.chance.sample(everything, 4)]
        sought += [word.lower() for case in self.world.unread(self.school, self.read, 2) for word in case.words[:2]]
        for word in sought:
            answer = await client.post("/inbox/search", data={"q": word})
            place, typed = "/inbox/search", frozenset(facts([word]))
            for leak in self._judge(place, answer, typed):
                yield leak
            found = {int(number) for number in _CASES.findall(answer.text)}
            # Nobody may learn from a hit that a word was said: only cases they read, which hold it.
            wrong = {number for number in found if number not in self.read or not self._holds(self.read[number], word)}
            if wrong:
                yield Leak(self._name, f"{place} finds", tuple(f"case {number}" for number in sorted(wrong)))
        unverified = [case.case_id for case in self.read.values() if not case.verified][:1]
        for case_id in [*unverified, *(case.case_id for case in self.world.unread(self.school, self.read, 1))]:
            more = frozenset(directory(self.school)) if case_id in self.read else frozenset[str]()
            for word in ("qx", "a", *self.chance.sample(everything, 1)):
                answer = await client.post(f"/inbox/{case_id}/bind/search", data={"q": word})
                for leak in self._judge(f"/inbox/{case_id}/bind/search", answer, more | facts([word])):
                    yield leak

    def _holds(self, case: ACase, word: str) -> bool:
        return any(word in fact for fact in names_in(self.school, case) | facts(case.words))

    # ----------------------------------------------------------------- what is done

    async def _deeds(self, client: httpx.AsyncClient) -> AsyncIterator[Leak]:
        """Every form of a case that is not theirs is not there, whatever is sent to it."""
        for case in self.world.unread(self.school, self.read, 2):
            for path in self._posts(case.case_id):
                if case.case_id in self.seen and path.endswith("/hand-over"):
                    continue
                answer = await client.post(path, data=self._form(case))
                for leak in self._judge(path, answer):
                    yield leak
                if not self.person.left and answer.status_code not in {400, 403, 404}:
                    yield Leak(self._name, f"{path} answered {answer.status_code}", (f"case {case.case_id}",))

    def _posts(self, case_id: int) -> Iterator[str]:
        for route in iter_route_contexts(self.world.pages.app.routes):
            path = route.path or ""
            if path.startswith("/inbox/{case_id}") and "POST" in (getattr(route, "methods", None) or ()):
                yield path.replace("{case_id}", str(case_id))

    def _form(self, case: ACase) -> dict[str, str]:
        mine = next(iter(self.read), case.case_id)
        return {
            "text": "x", "token": "12345678", "action": "send", "to": str(self.person.staff_id), "until": "monday",
            "who": "1-1", "q": "qx", "other": str(mine), "case": str(mine), "message": "1", "event": "1",
            "sensitivity": "special", "pupil": "1",
        }  # fmt: skip

    # ----------------------------------------------------------------- the questions behind the pages

    async def _questions(self) -> AsyncIterator[Leak]:
        """What a question gives back belongs to whoever asks, shown or not."""
        person = self.person
        if person.left:
            return
        name = staff.shown_name("", *person.names)
        me = Me(
            person.staff_id,
            self.school.school_id,
            name,
            person.administrator,
            tuple(person.roles),
            self.school.name,
            "Europe/Amsterdam",
            "",
        )
        asked: list[tuple[str, object]] = []
        now = self.world.pages.clock.now()
        async with self.world.pages.database.read() as session:
            asked += [(f"cases({tab})", await cases.cases(session, me, tab, now=now)) for tab in Tab]
            asked.append(("cases(search)", await cases.cases(session, me, Tab.MINE, search="qx", now=now)))
            for school in self.world.schools:
                for case in school.cases:
                    asked.append((f"one_case({case.case_id})", await cases.one_case(session, me, case.case_id)))
                    asked.append((f"notes({case.case_id})", await aside.notes(session, me, case.case_id)))
                    asked += [
                        (f"kept_file({media})", await threads.kept_file(session, me, case.case_id, media))
                        for media in case.media
                    ]
                for group in school.classes:
                    asked.append(
                        (f"one_class({group.class_id})", await classes.one_class(session, me, group.name, now.date()))
                    )
            asked.append(("classes", await classes.classes(session, me)))
            told = await cases.counts(session, me)
            async for leak in self._guardians(session, me):
                yield leak
        for place, answer in asked:
            self.looked += 1
            for leak in self._facts(place, repr(answer), self.known):
                yield leak
        expected = counted(self.school, person)
        if wrong := {tab: many for tab, many in told.items() if many != expected[tab]}:
            yield Leak(self._name, "counts", tuple(f"{tab} {many}" for tab, many in wrong.items()))
        if len(await self._class_names()) != len(classes_of(self.school, person)):
            yield Leak(self._name, "classes", ("how many",))

    async def _guardians(self, session: AsyncSession, me: Me) -> AsyncIterator[Leak]:
        """Her page is there for whoever may see it, and holds her own family: not what they know of others."""
        now = self.world.pages.clock.now()
        for guardian in (guardian for school in self.world.schools for guardian in school.guardians):
            self.looked += 1
            page = await guardians.guardian_page(session, me, guardian.guardian_id, now)
            if (page is not None) is not self._sees(guardian):
                yield Leak(self._name, "guardian_page", (f"guardian {guardian.guardian_id}",))
            for leak in self._facts("guardian_page", repr(page), page_of(self.school, self.person, guardian)):
                yield leak

    async def _class_names(self) -> list[str]:
        async with self.world.pages.browser(self.person.staff_id) as client:
            return re.findall(r'href="/classes/([^"]+)"', (await client.get("/classes")).text)
