"""People in no group."""

from __future__ import annotations

from services.audits.rule import Fix, FixGroups, Need, Rule
from services.audits.severity import Severity
from services.cognito.actions import AddToGroup, DisableUser


class InNoGroup(Rule):
    id = "in_no_group"
    title = "In no group"
    severity = Severity.MEDIUM
    why = (
        "Applications let people in by group. Somebody in none is a forgotten onboarding, or a leaver "
        "whose account stayed."
    )
    advice = "Add them to the groups of their work, or disable the account."
    needs = frozenset({Need.GROUPS, Need.MEMBERSHIPS})
    fixes = (
        Fix(AddToGroup, "Add them to groups", FixGroups.CHOSEN),
        Fix(DisableUser, "Disable them"),
    )
    thresholds = ("ignore_automatic",)
    sql = """
        SELECT sub, coalesce('only in ' || names || ', which Cognito fills by itself', '') AS detail
        FROM users
        ANTI JOIN (SELECT row FROM held WHERE counted) USING (row)
        LEFT JOIN (
            SELECT row, string_agg("group", ', ' ORDER BY "group") AS names
            FROM held WHERE NOT counted GROUP BY row
        ) USING (row)
        ORDER BY row
    """
