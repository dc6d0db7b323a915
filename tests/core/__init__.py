"""The message core: every law of `design.md` 4.1, tried to break."""
