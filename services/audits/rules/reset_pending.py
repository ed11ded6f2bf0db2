"""Password resets that were begun and not finished."""

from __future__ import annotations

import pandas as pd

from services.audits.rule import Fix, Rule, Severity, findings
from services.audits.rules.times import days, since, waiting
from services.audits.seen import DAY, Seen
from services.bulk.model import Action
from services.cognito.models import UserStatus


class ResetPending(Rule):
    id = "reset_pending"
    title = "Password reset pending"
    severity = Severity.LOW
    why = "Their old password no longer works and they have chosen no new one: they can't sign in."
    advice = (
        "Ask them to choose “Forgot password”, or set a temporary password. Disable accounts nobody misses."
    )
    fixes = (
        Fix(Action.SET_PASSWORD, "Set temporary passwords"),
        Fix(Action.DISABLE, "Disable them"),
    )
    thresholds = ("reset_days",)
    note = "Counted from the last change of each person; Cognito doesn't tell when the reset began."

    def query(self, seen: Seen) -> pd.DataFrame:
        found = waiting(seen, seen.changed, seen.thresholds.reset_days, UserStatus.RESET_REQUIRED)
        changed = seen.changed[found]
        details = [f"waiting for {days((seen.now - at) // DAY)}" for at in changed]
        return findings(seen.subs(found), details=details, since=since(changed))
