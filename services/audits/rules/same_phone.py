"""One phone number on several people."""

from __future__ import annotations

from services.audits.rule import Fix, Rule
from services.audits.severity import Severity
from services.cognito.actions import DisableUser


class SamePhone(Rule):
    id = "same_phone"
    title = "Same phone number on several people"
    severity = Severity.LOW
    why = (
        "Codes sent to one phone open several accounts: a shared device, or one person with several accounts."
    )
    advice = "Find out whose number it is; correct the others, or disable accounts that aren't used."
    fixes = (Fix(DisableUser, "Disable them"),)
    sql = """
        WITH keyed AS (
            SELECT row, sub, phone_number, stripped(phone_number) AS key FROM users WHERE phone_number <> ''
        ), shared AS (
            SELECT key, count(*) - 1 AS others FROM keyed WHERE key <> '' GROUP BY key HAVING others > 0
        )
        SELECT sub, format('{} (with {})', phone_number, other_people(others)) AS detail
        FROM keyed JOIN shared USING (key)
        ORDER BY key, row
    """
