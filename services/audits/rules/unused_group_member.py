"""Members of groups that no application uses."""

from __future__ import annotations

import numpy as np
import pandas as pd

from services.audits.rule import Choice, Fix, Need, Rule, Severity, findings
from services.audits.seen import Seen
from services.bulk.model import Action


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
    fixes = (Fix(Action.REMOVE_FROM_GROUPS, "Take them out of these groups", Choice.FOUND),)
    thresholds = ("ignore_automatic",)

    def unanswered(self, seen: Seen) -> str:
        if seen.applications:
            return ""
        return "No application of this pool is set up in this console, so nobody knows which groups are used."

    def query(self, seen: Seen) -> pd.DataFrame:
        used = {name for one in seen.applications for name in one.allowed_groups}
        left = seen.held.outside(seen.codes(used))
        found = np.flatnonzero(left.counts(len(seen.snapshot)))
        return findings(seen.subs(found), groups=seen.names_held(left, found))
