"""The letter on paper that brings a guardian to the line: for whom, in which words, with which code, and how it is printed.

Never keeps a code: it stands on the paper, and its keyed hash in the database.
"""
