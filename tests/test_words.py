"""The words that the product uses: those of docs/words.md, on every page."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.cognito.person_reads import FACTOR_TITLES
from services.cognito.status import STATUS_TEXTS, StatusText
from services.directory.filtering import STATE_TITLES

ROOT = Path(__file__).resolve().parent.parent
WORDS = (ROOT / "docs" / "words.md").read_text()
NEVER = re.compile(
    r"\b(?:backend|payload|traceback|rerun|widget|session state|log in to|"
    r"FORCE_CHANGE_PASSWORD|RESET_REQUIRED|EXTERNAL_PROVIDER|"
    r"(?-i:(?:[Aa]ccount|[Cc]lient|[Ee]xternal|[Pp]ool|[Uu]ser) ids?))\b",
    re.IGNORECASE,
)
PAGES = [
    path
    for room in ("console", "pages")
    for path in sorted((ROOT / room).rglob("*.py"))
    if "commands" not in path.parts
]


def sentences(path: Path) -> Iterator[str]:
    """The texts of a module that have several words and are no docstrings."""
    tree = ast.parse(path.read_text())
    documented = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in documented:
            continue
        if len(node.value.split()) > 1:
            yield node.value


def test_no_page_speaks_a_developers_language() -> None:
    said = [(str(path.relative_to(ROOT)), text) for path in PAGES for text in sentences(path)]
    assert len(said) > 1_000
    assert [(where, text) for where, text in said if NEVER.search(text)] == []


@pytest.mark.parametrize("text", STATUS_TEXTS.values(), ids=lambda text: text.term)
def test_every_state_stands_among_the_words_with_its_term(text: StatusText) -> None:
    if text.term != "UNKNOWN":
        assert f"| {text.title} | `{text.term}` |" in WORDS


def test_every_state_and_factor_that_people_choose_stands_among_the_words() -> None:
    chosen = [title for state, title in STATE_TITLES.items() if str(state) != "other"]
    assert [title for title in (*chosen, *FACTOR_TITLES.values()) if title not in WORDS] == []
    assert [term for term in FACTOR_TITLES if term not in WORDS] == []
