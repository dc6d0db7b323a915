"""Telegram's Bot API on 127.0.0.1, as https://core.telegram.org/bots/api describes it for a bot in private chats.

    python -m tests.servers.telegram --port 8081 --log sent.jsonl --latency-ms 10 --drop-rate 0.05

The one address that is not Telegram's is `POST /test/says` ({"chat": 1, "text": ".."}), for tests in other processes.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.servers.base import Fault, LocalServer, as_json, common, form, parser

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from starlette.requests import Request

TOKEN = "123456789:AAFakeTokenOfTheLocalServer_0123456789"
SECRET = "secret-of-the-local-telegram"
BOT = {"id": 123456789, "is_bot": True, "first_name": "Ouderlijn", "username": "ouderlijn_test_bot"}


def error(status: int, description: str, **parameters: int) -> Fault:
    """A refusal as Telegram words it."""
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return Fault(status, body | ({"parameters": parameters} if parameters else {}))


def too_many(after: int) -> Fault:
    """429, with the wait in the body."""
    return error(429, f"Too Many Requests: retry after {after}", retry_after=after)


BLOCKED = error(403, "Forbidden: bot was blocked by the user")
CHAT_NOT_FOUND = error(400, "Bad Request: chat not found")
TOO_LONG = error(400, "Bad Request: message is too long")
UNAUTHORISED = error(401, "Unauthorized")
CONFLICT = error(
    409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)

_FILE = {"file_id": "AwACAgQAAxkBAAI", "file_unique_id": "AgADfile"}
CONTENTS: Mapping[str, Mapping[str, Any]] = {
    "voice": {"voice": {**_FILE, "duration": 4, "mime_type": "audio/ogg", "file_size": 9_412}},
    "audio": {"audio": {**_FILE, "duration": 61, "mime_type": "audio/mpeg", "file_size": 988_000}},
    "photo": {
        "photo": [
            {"file_id": "small", "file_unique_id": "s", "width": 90, "height": 67, "file_size": 1_023},
            {"file_id": "large", "file_unique_id": "l", "width": 1280, "height": 960, "file_size": 151_002},
        ]
    },
    "video": {"video": {**_FILE, "width": 640, "height": 480, "duration": 9, "mime_type": "video/mp4"}},
    "video_note": {"video_note": {**_FILE, "length": 240, "duration": 7}},
    "animation": {"animation": {**_FILE, "width": 320, "height": 240, "duration": 2, "mime_type": "video/mp4"}},
    "document": {"document": {**_FILE, "file_name": "brief.pdf", "mime_type": "application/pdf", "file_size": 70_110}},
    "sticker": {
        "sticker": {**_FILE, "type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
    },
    "location": {"location": {"latitude": 52.370216, "longitude": 4.895168}},
    "contact": {"contact": {"phone_number": "31612345678", "first_name": "Oma"}},
    "dice": {"dice": {"emoji": "\N{GAME DIE}", "value": 3}},
    "pinned": {"pinned_message": {"message_id": 1, "date": 0, "chat": {"id": 1, "type": "private"}}},
    "tomorrow": {"hologram": {"depth": 3}},
}
"""A message's content, by a short name. `tomorrow` is a kind that nobody knows yet."""


class FakeTelegram(LocalServer):
    """A bot's side of Telegram, and the parents' phones on the other side."""

    send = "sendMessage"

    def __init__(self, *, token: str = TOKEN, **options: Any) -> None:
        """Every other token is answered with 401."""
        self.token = token
        self._update_id = itertools.count(640_000_017)
        self._message_id = itertools.count(1)
        super().__init__(**options)

    def reset(self) -> None:
        """Forget everything but the numbers that were given out."""
        super().reset()
        self.webhook: dict[str, str] = {}
        self.acknowledged: list[str] = []
        self.files: dict[str, bytes] = {_FILE["file_id"]: b"OggS-voice", "large": b"\xff\xd8\xff-photo"}
        self._updates: list[dict[str, Any]] = []

    # The phones

    def user_says(self, chat: int, text: str = "", kind: str = "text", **fields: Any) -> dict[str, Any]:
        """A message from a person; `kind` is a name of CONTENTS, `text` then its caption. Returns the update."""
        content = {"text": text} if kind == "text" else {**CONTENTS[kind], **({"caption": text} if text else {})}
        return self.arrives({"message": {**self._message(chat), **content, **fields}})

    def user_edits(self, message: Mapping[str, Any], text: str) -> dict[str, Any]:
        """The same message again, changed."""
        return self.arrives({"edited_message": {**message, "edit_date": int(time.time()), "text": text}})

    def user_taps(
        self, chat: int, data: str, under: int = 1, titles: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """A tap on a button under message `under`; `titles` are that message's buttons."""
        rows = [[{"text": title, "callback_data": key}] for key, title in (titles or {}).items()]
        message = {"message_id": under, "date": int(time.time()), "chat": _chat(chat), "from": BOT, "text": "?"}
        query = {"id": str(next(self._update_id) * 7), "from": _person(chat), "chat_instance": "-42", "data": data}
        return self.arrives(
            {"callback_query": {**query, "message": {**message, "reply_markup": {"inline_keyboard": rows}}}}
        )

    def numbers_from(self, update_id: int) -> None:
        """Number the next updates anew, as Telegram does after a quiet week."""
        self._update_id = itertools.count(update_id)

    def arrives(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Any update, numbered and kept until it is confirmed."""
        update = {"update_id": next(self._update_id), **content}
        self._updates.append(update)
        return update

    def _message(self, chat: int) -> dict[str, Any]:
        number = next(self._message_id)
        return {"message_id": number, "from": _person(chat), "chat": _chat(chat), "date": int(time.time())}

    # The Bot API

    def routes(self) -> Sequence[Route]:
        """One address for each method, and the files."""
        return [
            Route("/bot{token}/{method}", self._call, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", self._file),
            Route("/test/says", self._says, methods=["POST"]),
        ]

    async def _call(self, request: Request) -> Response:
        method = request.path_params["method"]
        fault = await self.disturb(method)
        if fault and not fault.accept:
            return await self.spoil(fault, request)
        if request.path_params["token"] != self.token:
            return UNAUTHORISED.response()
        methods: dict[str, Callable[[dict[str, str]], Awaitable[Any]]] = {
            "getMe": self._get_me,
            "getUpdates": self._get_updates,
            "sendMessage": self._send_message,
            "answerCallbackQuery": self._answer_callback_query,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getFile": self._get_file,
        }
        if method not in methods:
            return error(404, "Not Found").response()
        result = await methods[method](await form(request))
        if fault:
            return await self.spoil(fault, request)
        return result.response() if isinstance(result, Fault) else JSONResponse({"ok": True, "result": result})

    async def _get_me(self, _: dict[str, str]) -> Any:
        return BOT

    async def _get_updates(self, values: dict[str, str]) -> Any:
        """An update is confirmed by a later call with a greater offset, and only then forgotten."""
        if self.webhook:
            return error(409, "Conflict: can't use getUpdates method while webhook is active")
        if (offset := int(values.get("offset", 0))) > 0:
            self._updates = [u for u in self._updates if u["update_id"] >= offset]
        ends = time.monotonic() + float(values.get("timeout", 0))
        while not self._updates and time.monotonic() < ends and not self.stopping:  # noqa: ASYNC110 - filled from another thread
            await asyncio.sleep(0.01)
        return self._updates[: int(values.get("limit", 100))]

    async def _send_message(self, values: dict[str, str]) -> Any:
        text = values.get("text", "").strip()
        if not text:
            return error(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            return TOO_LONG
        buttons = [b for row in as_json(values.get("reply_markup")).get("inline_keyboard", []) for b in row]
        if any(not 0 < len(b.get("callback_data", "").encode()) <= 64 for b in buttons):
            return error(400, "Bad Request: BUTTON_DATA_INVALID")
        chat = int(values["chat_id"])
        message = {"message_id": next(self._message_id), "date": int(time.time()), "chat": _chat(chat), "from": BOT}
        self.record({"chat": chat, "text": text, "buttons": buttons, "message_id": message["message_id"]})
        return {**message, "text": text}

    async def _answer_callback_query(self, values: dict[str, str]) -> Any:
        self.acknowledged.append(values["callback_query_id"])
        return True

    async def _set_webhook(self, values: dict[str, str]) -> Any:
        self.webhook = values if values.get("url") else {}
        return True

    async def _delete_webhook(self, _: dict[str, str]) -> Any:
        self.webhook = {}
        return True

    async def _get_file(self, values: dict[str, str]) -> Any:
        if (content := self.files.get(values["file_id"])) is None:
            return error(400, "Bad Request: invalid file_id")
        return {**_FILE, "file_id": values["file_id"], "file_size": len(content), "file_path": values["file_id"]}

    async def _file(self, request: Request) -> Response:
        fault = await self.disturb("file")
        if fault:
            return await self.spoil(fault, request)
        content = self.files.get(request.path_params["path"])
        return Response(status_code=404) if content is None else Response(content)

    async def _says(self, request: Request) -> Response:
        says = await request.json()
        return JSONResponse(self.user_says(says["chat"], says.get("text", ""), says.get("kind", "text")))


def _person(number: int) -> dict[str, Any]:
    return {"id": number, "is_bot": False, "first_name": "Fatma", "last_name": f"D{number}", "language_code": "tr"}


def _chat(number: int) -> dict[str, Any]:
    return {"id": number, "type": "private", "first_name": "Fatma", "last_name": f"D{number}"}


def post_of(update: Mapping[str, Any], secret: str = SECRET) -> tuple[dict[str, str], bytes]:
    """Headers and body as Telegram posts an update to a webhook."""
    headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret}
    return headers, json.dumps(update).encode()


def main() -> None:
    """Serve until interrupted."""
    options = parser(__doc__ or "")
    options.add_argument("--token", default=TOKEN)
    read = options.parse_args()
    server = FakeTelegram(token=read.token, **common(read))
    server.start()
    sys.stdout.write(f"{server.url}\n")
    sys.stdout.flush()
    server.wait()


if __name__ == "__main__":
    main()
