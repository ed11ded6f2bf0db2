"""People in no group."""

from __future__ import annotations

import numpy as np
import pandas as pd

from services.audits.rule import Choice, Fix, Need, Rule, Severity, findings
from services.audits.seen import Seen
from services.bulk.model import Action


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
        Fix(Action.ADD_TO_GROUPS, "Add them to groups", Choice.CHOSEN),
        Fix(Action.DISABLE, "Disable them"),
    )
    thresholds = ("ignore_automatic",)

    def query(self, seen: Seen) -> pd.DataFrame:
        alone = np.flatnonzero(seen.held.counts(len(seen.snapshot)) == 0)
        details = [
            f"only in {', '.join(names)}, which Cognito fills by itself" if names else ""
            for names in seen.names_held(seen.all_memberships, alone)
        ]
        return findings(seen.subs(alone), details=details)
