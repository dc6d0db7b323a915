"""DeepL: `POST /v2/translate` with the key in a header. Slots travel as XML tags, which it carries over by itself."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from bot.translation.http import LIMIT, Asker
from bot.translation.port import NoTranslation, Task, Why

FREE, PRO = "https://api-free.deepl.com", "https://api.deepl.com"
SOURCES = frozenset(("nl", "en", "tr", "ar", "pl", "uk", "ru", "es", "fr", "de", "ro", "bg", "zh"))
"""Persian is in its beta, without tags; it has no Moroccan, Somali, Tigrinya or Papiamento that it answers for."""
TARGETS: Mapping[str, str] = {"en": "EN-GB", "zh": "ZH-HANS"}
FORMAL = frozenset(("nl", "pl", "ru", "es", "fr", "de"))
"""Languages in which it knows u from je."""
_SLOT = re.compile(r"QX(\d+)")
_TAG = re.compile(r'<x id="(\d+)"\s*(?:/>|>\s*</x>)')


class DeepL:
    """DeepL's API; a key that ends in `:fx` is of the free one."""

    name = "deepl"
    home = False

    def __init__(self, key: str, url: str = "", *, limit: float = LIMIT) -> None:
        """`url` is another root, such as a test server."""
        root = url or (FREE if key.endswith(":fx") else PRO)
        self._asker = Asker(root, headers={"Authorization": f"DeepL-Auth-Key {key}"}, limit=limit)

    async def pairs(self, source: str, target: str) -> bool:
        """As its pages say."""
        return {source, target} <= SOURCES

    async def translate(self, task: Task) -> str:
        """One call. School words go along as context, which is not charged: a glossary of DeepL's own is one per pair."""
        if not await self.pairs(task.source, task.target):
            raise NoTranslation(Why.LANGUAGE)
        body: dict[str, object] = {
            "text": [_SLOT.sub(r'<x id="\1"/>', html.escape(task.text, quote=False))],
            "source_lang": task.source.upper(),
            "target_lang": TARGETS.get(task.target, task.target.upper()),
            "tag_handling": "xml",
            "preserve_formatting": True,
        }
        if task.target in FORMAL:
            body["formality"] = "prefer_more"
        if task.words:
            body["context"] = "; ".join(f"{mine} = {theirs}" for mine, theirs in task.words.items())
        answer = await self._asker.post("/v2/translate", body)
        try:
            text = answer["translations"][0]["text"]
        except (TypeError, KeyError, IndexError):
            text = None
        if not isinstance(text, str) or not text.strip():
            raise NoTranslation(Why.AWAY, "no translations")
        return html.unescape(_TAG.sub(r"QX\1", text))

    async def close(self) -> None:
        """Let go of connections."""
        await self._asker.close()
