"""Searching a pool: who fits a query, in which order, and what can't be known.

found = search(pool, parse("ann group:billing"))
pool.people(found.rows[:200])
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.cognito import phones
from services.cognito.models import PersonRef
from services.cognito.people import NameKind, loose_key
from services.cognito.written import sought
from services.directory.engine import loose, lowered
from services.directory.identify import written
from services.directory.orders import Rows
from services.directory.people import folded, storable
from services.directory.people_order import PeopleOrder
from services.directory.person_state import PersonState
from services.directory.pool import STATES, SUB_LETTERS, PoolTables, binding
from services.directory.search_query import AttributeCondition, AttributeTest, DayRange, Query
from services.directory.value_codes import Fits, fits_codes

_NAMES = frozenset(NameKind) - {NameKind.SUB, NameKind.IDENTITY}
_CODE = {state: code for code, state in enumerate(STATES)}
SUB_LENGTH = 36
"""Characters of a sub as AWS makes them."""
_COMMON = 0.3
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
class SearchTerms:
    """What a search needs to know besides the query. `now` is aware; `only`: nobody but these subs."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    applications: Applications = field(default_factory=dict)
    only: Collection[str] | None = None


def search(
    pool: PoolTables, query: Query, order: PeopleOrder = PeopleOrder.NAME, terms: SearchTerms | None = None
) -> SearchResult:
    """The people who fit `query`, in `order`; `terms` hold the moment, applications and a list to keep to."""
    terms = terms or SearchTerms()
    conditions = _Conditions(pool, query, terms)
    found = pool.numpy(
        "SELECT row, enum_code(state_at(status, invited_from, invited_until, $now))::UTINYINT AS state "  # noqa: S608 - bound
        f"FROM users WHERE {conditions.sql}",
        now=terms.now,
        **conditions.values,
    )
    rows, states = found["row"].astype(np.int32, copy=False), found["state"]
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
    if len(rows) == len(ordered) and order is not PeopleOrder.STATUS:
        return ordered
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
        "SELECT row, enum_code(state_at(status, invited_from, invited_until, $now))::UTINYINT AS state "
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

    def __init__(self, pool: PoolTables, query: Query, terms: SearchTerms) -> None:
        self._pool = pool
        self._parts: list[str] = []
        self._texts: list[str] = []
        self.values: dict[str, Any] = {}
        self._bind = binding(self.values)
        if query.enabled is not None:
            self._add(f"coalesce(enabled, false) = {self._bind(query.enabled)}")
        if terms.only is not None:
            self._add(f"sub IN (SELECT unnest({self._bind(list(terms.only))}::VARCHAR[]))")
        self._groups(query, terms)
        for column, between in (("created", query.created), ("changed", query.changed)):
            self._within(column, between)
        if query.domain:
            self._domain(query.domain)
        for wanted in query.attributes:
            self._attribute(wanted)
        self._words(query.words)

    @property
    def sql(self) -> str:
        """All of them together: numbers first, then texts, each of those who are left (a chain of ANDs is
        put into another order by the engine)."""
        texts = "true"
        for text in reversed(self._texts):
            texts = f"CASE WHEN {text} THEN {texts} ELSE false END" if texts != "true" else f"({text})"
        return " AND ".join((*(f"({part})" for part in self._parts), texts))

    def _add(self, condition: str) -> None:
        self._parts.append(condition)

    def _fitting(self, column: str, fits: Fits) -> str:
        return fits_codes(column, fits, self._bind)

    def _words(self, text: str) -> None:
        """Each word is found somewhere; or all of them are one phone number, in whatever writing."""
        text = sought(text)
        words = {storable(word) for word in folded(text).split()}
        ordered = sorted(words, key=lambda word: (self._pool.frequency(word), -len(word)))
        digits = phones.digits_to_find(text, self._pool.about.pool.phone_region)
        if not digits or words == {digits}:
            self._texts += map(self._word, ordered)
        elif len(ordered) == 1 and self._pool.in_text(NameKind.PHONE):
            self._texts.append(self._word(ordered[0], digits))
        else:
            number = _all(self._part(NameKind.PHONE, digits))
            self._texts.append(f"{number} OR {_all(map(self._word, ordered))}")

    def _word(self, word: str, digits: str = "") -> str:
        """A word is found in shared values, in what only one person has, or in the sub; or its `digits` are
        a part of the phone number."""
        shared = [self._fitting(column, codes.containing(word)) for column, codes in self._pool.all_codes]
        shared.append(self._fitting("group_set", self._pool.group_sets.containing(word)))
        own = [self._contained("text", word)]
        if digits:  # (both end alike, so that nearly every text is looked through only once)
            end = self._bind(from_rarest(_common_end(word, digits), self._pool.letters))
            number = _all(self._part(NameKind.PHONE, digits))
            own = [f"CASE WHEN contains(text, {end}) THEN {own[0]} OR {number} ELSE false END"]
        if re.fullmatch(f"[{SUB_LETTERS}]+", word):
            own.append(self._contained("sub", word))
        shared = [part for part in shared if part != "false"]
        # (what most people have is found at once, whatever else they have)
        parts = own + shared if self._pool.frequency(word) > _COMMON else shared + own
        return " OR ".join(parts)

    def _contained(self, column: str, word: str) -> str:
        """Whether a text holds a word; a sub of the usual length is compared as a whole."""
        whole, rest = self._bind(word), from_rarest(word, self._pool.letters if column == "text" else None)
        found = f"contains({column}, {whole})"
        if column == "sub" and len(word) >= SUB_LENGTH:
            return f"sub = {whole} OR (strlen(sub) > {SUB_LENGTH} AND {found})"
        if rest != word and self._pool.frequency(word) <= _COMMON:
            # the engine looks for the first letter of a word: with a rare one it needs a quarter less time
            found = f"CASE WHEN contains({column}, {self._bind(rest)}) THEN {found} ELSE false END"
        return found

    def _groups(self, query: Query, terms: SearchTerms) -> None:
        known = self._pool.completeness.groups_known
        for name in query.groups:
            self._add(self._members([name]))
        if query.without:
            self._add(f"NOT ({self._members(query.without)})" if known else "false")
        if query.ungrouped:
            self._add("group_count = 0" if known else "false")
        if query.application:
            self._add(self._members(terms.applications.get(query.application, ())))

    def _members(self, names: Collection[str]) -> str:
        return self._fitting("group_set", self._pool.group_sets.holding(map(storable, names)))

    def _within(self, column: str, between: DayRange) -> None:
        if between.start is not None:
            self._add(f"{column} >= {self._bind(between.start)}")
        if between.end is not None:
            self._add(f"{column} < {self._bind(between.end)}")

    def _domain(self, domain: str) -> None:
        end = storable(f"@{domain}")
        if coded := self._pool.codes("email"):
            column, codes = coded
            self._add(self._fitting(column, codes.where(lambda email: email.casefold().endswith(end))))
            return
        email, whole, part = self._pool.column("email"), self._bind(end), self._bind(folded(end))
        other = f"contains(text, {part}) AND suffix({lowered(email, 'casefolded')}, {whole})"
        self._texts.append(f"CASE WHEN suffix({email}, {whole}) THEN true ELSE coalesce({other}, false) END")

    def _attribute(self, wanted: AttributeCondition) -> None:
        """`IS` compares exactly (what people sign in with as it is looked up elsewhere, in any case),
        `CONTAINS` without accents and case."""
        attribute, value = wanted.attribute, storable(wanted.value)
        if wanted.how is AttributeTest.FILLED:
            self._add(f"NOT ({self._empty(attribute)})")
        elif wanted.how is AttributeTest.CONTAINS:
            parts = self._parts if self._pool.codes(attribute) else self._texts
            parts += self._part(attribute, storable(folded(wanted.value)))
        elif wanted.how is AttributeTest.EMPTY or not value:
            self._add(self._empty(attribute))
        elif attribute in _NAMES:
            self._name(attribute, value)
        elif coded := self._pool.codes(attribute):
            self._add(self._fitting(coded[0], coded[1].equal(value)))
        else:
            self._add(f"{self._text(attribute)} = {self._bind(value)}")

    def _text(self, attribute: str) -> str:
        return "status::VARCHAR" if attribute == "status" else self._pool.column(attribute)

    def _empty(self, attribute: str) -> str:
        if coded := self._pool.codes(attribute):
            return self._fitting(coded[0], coded[1].empty())
        column = self._text(attribute)
        return f"{column} IS NULL OR {column} = ''"

    def _name(self, attribute: str, value: str) -> None:
        """Compare a name that people sign in with, by its key; a number may be written in several ways."""
        region = self._pool.about.pool.phone_region
        names = (phones.read(value, region).number, written(value, region).shown)
        keys = sorted({loose_key(name) for name in names if name})
        if coded := self._pool.codes(attribute):
            self._add(self._fitting(coded[0], coded[1].where(lambda name: loose_key(name) in keys)))
            return
        column = loose(self._pool.column(attribute))
        ways = [
            [*self._maybe(attribute, storable(folded(key))), f"{column} = {self._bind(key)}"] for key in keys
        ]
        self._texts += ways[0] if len(ways) == 1 else [" OR ".join(map(_all, ways))]

    def _part(self, attribute: str, part: str) -> list[str]:
        """What has to be so for an attribute to hold `part` (folded), the sooner seen first."""
        if coded := self._pool.codes(attribute):
            return [self._fitting(coded[0], coded[1].containing(part))]
        column = self._text(attribute)
        held = f"contains({lowered(column, 'folded')}, {self._bind(part)}) AND {column} <> ''"
        return [*self._maybe(attribute, part), held]

    def _maybe(self, attribute: str, part: str) -> list[str]:
        """Only those can fit who have `part` (folded) somewhere, which is sooner seen."""
        return [self._contained("text", part)] if self._pool.in_text(attribute) else []


def _all(conditions: Iterable[str]) -> str:
    return "(" + " AND ".join(f"({condition})" for condition in conditions) + ")"


def _common_end(text: str, other: str) -> str:
    """The longest text that both of these end with."""
    pairs = zip(reversed(text), reversed(other), strict=False)
    return "".join(letter for letter, _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))[::-1]


def from_rarest(word: str, letters: Mapping[str, int] | None = None) -> str:
    """A word from its rarest letter on, of which at least four are left. `letters`: how often each is met."""
    if not word:
        return word
    met = letters or {}
    places = range(max(0, len(word) - 4) + 1)
    rarest = min(places, key=lambda at: (met.get(word[at], 0), -(_BY_FREQUENCY.find(word[at]) % 99)))
    return word[rarest:]


def _doubts(pool: PoolTables, query: Query, terms: SearchTerms) -> Iterator[str]:
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
