"""What somebody wrote themselves in a mail: without the quoted mail below, the signature, the phone's advertisement. Pure.

Line by line: one large expression over the whole text takes minutes on a mail made for that. What is cut too little is seen by the
parent, so a line that looks like the head of a quotation counts as one.
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

LONGEST = 20_000
"""Characters that are looked at."""
_LINE = re.compile(
    r"-{2,}\s*(?:antwoord boven deze lijn|oorspronkelijk(?:e)? bericht|original message|forwarded message"
    r"|doorgestuurd bericht|message d'origine|ursprüngliche nachricht|reply above this line)\s*-{0,}",
    re.IGNORECASE,
)
_FIRST = re.compile(r"\*?(?:van|from|von|de)\s?:\*?\s*\S", re.IGNORECASE)
_SECOND = re.compile(
    r"\*?(?:verzonden|verstuurd|sent|gesendet|envoyé|datum|date|aan|to|an|à|onderwerp|subject|betreff|objet|cc)\s?:",
    re.IGNORECASE,
)
_BEGINS = re.compile(r"(?:op|on|am|le)\b", re.IGNORECASE)
_SAYS = re.compile(r"(?:op|on|am|le)\b.*\d.*\b(?:schreef|wrote|geschreven|schrieb|a écrit)\b.*:$", re.IGNORECASE)
_PHONE = re.compile(
    r"(?:verstuurd|verzonden|sent|gesendet|envoyé|get)\s+(?:vanaf|vanuit|met|from|von|depuis|outlook)\b.{0,60}",
    re.IGNORECASE,
)
_RULE = re.compile(r"_{5,}|-{5,}|\*{5,}")
_LEFT = " \t>|"


def own_words(text: str) -> str:
    """The part above everything that is quoted or added by the program."""
    lines = text[:LONGEST].replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").split("\n")
    cut = next((at for at in range(len(lines)) if _ends(lines, at)), len(lines))
    kept = lines[:cut]
    while kept and _added(kept[-1]):
        kept.pop()
    # An answer below its quotation, or between: what is quoted goes, what was written stays.
    own = [line.rstrip() for line in kept if not line.lstrip().startswith(">")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(own)).strip()


def _ends(lines: list[str], at: int) -> bool:
    """Whether her own words end before this line."""
    line = lines[at].strip(_LEFT)
    if _LINE.search(line) or lines[at].rstrip("\n") in {"-- ", "--", "\u2014 "}:
        return True
    following = [lines[n].strip(_LEFT) for n in range(at + 1, min(at + 4, len(lines)))]
    if _FIRST.match(line):
        return any(_SECOND.match(each) for each in following[:2])
    if not _BEGINS.match(line):
        return False
    for more in range(3):
        joined = " ".join([line, *following[:more]]).strip()
        if _SAYS.match(joined[:500]):
            below = lines[at + more + 1 : at + more + 3]
            return "@" in joined or any(each.lstrip().startswith(">") for each in below) or not any(below)
    return False


def _added(line: str) -> bool:
    bare = line.strip(_LEFT)
    return not bare or bool(_RULE.fullmatch(bare)) or bool(_PHONE.fullmatch(bare)) or line.lstrip().startswith(">")


class _Text(HTMLParser):
    """A mail's HTML as lines. What stands in a quotation gets the mark that plain mails give it."""

    _BREAKS = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "blockquote", "table", "hr"})
    _SILENT = frozenset({"style", "script", "head", "title"})
    _EMPTY = frozenset({"br", "hr", "img", "meta", "link", "input", "wbr", "col", "area", "base"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0
        self._quoted: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A line ends, or a quotation begins."""
        if tag in self._SILENT:
            self._silent += 1
        if tag in self._BREAKS:
            self.parts.append("\n")
        if self._quoted and tag not in self._EMPTY:
            self._quoted.append(tag)
        elif tag == "blockquote" or any(value and "gmail_quote" in value for name, value in attrs if name == "class"):
            self._quoted = [tag]

    def handle_endtag(self, tag: str) -> None:
        """A line ends, or a quotation does."""
        if tag in self._SILENT:
            self._silent = max(0, self._silent - 1)
        if tag in self._BREAKS:
            self.parts.append("\n")
        if tag in self._quoted:
            while self._quoted and self._quoted.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        """Words; line ends within them mean nothing."""
        if self._silent:
            return
        said = re.sub(r"\s+", " ", data)
        if self._quoted and said.strip():
            said = f"\n> {said}"
        self.parts.append(said)


def text_of_html(source: str) -> str:
    """The words of an HTML mail, line by line."""
    reader = _Text()
    try:
        reader.feed(source[: 20 * LONGEST])
        reader.close()
    except (AssertionError, ValueError):  # what the parser says to some things that are no HTML
        return html.unescape(re.sub(r"<[^>]{0,2000}>", " ", source[:LONGEST]))
    return "\n".join(line.strip() for line in "".join(reader.parts).split("\n"))
