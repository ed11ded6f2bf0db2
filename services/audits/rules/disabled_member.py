"""Disabled people who are still in groups."""

from __future__ import annotations

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
        people = seen.people
        disabled = people.loc[~people["enabled"], "sub"]
        groups = seen.member_names(seen.held, list(disabled))
        found = [sub for sub in disabled if sub in groups]
        return findings(found, groups=[groups[sub] for sub in found])
