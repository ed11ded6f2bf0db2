"""What a plan does to people in its own words: created, changed, disabled, offboarded …"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from services.bulk.model import PlanTotals, RowPlan, RowVerdict
from services.bulk.row_actions import LEAVER
from services.cognito.actions import ACTIONS, AttributeChange, Change, MembershipChange, PersonChange


@dataclass(frozen=True, slots=True)
class PlanVerb:
    """One thing done to `count` people: “disable” 12, “disabled” in a sentence."""

    verb: str
    past: str
    count: int

    @property
    def has_object(self) -> bool:
        """Whether the verb says by itself what is done, so that people can only stand behind a “for”."""
        first, *more = self.verb.split()
        return bool(first) and more not in ([], ["out"])

    @property
    def wanted(self) -> str:
        """As on a button: “disable 12”, “set temporary password for 12”."""
        return f"{self.verb} {'for ' if self.has_object else ''}{self.count:,}"

    def told(self, count: str) -> str:
        """As in a sentence, with the number as it is shown there: “12 disabled”, “password set for 12”."""
        return f"{self.past} for {count}" if self.has_object else f"{count} {self.past}"


def count_by_action(rows: Iterable[RowPlan]) -> dict[str, int]:
    """Rows that will be changed in one way that has a name of its own, by that."""
    named = (_name(row) for row in rows if row.verdict is RowVerdict.CHANGE)
    return dict(Counter(filter(None, named)))


def _name(row: RowPlan) -> str:
    if row.action == LEAVER:
        return str(LEAVER)
    kinds = {type(step.change) for step in row.steps}
    kind = kinds.pop() if len(kinds) == 1 else None
    if kind is None or not issubclass(kind, PersonChange):
        return ""
    return "" if issubclass(kind, AttributeChange | MembershipChange) else kind.action


def verbs_of(totals: PlanTotals) -> list[PlanVerb]:
    """What is done to people who exist: the actions with a word of their own, and “change” for all others."""
    found = [
        PlanVerb("offboard", "offboarded", count) if name == LEAVER else _of_action(ACTIONS[name], count)
        for name, count in totals.by_action.items()
    ]
    rest = totals.change - sum(verb.count for verb in found)
    return [PlanVerb("change", "changed", rest), *found] if rest > 0 else found


def _of_action(kind: type[Change], count: int) -> PlanVerb:
    verb = kind.verb_for_many().lower() if issubclass(kind, PersonChange) else kind.verb
    return PlanVerb(verb, kind.past, count)
