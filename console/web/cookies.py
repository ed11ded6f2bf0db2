"""The three cookies of the console.

`session` holds the secret token of a signed-in operator. `visit` is a random value for a browser
that has not signed in: one-time tickets and Streamlit's own session are bound to it. `browser` stays
for half a year in a browser in which an operator has signed in: it opens nothing, it only keeps
strangers' wrong tries from slowing that browser down. All are
HttpOnly; on https they are Secure and carry the `__Host-` prefix, so that no sibling site can set
them. Cookies don't know ports, so their names do: two consoles on one host keep out of each other's.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from typing import Literal
from urllib.parse import urlsplit

from starlette.responses import Response

SESSION = "console_session"
VISIT = "console_visit"
BROWSER = "console_browser"
HALF_A_YEAR = 182 * 24 * 3600


def sent_name(name: str, https: bool, host: str) -> str:
    """The cookie's name as sent to browsers by the console at `host` (a Host header)."""
    try:
        port = urlsplit(f"//{host}").port
    except ValueError:
        port = None
    own = f"{name}_{port}" if port and port not in (80, 443) else name
    return f"__Host-{own}" if https else own


def cookie_value(headers: Iterable[str], name: str, https: bool, host: str) -> str:
    """The value of cookie `name` in the Cookie headers, "" if there is none."""
    wanted = sent_name(name, https, host)
    for header in headers:
        for part in header.split(";"):
            key, _, value = part.strip().partition("=")
            if key == wanted and value:
                return value.strip('"')
    return ""


def put(
    response: Response,
    name: str,
    value: str,
    *,
    https: bool,
    host: str,
    same_site: Literal["strict", "lax"],
    seconds: int | None = None,
) -> None:
    """Set cookie `name` for so many seconds, or for as long as the browser runs."""
    response.set_cookie(
        sent_name(name, https, host),
        value,
        max_age=seconds,
        httponly=True,
        secure=https,
        samesite=same_site,
        path="/",
    )


def header(name: str, value: str, *, https: bool, host: str, same_site: Literal["strict", "lax"]) -> bytes:
    """The Set-Cookie header's value, for answers that are passed on and not made."""
    response = Response()
    put(response, name, value, https=https, host=host, same_site=same_site)
    return response.headers["set-cookie"].encode("latin-1")


def clear_cookie(response: Response, name: str, *, https: bool, host: str) -> None:
    """Delete cookie `name`."""
    own = sent_name(name, https, host)
    response.delete_cookie(own, httponly=True, secure=https, samesite="strict", path="/")


def cleared(name: str, *, https: bool, host: str) -> bytes:
    """The Set-Cookie header's value that deletes cookie `name`, for answers that are passed on."""
    response = Response()
    clear_cookie(response, name, https=https, host=host)
    return response.headers["set-cookie"].encode("latin-1")


def new_visit() -> str:
    """A new random value for the visit cookie."""
    return secrets.token_urlsafe(24)


def visit_id(value: str) -> str:
    """What tickets and sessions are bound to: a digest of the visit cookie ("" without one)."""
    return hashlib.sha256(value.encode()).hexdigest() if value else ""
