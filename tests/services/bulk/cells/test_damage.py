"""The kinds of damage stand in the document that people look them up in."""

from __future__ import annotations

import re
from pathlib import Path

from services.bulk.cells.damage import KINDS

DOCUMENT = Path(__file__).parents[4] / "docs" / "csv.md"


def test_every_kind_that_can_be_accepted_stands_in_the_document_and_no_other() -> None:
    section = DOCUMENT.read_text().partition("## Cells that a spreadsheet damaged")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE)
    assert sorted(listed) == sorted(str(kind) for kind, words in KINDS.items() if not words.never)
