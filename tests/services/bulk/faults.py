"""A proxy in front of the embedded Cognito that fails as networks and AWS do, from a seed.

Faults: TooManyRequestsException; InternalErrorException before or after the call took effect;
connections cut before the call reached anybody, and cut after it took effect.
"""

from __future__ import annotations

import json
import random
import socket
import struct
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Faults:
    """How often each fault happens, 0–1."""

    throttled: float = 0.0
    failed: float = 0.0
    reset: float = 0.0
    lost: float = 0.0


class FaultyCognito(ThreadingHTTPServer):
    """The proxy; `happened` counts what it did by fault, `taken` successful calls by operation."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, behind: str, faults: Faults, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = behind
        self.faults = faults
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.happened: Counter[str] = Counter()
        self.effects: Counter[tuple[str, str]] = Counter()
        self.to_lose: set[str] = set()
        self.refusals: dict[str, tuple[str, str]] = {}
        """Operation ("*": all) → code and message with which it is refused."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def lose_next(self, operation: str) -> None:
        """Let the next call of `operation` take effect and lose its answer."""
        self.to_lose.add(operation)

    def choose(self, operation: str) -> tuple[str, bool]:
        """The next fault ("" for none), and whether a failed call takes effect."""
        with self.lock:
            if operation in self.to_lose:
                self.to_lose.remove(operation)
                return "lost", True
            drawn, after = self.random.random(), self.random.random() < 0.5
            for name in ("throttled", "failed", "reset", "lost"):
                share = getattr(self.faults, name)
                if drawn < share:
                    self.happened[name] += 1
                    return name, after
                drawn -= share
        return "", after

    def handle_error(self, request: object, client_address: object) -> None:
        """Cut connections are what it is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultyCognito

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "X-Amz-Target" not in self.headers:  # STS
            self._answer(*self._forward(body))
            return
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        refusal = self.server.refusals.get(operation) or self.server.refusals.get("*")
        if refusal:
            self._refuse(400, *refusal)
            return
        fault, after = self.server.choose(operation)
        if fault == "throttled":
            self._refuse(400, "TooManyRequestsException", "Rate exceeded")
        elif fault == "failed":
            if after:
                self._forward(body)
            self._refuse(500, "InternalErrorException", "Something went wrong")
        elif fault == "reset":
            self._cut()
        elif fault == "lost":
            self._forward(body)
            self._cut()
        else:
            self._answer(*self._forward(body))

    def _forward(self, body: bytes) -> tuple[int, str, bytes]:
        kept = {
            name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")
        }
        request = urllib.request.Request(self.server.behind, data=body, headers=kept, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                result = answer.status, answer.headers.get("Content-Type", ""), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers.get("Content-Type", ""), error.read()
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        if operation:
            asked = json.loads(body)
            with self.server.lock:
                whom = f"{asked.get('Username', '')}/{asked.get('GroupName', '')}"
                self.server.effects[operation, whom] += 1
        return result

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind or "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self, status: int, code: str, message: str) -> None:
        self._answer(
            status, "application/x-amz-json-1.1", json.dumps({"__type": code, "message": message}).encode()
        )

    def _cut(self) -> None:
        # linger 0: the peer sees a reset, not an orderly end
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def faulty(behind: str, faults: Faults, seed: int) -> Iterator[FaultyCognito]:
    """A running proxy in front of `behind`."""
    server = FaultyCognito(behind, faults, seed)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
