"""Accounts that nothing has happened to for long. Cognito has no last sign-in, and this rule says so."""

from __future__ import annotations

import pandas as pd

from services.audits.rule import Fix, Rule, Severity, findings
from services.audits.rules.times import since, waiting
from services.audits.seen import Seen, moment
from services.bulk.model import Action
from services.cognito.models import UserStatus
from services.words import people

NO_LAST_SIGN_IN = "Cognito has no last sign-in; the changed date is shown."
_HAS_SIGNED_IN = (UserStatus.CONFIRMED, UserStatus.EXTERNAL_PROVIDER)


class Dormant(Rule):
    id = "dormant"
    title = "Not changed for long (maybe dormant)"
    severity = Severity.INFO
    why = (
        "Accounts nobody uses are doors nobody watches. A changed date proves nothing: signing in doesn't "
        "move it."
    )
    advice = (
        "Look up the sign-ins of those you doubt (where the pool records them), ask, then disable. "
        "Disabling can be undone."
    )
    fixes = (Fix(Action.DISABLE, "Disable them"), Fix(Action.SIGN_OUT, "Sign them out everywhere"))
    thresholds = ("dormant_days",)

    def query(self, seen: Seen) -> pd.DataFrame:
        limit, known = seen.before(seen.thresholds.dormant_days), seen.setting.sign_ins
        rows = waiting(seen, seen.changed, seen.thresholds.dormant_days, *_HAS_SIGNED_IN)
        subs = seen.subs(rows)
        if not known:
            return findings(subs, since=since(seen.changed[rows]))
        awake = {sub for sub, one in known.items() if one.at is not None and one.at > moment(limit)}
        kept = [place for place, sub in enumerate(subs) if sub not in awake]
        found = [subs[place] for place in kept]
        details = [_last(seen, sub) for sub in found]
        return findings(found, details=details, since=since(seen.changed[rows[kept]]))

    def remark(self, seen: Seen) -> str:
        asked = len(seen.setting.sign_ins)
        if not asked:
            return NO_LAST_SIGN_IN
        whom = people(asked)
        return f"{NO_LAST_SIGN_IN} For {whom} the recorded sign-ins were looked up."

    def unanswered(self, seen: Seen) -> str:
        if len(self.query(seen)):
            return ""
        days = seen.thresholds.dormant_days
        return f"{NO_LAST_SIGN_IN} Everybody's is younger than {days} days, which proves no sign-in."


def _last(seen: Seen, sub: str) -> str:
    one = seen.setting.sign_ins.get(sub)
    if one is None:
        return ""
    return f"last sign-in {one.at.date().isoformat()}" if one.at else "no sign-in is recorded"
