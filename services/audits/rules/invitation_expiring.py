"""Invitations about to run out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from services.audits.rule import Fix, Rule, Severity, findings
from services.audits.rules.invitation_expired import ESTIMATE
from services.audits.rules.times import expiries, since
from services.audits.seen import DAY, Seen
from services.bulk.model import Action

HOUR = 3_600_000


class InvitationExpiring(Rule):
    id = "invitation_expiring"
    title = "Invitation about to expire"
    severity = Severity.LOW
    why = "These people can still sign in with their temporary password, but not for long."
    advice = "Remind them, or send the invitation again, which starts the time anew."
    fixes = (Fix(Action.RESEND_INVITE, "Send the invitation again"),)
    thresholds = ("expiring_days",)
    note = ESTIMATE

    def query(self, seen: Seen) -> pd.DataFrame:
        invited, ends = expiries(seen)
        soon = (ends > seen.now) & (ends <= seen.now + seen.thresholds.expiring_days * DAY)
        order = np.argsort(ends[soon], kind="stable")
        found, ending = invited[soon][order], ends[soon][order]
        details = [f"expires in {_left(int(end) - seen.now)}" for end in ending]
        return findings(seen.subs(found), details=details, since=since(ending))


def _left(milliseconds: int) -> str:
    hours = milliseconds // HOUR
    if hours < 1:
        return "less than an hour"
    return "1 hour" if hours == 1 else f"{hours} hours" if hours < 48 else f"{hours // 24} days"
