"""Searching a pool: who fits a query, in which order, and what can't be known.

found = search(pool, parse("ann group:billing"))
pool.people(found.rows[:200])
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.cognito import phones
from services.cognito.models import PersonRef
from services.cognito.people import NameKind, loose_key
from services.directory.filtering import PeopleOrder, PersonState
from services.directory.identify import written
from services.directory.orders import Rows
from services.directory.people import folded, storable
from services.directory.pool import STATES, SUB_LETTERS, PoolTables, is_plain, loose
from services.directory.search_query import Between, How, Query, Wanted

_NAMES = frozenset(NameKind) - {NameKind.SUB, NameKind.IDENTITY}
_CODE = {state: code for code, state in enumerate(STATES)}
_BY_FREQUENCY = "0123456789-@.eaionrtslcdumphgbykfwvjxzq"
"""Letters of names, addresses and numbers, common ones first; any other is rarer."""
Applications = Mapping[str, Collection[str]]
"""Names of applications and the groups that each lets in."""


@dataclass(frozen=True)
class SearchResult:
    """Who fits, as numbers of people (`PoolTables`), in order.

    `by_state` counts those who fit all but the wanted states. `doubts` says in sentences why the
    answer may be wrong (memberships that could not be read …).
    """

    rows: Rows
    by_state: Mapping[PersonState, int]
    doubts: tuple[str, ...] = ()
    total: int = 0

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a search needs to know besides the query. `now` is aware; `only`: nobody but these subs."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    applications: Applications = field(default_factory=dict)
    only: Collection[str] | None = None


def search(
    pool: PoolTables, query: Query, order: PeopleOrder = PeopleOrder.NAME, terms: Terms | None = None
) -> SearchResult:
    """Who fits `query`, in `order`."""
    terms = terms or Terms()
    conditions = _Conditions(pool, query, terms)
    found = pool.numpy(
        "SELECT row, enum_code(state_at(status, created, changed, $now))::UTINYINT AS state "  # noqa: S608 - bound
        f"FROM users WHERE {conditions.sql}",
        now=terms.now,
        **conditions.values,
    )
    rows, states = found["row"].astype(np.int32), found["state"]
    counts = np.bincount(states, minlength=len(STATES))
    by_state = {state: int(count) for state, count in zip(STATES, counts, strict=True) if count}
    if query.states:
        wanted = np.isin(states, [_CODE[state] for state in query.states])
        rows, states = rows[wanted], states[wanted]
    return SearchResult(
        _ordered(pool, order, rows, states), by_state, tuple(_doubts(pool, query, terms)), len(pool)
    )


def _ordered(pool: PoolTables, order: PeopleOrder, rows: Rows, states: np.ndarray[Any, Any]) -> Rows:
    ordered = pool.order(order)
    size = 1 + max(int(rows.max(initial=-1)), int(ordered.max(initial=-1)))
    meant = np.zeros(size, bool)
    meant[rows] = True
    rows_ordered = ordered[meant[ordered]]
    if order is PeopleOrder.STATUS:
        state_of = np.zeros(size, np.uint8)
        state_of[rows] = states
        rows_ordered = rows_ordered[np.argsort(state_of[rows_ordered], kind="stable")]
    return rows_ordered


def states_of(pool: PoolTables, rows: Rows, now: datetime) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The places in `STATES` of the states of these people at `now` (aware)."""
    found = pool.among(
        "SELECT row, enum_code(state_at(status, created, changed, $now))::UTINYINT AS state "
        "FROM users WHERE row IN wanted",
        rows,
        now=now,
    )
    states: np.ndarray[Any, np.dtype[np.uint8]] = _in_order(found, rows)["state"].to_numpy()
    return states


def _in_order(found: pa.Table, rows: Rows) -> pa.Table:
    """Answers about people, which have a column `row`, in the order of `rows`; who is gone is left out."""
    places = pc.index_in(pa.array(rows, pa.int32()), value_set=found["row"].combine_chunks())
    return found.take(places.drop_null())


def refs_at(pool: PoolTables, rows: Rows) -> list[PersonRef]:
    """References to these people, as plans and changes take them; for any number."""
    contact = ", ".join(f"nullif({pool.column(name)}, '')" for name in ("email", "phone_number"))
    found = pool.among(
        f"SELECT row, username, sub, coalesce({contact}, username) AS label FROM users WHERE row IN wanted",  # noqa: S608 - quoted
        rows,
    )
    columns = [_in_order(found, rows)[name].to_pylist() for name in ("username", "sub", "label")]
    return [PersonRef(*row) for row in zip(*columns, strict=True)]


class _Conditions:
    """What a query asks of people, but for the states, as SQL over `users` with its values."""

    def __init__(self, pool: PoolTables, query: Query, terms: Terms) -> None:
        self._pool = pool
        self._parts: list[str] = []
        self.values: dict[str, Any] = {}
        if query.enabled is not None:
            self._add(f"coalesce(enabled, false) = {self._bound(query.enabled)}")
        if terms.only is not None:
            self._add(f"sub IN (SELECT unnest({self._bound(list(terms.only))}::VARCHAR[]))")
        self._groups(query, terms)
        for column, between in (("created", query.created), ("changed", query.changed)):
            self._within(column, between)
        if query.domain:
            self._domain(query.domain)
        for wanted in query.attributes:
            self._attribute(wanted)
        # the longest word is the rarest
        for word in sorted(set(folded(query.words).split()), key=len, reverse=True):
            self._word(word)

    @property
    def sql(self) -> str:
        """All of them together."""
        return " AND ".join(f"({part})" for part in self._parts) or "true"

    def _add(self, condition: str) -> None:
        self._parts.append(condition)

    def _bound(self, value: Any) -> str:
        """A value's place in the query."""
        name = f"v{len(self.values)}"
        self.values[name] = storable(value) if isinstance(value, str) else value
        return f"${name}"

    def _word(self, word: str) -> None:
        whole, rest = self._bound(word), from_rarest(word)
        found = f"contains(text, {whole})"
        if rest != word:
            # the engine looks for the first letter of a word: with a rare one it needs a quarter less time
            found = f"CASE WHEN contains(text, {self._bound(rest)}) THEN {found} ELSE false END"
        if re.fullmatch(f"[{SUB_LETTERS}]+", word):
            found += f" OR contains(sub, {whole})"
        self._add(found)

    def _groups(self, query: Query, terms: Terms) -> None:
        known = self._pool.completeness.groups_known
        for name in query.groups:
            self._add(f"row IN ({self._members([name])})")
        if query.without:
            self._add(f"row NOT IN ({self._members(query.without)})" if known else "false")
        if query.ungrouped:
            self._add("group_count = 0" if known else "false")
        if query.application:
            self._add(f"row IN ({self._members(terms.applications.get(query.application, ()))})")

    def _members(self, names: Collection[str]) -> str:
        bound = ", ".join(self._bound(name) for name in names)
        return f'SELECT row FROM memberships WHERE "group" IN ({bound})' if bound else "SELECT -1"  # noqa: S608

    def _within(self, column: str, between: Between) -> None:
        if between.start is not None:
            self._add(f"{column} >= {self._bound(between.start)}")
        if between.end is not None:
            self._add(f"{column} < {self._bound(between.end)}")

    def _domain(self, domain: str) -> None:
        email, end = self._pool.column("email"), self._bound(f"@{domain}")
        lower = f"CASE WHEN {is_plain(email)} THEN lower({email}) ELSE casefolded({email}) END"
        self._add(f"coalesce(suffix({lower}, {end}), false)")

    def _attribute(self, wanted: Wanted) -> None:
        """`IS` compares exactly (what people sign in with as it is looked up elsewhere, in any case),
        `CONTAINS` without accents and case."""
        column = self._pool.column(wanted.attribute)
        if wanted.attribute == "status":
            column = "status::VARCHAR"
        match wanted.how:
            case How.EMPTY:
                self._add(f"nullif({column}, '') IS NULL")
            case How.FILLED:
                self._add(f"nullif({column}, '') IS NOT NULL")
            case How.IS if not wanted.value:
                self._add(f"nullif({column}, '') IS NULL")
            case How.IS if wanted.attribute in _NAMES:
                shown = phones.read(wanted.value).number or written(wanted.value).shown
                self._add(f"{loose(column)} = {self._bound(loose_key(shown))}")
            case How.IS:
                self._add(f"{column} = {self._bound(wanted.value)}")
            case How.CONTAINS:
                self._part(column, folded(wanted.value))

    def _part(self, column: str, part: str) -> None:
        """`lower` folds plain text; other values are few, and folded here (half the time of `folded`)."""
        odd = self._pool.rows(f"SELECT DISTINCT {column} FROM users WHERE NOT ({is_plain(column)})")  # noqa: S608 - quoted
        fitting = [value for (value,) in odd if part in folded(value)]
        test = f"contains(lower({column}), {self._bound(part)})"
        if fitting:
            test += f" OR {column} IN (SELECT unnest({self._bound(fitting)}::VARCHAR[]))"
        self._add(f"({test}) AND {column} <> ''")


def from_rarest(word: str) -> str:
    """A word from its rarest letter on, of which at least four are left."""
    last = max(0, len(word) - 4)
    return word[max(range(last + 1), key=lambda at: _BY_FREQUENCY.find(word[at]) % 99) :] if word else word


def _doubts(pool: PoolTables, query: Query, terms: Terms) -> Iterator[str]:
    """What makes this answer uncertain."""
    state = pool.completeness
    allowed = terms.applications.get(query.application, ())
    if query.application and query.application not in terms.applications:
        yield f"There is no application called “{query.application}” for this pool."
    named = {*query.groups, *query.without, *allowed}
    for name in sorted({*query.groups, *query.without} - set(pool.group_names)):
        yield f"The pool has no group called “{name}”."
    if (named or query.ungrouped or query.application) and not state.groups_known:
        yield "Who is in which group could not be read, so nobody fits a condition on groups."
    unread = state.unread_groups if query.ungrouped else state.unread_groups & named
    if unread:
        names = ", ".join(sorted(unread))
        yield f"Not all members of {names} could be read, so people may be missing here, or be here wrongly."
    for wanted in query.attributes:
        if not pool.has(wanted.attribute):
            yield f"Nobody has an attribute called “{wanted.attribute}”."
