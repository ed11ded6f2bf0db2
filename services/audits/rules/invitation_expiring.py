"""Invitations about to run out."""

from __future__ import annotations

from services.audits.rule import Fix, Rule
from services.audits.rules.invitation_expired import ESTIMATE
from services.audits.severity import Severity
from services.cognito.actions import ResendInvitation


class InvitationExpiring(Rule):
    id = "invitation_expiring"
    title = "Invitation about to expire"
    severity = Severity.LOW
    why = "These people can still sign in with their temporary password, but not for long."
    advice = "Remind them, or send the invitation again, which starts the time anew."
    fixes = (Fix(ResendInvitation, "Send the invitation again"),)
    thresholds = ("expiring_days",)
    note = ESTIMATE
    sql = """
        SELECT sub, expiry AS since, 'expires in ' || time_left($now, expiry) AS detail
        FROM (SELECT *, invitation_expiry(status, invited_from) AS expiry FROM users)
        WHERE enabled AND expiry > $now AND expiry <= $now + to_hours(24 * $expiring_days)
        ORDER BY expiry, row
    """
