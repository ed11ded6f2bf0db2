"""Groups of equal precedence."""

from __future__ import annotations

import pandas as pd

from services.audits.rule import About, Need, Rule, Severity, findings
from services.audits.seen import Seen


class EqualPrecedence(Rule):
    id = "equal_precedence"
    title = "Groups with equal precedence"
    severity = Severity.LOW
    why = (
        "For somebody in two groups of equal precedence Cognito doesn't choose between their AWS roles, so "
        "the token names no preferred role."
    )
    advice = "Give each group a precedence of its own; the lowest number counts."
    about = About.GROUPS
    covers = frozenset({Need.GROUPS})

    def query(self, seen: Seen) -> pd.DataFrame:
        table = seen.snapshot.groups
        by_precedence: dict[int, list[str]] = {}
        for name, precedence in zip(table["name"].to_pylist(), table["precedence"].to_pylist(), strict=True):
            if precedence is not None:
                by_precedence.setdefault(precedence, []).append(name)
        groups: list[tuple[str, ...]] = []
        details: list[str] = []
        for precedence, names in sorted(by_precedence.items()):
            if len(names) > 1:
                for name in sorted(names, key=str.casefold):
                    others = ", ".join(one for one in sorted(names, key=str.casefold) if one != name)
                    groups.append((name,))
                    details.append(f"precedence {precedence}, as {others}")
        return findings(groups=groups, details=details)
