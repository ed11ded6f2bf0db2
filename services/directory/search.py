"""Searching a snapshot: who fits a query, in which order, and what can't be known.

found = search(snapshot, parse("ann group:billing"), now=datetime.now(UTC))
index_of(snapshot).people(found.rows[:200])
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.cognito.models import PersonRef, UserStatus
from services.cognito.status import DEFAULT_TEMPORARY_DAYS
from services.directory.filtering import STATE_OF_STATUS, Order, State
from services.directory.people import folded
from services.directory.search_carried import Mask, Rows
from services.directory.search_index import SearchIndex, index_of
from services.directory.search_query import Between, How, Query, Wanted
from services.directory.search_text import casefold, containing, fold, one_array, text_column
from services.directory.snapshot import Snapshot

STATES = tuple(State)
_CODE = {state: code for code, state in enumerate(STATES)}
Applications = Mapping[str, Collection[str]]
"""Names of applications and the groups that each lets in."""


@dataclass(frozen=True)
class Found:
    """Who fits, as places in the snapshot's users, in order.

    `by_state` counts those who fit all but the wanted states. `doubts` says in sentences why the
    answer may be wrong (memberships that could not be read …).
    """

    rows: Rows
    by_state: Mapping[State, int]
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


def search(snapshot: Snapshot, query: Query, order: Order = Order.NAME, terms: Terms | None = None) -> Found:
    """Who fits `query`, in `order`."""
    terms = terms or Terms()
    index = index_of(snapshot)
    states = state_codes(index, terms.now)
    fitting = _fitting(index, query, terms)
    counts = np.bincount(states[fitting], minlength=len(STATES))
    by_state = {state: int(count) for state, count in zip(STATES, counts, strict=True) if count}
    if query.states:
        fitting &= np.isin(states, [_CODE[one] for one in query.states])
    ordered = index.order(order)
    rows = ordered[fitting[ordered]]
    if order is Order.STATUS:
        rows = rows[np.argsort(states[rows], kind="stable")]
    return Found(rows, by_state, tuple(_doubts(index, query, terms)), len(index))


def state_codes(index: SearchIndex, now: datetime) -> Any:
    """For each person the place of their state in `STATES`, as `filtering.state_of` tells it."""
    status = one_array(index.users["status"].dictionary_encode())
    names = status.dictionary.to_pylist()
    known = [_CODE[_state_of(name)] for name in names]
    codes = np.array(known or [0], np.uint8)[status.indices.to_numpy(zero_copy_only=False)]
    days = index.about.pool.policy.temporary_days or DEFAULT_TEMPORARY_DAYS
    newest = np.maximum(_millis(index.users["created"]), _millis(index.users["changed"]))
    old = newest <= (now - timedelta(days=days)).timestamp() * 1000
    codes[(codes == _CODE[State.INVITED]) & old] = _CODE[State.EXPIRED]
    return codes


def refs_at(index: SearchIndex, rows: Rows) -> list[PersonRef]:
    """References to the people at these places, as plans and changes take them; for any number."""
    part = index.users.select(
        [name for name in ("username", "sub", "email", "phone_number") if name in index.users.column_names]
    ).take(pa.array(rows))
    contact = (text_column(part, name) for name in ("email", "phone_number", "username"))
    labels = pc.coalesce(*contact, pa.scalar("")).to_pylist()
    return [
        PersonRef(username, sub, label)
        for username, sub, label in zip(
            part["username"].to_pylist(), part["sub"].to_pylist(), labels, strict=True
        )
    ]


def _fitting(index: SearchIndex, query: Query, terms: Terms) -> Mask:
    """Who fits all but the wanted states; what is cheap to tell first."""
    fits = np.ones(len(index), bool)
    known = index.about.completeness.groups_known
    if query.enabled is not None:
        fits &= _mask(index.users["enabled"]) == query.enabled
    if terms.only is not None:
        fits &= index.those(terms.only)
    for name in query.groups:
        fits &= index.in_group(name)
    if query.without:
        fits &= ~index.in_any(query.without) & known
    if query.ungrouped:
        fits &= (index.group_counts == 0) & known
    if query.application:
        fits &= index.in_any(terms.applications.get(query.application, ()))
    for column, between in (("created", query.created), ("changed", query.changed)):
        if between:
            fits &= _within(index.users[column], between)
    if query.domain:
        fits &= _has_domain(index.users, query.domain)
    for wanted in query.attributes:
        fits &= _has(index.users, wanted)
    # the longest word is the rarest
    for word in sorted(set(folded(query.words).split()), key=len, reverse=True):
        fits &= index.with_word(word, fits)
    return fits


def _has(users: pa.Table, wanted: Wanted) -> Mask:
    """Whose attribute is as wanted. `IS` compares exactly, `CONTAINS` without accents and case."""
    column = text_column(users, wanted.attribute)
    match wanted.how:
        case How.EMPTY:
            return _mask(pc.is_null(column))
        case How.FILLED:
            return _mask(pc.is_valid(column))
        case How.IS:
            return (
                _mask(pc.is_null(column))
                if not wanted.value
                else _mask(pc.equal(column, _safe(wanted.value)))
            )
        case How.CONTAINS:
            return _mask(containing(fold(column), folded(wanted.value)))


def _has_domain(users: pa.Table, domain: str) -> Mask:
    return _mask(pc.ends_with(casefold(text_column(users, "email")), _safe(f"@{domain}")))


def _within(column: Any, between: Between) -> Mask:
    at = _millis(column)
    fits = np.ones(len(at), bool)
    if between.start is not None:
        fits &= at >= between.start.timestamp() * 1000
    if between.end is not None:
        fits &= at < between.end.timestamp() * 1000
    return fits


def _doubts(index: SearchIndex, query: Query, terms: Terms) -> Iterator[str]:
    """What makes this answer uncertain."""
    state = index.about.completeness
    allowed = terms.applications.get(query.application, ())
    if query.application and query.application not in terms.applications:
        yield f"There is no application called “{query.application}” for this pool."
    named = {*query.groups, *query.without, *allowed}
    for name in sorted({*query.groups, *query.without} - set(index.group_names)):
        yield f"The pool has no group called “{name}”."
    if (named or query.ungrouped or query.application) and not state.groups_known:
        yield "Who is in which group could not be read, so nobody fits a condition on groups."
    unread = state.unread_groups if query.ungrouped else state.unread_groups & named
    if unread:
        names = ", ".join(sorted(unread))
        yield f"Not all members of {names} could be read, so people may be missing here, or be here wrongly."
    for wanted in query.attributes:
        if wanted.attribute not in index.users.column_names:
            yield f"Nobody has an attribute called “{wanted.attribute}”."


def _state_of(status: str) -> State:
    return STATE_OF_STATUS.get(UserStatus(status), State.OTHER) if status in set(UserStatus) else State.OTHER


def _millis(column: Any) -> Any:
    """Times as milliseconds since 1970."""
    return one_array(column.cast(pa.int64())).to_numpy(zero_copy_only=False)


def _safe(text: str) -> str:
    """Text as columns hold it: a lone surrogate can't be there."""
    return text.encode("utf-8", "replace").decode()


def _mask(column: Any) -> Mask:
    """Booleans of a column; what isn't known doesn't fit."""
    values: Mask = np.asarray(pc.fill_null(one_array(column), False).to_numpy(zero_copy_only=False), bool)
    return values
