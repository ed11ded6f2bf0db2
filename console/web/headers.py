"""Security headers on every answer."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import streamlit
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.web.process import PROCESS

_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def content_security_policy(index_html: str) -> str:
    """The policy for Streamlit's page `index_html`, whose inline scripts are allowed by their hashes.

    No `unsafe-eval`: nothing that the console shows needs it. Styles are inline throughout Streamlit.
    """
    hashes = [
        "'sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() + "'"
        for script in _SCRIPT.findall(index_html)
    ]
    parts = {
        "default-src": ["'self'"],
        "script-src": ["'self'", *hashes],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'", "blob:"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "object-src": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(values)}" for name, values in parts.items())


def fixed_headers() -> list[tuple[bytes, bytes]]:
    """The headers that every answer carries, as ASGI wants them."""
    index = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    return [
        (b"content-security-policy", content_security_policy(index).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
    ]


_HSTS = (b"strict-transport-security", b"max-age=31536000")


def _secure(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """A header as it is sent on https: Streamlit's own cookie isn't Secure by itself."""
    if name.lower() == b"set-cookie" and b"secure" not in [
        part.strip() for part in value.lower().split(b";")
    ]:
        return name, value + b"; Secure"
    return name, value


class SecurityHeaders:
    """ASGI middleware that adds the headers; those that an answer already has stay as they are."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._fixed = fixed_headers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        wanted = [*self._fixed, _HSTS] if PROCESS.settings.https else self._fixed

        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = list(message.get("headers", []))
                if PROCESS.settings.https:
                    there = [_secure(*pair) for pair in there]
                names = {name.lower() for name, _ in there}
                message = {**message, "headers": there + [pair for pair in wanted if pair[0] not in names]}
            await send(message)

        await self.app(scope, receive, completed)
