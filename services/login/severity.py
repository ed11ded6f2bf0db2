"""How much it matters what the check-up of a pool found."""

from __future__ import annotations

from enum import StrEnum


class AdviceSeverity(StrEnum):
    """How much it matters; the value is what people read."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for the gravest, rising as it matters less."""
        return list(AdviceSeverity).index(self)
