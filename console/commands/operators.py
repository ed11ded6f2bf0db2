"""`operators`: who may sign in to the console, and the way back in when nobody can."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated

import typer

from console.commands import showing
from services.access import setup
from services.access.operators import OperatorService
from services.access.second_factor import SecondFactor
from services.access.sessions import terminal_actor
from services.errors import InvalidValue
from services.roles import Role
from services.store.engine import open_store
from services.store.operators import Operator
from services.words import minute

app = typer.Typer(
    help="Who may sign in to the console, and the way back in when nobody can.", no_args_is_help=True
)

NameArgument = Annotated[str, typer.Argument(help="Name with which the operator signs in.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, for the activity log.")]


@contextmanager
def _service() -> Iterator[OperatorService]:
    # The database is made at the console's first start, not by a misspelt address here.
    with open_store(create=False) as store:
        yield OperatorService(store, terminal_actor())


def _named(service: OperatorService, name: str) -> Operator:
    operator = service.store.operators.by_username(name)
    if operator is None:
        raise InvalidValue(
            f"There is no operator called “{name}”. Nothing was changed.",
            "`python -m console operators list` names them all.",
        )
    return operator


@app.command("list")
def list_operators(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Name every operator with role, state and last sign-in."""
    with _service() as service:
        operators = service.list()
    if as_json:
        showing.print_json([asdict(operator) for operator in operators])
        return
    for operator in operators:
        seen = minute(operator.last_sign_in) if operator.last_sign_in else "never signed in"
        state = "ALTERED" if operator.altered else "disabled" if operator.disabled else "active"
        typer.echo(
            showing.plain(f"{operator.username:24}  {operator.role:8}  {state:8}  {seen:20}  {operator.name}")
        )


@app.command()
def add(
    name: NameArgument,
    role: Annotated[Role, typer.Option("--role", help="What they may do.")],
    full_name: Annotated[str, typer.Option("--full-name", help="As colleagues know them.")] = "",
    email: Annotated[str, typer.Option("--email", help="Where they can be reached.")] = "",
) -> None:
    """Add an operator and print the first password, which can't be read again."""
    with _service() as service:
        operator, password = service.add(name, full_name, email, role)
    typer.echo(showing.plain(f"{operator.username} is added as {operator.role}. First password:"), err=True)
    typer.echo(password)


@app.command()
def reset(
    name: NameArgument,
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="Take their second factor away, too.")
    ] = False,
    reason: ReasonOption = "",
) -> None:
    """Give an operator a new password, print it, and sign them out everywhere."""
    with _service() as service:
        operator = _named(service, name)
        password = service.reset_password(operator.id, reason)
        if second_factor:
            SecondFactor(service.store).remove(operator.id, service.who(), reason)
    typer.echo(
        showing.plain(f"{operator.username} is signed out everywhere. New password, to be changed at once:"),
        err=True,
    )
    typer.echo(password)


@app.command()
def disable(name: NameArgument, reason: ReasonOption = "") -> None:
    """Keep an operator out, ending their sessions at once. The last administrator can't be."""
    with _service() as service:
        operator = service.set_disabled(_named(service, name).id, True, reason)
    typer.echo(showing.plain(f"{operator.username} is disabled and signed out everywhere."))


@app.command()
def enable(name: NameArgument, reason: ReasonOption = "") -> None:
    """Let a disabled operator in again."""
    with _service() as service:
        operator = service.set_disabled(_named(service, name).id, False, reason)
    typer.echo(showing.plain(f"{operator.username} may sign in again."))


@app.command()
def confirm(
    name: NameArgument,
    role: Annotated[Role, typer.Option("--role", help="What they may do from now on.")],
    reason: ReasonOption = "",
) -> None:
    """Let an operator in again whose record was changed past the console (ALTERED in the list)."""
    with _service() as service:
        operator = service.confirm(_named(service, name).id, role, reason)
    typer.echo(showing.plain(f"{operator.username} may sign in again, as {operator.role}."))


@app.command()
def link(
    name: NameArgument,
    url: Annotated[
        str, typer.Option("--url", help="Address of the console.", envvar="CONSOLE_PUBLIC_URL")
    ] = "http://localhost:8501",
) -> None:
    """Print a link with which an operator chooses a new password: good once, for two hours."""
    with _service() as service:
        token = setup.issue_way_back(service.store, _named(service, name), service.who())
    typer.echo(f"{url.rstrip('/')}/set-up?token={token}")
