"""Reads the catalogues: `content` by context, each translation with the Dutch it was made from; `interface` as gettext does.

Nothing is compiled to disk: a language is read in some milliseconds, so it can never be stale.
"""

from __future__ import annotations

import functools
import gettext
import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from locales.languages import FOLDER, INTERFACE_SOURCE, LANGUAGES, SOURCE, catalogue, shipped

HASH_COMMENT = "nl:"
SECOND_COMMENT = "read by a second reader:"
NATIVE_COMMENT = "read by a native speaker:"
_LINE = re.compile(r'(?:#.*|(?:msg(?:ctxt|id|id_plural|str(?:\[\d\])?) )?"(?:[^"\\]|\\.)*")?')
_CONTEXT = re.compile(r'^msgctxt "(.*)"$')


class BadCatalogue(ValueError):
    """A .po file cannot be read; the text names the file and the line."""


@dataclass(frozen=True, slots=True)
class Translation:
    """One sentence as a catalogue has it. `made_from` is the hash of its Dutch, `source` the Dutch beside it in the file."""

    text: str
    made_from: str
    native: bool
    source: str = ""
    line: int = 0
    fuzzy: bool = False
    previous: tuple[str, ...] = ()
    """Comment lines that show the Dutch it was made from, where that is not the Dutch of today."""
    second: bool = False
    """Somebody other than its translator has read it, as it stands now."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence in one language: `fresh` if made from the Dutch of today, `native` if a native speaker has read it."""

    text: str
    fresh: bool
    native: bool


@dataclass(frozen=True, slots=True)
class Catalogues:
    """The content in every shipped language but the source, by language and context."""

    translations: Mapping[str, Mapping[str, Translation]]

    @property
    def languages(self) -> tuple[str, ...]:
        """The source and every language that has a catalogue."""
        return SOURCE, *self.translations

    def sentence(self, context: str, language: str, dutch: str) -> Sentence | None:
        """The translation of what is now said in Dutch; None where there is none."""
        if language == SOURCE:
            return Sentence(dutch, fresh=True, native=True)
        found = self.translations.get(language, {}).get(context)
        if found is None or not found.text:
            return None
        return Sentence(found.text, fresh=found.made_from == source_hash(dutch), native=found.native)


def source_hash(text: str) -> str:
    """The mark by which a translation knows the Dutch it was made from, and a reading the words that were read."""
    return hashlib.sha256(text.strip().encode()).hexdigest()[:8]


def load_content(folder: Path = FOLDER) -> Catalogues:
    """Every shipped language."""
    codes = [code for code in shipped(folder) if code != SOURCE]
    return Catalogues({code: read_content(catalogue(code, "content", folder)) for code in codes})


def read_content(path: Path) -> dict[str, Translation]:
    """One language's sentences by context."""
    found = {}
    for message in read_catalogue(path):
        if message.context is None:
            continue
        comments = [comment for comment in message.user_comments if not comment.startswith("|")]
        text = str(message.string).strip()
        found[message.context] = Translation(
            text=text,
            made_from=_comment(comments, HASH_COMMENT),
            native=_read(comments, NATIVE_COMMENT, text),
            source=str(message.id),
            line=message.lineno or 0,
            fuzzy=message.fuzzy,
            previous=tuple(comment for comment in message.user_comments if comment.startswith("|")),
            second=_read(comments, SECOND_COMMENT, text),
        )
    return found


def contexts(path: Path) -> list[tuple[str, int]]:
    """Every context with its line as the file has it, repeated ones too (a reader would merge them)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [(found[1], number) for number, line in enumerate(lines, 1) if (found := _CONTEXT.match(line))]


def read_catalogue(path: Path) -> Catalog:
    """A .po file with Babel's eyes, but stricter: Babel takes a line without its quotes and drops two letters."""
    code = path.parent.parent.name
    try:
        text = path.read_text(encoding="utf-8")
        for number, line in enumerate(text.split("\n"), 1):
            if not _LINE.fullmatch(line.strip()):
                raise BadCatalogue(f"{path}:{number}: not a line of a .po file; look at the quotes")
        catalog = read_po(io.StringIO(text), abort_invalid=True)
    except (PoFileError, UnicodeDecodeError) as error:
        raise BadCatalogue(f"{path}: {error}") from error
    catalog.locale = Locale.parse(LANGUAGES[code].locale)  # Babel does not know all of ours, and drops plurals then
    return catalog


@functools.cache
def interface(code: str, folder: Path = FOLDER) -> gettext.NullTranslations:
    """What pages and staff's messages say in this language, or the English they are written in."""
    # By its path: gettext's own search would take `ary` for `ary_Latn`.
    path = catalogue(code, "interface", folder)
    if code == INTERFACE_SOURCE or not path.exists():
        return gettext.NullTranslations()
    return gettext.GNUTranslations(io.BytesIO(compiled(path)))


def compiled(path: Path) -> bytes:
    """A .po file as .mo."""
    target = io.BytesIO()
    write_mo(target, read_catalogue(path))
    return target.getvalue()


def _read(comments: list[str], reader: str, text: str) -> bool:
    """Whether she has read these very words: she writes yes, and an update puts their mark in its place."""
    return _comment(comments, reader) in {"yes", source_hash(text)}


def _comment(comments: list[str], name: str) -> str:
    return next((comment.removeprefix(name).strip() for comment in comments if comment.startswith(name)), "")
