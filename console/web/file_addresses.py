"""Addresses of downloads and uploads: each answers only to the session that was told it.

Streamlit serves a file to whoever knows its address, which is a hash of what is in it, for as long as
it holds it. Files here are people's data and passwords. So the gate reads along which address is told
to which session: a download answers that session, once and soon; an upload goes where that session's
own page wants it.
"""

from __future__ import annotations

from collections import defaultdict
from threading import Lock
from time import monotonic

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

DOWNLOADS, UPLOADS = "/media/", "/_stcore/upload_file/"
DOWNLOAD_SECONDS = 120.0  # a browser asks at once for what it was told
UPLOAD_SECONDS = 12 * 3600.0  # a file may stay in its field for as long as a session lasts


class FileAddresses:
    """Which session was told which address. For the requests of one process, from any thread."""

    def __init__(self) -> None:
        self._told: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
        self._lock = Lock()

    def note(self, session_id: str, data: bytes) -> None:
        """Remember the addresses in a message that is about to be sent to a tab of the session."""
        if DOWNLOADS.encode() not in data and UPLOADS.encode() not in data:
            return
        told = addresses_in(data)
        now = monotonic()
        with self._lock:
            self._forget(now)
            for path in told:
                self._told[session_id, path].append(now)

    def knows(self, session_id: str, path: str) -> bool:
        """Whether the session was told this address, and may still use it."""
        with self._lock:
            self._forget(monotonic())
            return (session_id, path) in self._told

    def use(self, session_id: str, path: str) -> bool:
        """Use up one telling of this address; False when there is none (any more)."""
        with self._lock:
            self._forget(monotonic())
            told = self._told.get((session_id, path))
            if told:
                told.pop()
            return told is not None

    def _forget(self, now: float) -> None:
        for key, told in list(self._told.items()):
            lifetime = DOWNLOAD_SECONDS if key[1].startswith(DOWNLOADS) else UPLOAD_SECONDS
            told[:] = [at for at in told if now - at < lifetime]
            if not told:
                del self._told[key]


def is_file_address(path: str) -> bool:
    """Whether a path is one of a file that goes out or comes in."""
    return path.startswith((DOWNLOADS, UPLOADS))


def addresses_in(data: bytes) -> list[str]:
    """The addresses in a message of Streamlit's that answers the wish for a download or an upload.

    Other messages show text, and what text says is nobody's permission.
    """
    message = ForwardMsg()
    try:
        message.ParseFromString(data)
    except DecodeError:
        return []
    match message.WhichOneof("type"):
        case "backend_operation_response":
            return [message.backend_operation_response.deferred_file.url]
        case "file_urls_response":
            files = message.file_urls_response.file_urls
            return [url for file in files for url in {file.upload_url, file.delete_url}]
        case _:
            return []
