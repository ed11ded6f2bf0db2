"""Groups that hand out an AWS role, and who is in them."""

from __future__ import annotations

import pandas as pd

from services.audits.rule import About, Choice, Fix, Need, Rule, Severity, findings
from services.audits.seen import Seen
from services.bulk.model import Action


class RoleGroup(Rule):
    id = "role_group"
    title = "Group with an AWS role"
    severity = Severity.HIGH
    why = (
        "Through an identity pool, members act in AWS with the group's IAM role. Whoever may change "
        "memberships can give that role to anybody, themselves included."
    )
    advice = "Check that each of them needs the role, and that the role allows no more than they need."
    about = About.GROUPS
    covers = frozenset({Need.USERS, Need.GROUPS, Need.ALL_MEMBERSHIPS})
    fixes = (Fix(Action.REMOVE_FROM_GROUPS, "Take them out of these groups", Choice.FOUND),)

    def query(self, seen: Seen) -> pd.DataFrame:
        table = seen.snapshot.groups
        pairs = zip(table["name"].to_pylist(), table["role_arn"].to_pylist(), strict=True)
        roles = {name: role for name, role in sorted(pairs) if role}
        memberships = seen.all_memberships
        holders = memberships[memberships["group"].isin(list(roles))]
        groups = seen.member_names(holders, set(holders["sub"]))
        found = [sub for sub in seen.people["sub"] if sub in groups]
        empty = [name for name in roles if name not in set(holders["group"])]
        return findings(
            [*found, *[""] * len(empty)],
            groups=[*(groups[sub] for sub in found), *((name,) for name in empty)],
            details=[
                *("; ".join(roles[name] for name in groups[sub]) for sub in found),
                *(f"{roles[name]}, no members" for name in empty),
            ],
        )

    def gaps(self, seen: Seen) -> tuple[str, ...]:
        """Only the groups with a role have to be known."""
        table = seen.snapshot.groups
        pairs = zip(table["name"].to_pylist(), table["role_arn"].to_pylist(), strict=True)
        return (
            *seen.missing({Need.USERS, Need.GROUPS}),
            *seen.unread(name for name, role in pairs if role),
        )
