"""The application: what happens when somebody writes.

Holds settings, errors, wiring (the composition root), channels, the turn, the staff side and the jobs. Never renders a page.
"""
