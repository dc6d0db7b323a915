"""The design system keeps what it says of itself: every pair of colours is readable, in both modes."""

from __future__ import annotations

import re

import pytest

from web.templating import STATIC
from web.views.accent import contrast

TEXT = [("ink", ground) for ground in ("paper", "surface", "sunken")]
TEXT += [("quiet", ground) for ground in ("paper", "surface", "sunken")]
TEXT += [("accent", ground) for ground in ("paper", "surface")] + [("on-accent", "accent")]
TEXT += [(name, f"{name}-ground") for name in ("good", "warn", "bad")]
TEXT += [(name, ground) for name in ("good", "warn", "bad") for ground in ("surface", "sunken")]
EDGES = [("edge", ground) for ground in ("paper", "surface")] + [("accent", "paper")]


def _modes() -> dict[str, dict[str, str]]:
    light, dark = (STATIC / "style.css").read_text(encoding="utf-8").split("@media (prefers-color-scheme: dark)")
    read = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part.split("\n}\n")[0])) for part in (light, dark)]
    return {"light": read[0], "dark": read[1]}


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_contrast(mode: str) -> None:
    """Text is at least 4.5 to 1 on whatever it stands on, edges and focus rings at least 3 to 1."""
    colours = _modes()[mode]
    assert len(colours) >= 14
    poor = [
        (one, ground, round(found, 2))
        for pairs, least in ((TEXT, 4.5), (EDGES, 3.0))
        for one, ground in pairs
        if (found := contrast(_rgb(colours[one]), _rgb(colours[ground]))) < least
    ]
    assert poor == []


def test_no_part_is_styled_inside_a_page() -> None:
    """The policy allows no styles or scripts inside pages: templates have none."""
    templates = list((STATIC.parent / "templates").rglob("*.html"))
    assert len(templates) >= 10
    inside = re.compile(r"<style|<script(?! type=\"module\" src=)|\sstyle=|\son[a-z]+=|javascript:")
    assert [path.name for path in templates if inside.search(path.read_text(encoding="utf-8"))] == []


def _rgb(text: str) -> tuple[float, float, float]:
    return int(text[1:3], 16) / 255, int(text[3:5], 16) / 255, int(text[5:7], 16) / 255
