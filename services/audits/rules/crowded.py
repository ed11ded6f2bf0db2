"""What rules about people in many groups share."""

from __future__ import annotations

import pandas as pd

from services.audits.rule import findings
from services.audits.seen import Seen


def crowded(seen: Seen, memberships: pd.DataFrame, least: int, words: str) -> pd.DataFrame:
    """People with at least `least` memberships, most first; `words` has a place for their number."""
    counts = memberships["sub"].value_counts()
    many = counts[counts >= least]
    groups = seen.member_names(memberships, list(many.index))
    found = sorted(groups, key=lambda sub: (-len(groups[sub]), sub))
    return findings(
        found,
        groups=[groups[sub] for sub in found],
        details=[words.format(len(groups[sub])) for sub in found],
    )
