"""The local servers in a process of their own, as the kill tests use them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.servers.twilio_webhooks import ACCOUNT, SMS_FROM, TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "sent.jsonl"


@pytest.fixture
def start(log: Path) -> Iterator[Callable[..., str]]:
    """Start a server and return its address; it is killed at the end, as `kill -9` would."""
    running: list[subprocess.Popen[str]] = []

    def begin(name: str, *options: str) -> str:
        command = [sys.executable, "-m", f"tests.servers.{name}", "--log", str(log), *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout
        return process.stdout.readline().strip()

    yield begin
    for process in running:
        process.kill()
        process.communicate()


def lines(log: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]


def send(url: str, body: str) -> httpx.Response:
    callback = "http://127.0.0.1:9/webhooks/twilio/status?o=reply%3A1%3A0"
    fields = {"To": "+31612345678", "From": SMS_FROM, "Body": body, "StatusCallback": callback}
    return httpx.post(f"{url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json", data=fields, auth=(ACCOUNT, TOKEN))


def test_twilio_writes_down_what_it_takes_before_it_answers(start: Callable[..., str], log: Path) -> None:
    """The log is what a kill test believes: one line for each message, there when the answer is there."""
    url = start("twilio", "--latency-ms", "10")
    began = time.monotonic()
    answer = send(url, "één")
    assert time.monotonic() - began > 0.01
    (line,) = lines(log)
    assert ("reply:1:0", "+31612345678", "één", answer.json()["sid"]) == (
        line["key"],
        line["to"],
        line["body"],
        line["sid"],
    )


def test_a_dropped_answer_was_taken_all_the_same(start: Callable[..., str], log: Path) -> None:
    """The hard case: the message is in the log, and its sender cannot know."""
    url = start("twilio", "--drop-rate", "1")
    with pytest.raises(httpx.RemoteProtocolError):
        send(url, "hoi")
    assert [line["body"] for line in lines(log)] == ["hoi"]


def test_telegram_takes_what_people_say_from_another_process(start: Callable[..., str], log: Path) -> None:
    url = start("telegram", "--token", "1:x")
    httpx.post(f"{url}/test/says", json={"chat": 7, "text": "hoi"})
    (update,) = httpx.post(f"{url}/bot1:x/getUpdates", data={"timeout": "1"}).json()["result"]
    httpx.post(f"{url}/bot1:x/sendMessage", data={"chat_id": "7", "text": "dag"})
    assert (update["message"]["text"], [(line["chat"], line["text"]) for line in lines(log)]) == ("hoi", [(7, "dag")])
