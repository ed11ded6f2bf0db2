"""From a pasted list to people of a snapshot: found, not found, or several to choose from."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.cognito.models import UserPool
from services.cognito.people import same_name_key
from services.directory.resolve import Entry, Resolution, split_list
from services.directory.search_index import index_of
from services.directory.search_text import casefold, text_column
from services.directory.snapshot import Snapshot

MOST_ENTRIES = 20_000


def look_up(snapshot: Snapshot, pasted: str) -> Resolution:
    """The people that a pasted list names (e-mail, username, sub, phone number; one or many a line).

    As `services.directory.resolve.resolve`, without a call to Cognito. Raises `InvalidValue` for more
    than `MOST_ENTRIES`.
    """
    entries = split_list(pasted, MOST_ENTRIES)
    different = list(dict.fromkeys(entries))
    rows: list[list[int]] = [[] for _ in different]
    for column, wanted in _compared(snapshot, different):
        for row, number in _matches(column, wanted):
            if row not in rows[number]:
                rows[number].append(row)
    known = sorted({row for some in rows for row in some})
    people = index_of(snapshot).people(np.array(known, np.int32))
    users = {row: person.user for row, person in zip(known, people, strict=True)}
    found = [
        Entry(text, tuple(users[row] for row in some)) for text, some in zip(different, rows, strict=True)
    ]
    settled = [one.users[0].sub for one in found if len(one.users) == 1]
    repeated = len(entries) - len(different) + len(settled) - len(set(settled))
    return Resolution(tuple(found), repeated, snapshot.completeness.users_known)


def _compared(snapshot: Snapshot, texts: list[str]) -> list[tuple[pa.Array, list[str]]]:
    """Each column that can name somebody, beside what the entries look like in it."""
    table, pool = snapshot.users, snapshot.about.pool
    lower = [text.casefold() for text in texts]
    usernames = text_column(table, "username")
    return [
        (text_column(table, "sub"), texts),
        (_names(usernames, pool), [same_name_key(text, pool) for text in texts]),
        (casefold(text_column(table, "email")), lower),
        (casefold(text_column(table, "preferred_username")), lower),
        (text_column(table, "phone_number"), texts),
    ]


def _names(usernames: pa.Array, pool: UserPool) -> pa.Array:
    """Usernames as the pool tells them apart."""
    return usernames if same_name_key("A", pool) == "A" else casefold(usernames)


def _matches(column: pa.Array, wanted: list[str]) -> list[tuple[int, int]]:
    """Row and number of the entry, wherever a value of the column is one of `wanted`."""
    numbers: dict[str, list[int]] = {}
    for number, text in enumerate(wanted):
        numbers.setdefault(text.encode("utf-8", "replace").decode(), []).append(number)
    places = pc.index_in(column, value_set=pa.array(list(numbers), pa.string()))
    hit = np.asarray(pc.is_valid(places).to_numpy(zero_copy_only=False), bool) & np.asarray(
        pc.is_valid(column).to_numpy(zero_copy_only=False), bool
    )
    rows = np.flatnonzero(hit)
    meant = list(numbers.values())
    which = places.take(pa.array(rows)).to_pylist()
    return [(int(row), number) for row, at in zip(rows, which, strict=True) for number in meant[at]]
