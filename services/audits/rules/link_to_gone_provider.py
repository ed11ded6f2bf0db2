"""People who are linked with an identity provider that the pool doesn't have any more.

AdminDisableProviderForUser wants the name of a provider that the pool has (service model).
"""

from __future__ import annotations

from services.audits.rule import Fix, Rule, RuleInput
from services.audits.severity import Severity
from services.cognito.actions import DisableUser


class LinkToGoneProvider(Rule):
    id = "link_to_gone_provider"
    title = "Linked with a provider that is gone"
    severity = Severity.MEDIUM
    why = (
        "Nobody gets in through it. A provider that is added again under the same name would let whoever has "
        "these ids there into these accounts."
    )
    advice = (
        "AWS takes a link away only while its provider is there: to do so, add it again under the same name, "
        "unlink them on their pages or by a file, and delete it. Disable who came through it alone."
    )
    fixes = (Fix(DisableUser, "Disable them"),)
    sql = """
        SELECT sub, format('through {}', string_agg(DISTINCT provider, ', ' ORDER BY provider)) AS detail
        FROM users JOIN links USING (row)
        WHERE gone
        GROUP BY row, sub
        ORDER BY row
    """

    def unanswered(self, given: RuleInput, found: int) -> str:  # noqa: ARG002 - the shape of a rule
        if given.setting.providers is not None:
            return ""
        return "The pool's identity providers could not be listed, so nobody can say which are gone."
