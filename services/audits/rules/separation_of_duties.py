"""People who hold two groups that nobody may hold together."""

from __future__ import annotations

from services.audits.rule import Fix, FixGroups, Need, Rule, RuleInput
from services.audits.severity import Severity
from services.cognito.actions import RemoveFromGroup


class SeparationOfDuties(Rule):
    id = "separation_of_duties"
    title = "Holds groups that don't go together"
    severity = Severity.HIGH
    why = "Whoever may both ask and approve needs nobody else's eyes: fraud and mistakes stay unseen."
    advice = "Take each of them out of one of the two groups."
    covers = frozenset({Need.USERS, Need.GROUPS, Need.ALL_MEMBERSHIPS})
    fixes = (Fix(RemoveFromGroup, "Take them out of one group", FixGroups.CHOSEN),)
    thresholds = ("apart",)
    sql = """
        SELECT sub, [one, other] AS groups, format('in {} and in {}', one, other) AS detail
        FROM apart
        JOIN held first ON first."group" = one
        JOIN held second ON second."group" = other AND second.row = first.row
        JOIN users ON users.row = first.row
        ORDER BY number, first.row
    """

    def unanswered(self, given: RuleInput, found: int) -> str:  # noqa: ARG002
        if given.thresholds.apart:
            return ""
        return "No pairs of groups that nobody may hold together are set up for this pool."

    def gaps(self, given: RuleInput) -> tuple[str, ...]:
        """Only the groups of the pairs have to be known; one that isn't there is most likely mistyped."""
        named = {name for pair in given.thresholds.apart for name in pair}
        gone = sorted(named - set(given.snapshot.group_names), key=str.casefold)
        lost = () if not gone else (f"There is no group {', '.join(gone)} in this pool; correct the pairs.",)
        return (*given.missing({Need.USERS, Need.GROUPS}), *given.unread(named), *lost)
