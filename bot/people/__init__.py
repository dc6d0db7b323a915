"""People: who is bound to whom, and what may be known of a child."""
