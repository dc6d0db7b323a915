"""The school's calendar: its holidays, what its own calendar says, and what a parent is told of it. Never what a case says."""
