"""Registrations that were never confirmed."""

from __future__ import annotations

import pandas as pd

from services.audits.rule import Fix, Rule, Severity, findings
from services.audits.rules.times import days, since, waiting
from services.audits.seen import DAY, Seen
from services.bulk.model import Action
from services.cognito.models import UserStatus


class Unconfirmed(Rule):
    id = "unconfirmed"
    title = "Registration never confirmed"
    severity = Severity.LOW
    why = (
        "They registered and never entered the code, which is valid for 24 hours: a typing error in the "
        "address, a lost message, or a robot."
    )
    advice = "Confirm those you know, disable the others. Confirming doesn't verify the e-mail address."
    fixes = (Fix(Action.CONFIRM, "Confirm them"), Fix(Action.DISABLE, "Disable them"))
    thresholds = ("unconfirmed_days",)

    def query(self, seen: Seen) -> pd.DataFrame:
        days_ago = seen.thresholds.unconfirmed_days
        found = waiting(seen, seen.created, days_ago, UserStatus.UNCONFIRMED)
        registered = seen.created[found]
        details = [f"registered {days((seen.now - at) // DAY)} ago" for at in registered]
        return findings(seen.subs(found), details=details, since=since(registered))
