"""People who hold two groups that nobody may hold together."""

from __future__ import annotations

import numpy as np
import pandas as pd

from services.audits.rule import Choice, Fix, Need, Rule, Severity, findings
from services.audits.seen import Seen
from services.bulk.model import Action


class SeparationOfDuties(Rule):
    id = "separation_of_duties"
    title = "Holds groups that don't go together"
    severity = Severity.HIGH
    why = "Whoever may both ask and approve needs nobody else's eyes: fraud and mistakes stay unseen."
    advice = "Take each of them out of one of the two groups."
    covers = frozenset({Need.USERS, Need.GROUPS, Need.ALL_MEMBERSHIPS})
    fixes = (Fix(Action.REMOVE_FROM_GROUPS, "Take them out of one group", Choice.CHOSEN),)
    thresholds = ("apart",)

    def unanswered(self, seen: Seen) -> str:
        if seen.thresholds.apart:
            return ""
        return "No pairs of groups that nobody may hold together are set up for this pool."

    def query(self, seen: Seen) -> pd.DataFrame:
        memberships = seen.all_memberships
        subs: list[str] = []
        groups: list[tuple[str, str]] = []
        for one, other in seen.thresholds.apart:
            first = memberships.inside(seen.codes([one])).person
            second = memberships.inside(seen.codes([other])).person
            both = np.intersect1d(first, second)
            subs.extend(seen.subs(both[both >= 0]))
            groups.extend([(one, other)] * int((both >= 0).sum()))
        details = [f"in {one} and in {other}" for one, other in groups]
        return findings(subs, groups=groups, details=details)

    def gaps(self, seen: Seen) -> tuple[str, ...]:
        """Only the groups of the pairs have to be known; one that isn't there is most likely mistyped."""
        named = {name for pair in seen.thresholds.apart for name in pair}
        gone = sorted(named - set(seen.snapshot.group_names), key=str.casefold)
        lost = () if not gone else (f"There is no group {', '.join(gone)} in this pool; correct the pairs.",)
        return (*seen.missing({Need.USERS, Need.GROUPS}), *seen.unread(named), *lost)
