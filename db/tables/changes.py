"""What was changed in the settings, by whom."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import MESSAGE_DAYS, TECHNICAL, Base, SchoolRow, holds, of_school
from db.types import DataClass, Instant, Key


class SettingChange(Base, SchoolRow):
    """One change of the settings. After its days the values are emptied; who and when stays."""

    __tablename__ = "setting_change"
    __table_args__ = of_school(staff_id="staff", undoes_id="setting_change")

    staff_id: Mapped[int] = mapped_column(Key)
    at: Mapped[dt.datetime] = mapped_column(Instant)
    what: Mapped[str] = mapped_column(String(40), info=TECHNICAL, comment="As bot/staff/settings.py calls it.")
    items: Mapped[dict[str, Any]] = mapped_column(
        JSON,
        default=dict,
        info=holds(DataClass.IDENTITY, MESSAGE_DAYS),
        comment="By setting: [from, to]. Names colleagues and their numbers; never a secret.",
    )
    undoes_id: Mapped[int | None] = mapped_column(Key, comment="The change that this one takes back.")
