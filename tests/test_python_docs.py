"""docs/python.md: every line of it runs as it stands, against an embedded Cognito."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services import Created, Pool, User
from services.store.engine import open_store
from services.store.vault import KeyRing, new_key
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito

PAGE = Path(__file__).resolve().parents[1] / "docs" / "python.md"
POOL_ID = "eu-west-1_AbCdEf123"


def blocks() -> list[str]:
    """The Python on the page, from top to bottom."""
    return re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture
def ready(
    cognito: Cognito, empty_pool: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """A pool with what the page speaks of, AWS's ordinary environment, and an empty console's database."""
    pool_id = empty_pool()
    for group in ("billing", "support"):
        cognito.client().create_group(UserPoolId=pool_id, GroupName=group)
    cognito.client().admin_create_user(UserPoolId=pool_id, Username="amira.haddad", MessageAction="SUPPRESS")
    key = new_key()
    url = f"sqlite:///{tmp_path / 'console.db'}"
    open_store(url, KeyRing((key,))).close()
    for name, value in {
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": cognito.url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "CONSOLE_DATABASE_URL": url,
        "CONSOLE_ENCRYPTION_KEYS": key,
    }.items():
        monkeypatch.setenv(name, value)
    return pool_id


def test_every_line_runs(ready: str, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    for block in blocks():
        exec(compile(block.replace(POOL_ID, ready), str(PAGE), "exec"), names)
    created, gone, pool = names["ann"], names["gone"], names["pool"]
    assert isinstance(created, Created)
    assert created.joined == ("billing",)
    assert names["names"] == ["support"]
    assert [match.email for match in names["found"]] == ["ann.lee@example.com"]
    assert gone.before["groups"] == ["support"]
    assert isinstance(pool, Pool)
    assert all(result.changed for result in names["results"])
    assert isinstance(pool.user("bo.li"), User)
    assert names["done"].activity_id
    assert "Nobody in this pool is called “nobody@example.com”" in capsys.readouterr().out


def test_every_call_stands_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    calls = {name for name in vars(Pool) if not name.startswith("_")} - {"close"}
    assert [name for name in sorted(calls) if f".{name}(" not in page and f"`{name}`" not in page] == []
