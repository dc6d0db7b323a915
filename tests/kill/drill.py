"""The drill: 300 messages from 60 addresses, posted as Twilio posts them, while processes are killed at random moments.

On PostgreSQL one of two workers also stands still past its lease and goes on, and the other is killed and never returns.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Row, create_engine, text

from tests.kill.process import TIMING
from tests.servers.twilio_webhooks import ACCOUNT, TOKEN, inbound_form, sign

WHATSAPP = "+31850001122"
QUESTIONS = (
    "hoe laat begint de school morgen?",
    "wanneer is de volgende vakantie?",
    "wanneer is de ouderavond?",
    "wat is het telefoonnummer van de school?",
    "waar zie ik de cijfers van mijn kind?",
)
LIMIT = 150
WRITING_AT_ONCE = 4
PAUSE = 0.8
"""After one person's messages, so that the posting lasts as long as the killing."""


@dataclass
class Counts:
    """What was found at the end."""

    posted: int = 0
    kills: int = 0
    stood_still: int = 0
    stored: int = 0
    open: int = 0
    answered: int = 0
    lost: int = 0
    twice_applied: int = 0
    out_of_order: int = 0
    sent_twice: int = 0
    dead: int = 0
    seconds: float = 0
    faults: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """None lost, none applied twice, order kept, none sent twice."""
        return not (self.open or self.lost or self.twice_applied or self.out_of_order or self.sent_twice or self.dead)


@dataclass
class Drill:
    """One run. `roles` are the processes; the last one named `never` is stopped once and does not return."""

    database_url: str
    folder: Path
    messages: int = 300
    addresses: int = 60
    kills: int = 6
    repeats: int = 2
    seed: int = 1
    rule: str = ""
    split: bool = False
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = self.folder / "provider.jsonl"

    def run(self) -> Counts:
        """Post, kill, wait for quiet, count."""
        counts, begun = Counts(), time.monotonic()
        with self._provider() as provider:
            self.environment = {
                **os.environ,
                "OUDERLIJN_DATABASE_URL": self.database_url,
                "OUDERLIJN_PUBLIC_URL": self.url,
                "OUDERLIJN_SECRET_KEY": "the secret of a drill",
                "OUDERLIJN_TWILIO_ACCOUNT_SID": ACCOUNT,
                "OUDERLIJN_TWILIO_AUTH_TOKEN": TOKEN,
                "OUDERLIJN_TWILIO_API_URL": provider,
                "OUDERLIJN_TWILIO_WHATSAPP_FROM": WHATSAPP,
                "OUDERLIJN_VAR": str(self.folder),
                "HOST": "127.0.0.1",
                "PORT": str(self.port),
            }
            roles = ["web", "worker-1", "worker-2"] if self.split else ["run"]
            for role in roles:
                self._start(role, still=role == "worker-1")
            self._ready()
            poster = threading.Thread(target=self._post_all, args=(counts,))
            poster.start()
            self._kill_at_random(counts)
            poster.join()
            self._until_quiet()
            for process in self.processes.values():
                process.send_signal(signal.SIGTERM)
            for process in self.processes.values():
                process.wait(15)
        counts.seconds = time.monotonic() - begun
        self._count(counts)
        return counts

    @contextmanager
    def _provider(self) -> Iterator[str]:
        with subprocess.Popen(
            [sys.executable, "-m", "tests.servers.twilio", "--log", str(self.log), "--seed", str(self.seed)]
            + ["--latency-ms", "10", "--drop-rate", "0.02"],
            stdout=subprocess.PIPE,
        ) as server:
            assert server.stdout is not None
            yield server.stdout.readline().decode().strip().rsplit(" ", 1)[-1]
            server.kill()

    def _start(self, name: str, *, still: bool = False) -> None:
        command = [sys.executable, "-m", "tests.kill.process", name.split("-", maxsplit=1)[0]]
        if self.rule:
            command += ["--break", self.rule]
        if still:
            command += ["--still"]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)

    def _ready(self) -> None:
        until = time.monotonic() + LIMIT
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self.url}/health/ready", timeout=2).status_code == httpx.codes.OK:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        message = "the line did not become ready"
        raise TimeoutError(message)

    def _post_all(self, counts: Counts) -> None:
        """Everybody writes everything at once, some people at a time: each message `repeats` times, until acknowledged."""
        each = self.messages // self.addresses
        with ThreadPoolExecutor(WRITING_AT_ONCE) as people:
            for posted in people.map(lambda person: self._post_person(person, each), range(self.addresses)):
                counts.posted += posted

    def _post_person(self, person: int, each: int) -> int:
        with httpx.Client(timeout=5) as client:
            for turn in range(each):
                number = person * each + turn
                words = f"{QUESTIONS[(turn + person) % len(QUESTIONS)]} ({number})"
                form = inbound_form(
                    f"whatsapp:+3161000{person:04d}", words, to=f"whatsapp:{WHATSAPP}", sid=f"SM{number:032d}"
                )
                signature = sign(f"{self.url}/webhooks/twilio", form.items(), TOKEN)
                for _ in range(self.repeats):
                    self._post(client, form, signature)
        time.sleep(PAUSE)
        return each

    def _post(self, client: httpx.Client, form: dict[str, str], signature: str) -> None:
        until = time.monotonic() + LIMIT
        while time.monotonic() < until:
            try:
                answer = client.post(
                    f"{self.url}/webhooks/twilio", data=form, headers={"X-Twilio-Signature": signature}
                )
            except httpx.HTTPError:
                time.sleep(0.1)
                continue
            if answer.is_success:
                return
            if answer.is_client_error:
                message = f"refused with {answer.status_code}"
                raise AssertionError(message)
            time.sleep(0.1)

    def _kill_at_random(self, counts: Counts) -> None:
        never = "worker-2" if self.split else ""
        if never:
            self._stand_still("worker-1", counts)
            # One worker is stopped in the middle of its work and never returns: its leases must run out.
            time.sleep(self.random.uniform(0.5, 1.5))
            gone = self.processes.pop(never)
            gone.kill()
            gone.wait()
            counts.kills += 1
        while counts.kills < self.kills:
            time.sleep(self.random.uniform(0.5, 3.0))
            name = self.random.choice(list(self.processes))
            self.processes[name].kill()
            self.processes[name].wait()
            counts.kills += 1
            self._start(name)

    def _stand_still(self, name: str, counts: Counts) -> None:
        """It stops itself in its first turn; when the other has taken over what it held it goes on, none the wiser."""
        os.waitid(os.P_PID, self.processes[name].pid, os.WSTOPPED)
        engine = create_engine(_driver(self.database_url), isolation_level="AUTOCOMMIT")
        until = time.monotonic() + LIMIT
        with engine.connect() as connection:
            while not counts.stood_still and time.monotonic() < until:
                time.sleep(0.1)
                counts.stood_still += bool(connection.scalar(text("SELECT count(*) FROM inbox WHERE attempts > 1")))
        engine.dispose()
        self.processes[name].send_signal(signal.SIGCONT)
        time.sleep(TIMING.turn_lease)  # it ends what it was at, before it may be killed

    def _until_quiet(self) -> None:
        """Wait until nothing is open in the database; a run that never gets there is counted as it stands."""
        engine = create_engine(_driver(self.database_url))
        until = time.monotonic() + LIMIT
        while time.monotonic() < until:
            with engine.connect() as connection:
                left = connection.execute(
                    text(
                        "SELECT (SELECT count(*) FROM inbox WHERE state='open') + "
                        "(SELECT count(*) FROM outbox WHERE state IN ('queued','sending','unknown'))"
                    )
                ).scalar_one()
            if not left:
                break
            time.sleep(0.3)
        engine.dispose()

    def _count(self, counts: Counts) -> None:
        engine = create_engine(_driver(self.database_url))
        with engine.connect() as connection:
            inbox = connection.execute(
                text("SELECT id, conversation_id, seq, text, state FROM inbox ORDER BY conversation_id, seq")
            ).all()
            turns = connection.execute(text("SELECT sum(version) FROM conversation")).scalar_one() or 0
            outbox = connection.execute(
                text(
                    "SELECT key, inbox_id, conversation_id, seq, state, attempts FROM outbox WHERE inbox_id IS NOT NULL"
                )
            ).all()
        engine.dispose()
        texts = Counter(row.text for row in inbox)
        replied = Counter(row.inbox_id for row in outbox)
        taken = [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []
        keys = Counter(entry["key"] for entry in taken)
        counts.stored = len(inbox)
        counts.open = sum(row.state == "open" for row in inbox) + sum(
            row.state in {"queued", "sending", "unknown", "held"} for row in outbox
        )
        counts.dead = sum(row.state == "dead" for row in inbox) + sum(row.state == "dead" for row in outbox)
        counts.answered = sum(row.id in replied for row in inbox)
        counts.lost = (counts.posted - len(texts)) + sum(row.key not in keys for row in outbox)
        counts.lost += sum(row.id not in replied for row in inbox)
        # Each committed turn raises its conversation's version by one, and here answers one message.
        counts.twice_applied = sum(count - 1 for count in texts.values()) + max(0, int(turns) - len(inbox))
        counts.sent_twice = sum(count - 1 for count in keys.values())
        counts.out_of_order = _out_of_order(inbox, outbox, list(keys))


def _out_of_order(inbox: Sequence[Row[Any]], outbox: Sequence[Row[Any]], keys: list[str]) -> int:
    """Answers out of the order she wrote in, and answers handed over out of the order of their seq.

    A message whose end nobody knew may leave with a new seq, behind what was said since: only the second rule holds for it.
    """
    written = {row.id: row.seq for row in inbox}
    answers = {row.key: row for row in outbox}
    wrong = 0
    last: dict[int, int] = defaultdict(int)
    for row in sorted(outbox, key=lambda row: (row.conversation_id, row.seq)):
        if row.attempts <= 1:
            wrong += written[row.inbox_id] < last[row.conversation_id]
            last[row.conversation_id] = max(last[row.conversation_id], written[row.inbox_id])
    handed: dict[int, int] = defaultdict(int)
    for key in keys:
        if key in answers:
            row = answers[key]
            wrong += row.seq < handed[row.conversation_id]
            handed[row.conversation_id] = max(handed[row.conversation_id], row.seq)
    return wrong


def _driver(url: str) -> str:
    return url.replace("postgresql:", "postgresql+psycopg:")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
