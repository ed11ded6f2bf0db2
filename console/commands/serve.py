"""`serve`: the console for real use. `demo`: on an embedded Cognito, forgotten when it stops."""

from __future__ import annotations

import contextlib
import importlib.util
import ipaddress
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

import typer

from console.commands.processes import end_with_parent, keep_running
from console.web.settings import LOCAL_HOSTS, ConsoleSettings, DemoOperator, read_settings
from services.access import setup
from services.errors import InvalidValue, NotConfigured
from services.store.engine import open_store
from services.store.store import Store
from services.store.vault import KeyRing, new_key

ROOT = Path(__file__).resolve().parents[2]
DEMO_HOST = "127.0.0.1"
DEMO_NEEDS = ("moto", "flask", "flask_cors", "joserfc")
DEMO_NOTICE = (
    "This is a demo. Its Cognito is an emulator on this machine, its people are made up, "
    "and everything is forgotten when it stops."
)
PATIENCE = 120.0  # seconds that the announcement waits for the first answer


def serve(
    *, port: int, host: str, public_url: str, proxy: str, work: bool, processes: int, one_of_several: bool
) -> None:
    """Carry out `serve`."""
    settings = read_settings(public_url=public_url, host=host, works=work)
    _trust(proxy)
    ports = range(port, port + processes)
    if processes > 1:
        _check_several(settings, ports)
    for each in ports:
        check_port(host, each)
    # The server ends in order when told to, and then lets this signal through.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    store = open_store()
    if not work and not store.server:
        store.close()
        raise InvalidValue(
            "With a SQLite database nobody but the console itself runs jobs.",
            "Leave --no-work out, or use PostgreSQL (docs/deploy.md).",
            field="work",
        )
    if processes == 1:
        if one_of_several:
            end_with_parent()
        run(store, settings, port=port, host=host, quiet=one_of_several)
        return
    with store:  # made or migrated by now, before any of them
        typer.echo(f"Cognito Ops Console: {settings.public_url}, from ports {ports[0]} to {ports[-1]}")
        _warn_of_open_network(settings, host)
        _offer_set_up(store, settings.public_url)
    same = ["--host", host, "--public-url", settings.public_url, *(["--proxy", proxy] if proxy else [])]
    keep_running(ports, [*same, "--work" if work else "--no-work"])


def _check_several(settings: ConsoleSettings, ports: range) -> None:
    """Raise `InvalidValue` unless a proxy can send people to several processes at these ports."""
    if not settings.public_url:
        raise InvalidValue(
            "Several processes need a proxy before them, which sends each browser to one of them.",
            "Give the address that people type with --public-url.",
            field="public-url",
        )
    if not 0 < ports[0] <= ports[-1] < 65536:
        raise InvalidValue(
            f"There are not {len(ports)} ports from {ports[0]} on.",
            "Give the first one with --port.",
            field="port",
        )


def _trust(proxy: str) -> None:
    """Take only the word of these addresses on where people come from. Raises `InvalidValue`."""
    names = [name.strip() for name in proxy.split(",") if name.strip()]
    try:
        for name in names:
            ipaddress.ip_network(name)
    except ValueError:
        raise InvalidValue(
            f"{proxy!r} is no list of addresses: whoever it names may say where people come from.",
            "Name the proxy by its address, as in --proxy 10.0.0.5.",
            field="proxy",
        ) from None
    if names:
        os.environ["FORWARDED_ALLOW_IPS"] = ",".join(names)


def check_port(host: str, port: int) -> None:
    """Raise `InvalidValue` if nothing can listen there now."""
    if why := _why_not_there(host, port):
        raise InvalidValue(
            f"The console can't listen on {host}, port {port}: {why}.",
            "Choose another port with --port.",
            field="port",
        )


def _why_not_there(host: str, port: int) -> str:
    """Why nothing can listen there now, in the words of the system; empty when it can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        if os.name == "posix":
            # As the server will: a port whose last connections are just closing is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.strerror or str(error)
    return ""


def _warn_of_open_network(settings: ConsoleSettings, host: str) -> None:
    """Say what is missing when the console can be reached from other machines."""
    if host in LOCAL_HOSTS:
        return
    if not settings.https:
        typer.echo(
            "Warning: other machines can reach this port, and passwords would cross the network unencrypted. "
            "Put a TLS proxy in front and give --public-url https://…",
            err=True,
        )
    names = ", ".join(settings.hosts)
    typer.echo(f"Answers only under these names (more with CONSOLE_ALLOWED_HOSTS): {names}", err=True)


def run(
    store: Store, settings: ConsoleSettings, *, port: int, host: str = "127.0.0.1", quiet: bool = False
) -> None:
    """Serve the console on `store` until the process is told to stop.

    Prints the address, and a one-time set-up link while there is no administrator (not when
    `quiet`, for callers that print their own words).
    """
    from console.web.process import PROCESS  # noqa: PLC0415

    # Streamlit looks for .streamlit/config.toml in the working folder.
    os.chdir(ROOT)
    if not settings.public_url:
        # Without a proxy nobody may say in a header where they come from.
        os.environ.setdefault("FORWARDED_ALLOW_IPS", "")
    PROCESS.use(store, settings)
    address = settings.public_url or f"http://{'localhost' if host == '127.0.0.1' else host}:{port}"
    if not quiet:
        typer.echo(f"Cognito Ops Console: {address}")
        _warn_of_open_network(settings, host)
        _offer_set_up(store, address)
    _serve(
        {
            "server.port": port,
            "server.address": host,
            "server.allowedHosts": list(settings.hosts),
            "server.corsAllowedOrigins": [settings.public_url] if settings.public_url else [],
            "server.headless": True,
            "logger.hideWelcomeMessage": True,
        },
        host,
        port,
    )


def _offer_set_up(store: Store, address: str) -> None:
    if setup.is_needed(store):
        token = setup.issue_link(store)
        typer.echo("There is no administrator yet. Open this link within two hours; it works once:")
        typer.echo(f"{address}/set-up?token={token}")


def _serve(options: dict[str, object], host: str, port: int) -> None:
    """Answer until the process is told to stop. `options` are Streamlit's, beside its configuration file.

    Not by Streamlit's own `App.run`, whose answers say in a header which server sends them.
    """
    import uvicorn  # noqa: PLC0415
    from streamlit import config  # noqa: PLC0415
    from streamlit.web.bootstrap import load_config_options  # noqa: PLC0415

    from console.web.asgi import app as console_app  # noqa: PLC0415

    load_config_options(options)
    server = uvicorn.Server(
        uvicorn.Config(
            console_app,
            host=host,
            port=port,
            server_header=False,
            access_log=False,
            use_colors=False,
            ws="websockets-sansio",
            ws_max_size=config.get_option("server.maxMessageSize") * 1_000_000,
            # a run sends many messages of a few hundred bytes: packing each took a twelfth of the CPU
            ws_per_message_deflate=config.get_option("server.enableWebsocketCompression"),
        )
    )
    server.run()
    if not server.started:
        sys.exit(1)


def demo(*, port: int, people: int, browser: bool) -> None:
    """Carry out `demo`."""
    started = time.monotonic()
    _check_demo_installed()
    _check_demo_port(port)
    with _ending_on_signals(), _demo_folder() as folder:
        _run_demo(folder, port, people, browser, started)


def _run_demo(folder: Path, port: int, people: int, browser: bool, started: float) -> None:
    # Imported here: the embedded Cognito is an extra that a production install lacks.
    from demo.server import EmbeddedCognito  # noqa: PLC0415

    cognito = EmbeddedCognito(people=people, console_port=port)
    try:
        cognito.launch()
        # The console's own imports take as long as the embedded Cognito's: both at the same time.
        from demo.install import OPERATORS, install  # noqa: PLC0415

        operators = tuple(
            DemoOperator(operator.username, operator.password, str(operator.role), operator.about)
            for operator in OPERATORS
        )
        settings = read_settings({}, demo_operators=operators, demo_notice=DEMO_NOTICE)
        with open_store(f"sqlite:///{folder / 'demo.db'}", KeyRing((new_key(),))) as store:
            install(store, cognito.wait())
            words = _demo_words(port, operators, cognito.url)
            threading.Thread(
                target=_announce, args=(port, words, browser, started), name="announce", daemon=True
            ).start()
            run(store, settings, port=port, quiet=True)
    finally:
        cognito.stop()


def _check_demo_installed() -> None:
    missing = [name for name in DEMO_NEEDS if importlib.util.find_spec(name) is None]
    if missing:
        raise NotConfigured(
            f"The embedded Cognito of the demo is not installed ({', '.join(missing)} missing).",
            "Install it with `make demo`, or with: "
            f"{Path(sys.executable).name} -m pip install --require-hashes -r demo/requirements.txt",
        )


def _check_demo_port(port: int) -> None:
    if why := _why_not_there(DEMO_HOST, port):
        raise InvalidValue(
            f"Port {port} can't be used: {why}.",
            f"Choose another: python -m console demo --port {port % 65535 + 1}",
            field="port",
        )


@contextlib.contextmanager
def _ending_on_signals() -> Iterator[None]:
    """Turn the signals that end a process into an orderly end, so that everything is cleaned up."""
    signals = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    before = {number: signal.signal(number, _end) for number in signals}
    try:
        yield
    except (KeyboardInterrupt, _Ended):
        typer.echo("\nStopped. Everything is forgotten.")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Ended(BaseException):
    """The process was told to end.

    Not KeyboardInterrupt: raised while an import runs code from a string (dataclasses do), that one
    makes Python end as if killed by Ctrl-C, even when it has been handled.
    """


def _end(_number: int, _frame: FrameType | None) -> None:
    raise _Ended


@contextlib.contextmanager
def _demo_folder() -> Iterator[Path]:
    """A folder that only this user can read, erased at the end."""
    folder = Path(tempfile.mkdtemp(prefix="cognito-ops-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _demo_words(port: int, operators: tuple[DemoOperator, ...], endpoint: str) -> str:
    from demo.pools import REGION  # noqa: PLC0415

    rows = [
        f"  {operator.username:<6}{operator.password:<17}{operator.role:<9}{operator.about}"
        for operator in operators
    ]
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
        with urllib.request.urlopen(f"http://{DEMO_HOST}:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _has_screen() -> bool:
    """False where a browser could only open inside this terminal, over our words."""
    return sys.platform in ("win32", "darwin") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
