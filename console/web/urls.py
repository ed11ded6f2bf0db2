"""Leaving the running page for another address of the console, in the same tab."""

from __future__ import annotations

from datetime import timedelta
from typing import NoReturn
from urllib.parse import quote, urlsplit

import streamlit as st
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner import get_script_run_ctx

from console.web.process import PROCESS

SIGN_IN_PATH = "/sign-in"
SET_UP_PATH = "/set-up"
FINISH_PATH = "/auth/finish"
LEAVE_PATH = "/auth/leave"
COMPANY_PATH = "/auth/company"
PASSKEY_PATH = "/auth/passkey"
PASSKEY_SCRIPT_PATH = "/auth/passkey.js"
NEW_PASSKEY_PATH = "/new-passkey"
PROVE_PATH = "/show-that-it-is-you"
PROVED_PATH = "/auth/proved"
ACCOUNT_PATH = "/account"
HEALTH_PATH = "/healthz"
NO_SUCH_PAGE_PATH = "/no-such-page"
TEST_START_PATH = "/oauth/v2/start"
TEST_RESULT_PATH = "/oauth/v2/result"
NO_PAGES = ("/auth/", "/oauth/", "/_stcore/", "/media/", "/component/", "/static/")
TICKET_LIFETIME = timedelta(seconds=30)


def safe_path(path: str | None) -> str:
    """Return `path` if it stays on this site and leads to a page, else "/"."""
    text = path or "/"
    # A browser reads "//host", "/\\host" and control characters as the start of another address.
    if not text.startswith("/") or text[:2] in ("//", "/\\") or any(ord(c) < 33 or c == "\\" for c in text):
        return "/"
    parts = urlsplit(text)
    if parts.scheme or parts.netloc or parts.path in (SIGN_IN_PATH, SET_UP_PATH):
        return "/"
    return "/" if parts.path.startswith(NO_PAGES) else text


def sign_in_address(came_for: str, *, ended: bool = False) -> str:
    """The address of the sign-in page that leads back to `came_for` (a path with its query)."""
    target = safe_path(came_for)
    query = [f"next={quote(target, safe='')}"] if target != "/" else []
    query += ["ended=1"] if ended else []
    return SIGN_IN_PATH + ("?" + "&".join(query) if query else "")


def redirect(path: str) -> NoReturn:
    """Send this tab to `path` on this site and end the run.

    Streamlit has no public call for a redirect in the same tab; this is the message that its own
    `st.login` sends.
    """
    message = ForwardMsg()
    message.auth_redirect.url = path
    running = get_script_run_ctx()
    if running is not None:
        running.enqueue(message)
    st.stop()


def to_sign_in() -> NoReturn:
    """Send this tab to the sign-in page, which leads back here."""
    redirect(sign_in_address(here(), ended=True))


def base() -> str:
    """Scheme and host by which this tab's browser reaches the console."""
    parts = urlsplit(st.context.url or "")
    return PROCESS.settings.public_url or f"{parts.scheme}://{parts.netloc}"


def here() -> str:
    """Path and query of the page shown in this tab, as its browser says ("/" if unknown)."""
    parts = urlsplit(st.context.url or "")
    path = parts.path or "/"
    pairs = [(key, value) for key in st.query_params for value in st.query_params.get_all(key)]
    query = "&".join(f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in pairs)
    return safe_path(path + ("?" + query if query else ""))
