"""Something happens once, however often its button is pressed.

Streamlit serves three quick clicks on a slow button as three runs, some of them at the same time,
and may stop a run at any `st` call, `st.session_state` included. So what was done is kept in an
object that needs no `st` call, and asked for by whichever run comes next.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar, cast

import streamlit as st

from services.errors import ConsoleError

T = TypeVar("T")


class Once(Generic[T]):
    """Runs an action until it succeeds once; later calls get the same answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answer: list[T] = []
        self._failure: tuple[float, ConsoleError] | None = None
        self.told = False

    def run(self, action: Callable[[], T]) -> T:
        """The answer of `action`, which is called at most once more after each failure.

        `action` must make no `st` call. A click that waited while the action failed gets that same
        `ConsoleError` and doesn't try again.
        """
        pressed = time.monotonic()
        with self._lock:
            if self._answer:
                return self._answer[0]
            if self._failure is not None and self._failure[0] > pressed:
                raise self._failure[1]
            try:
                self._answer.append(action())
            except ConsoleError as error:
                self._failure = (time.monotonic(), error)
                raise
            return self._answer[0]

    @property
    def answer(self) -> T | None:
        """The answer, or None while there is none."""
        return self._answer[0] if self._answer else None


def once(key: str) -> Once[T]:
    """The `Once` called `key` in this tab; made when first asked for."""
    if key not in st.session_state:
        st.session_state[key] = Once()
    return cast("Once[T]", st.session_state[key])


def again(key: str) -> None:
    """Allow what is called `key` to happen once more."""
    st.session_state.pop(key, None)
