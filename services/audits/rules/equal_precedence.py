"""Groups of equal precedence."""

from __future__ import annotations

from services.audits.rule import FindingSubject, Need, Rule
from services.audits.severity import Severity


class EqualPrecedence(Rule):
    id = "equal_precedence"
    title = "Groups with equal precedence"
    severity = Severity.LOW
    why = (
        "For somebody in two groups of equal precedence Cognito doesn't choose between their AWS roles, so "
        "the token names no preferred role."
    )
    advice = "Give each group a precedence of its own; the lowest number counts."
    about = FindingSubject.GROUPS
    covers = frozenset({Need.GROUPS})
    sql = """
        SELECT [mine.name] AS groups,
            format('precedence {}, as {}', precedence, string_agg(l.name, ', ' ORDER BY l.name)) AS detail
        FROM groups one JOIN groups other USING (precedence)
        JOIN listed l ON l.name = other.name JOIN listed mine ON mine.name = one.name
        WHERE one.name <> other.name
        GROUP BY mine.name, precedence ORDER BY precedence, mine.name
    """
