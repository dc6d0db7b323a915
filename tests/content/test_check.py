"""The check finds each kind of fault, by file and line; the commands say so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from typer.testing import CliRunner

from bot.cli.content import app
from bot.content.check import check_content, check_interface, check_language, worst
from flows.faults import Fault, Severity
from locales.extract import Sentence
from locales.languages import catalogue, shipped
from locales.updating import update_content, update_interface

SAID = {
    context: Sentence(context, text, "flows/x.yml:1")
    for context, text in {"utter_a/0": "Dag {name}.", "utter_title_b/0": "ja"}.items()
}
GOOD = {'msgid "Dag {name}."\nmsgstr ""': 'msgid "Dag {name}."\nmsgstr "مرحبا {name}."'}
GOOD |= {'msgid "ja"\nmsgstr ""': 'msgid "ja"\nmsgstr "نعم"'}


@pytest.fixture
def arabic(tmp_path: Path) -> Path:
    """A catalogue without faults."""
    path = catalogue("ar", "content", tmp_path / "locales")
    update_content(path, SAID)
    for old, new in GOOD.items():
        replace(path, old, new)
    return path


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def faults(path: Path) -> list[Fault]:
    return list(check_language("ar", SAID, path.parents[2]))


def test_a_good_catalogue_has_no_fault(arabic: Path) -> None:
    assert faults(arabic) == []


@pytest.mark.parametrize(
    ("old", "new", "what", "line"),
    [
        ('msgstr "نعم"', 'msgstr ""', "not translated", 20),
        ('msgid "ja"', 'msgid "jawel"', "the Dutch has changed", 20),
        ("# nl:", "# nl:0", "older Dutch", 14),
        ("#: flows/x.yml", "#, fuzzy", "older Dutch", 14),
        ("مرحبا {name}", "مرحبا {naam}", "curly brackets differ", 14),
        ("مرحبا {name}", "مرحبا {name} {", "without its other half", 14),
        ("نعم", "ن" * 21, "21 characters", 20),
        ("مرحبا", "\u2068مرحبا", "not closed", 14),
        ("مرحبا", "\u202eمرحبا", "override", 14),
        ("n%100>=11 && n%100<=99 ? 4 : 5", "n%100>=0 && n%100<=2 ? 4 : 5", "plural rule", 1),
        ("utter_title_b/0", "utter_a/0", "stands here twice", 20),
        ("utter_title_b/0", "utter_title_c/0", "nothing says utter_title_c/0", 20),
        ("utter_title_b/0", "utter_title_c/0", "utter_title_b/0 is missing", 1),
        ('msgstr "نعم"', "msgstr نعم", "look at the quotes", 1),
    ],
)
def test_each_fault_is_found_where_it_is(arabic: Path, old: str, new: str, what: str, line: int) -> None:
    """With the place, and a fix."""
    replace(arabic, old, new)
    found = [fault for fault in faults(arabic) if what in fault.what]
    assert [(fault.file, fault.severity) for fault in found] == [("locales/ar/LC_MESSAGES/content.po", Severity.ERROR)]
    assert abs(found[0].line - line) <= 4
    assert found[0].fix


def test_the_flows_and_the_code_have_no_fault() -> None:
    """Whatever the translators still have to do."""
    found = [fault for fault in check_content() if not fault.file.startswith("locales/")]
    assert [str(fault) for fault in found if fault.severity is Severity.ERROR] == []


def test_dutch_pages_are_whole(tmp_path: Path) -> None:
    """What is not translated, and a blank that nothing fills, is a fault of the interface."""
    path = catalogue("nl", "interface", tmp_path / "locales")
    template = Catalog()
    for text in ("Inbox", "%(n)s open", "Close"):
        template.add(text)
    update_interface(path, template)
    replace(path, 'msgid "Inbox"\nmsgstr ""', 'msgid "Inbox"\nmsgstr "Postvak"')
    replace(path, 'msgid "%(n)s open"\nmsgstr ""', 'msgid "%(n)s open"\nmsgstr "%(m)s open"')
    found = [fault.what for fault in check_interface(tmp_path / "locales")]
    assert found == ["a %(..)s that the English has not: '%(n)s open'", "not translated: 'Close'"]


def test_warnings_alone_are_no_failure() -> None:
    warning = Fault("x", 1, "long", "shorten", Severity.WARNING)
    assert (worst([]), worst([warning]), worst([warning, Fault("x", 1, "a", "b")])) == (False, False, True)


def test_the_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """`check` ends with 1 exactly if there is a fault, and with the table of `stats`; `update` knows its languages."""
    monkeypatch.setenv("OUDERLIJN_DATABASE_URL", "sqlite:////nowhere/none.db")  # not whatever lies on this machine
    runner = CliRunner()
    checked, counted = runner.invoke(app, ["check"]), runner.invoke(app, ["stats"])
    unknown = runner.invoke(app, ["update", "xx"])
    assert checked.exit_code == int(worst(check_content()))
    assert set(shipped()) <= {line.split()[0] for line in counted.output.splitlines()}
    assert counted.output in checked.output
    assert (unknown.exit_code, "no such language: xx" in unknown.output) == (2, True)


def test_compiled_catalogues_are_written_where_asked(tmp_path: Path) -> None:
    """For other gettext programs."""
    result = CliRunner().invoke(app, ["compile", str(tmp_path)])
    assert result.exit_code == 0
    assert len(list(tmp_path.rglob("*.mo"))) >= 5


def test_the_page_names_every_command() -> None:
    """What docs/content.md promises is there, and what is there it names."""
    page = (Path(__file__).parents[2] / "docs" / "content.md").read_text(encoding="utf-8")
    named = set(re.findall(r"python -m bot content (\w+)", page))
    assert named == {command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands}
