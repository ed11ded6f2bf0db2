"""`version`: which release this is, and which releases of what it stands on."""

from __future__ import annotations

import platform
import tomllib
from importlib import metadata
from pathlib import Path

import typer

PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


STANDS_ON = ("streamlit", "botocore", "duckdb", "sqlalchemy", "cryptography")
"""What a report of a fault has to name."""


def version_command() -> None:
    """Carry out `version`."""
    release = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"]
    typer.echo(f"Cognito Ops Console {release}")
    typer.echo(f"Python {platform.python_version()} on {platform.system()}")
    for name in STANDS_ON:
        typer.echo(f"{name} {metadata.version(name)}")
