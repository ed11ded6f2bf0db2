"""Letters that were read in a wrong encoding before are seen, and put right only where one reading fits."""

from __future__ import annotations

import pytest

from services.bulk.cells.misread_letters import fixed, misread


@pytest.mark.parametrize(
    ("text", "likely"),
    [("JosÃ©", "José"), ("M³ller", "Müller"), ("ªahin", "Şahin"), ("Pawe³", None), ("DeÂngelo", None)],
)
def test_what_was_read_wrongly_has_its_likely_original_where_one_can_be_told(
    text: str, likely: str | None
) -> None:
    found = misread(text)
    assert found is not None
    assert found.likely == likely


@pytest.mark.parametrize("text", ["José", "McÍomhair", "Łukasz", "Mª José", "Иван", "山田太郎"])
def test_names_of_many_languages_are_left_alone(text: str) -> None:
    assert misread(text) is None
    assert fixed(text) == text
