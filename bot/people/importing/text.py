"""Bytes to rows: encodings, delimiters, quotes and line ends as spreadsheets and school systems write them."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.content.values import clean
from bot.errors import Refusal
from bot.staff.marks import N_

LARGEST = 30_000_000
"""Bytes of one file: twenty times a large school."""
MOST_ROWS = 60_000
MOST_COLUMNS = 400
LONGEST_LINE = 100_000
LONGEST_CELL = 10_000
ALIKE = 3
"""When so many records have all their cells, one at the very end that has not is half a record."""
_DELIMITERS = ";,\t|"
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_BINARY = {
    b"PK\x03\x04": N_("This is a zip file or an Excel workbook, not a CSV file. In Excel: save as CSV UTF-8."),
    b"\xd0\xcf\x11\xe0": N_("This is an old Excel workbook. In Excel: save as CSV UTF-8."),
    b"%PDF": N_("This is a PDF. Export a CSV file instead."),
    b"\x89PNG": N_("This is a picture. Export a CSV file instead."),
}


class NotRead(Refusal):
    """A file cannot be read. The text is a gettext id with blanks that `values` fills: it never quotes what is in the file."""

    def __init__(self, text: str, **values: object) -> None:
        """As a refusal, with what fills its blanks."""
        super().__init__(text % values if values else text)
        self.text, self.values = text, values


@dataclass(frozen=True, slots=True)
class Row:
    """One record: on which line it begins, and its cells. `surplus`: it has more of them than there are headings."""

    line: int
    cells: tuple[str, ...]
    surplus: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A file with headings. Columns without anything in them are not here, nor are empty lines."""

    file: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(file: str, data: bytes) -> Table:
    """Raises `NotRead`, with the line where that is known."""
    text = _decode(data)
    _check_lines(file, text)
    wide = list(_records(file, text, _delimiter(text)))
    if not wide:
        raise NotRead(N_("%(file)s is empty."), file=file)
    _check_end(file, text, wide)
    records = [row for row, _ in wide]
    headings, rows = records[0].cells, records[1:]
    width = len(headings)
    if width > MOST_COLUMNS:
        raise NotRead(N_("%(file)s has more than %(count)s columns."), file=file, count=MOST_COLUMNS)
    full = [
        Row(row.line, (row.cells + ("",) * (width - len(row.cells)))[:width], len(row.cells) > width) for row in rows
    ]
    kept = [n for n in range(width) if any(row.cells[n] for row in full)] if full else list(range(width))
    return Table(
        file,
        tuple(headings[n] for n in kept),
        tuple(Row(row.line, tuple(row.cells[n] for n in kept), row.surplus) for row in full),
    )


def _decode(data: bytes) -> str:
    if len(data) > LARGEST:
        raise NotRead(N_("This file is too large: %(count)s MB at most."), count=LARGEST // 1_000_000)
    for begins, says in _BINARY.items():
        if data.startswith(begins):
            raise NotRead(says)
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _with(data, encoding)
    if data[:200].count(0) > len(data[:200]) // 4:  # every second byte of Latin letters, and its mark is missing
        return _with(data, "utf-16-le" if data[1:2] == b"\0" else "utf-16-be")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return _with(data, "cp1252")


def _with(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise NotRead(N_("This is not a text file that can be read. Save it as CSV UTF-8.")) from error


def _lines(text: str) -> list[str]:
    return re.split(r"\r\n|\r|\n", text)


def _check_lines(file: str, text: str) -> None:
    for number, line in enumerate(_lines(text), 1):
        if "\x00" in line:
            raise NotRead(
                N_("%(file)s, line %(line)s: NUL bytes. This is not a text file: save it as CSV UTF-8."),
                file=file,
                line=number,
            )
        if len(line) > LONGEST_LINE:
            raise NotRead(
                N_("%(file)s, line %(line)s: more than %(count)s characters."),
                file=file,
                line=number,
                count=LONGEST_LINE,
            )


def _check_end(file: str, text: str, records: Sequence[tuple[Row, int]]) -> None:
    """A file that was cut off while it was written or sent: whoever stood below would be taken to have left."""
    (last, width), before = records[-1], {width for _, width in records[:-1]}
    many = len(records) > ALIKE and len(before) == 1
    if many and width < max(before) and not text.endswith(("\n", "\r")):
        raise NotRead(
            N_("%(file)s ends in the middle of line %(line)s: it was cut off. Export it again."),
            file=file,
            line=last.line,
        )


def _delimiter(text: str) -> str:
    """What stands most often in the first line that has anything, outside quotes. Excel may name it: `sep=;`."""
    first = next((line for line in _lines(text) if line.strip(_DELIMITERS + ' "')), "")
    if first.lower().startswith("sep=") and len(first) == len("sep=;"):
        return first[-1]
    outside = "".join(first.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)


def _records(file: str, text: str, delimiter: str) -> Iterator[tuple[Row, int]]:
    """Each record that has something in it, and how many cells it has with the empty ones.

    A quote out of place ends the reading: what follows could be anything.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line, count = 1, 0
    try:
        for cells in reader:
            plain = tuple(_cell(cell) for cell in cells)
            if any(plain) and not (line == 1 and plain[0].lower().startswith("sep=")):
                count += 1
                yield Row(line, _without_tail(plain)), len(plain)
            if count > MOST_ROWS:
                raise NotRead(N_("This file has more than %(count)s rows."), count=MOST_ROWS)
            line = reader.line_num + 1
    except csv.Error as error:
        raise NotRead(
            N_("%(file)s, line %(line)s: a quotation mark is open or stands in the wrong place."), file=file, line=line
        ) from error


def _cell(text: str) -> str:
    """One line without signs that no screen shows. Spreadsheets write ="007" to keep the zeros."""
    text = " ".join(clean(" ".join(text.split())).split())
    if text.startswith('="') and text.endswith('"'):
        inner = text[2:-1]
        text = inner if inner and not set(inner) & set('="') else text
    return text[:LONGEST_CELL]


def _without_tail(cells: Sequence[str]) -> tuple[str, ...]:
    end = len(cells)
    while end and not cells[end - 1]:
        end -= 1
    return tuple(cells[:end])
