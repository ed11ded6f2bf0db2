"""Slowing sign-in down after failures, per operator and per address; every refusal ends by itself.

A name is refused for a while, an address never: an office has one address, and somebody's guessing
there must not keep its operators out. What comes from an address with many failures is looked at one
at a time instead, with fewer tries at each name.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Lock

from services.errors import TooManyAttempts
from services.recent import Recent
from services.store.columns import unique_key
from services.store.sign_in_tries import SignInTry, TryKind
from services.store.store import Store
from services.words import counted


@dataclass(frozen=True, slots=True)
class Allowance:
    """At most `attempts` within `seconds` of those that have these fields in common."""

    attempts: int
    seconds: float
    same: tuple[str, ...]

    def key(self, tried: SignInTry) -> tuple[str, ...]:
        """What tries that count together have in common."""
        return tuple(getattr(tried, name) for name in self.same)

    def wait(self, moments: Sequence[int], now: int) -> float:
        """Seconds until one more is allowed (0.0: now), after tries at these moments, newest first."""
        since = now - round(self.seconds * _SECOND)
        recent = [moment for moment in moments if moment > since]
        return (recent[self.attempts - 1] - since) / _SECOND if len(recent) >= self.attempts else 0.0


_SECOND = 1_000_000
# An operator from one address has few tries. From everywhere together they have many more, else anyone
# could keep a colleague out from elsewhere; with those from known places and of one known browser they are
# a hundred an hour.
PAIR = Allowance(5, 300, ("name", "place"))
NAME = Allowance(20, 1800, ("name",))
# a browser in which this operator has signed in before: strangers' tries don't count against it
DEVICE = Allowance(10, 1800, ("name", "device"))
# an address with as many failures, over all names, is crowded: each name has fewer tries from there
ADDRESS = Allowance(20, 300, ("place",))
CROWDED_PAIR = Allowance(2, 600, ("name", "place"))
# of a million codes three are good at a time, whoever tries from wherever
CODE = Allowance(10, 1800, ("name",))

_RULES = {
    TryKind.ANYWHERE: (PAIR, NAME),
    # an address that this operator has signed in from: neither what others behind it try counts, nor what
    # strangers elsewhere do
    TryKind.KNOWN_PLACE: (PAIR, NAME),
    TryKind.KNOWN_BROWSER: (DEVICE,),
    TryKind.CODE: (CODE,),
}
_LONGEST = round(max(rule.seconds for rules in _RULES.values() for rule in rules) * _SECOND)
# one is looked up and added at a time: else two that come together both pass as the last
_TURN = "tries to sign in"

CROWDED_SECONDS = 1.0
"""How long one try from a crowded address takes, right or wrong; the next waits for its end."""
PATIENCE = 30.0
"""For how many seconds a try from there waits for its turn, at most."""
_turns: Recent[str, Lock] = Recent(1_000)
_turns_lock = Lock()


@dataclass(frozen=True, slots=True)
class AdmittedTry:
    """A try that may be made. `crowded`: many have failed from its `place`; `first`: since just now."""

    id: str
    place: str
    crowded: bool = False
    first: bool = False


@dataclass(frozen=True, slots=True)
class Throttle:
    """Counts attempts to sign in, in windows that slide, so every refusal ends by itself.

    They stand in the store, so every process of the console counts the same ones, and none begins afresh;
    each is forgotten when it counts no longer. (pyrate-limiter and limits keep one bucket a table, or none
    in a database of SQL, and neither takes a try back.)
    """

    store: Store

    def begin(self, username: str, address: str, device: str = "") -> AdmittedTry:
        """Count one attempt, to be made in its `turn`.

        Raises `TooManyAttempts` (and counts nothing) when there were too many. `device` names a browser
        that this operator is known to use ("" for any other).
        """
        return self._begin(self._password_try(username, address, device))

    @contextmanager
    def turn(self, admitted: AdmittedTry) -> Iterator[None]:
        """Make the attempt inside: at once, or, from a crowded address, one after another, each as slowly.

        Raises `TooManyAttempts`, and takes the attempt back, when too many wait there.
        """
        if not admitted.crowded:
            yield
            return
        lock = _turn_of(admitted.place)
        if not lock.acquire(timeout=PATIENCE):
            self.store.sign_in_tries.forget([admitted.id])
            raise TooManyAttempts(
                "Many others try to sign in from your address just now; your password was not looked at.",
                "Try again in a minute, or sign in with a passkey or your company account.",
            )
        ends = time.monotonic() + CROWDED_SECONDS
        try:
            yield
        finally:
            # the lock is held meanwhile, so neither the answer nor its time says more to whoever hurries
            time.sleep(max(0.0, ends - time.monotonic()))
            lock.release()

    def begin_code(self, username: str) -> None:
        """Count one attempt to give a second factor, from wherever. Raises as `begin`."""
        self._begin(SignInTry(TryKind.CODE, self._name(username)))

    def succeeded(self, username: str, address: str, device: str = "") -> None:
        """Take back the attempt that `begin` counted, and all failures of this name from this address."""
        self._forget_like(self._password_try(username, address, device))

    def code_succeeded(self, username: str) -> None:
        """Forget the wrong second factors of this name."""
        self._forget_like(SignInTry(TryKind.CODE, self._name(username)))

    def waiting(self, usernames: Iterable[str]) -> dict[str, float]:
        """For how many seconds each of these names may not be tried from somewhere; names without a wait
        are left out."""
        now, waits = self.store.sign_in_tries.now(), dict[str, float]()
        names = {self._name(username): username for username in usernames}
        moments: dict[tuple[str, Allowance, tuple[str, ...]], list[int]] = {}
        crowded: dict[str, bool] = {}
        for tried in self.store.sign_in_tries.between(now - _LONGEST, now, names):
            if tried.kind is TryKind.ANYWHERE and tried.place not in crowded:
                crowded[tried.place] = self._is_crowded(tried.place, now)
            for rule in _rules(tried.kind, crowded.get(tried.place, False)):
                if "name" in rule.same:
                    moments.setdefault((tried.name, rule, rule.key(tried)), []).append(tried.tried_at)
        for (name, rule, _), tries in moments.items():
            wait, username = rule.wait(tries, now), names[name]
            if wait > 0:
                waits[username] = max(wait, waits.get(username, 0.0))
        return waits

    def release(self, username: str) -> None:
        """Forget the failures of this name."""
        tries, now = self.store.sign_in_tries, self.store.sign_in_tries.now()
        tries.forget([tried.id for tried in tries.between(now - _LONGEST, now, [self._name(username)])])

    def _begin(self, new: SignInTry) -> AdmittedTry:
        tries, id, first = self.store.sign_in_tries, "", False
        with self.store.together(turn=_TURN):
            now = tries.now()
            others = _alike(tries.between(now - _LONGEST, now, [new.name], new.place), new.kind)
            here = _failures_at(new.place, others, now) if new.kind is TryKind.ANYWHERE else []
            crowded = len(here) >= ADDRESS.attempts
            rules = _rules(new.kind, crowded)
            same = {rule: [known for known in others if rule.key(known) == rule.key(new)] for rule in rules}
            waits = {rule: rule.wait([known.tried_at for known in same[rule]], now) for rule in rules}
            slowest = max(rules, key=waits.__getitem__)
            wait = waits[slowest]
            if wait > 0:
                first = tries.tell(same[slowest][0].id)
            else:
                first = crowded and not any(known.told for known in here)
                tries.sweep(now - _LONGEST, now)
                id = tries.add(replace(new, told=first), now)
        if wait > 0:
            raise _refusal(wait, first)
        return AdmittedTry(id, new.place, crowded, first)

    def _is_crowded(self, place: str, now: int) -> bool:
        tries = _alike(self.store.sign_in_tries.between(now - _LONGEST, now, (), place), TryKind.ANYWHERE)
        return len(_failures_at(place, tries, now)) >= ADDRESS.attempts

    def _forget_like(self, done: SignInTry) -> None:
        tries, now = self.store.sign_in_tries, self.store.sign_in_tries.now()
        rule = _RULES[done.kind][0]
        found = _alike(tries.between(now - _LONGEST, now, [done.name]), done.kind)
        tries.forget([tried.id for tried in found if rule.key(tried) == rule.key(done)])

    def _password_try(self, username: str, address: str, device: str) -> SignInTry:
        if device:
            return SignInTry(TryKind.KNOWN_BROWSER, self._name(username), device=device)
        place = _network(address)
        known = place in map(_network, self.store.sessions.addresses_of(username))
        kind = TryKind.KNOWN_PLACE if known else TryKind.ANYWHERE
        return SignInTry(kind, self._name(username), place)

    def _name(self, username: str) -> str:
        return self.store.sign_in_tries.code_of(unique_key(username))


def _rules(kind: TryKind, crowded: bool) -> tuple[Allowance, ...]:
    return (*_RULES[kind], CROWDED_PAIR) if crowded else _RULES[kind]


def _failures_at(place: str, tries: Iterable[SignInTry], now: int) -> list[SignInTry]:
    """Those from this address that say whether it is crowded."""
    since = now - round(ADDRESS.seconds * _SECOND)
    return [tried for tried in tries if tried.place == place and tried.tried_at > since]


def _turn_of(place: str) -> Lock:
    with _turns_lock:
        lock = _turns.get(place)
        if lock is None:
            lock = Lock()
            _turns.put(place, lock)
        return lock


def _alike(tries: Iterable[SignInTry], kind: TryKind) -> list[SignInTry]:
    return [tried for tried in tries if tried.kind is kind]


def _refusal(wait: float, first: bool) -> TooManyAttempts:
    refusal = TooManyAttempts(
        f"Too many attempts. The next one is possible in {_in_words(wait)}.",
        "Wait, use a browser in which you have signed in before or a passkey, or ask an administrator "
        "for a new password.",
    )
    refusal.first = first
    return refusal


def _network(address: str) -> str:
    """One IPv4 address, or the /64 that one IPv6 customer usually has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _in_words(seconds: float) -> str:
    """Rounded up: whoever waits that long may try again."""
    whole = math.ceil(seconds)
    return counted(whole, "second") if whole < 90 else counted(math.ceil(whole / 60), "minute")
