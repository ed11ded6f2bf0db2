"""Disabled people who are still in groups."""

from __future__ import annotations

import numpy as np
import pandas as pd

from services.audits.rule import Choice, Fix, Need, Rule, Severity, findings
from services.audits.seen import Seen
from services.bulk.model import Action


class DisabledMember(Rule):
    id = "disabled_member"
    title = "Disabled, but still in groups"
    severity = Severity.MEDIUM
    why = "Whoever enables the account again gives back everything at once, and group lists count leavers."
    advice = "Take them out of their groups; delete accounts that nobody needs any more."
    covers = frozenset({Need.USERS, Need.GROUPS, Need.MEMBERSHIPS})
    fixes = (
        Fix(Action.REMOVE_FROM_GROUPS, "Take them out of these groups", Choice.FOUND),
        Fix(Action.DELETE, "Delete them"),
    )
    thresholds = ("ignore_automatic",)

    def query(self, seen: Seen) -> pd.DataFrame:
        members = seen.held.counts(len(seen.snapshot)) > 0
        found = np.flatnonzero(~seen.enabled & members)
        return findings(seen.subs(found), groups=seen.names_held(seen.held, found))
