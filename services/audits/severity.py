"""How much a finding of an audit matters."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the gravest severity, rising as it matters less."""
        return list(Severity).index(self)

    @property
    def words(self) -> str:
        """What people read: "High", "Medium", "Low", "To know"."""
        return "To know" if self is Severity.INFO else self.capitalize()
