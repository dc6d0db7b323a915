"""Rasa as the engine of understanding: our client against a local server, and once against the real one."""
