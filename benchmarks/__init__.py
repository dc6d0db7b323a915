"""Benchmarks: each prints one JSON line; never run as timed tests."""
