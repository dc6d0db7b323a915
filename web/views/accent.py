"""The school's one colour, made readable: dark enough on paper, light enough on slate (WCAG 2.2 AA)."""

from __future__ import annotations

import colorsys
import functools
import re

DEFAULT = "1d5c63"
_PAPER = (1.0, 1.0, 1.0)
_SLATE = (0.145, 0.165, 0.188)
"""The lightest surface of the dark mode: what is readable there is readable on the darker ones."""
_ENOUGH = 4.6
_HEX = re.compile(r"#?([0-9a-fA-F]{6})")

Colour = tuple[float, float, float]


@functools.lru_cache(maxsize=256)
def stylesheet(accent: str) -> str:
    """The two custom properties that a school changes, for the light and for the dark mode."""
    match = _HEX.fullmatch(accent)
    digits = match[1] if match else DEFAULT
    red, green, blue = (int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))
    light, dark = _until((red, green, blue), _PAPER, step=-0.02), _until((red, green, blue), _SLATE, step=0.02)
    return (
        f":root {{ --accent: {_hex(light)}; --on-accent: #fff }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ --accent: {_hex(dark)}; --on-accent: #14181c }} }}\n"
    )


def contrast(one: Colour, other: Colour) -> float:
    """WCAG's contrast of two colours, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _until(colour: Colour, ground: Colour, *, step: float) -> Colour:
    hue, lightness, saturation = colorsys.rgb_to_hls(*colour)
    while contrast(colour, ground) < _ENOUGH and 0 <= lightness + step <= 1:
        lightness += step
        colour = colorsys.hls_to_rgb(hue, lightness, saturation)
    return colour


def _luminance(colour: Colour) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]  # noqa: PLR2004 - sRGB
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{round(c * 255):02x}" for c in colour)
