"""What reruns without its page asks first whether the session is still live."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FIRST = "context.require_live()"


def by_itself(function: ast.FunctionDef) -> bool:
    """True for a fragment or a dialog: timers and clicks run it alone, past the gate of the page."""
    names = (ast.unparse(decorator).partition("(")[0] for decorator in function.decorator_list)
    return any(name in ("st.fragment", "st.dialog") for name in names)


def fragments() -> dict[str, ast.FunctionDef]:
    files = [path for room in ("console", "pages") for path in sorted((ROOT / room).rglob("*.py"))]
    return {
        f"{path.relative_to(ROOT)}:{node.name}": node
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and by_itself(node)
    }


FRAGMENTS = fragments()


def test_there_are_some() -> None:
    assert len(FRAGMENTS) >= 4


@pytest.mark.parametrize("where", FRAGMENTS)
def test_its_first_line_looks_at_the_session(where: str) -> None:
    body = FRAGMENTS[where].body
    first = body[1] if ast.get_docstring(FRAGMENTS[where]) else body[0]
    assert ast.unparse(first) == FIRST
