"""Tables as they are found: every encoding, delimiter and quirk is read to the same people; what is hostile is refused."""

from __future__ import annotations

import contextlib
import datetime as dt
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.people.importing.columns import TEMPLATE, find
from bot.people.importing.opening import open_bytes
from bot.people.importing.reading import UnknownColumns, read
from bot.people.importing.roster import Roster
from bot.people.importing.text import NotRead, read_table
from db.types import Rights
from tests.people.files import table

TODAY = dt.date(2026, 11, 23)
LINES = (
    "leerlingnummer;roepnaam;tussenvoegsel;achternaam;geboortedatum;klas;ouder1_voornaam;ouder1_achternaam;ouder1_taal",
    "007;Elif;;Demir;31-01-2012;2B;Fatma;Demir;Turks",
    "8;Daan;van der;Berg;1/2/2013;2B;Zoë;Bērziņš;nl",
)
LATIN = (*LINES[:2], LINES[2].replace("Bērziņš", "Müller"))


def roster(files: dict[str, bytes]) -> Roster:
    """What is read of them."""
    return read(files, today=TODAY)


def told(found: Roster) -> list[tuple[object, ...]]:
    """The people in it, without where they stood."""
    return [
        (p.number, p.name, p.birthday, p.class_name, [(g.name, g.language) for g in p.guardians]) for p in found.pupils
    ]


PEOPLE = [
    ("007", "Elif Demir", dt.date(2012, 1, 31), "2B", [("Fatma Demir", "tr")]),
    ("8", "Daan van der Berg", dt.date(2013, 2, 1), "2B", [("Zoë Bērziņš", "nl")]),
]
QUIRKS = {
    "UTF-8": table(*LINES),
    "UTF-8 with its mark": table(*LINES, encoding="utf-8-sig"),
    "UTF-16 with its mark": table(*LINES, encoding="utf-16"),
    "UTF-16 without": table(*LINES, encoding="utf-16-le"),
    "UTF-16, the other way": table(*LINES, encoding="utf-16-be"),
    "commas": table(*(line.replace(";", ",") for line in LINES)),
    "tabs": table(*(line.replace(";", "\t") for line in LINES)),
    "pipes": table(*(line.replace(";", "|") for line in LINES)),
    "CRLF": table(*LINES, end="\r\n"),
    "CR": table(*LINES, end="\r"),
    "empty lines": table("", LINES[0], "", LINES[1], ";;;;;;;;", LINES[2], "", ""),
    "Excel says its delimiter": table("sep=;", *LINES),
    "everything quoted": table(*(";".join(f'"{cell}"' for cell in line.split(";")) for line in LINES)),
    "a line end in quotes": table(LINES[0], LINES[1].replace("Fatma", '"Fatma\n"'), LINES[2]),
    "zeros kept by a formula": table(LINES[0], LINES[1].replace("007", '="007"'), LINES[2]),
    "an empty column": table(*(line.replace(";", ";;", 1) for line in LINES)),
    "spaces around": table(*(line.replace(";", " ; ") for line in LINES)),
    "cells left out at the end": table(LINES[0] + ";ouder2_voornaam;ouder2_achternaam", *LINES[1:]),
    "a column that we do not know": table(LINES[0] + ";lievelingskleur", LINES[1] + ";rood", LINES[2]),
    "invisible signs": table(LINES[0], LINES[1].replace("Elif", "\u202eElif\u200f"), LINES[2]),
    "one line a guardian": table(*LINES, LINES[1]),
    "headings in capitals": table(LINES[0].upper(), *LINES[1:]),
}


@pytest.mark.parametrize("name", QUIRKS)
def test_a_quirk_changes_nobody(name: str) -> None:
    """However it was written, the same people."""
    assert told(roster(QUIRKS[name])) == PEOPLE


def test_an_old_spreadsheet() -> None:
    """cp1252: accents are read as what they are."""
    assert told(roster(table(*LATIN, encoding="cp1252")))[1][4] == [("Zoë Müller", "nl")]


HOSTILE = {
    "a picture": b"\x89PNG\r\n\x1a\n\x00\x00",
    "a workbook": b"PK\x03\x04" + b"\x00" * 100,
    "an old workbook": b"\xd0\xcf\x11\xe0" + b"\x00" * 100,
    "a PDF": b"%PDF-1.7\n",
    "NUL bytes": b"leerlingnummer;roepnaam;achternaam\n1;El\x00if;Demir\n",
    "a line of ten million": b"leerlingnummer;roepnaam;achternaam\n1;" + b"a" * 10_000_000 + b";b\n",
    "an open quote": b'leerlingnummer;roepnaam;achternaam\n1;"Elif;Demir\n2;Daan;Visser\n',
    "a quote in the middle": b'leerlingnummer;roepnaam;achternaam\n1;"El"if;Demir\n',
    "cut off in a record": b"leerlingnummer;roepnaam;achternaam\n1;Elif;Demir\n2;Noor;Bos\n3;Daan",
    "noise": random.Random(1).randbytes(5000),
    "empty": b"",
    "blank": b"\n\n ;;; \n",
    "headings alone": b"leerlingnummer;roepnaam;achternaam\n",
    "too many rows": b"leerlingnummer;roepnaam;achternaam\n" + b"1;a;b\n" * 60_001,
    "half of UTF-16": b"\xff\xfea\x00b",
    "prose": b"Beste collega, hierbij de lijst. Groet, Anna",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_table_is_refused(name: str) -> None:
    """Whole, with a sentence that quotes nothing of it."""
    with pytest.raises(NotRead) as refused:
        roster({"file.csv": HOSTILE[name]})
    assert len(str(refused.value)) < 200
    assert not any(word in str(refused.value) for word in ("Elif", "Demir", "Anna", "aaaa"))


def test_lines_keep_their_number() -> None:
    """Behind empty lines and quoted line ends, a refusal names the line of the file."""
    found = roster(table(LINES[0], "", LINES[1].replace("Fatma", '"Fat\nma"'), ";Zonder;;Nummer;;;;;", LINES[2]))
    assert [(remark.place.line, str(remark)) for remark in found.refused] == [
        (5, "leerlingen.csv:5: There is no number on this line.")
    ]


def test_a_short_last_line_is_not_always_cut_off() -> None:
    """Some programs leave out what is empty at the end of every line, and the last line's end too."""
    lines = b"leerlingnummer;roepnaam;achternaam;klas\n1;Elif;Demir\n2;Daan;Visser;2B\n3;Noor;Bos"
    assert len(roster({"file.csv": lines}).pupils) == 3


BAD_LINES = {
    "no number": ";Elif;;Demir;;;;;",
    "no name": "9;;;;;;;;",
    "no family name": "9;Elif;;;;;;;",
    "a formula": "9;\"=cmd|'/c calc'!A1\";;Demir;;;;;",
    "another": "9;+31;;Demir;;;;;",
    "a formula for a number": "@SUM(1);Elif;;Demir;;;;;",
    "more cells than headings": "9;Elif;;Demir;;2B;Fatma;Demir;tr;and more",
    "too long": f"9;{'a' * 200};;Demir;;;;;",
}


@pytest.mark.parametrize("name", BAD_LINES)
def test_a_bad_line_is_refused_alone(name: str) -> None:
    """The others are read."""
    found = roster(table(*LINES, BAD_LINES[name]))
    assert ([remark.place.line for remark in found.refused], told(found)) == ([4], PEOPLE)


def test_days_of_a_whole_column() -> None:
    """Day first; only a column that can be nothing else is month first."""
    head = "leerlingnummer;roepnaam;achternaam;geboortedatum"

    def days(*texts: str) -> list[dt.date | None]:
        return [p.birthday for p in roster(table(head, *(f"{n};A;B;{text}" for n, text in enumerate(texts)))).pupils]

    assert days("3-4-2012", "2012-04-03", "03.04.2012", "3/4/2012 00:00", "20120403") == [dt.date(2012, 4, 3)] * 5
    assert days("04/03/2012", "12/31/2012") == [dt.date(2012, 4, 3), dt.date(2012, 12, 31)]
    assert days("31/12/2012", "12/31/2012") == [dt.date(2012, 12, 31), None]
    assert days("1-1-2031", "30-2-2012", "1-1-12", "gisteren", "1-1-1812") == [None] * 5


def test_magister_and_somtoday() -> None:
    """Headings as public sources have them."""
    magister = roster(
        table(
            "Stamnummer,Roepnaam,Tussenvoegsel,Achternaam,Klas,Klassenmentor 1",
            '114334,Noor,"",Kuiper,3HB,B. de Wit',
            encoding="utf-8-sig",
        )
    )
    somtoday = roster(
        table(
            "Leerlingnummer;Roepnaam;Voorvoegsel;Achternaam;Geboortedatum;Stamgroep;Mentor;"
            "Naam verzorger 1;Mobiel verzorger 1;E-mail verzorger 1;Verzorger 2 achternaam;Verzorger 2 roepnaam",
            "5;Sem;de;Boer;01-02-2013;h2a;de Wit, Bas;Boer, Linda de;06-12345678;x@y.nl;Smit;Ruud",
        )
    )
    assert (magister.kind, magister.pupils[0].class_name, magister.pupils[0].name) == ("magister", "3HB", "Noor Kuiper")
    pupil = somtoday.pupils[0]
    assert (somtoday.kind, pupil.name, pupil.class_name) == ("somtoday", "Sem de Boer", "h2a")
    assert [(g.name, g.phones) for g in pupil.guardians] == [("Linda de Boer", ("+31612345678",)), ("Ruud Smit", ())]


def test_headings_that_mean_the_same() -> None:
    """Two columns for one thing are asked about; several phones are several phones."""
    with pytest.raises(UnknownColumns) as asked:
        roster(table("leerlingnummer;roepnaam;achternaam;klas;stamklas", "1;A;B;2A;2B"))
    found = roster(
        table(
            "leerlingnummer;roepnaam;achternaam;ouder1_achternaam;ouder1_telefoon;ouder1_mobiel",
            "1;A;B;B;0612345678;06 1234 5679",
        )
    )
    assert asked.value.found.unclear == ("stamklas",)
    assert found.pupils[0].guardians[0].phones == ("+31612345678", "+31612345679")


def test_our_template_is_read() -> None:
    """Each of its columns means something, and no two the same."""
    found = find(TEMPLATE)
    assert (found.kind, found.ready, found.columns.count("")) == ("csv", True, 0)


@pytest.mark.parametrize(
    ("typed", "rights"),
    [
        ("volledig", Rights.FULL),
        ("Full", Rights.FULL),
        ("beperkt", Rights.LIMITED),
        ("geen", Rights.NONE),
        ("none", Rights.NONE),
        ("nee", Rights.NONE),
        ("", None),
    ],
)
def test_rights_are_what_the_file_says(typed: str, rights: Rights | None) -> None:
    """`none` is not nothing."""
    found = roster(table("leerlingnummer;roepnaam;achternaam;ouder1_achternaam;ouder1_rechten", f"1;A;B;B;{typed}"))
    assert [g.rights for g in found.pupils[0].guardians] == [rights]


@pytest.mark.parametrize("typed", ["veel", "?", "-", "ja/nee", "beperkt volledig"])
def test_rights_that_cannot_be_read_are_no_rights(typed: str) -> None:
    """The guardian is left out, and it is said."""
    found = roster(table("leerlingnummer;roepnaam;achternaam;ouder1_achternaam;ouder1_rechten", f"1;A;B;B;{typed}"))
    assert (found.pupils[0].guardians, len(found.refused)) == ((), 1)


def test_authority() -> None:
    """Without parental authority she may ask for important facts (art. 1:377c BW)."""
    found = roster(
        table(
            "leerlingnummer;roepnaam;achternaam;ouder1_achternaam;ouder1_gezag;ouder2_achternaam;ouder2_gezag",
            "1;A;B;B;ja;C;nee",
        )
    )
    assert [g.rights for g in found.pupils[0].guardians] == [Rights.FULL, Rights.LIMITED]


def test_one_number_is_one_person() -> None:
    """Another name under a number is refused, for pupils and guardians: it would give one family's facts to another."""
    head = "leerlingnummer;roepnaam;achternaam;ouder1_nummer;ouder1_voornaam;ouder1_achternaam"
    found = roster(table(head, "1;A;B;G1;Fatma;Demir", "1;C;D;G2;Linda;Visser", "2;E;F;G1;Jan;Jansen"))
    assert [(p.number, [g.name for g in p.guardians]) for p in found.pupils] == [("1", ["Fatma Demir"]), ("2", [])]
    assert [remark.place.line for remark in found.refused] == [3, 4]


def test_a_table_knows_its_surplus() -> None:
    """Columns without anything are dropped; a row that is too wide says so."""
    found = read_table("a.csv", b"a;b;c\n1;;2\n3;;4;5\n")
    assert (found.headings, [(row.cells, row.surplus) for row in found.rows]) == (
        ("a", "c"),
        [(("1", "2"), False), (("3", "4"), True)],
    )


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
@settings(max_examples=200, deadline=None, database=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Never an error of another kind."""
    head = b"leerlingnummer;roepnaam;achternaam;geboortedatum;ouder1_achternaam;ouder1_telefoon\n"
    for start in (b"", head, b"PK\x03\x04"):
        with contextlib.suppress(Refusal):
            roster(dict(open_bytes("a.csv", start + data)))
