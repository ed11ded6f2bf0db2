"""`providers`: listed with who offers them, and checked, by exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from console.terminal import main
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito

Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(
    cognito: Cognito,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Typed:
    monkeypatch.setenv("CONSOLE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CONSOLE_KEY_FILE", str(tmp_path / "keys"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    where = ["--region", cognito.region, "--pool-id", cognito.staff, "--endpoint-url", cognito.url]

    def run(*options: str) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            main(["providers", *options, *where])
        except SystemExit as end:
            return int(end.code or 0), *capsys.readouterr()
        return 0, *capsys.readouterr()

    return run


def test_every_provider_is_named_with_who_offers_it(typed: Typed) -> None:
    code, out, _ = typed("list")
    assert code == 0
    assert "Okta" in out
    assert "offered by billing-desk" in out
    code, out, _ = typed("list", "--json")
    (provider,) = json.loads(out)
    assert (provider["name"], provider["kind"], provider["clients"]) == ("Okta", "OIDC", ["billing-desk"])
    assert "secret" not in out


def test_a_provider_that_answers_is_checked_and_what_it_overwrites_is_told(typed: Typed) -> None:
    code, out, _ = typed("check")
    assert code == 2
    assert "✓ It is the one that is meant" in out
    assert "✓ Its keys are there" in out
    assert "! It overwrites what is changed here" in out


def test_one_that_the_pool_lacks_is_said_so(typed: Typed) -> None:
    code, _, err = typed("check", "Entra")
    assert code == 1
    assert "It has: Okta." in err
