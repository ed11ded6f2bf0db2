"""What people read of how much a finding matters."""

from __future__ import annotations

from services.audits.severity import Severity


def test_every_severity_has_a_word_for_people() -> None:
    assert [severity.words for severity in Severity] == ["High", "Medium", "Low", "To know"]
