"""`serve`: the console for real use. `demo`: on an embedded Cognito, forgotten when it stops."""

from __future__ import annotations

from typing import Annotated

import typer

from console.command_line.options import carried_out

app = typer.Typer()


@app.command()
@carried_out
def serve(
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8501,
    host: Annotated[
        str, typer.Option(help="Address to listen on; put a TLS proxy in front of any other.")
    ] = "127.0.0.1",
    public_url: Annotated[
        str, typer.Option(help="How people reach it through a proxy, as in https://console.example.com.")
    ] = "",
    proxy: Annotated[
        str,
        typer.Option(
            help="Address of the proxy in front, whose word on where people come from is taken; "
            "several by comma. With --public-url it is this machine unless another is named."
        ),
    ] = "",
    work: Annotated[
        bool,
        typer.Option(help="Run jobs in this process, too; on PostgreSQL, workers can do it instead."),
    ] = True,
    processes: Annotated[
        int,
        typer.Option(
            help="So many consoles, at this port and those after it, behind a proxy that keeps each "
            "browser with one of them.",
            min=1,
            max=64,
        ),
    ] = 1,
    one_of_several: Annotated[bool, typer.Option("--one-of-several", hidden=True)] = False,
) -> None:
    """Start the console for real use."""


@app.command()
@carried_out
def demo(
    port: Annotated[int, typer.Option(help="Port of the console.", min=1, max=65535)] = 8501,
    people: Annotated[
        int, typer.Option(help="People in the pool “staff”; “customers” has 200.", min=1, max=20_000)
    ] = 500,
    browser: Annotated[bool, typer.Option(help="Open the browser once the console answers.")] = True,
) -> None:
    """Start the console on an embedded Cognito. Everything is forgotten when it stops."""
