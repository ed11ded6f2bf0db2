"""Invitations whose temporary password has run out."""

from __future__ import annotations

from services.audits.rule import Fix, Rule
from services.audits.severity import Severity
from services.cognito.actions import DisableUser, ResendInvitation

ESTIMATE = (
    "Cognito doesn't tell when a temporary password was set. It counts from when the person was created, or "
    "from what this console's log says; who was changed since without its knowing stands under “Invited, "
    "unknown whether expired” and isn't found here."
)


class InvitationExpired(Rule):
    id = "invitation_expired"
    title = "Invitation expired"
    severity = Severity.MEDIUM
    why = "The temporary password has run out, so these people can't sign in and will call the help desk."
    advice = (
        "Send the invitation again, or disable people who never came; those who are disabled already can be "
        "deleted."
    )
    fixes = (
        Fix(ResendInvitation, "Send the invitation again"),
        Fix(DisableUser, "Disable them"),
    )
    note = ESTIMATE
    sql = """
        SELECT sub, expiry AS since,
            format('expired {} ago', day_words(datesub('day', expiry, $now))) AS detail
        FROM (SELECT *, invitation_expiry(status, invited_from) AS expiry FROM users)
        WHERE state_at(status, invited_from, invited_until, $now) = 'expired'
        ORDER BY expiry, row
    """
