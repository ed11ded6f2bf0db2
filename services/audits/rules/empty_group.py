"""Groups without members."""

from __future__ import annotations

import numpy as np
import pandas as pd

from services.audits.rule import About, Need, Rule, Severity, findings
from services.audits.seen import Seen


class EmptyGroup(Rule):
    id = "empty_group"
    title = "Empty group"
    severity = Severity.LOW
    why = (
        "A group nobody is in clutters every list, and gives whoever is added by mistake the rights it once "
        "had."
    )
    advice = "Open the group: delete it if nobody needs it, or add the people it was made for."
    about = About.GROUPS
    needs = frozenset({Need.USERS})
    covers = frozenset({Need.GROUPS, Need.MEMBERSHIPS})
    thresholds = ("ignore_automatic",)

    def query(self, seen: Seen) -> pd.DataFrame:
        unread = seen.snapshot.completeness.unread_groups
        filled = set(np.unique(seen.all_memberships.group))
        empty = [
            name
            for code, name in enumerate(seen.group_names)
            if code not in filled and name not in unread and not seen.is_ignored(name)
        ]
        users = {
            name: ", ".join(one.name for one in seen.applications if name in one.allowed_groups)
            for name in empty
        }
        details = [f"used by {users[name]}" if users[name] else "" for name in empty]
        return findings(groups=[(name,) for name in empty], details=details)
