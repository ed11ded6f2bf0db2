"""What rules about people who share something have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from services.audits.rule import findings
from services.audits.seen import Seen
from services.words import counted


def sharing(seen: Seen, keys: Sequence[str], shown: Sequence[str]) -> pd.DataFrame:
    """People whose key ("" for none) others have too, those of one key together; `shown` are their values."""
    counts = Counter(keys)
    counts.pop("", None)
    places = [place for place, key in enumerate(keys) if counts[key] > 1]
    places.sort(key=lambda place: (keys[place], place))
    details = []
    for place in places:
        others = counts[keys[place]] - 1
        with_whom = counted(others, "other person", "other people")
        details.append(f"{shown[place]} (with {with_whom})")
    return findings(seen.subs(np.array(places, dtype=np.int64)), details=details)
