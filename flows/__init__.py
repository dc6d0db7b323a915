"""Conversations: YAML in, what happened out.

Knows no language, no database and no network, and never acts: it returns what happened, and the application does it.
"""
