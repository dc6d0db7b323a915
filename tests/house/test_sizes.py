"""One idea, one file: 400 lines is a wall."""

from __future__ import annotations

from tests.house.tree import ROOT, files

WALL = 400
KINDS = (".py", ".js", ".css", ".html", ".jinja")


def test_no_file_is_longer_than_the_wall() -> None:
    """Code, scripts, styles and templates alike."""
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in files(*KINDS)}
    too_long = {name: length for name, length in lengths.items() if length > WALL}
    assert (len(lengths) >= 250, too_long) == (True, {}), len(lengths)
