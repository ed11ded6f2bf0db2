"""One listing of Cognito's, read page after page into columns; reading can be stopped and gone on with.

Every few hundred rows become an Arrow batch, and no object stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from services.cognito.models import User, UserPage
from services.directory.snapshot import MEMBERSHIPS_SCHEMA, PERSON_COLUMNS, USERS_SCHEMA
from services.errors import CognitoError, InvalidRequest, ServiceFault
from services.store.columns import utc_now

TOKEN_SECONDS = 55 * 60.0
"""Page tokens live an hour (API reference, ListUsers); one older than this isn't tried any more."""

AskPage = Callable[[str], UserPage]
"""Reads the page behind a token ("" for the first)."""

Halted = Callable[[], bool]
Turned = Callable[[], None]
"""Called after every page."""


class PageSink(Protocol):
    """Takes the people that a listing reads, page by page."""

    def add(self, users: Iterable[User]) -> None:
        """Take the people of one page."""

    def clear(self) -> None:
        """Forget everybody, because the list is read from its beginning again."""

    def __len__(self) -> int: ...


AnySink = TypeVar("AnySink", bound=PageSink)


class PageChain(Generic[AnySink]):
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

    def place(self) -> dict[str, Any]:
        """Where the listing stands, JSON-ready; its sink apart."""
        token_at = utc_now() - timedelta(seconds=monotonic() - self._token_at)
        return {
            "ended": self.ended,
            "pages": self.pages,
            "token": self._token,
            "token_at": token_at.isoformat() if self._token else "",
        }

    def stand(self, place: Mapping[str, Any]) -> None:
        """Go on from where `place` says; what was read until there is in the sink already."""
        self.ended, self.pages, self._token = place["ended"], place["pages"], place["token"]
        if self._token:
            age = utc_now() - datetime.fromisoformat(place["token_at"])
            self._token_at = monotonic() - age.total_seconds()

    def restart(self) -> None:
        """Begin anew, from the first page."""
        self.sink.clear()
        self.ended, self.pages = False, 0
        self._token, self._last = "", ()
        self._seen.clear()

    def _take(self, page: UserPage) -> None:
        subs = tuple(user.sub for user in page.users)
        if hash(page.token) in self._seen or (subs and subs == self._last):
            raise ServiceFault(
                "A list gave the same page twice, so where it ends can't be known.",
                "Try again; if it stays, the Cognito behind this connection doesn't page as AWS does.",
            )
        self.sink.add(page.users)
        self.pages += 1
        self._last, self._token, self._token_at = subs, page.token, monotonic()
        if page.token:
            self._seen.add(hash(page.token))
        else:
            self.ended = True


BUFFER_ROWS = 512
CHUNK_ROWS = 65_536
"""Rows of a snapshot's chunks: a change made later replaces one of them, not the whole column."""


class PeopleColumns:
    """People of one listing, one column per attribute. Written by one thread; may be counted by others."""

    def __init__(self) -> None:
        self._batches: list[pa.RecordBatch] = []
        self._flushed = 0
        self._fresh()

    def _fresh(self) -> None:
        self._rows: list[tuple[Any, ...]] = []
        self._attributes: dict[str, list[str | None]] = {}

    def __len__(self) -> int:
        return self._flushed + len(self._rows)

    def add(self, users: Iterable[User]) -> None:
        """Take a page of people."""
        for user in users:
            for name in user.attributes:
                if name not in self._attributes and name != "sub":
                    self._attributes[name] = [None] * len(self._rows)
            for name, values in self._attributes.items():
                values.append(user.attributes.get(name))
            self._rows.append(
                (user.sub, user.username, str(user.status), user.enabled, user.created, user.changed)
            )
        if len(self._rows) >= BUFFER_ROWS:
            self._flush()

    def clear(self) -> None:
        """Forget everybody: the listing begins anew."""
        self._batches.clear()
        self._flushed = 0
        self._fresh()

    def fill(self, table: pa.Table) -> None:
        """Take people as `table` gave them."""
        self._batches, self._flushed = table.to_batches(), table.num_rows

    def table(self) -> pa.Table:
        """Everybody so far, each as often as listed."""
        self._flush()
        return stacked([pa.Table.from_batches([batch]) for batch in self._batches])

    def _flush(self) -> None:
        if not self._rows:
            return
        columns = list(zip(*self._rows, strict=True))
        arrays = [_column(columns[at], column.type) for at, column in enumerate(USERS_SCHEMA)]
        arrays += [_column(values, pa.string()) for values in self._attributes.values()]
        batch = pa.record_batch(arrays, [*USERS_SCHEMA.names, *self._attributes])
        self._batches.append(batch)
        self._flushed += batch.num_rows
        self._fresh()


class MemberColumn:
    """The subs of one group's members. Written by one thread; may be counted by others."""

    def __init__(self) -> None:
        self._arrays: list[pa.Array] = []
        self._flushed = 0
        self._subs: list[str] = []

    def __len__(self) -> int:
        return self._flushed + len(self._subs)

    def add(self, users: Iterable[User]) -> None:
        """Take a page of members."""
        self._subs += [user.sub for user in users]
        if len(self._subs) >= BUFFER_ROWS:
            self.flush()

    def clear(self) -> None:
        """Forget everybody: the listing begins anew."""
        self._arrays.clear()
        self._flushed = 0
        self._subs.clear()

    def flush(self) -> None:
        """Turn the subs collected so far into a column, which takes less memory."""
        if self._subs:
            self._arrays.append(_column(self._subs, pa.string()))
            self._flushed += len(self._subs)
            self._subs = []

    def fill(self, subs: pa.ChunkedArray) -> None:
        """Take members as `subs` gave them."""
        self._arrays, self._flushed = list(subs.chunks), len(subs)

    def subs(self) -> pa.Array:
        """Each member once."""
        self.flush()
        return pc.unique(pa.chunked_array(self._arrays, pa.string()))


def _column(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(values, kind)
    except UnicodeEncodeError:
        # lone surrogates, which no column can hold, as question marks
        return pa.array(
            [None if value is None else value.encode("utf-8", "replace").decode() for value in values], kind
        )


def stacked(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables of people below each other: attributes sorted, null where a table lacks one."""
    whole = pa.concat_tables([USERS_SCHEMA.empty_table(), *tables], promote_options="default")
    return whole.select([*PERSON_COLUMNS, *sorted(set(whole.column_names) - set(PERSON_COLUMNS))])


def without_repeats(table: pa.Table) -> pa.Table:
    """The first row of each sub; the table itself when there are no repeats."""
    if pc.count_distinct(table["sub"]).as_py() == table.num_rows:
        return table
    numbered = pa.table({"sub": table["sub"], "row": pa.array(range(table.num_rows))})
    first = numbered.group_by("sub").aggregate([("row", "min")])["row_min"]
    return table.take(first.take(pc.sort_indices(first)))


def membership_table(members: Iterable[tuple[str, pa.Array]]) -> pa.Table:
    """Pairs of sub and group, from the subs of each group."""
    batches = [
        pa.record_batch([subs, pa.repeat(pa.scalar(group), len(subs))], schema=MEMBERSHIPS_SCHEMA)
        for group, subs in members
    ]
    return pa.Table.from_batches(batches, MEMBERSHIPS_SCHEMA)


def in_chunks(table: pa.Table) -> pa.Table:
    """The same rows in chunks of `CHUNK_ROWS`."""
    batches = table.combine_chunks().to_batches(max_chunksize=CHUNK_ROWS)
    return pa.Table.from_batches(batches, table.schema)
