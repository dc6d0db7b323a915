"""The demo school: invented people, in a school marked demo, whose addresses deliver to the web phone only."""
