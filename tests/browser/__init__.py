"""A real browser does what a newcomer does."""
