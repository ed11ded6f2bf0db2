"""docs/notebook.ipynb: every cell runs as it stands, against an embedded Cognito."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
import pytest

from services.bulk.files.csv_file import read_file
from services.cognito.gateway import CognitoGateway
from services.directory.scan import scan
from services.directory.snapshots import Snapshots, forget_opened
from services.store.engine import open_store
from services.store.vault import new_key
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, SMALL_PEOPLE, Cognito

NOTEBOOK = Path(__file__).resolve().parents[1] / "docs" / "notebook.ipynb"


def cells() -> dict[str, str]:
    """The code cells by id."""
    found = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return {match["id"]: "".join(match["source"]) for match in found if match["cell_type"] == "code"}


def run_cell(source: str, names: dict[str, Any]) -> Any:
    """Run one cell as Jupyter does: the value of the last line is what is shown."""
    tree = ast.parse(source)
    last = tree.body.pop()
    assert isinstance(last, ast.Expr)
    exec(compile(tree, str(NOTEBOOK), "exec"), names)
    return eval(compile(ast.Expression(last.value), str(NOTEBOOK), "eval"), names)


@pytest.fixture
def shown(cognito: Cognito, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What each cell shows, and under "names" all that they made."""
    for name, value in {
        "POOL_ENDPOINT": cognito.url,
        "POOL_ID": cognito.staff,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "CONSOLE_DATABASE_URL": f"sqlite:///{tmp_path / 'console.db'}",
        "CONSOLE_ENCRYPTION_KEYS": new_key(),
    }.items():
        monkeypatch.setenv(name, value)
    forget_opened()
    with open_store() as store:
        Snapshots(store).save(scan(CognitoGateway(cognito.settings(), cognito.staff)))
    cognito.client().admin_disable_user(UserPoolId=cognito.staff, Username="bo.li")
    names: dict[str, Any] = {}
    return {**{id: run_cell(source, names) for id, source in cells().items()}, "names": names}


def test_ten_lines_give_everybody_as_a_dataframe() -> None:
    assert len([line for line in cells()["read"].splitlines() if line.strip()]) <= 10


def test_every_cell_shows_what_it_says(shown: dict[str, Any]) -> None:
    names = shown["names"]
    assert isinstance(names["people"], pd.DataFrame)
    assert len(names["people"]) == SMALL_PEOPLE
    assert shown["read"].sum() == SMALL_PEOPLE
    assert shown["complete"] == "Complete: all users, groups and memberships were read."
    assert set(shown["groups"].columns) == {"username", "email", "status"}
    assert isinstance(shown["matrix"], alt.Chart)
    assert names["picture"].startswith(b"<svg")
    assert shown["ask"]["people"].sum() == SMALL_PEOPLE
    assert list(shown["ask"].columns) == ["state", "people"]
    assert shown["compare"].to_dict("records") == [
        {
            "kind": "enabled or disabled",
            "person": "bo.li@brightwater.example",
            "what": "enabled",
            "before": "enabled",
            "after": "disabled",
        }
    ]
    assert "membership extra" in set(shown["expected"]["kind"])
    assert read_file(names["files"]["groups.csv"], "groups.csv").row_count == len(shown["expected"])


def test_the_notebook_holds_nobodys_data() -> None:
    whole = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert not any(cell.get("outputs") for cell in whole["cells"])
