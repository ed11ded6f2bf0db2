"""Accounts that nothing has happened to for long. Cognito lists no last sign-in, and this rule says so."""

from __future__ import annotations

from services.audits.rule import Fix, Rule, RuleInput
from services.audits.severity import Severity
from services.cognito.actions import DisableUser, SignOutUser
from services.words import counted, people

NO_LAST_SIGN_IN = "Cognito lists no last sign-in; the changed date is shown."


class Dormant(Rule):
    id = "dormant"
    title = "Not changed for long (maybe dormant)"
    severity = Severity.INFO
    why = (
        "Accounts nobody uses are doors nobody watches. A changed date proves nothing: signing in doesn't "
        "move it."
    )
    advice = (
        "Look up when those you doubt were last active (where the pool keeps sign-ins or sessions; a session "
        "that ended leaves no trace), ask, then disable. Disabling can be undone."
    )
    fixes = (Fix(DisableUser, "Disable them"), Fix(SignOutUser, "Sign them out everywhere"))
    thresholds = ("dormant_days",)
    sql = """
        SELECT sub, changed AS since, CASE
            WHEN s.sub IS NULL THEN ''
            ELSE coalesce('last active ' || calendar_day(signed_in), 'no sign-in is recorded')
            END AS detail
        FROM users JOIN standings USING (row) LEFT JOIN sign_ins s USING (sub)
        WHERE standing IN ('open', 'elsewhere')
            AND changed <= $now - to_hours(24 * $dormant_days)
            AND coalesce(signed_in <= $now - to_hours(24 * $dormant_days), true)
        ORDER BY changed, row
    """

    def remark(self, given: RuleInput) -> str:
        asked = len(given.setting.sign_ins)
        if not asked:
            return NO_LAST_SIGN_IN
        whom = people(asked)
        return f"{NO_LAST_SIGN_IN} For {whom} sign-ins and live sessions were looked up."

    def unanswered(self, given: RuleInput, found: int) -> str:
        if found:
            return ""
        days = given.thresholds.dormant_days
        return (
            f"{NO_LAST_SIGN_IN} Everybody's is younger than {counted(days, 'day')}, which proves no sign-in."
        )
