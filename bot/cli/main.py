"""All commands. Each group is imported only when it is asked for, so that `--help` and `migrate` start at once."""

from __future__ import annotations

import importlib
import sys

import typer

from bot.errors import BotError

GROUPS = {
    "nlu": ("bot.cli.nlu", "Understanding: predict, test."),
    "content": ("bot.cli.content", "Answers, flows and languages: check, update."),
    "staff": ("bot.cli.staff", "People who log in: add, password, list."),
    "people": ("bot.cli.people", "Pupils and guardians: codes, list."),
    "demo": ("bot.cli.demo", "The demo school: load, reset."),
}
COMMANDS = {
    "run": ("bot.cli.serve", "run", "Start web and worker."),
    "web": ("bot.cli.serve", "web", "Start the web part only."),
    "worker": ("bot.cli.serve", "worker", "Start the worker only."),
    "migrate": ("bot.cli.serve", "migrate", "Bring the database up to date."),
    "talk": ("bot.cli.talk", "talk", "A conversation in the terminal, as a demo parent."),
    "doctor": ("bot.cli.doctor", "doctor", "Check settings and providers, and say what to do."),
}


def build(wanted: str | None) -> typer.Typer:
    """The command line, with only the wanted command imported."""
    app = typer.Typer(
        help="Ouderlijn: the line between a school and its parents.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for name, (module, attribute, text) in COMMANDS.items():
        if name == wanted:
            app.command(name, help=text)(getattr(importlib.import_module(module), attribute))
        else:
            app.command(name, help=text)(_nothing)
    for name, (module, text) in GROUPS.items():
        group = importlib.import_module(module).app if name == wanted else typer.Typer()
        app.add_typer(group, name=name, help=text)
    return app


def _nothing() -> None:
    """Stands for a command that was not asked for."""


def main() -> None:
    """Run the command; our own errors and the database's are one line on stderr and exit code 1."""
    wanted = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    try:
        build(wanted)()
    except BotError as error:
        sys.exit(str(error))
    except Exception as error:
        from sqlalchemy.exc import SQLAlchemyError  # `--help` does without it

        if not isinstance(error, SQLAlchemyError):
            raise
        # Its kind only: its text may quote what was to be stored.
        sys.exit(f"The database cannot be used ({type(error).__name__}). Ask what to do: python -m bot doctor")
