"""Invitations whose temporary password has run out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from services.audits.rule import Fix, Rule, Severity, findings
from services.audits.rules.times import days, expiries, since
from services.audits.seen import DAY, Seen
from services.bulk.model import Action

ESTIMATE = (
    "The time is an estimate from the last change of each person: Cognito doesn't tell when a temporary "
    "password was set, so an edit since then makes it too late."
)


class InvitationExpired(Rule):
    id = "invitation_expired"
    title = "Invitation expired"
    severity = Severity.MEDIUM
    why = "The temporary password has run out, so these people can't sign in and will call the help desk."
    advice = "Send the invitation again, or disable people who never came."
    fixes = (
        Fix(Action.RESEND_INVITE, "Send the invitation again"),
        Fix(Action.DISABLE, "Disable them"),
    )
    note = ESTIMATE

    def query(self, seen: Seen) -> pd.DataFrame:
        invited, ends = expiries(seen)
        over = ends <= seen.now
        order = np.argsort(ends[over], kind="stable")
        found, ended = invited[over][order], ends[over][order]
        details = [f"expired {days((seen.now - end) // DAY)} ago" for end in ended]
        return findings(seen.subs(found), details=details, since=since(ended))
