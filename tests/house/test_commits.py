"""`.commit(` stands in one place, so that nothing is half written anywhere."""

from __future__ import annotations

import ast

from tests.house.tree import ROOT, files

PLACE = "db/engine.py"
APPLICATION = ("bot", "nlu", "flows", "locales", "db", "web")


def test_only_the_engine_commits() -> None:
    """Whoever writes does so through `db.write`."""
    found: dict[str, int] = {}
    seen = 0
    for folder in APPLICATION:
        for path in files(".py", under=folder):
            seen += 1
            calls = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
            count = sum(isinstance(n.func, ast.Attribute) and n.func.attr == "commit" for n in calls)
            if count:
                found[path.relative_to(ROOT).as_posix()] = count
    assert (seen >= 150, list(found)) == (True, [PLACE]), found
