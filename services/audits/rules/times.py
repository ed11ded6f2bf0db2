"""What rules about time share."""

from __future__ import annotations

import numpy as np
import pandas as pd

from services.audits.seen import DAY, Seen
from services.cognito.models import UserStatus
from services.cognito.status import DEFAULT_TEMPORARY_DAYS


def expiries(seen: Seen) -> tuple[np.ndarray, np.ndarray]:
    """Subs of enabled people with a temporary password, and when it ends (milliseconds).

    The same estimate as `services.cognito.status.invitation_expiry`.
    """
    people = seen.people
    invited = people[(people["status"] == UserStatus.FORCE_CHANGE_PASSWORD) & people["enabled"]]
    valid = (seen.policy.temporary_days or DEFAULT_TEMPORARY_DAYS) * DAY
    ends = np.maximum(invited["created"].to_numpy(), invited["changed"].to_numpy()) + valid
    return invited["sub"].to_numpy(dtype=object), ends


def waiting(seen: Seen, status: UserStatus, column: str, at_least: int) -> pd.DataFrame:
    """Enabled people in `status` whose `column` (created or changed) is `at_least` days ago, oldest first."""
    people = seen.people
    stay = people["enabled"] & (people["status"] == status) & (people[column] <= seen.before(at_least))
    return people[stay].sort_values([column, "sub"])


def since(milliseconds: np.ndarray) -> pd.Series:
    """Times for the column `since`."""
    return pd.Series(pd.to_datetime(np.asarray(milliseconds, dtype="int64"), unit="ms", utc=True))


def days(number: int) -> str:
    """A number of whole days in words."""
    if number < 1:
        return "less than a day"
    return "1 day" if number == 1 else f"{number:,} days"
