"""`operators`: who may sign in to the console, and the way back in when nobody can."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

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


def list_operators(*, as_json: bool) -> None:
    """Carry out `list`."""
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


def add(*, name: str, role: Role, full_name: str, email: str) -> None:
    """Carry out `add`."""
    with _service() as service:
        operator, password = service.add(name, full_name, email, role)
    typer.echo(showing.plain(f"{operator.username} is added as {operator.role}. First password:"), err=True)
    typer.echo(password)


def reset(*, name: str, second_factor: bool, reason: str) -> None:
    """Carry out `reset`."""
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


def disable(*, name: str, reason: str) -> None:
    """Carry out `disable`."""
    with _service() as service:
        operator = service.set_disabled(_named(service, name).id, True, reason)
    typer.echo(showing.plain(f"{operator.username} is disabled and signed out everywhere."))


def enable(*, name: str, reason: str) -> None:
    """Carry out `enable`."""
    with _service() as service:
        operator = service.set_disabled(_named(service, name).id, False, reason)
    typer.echo(showing.plain(f"{operator.username} may sign in again."))


def confirm(*, name: str, role: Role, reason: str) -> None:
    """Carry out `confirm`."""
    with _service() as service:
        operator = service.confirm(_named(service, name).id, role, reason)
    typer.echo(showing.plain(f"{operator.username} may sign in again, as {operator.role}."))


def link(*, name: str, url: str) -> None:
    """Carry out `link`."""
    with _service() as service:
        token = setup.issue_way_back(service.store, _named(service, name), service.who())
    typer.echo(f"{url.rstrip('/')}/set-up?token={token}")
