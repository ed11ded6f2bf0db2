"""`serve`: the console for real use."""

from __future__ import annotations

import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.web.settings import LOCAL_HOSTS, Settings, read_settings
from services.errors import InvalidValue

if TYPE_CHECKING:
    from services.store.store import Store

app = typer.Typer()

ROOT = Path(__file__).resolve().parents[2]


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8501,
    host: Annotated[
        str, typer.Option(help="Address to listen on; put a TLS proxy in front of any other.")
    ] = "127.0.0.1",
    public_url: Annotated[
        str, typer.Option(help="How people reach it through a proxy, as in https://console.example.com.")
    ] = "",
) -> None:
    """Start the console for real use."""
    # Imported here so that a wrong option is said at once, and --help doesn't wait for Streamlit.
    from services.store.engine import open_store  # noqa: PLC0415

    settings = read_settings(public_url=public_url, host=host)
    check_port(host, port)
    # The server ends in order when told to, and then lets this signal through.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    run(open_store(), settings, port=port, host=host)


def check_port(host: str, port: int) -> None:
    """Raise `InvalidValue` if nothing can listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        if os.name == "posix":
            # As the server will: a port whose last connections are just closing is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise InvalidValue(
                f"The console can't listen on {host}, port {port}: {error.strerror}.",
                "Choose another port with --port.",
                field="port",
            ) from None


def _warn_of_open_network(settings: Settings, host: str) -> None:
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


def run(store: Store, settings: Settings, *, port: int, host: str = "127.0.0.1", quiet: bool = False) -> None:
    """Serve the console on `store` until the process is told to stop.

    Prints the address, and a one-time set-up link while there is no administrator (not when
    `quiet`, for callers that print their own words).
    """
    from console.web.process import PROCESS  # noqa: PLC0415
    from services.access import setup  # noqa: PLC0415

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
        if setup.is_needed(store):
            token = setup.issue_link(store)
            typer.echo("There is no administrator yet. Open this link within two hours; it works once:")
            typer.echo(f"{address}/set-up?token={token}")

    from console.web.asgi import app as console_app  # noqa: PLC0415

    console_app.run(
        config={
            "server.port": port,
            "server.address": host,
            "server.allowedHosts": list(settings.hosts),
            "server.corsAllowedOrigins": [settings.public_url] if settings.public_url else [],
            "server.headless": True,
            "logger.hideWelcomeMessage": True,
        }
    )
