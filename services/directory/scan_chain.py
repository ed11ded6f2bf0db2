"""One listing of Cognito's, read page after page, that can be stopped and gone on with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import monotonic
from typing import Generic, Protocol, TypeVar

from services.cognito.models import User, UserPage
from services.errors import CognitoError, InvalidRequest, ServiceFault

TOKEN_SECONDS = 55 * 60.0
"""Page tokens live an hour (API reference, ListUsers); one older than this isn't tried any more."""

AskPage = Callable[[str], UserPage]
"""Reads the page behind a token ("" for the first)."""

Halted = Callable[[], bool]
Turned = Callable[[], None]
"""Called after every page."""


class Sink(Protocol):
    """Where the people of a listing go."""

    def add(self, users: Iterable[User]) -> None: ...

    def clear(self) -> None: ...

    def __len__(self) -> int: ...


AnySink = TypeVar("AnySink", bound=Sink)


class Chain(Generic[AnySink]):
    """`ended` once the last page was read; `error` is why reading stopped before it, if it failed."""

    def __init__(self, sink: AnySink) -> None:
        self.sink = sink
        self.ended = False
        self.error: CognitoError | None = None
        self.pages = 0
        self._token = ""
        self._token_at = 0.0
        self._seen: set[int] = set()
        self._last: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.sink)

    @property
    def begun(self) -> bool:
        """True if something was read."""
        return self.pages > 0

    def run(self, ask: AskPage, halted: Halted, turned: Turned) -> None:
        """Read on until the end, a failure (see `error`), or until `halted`.

        A token that is too old, or that AWS refuses once, begins the listing anew.
        """
        self.error, restarted = None, False
        if self._token and monotonic() - self._token_at > TOKEN_SECONDS:
            self.restart()
        while not self.ended and not halted():
            try:
                self._take(ask(self._token))
            except InvalidRequest as error:
                if not self._token or restarted:
                    self.error = error
                    return
                self.restart()
                restarted = True
            except CognitoError as error:
                self.error = error
                return
            turned()

    def restart(self) -> None:
        """Begin anew, from the first page."""
        self.sink.clear()
        self.ended, self.pages = False, 0
        self._token, self._last = "", ()
        self._seen.clear()

    def _take(self, page: UserPage) -> None:
        subs = tuple(one.sub for one in page.users)
        if hash(page.token) in self._seen or (subs and subs == self._last):
            raise ServiceFault(
                "A list gave the same page twice, so where it ends can't be known.",
                "Try again; if it stays, the backend doesn't page as AWS does.",
            )
        self.sink.add(page.users)
        self.pages += 1
        self._last, self._token, self._token_at = subs, page.token, monotonic()
        if page.token:
            self._seen.add(hash(page.token))
        else:
            self.ended = True
