"""Groups without members."""

from __future__ import annotations

from services.audits.rule import FindingSubject, Need, Rule
from services.audits.severity import Severity


class EmptyGroup(Rule):
    id = "empty_group"
    title = "Empty group"
    severity = Severity.LOW
    why = (
        "A group nobody is in clutters every list, and gives whoever is added by mistake the rights it once "
        "had."
    )
    advice = "Open the group: delete it if nobody needs it, or add the people it was made for."
    about = FindingSubject.GROUPS
    needs = frozenset({Need.USERS})
    covers = frozenset({Need.GROUPS, Need.MEMBERSHIPS})
    thresholds = ("ignore_automatic",)
    sql = """
        SELECT [l.name] AS groups,
            coalesce('used by ' || string_agg(a.name, ', ' ORDER BY number), '') AS detail
        FROM listed l
        ANTI JOIN memberships ON "group" = l.name
        LEFT JOIN applications a ON list_contains(a.groups, l.name::VARCHAR)
        WHERE NOT unread AND NOT automatic
        GROUP BY l.name ORDER BY l.name
    """
