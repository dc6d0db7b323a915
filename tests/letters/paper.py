"""Reading a printed letter: its words, and what a camera sees. The tests' only importer of the PDF reader, which has no types."""

from __future__ import annotations

from typing import Any

import pypdfium2
import zxingcpp


def texts(pdf: bytes) -> list[str]:
    """Each page, its words with one space between them."""
    document = _opened(pdf)
    try:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in document]
    finally:
        document.close()


def scanned(pdf: bytes, page: int) -> list[str]:
    """What a camera reads in the QR codes of a page."""
    document = _opened(pdf)
    try:
        return [found.text for found in zxingcpp.read_barcodes(document[page].render(scale=2).to_pil())]
    finally:
        document.close()


def _opened(pdf: bytes) -> Any:
    return pypdfium2.PdfDocument(pdf)  # type: ignore[no-untyped-call]
