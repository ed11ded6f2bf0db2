"""Applications that nobody can sign in to."""

from __future__ import annotations

from services.audits.rule import FindingSubject, Need, Rule, RuleInput
from services.audits.severity import Severity


class ApplicationOpenToNobody(Rule):
    id = "application_open_to_nobody"
    title = "Application open to nobody"
    severity = Severity.MEDIUM
    why = "No enabled person is in any of the groups that it accepts: nobody can sign in to it."
    advice = "Add people to its groups, or correct its allowed groups under Configuration."
    about = FindingSubject.APPLICATIONS
    needs = frozenset({Need.USERS, Need.GROUPS})
    covers = frozenset()
    sql = """
        SELECT name AS application, groups, CASE
            WHEN len(groups) = 0 THEN 'it accepts no group'
            WHEN NOT list_has_any(groups, (SELECT coalesce(list(name::VARCHAR), []) FROM listed))
            THEN 'none of its groups exists in this pool'
            ELSE 'its groups have no enabled member' END AS detail
        FROM applications
        WHERE NOT open AND NOT list_has_any(groups, $unread)
        ORDER BY number
    """

    def unanswered(self, given: RuleInput, found: int) -> str:  # noqa: ARG002
        return "" if given.applications else "No application of this pool is set up in this console."

    def gaps(self, given: RuleInput) -> tuple[str, ...]:
        """Only applications for which no open group is known depend on what wasn't read."""
        asked = given.rows("SELECT DISTINCT unnest(groups) FROM applications WHERE NOT open")
        return (*given.missing(self.needs), *given.unread(name for (name,) in asked))
