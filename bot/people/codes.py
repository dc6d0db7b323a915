"""The code in a guardian's letter: how it looks, how it is found in a message, and what is kept of it (a keyed hash)."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without the letters and digits that look alike on paper."""
_CODE = re.compile(r"\bOL[-–— ]?([A-HJ-NP-Z2-9]{4})[-–— ]?([A-HJ-NP-Z2-9]{4})\b", re.IGNORECASE)


def new_code() -> str:
    """A new code, such as `OL-7KQM-X2PD` (40 bits)."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"OL-{letters[:4]}-{letters[4:]}"


def find_code(text: str) -> str | None:
    """The code in a message, as it stands in the letter."""
    match = _CODE.search(text)
    return f"OL-{match[1]}-{match[2]}".upper() if match else None


def hash_code(code: str, secret: str) -> str:
    """What is stored of a code: useless without the installation's secret."""
    return hmac.new(secret.encode(), code.encode(), hashlib.sha256).hexdigest()
