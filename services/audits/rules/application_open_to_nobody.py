"""Applications that nobody can sign in to."""

from __future__ import annotations

import numpy as np
import pandas as pd

from services.audits.rule import About, Need, Rule, Severity, findings
from services.audits.seen import Seen
from services.store.applications import Application


class ApplicationOpenToNobody(Rule):
    id = "application_open_to_nobody"
    title = "Application open to nobody"
    severity = Severity.MEDIUM
    why = "No enabled person is in any of the groups that it accepts: nobody can sign in to it."
    advice = "Add people to its groups, or correct its allowed groups under Configuration."
    about = About.APPLICATIONS
    needs = frozenset({Need.USERS, Need.GROUPS})
    covers = frozenset()

    def unanswered(self, seen: Seen) -> str:
        return "" if seen.applications else "No application of this pool is set up in this console."

    def query(self, seen: Seen) -> pd.DataFrame:
        open_groups = _groups_with_enabled(seen)
        unread = seen.snapshot.completeness.unread_groups
        closed = [
            one
            for one in seen.applications
            if not open_groups & set(one.allowed_groups) and not unread & set(one.allowed_groups)
        ]
        existing = set(seen.snapshot.group_names)
        return findings(
            applications=[one.name for one in closed],
            groups=[one.allowed_groups for one in closed],
            details=[_why(one, existing) for one in closed],
        )

    def gaps(self, seen: Seen) -> tuple[str, ...]:
        """Only applications for which no open group is known depend on what wasn't read."""
        open_groups = _groups_with_enabled(seen)
        asked = {
            name
            for one in seen.applications
            if not open_groups & set(one.allowed_groups)
            for name in one.allowed_groups
        }
        return (*seen.missing(self.needs), *seen.unread(asked))


def _groups_with_enabled(seen: Seen) -> set[str]:
    members = seen.all_memberships
    known = members.person >= 0
    enabled = members.group[known][seen.enabled[members.person[known]]]
    return {seen.group_names[code] for code in np.unique(enabled)}


def _why(application: Application, existing: set[str]) -> str:
    if not application.allowed_groups:
        return "it accepts no group"
    if not existing & set(application.allowed_groups):
        return "none of its groups exists in this pool"
    return "its groups have no enabled member"
