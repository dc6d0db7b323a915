"""`python -m bot COMMAND`."""

from bot.cli.main import main

main()
