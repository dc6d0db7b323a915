"""Questions: functions that return small frozen rows. Writes are named verbs in `bot`."""
