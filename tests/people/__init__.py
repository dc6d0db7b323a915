"""People in: files as schools have them, and what must never come of them."""
