"""Questions of one's own as audit rules: what their answers find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from services.audits.ask import Answered, QuestionData, cell, column_named, hinted
from services.audits.rule import COLUMNS as FINDING
from services.audits.rule import (
    FindingSubject,
    Fix,
    FixGroups,
    Need,
    Rule,
    RuleResult,
    RuleState,
    no_findings,
)
from services.audits.severity import Severity
from services.cognito.actions import AddToGroup, DisableUser, RemoveFromGroup, SignOutUser
from services.directory.sandbox import Asking, QueryLimits, QueryResult
from services.errors import QueryRefused
from services.store.saved import SavedQuestion


def own_results(
    ground: QuestionData, saved: Sequence[SavedQuestion], limits: QueryLimits | None = None
) -> list[RuleResult]:
    """What the saved questions with a severity find, asked as rules."""
    asked = [question for question in saved if question.severity]
    rules = [_rule(question) for question in asked]
    if not asked:
        return []
    completeness = ground.snapshot.completeness
    if not completeness.complete:
        # nobody knows what a question depends on, so it depends on everything
        return [
            RuleResult(rule, RuleState.INCOMPLETE, no_findings(), (completeness.sentence,)) for rule in rules
        ]
    queries = [question.sql for question in asked]
    answers = Asking(queries, ground.tables(*queries), limits or QueryLimits()).run()
    return [_judged(rule, answer, ground) for rule, answer in zip(rules, answers, strict=True)]


def _rule(saved: SavedQuestion) -> Rule:
    """A saved question as an audit rule of its severity."""
    facts = {
        "id": f"own_{saved.id}",
        "title": saved.name,
        "severity": Severity(saved.severity),
        "why": saved.about or f"A question of your own, saved by {saved.operator_name}.",
        "advice": "Look at who is found; the question stands on the tab Ask.",
        "sql": saved.sql,
        "own": True,
        "needs": frozenset(Need),
        "fixes": _FIXES,
    }
    made: Rule = type("OwnQuestion", (Rule,), facts)()
    return made


_FIXES = (
    Fix(AddToGroup, "Add them to groups", FixGroups.CHOSEN),
    Fix(RemoveFromGroup, "Take them out of these groups", FixGroups.FOUND),
    Fix(DisableUser, "Disable them"),
    Fix(SignOutUser, "Sign them out everywhere"),
)


def result_of(answer: Answered, title: str, severity: Severity = Severity.INFO) -> RuleResult:
    """The answer as findings, for a plan about the people in it. Raises `InvalidValue` without a `sub`."""
    answer.subs()
    facts = {
        "id": "ask",
        "title": title,
        "severity": severity,
        "why": "",
        "advice": "",
        "sql": "",
        "own": True,
    }
    rule: Rule = type("OwnQuestion", (Rule,), {**facts, "fixes": _FIXES})()
    return _judged(rule, QueryResult(answer.found, answer.more), answer.ground)


def _judged(rule: Rule, answer: QueryResult | QueryRefused, ground: QuestionData) -> RuleResult:
    if isinstance(answer, QueryRefused):
        return RuleResult(rule, RuleState.UNANSWERED, no_findings(), (str(hinted(answer, ground)),))
    found = findings(answer.table)
    reasons = (f"Only the first {len(found):,} rows were taken.",) if answer.more else ()
    about = FindingSubject.PEOPLE if column_named(answer.table, "sub") else FindingSubject.ROWS
    rule = type(rule.__class__.__name__, (rule.__class__,), {"about": about, "fixes": _fixes(rule, found)})()
    return RuleResult(rule, RuleState.FOUND if len(found) else RuleState.CLEAN, found, reasons)


def _fixes(rule: Rule, found: pd.DataFrame) -> tuple[Fix, ...]:
    """The rule's fixes that the answer names enough for: people by `sub`, groups where they are fixed."""
    if not any(found["sub"]):
        return ()
    named = any(len(names) for names in found["groups"])
    return tuple(fix for fix in rule.fixes if named or fix.groups is not FixGroups.FOUND)


def findings(table: pa.Table) -> pd.DataFrame:
    """An answer as findings: `sub`, `"group"` and `application` are known, everything else is its detail."""
    known = {name: column_named(table, name) for name in ("sub", "group", "application")}
    shown = _WHO if known["sub"] is not None else frozenset()
    others = [
        name for name in table.column_names if name not in known.values() and name.casefold() not in shown
    ]
    rows = table.to_pylist()

    def text(row: Mapping[str, Any], name: str) -> str:
        column = known[name]
        return "" if column is None or row[column] is None else str(row[column])

    return pd.DataFrame(
        {
            "sub": pd.Series([text(row, "sub") for row in rows], dtype=object),
            "groups": pd.Series([tuple(filter(None, (text(row, "group"),))) for row in rows], dtype=object),
            "application": pd.Series([text(row, "application") for row in rows], dtype=object),
            "detail": pd.Series([_detail(row, others) for row in rows], dtype=object),
            "since": pd.Series(pd.NaT, index=range(len(rows)), dtype="datetime64[ms, UTC]"),
        },
        columns=list(FINDING),
    )


def _detail(row: Mapping[str, Any], names: Sequence[str]) -> str:
    said = "; ".join(f"{name}: {cell(row[name])}" for name in names if row[name] is not None)
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"


_LONGEST = 300
_WHO = frozenset({"label", "name", "username", "email"})
"""What stands beside everybody who is found, anyway."""
