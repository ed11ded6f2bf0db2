"""What audits found earlier: how findings went up and down by day, and which are new since the last time.

Of each day (UTC) the newest audit is kept, only where nothing was missing: a number that may be too low would
look like progress. Findings are kept as prints that name nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from threading import Lock
from weakref import ref

from services.audits.audit import Audit
from services.audits.rule import RuleResult, RuleState, subjects_of
from services.audits.severity import Severity
from services.store.audit_days import AuditDay
from services.store.pools import PoolRecord
from services.store.store import Store

KEPT = timedelta(days=400)
"""For so long a day stays: a year, and the one before for comparison."""
_ANSWERED = (RuleState.FOUND, RuleState.CLEAN)


@dataclass(frozen=True, slots=True)
class AuditHistory:
    """`days`, the oldest first, with today's. `last` is when the pool was read the last time before that
    day, None when this is the first; `new` holds by rule the subjects that weren't found then. Rules that
    weren't answered then aren't in it."""

    days: tuple[AuditDay, ...] = ()
    last: datetime | None = None
    new: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def new_of(self, result: RuleResult) -> frozenset[str]:
        """The subjects of a rule's findings that are new since the last time."""
        return self.new.get(result.rule.id, frozenset())


NO_HISTORY = AuditHistory()


def history_of(store: Store, pool: PoolRecord, made: Audit) -> AuditHistory:
    """The history of a pool with this audit in it; it is kept as its day's, if nothing is missing.

    Asked again for the same audit, the answer is the same without a look at the store. Raises the store's
    errors.
    """
    return _HISTORIES.get(store, pool, made)


def keep(store: Store, pool: PoolRecord, made: Audit) -> None:
    """Keep what this audit found as its day's, if nothing is missing."""
    if not made.certain:
        return
    taken_at = made.snapshot.about.taken_at.astimezone(UTC)
    day = AuditDay(taken_at.date(), taken_at, counts_of(made))
    found = {
        result.rule.id: sorted(prints_of(result))
        for result in made.results
        if result.state in _ANSWERED and not result.rule.own
    }
    store.audit_days.keep(pool.id, day, found)
    store.audit_days.forget(day.day - KEPT)


def counts_of(made: Audit) -> dict[str, int]:
    """How many findings there are by severity, what is accepted left out; questions of one's own, too."""
    counts = dict.fromkeys(map(str, Severity), 0)
    for result in made.of(RuleState.FOUND):
        if not result.rule.own:
            counts[str(result.rule.severity)] += result.count
    return counts


def prints_of(result: RuleResult) -> set[str]:
    """A print of each finding; what is accepted is known, too."""
    frames = (frame for frame in (result.findings, result.accepted) if len(frame))
    return {_print(result, subject) for frame in frames for subject in subjects_of(result.rule, frame)}


def _print(result: RuleResult, subject: str) -> str:
    text = f"{result.rule.id}\0{subject}"
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _read(store: Store, pool: PoolRecord, made: Audit) -> AuditHistory:
    keep(store, pool, made)
    return compared(store, pool, made)


def compared(store: Store, pool: PoolRecord, made: Audit) -> AuditHistory:
    """This audit, which may be one of some rules only, against the last day before; nothing is kept."""
    days = store.audit_days.of_pool(pool.id)
    before = store.audit_days.last_before(pool.id, made.snapshot.about.taken_at.astimezone(UTC).date())
    if before is None:
        return AuditHistory(days)
    last, found = before
    new = {}
    for result in made.of(RuleState.FOUND):
        if result.rule.id in found:
            known = set(found[result.rule.id])
            new[result.rule.id] = frozenset(
                subject for subject in result.subjects() if _print(result, subject) not in known
            )
    return AuditHistory(days, last.taken_at, new)


class _KnownHistories:
    """The history that goes with the newest audit of each pool, in this process.

    An audit holds the tables of its pool, so none is kept alive here that nobody else needs.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: dict[str, tuple[ref[Audit], AuditHistory]] = {}

    def get(self, store: Store, pool: PoolRecord, made: Audit) -> AuditHistory:
        with self._lock:
            known = self._known.get(pool.id)
        if known is not None and known[0]() is made:
            return known[1]
        history = _read(store, pool, made)
        with self._lock:
            self._known[pool.id] = (ref(made), history)
        return history

    def forget(self) -> None:
        with self._lock:
            self._known.clear()


_HISTORIES = _KnownHistories()


def forget_histories() -> None:
    """Read them from the store again; for tests."""
    _HISTORIES.forget()
