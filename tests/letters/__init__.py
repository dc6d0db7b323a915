"""Letters on paper: what stands on them, and what happens on a machine without fonts."""
