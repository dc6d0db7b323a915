"""What was handed in: one file, a folder, or a zip. A zip is read as if it wished us ill."""

from __future__ import annotations

import io
import lzma
import stat
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from bot.people.importing.text import LARGEST, NotRead
from bot.staff.marks import N_

ONEROSTER = (
    "manifest.csv",
    "orgs.csv",
    "users.csv",
    "roles.csv",
    "classes.csv",
    "enrollments.csv",
    "demographics.csv",
)
"""What is read of a OneRoster set; the rest of it is about lessons and marks."""
MOST_FILES = 300
LARGEST_SET = 60_000_000
"""Bytes of a whole set, unpacked."""
_RATIO = 200
_CHUNK = 1 << 16
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, RuntimeError)
"""What zipfile lets through of a damaged file; RuntimeError where it is locked, or packed in a way that it does not know."""

Files = Mapping[str, bytes]
"""By name without a folder, in small letters."""


def open_path(path: Path) -> Files:
    """A CSV file, a folder with a OneRoster set in it, or a zip of one; raises `NotRead`."""
    if path.is_dir():
        return _folder(path)
    if not path.is_file():
        raise NotRead(N_("There is no such file or folder."))
    if path.stat().st_size > LARGEST_SET:
        raise NotRead(N_("This file is too large: %(count)s MB at most."), count=LARGEST_SET // 1_000_000)
    return open_bytes(path.name, path.read_bytes())


def open_bytes(name: str, data: bytes) -> Files:
    """A file that was uploaded: a zip, or one table."""
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(data)
    return {PurePosixPath(name.replace("\\", "/")).name.casefold() or "file.csv": data}


def _folder(path: Path) -> Files:
    found = {each.name.casefold(): each for each in path.iterdir() if each.is_file()}
    wanted = {name: found[name] for name in ONEROSTER if name in found}
    if "users.csv" not in wanted:
        inner = [each for each in path.iterdir() if each.is_dir() and not each.name.startswith((".", "__"))]
        if len(inner) == 1 and any(each.name.casefold() == "users.csv" for each in inner[0].iterdir()):
            return _folder(inner[0])
        raise NotRead(N_("There is no users.csv in it, so it is not a OneRoster set."))
    if sum(each.stat().st_size for each in wanted.values()) > LARGEST_SET:
        raise NotRead(N_("This file is too large: %(count)s MB at most."), count=LARGEST_SET // 1_000_000)
    return {name: each.read_bytes() for name, each in wanted.items()}


def _zip(data: bytes) -> Files:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _members(archive)
    except _BROKEN as error:
        raise NotRead(N_("This zip file is damaged, or locked with a password.")) from error


def _members(archive: zipfile.ZipFile) -> Files:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MOST_FILES:
        raise NotRead(N_("This zip file holds more than %(count)s files."), count=MOST_FILES)
    for entry in entries:
        _look(entry)
    if any(entry.filename.casefold() == "[content_types].xml" for entry in entries):
        raise NotRead(N_("This is an Excel workbook. In Excel: save as CSV UTF-8."))
    paths = {entry.filename: PurePosixPath(entry.filename) for entry in entries}
    kept = {name: path for name, path in paths.items() if not str(path).startswith("__MACOSX")}
    homes = {path.parent for path in kept.values() if path.name.casefold() == "users.csv"}
    if len(homes) != 1:
        lone = [name for name, path in kept.items() if path.suffix.casefold() == ".csv"]
        if not homes and len(lone) == 1:
            return {kept[lone[0]].name.casefold(): _unpacked(archive, lone[0], LARGEST)}
        raise NotRead(
            N_("There is more than one users.csv in it: one set at a time.")
            if homes
            else N_("There is no users.csv in it, so it is not a OneRoster set.")
        )
    home, files, left = homes.pop(), {}, LARGEST_SET
    for name, path in kept.items():
        if path.parent == home and path.name.casefold() in ONEROSTER:
            files[path.name.casefold()] = _unpacked(archive, name, min(left, LARGEST))
            left -= len(files[path.name.casefold()])
    return files


def _look(entry: zipfile.ZipInfo) -> None:
    """Names that point elsewhere, links, and what would burst: nothing of such a file is read."""
    name = entry.filename.replace("\\", "/")
    outside = name.startswith("/") or ":" in name or ".." in name.split("/") or "\x00" in name
    if outside or stat.S_ISLNK(entry.external_attr >> 16):
        raise NotRead(N_("This zip file holds a name that points outside of it. Nothing of it was read."))
    if entry.file_size > LARGEST or entry.file_size > _RATIO * max(entry.compress_size, 5000):
        raise NotRead(N_("This zip file would unpack to more than is safe. Nothing of it was read."))


def _unpacked(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """Piece by piece: what a zip says of its sizes need not be true."""
    parts, size = [], 0
    with archive.open(name) as opened:
        while part := opened.read(_CHUNK):
            size += len(part)
            if size > most:
                raise NotRead(N_("This zip file would unpack to more than is safe. Nothing of it was read."))
            parts.append(part)
    return b"".join(parts)
