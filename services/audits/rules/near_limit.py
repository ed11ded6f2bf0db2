"""People near Cognito's limit of groups for one person."""

from __future__ import annotations

from services.audits.rule import Fix, FixGroups, Need, Rule
from services.audits.severity import Severity
from services.cognito.actions import RemoveFromGroup
from services.cognito.group_rules import MOST_GROUPS_PER_USER


class NearLimit(Rule):
    id = "near_limit"
    title = f"Near Cognito's limit of {MOST_GROUPS_PER_USER} groups"
    severity = Severity.MEDIUM
    why = (
        f"Cognito lets nobody into more than {MOST_GROUPS_PER_USER} groups; adding them to another will fail."
    )
    advice = "Take them out of groups they don't need before the next one is refused."
    covers = frozenset({Need.USERS, Need.GROUPS, Need.ALL_MEMBERSHIPS})
    fixes = (Fix(RemoveFromGroup, "Take them out of some groups", FixGroups.CHOSEN),)
    thresholds = ("near_limit",)
    note = "Automatic groups of identity providers count here, because Cognito counts them."
    sql = """
        SELECT sub, groups, format('in {} of {} groups', len(groups), $most_possible) AS detail
        FROM users JOIN (
            SELECT row, list("group" ORDER BY "group") AS groups FROM held GROUP BY row
        ) USING (row)
        WHERE group_count >= $near_limit
        ORDER BY len(groups) DESC, row
    """
