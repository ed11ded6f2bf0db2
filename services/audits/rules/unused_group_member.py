"""Members of groups that no application uses."""

from __future__ import annotations

from services.audits.rule import Fix, FixGroups, Need, Rule, RuleInput
from services.audits.severity import Severity
from services.cognito.actions import RemoveFromGroup


class UnusedGroupMember(Rule):
    id = "unused_group_member"
    title = "In a group that no application uses"
    severity = Severity.LOW
    why = (
        "The membership opens nothing that is set up here. It is left over from something switched off, or "
        "opens something that nobody told this console about."
    )
    advice = "Take them out of the group, or set the application up under Configuration."
    covers = frozenset({Need.USERS, Need.GROUPS, Need.MEMBERSHIPS})
    fixes = (Fix(RemoveFromGroup, "Take them out of these groups", FixGroups.FOUND),)
    thresholds = ("ignore_automatic",)
    sql = """
        SELECT sub, groups FROM users JOIN (
            SELECT row, list("group" ORDER BY "group") AS groups FROM held
            WHERE counted AND "group" NOT IN (SELECT unnest(groups) FROM applications) GROUP BY row
        ) USING (row)
        ORDER BY row
    """

    def unanswered(self, given: RuleInput, found: int) -> str:  # noqa: ARG002
        if given.applications:
            return ""
        return "No application of this pool is set up in this console, so nobody knows which groups are used."
