"""`python -m bot content`: the sentences and flows as they are shipped."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import content_school, content_table
from bot.content.check import check_content, worst
from bot.content.figures import figures
from bot.content.shipped import FLOWS, load_shipped
from flows.faults import BadFlow
from locales.catalogs import BadCatalogue, compiled
from locales.extract import sentences
from locales.languages import FOLDER, INTERFACE_SOURCE, LANGUAGES, SOURCE, catalogue, shipped
from locales.updating import interface_template, update_content, update_interface

app = typer.Typer(help="Check and update what the line says, in every language.", no_args_is_help=True)
app.command()(content_school.export)
app.command("import")(content_school.import_)

_LANGUAGES = Annotated[
    list[str] | None, typer.Argument(help="Codes; a language that has no catalogue yet gets one. Default: all shipped.")
]


@app.command()
def check() -> None:
    """Show every fault in flows, responses, examples and translations, and each language in figures; ends with 1 at a fault.

    What a school itself lacks is shown as a warning, where the configured database has one.
    """
    faults = check_content()
    lacking = list(content_school.warnings())
    for line in (*faults, *lacking):
        print(line)
    print(f"{len(faults) + len(lacking)} faults and warnings")
    with suppress(BadFlow, BadCatalogue):  # is among the faults
        found = list(figures(load_shipped()))
        print("\n".join([*content_table.table(found), content_table.summary(found)]))
    raise typer.Exit(code=int(worst(faults)))


@app.command()
def update(
    languages: _LANGUAGES = None,
    same_meaning: Annotated[
        list[str] | None, typer.Option(help="A context whose Dutch changed in spelling only: translations stay fresh.")
    ] = None,
) -> None:
    """Bring the catalogues in line with the flows and the pages. Translations are kept, changed Dutch marks them."""
    unknown = sorted({*(languages or ())} - LANGUAGES.keys())
    if unknown:
        print(f"no such language: {', '.join(unknown)}. Known: {', '.join(LANGUAGES)}")
        raise typer.Exit(code=2)
    said = sentences(FLOWS)
    for code in languages or shipped():
        if code != SOURCE:
            _tell(
                catalogue(code, "content"), changed=update_content(catalogue(code, "content"), said, same_meaning or ())
            )
    template = interface_template(FOLDER.parent)
    for code in LANGUAGES:
        path = catalogue(code, "interface")
        if code != INTERFACE_SOURCE and (path.exists() or (code == SOURCE and len(template))):
            _tell(path, changed=update_interface(path, template))


@app.command("compile")
def compile_all(
    target: Annotated[Path, typer.Argument(help="A folder; it gets <language>/LC_MESSAGES/<domain>.mo.")],
) -> None:
    """Write .mo files for other gettext programs; the line itself reads the catalogues as they are."""
    for source in sorted(FOLDER.glob("*/LC_MESSAGES/*.po")):
        path = target / source.relative_to(FOLDER).with_suffix(".mo")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(compiled(source))
        print(path)


@app.command()
def stats(
    markdown: Annotated[bool, typer.Option("--markdown", help="As it stands in docs/content.md.")] = False,
    details: Annotated[
        bool, typer.Option("--details", help="And what to look at first: hard and long messages.")
    ] = False,
) -> None:
    """Show each language in figures: missing, stale, read by whom, too long, and what it costs as SMS."""
    try:
        found = list(figures(load_shipped()))
    except (BadFlow, BadCatalogue) as error:
        print(error)
        raise typer.Exit(code=1) from error
    lines = content_table.markdown(found) if markdown else content_table.table(found)
    print("\n".join([*lines, *(content_table.details(found) if details else ())]))


def _tell(path: Path, *, changed: bool) -> None:
    print(f"{path.relative_to(FOLDER.parent).as_posix()}: {'updated' if changed else 'in line already'}")
