"""All rules over one snapshot.

made = audit(snapshot, AuditContext(now=utc_now(), applications=applications))
for result in made.by_severity: ...
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from threading import Lock

import pandas as pd

from services.audits.ask import QuestionData, no_activity
from services.audits.asked_rules import own_results
from services.audits.people import people_with
from services.audits.rule import AuditContext, FindingSubject, Rule, RuleInput, RuleResult, RuleState
from services.audits.rules import RULES
from services.audits.severity import Severity
from services.cognito.models import PersonRef
from services.directory.pool import PoolTables
from services.errors import RecordNotFound
from services.store.activity import Activity

_FRESH = timedelta(minutes=5)
_KEPT = 8

_ORDER = {RuleState.FOUND: 0, RuleState.INCOMPLETE: 1, RuleState.UNANSWERED: 2, RuleState.CLEAN: 3}


@dataclass(frozen=True)
class Audit:
    """What the rules say about a snapshot."""

    snapshot: PoolTables
    setting: AuditContext
    results: tuple[RuleResult, ...]
    version: int = 0
    """That of the tables when the rules were asked (`PoolTables.version`)."""

    @cached_property
    def by_severity(self) -> tuple[RuleResult, ...]:
        """Findings first, the gravest first and of those the most; then what isn't answered, then clean."""
        return tuple(
            sorted(
                self.results,
                key=lambda result: (_ORDER[result.state], result.rule.severity.rank, -result.count),
            )
        )

    def get(self, rule_id: str) -> RuleResult | None:
        """The result of one rule, or None if it wasn't asked."""
        return next((result for result in self.results if result.rule.id == rule_id), None)

    def of(self, *states: RuleState) -> tuple[RuleResult, ...]:
        """The results in these states, in the order of `by_severity`."""
        return tuple(result for result in self.by_severity if result.state in states)

    @property
    def severities(self) -> Mapping[Severity, int]:
        """How many rules have findings, by severity."""
        counts = Counter(result.rule.severity for result in self.of(RuleState.FOUND))
        return {severity: counts[severity] for severity in Severity}

    def worst(self) -> Severity | None:
        """The gravest severity with findings, or None."""
        found = self.of(RuleState.FOUND)
        return found[0].rule.severity if found else None

    @property
    def certain(self) -> bool:
        """True if nothing is missing: a complete snapshot, and every rule that could be asked answered."""
        return self.snapshot.completeness.complete and not any(
            result.state is RuleState.INCOMPLETE or result.at_least for result in self.results
        )


def audit(
    snapshot: PoolTables,
    setting: AuditContext,
    rules: Iterable[Rule] = RULES,
    activity: Callable[[], Iterable[Activity]] = no_activity,
) -> Audit:
    """Ask every rule, then the questions of one's own. Reads nothing but the snapshot.

    `activity` reads the log of the pool, where a question asks it.
    """
    version = snapshot.version
    with RuleInput(snapshot, setting) as given:
        results = [rule.judge(given) for rule in rules]
    ground = QuestionData(snapshot, setting.now, setting.applications, activity)
    results += own_results(ground, setting.questions)
    parted = tuple(result.apart_from(setting.accepted) for result in results)
    return Audit(snapshot, setting, parted, version)


class _Lately:
    """The newest audit of each pool, for everybody in this process who asks the same."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._made: OrderedDict[str, Audit] = OrderedDict()

    def get(
        self, snapshot: PoolTables, setting: AuditContext, activity: Callable[[], Iterable[Activity]]
    ) -> Audit:
        key = snapshot.about.pool_key
        with self._lock:
            known = self._made.get(key)
        if known is not None and _same(known, snapshot, setting):
            return known
        made = audit(snapshot, setting, activity=activity)
        with self._lock:
            self._made[key] = made
            self._made.move_to_end(key)
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)
        return made


def _same(known: Audit, snapshot: PoolTables, asked: AuditContext) -> bool:
    if known.snapshot is not snapshot or known.version != snapshot.version:
        return False
    setting = known.setting
    return replace(setting, now=asked.now) == asked and abs(asked.now - setting.now) < _FRESH


def recent_audit(
    snapshot: PoolTables, setting: AuditContext, activity: Callable[[], Iterable[Activity]] = no_activity
) -> Audit:
    """`audit` with all rules, remembered for five minutes by the process."""
    return _LATELY.get(snapshot, setting, activity)


def people_of(results: Sequence[RuleResult]) -> set[str]:
    """The subs of everybody found by any of these."""
    return {sub for result in results for sub in result.subs}


_LATELY = _Lately()


STATE_WORDS = {
    RuleState.FOUND: "Found",
    RuleState.CLEAN: "Nothing found",
    RuleState.INCOMPLETE: "Could not be evaluated",
    RuleState.UNANSWERED: "Not answered",
}

_SHOWN = ["sub", "username", "email", "label", "name", "title", "enabled", "created", "changed"]


def findings_frame(
    result: RuleResult, snapshot: PoolTables, places: list[int] | slice | None = None
) -> pd.DataFrame:
    """Findings (those at `places`, or all) with who is meant, one row each.

    Columns: those of `RuleResult.findings`, then name, label, username, email, status (in words), enabled,
    created, changed. Empty or null where no person is meant.
    """
    found = result.findings if places is None else result.findings.iloc[places]
    found = found.reset_index(drop=True)
    people = pd.DataFrame(people_with(snapshot, list(found["sub"])), columns=_SHOWN).astype(object)
    texts = people[["name", "label", "username", "email", "title"]].fillna("")
    return found.assign(
        **texts.rename(columns={"title": "status"}),
        enabled=people["enabled"].where(people["enabled"].notna(), None),
        created=_moments(people["created"]),
        changed=_moments(people["changed"]),
    )


def findings_counted(result: RuleResult) -> str:
    """How many were found, in words: "1 group, 6 people"; "" when nothing was."""
    names = {
        FindingSubject.PEOPLE: ("person", "people"),
        FindingSubject.GROUPS: ("group", "groups"),
        FindingSubject.APPLICATIONS: ("application", "applications"),
        FindingSubject.ROWS: ("row", "rows"),
    }
    order = sorted(FindingSubject, key=lambda subject: subject is not result.rule.about)
    # groups of people who were found are no findings themselves
    shown = [subject for subject in order if subject is result.rule.about or subject is FindingSubject.PEOPLE]
    parts = [
        f"{count:,} {names[subject][count != 1]}" for subject in shown if (count := result.numbers[subject])
    ]  # fmt: skip
    at_least = "at least " if result.at_least and parts else ""
    return at_least + ", ".join(parts)


def refs(snapshot: PoolTables, subs: Collection[str]) -> list[PersonRef]:
    """References to these people, in the order given. Raises `RecordNotFound` if one isn't there."""
    made = []
    for person in people_with(snapshot, list(subs)):
        if person["username"] is None:
            raise RecordNotFound(
                "Somebody chosen is not in this snapshot. Nothing was changed.",
                "Read the pool again and choose anew.",
            )
        made.append(PersonRef(username=person["username"], sub=person["sub"], label=person["label"]))
    return made


def _moments(values: pd.Series) -> pd.Series:
    return pd.Series(pd.to_datetime(values, utc=True)).astype("datetime64[ms, UTC]")
