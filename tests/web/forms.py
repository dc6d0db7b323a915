"""Filling in the answer box, as a browser does."""

from __future__ import annotations

import re

import httpx


def token_of(html: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', html)
    assert found
    return found[1]


async def answer(client: httpx.AsyncClient, case: int, *, token: str = "", **form: str) -> httpx.Response:
    """Open the case, fill the form in, send it."""
    token = token or token_of((await client.get(f"/inbox/{case}")).text)
    return await client.post(f"/inbox/{case}/reply", data={"token": token, "action": "send", **form})
