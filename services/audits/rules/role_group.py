"""Groups that hand out an AWS role, and who is in them."""

from __future__ import annotations

import numpy as np
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
    covers = frozenset({Need.USERS, Need.GROUPS})
    fixes = (Fix(Action.REMOVE_FROM_GROUPS, "Take them out of these groups", Choice.FOUND),)

    def query(self, seen: Seen) -> pd.DataFrame:
        roles = _roles(seen)
        holders = seen.all_memberships.inside(seen.codes(roles))
        found = np.flatnonzero(holders.counts(len(seen.snapshot)))
        groups = seen.names_held(holders, found)
        filled = {seen.group_names[code] for code in np.unique(holders.group)}
        empty = [name for name in roles if name not in filled]
        unread = seen.snapshot.completeness.unread_groups
        said = {name: "members not known" if name in unread else "no members" for name in empty}
        return findings(
            [*seen.subs(found), *[""] * len(empty)],
            groups=[*groups, *((name,) for name in empty)],
            details=[
                *("; ".join(roles[name] for name in names) for names in groups),
                *(f"{roles[name]}, {said[name]}" for name in empty),
            ],
        )

    def gaps(self, seen: Seen) -> tuple[str, ...]:
        """Only the groups with a role have to be known."""
        return (*seen.missing({Need.USERS, Need.GROUPS}), *seen.unread(_roles(seen)))


def _roles(seen: Seen) -> dict[str, str]:
    """The AWS role of each group that gives one, by the group's name."""
    table = seen.snapshot.groups
    pairs = zip(table["name"].to_pylist(), table["role_arn"].to_pylist(), strict=True)
    return {name: role for name, role in sorted(pairs) if role}
