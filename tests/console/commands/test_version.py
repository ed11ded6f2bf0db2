"""version, as it is typed."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from console.terminal import main

ROOT = Path(__file__).resolve().parents[3]


def test_version_names_the_release_and_what_it_stands_on(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["version"])
    release = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    said = capsys.readouterr().out
    assert not ended.value.code
    assert said.startswith(f"Cognito Ops Console {release}\n")
    assert re.search(r"^streamlit \d", said, re.M)
