"""People in more groups than the pool's own measure."""

from __future__ import annotations

import pandas as pd

from services.audits.rule import Choice, Fix, Need, Rule, Severity
from services.audits.rules.crowded import crowded
from services.audits.seen import Seen
from services.bulk.model import Action


class ManyGroups(Rule):
    id = "many_groups"
    title = "In very many groups"
    severity = Severity.LOW
    why = "Rights pile up when people change jobs and nobody takes the old ones away."
    advice = "Ask their manager which groups their present work needs."
    covers = frozenset({Need.USERS, Need.GROUPS, Need.MEMBERSHIPS})
    fixes = (Fix(Action.REMOVE_FROM_GROUPS, "Take them out of some groups", Choice.CHOSEN),)
    thresholds = ("most_groups", "ignore_automatic")

    def query(self, seen: Seen) -> pd.DataFrame:
        return crowded(seen, seen.held, seen.thresholds.most_groups + 1, "in {} groups")
