"""Brings catalogues in line with what is said now, without guessing and without churn.

`content` is matched by context. Changed Dutch keeps its translation, marked fuzzy, with the old Dutch beside it; once a
translator has taken the mark away it counts as made from the new Dutch. `interface` is plain gettext.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import normalize, write_po

from locales.catalogs import (
    HASH_COMMENT,
    NATIVE_COMMENT,
    SECOND_COMMENT,
    Translation,
    read_catalogue,
    read_content,
    source_hash,
)
from locales.extract import Sentence
from locales.languages import LANGUAGES

KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None, "translate": None, "Refusal": None}
"""What marks a sentence of the interface; a refusal's text is one by itself."""
INTERFACE = [
    ("web/**.py", "python"),
    ("bot/**.py", "python"),
    ("web/templates/**.html", "jinja2"),
    ("flows/**.yml", "locales.extract:descriptions"),
]


def header(code: str) -> str:
    """The head of every .po file of a language; without dates, which would change it for nothing."""
    return "".join(
        (
            f"# {LANGUAGES[code].english}\n",
            'msgid ""\nmsgstr ""\n',
            f'"Language: {code}\\n"\n',
            '"MIME-Version: 1.0\\n"\n',
            '"Content-Type: text/plain; charset=utf-8\\n"\n',
            '"Content-Transfer-Encoding: 8bit\\n"\n',
            f'"Plural-Forms: {LANGUAGES[code].plural}\\n"\n',
        )
    )


def update_content(path: Path, sentences: Mapping[str, Sentence], same_meaning: Iterable[str] = ()) -> bool:
    """Rewrite one language's content; True if anything changed. In `same_meaning` contexts changed Dutch keeps the mark."""
    code = path.parent.parent.name
    known = read_content(path) if path.exists() else {}
    kept = frozenset(same_meaning)
    entries = [
        _entry(sentence, known.get(sentence.context), same=sentence.context in kept) for sentence in sentences.values()
    ]
    return _write(path, "\n".join((header(code), *entries)))


def update_interface(path: Path, template: Catalog) -> bool:
    """Rewrite one language's interface catalogue; True if anything changed."""
    code = path.parent.parent.name
    catalog = read_catalogue(path) if path.exists() else Catalog(locale=LANGUAGES[code].locale)
    catalog.update(template, no_fuzzy_matching=True)
    body = io.BytesIO()
    write_po(body, catalog, width=0, omit_header=True, ignore_obsolete=True, include_lineno=False, sort_by_file=True)
    return _write(path, header(code) + "\n" + body.getvalue().decode().strip() + "\n")


def interface_template(root: Path) -> Catalog:
    """Every sentence of pages and of staff's messages, in English."""
    template = Catalog()
    for name, line, message, comments, context in extract_from_dir(
        root,
        [(pattern, method) for pattern, method in INTERFACE],
        options_map={"**.html": {"silent": "false"}},  # a template that cannot be read is an error
        keywords=KEYWORDS,
        directory_filter=lambda folder: not Path(folder).name.startswith((".", "_")),
    ):
        template.add(message, None, [(name, line)], auto_comments=comments, context=context)
    return template


def _entry(sentence: Sentence, known: Translation | None, *, same: bool) -> str:
    """One sentence. What is still to be translated already carries the hash of the Dutch it will be made from."""
    now, text = source_hash(sentence.text), known.text if known else ""
    made_from = known.made_from if known and text else now
    accepted = known is not None and not known.fuzzy and source_hash(known.source) == now
    if same or accepted:
        made_from = now
    stale = made_from != now
    second, native = (known.second, known.native) if known and text and not stale else (False, False)
    lines = [
        f"# {HASH_COMMENT}{made_from}",
        f"# {SECOND_COMMENT} {_mark(text, read=second)}",
        f"# {NATIVE_COMMENT} {_mark(text, read=native)}",
        f"#: {sentence.place.rpartition(':')[0]}",
    ]
    if stale:
        lines += ["#, fuzzy", *_previous(known, made_from)]
    lines += [
        f"msgctxt {normalize(sentence.context, width=0)}",
        f"msgid {normalize(sentence.text, width=0)}",
        f"msgstr {normalize(text, width=0)}",
    ]
    return "\n".join(lines) + "\n"


def _mark(text: str, *, read: bool) -> str:
    """What a reader has read, so that other words count as unread again."""
    return source_hash(text) if read else "no"


def _previous(known: Translation | None, made_from: str) -> list[str]:
    if known is None or source_hash(known.source) != made_from:
        return [f"#{comment}" for comment in known.previous] if known else []
    return [f"#| {line}" for line in f"msgid {normalize(known.source, width=0)}".splitlines()]


def _write(path: Path, text: str) -> bool:
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
    return True
