"""People in no group."""

from __future__ import annotations

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
        people = seen.people
        alone = people.loc[~people["sub"].isin(seen.held["sub"]), "sub"]
        automatic = seen.member_names(seen.all_memberships, list(alone)) if len(alone) else {}
        details = [
            f"only in {', '.join(automatic[sub])}, which Cognito fills by itself" if sub in automatic else ""
            for sub in alone
        ]
        return findings(alone, details=details)
