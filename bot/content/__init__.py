"""Sentences and flows as a school has them: shipped content, its own edits, words in every language."""
