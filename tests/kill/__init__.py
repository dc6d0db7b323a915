"""The kill test: real processes, real databases, a provider that drops connections, and `kill -9`."""
