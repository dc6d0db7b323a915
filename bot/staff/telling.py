"""Telling people at school, for those who work with cases; the seam itself lies in the core, which opens them."""

from bot.core.telling import Told, tell

__all__ = ["Told", "tell"]
