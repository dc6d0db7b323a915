"""The message core: every law of decision 1, tried to break."""
