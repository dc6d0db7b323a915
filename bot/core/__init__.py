"""The message core: inbox, outbox and timers in our own tables (`docs/decisions/0001-message-core.md`).

The one place that commits what a turn says happened, and that sends. Decides nothing about words.
"""
