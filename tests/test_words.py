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
    r"\b(?:backend|payload|traceback|rerun|widget|session state|log in to|hash|"
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


OPENING = {"open_dialog", "open_editor", "open_change", "open_offer"}
"""What opens a dialog or a form."""
SHOWING = ("key='snapshot-kept'", "app_client.tab_of", "key='console-find'")
"""In a button whose dialog or form only shows something."""
FORM = "args=(NEW,)"
"""In a button that leads to the form for something new."""


def called(node: ast.AST) -> set[str]:
    """The last names of what is called within a piece of a program."""
    calls = (inner.func for inner in ast.walk(node) if isinstance(inner, ast.Call))
    return {ast.unparse(function).rpartition(".")[2] for function in calls}


def endings(words: ast.expr) -> set[str]:
    """The last character of a button's words, in each of their ways; none where they stand elsewhere."""
    if isinstance(words, ast.IfExp):
        return endings(words.body) | endings(words.orelse)
    if isinstance(words, ast.JoinedStr):
        return endings(words.values[-1])
    return {str(words.value)[-1:]} if isinstance(words, ast.Constant) else {""}


def buttons(path: Path) -> Iterator[tuple[str, set[str], bool]]:
    """The buttons of a module that have a callback: code, the end of their words, if more is asked."""
    tree = ast.parse(path.read_text())
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    opening = OPENING | {function.name for function in functions if called(function) & OPENING}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or ast.unparse(node.func) != "st.button":
            continue
        pressed = next((given.value for given in node.keywords if given.arg == "on_click"), None)
        if pressed is not None:
            code = ast.unparse(node)
            asks = (
                bool(({ast.unparse(pressed).rpartition(".")[2]} | called(pressed)) & opening) or FORM in code
            )
            yield code, endings(node.args[0]), asks and not any(mark in code for mark in SHOWING)


def test_a_button_ends_with_three_dots_exactly_when_it_opens_something_that_asks_for_more() -> None:
    found = [(path.name, *button) for path in PAGES for button in buttons(path)]
    assert sum(asks for *_, asks in found) > 40
    assert [(name, code) for name, code, ends, asks in found if asks is not (ends == {"…"})] == []
