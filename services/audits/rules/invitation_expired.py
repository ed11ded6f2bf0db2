"""Invitations whose temporary password has run out."""

from __future__ import annotations

from services.audits.rule import Fix, Rule, Severity
from services.cognito.actions import DisableUser, ResendInvitation

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
        Fix(ResendInvitation, "Send the invitation again"),
        Fix(DisableUser, "Disable them"),
    )
    note = ESTIMATE
    sql = """
        SELECT sub, expiry AS since,
            format('expired {} ago', day_words(datesub('day', expiry, $now))) AS detail
        FROM (SELECT *, invitation_expiry(status, created, changed) AS expiry FROM users)
        WHERE enabled AND state_at(status, created, changed, $now) = 'expired'
        ORDER BY expiry, row
    """
