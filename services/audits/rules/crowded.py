"""What rules about people in many groups share."""

from __future__ import annotations

import numpy as np
import pandas as pd

from services.audits.rule import findings
from services.audits.seen import Memberships, Seen


def crowded(seen: Seen, memberships: Memberships, least: int, words: str) -> pd.DataFrame:
    """People with at least `least` memberships, most first; `words` has a place for their number."""
    counts = memberships.counts(len(seen.snapshot))
    many = np.flatnonzero(counts >= least)
    groups = dict(zip(many, seen.names_held(memberships, many), strict=True))
    found = many[np.argsort(-counts[many], kind="stable")]
    return findings(
        seen.subs(found),
        groups=[groups[row] for row in found],
        details=[words.format(len(groups[row])) for row in found],
    )
