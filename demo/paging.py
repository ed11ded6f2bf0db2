"""Pages of listings that are short enough to count from the start.

The token says how many have been listed, and is only good for the same listing, as AWS demands the
same parameters. (Users have pages of their own: `listing`.)
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import TypeVar

from moto.cognitoidp.exceptions import InvalidParameterException

LARGEST = 60
BAD_TOKEN = "Paging Marker is Invalid for Request."

Entry = TypeVar("Entry")


def page(
    entries: Sequence[Entry], limit: int | None, token: str | None, about: str
) -> tuple[list[Entry], str]:
    """One page (`limit` 0 and None mean the largest) and the token of the next, "" at the end."""
    start = read(token, about) if token else 0
    end = start + (limit or LARGEST)
    return list(entries[start:end]), write(end, about) if end < len(entries) else ""


def write(number: int, about: str) -> str:
    """A token that gives back `number` to whoever lists the same."""
    return base64.urlsafe_b64encode(f"{number}:{_mark(about)}".encode()).decode()


def read(token: str, about: str) -> int:
    """The number in a token. Raises InvalidParameterException if it is none of ours for this listing."""
    try:
        number, _, found = base64.urlsafe_b64decode(token).decode().partition(":")
        if found == _mark(about):
            return int(number)
    except ValueError:
        pass  # not one of ours: refused below like one for another listing
    raise InvalidParameterException(BAD_TOKEN)


def _mark(about: str) -> str:
    return hashlib.sha256(about.encode()).hexdigest()[:16]
