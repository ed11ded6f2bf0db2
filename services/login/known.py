"""What may not be known: a value, or why it couldn't be looked at. Never an empty answer instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from services.errors import CognitoError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that couldn't be looked at: why, and what would help."""

    why: str
    next_step: str = ""

    @property
    def sentence(self) -> str:
        """For a check that depends on it: it neither passes nor fails."""
        return f"Couldn't be checked here: {self.why}"


def ask(read: Callable[[], T]) -> T | Unknown:
    """What `read` returns, or why it couldn't be read. Errors that aren't Cognito's go on upwards."""
    try:
        return read()
    except CognitoError as error:
        return unknown_from(error)


def unknown_from(error: CognitoError) -> Unknown:
    """Why something couldn't be read, without AWS's own words, which help nobody here."""
    return Unknown(error.message.partition(" AWS says:")[0], error.next_step)
