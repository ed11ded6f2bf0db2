"""Keeps calls within AWS's request quotas: one set of buckets per account, region and category.

pyrate-limiter holds the buckets (its GCRA algorithm: evenly spaced, so that no second sees a burst)
and does the waiting. What it can't express stands here: a bucket that is slowed at once when AWS
throttles and recovers step by step, buckets nested by share, and fair turns (`turnstile`).

A call at share 0.5 passes the 0.5 bucket, then every larger one in use, then the category's own:
so several jobs together stay within the largest of their shares, and a person's click, which has no
share, waits for nothing but the whole quota.

Where several processes call, the buckets stand in the store (`services/store/paces.py`) and work alike.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import ceil
from threading import Event, Lock
from time import monotonic, sleep
from typing import Protocol

from pyrate_limiter import Limiter, Rate, RateItem
from pyrate_limiter.abstracts import AbstractBucket, BucketFactory
from pyrate_limiter.buckets import StateBucket
from pyrate_limiter.clocks import MonotonicClock

from services.cognito.quotas import CATEGORIES, PER_POOL_OPERATION_RPS, category_of
from services.store.paces import Paces

# Lets one thread through at a time, and gives every caller turns in equal measure.


class FairLock:
    """A lock whose waiters are let in by caller in rotation, and within a caller in order.

    Threads that all sleep at a bucket and then race for it starve whoever wakes a moment later; a
    caller with sixteen threads would take everything from one with two.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken = False
        self._waiting: dict[str, deque[Event]] = {}
        self._rotation: deque[str] = deque()

    @contextmanager
    def turn(self, caller: str) -> Iterator[None]:
        """Wait for the turn of `caller`, and hold it inside the block."""
        my_turn = self._enter(caller)
        if my_turn is not None:
            my_turn.wait()
        try:
            yield
        finally:
            self._leave()

    def _enter(self, caller: str) -> Event | None:
        with self._lock:
            if not self._taken:
                self._taken = True
                return None
            event = Event()
            if caller not in self._waiting:
                self._waiting[caller] = deque()
                self._rotation.append(caller)
            self._waiting[caller].append(event)
            return event

    def _leave(self) -> None:
        with self._lock:
            if not self._rotation:
                self._taken = False
                return
            caller = self._rotation.popleft()
            queue = self._waiting[caller]
            queue.popleft().set()
            if queue:
                self._rotation.append(caller)
            else:
                del self._waiting[caller]


HEADROOM = 0.92
"""Most of a quota that is used evenly. What may go at once comes on top, and both stay within the quota."""

SLOWEST = 0.2
"""The least part of its rate that a throttled category is slowed to."""

RECOVERY_STEP = 0.1
RECOVERY_SECONDS = 1.0
"""After each of these without throttling, a slowed category gains one step of its full rate."""

SHARES_FRESH = 1.0
"""Seconds after which it is asked again which shares other processes use."""

_LATENESS = 0.05  # seconds by which a thread may wake late before that costs throughput
_CLICK_BURST = 0.25  # seconds' worth of quota that clicks may use at once after a quiet moment


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. Callers with different names (a job's id) get turns in equal measure.

    `share` is the part of the quota (above 0, at most 1) that the caller keeps within, together
    with all others that have a share no larger. None means that a person waits for the answer.
    """

    name: str = ""
    share: float | None = None

    def __post_init__(self) -> None:
        if self.share is not None and not 0 < self.share <= 1:
            raise ValueError("a share of the quota is above 0 and at most 1")


CLICK = Caller()


@dataclass(frozen=True, slots=True)
class Pace:
    """How one category goes: `quota` and `rate` (slowed?) in calls per second, counts since the start."""

    category: str
    quota: float
    rate: float
    calls: int
    throttles: int


class Pacer(Protocol):
    """What the client asks before every call, and tells after a throttled one."""

    def acquire(self, operation: str, pool_id: str, caller: Caller) -> None:
        """Wait until `operation` may be sent."""

    def throttled(self, operation: str) -> None:
        """AWS refused `operation` for its rate."""

    def set_quota(self, category: str, rps: float) -> None:
        """The account's real quota in `category`."""

    def paces(self) -> tuple[Pace, ...]:
        """The present pace of each quota category that was used so far."""


class Unpaced:
    """Never waits: for tests and for backends without quotas."""

    def acquire(self, operation: str, pool_id: str, caller: Caller) -> None:
        """Return at once."""

    def throttled(self, operation: str) -> None:
        """Does nothing: there is no pace to slow down."""

    def set_quota(self, category: str, rps: float) -> None:
        """Does nothing: there is no pace to keep to."""

    def paces(self) -> tuple[Pace, ...]:
        """No paces: nothing is counted."""
        return ()


@dataclass(slots=True)
class _State:
    """One category of one account and region."""

    quota: float
    factor: float = 1.0
    touched: float = 0.0  # when it was last slowed or sped up (monotonic seconds)
    slowed: float = float("-inf")
    calls: int = 0
    throttles: int = 0
    shares: set[float] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Key:
    """Names one bucket. `pool` and `operation` only in the per-pool cap, `share` only for jobs."""

    category: str
    pool: str = ""
    operation: str = ""
    share: float | None = None

    @property
    def bucket(self) -> str:
        """Its name without the share."""
        return f"{self.category}|{self.pool}|{self.operation}"

    def __str__(self) -> str:
        return f"{self.bucket}|{self.share}"


class _Buckets(BucketFactory):
    """pyrate-limiter's way to route an item to its bucket; the item's name is the bucket's."""

    def __init__(self) -> None:
        self.clock = MonotonicClock()
        self.known: dict[str, StateBucket] = {}

    def wrap_item(self, name: str, weight: int = 1) -> RateItem:
        return RateItem(name, self.clock.now(), weight)

    def get(self, item: RateItem) -> AbstractBucket:
        return self.known[item.name]


class AccountLimiter:
    """The quotas of one account in one region, shared by every thread that calls it."""

    def __init__(
        self,
        quotas: Mapping[str, float] | None = None,
        *,
        per_pool_rps: float = PER_POOL_OPERATION_RPS,
        account: str = "",
        shared: Paces | None = None,
    ) -> None:
        """`quotas` replaces AWS's defaults per category; `per_pool_rps` is the cap per pool and operation.

        With `shared` the buckets are those of all processes, under the name `account`.
        """
        self._account = account
        self._shared = shared
        self._elsewhere: tuple[float, dict[str, set[float]]] = (float("-inf"), {})
        self._quotas = {name: category.rps for name, category in CATEGORIES.items()} | dict(quotas or {})
        self._per_pool_rps = per_pool_rps
        self._lock = Lock()
        self._states: dict[str, _State] = {}
        self._buckets = _Buckets()
        # the default waits 50 ms longer than needed each time
        self._limiter = Limiter(self._buckets, buffer_ms=0)
        self._gates: dict[_Key, FairLock] = {}

    def acquire(self, operation: str, pool_id: str, caller: Caller = CLICK) -> None:
        """Wait until `operation` may be sent to `pool_id`, and count it."""
        category = category_of(operation)
        capped = category.capped_per_pool and bool(pool_id)
        with self._lock:
            state = self._state(category.name)
            state.calls += 1
            if caller.share is not None:
                state.shares.add(caller.share)
        for base in [_Key(category.name, pool_id, operation)] * capped + [_Key(category.name)]:
            share = caller.share
            while share is not None:
                self._pass(replace(base, share=share), state, caller)
                # asked anew each time: a job with a larger share may have begun meanwhile
                share = min(
                    (other for other in self._shares(category.name, state) if other > share), default=None
                )
            self._pass(base, state, caller)

    def throttled(self, operation: str) -> None:
        """Halve the rate of the operation's category at once (refusals within a second count once)."""
        with self._lock:
            state = self._state(category_of(operation).name)
            state.throttles += 1
            now = monotonic()
            if now - state.slowed >= 1.0:
                state.factor = max(SLOWEST, state.factor / 2)
                state.slowed = state.touched = now
                self._apply(category_of(operation).name, state)
            else:
                state.touched = now

    def set_quota(self, category: str, rps: float) -> None:
        """Keep to `rps` in `category` from now on."""
        with self._lock:
            state = self._state(category)
            state.quota = rps
            self._apply(category, state)

    def paces(self) -> tuple[Pace, ...]:
        """The present pace of each quota category that was used so far."""
        with self._lock:
            for name, state in self._states.items():
                self._recover(name, state)
            return tuple(
                Pace(name, state.quota, state.quota * state.factor, state.calls, state.throttles)
                for name, state in sorted(self._states.items())
            )

    def _pass(self, key: _Key, state: _State, caller: Caller) -> None:
        name = str(key)
        with self._lock:
            self._recover(key.category, state)
            if key not in self._gates:
                self._buckets.known[name] = StateBucket([self._rate(key, state)])
                self._gates[key] = FairLock()
            gate = self._gates[key]
        with gate.turn(caller.name):
            if self._shared is None:
                self._limiter.try_acquire(name)
                return
            rate = self._rate(key, state)
            each = ceil(rate.interval * 1000 / rate.limit)
            sleep(self._shared.book(self._account, key.bucket, key.share or 0.0, each, rate.burst))

    def _shares(self, category: str, state: _State) -> set[float]:
        """The shares that are in use, here or in another process."""
        here = set(tuple(state.shares))
        if self._shared is None:
            return here
        read_at, known = self._elsewhere
        if monotonic() - read_at > SHARES_FRESH:
            known = self._shared.shares(self._account)
            self._elsewhere = (monotonic(), known)
        return here | known.get(str(_Key(category).bucket), set())

    def _state(self, category: str) -> _State:
        if category not in self._states:
            self._states[category] = _State(self._quotas[category])
        return self._states[category]

    def _recover(self, category: str, state: _State) -> None:
        if state.factor >= 1:
            return
        steps = int((monotonic() - state.touched) / RECOVERY_SECONDS)
        if steps:
            state.factor = min(1.0, state.factor + steps * RECOVERY_STEP)
            state.touched += steps * RECOVERY_SECONDS
            self._apply(category, state)

    def _apply(self, category: str, state: _State) -> None:
        for key in self._gates:
            if key.category == category:
                # GCRA keeps the time of the next call, which stays true when the rate changes
                self._buckets.known[str(key)].rates = [self._rate(key, state)]

    def _rate(self, key: _Key, state: _State) -> Rate:
        quota = min(state.quota, self._per_pool_rps) if key.operation else state.quota
        rps = quota * min(HEADROOM, key.share or HEADROOM) * state.factor
        if key.share is None:  # two at once at least, but not of a quota of one a second
            burst = max(min(2, ceil(rps)), ceil(rps * _CLICK_BURST))
        else:
            burst = 1 + int(rps * _LATENESS)
        return Rate(limit=max(1, round(rps * 1000)), interval=1_000_000, burst=burst)


_LIMITERS: dict[tuple[str, str, Paces | None], AccountLimiter] = {}
_LIMITERS_LOCK = Lock()


def limiter_for(owner: str, region: str, shared: Paces | None = None) -> AccountLimiter:
    """The limiter that the whole process shares for one account (or endpoint) and region.

    With `shared` it keeps the quota together with all processes that use the same store.
    """
    with _LIMITERS_LOCK:
        known = _LIMITERS.get((owner, region, shared))
        if known is None:
            known = AccountLimiter(account=f"{owner} {region}", shared=shared)
            _LIMITERS[owner, region, shared] = known
        return known
