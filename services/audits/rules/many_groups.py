"""People in more groups than the pool's own measure."""

from __future__ import annotations

from services.audits.rule import Fix, FixGroups, Need, Rule
from services.audits.severity import Severity
from services.cognito.actions import RemoveFromGroup


class ManyGroups(Rule):
    id = "many_groups"
    title = "In very many groups"
    severity = Severity.LOW
    why = "Rights pile up when people change jobs and nobody takes the old ones away."
    advice = "Ask their manager which groups their present work needs."
    covers = frozenset({Need.USERS, Need.GROUPS, Need.MEMBERSHIPS})
    fixes = (Fix(RemoveFromGroup, "Take them out of some groups", FixGroups.CHOSEN),)
    thresholds = ("most_groups", "ignore_automatic")
    sql = """
        SELECT sub, groups, format('in {} groups', len(groups)) AS detail
        FROM users JOIN (
            SELECT row, list("group" ORDER BY "group") AS groups FROM held WHERE counted GROUP BY row
        ) USING (row)
        WHERE len(groups) > $most_groups
        ORDER BY len(groups) DESC, row
    """
