"""The commands: `python -m bot COMMAND`."""
