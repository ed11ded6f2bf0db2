"""One e-mail address on several people."""

from __future__ import annotations

from services.audits.rule import Fix, Rule
from services.audits.severity import Severity
from services.cognito.actions import DisableUser


class SameEmail(Rule):
    id = "same_email"
    title = "Same e-mail on several people"
    severity = Severity.MEDIUM
    why = (
        "One person with several accounts keeps rights that nobody sees together; a shared address lets one "
        "reset another's password."
    )
    advice = "Find out which account is used, and disable the others."
    fixes = (Fix(DisableUser, "Disable them"),)
    note = "Capital letters and anything after a + (ann+test@…) make no difference here."
    sql = """
        WITH keyed AS (
            SELECT row, sub, email, mailbox(email) AS key FROM users WHERE email <> ''
        ), shared AS (
            SELECT key, count(*) - 1 AS others FROM keyed WHERE key <> '' GROUP BY key HAVING others > 0
        )
        SELECT sub, format('{} (with {})', email, other_people(others)) AS detail
        FROM keyed JOIN shared USING (key)
        ORDER BY key, row
    """
