"""WebSockets: every message of a signed-in tab is checked, a tab without a session gets the form only."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from services.errors import StoreError

log = logging.getLogger(__name__)

# How soon a tab that nobody touches notices that its session is over.
WATCH_SECONDS = 3.0
SESSION_OVER = 4401
# What the sign-in page sends; of Streamlit's other messages some answer with more than it shows.
_FORM_MESSAGES = ("rerun_script", "app_heartbeat")


class SignedInSocket:
    """One signed-in WebSocket: closed as soon as its session is over or its operator has another role."""

    def __init__(self, is_live: Callable[[bool], Awaitable[bool]], receive: Receive, send: Send) -> None:
        """`is_live(touch)` looks the session up, counting as use if `touch`; it may raise `StoreError`.

        False means that what the tab shows holds no longer: there is no session, or another role.
        """
        self._is_live = is_live
        self._receive, self._send = receive, send
        self._messages = 0
        self._open = False
        self._ended = asyncio.Event()

    async def run(self, app: ASGIApp, scope: Scope) -> None:
        """Let `app` serve the socket until either side or the session ends."""
        watch = asyncio.create_task(self._watch())
        # Its last message may meet a browser that has just gone: looked at, so that nobody logs it.
        watch.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            await app(scope, self.receive, self.send)
        finally:
            watch.cancel()

    async def receive(self) -> Message:
        """The browser's next message, or the end of the connection if its session is over."""
        message = await self._next()
        if message["type"] != "websocket.receive":
            return message
        # The first message only repeats what loading the page has asked for (and a reconnect asks
        # for nothing): it says nothing of a person.
        self._messages += 1
        touch = self._messages > 1 and is_by_hand(message.get("bytes") or b"")
        try:
            if await self._is_live(touch):
                return message
        except StoreError as error:
            log.error("A message was dropped, for the session can't be looked up: %s", error.message)
        await self._close()
        return {"type": "websocket.disconnect", "code": SESSION_OVER}

    async def send(self, message: Message) -> None:
        """Pass a message to the browser; after the end there is nobody to hear it."""
        if self._ended.is_set():
            return
        if message["type"] == "websocket.accept":
            self._open = True
        elif message["type"] == "websocket.close":
            self._ended.set()
        await self._send(message)

    async def _next(self) -> Message:
        """The next message, or a disconnect as soon as the watch has closed the socket."""
        incoming = asyncio.ensure_future(self._receive())
        ended = asyncio.ensure_future(self._ended.wait())
        try:
            await asyncio.wait({incoming, ended}, return_when=asyncio.FIRST_COMPLETED)
            if incoming.done():
                return incoming.result()
            return {"type": "websocket.disconnect", "code": SESSION_OVER}
        finally:
            ended.cancel()
            if not incoming.done():
                incoming.cancel()

    async def _watch(self) -> None:
        while not self._ended.is_set():
            await asyncio.sleep(WATCH_SECONDS)
            # A store that is busy for a moment ends nobody's session: messages are checked anyway.
            with contextlib.suppress(StoreError):
                if self._open and not await self._is_live(False):
                    await self._close()

    async def _close(self) -> None:
        if not self._ended.is_set():
            self._ended.set()
            if self._open:
                await self._send(_RELOAD)
            await self._send({"type": "websocket.close", "code": SESSION_OVER})


def _reload() -> Message:
    """Streamlit's message for a redirect, to the empty address: the tab loads its page again.

    Left alone, a tab whose session is over goes on showing what it shows.
    """
    message = ForwardMsg()
    message.auth_redirect.url = ""
    return {"type": "websocket.send", "bytes": message.SerializeToString()}


_RELOAD = _reload()


def reloading(send: Send) -> Send:
    """Have the tab load its page again as soon as its socket is accepted."""

    async def accepted(message: Message) -> None:
        await send(message)
        if message["type"] == "websocket.accept":
            await send(_RELOAD)

    return accepted


def is_by_hand(data: bytes) -> bool:
    """True if a message of Streamlit's protocol comes from a person and not from a timer or heartbeat."""
    message = _parsed(data)
    kind = message.WhichOneof("type")
    if kind == "rerun_script":
        return not message.rerun_script.is_auto_rerun
    return kind in ("file_urls_request", "backend_operation_request")


def only_the_form(receive: Receive) -> Receive:
    """Messages from a browser without a session: those of a form, and no other."""

    async def filtered() -> Message:
        while True:
            message = await receive()
            if message["type"] != "websocket.receive":
                return message
            if _parsed(message.get("bytes") or b"").WhichOneof("type") in _FORM_MESSAGES:
                return message

    return filtered


def _parsed(data: bytes) -> BackMsg:
    """A message of Streamlit's protocol; an empty one if it can't be read (Streamlit then hangs up)."""
    message = BackMsg()
    try:
        message.ParseFromString(data)
    except DecodeError:
        return BackMsg()
    return message
