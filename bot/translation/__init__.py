"""Translation both ways: what leaves is masked, what comes back is checked, and what cannot be translated is said to be so.

Never guesses, never sends a name or a number, never replaces what was written.
"""
