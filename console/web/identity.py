"""How the gate tells the scripts who is there.

The gate looks the cookie's token up and hands the session's public id on in a header. A client can
send that header too: the gate strips it, and the stamp below makes it worthless where no gate stands
in front, as when someone starts `streamlit run console/app.py`.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from contextvars import ContextVar

SESSION_HEADER = b"x-console-session"
VISIT_HEADER = b"x-console-visit"
ADDRESS_HEADER = b"x-console-address"

ASKING: ContextVar[str] = ContextVar("asking", default="")
"""The public id of the session on whose WebSocket something is asked for outside a script's run."""

_KEY = secrets.token_bytes(32)


def stamp(public_id: str) -> str:
    """Return the header value that says "this session", good in this process only."""
    return f"{public_id}.{_sign(public_id)}"


def public_id_in(value: str | None) -> str:
    """Return the public id in a stamped value, or "" if this process did not stamp it."""
    public_id, _, signature = (value or "").rpartition(".")
    return public_id if public_id and hmac.compare_digest(signature, _sign(public_id)) else ""


def _sign(public_id: str) -> str:
    return hmac.new(_KEY, public_id.encode(), hashlib.sha256).hexdigest()
