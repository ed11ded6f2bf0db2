"""E-mail addresses that are used for signing in and were never verified."""

from __future__ import annotations

from services.audits.rule import Fix, Rule, RuleInput
from services.audits.severity import Severity
from services.cognito.actions import DisableUser, UpdateAttributes


class UnverifiedEmail(Rule):
    id = "unverified_email"
    title = "Unverified e-mail in use for sign-in"
    severity = Severity.HIGH
    why = (
        "Nobody has shown that the address is theirs. A mistyped one belongs to a stranger, and without a "
        "verified address no code for a forgotten password can be sent."
    )
    advice = (
        "Let them verify it (applications can send a code), or mark it as verified if you know that it is "
        "theirs."
    )
    fixes = (
        Fix(UpdateAttributes, "Mark the addresses as verified", attributes=(("email_verified", "true"),)),
        Fix(DisableUser, "Disable them"),
    )
    sql = """
        SELECT sub FROM users
        WHERE $email_signs_in AND enabled
            AND status IN ('CONFIRMED', 'FORCE_CHANGE_PASSWORD', 'RESET_REQUIRED')
            AND email <> '' AND coalesce(lower(email_verified), '') <> 'true'
        ORDER BY row
    """

    def remark(self, given: RuleInput) -> str:
        pool = given.snapshot.about.pool
        if "email" in pool.username_attributes:
            return "In this pool people sign in with their e-mail address, verified or not."
        if "email" in pool.alias_attributes:
            return (
                "In this pool an e-mail address works as a second name once it is verified; until then these "
                "people can only use their username."
            )
        return "In this pool nobody signs in with an e-mail address, so there is nothing to check."
