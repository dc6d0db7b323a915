"""`python -m bot WORDS`, as an operator runs it: a subprocess with nothing set but what is given."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bot.settings import ROOT


def run_bot(folder: Path, *words: str, typed: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """On a database in `folder`, unless the settings (without their prefix) say otherwise."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OUDERLIJN_")}
    given = {"DATABASE_URL": f"sqlite:///{folder / 'line.db'}", "VAR": str(folder), "NLU": os.environ["OUDERLIJN_NLU"]}
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        input=typed,
        capture_output=True,
        text=True,
        env=clean | {f"OUDERLIJN_{name}": value for name, value in (given | settings).items()},
        cwd=ROOT,
        timeout=200,
        check=False,
    )
