"""Disabled people who are still in groups."""

from __future__ import annotations

from services.audits.rule import Fix, FixGroups, Need, Rule
from services.audits.severity import Severity
from services.cognito.actions import DeleteUser, RemoveFromGroup


class DisabledMember(Rule):
    id = "disabled_member"
    title = "Disabled, but still in groups"
    severity = Severity.MEDIUM
    why = "Whoever enables the account again gives back everything at once, and group lists count leavers."
    advice = "Take them out of their groups; delete accounts that nobody needs any more."
    covers = frozenset({Need.USERS, Need.GROUPS, Need.MEMBERSHIPS})
    fixes = (
        Fix(RemoveFromGroup, "Take them out of these groups", FixGroups.FOUND),
        Fix(DeleteUser, "Delete them"),
    )
    thresholds = ("ignore_automatic",)
    sql = """
        SELECT sub, groups FROM users JOIN (
            SELECT row, list("group" ORDER BY "group") AS groups
            FROM held WHERE counted AND NOT enabled GROUP BY row
        ) USING (row)
        ORDER BY row
    """
