"""Which of the files that parents send a browser may open, and how. What a type says of itself is only a claim."""

from __future__ import annotations

from collections.abc import Mapping

PLAYED: Mapping[str, str] = {
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "audio/wav": "wav",
    "audio/webm": "webm",
}
"""Played in the page: type and file ending."""
SHOWN: Mapping[str, str] = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}
"""Shown in the page. SVG is a program and stays out."""
SAVED: Mapping[str, str] = {
    "application/pdf": "pdf",
    "video/mp4": "mp4",
    "video/3gpp": "3gp",
    "video/quicktime": "mov",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "text/plain": "txt",
    "text/vcard": "vcf",
}
"""Saved, never opened by us: only the ending is told, so that the computer knows a program for it."""
PDF = "application/pdf"
UNKNOWN = "application/octet-stream"


def served_as(content_type: str) -> tuple[str, str, bool]:
    """The type we send, the file's ending, and whether it may be opened in place. Everything uncertain is just bytes."""
    if ending := PLAYED.get(content_type) or SHOWN.get(content_type):
        return content_type, f".{ending}", True
    ending = SAVED.get(content_type, "")
    # A sandboxed page cannot show a PDF, so it is saved like the rest, but as what it is.
    return PDF if content_type == PDF else UNKNOWN, f".{ending}" if ending else "", False
