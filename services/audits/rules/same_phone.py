"""One phone number on several people."""

from __future__ import annotations

import pandas as pd

from services.audits.rule import Fix, Rule, Severity
from services.audits.rules.same import sharing
from services.audits.seen import Seen
from services.bulk.model import Action


class SamePhone(Rule):
    id = "same_phone"
    title = "Same phone number on several people"
    severity = Severity.LOW
    why = (
        "Codes sent to one phone open several accounts: a shared device, or one person with several accounts."
    )
    advice = "Find out whose number it is; correct the others, or disable accounts that aren't used."
    fixes = (Fix(Action.DISABLE, "Disable them"),)

    def query(self, seen: Seen) -> pd.DataFrame:
        phones = seen.attribute("phone_number")
        return sharing(seen, [text.strip() for text in phones], phones)
