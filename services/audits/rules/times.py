"""What rules about time share."""

from __future__ import annotations

import numpy as np
import pandas as pd

from services.audits.seen import DAY, Seen
from services.cognito.models import UserStatus
from services.cognito.status import DEFAULT_TEMPORARY_DAYS
from services.words import counted


def expiries(seen: Seen) -> tuple[np.ndarray, np.ndarray]:
    """Rows of enabled people with a temporary password, and when it ends (milliseconds).

    The same estimate as `services.cognito.status.invitation_expiry`.
    """
    invited = np.flatnonzero(seen.status_in(UserStatus.FORCE_CHANGE_PASSWORD) & seen.enabled)
    valid = (seen.policy.temporary_days or DEFAULT_TEMPORARY_DAYS) * DAY
    return invited, np.maximum(seen.created[invited], seen.changed[invited]) + valid


def waiting(seen: Seen, times: np.ndarray, at_least: int, *statuses: UserStatus) -> np.ndarray:
    """Rows of enabled people in these statuses whose time is `at_least` days ago, oldest first."""
    stay = np.flatnonzero(seen.enabled & seen.status_in(*statuses) & (times <= seen.before(at_least)))
    return stay[np.argsort(times[stay], kind="stable")]


def since(milliseconds: np.ndarray) -> pd.Series:
    """Times for the column `since`."""
    return pd.Series(np.asarray(milliseconds, dtype="datetime64[ms]")).dt.tz_localize("UTC")


def days(number: int) -> str:
    """A number of whole days in words."""
    if number < 1:
        return "less than a day"
    return counted(number, "day")
