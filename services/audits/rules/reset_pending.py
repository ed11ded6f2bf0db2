"""Password resets that were begun and not finished."""

from __future__ import annotations

from services.audits.rule import Fix, Rule
from services.audits.severity import Severity
from services.cognito.actions import DisableUser, SetPassword


class ResetPending(Rule):
    id = "reset_pending"
    title = "Password reset pending"
    severity = Severity.LOW
    why = (
        "Their old password no longer works and they have chosen no new one: until they do, they can't sign "
        "in."
    )
    advice = (
        "Ask them to choose “Forgot password”, or set a temporary password, the only way for those whom no "
        "code can reach. Disable accounts nobody misses."
    )
    fixes = (
        Fix(SetPassword, "Set temporary passwords"),
        Fix(DisableUser, "Disable them"),
    )
    thresholds = ("reset_days",)
    note = "Counted from the last change of each person; Cognito doesn't tell when the reset began."
    sql = """
        SELECT sub, changed AS since,
            format('waiting for {}', day_words(datesub('day', changed, $now)))
            || CASE WHEN standing = 'stuck' THEN '; no code can reach them' ELSE '' END AS detail
        FROM users JOIN standings USING (row)
        WHERE enabled AND status = 'RESET_REQUIRED' AND changed <= $now - to_hours(24 * $reset_days)
        ORDER BY changed, row
    """
