"""A real mail server, and a real place for webhooks."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.header import decode_header, make_header
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.fixtures.demo import free_port


@dataclass(frozen=True)
class Mail:
    """One message as it arrived."""

    to: tuple[str, ...]
    subject: str
    text: str


@dataclass
class MailServer:
    """Takes every message; `url` is its address as Apprise writes it."""

    url: str = ""
    taken: list[Mail] = field(default_factory=list)
    refuses: bool = False

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:
        if self.refuses:
            return "451 not now"
        message = message_from_bytes(envelope.content)
        parts = [part for part in message.walk() if part.get_content_type() == "text/plain"]
        text = "".join(part.get_payload(decode=True).decode() for part in parts)
        subject = str(make_header(decode_header(message["Subject"])))
        self.taken.append(Mail(tuple(envelope.rcpt_tos), subject, text))
        return "250 OK"


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    port = free_port()
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    server.url = f"mailto://127.0.0.1:{port}?from=console@example.com"
    yield server
    controller.stop()


@dataclass
class Webhook:
    """Takes what is posted; `url` is its address as Apprise writes it."""

    url: str = ""
    taken: list[dict[str, Any]] = field(default_factory=list)
    answers: int = 200


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    hook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if hook.answers == 200:
                hook.taken.append(json.loads(body))
            self.send_response(hook.answers)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hook.url = f"json://127.0.0.1:{server.server_port}/hook"
    yield hook
    server.shutdown()
    server.server_close()
