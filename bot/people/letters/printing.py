"""Letters on paper: a PDF by typst, QR codes by segno. The only importer of both.

The PDF is made by the rules of its archive form (PDF/A), in which a letter that no font has is an error and not an empty box: a
language whose script this machine cannot print is found out before, and left out.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.errors import BotError

_TEMPLATE = Path(__file__).with_name("letter.typ")
_ARCHIVE = ["a-2a"]
_FONTS = (
    "Noto Sans",
    "Noto Sans Arabic",
    "Noto Sans Ethiopic",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "DejaVu Sans",
    "Libertinus Serif",
)
"""The first that has a letter prints it; the last comes with typst, and has Latin and Cyrillic ones."""
_MONO = ("DejaVu Sans Mono",)
"""Comes with typst too: a nought in it is no O."""


class Unprintable(BotError):
    """No font of this machine has one of the letters."""


class Printer:
    """Knows the fonts of this machine; they are looked for once."""

    def __init__(self, *, system_fonts: bool = True) -> None:
        """Without `system_fonts` as on a machine that has none."""
        import typst

        self._typst, self._system = typst, system_fonts
        self._fonts = typst.Fonts(include_system_fonts=system_fonts)
        there = set(self._fonts.families())
        self._families = [family for family in _FONTS if family in there]

    def can(self, text: str) -> bool:
        """Whether every letter of it can be printed."""
        source = '#set document(title: "?")\n#set text(font: json(bytes(sys.inputs.fonts)))\n#sys.inputs.text'
        try:
            self._pdf(source.encode(), {"fonts": json.dumps(self._families), "text": text})
        except Unprintable:
            return False
        return True

    def print(self, data: Mapping[str, Any]) -> bytes:
        """The letters as one PDF; `Unprintable` where a letter is missing."""
        given = {**data, "fonts": self._families, "mono": list(_MONO)}
        return self._pdf(_TEMPLATE.read_bytes(), {"data": json.dumps(given, ensure_ascii=False)})

    def _pdf(self, source: bytes, inputs: dict[str, str]) -> bytes:
        try:
            return self._typst.compile(
                source,
                sys_inputs=inputs,
                font_paths=self._fonts,
                ignore_system_fonts=not self._system,
                pdf_standards=_ARCHIVE,  # type: ignore[arg-type]
            )
        except self._typst.TypstError as error:
            if "could not be displayed" in error.message:
                raise Unprintable from None  # the message holds the text
            raise


def qr(link: str) -> str:
    """A QR code as a drawing (SVG), with room for damage."""
    import segno

    drawn = io.BytesIO()
    # Without `micro=False` a short text becomes a Micro QR, which telephones do not read.
    segno.make(link, error="m", micro=False).save(drawn, kind="svg", xmldecl=False, border=2)
    return drawn.getvalue().decode()
