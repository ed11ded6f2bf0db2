"""Registrations that were never confirmed."""

from __future__ import annotations

from services.audits.rule import Fix, Rule
from services.audits.severity import Severity
from services.cognito.actions import ConfirmUser, DisableUser


class Unconfirmed(Rule):
    id = "unconfirmed"
    title = "Registration never confirmed"
    severity = Severity.LOW
    why = (
        "They registered and were never confirmed. A code that is sent for that is valid for 24 hours: a "
        "typing error in the address, a lost message, or a robot."
    )
    advice = "Confirm those you know, disable the others. Confirming doesn't verify the e-mail address."
    fixes = (Fix(ConfirmUser, "Confirm them"), Fix(DisableUser, "Disable them"))
    thresholds = ("unconfirmed_days",)
    sql = """
        SELECT sub, created AS since,
            format('registered {} ago', day_words(datesub('day', created, $now))) AS detail
        FROM users
        WHERE enabled AND status = 'UNCONFIRMED' AND created <= $now - to_hours(24 * $unconfirmed_days)
        ORDER BY created, row
    """
