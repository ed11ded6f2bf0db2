"""Headings in two rows: the upper ones are common to several columns, and may say whose they are.

    Employee |           |          | Manager |
    Username | First name | Last name | Name    | Email

The e-mail address is the manager's here, and nothing of the employee's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.directory.people import folded

_THEIR_OWN = re.compile(
    r"\b(employees?|person(en|as?)?|personnel|people|staff|users?|colleagues?|names?|nom|contacts?|contacto|contatto|"
    r"account|login|access|acces|groups?|groupes|gruppen|organi[sz]ation|company|firma|work|business|office|arbeit|"
    r"general|details|data|daten|information|basics|main|mitarbeiter(in)?|benutzer|kontakt(daten)?|stammdaten|konto|"
    r"zugang|dienstlich|angaben|employe|salarie|utilisateur|compte|empleado|dipendente|medewerker|persoon|"
    r"contactgegevens|medarbetare|personal)\b"
)
"""Upper headings under which the columns say something about the person of the row."""
_SOMEBODY_ELSE = re.compile(
    r"\b(manager|supervisor|boss|emergency|spouse|partner|parent|guardian|child|next of kin|private|home|"
    r"former|previous|vorgesetzter?|notfall(kontakt)?|privat|ehepartner|responsable|urgence|urgencia|jefe|responsabile|"
    r"emergenza|leidinggevende|noodcontact|chef)\b"
)


def under_bands(headings: Sequence[str], above: Sequence[str]) -> list[str]:
    """The headings with the upper one before those that are somebody else's: “Manager Email”.

    `above` is the row over them. The columns under its first cell, when that is the first column, are the
    person's own; of the others those are whose upper heading says so.
    """
    bands = [(place, cell.strip()) for place, cell in enumerate(above) if cell.strip()]
    filled = sum(bool(heading.strip()) for heading in headings)
    if not bands or len(bands) >= filled:
        return list(headings)
    # a title may stand over the middle of a list, or hold a comma
    may_be_title = len(bands) == 1 or len(above) < len(headings)
    found = list(headings)
    for (start, band), end in zip(bands, [*(place for place, _ in bands[1:]), len(headings)], strict=True):
        if _is_somebody_elses(band, surely=not start or may_be_title):
            for place in range(start, end):
                found[place] = f"{band} {headings[place]}" if headings[place].strip() else headings[place]
    return found


def _is_somebody_elses(band: str, *, surely: bool) -> bool:
    """Whether the columns under `band` are about somebody else; `surely`: only where it says so."""
    words = folded(band)
    if _SOMEBODY_ELSE.search(words):
        return True
    return not surely and not _THEIR_OWN.search(words)
