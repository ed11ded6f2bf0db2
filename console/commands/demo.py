"""`demo`: the console on an embedded Cognito, forgotten when it stops."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from services.errors import InvalidValue, NotConfigured

if TYPE_CHECKING:
    from console.web.settings import DemoOperator

app = typer.Typer()

HOST = "127.0.0.1"
NEEDED = ("moto", "flask", "flask_cors", "joserfc")
NOTICE = (
    "This is a demo. Its Cognito is an emulator on this machine, its people are made up, "
    "and everything is forgotten when it stops."
)
PATIENCE = 120.0  # seconds that the announcement waits for the first answer


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Port of the console.", min=1, max=65535)] = 8501,
    people: Annotated[
        int, typer.Option(help="People in the pool “staff”; “customers” has 200.", min=1, max=20_000)
    ] = 500,
    browser: Annotated[bool, typer.Option(help="Open the browser once the console answers.")] = True,
) -> None:
    """Start the console on an embedded Cognito. Everything is forgotten when it stops."""
    started = time.monotonic()
    _check_installed()
    _check_port(port)
    with _ending_on_signals(), _folder() as folder:
        _run(folder, port, people, browser, started)


def _run(folder: Path, port: int, people: int, browser: bool, started: float) -> None:
    # Imported here: the embedded Cognito is an extra that a production install lacks.
    from demo.server import EmbeddedCognito  # noqa: PLC0415

    cognito = EmbeddedCognito(people=people, console_port=port)
    try:
        cognito.launch()
        # The console's own imports take as long as the embedded Cognito's: both at the same time.
        from console.commands import serve  # noqa: PLC0415
        from console.web.settings import DemoOperator, read_settings  # noqa: PLC0415
        from demo.install import OPERATORS, install  # noqa: PLC0415
        from services.store.engine import open_store  # noqa: PLC0415
        from services.store.vault import KeyRing, new_key  # noqa: PLC0415

        operators = tuple(
            DemoOperator(one.username, one.password, str(one.role), one.about) for one in OPERATORS
        )
        settings = read_settings({}, demo_operators=operators, demo_notice=NOTICE)
        with open_store(f"sqlite:///{folder / 'demo.db'}", KeyRing((new_key(),))) as store:
            install(store, cognito.wait())
            words = _words(port, operators, cognito.url)
            threading.Thread(
                target=_announce, args=(port, words, browser, started), name="announce", daemon=True
            ).start()
            serve.run(store, settings, port=port, quiet=True)
    finally:
        cognito.stop()


def _check_installed() -> None:
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise NotConfigured(
            f"The embedded Cognito of the demo is not installed ({', '.join(missing)} missing).",
            "Install it with `make demo`, or with: "
            f"{Path(sys.executable).name} -m pip install --require-hashes -r demo/requirements.txt",
        )


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        if os.name == "posix":
            # As the server will: a port whose last connections are just closing is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise InvalidValue(
                f"Port {port} can't be used: {error.strerror}.",
                f"Choose another: python -m console demo --port {port % 65535 + 1}",
                field="port",
            ) from None


@contextlib.contextmanager
def _ending_on_signals() -> Iterator[None]:
    """Turn the signals that end a process into an orderly end, so that everything is cleaned up."""
    signals = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    before = {one: signal.signal(one, _end) for one in signals}
    try:
        yield
    except (KeyboardInterrupt, _Ended):
        typer.echo("\nStopped. Everything is forgotten.")
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


class _Ended(BaseException):
    """The process was told to end.

    Not KeyboardInterrupt: raised while an import runs code from a string (dataclasses do), that one
    makes Python end as if killed by Ctrl-C, even when it has been handled.
    """


def _end(_number: int, _frame: FrameType | None) -> None:
    raise _Ended


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """A folder that only this user can read, erased at the end."""
    folder = Path(tempfile.mkdtemp(prefix="cognito-ops-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _words(port: int, operators: tuple[DemoOperator, ...], endpoint: str) -> str:
    from demo.pools import REGION  # noqa: PLC0415

    rows = [f"  {one.username:<6}{one.password:<17}{one.role:<9}{one.about}" for one in operators]
    return "\n".join(
        [
            "",
            f"Cognito Ops Console, demo: http://localhost:{port}",
            "",
            "Sign in as one of these (name, password, role):",
            *rows,
            "",
            f"The embedded Cognito itself: {endpoint} (region {REGION}, any AWS keys).",
            "Nothing is kept: stop with Ctrl-C and everything is forgotten.",
            "",
        ]
    )


def _announce(port: int, words: str, browser: bool, started: float) -> None:
    """Say where the console is as soon as it answers, and open the browser there."""
    while not _answers(port):
        if time.monotonic() - started > PATIENCE:
            return
        time.sleep(0.05)
    typer.echo(f"{words}Ready after {time.monotonic() - started:.1f} s.")
    if browser and _has_screen():
        webbrowser.open(f"http://localhost:{port}")


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _has_screen() -> bool:
    """False where a browser could only open inside this terminal, over our words."""
    return sys.platform in ("win32", "darwin") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
