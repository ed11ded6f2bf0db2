"""All rules over one snapshot.

made = audit(snapshot, Setting(now=utc_now(), applications=applications))
for result in made.by_severity: ...
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from threading import Lock

from services.audits.rule import Result, Rule, Severity, State
from services.audits.rules import RULES
from services.audits.seen import Seen, Setting
from services.directory.snapshot import Snapshot

_FRESH = timedelta(minutes=5)
_KEPT = 8

_ORDER = {State.FOUND: 0, State.INCOMPLETE: 1, State.UNANSWERED: 2, State.CLEAN: 3}


@dataclass(frozen=True)
class Audit:
    """What the rules say about a snapshot."""

    snapshot: Snapshot
    setting: Setting
    results: tuple[Result, ...]

    @cached_property
    def by_severity(self) -> tuple[Result, ...]:
        """Findings first, the gravest first and of those the most; then what isn't answered, then clean."""
        return tuple(
            sorted(self.results, key=lambda one: (_ORDER[one.state], one.rule.severity.rank, -one.count))
        )

    def get(self, rule_id: str) -> Result | None:
        """The result of one rule, or None if it wasn't asked."""
        return next((one for one in self.results if one.rule.id == rule_id), None)

    def of(self, *states: State) -> tuple[Result, ...]:
        """The results in these states, in the order of `by_severity`."""
        return tuple(one for one in self.by_severity if one.state in states)

    @property
    def severities(self) -> Mapping[Severity, int]:
        """How many rules have findings, by severity."""
        counts = Counter(one.rule.severity for one in self.of(State.FOUND))
        return {severity: counts[severity] for severity in Severity}

    def worst(self) -> Severity | None:
        """The gravest severity with findings, or None."""
        found = self.of(State.FOUND)
        return found[0].rule.severity if found else None

    @property
    def certain(self) -> bool:
        """True if nothing is missing: a complete snapshot, and every rule that could be asked answered."""
        return self.snapshot.completeness.complete and not any(
            one.state is State.INCOMPLETE or one.at_least for one in self.results
        )


def audit(snapshot: Snapshot, setting: Setting, rules: Iterable[Rule] = RULES) -> Audit:
    """Ask every rule. Reads nothing but the snapshot."""
    seen = Seen(snapshot, setting)
    return Audit(snapshot, setting, tuple(rule.judge(seen) for rule in rules))


class _Lately:
    """The newest audit of each pool, for everybody in this process who asks the same."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._made: OrderedDict[str, Audit] = OrderedDict()

    def get(self, snapshot: Snapshot, setting: Setting) -> Audit:
        key = snapshot.about.pool_key
        with self._lock:
            known = self._made.get(key)
        if known is not None and known.snapshot is snapshot and _same(known.setting, setting):
            return known
        made = audit(snapshot, setting)
        with self._lock:
            self._made[key] = made
            self._made.move_to_end(key)
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)
        return made


def _same(known: Setting, asked: Setting) -> bool:
    return replace(known, now=asked.now) == asked and abs(asked.now - known.now) < _FRESH


def recent_audit(snapshot: Snapshot, setting: Setting) -> Audit:
    """`audit` with all rules, remembered for five minutes by the process."""
    return _LATELY.get(snapshot, setting)


def people_of(results: Sequence[Result]) -> set[str]:
    """The subs of everybody found by any of these."""
    return {sub for one in results for sub in one.subs}


_LATELY = _Lately()
