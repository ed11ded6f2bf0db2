"""People near Cognito's limit of groups for one person."""

from __future__ import annotations

import pandas as pd

from services.audits.rule import Choice, Fix, Need, Rule, Severity
from services.audits.rules.crowded import crowded
from services.audits.seen import Seen
from services.bulk.model import Action
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
    fixes = (Fix(Action.REMOVE_FROM_GROUPS, "Take them out of some groups", Choice.CHOSEN),)
    thresholds = ("near_limit",)
    note = "Automatic groups of identity providers count here, because Cognito counts them."

    def query(self, seen: Seen) -> pd.DataFrame:
        least = seen.thresholds.near_limit
        return crowded(seen, seen.all_memberships, least, f"in {{}} of {MOST_GROUPS_PER_USER} groups")
