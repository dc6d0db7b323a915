"""Whom our clients believe to be who they say."""

from __future__ import annotations

import functools
import ssl

import httpx


@functools.cache
def trusted() -> ssl.SSLContext:
    """The authorities httpx trusts, read once: each reading takes 50 ms and a megabyte, and every account has clients."""
    return httpx.create_ssl_context()
