"""People who come through an identity provider, and could come by password as well.

A login page without the pool's own accounts leaves the API open to them (API reference,
SupportedIdentityProviders).
"""

from __future__ import annotations

from services.audits.rule import Rule
from services.audits.severity import Severity


class ElsewhereWithPassword(Rule):
    id = "elsewhere_with_password"
    title = "Signs in elsewhere, and by password too"
    severity = Severity.LOW
    why = (
        "Who leaves the company loses the account there, and still gets in here with the password; what the "
        "company asks of its sign-ins (a second factor) isn't asked here."
    )
    advice = (
        "Disable them when they leave. Where nobody is to come by password, take the pool's own accounts off "
        "the login page of the application, and turn off its ways to sign in through the API (Configuration, "
        "Applications, App client)."
    )
    sql = """
        SELECT sub, format('through {}', string_agg(DISTINCT provider, ', ' ORDER BY provider)) AS detail
        FROM users JOIN links USING (row)
        WHERE enabled AND status IN ('CONFIRMED', 'FORCE_CHANGE_PASSWORD')
        GROUP BY row, sub
        ORDER BY row
    """
