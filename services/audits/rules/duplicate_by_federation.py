"""People with a profile that an identity provider made, beside another one."""

from __future__ import annotations

from services.audits.rule import Rule
from services.audits.severity import Severity


class DuplicateByFederation(Rule):
    id = "duplicate_by_federation"
    title = "Two profiles, one made by a provider"
    severity = Severity.MEDIUM
    why = (
        "Whoever comes through a provider for the first time gets a profile of its own, without the groups "
        "and settings of another one: they seem to have lost everything."
    )
    advice = (
        "Decide which profile stays. To have one: delete the provider's, link its id with the other, then "
        "let them sign in again (Cognito links before the first sign-in only)."
    )
    note = "Profiles are taken for the same person's by their e-mail address, however it is written."
    sql = """
        WITH keyed AS (
            SELECT row, sub, email, username, status = 'EXTERNAL_PROVIDER' AS made, mailbox(email) AS key
            FROM users WHERE email <> ''
        ), shared AS (
            SELECT key, count(*) - 1 AS others FROM keyed WHERE key <> ''
            GROUP BY key HAVING others > 0 AND bool_or(made)
        )
        SELECT sub, format(
            '{} ({}, with {})',
            email,
            CASE WHEN made THEN 'made by ' || split_part(username, '_', 1) ELSE 'of the pool' END,
            other_people(others)
        ) AS detail
        FROM keyed JOIN shared USING (key)
        ORDER BY key, row
    """
