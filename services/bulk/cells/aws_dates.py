"""Dates of birth in AWS's import files: mm/dd/yyyy, unless a spreadsheet turned them round."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

_AWS_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\Z")
_MONTHS = 12


def aws_date(text: str) -> str:
    """AWS's import files write dates of birth as mm/dd/yyyy: the same date as Cognito keeps it."""
    match = _AWS_DATE.match(text)
    if not match:
        return text
    month, day, year = (int(part) for part in match.groups())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return text


def written_day_first(texts: Iterable[str]) -> str:
    """The first date that can only be dd/mm/yyyy, as spreadsheets outside the USA save them; else empty."""
    for text in texts:
        match = _AWS_DATE.match(text.strip())
        if match and int(match[1]) > _MONTHS >= int(match[2]):
            return text.strip()
    return ""


def may_be_day_first(text: str) -> bool:
    """Whether a date can be read as mm/dd/yyyy and as dd/mm/yyyy, and would be another day."""
    match = _AWS_DATE.match(text)
    return match is not None and match[1] != match[2] and int(match[1]) <= _MONTHS >= int(match[2])
