"""Rasa Open Source beside our own engine: its server ranks intents, and everything else stays ours.

Rasa 3.6 wants Python 3.10 and 2.5 GB of libraries, so it lives in an environment and a process of its own
(`environment.py`, `__main__.py`). Nothing here asks the network: that is `bot/rasa.py`.
"""
