"""`setup`: the first steps at a terminal, by questions or from a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import typer

from console.commands import showing
from console.commands.showing import Exit
from services.access.operators import OperatorService
from services.access.sessions import terminal_actor
from services.cognito.probe import ProbeStep
from services.configuration.applications import ApplicationService
from services.configuration.connections import KEY_KINDS, KIND_CAPTIONS, KIND_TITLES, ConnectionService
from services.configuration.declared import DeclaredOperator, read
from services.configuration.pools import PoolService
from services.configuration.transfer import Effect, ImportPlan, OnClash, TransferService
from services.errors import FileRejected, InvalidValue
from services.roles import ActorSource
from services.store.connections import NO_KEYS, Connection, ConnectionSecret, CredentialKind
from services.store.engine import open_store
from services.store.operators import Operator
from services.store.store import Store
from services.words import counted

T = TypeVar("T")
_CREDENTIALS = "Credentials"
_EFFECTS = {
    Effect.ADD: "added",
    Effect.CHANGE: "changed",
    Effect.SAME: "is so already",
    Effect.KEEP: "differs; stays",
}


def setup_command(*, file: Path | None, check: bool, test: bool) -> None:
    """Carry out `setup`."""
    who = terminal_actor()
    if file is None and check:
        raise InvalidValue("--check needs a file.", "Name it with --from.")
    with open_store() as store:
        if file is None:
            _ask(store, who)
        else:
            _from_file(store, who, file, check=check, test=test)
        if not store.operators.list():
            typer.echo("Nobody can sign in yet: `python -m console serve` prints a link for the first one.")


def _from_file(store: Store, who: ActorSource, file: Path, *, check: bool, test: bool) -> None:
    try:
        declared = read(file.read_bytes(), store)
    except OSError as error:
        raise FileRejected(f"{file} can't be read: {error.strerror}. Nothing was changed.") from error
    transfer = TransferService(store, who)
    plan = transfer.preview(declared.bundle, OnClash.REPLACE)
    here = {operator.username.casefold(): operator for operator in store.operators.list()}
    new = [operator for operator in declared.operators if operator.username.casefold() not in here]
    nothing = plan.does_nothing and not new
    if not check and not plan.does_nothing:
        transfer.apply(declared.bundle, OnClash.REPLACE, plan)
    _say(plan, check=check)
    for operator in declared.operators:
        there = here.get(operator.username.casefold())
        password = "" if check or there else _add_operator(store, who, operator)
        _say_operator(operator, there, check=check)
        if password:
            typer.echo(showing.plain(f"First password of {operator.username}:"), err=True)
            typer.echo(password)
    if check:
        raise typer.Exit(Exit.OK if nothing else Exit.CHANGES)
    if nothing:
        typer.echo("Nothing was to be changed.")
    if test and not _tested(store, who, [entry.name for entry in declared.bundle.connections]):
        typer.echo("It is set up, but a test did not pass.", err=True)
        raise typer.Exit(Exit.SOME_FAILED)


def _say(plan: ImportPlan, *, check: bool) -> None:
    """What became of each item of the file; with `check` what would."""
    for item in plan.items:
        fields = [name for name in item.after if item.effect is Effect.CHANGE]
        what = f" ({', '.join(fields)})" if fields else ""
        note = f" {item.note}" if item.note else ""
        would_be = "would be " if check and item.effect in (Effect.ADD, Effect.CHANGE) else ""
        typer.echo(showing.plain(f"{item.kind} {item.name}: {would_be}{_EFFECTS[item.effect]}{what}.{note}"))


def _say_operator(operator: DeclaredOperator, there: Operator | None, *, check: bool) -> None:
    if there is None:
        said = "would be added" if check else "added"
    elif there.role == operator.role:
        said = "is so already"
    else:
        said = f"is {there.role} here; stays (change it on Operators)"
    typer.echo(showing.plain(f"operator {operator.username} ({operator.role}): {said}."))


def _add_operator(store: Store, who: ActorSource, operator: DeclaredOperator) -> str:
    """Add them; their first password."""
    service = OperatorService(store, who)
    return service.add(operator.username, operator.full_name, operator.email, operator.role)[1]


def _tested(store: Store, who: ActorSource, names: Sequence[str]) -> bool:
    """Test the connections of these names, saying each step; True when none failed."""
    service = ConnectionService(store, who)
    wanted = {name.casefold() for name in names}
    passed = True
    for connection in service.list():
        if connection.name.casefold() in wanted:
            typer.echo(showing.plain(f"Test of {connection.name}:"))
            passed &= _show_test(service.test(connection.id))
    return passed


def _show_test(steps: Iterable[ProbeStep]) -> bool:
    # each is said as it ends
    return all([_show_step(step) for step in steps])


def _show_step(step: ProbeStep) -> bool:
    mark = {True: "✓", False: "✗", None: "·"}[step.passed]
    typer.echo(showing.plain(f"  {mark} {step.title}: {step.sentence}"))
    if step.next_step and not step.passed:
        typer.echo(showing.plain(f"      {step.next_step}"))
    return step.passed is not False


def _ask(store: Store, who: ActorSource) -> None:
    """The same by questions: a connection, what it sees, and what people sign in to."""
    connections = ConnectionService(store, who)
    typed: dict[str, str] = {}
    saved = _until_taken(lambda: _connection(connections, typed))
    if not _show_test(connections.test(saved)):
        typer.echo("The connection is saved. Mend what the test says on Configuration → Connections.")
        raise typer.Exit(Exit.SOME_FAILED)
    found = connections.pools_to_add(saved)
    if not found:
        typer.echo("It sees no user pool that isn't here already.")
        return
    for number, summary in enumerate(found, 1):
        typer.echo(showing.plain(f"  {number}. {summary.name} ({summary.id})"))
    chosen = _until_taken(lambda: _numbers(typer.prompt("Add which (all, none, or 1,3)", "all"), len(found)))
    for made in PoolService(store, who).add_found(saved, [found[number - 1] for number in chosen]):
        typer.echo(showing.plain(f"The pool {made.record.name} is added."))
        _applications(ApplicationService(store, who), made.record.id)


def _connection(service: ConnectionService, typed: dict[str, str]) -> str:
    """Ask for a connection and save it; what was `typed` before is offered again, but for secrets."""

    def ask(question: str, first: str | None = "") -> str:
        offered = typed.get(question, first)
        typed[question] = typer.prompt(question, offered, show_default=bool(offered))
        return typed[question]

    name = ask("Name of the connection", "AWS")
    region = ask("Region", os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"))
    endpoint = ask("Endpoint (blank for AWS)", os.environ.get("AWS_ENDPOINT_URL", ""))
    kind = _until_taken(lambda: _kind(typed.get(_CREDENTIALS, "")))
    typed[_CREDENTIALS] = str(kind)
    role_arn = ask("Role ARN", None) if kind is CredentialKind.ROLE else ""
    external_id = ask("External ID (blank for none)") if kind is CredentialKind.ROLE else ""
    profile = ask("Profile", None) if kind is CredentialKind.PROFILE else ""
    keys = NO_KEYS
    if kind in KEY_KINDS:
        key_id = ask("Access key id", None)
        secret = typer.prompt("Secret access key", hide_input=True)
        token = typer.prompt("Session token", hide_input=True) if kind is CredentialKind.SESSION else ""
        keys = ConnectionSecret(key_id, secret, token)
    new = Connection(
        name,
        region,
        kind,
        endpoint_url=endpoint,
        profile=profile,
        role_arn=role_arn,
        external_id=external_id,
        secret=keys,
    )
    return service.add(new).record.id


def _kind(before: str) -> CredentialKind:
    if not before:
        for offered, about in KIND_CAPTIONS.items():
            typer.echo(f"  {offered:8} {KIND_TITLES[offered]}. {about}")
    try:
        return CredentialKind(typer.prompt(_CREDENTIALS, before or str(CredentialKind.ROLE)).strip().lower())
    except ValueError:
        raise InvalidValue(
            "There are no such credentials.", f"Type one of {', '.join(KIND_CAPTIONS)}."
        ) from None


def _applications(service: ApplicationService, pool_record_id: str) -> None:
    proposed = [found for found in service.proposals(pool_record_id) if found.usable]
    if not proposed:
        return
    for found in proposed:
        application = found.application
        typer.echo(showing.plain(f"  {application.name}: {application.application_url or found.note}"))
    if typer.confirm(f"Add {counted(len(proposed), 'application')}?", default=True):
        for found in proposed:
            service.add(found.application)
        typer.echo("Added. Which groups may use them is chosen on Configuration → Applications.")


def _numbers(typed: str, many: int) -> list[int]:
    """The numbers meant, from 1 on. Raises `InvalidValue`."""
    if typed.strip().casefold() in ("all", "none"):
        return list(range(1, many + 1)) if typed.strip().casefold() == "all" else []
    parts = [part.strip() for part in typed.split(",") if part.strip()]
    if not all(part.isdecimal() and 1 <= int(part) <= many for part in parts):
        raise InvalidValue(f"Type all, none, or numbers from 1 to {many} by commas.")
    return list(dict.fromkeys(map(int, parts)))


def _until_taken(ask: Callable[[], T]) -> T:
    """Ask again until what is typed can be used; each refusal is said."""
    while True:
        try:
            return ask()
        except InvalidValue as error:
            typer.echo(showing.plain(f"{error.message} {error.next_step}".strip()), err=True)
