"""Updating catalogues: a translation is known by its context, its freshness by the hash of its Dutch."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from locales.catalogs import BadCatalogue, load_content, read_catalogue, read_content, source_hash
from locales.extract import Sentence
from locales.languages import catalogue
from locales.updating import interface_template, update_content, update_interface

DUTCH = {"utter_a/0": "Dag {name}.", "utter_b/0": "Tot ziens", "utter_b/0/b0": "ja"}


def said(**changed: str) -> dict[str, Sentence]:
    """The Dutch, with `a` or `b` changed."""
    texts = {**DUTCH, **{f"utter_{name}/0": text for name, text in changed.items()}}
    return {context: Sentence(context, text, "flows/x.yml:1") for context, text in texts.items()}


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def turkish(tmp_path: Path) -> Path:
    """A Turkish catalogue with one sentence translated and read by a native speaker."""
    path = catalogue("tr", "content", tmp_path)
    update_content(path, said())
    replace(path, 'msgid "Dag {name}."\nmsgstr ""', 'msgid "Dag {name}."\nmsgstr "Merhaba {name}."')
    replace(path, 'no\n#: flows/x.yml\nmsgctxt "utter_a', 'yes\n#: flows/x.yml\nmsgctxt "utter_a')
    return path


@pytest.mark.usefixtures("turkish")
def test_what_a_translator_fills_in_is_fresh(tmp_path: Path) -> None:
    """A new entry already carries the hash of its Dutch, so a translator only writes the translation."""
    found = load_content(tmp_path).sentence("utter_a/0", "tr", DUTCH["utter_a/0"])
    assert found is not None
    assert (found.text, found.fresh, found.native) == ("Merhaba {name}.", True, True)


def test_nothing_new_changes_nothing(turkish: Path) -> None:
    """No churn: the same sentences give the same file, byte by byte."""
    update_content(turkish, said())
    before = turkish.read_bytes()
    assert (update_content(turkish, said()), turkish.read_bytes()) == (False, before)


def test_a_changed_comma_keeps_the_translation_and_marks_it(turkish: Path, tmp_path: Path) -> None:
    """Identity is the context: the translation survives, but is stale, fuzzy, shows its old Dutch, and needs reading again."""
    update_content(turkish, said(a="Dag, {name}."))
    update_content(turkish, said(a="Dag, {name}."))
    entry = read_content(turkish)["utter_a/0"]
    found = load_content(tmp_path).sentence("utter_a/0", "tr", "Dag, {name}.")
    assert (entry.text, entry.fuzzy, entry.native, entry.previous) == (
        "Merhaba {name}.",
        True,
        False,
        ('| msgid "Dag {name}."',),
    )
    assert found is not None
    assert not found.fresh


def test_taking_the_mark_away_accepts_the_new_dutch(turkish: Path) -> None:
    """As every gettext editor does: an entry that is no longer fuzzy was made from the Dutch beside it."""
    update_content(turkish, said(a="Hallo {name}."))
    replace(turkish, "#, fuzzy\n", "")
    update_content(turkish, said(a="Hallo {name}."))
    assert read_content(turkish)["utter_a/0"].made_from == source_hash("Hallo {name}.")


def test_the_same_meaning_stays_fresh(turkish: Path) -> None:
    """Changed spelling costs no translator's time."""
    update_content(turkish, said(a="Dag, {name}."), same_meaning=["utter_a/0"])
    entry = read_content(turkish)["utter_a/0"]
    assert (entry.made_from, entry.fuzzy, entry.native) == (source_hash("Dag, {name}."), False, True)


def test_who_has_read_it_has_read_these_words(turkish: Path) -> None:
    """A yes becomes the mark of what was read; other words, or other Dutch, count as unread again."""
    reader = 'second reader: no\n# read by a native speaker: yes\n#: flows/x.yml\nmsgctxt "utter_a'
    replace(turkish, reader, reader.replace("no", "yes", 1))
    update_content(turkish, said())
    kept = turkish.read_text(encoding="utf-8")
    assert f"# read by a second reader: {source_hash('Merhaba {name}.')}" in kept
    assert (read_content(turkish)["utter_a/0"].second, read_content(turkish)["utter_b/0"].second) == (True, False)
    replace(turkish, "Merhaba", "Selam")
    changed = read_content(turkish)["utter_a/0"]
    turkish.write_text(kept, encoding="utf-8")
    update_content(turkish, said(a="Hallo {name}."))
    anew = read_content(turkish)["utter_a/0"]
    assert [(entry.second, entry.native) for entry in (changed, anew)] == [(False, False)] * 2


def test_what_is_no_longer_said_goes_and_what_is_new_comes(turkish: Path) -> None:
    """The catalogue has exactly what is said, in the order in which it is said."""
    now = {"utter_c/0": Sentence("utter_c/0", 'Zeg "ja"\nof \\ nee', "flows/x.yml:2"), **said()}
    del now["utter_b/0"]
    update_content(turkish, now)
    found = read_content(turkish)
    assert list(found) == ["utter_c/0", "utter_a/0", "utter_b/0/b0"]
    assert found["utter_c/0"].source == 'Zeg "ja"\nof \\ nee'


def test_the_interface_is_kept_in_line(tmp_path: Path) -> None:
    """English that changed is a new sentence, without guessing; the rest keeps its translation and the file its bytes."""
    path = catalogue("nl", "interface", tmp_path)
    template = Catalog()
    template.add("Inbox", locations=[("web/a.html", 1)])
    template.add(("%(n)s day", "%(n)s days"), locations=[("web/a.html", 2)])
    update_interface(path, template)
    replace(path, 'msgid "Inbox"\nmsgstr ""', 'msgid "Inbox"\nmsgstr "Postvak"')
    template.add("Inboxes", locations=[("web/a.html", 3)])
    assert (update_interface(path, template), update_interface(path, template)) == (True, False)
    found = read_catalogue(path)
    assert (found["Inbox"].string, found["Inboxes"].string) == ("Postvak", "")


def test_the_interface_is_found_in_code_and_pages(tmp_path: Path) -> None:
    """Marked sentences, refusals and templates; no plain strings."""
    files = {
        "web/views/a.py": 'translate("One")\nN_("Two")\nprint("none")',
        "bot/b.py": 'raise Refusal("Three")',
        "web/templates/c.html": "<p>{{ _('Four') }}</p>{% trans trimmed n=n %}\n  {{ n }}\n  five\n{% endtrans %}",
        "tests/d.py": 'translate("none")',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = {str(message.id) for message in interface_template(tmp_path) if message.id}
    assert found == {"One", "Two", "Three", "Four", "%(n)s five"}


def test_a_broken_file_is_named(turkish: Path) -> None:
    """What cannot be read says where."""
    replace(turkish, 'msgstr "Merhaba', "msgstr Merhaba")
    with pytest.raises(BadCatalogue, match=r"content\.po:\d+: not a line"):
        read_content(turkish)
