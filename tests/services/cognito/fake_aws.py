"""A small web server that answers as AWS does when things go wrong, in front of moto or alone."""

from __future__ import annotations

import json
import socket
import threading
import time
import urllib.request
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs

HTML_500 = "<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n<h1>Oh</h1>"


@dataclass(frozen=True)
class Reply:
    """One answer; `forward` asks the server behind first and passes its answer on, unless this is one
    of its own (`own`) or hangs up instead of answering (`reset`)."""

    status: int = 200
    body: str = "{}"
    kind: str = "application/x-amz-json-1.1"
    forward: bool = False
    reset: bool = False
    own: bool = False
    wait: float = 0.0


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    operation: str
    parameters: dict[str, Any]
    authorization: str
    at: float


def ok(**body: Any) -> Reply:
    return Reply(body=json.dumps(body))


def refusal(code: str, text: str = "", status: int = 400) -> Reply:
    return Reply(status, json.dumps({"__type": code, "message": text}))


def done_then(reply: Reply) -> Reply:
    """The server behind does what is asked, and the answer is `reply` all the same."""
    return replace(reply, forward=True, own=True)


def page(status: int, body: str = HTML_500) -> Reply:
    return Reply(status, body, "text/html")


def xml_refusal(code: str, text: str, status: int = 403) -> Reply:
    body = f"<ErrorResponse><Error><Code>{code}</Code><Message>{text}</Message></Error></ErrorResponse>"
    return Reply(status, body, "text/xml")


FORWARD = Reply(forward=True)
RESET = Reply(reset=True)
DONE_THEN_RESET = Reply(forward=True, reset=True)
THROTTLED = refusal("TooManyRequestsException", "Rate exceeded")


@dataclass
class FakeAws:
    """`replies[operation]` are given in turn; after the last one, `otherwise` (or what is behind)."""

    url: str = ""
    behind: str = ""
    otherwise: Reply = field(default_factory=Reply)
    replies: dict[str, deque[Reply]] = field(default_factory=lambda: defaultdict(deque))
    seen: list[Seen] = field(default_factory=list)

    def answer(self, operation: str, *replies: Reply) -> FakeAws:
        self.replies[operation].extend(replies)
        return self

    def count(self, operation: str) -> int:
        return sum(call.operation == operation for call in self.seen)

    def next_reply(self, operation: str) -> Reply:
        waiting = self.replies[operation]
        return waiting.popleft() if waiting else (FORWARD if self.behind else self.otherwise)


def _handler(fake: FakeAws) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            seen = _seen(self.headers.get("X-Amz-Target", ""), body, self.headers.get("Authorization", ""))
            fake.seen.append(seen)
            reply = fake.next_reply(seen.operation)
            if reply.forward:
                forwarded = self._forwarded(body)
                reply = reply if reply.reset or reply.own else forwarded
            time.sleep(reply.wait)
            if reply.reset:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(reply.body.encode())))
            self.end_headers()
            self.wfile.write(reply.body.encode())

        def _forwarded(self, body: bytes) -> Reply:
            headers = {name: value for name, value in self.headers.items() if name != "Host"}
            request = urllib.request.Request(fake.behind, body, headers)
            try:
                with urllib.request.urlopen(request) as answer:
                    return Reply(answer.status, answer.read().decode(), answer.headers["Content-Type"])
            except HTTPError as error:
                with error:
                    return Reply(error.code, error.read().decode(), error.headers["Content-Type"])

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def _seen(target: str, body: bytes, authorization: str) -> Seen:
    if target:
        return Seen(target.rpartition(".")[2], json.loads(body or b"{}"), authorization, time.monotonic())
    fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    return Seen(fields.get("Action", ""), fields, authorization, time.monotonic())


@contextmanager
def fake_aws(behind: str = "") -> Iterator[FakeAws]:
    """A running fake; with `behind` (the address of moto) it passes on what it has no reply for."""
    fake = FakeAws(behind=behind)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(fake))
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def closed_port() -> str:
    """An address where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
