"""People in, on the page: a file, a look, a yes; for administrators, in Dutch, and nothing written before."""

from __future__ import annotations

import asyncio
import html
import re

import httpx
import pytest

from db.tables import ImportColumns, PeopleImport, Pupil
from db.types import ImportState
from tests.people.files import oneroster, table, zipped
from tests.web.world import Pages

pytestmark = pytest.mark.asyncio
HEAD = (
    "leerlingnummer;roepnaam;achternaam;klas;mentor1;ouder1_voornaam;ouder1_achternaam;ouder1_rechten;ouder1_telefoon"
)
ELIF = "P1;Elif;Demir;2B;;Fatma;Demir;;0612345678"
AMIN = "P2;Amin;Arslan;2B;;Yusuf;Arslan;beperkt;"
NOOR = "P3;Noor;Kuiper;3C;;Ellen;Kuiper;;"


def text(answer: httpx.Response) -> str:
    """What a reader sees."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


async def hand_in(
    client: httpx.AsyncClient, data: bytes, name: str = "leerlingen.csv", **fields: str
) -> httpx.Response:
    """Choose a file, and go where the page goes."""
    answer = await client.post("/people/import", files={"file": (name, data)}, data=fields)
    return await client.get(answer.headers["location"]) if answer.status_code == 303 else answer


def lines(*rows: str) -> bytes:
    """A file."""
    return table(*rows)["leerlingen.csv"]


async def take(client: httpx.AsyncClient, page: httpx.Response, **fields: str) -> httpx.Response:
    """Say yes to what the page showed."""
    seen = re.search(r'name="seen" value="([^"]+)"', page.text)
    assert seen
    answer = await client.post(f"{page.url.path}/take", data={"seen": seen[1], **fields})
    return await client.get(answer.headers["location"]) if answer.status_code == 303 else answer


async def test_from_the_file_to_the_counts(pages: Pages) -> None:
    """Looked at, nothing written; then all of it; and the file is gone."""
    async with pages.browser(pages.one.staff["chief"]) as client:
        preview = await hand_in(client, lines(HEAD, ELIF, AMIN, NOOR))
        before = len(await pages.rows(Pupil))
        done = await take(client, preview)
        again = await hand_in(client, lines(HEAD, ELIF, AMIN, NOOR))
        people = await client.get("/people")
        start = await client.get("/people/import")
    assert (preview.status_code, before) == (200, 4)
    assert "Noor Kuiper" in text(preview)
    assert "Deze verzorgers komen minder te weten" in text(preview)
    assert len(await pages.rows(Pupil)) == 5
    assert "2 nieuw, 2 veranderd, 2 hetzelfde, 0 geweigerd" in text(done)
    assert "Er verandert niets." in text(again)
    assert "3 leerlingen" in text(people)
    assert ("mevrouw" in start.text or "meneer Beheer" in text(start), "Noor" in start.text) == (True, False)
    first = (await pages.rows(PeopleImport))[0]
    assert (first.state, first.file, first.file_name) == (ImportState.DONE, None, "")


async def test_administrators_only(pages: Pages) -> None:
    """A mentor sees the figures and is told who can do more; another school's import is not there."""
    async with pages.browser(pages.one.staff["chief"]) as client:
        page = await hand_in(client, lines(HEAD, ELIF, AMIN))
    async with pages.browser(pages.one.staff["mentor"]) as client:
        refused = [(await client.get(path)).status_code for path in ("/people/import", page.url.path)]
        posted = await client.post("/people/import", files={"file": ("a.csv", b"x")})
        people = await client.get("/people")
    async with pages.browser(pages.two.staff["chief"]) as client:
        elsewhere = [
            (await client.get(page.url.path)).status_code,
            (await client.post(f"{page.url.path}/take", data={"seen": "x"})).status_code,
            (await client.post(f"{page.url.path}/aside")).status_code,
        ]
    assert (refused, posted.status_code, elsewhere) == ([403, 403], 403, [404, 404, 404])
    assert ("/people/import" in people.text, people.status_code) == (False, 200)


async def test_half_a_school_needs_a_yes(pages: Pages) -> None:
    """More than a fifth missing: nothing is written without the number; or the file is said to be a part."""
    async with pages.browser(pages.one.staff["chief"]) as client:
        preview = await hand_in(client, lines(HEAD, ELIF))
        refused = await take(client, preview)
        left = [row.left_at for row in await pages.rows(Pupil)]
        await client.post(f"{preview.url.path}/part", data={"part": "1"})
        part = await client.get(preview.url.path)
        await client.post(f"{preview.url.path}/part", data={"part": "0"})
        whole = await take(client, await client.get(preview.url.path), left="1")
    assert "1 leerling staat niet in dit bestand" in text(preview)
    assert (refused.status_code, left) == (422, [None] * 4)
    assert ("staat niet in dit bestand" in text(part), "maar een deel" in text(part)) == (False, True)
    assert "Het is gedaan" in text(whole)
    gone = [row.number for row in await pages.rows(Pupil) if row.left_at and row.school_id == pages.one.school_id]
    assert gone == ["P2"]


async def test_columns_are_said_once(pages: Pages) -> None:
    """Unknown headings are asked about, remembered by this school only, and used from then on."""
    data = lines("Kenmerk;Kind;Lokaal;Opmerking", "77;Zehra Kaya;2B;leuk", "78;Can Kaya;2B;")
    async with pages.browser(pages.one.staff["chief"]) as client:
        asked = await hand_in(client, data)
        refused = await client.post(f"{asked.url.path}/columns", data={"column1": "name"})
        said = {"column0": "number", "column1": "name", "column2": "class_name", "column3": ""}
        answer = await client.post(f"{asked.url.path}/columns", data=said)
        preview = await client.get(answer.headers["location"])
        again = await hand_in(client, data)
    async with pages.browser(pages.two.staff["chief"]) as client:
        other = await hand_in(client, data)
    assert "Welke kolom is wat?" in text(asked)
    assert "Zehra Kaya" in text(asked)
    assert refused.status_code == 422
    assert ("Zehra Kaya" in text(preview), "Wat er zou veranderen" in text(again)) == (True, True)
    assert "Welke kolom is wat?" in text(other)
    (row,) = await pages.rows(ImportColumns)
    assert row.columns == ["number", "name", "class_name", ""]


async def test_what_cannot_be_read_is_not_kept(pages: Pages) -> None:
    """Why, in Dutch; no trace of the file."""
    async with pages.browser(pages.one.staff["chief"]) as client:
        answers = [
            await hand_in(client, data)
            for data in (
                b"",
                b"\x89PNG\r\n\x1a\n0000",
                b"a\x00b;c\nd;e",
                zipped({"../users.csv": b"x"}),
                b'a;b\n"c;d\n',
            )
        ]
    assert [answer.status_code for answer in answers] == [422] * 5
    assert "Er is niets van gelezen." in text(answers[3])
    assert await pages.rows(PeopleImport) == []


async def test_names_are_escaped(pages: Pages) -> None:
    """A file is not a page."""
    attack = "<script>alert(1)</script>"
    async with pages.browser(pages.one.staff["chief"]) as client:
        preview = await hand_in(
            client, lines(HEAD, ELIF, AMIN, f"P9;{attack};Kaya;{attack};;;;;"), name=f"{attack}.csv"
        )
    assert (attack in preview.text, attack in text(preview)) == (False, True)


async def test_what_was_seen_is_what_is_done(pages: Pages) -> None:
    """Another administrator was faster: look again."""
    async with pages.browser(pages.one.staff["chief"]) as client:
        preview = await hand_in(client, lines(HEAD, ELIF, AMIN, NOOR))
        await pages.change(Pupil, pages.one.pupils["Elif"], given_name="Elifnur")
        answer = await take(client, preview)
        aside = await client.post(f"{preview.url.path}/aside")
        gone = await client.get(preview.url.path)
        late = await client.post(f"{preview.url.path}/take", data={"seen": "x"})
    assert (answer.status_code, "Kijk opnieuw" in text(answer)) == (422, True)
    assert (aside.status_code, "Weggelegd" in text(gone) or "niet meer bewaard" in text(gone)) == (303, True)
    assert (late.status_code, len(await pages.rows(Pupil))) == (404, 4)


async def test_a_large_zip_and_two_clicks(pages: Pages) -> None:
    """More than other forms may send; clicked twice it is done once."""
    files = oneroster(60, version="1.2")
    files["users.csv"] += b"\n" * 10
    data = zipped(files) + b""
    async with pages.browser(pages.one.staff["chief"]) as client:
        preview = await hand_in(client, data, name="set.zip")
        answers = await asyncio.gather(take(client, preview, left="2"), take(client, preview, left="2"))
        large = await client.post("/people/import", files={"file": ("a.csv", b"x;y\n" * 600_000)})
    assert {answer.status_code for answer in answers} <= {200, 404, 422}
    assert [row.state for row in await pages.rows(PeopleImport)].count(ImportState.DONE) == 1
    assert len(await pages.rows(Pupil)) == 64
    assert large.status_code == 422


async def test_the_template(pages: Pages) -> None:
    """As a spreadsheet opens it; it can be read as it is."""
    async with pages.browser(pages.one.staff["chief"]) as client:
        answer = await client.get("/people/import/template.csv")
        read = await hand_in(client, answer.content + b"9;Sem;;Kuiper;1-2-2012;2B" + b";" * 20)
    assert answer.content.startswith(b"\xef\xbb\xbfleerlingnummer;roepnaam;")
    assert "Sem Kuiper" in text(read)
