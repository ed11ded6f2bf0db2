"""E-mail addresses that are used for signing in and were never verified."""

from __future__ import annotations

import numpy as np
import pandas as pd

from services.audits.rule import Fix, Rule, Severity, findings
from services.audits.seen import Seen
from services.bulk.model import Action
from services.cognito.models import UserStatus

_SIGNING_IN = (UserStatus.CONFIRMED, UserStatus.FORCE_CHANGE_PASSWORD, UserStatus.RESET_REQUIRED)


class UnverifiedEmail(Rule):
    id = "unverified_email"
    title = "Unverified e-mail in use for sign-in"
    severity = Severity.HIGH
    why = (
        "Nobody has shown that the address is theirs. A mistyped one belongs to a stranger, and without a "
        "verified address no code for a forgotten password can be sent."
    )
    advice = (
        "Let them verify it (applications can send a code), or mark it as verified if you know that it is "
        "theirs."
    )
    fixes = (
        Fix(Action.UPDATE, "Mark the addresses as verified", attributes=(("email_verified", "true"),)),
        Fix(Action.DISABLE, "Disable them"),
    )

    def query(self, seen: Seen) -> pd.DataFrame:
        if not _used(seen):
            return findings()
        emails, verified = seen.attribute("email"), seen.attribute("email_verified")
        here = np.flatnonzero(seen.enabled & seen.status_in(*_SIGNING_IN))
        found = [row for row in here if emails[row] and verified[row].lower() != "true"]
        return findings(seen.subs(np.array(found, dtype=np.int64)))

    def remark(self, seen: Seen) -> str:
        pool = seen.snapshot.about.pool
        if "email" in pool.username_attributes:
            return "In this pool people sign in with their e-mail address, verified or not."
        if "email" in pool.alias_attributes:
            return (
                "In this pool an e-mail address works as a second name once it is verified; until then these "
                "people can only use their username."
            )
        return "In this pool nobody signs in with an e-mail address, so there is nothing to check."


def _used(seen: Seen) -> bool:
    pool = seen.snapshot.about.pool
    return "email" in pool.username_attributes | pool.alias_attributes
