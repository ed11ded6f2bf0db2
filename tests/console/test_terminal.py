"""The command line."""

from __future__ import annotations

import importlib
import inspect
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import get_type_hints

import pytest

from console import terminal
from services.errors import StoreUnavailable

ROOT = Path(terminal.__file__).resolve().parents[1]
AWS, SERVER = "botocore", "sqlalchemy.dialects.postgresql"


def run(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(
        [sys.executable, "-m", "console", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=env,
        timeout=60,
        check=False,
    )


def test_the_help_of_every_command_waits_for_no_library_that_it_works_with() -> None:
    code = (
        "import sys; from console import terminal\n"
        "for command in terminal.COMMANDS: terminal.build_app([command.name, '--help'])\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = set(found.stdout.split())
    assert "console" in loaded
    assert not loaded & {
        *("streamlit", "boto3", "botocore", "sqlalchemy", "alembic", "pandas", "numpy", "pyarrow", "duckdb"),
        *("cryptography", "pydantic", "httpx", "phonenumbers", "asyncio"),
    }


def test_what_a_command_loads_is_not_looked_through_for_garbage_and_what_it_does_is() -> None:
    code = (
        "import gc; from console import terminal\n"
        "try: terminal.main(['version'])\n"
        "except SystemExit: print(gc.isenabled(), gc.get_freeze_count() > 1000)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.splitlines()[-1] == "True True"


def test_what_is_declared_is_carried_out_with_the_same_parameters() -> None:
    for file in {command.module for command in terminal.COMMANDS}:
        declared = importlib.import_module(f"console.command_line.{file}")
        carried_out = importlib.import_module(f"console.commands.{file}")
        for command in declared.app.registered_commands:
            wanted = get_type_hints(inspect.unwrap(command.callback))
            assert get_type_hints(getattr(carried_out, command.callback.__name__)) == wanted


def test_help_names_every_command() -> None:
    shown = run("--help")
    assert shown.returncode == 0
    for name in ("serve", "keys"):
        assert name in shown.stdout


@pytest.mark.parametrize("command", terminal.COMMANDS, ids=lambda command: command.name)
def test_every_command_explains_itself(command: terminal.Command, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        terminal.main([command.name, "--help"])
    assert end.value.code == 0
    assert f"python -m console {command.name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "without"),
    [
        ("plan", {"pandas", "altair", "jinja2", "alembic", "nameparser", "xlsxwriter", "ftfy", "httpx", AWS}),
        ("jobs", {"pandas", "altair", "jinja2", "alembic", "nameparser", "xlsxwriter", "ftfy", "httpx", AWS}),
        ("audit", {"altair", "vl_convert", "alembic", "httpx", AWS}),
        ("ask", {"pandas", "altair", AWS}),
        ("diff", {"altair", AWS}),
        ("search", {"pandas", "altair", AWS}),
        ("snapshot", {"pandas", "altair", AWS}),
        ("schedule", {"pandas", "altair", "jinja2", AWS}),
        ("explain", {"pandas", AWS}),
        ("doctor", {"pandas", AWS}),
        ("providers", {"pandas", AWS}),
        ("worker", {"pandas", "altair", "vl_convert"}),
        ("check_token", {"duckdb", "pyarrow", "pandas", AWS}),
        ("operators", {"duckdb", "pyarrow", "pandas", "alembic", "httpx", AWS, SERVER}),
        ("activity", {"duckdb", "pyarrow", "pandas", "alembic", "httpx", AWS, SERVER}),
    ],
)
def test_a_command_loads_no_library_that_only_few_of_its_runs_need(command: str, without: set[str]) -> None:
    code = f"import sys, console.commands.{command}; print(*(set({sorted(without)}) & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ""


def test_a_command_that_needs_no_pandas_gets_none_from_pyarrow_until_it_asks_for_some() -> None:
    code = (
        "import sys, pyarrow as pa; from console.command_line.options import leave_pandas_out\n"
        "leave_pandas_out(); pa.array(['a']); print('pandas' in sys.modules)\n"
        "frame = pa.table({'a': [1, None]}).to_pandas()\n"
        "print(pa.array(frame['a']).to_pylist(), pa.Table.from_pandas(frame).num_rows)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["False", "[1.0, None] 2"]


def test_calls_of_aws_by_a_command_load_no_other_tls_and_use_the_ordinary_one() -> None:
    code = (
        "import ssl, sys, console.__main__, botocore.httpsession\n"
        "print('OpenSSL' in sys.modules, botocore.httpsession.SSLContext is ssl.SSLContext)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False True"


@pytest.mark.parametrize(
    "arguments", [["plan", "x.csv", "--share", "3"], ["plan"], ["plan", "x.csv", "--nope"]]
)
def test_wrong_options_never_end_as_if_changes_were_waiting(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        terminal.main(arguments)
    assert end.value.code == 1
    assert "--help" in capsys.readouterr().err


def test_an_error_is_said_in_words_and_ends_with_1(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'c.db'}"
    ended = run("serve", "--public-url", "nonsense", cwd=tmp_path, CONSOLE_DATABASE_URL=url)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: The public address 'nonsense' is not usable.")
    assert "Give scheme and host only" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "c.db").exists()


def test_a_folder_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/missing/console.db"
    ended = run("serve", "--port", "0", CONSOLE_DATABASE_URL=url)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: ")
    assert "Traceback" not in ended.stderr


def test_a_port_in_use_is_said_in_words(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = run("serve", "--port", str(port), CONSOLE_DATABASE_URL=f"sqlite:///{tmp_path}/c.db")
    assert ended.returncode == 1
    assert f"port {port}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_command_that_is_not_there_is_answered_with_2() -> None:
    assert run("nothing").returncode == 1


def test_an_error_of_ours_ends_the_process_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(**_: object) -> None:
        raise StoreUnavailable("The disk is full.", "Make room.")

    monkeypatch.setattr(terminal, "build_app", lambda _: broken)
    with pytest.raises(SystemExit) as ended:
        terminal.main(["serve"])
    assert ended.value.code == 1
    assert capsys.readouterr().err == "Error: The disk is full.\nMake room.\n"


def test_a_commands_help_says_what_its_exit_codes_mean(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        terminal.main(["check-token", "--help"])
    assert "Exit codes" in capsys.readouterr().out
