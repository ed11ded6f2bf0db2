"""Groups that hand out an AWS role, and who is in them."""

from __future__ import annotations

from services.audits.rule import FindingSubject, Fix, FixGroups, Need, Rule, RuleInput
from services.audits.severity import Severity
from services.cognito.actions import RemoveFromGroup


class RoleGroup(Rule):
    id = "role_group"
    title = "Group with an AWS role"
    severity = Severity.HIGH
    why = (
        "Through an identity pool, members act in AWS with the group's IAM role. Whoever may change "
        "memberships can give that role to anybody, themselves included."
    )
    advice = "Check that each of them needs the role, and that the role allows no more than they need."
    about = FindingSubject.GROUPS
    covers = frozenset({Need.USERS, Need.GROUPS})
    fixes = (Fix(RemoveFromGroup, "Take them out of these groups", FixGroups.FOUND),)
    sql = """
        SELECT row, sub, groups, detail FROM users JOIN (
            SELECT row, list("group" ORDER BY "group") AS groups,
                string_agg(role_arn, '; ' ORDER BY "group") AS detail
            FROM held JOIN groups ON name = "group" WHERE role_arn <> '' GROUP BY row
        ) USING (row)
        UNION ALL
        SELECT NULL, '', [name], role_arn || if(unread, ', members not known', ', no members')
        FROM groups JOIN listed USING (name) ANTI JOIN held ON "group" = name WHERE role_arn <> ''
        ORDER BY row NULLS LAST, groups
    """

    def gaps(self, given: RuleInput) -> tuple[str, ...]:
        """Only the groups with a role have to be known."""
        return (*given.missing({Need.USERS, Need.GROUPS}), *given.unread(_with_role(given)))


def _with_role(given: RuleInput) -> list[str]:
    return [name for (name,) in given.rows("SELECT name FROM groups WHERE role_arn <> ''")]
