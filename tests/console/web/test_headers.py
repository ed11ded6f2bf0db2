"""Security headers."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import streamlit

from console.web.headers import SecurityHeaders, content_security_policy
from console.web.process import PROCESS
from console.web.settings import ConsoleSettings
from services.store.store import Store


def answer(own: list[tuple[bytes, bytes]], kind: str = "http") -> dict[str, str]:
    """The headers of an answer that came with `own`."""
    sent: list[dict[str, Any]] = []

    async def inside(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": f"{kind}.response.start", "status": 200, "headers": own})

    async def send(message: Any) -> None:
        sent.append(message)

    exchange = SecurityHeaders(inside)({"type": kind}, None, send)  # type: ignore[arg-type]
    # In a thread: where browser tests came before, this one has an event loop already.
    ThreadPoolExecutor(1).submit(asyncio.run, exchange).result()
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def test_only_the_inline_scripts_of_streamlits_page_may_run() -> None:
    html = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    policy = content_security_policy(html)
    inline = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert inline
    for script in inline:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe" not in scripts
    assert "http" not in policy
    for wanted in ("default-src 'self'", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'self'"):
        assert wanted in policy


def test_a_changed_inline_script_changes_the_policy() -> None:
    assert content_security_policy("<script>a</script>") != content_security_policy("<script>b</script>")


def test_every_answer_carries_them(console_store: Store) -> None:
    headers = answer([(b"content-type", b"text/plain")])
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "content-security-policy" in headers
    assert "camera=()" in headers["permissions-policy"]
    assert "strict-transport-security" not in headers


def test_on_https_browsers_are_told_to_stay_there(console_store: Store) -> None:
    PROCESS.use(settings=ConsoleSettings(public_url="https://console.example"))
    assert answer([])["strict-transport-security"] == "max-age=31536000"


def test_a_header_of_the_answer_itself_is_kept(console_store: Store) -> None:
    assert answer([(b"Referrer-Policy", b"no-referrer")])["Referrer-Policy"] == "no-referrer"
    assert "referrer-policy" not in answer([(b"Referrer-Policy", b"no-referrer")])


def test_sockets_are_left_alone(console_store: Store) -> None:
    assert answer([], kind="websocket") == {}


def test_on_https_every_cookie_is_secure_streamlits_own_too(console_store: Store) -> None:
    PROCESS.use(settings=ConsoleSettings(public_url="https://ops.example"))
    for sent in (b"_streamlit_xsrf=x; Path=/", b"a=b; Path=/; Secure"):
        assert answer([(b"set-cookie", sent)])["set-cookie"].lower().count("secure") == 1
    PROCESS.use(settings=ConsoleSettings())
    assert "Secure" not in answer([(b"set-cookie", b"_streamlit_xsrf=x; Path=/")])["set-cookie"]
