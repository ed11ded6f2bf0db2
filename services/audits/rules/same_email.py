"""One e-mail address on several people."""

from __future__ import annotations

import pandas as pd

from services.audits.rule import Fix, Rule, Severity
from services.audits.rules.same import sharing
from services.audits.seen import Seen
from services.bulk.model import Action


class SameEmail(Rule):
    id = "same_email"
    title = "Same e-mail on several people"
    severity = Severity.MEDIUM
    why = (
        "One person with several accounts keeps rights that nobody sees together; a shared address lets one "
        "reset another's password."
    )
    advice = "Find out which account is used, and disable the others."
    fixes = (Fix(Action.DISABLE, "Disable them"),)
    note = "Capital letters and anything after a + (ann+test@…) make no difference here."

    def query(self, seen: Seen) -> pd.DataFrame:
        emails = seen.attribute("email")
        return sharing(seen, [mailbox(text) for text in emails], emails)


def mailbox(email: str) -> str:
    """Where a message to `email` most likely ends up: letter case and what follows a + left out."""
    name, at, host = email.strip().casefold().rpartition("@")
    return f"{name.partition('+')[0] or name}{at}{host}"
