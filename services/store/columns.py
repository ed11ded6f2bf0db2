"""Column types and small values that every table uses, and what the tables are gathered in."""

from __future__ import annotations

import re
import secrets
import threading
import time
from datetime import UTC, datetime

from sqlalchemy import DateTime, MetaData, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class UtcTime(TypeDecorator[datetime]):
    """A moment, always aware and in UTC on both sides.

    PostgreSQL keeps it as TIMESTAMP WITH TIME ZONE; SQLite as text in UTC that sorts by time.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse naive times: they would be read back as another moment."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A time without its zone can't be stored.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give every time its zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class SafeText(TypeDecorator[str]):
    """Text without a length that every database takes, also from hostile files.

    PostgreSQL refuses NUL and both databases refuse lone surrogates: each becomes a visible mark.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Replace what can't be stored."""
        return None if value is None else safe_text(value)


def safe_text(value: str) -> str:
    """The text as a column of `SafeText` gives it back."""
    if value.isascii() and "\0" not in value:
        return value
    return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")


class Sealed(Text):
    """Text that the vault wrote; rotation finds these columns by this type."""


ID = NAME = WORD = SafeText()

# Constraint names are fixed so that later migrations can name them on every database.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def utc_now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


class _Ids:
    """Ids that sort by the time they were made, also within one millisecond of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def next(self) -> str:
        # 48 bits of milliseconds and 16 bits that count up, so that a clock set back can't reorder
        with self._lock:
            self._last = max(self._last + 1, (time.time_ns() // 1_000_000) << 16)
            stamp = self._last
        return f"{stamp:016x}{secrets.token_hex(8)}"


_IDS = _Ids()
_ID = re.compile(r"[0-9a-f]{32}")


def new_id() -> str:
    """A new id: 32 hex digits, unguessable, later ones sort after earlier ones."""
    return _IDS.next()


def is_id(value: object) -> bool:
    """Whether this is an id as `new_id` makes them."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def unique_key(name: str) -> str:
    """What two names must not share: the name without outer spaces and letter case."""
    return name.strip().casefold()
