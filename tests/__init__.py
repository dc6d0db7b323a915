"""The tests: laws, conversations, real servers."""
