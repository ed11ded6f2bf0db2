"""What stands behind the gate in its tests, and what a browser sends through it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from console.web import identity
from services.store.operators import Operator
from services.store.store import Store
from tests.fixtures.console import sign_in_as

_JS = Path(streamlit.__file__).parent / "static" / "static" / "js"
SCRIPT = f"/static/js/{next(_JS.glob('*.js')).name}"

Cast = dict[str, Operator]
PAGE = {"accept": "text/html,application/xhtml+xml"}
STREAM = "ws://localhost:8501/_stcore/stream"
OWN_ORIGIN = {"origin": "http://localhost:8501"}


class Inside:
    """Stands for Streamlit; keeps the connections and messages that reach it."""

    def __init__(self) -> None:
        self.seen: list[dict[str, str]] = []
        self.messages: list[bytes] = []
        self.answer = b"answer"
        self.asking: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen.append({name.decode(): value.decode() for name, value in scope["headers"]})
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"inside"})
            return
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            self.messages.append(message["bytes"])
            self.asking.append(identity.ASKING.get())
            await send({"type": "websocket.send", "bytes": self.answer})

    def identity(self) -> str:
        """The public id of the session that the last connection came with."""
        return identity.public_id_in(self.seen[-1].get("x-console-session"))


def let_in(client: TestClient, store: Store, operator: Operator) -> str:
    """Give the client the cookie of a new session; returns the session's public id."""
    session_id, token = sign_in_as(store, operator)
    client.cookies.set("console_session_8501", token)
    return session_id


def message(**fields: Any) -> bytes:
    """A message of Streamlit's protocol: a rerun, or what `kind` says."""
    made = BackMsg()
    kind = fields.pop("kind", "rerun_script")
    if kind == "rerun_script":
        made.rerun_script.query_string = "x=1"
        made.rerun_script.is_auto_rerun = fields.get("timer", False)
    elif kind in ("clear_cache", "load_git_info", "app_heartbeat", "stop_script"):
        setattr(made, kind, True)
    else:
        getattr(made, kind).SetInParent()
    return made.SerializeToString()


def tells_to_reload(sent: bytes) -> bool:
    """True if the tab is told to load its page again."""
    told = ForwardMsg()
    told.ParseFromString(sent)
    return told.WhichOneof("type") == "auth_redirect" and told.auth_redirect.url == ""
