"""The line at work, as in tests/line."""

from tests.line.conftest import _providers, house, providers

__all__ = ["_providers", "house", "providers"]
