"""Where the staff side tells a colleague of a case. The core does it too, and knows nothing of this room."""

from __future__ import annotations

from bot.core.telling import Told, tell

__all__ = ["Told", "tell"]
