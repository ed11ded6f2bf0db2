"""The commands of the console: each in a file of its own, imported only when it is called."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import typer

from services.errors import ConsoleError

_USAGE_ERROR: Any = typer.BadParameter.__base__
"""What Typer raises for every wrong option or argument; it has no public name of its own."""


class Command(NamedTuple):
    """A command, the file in console/command_line/ that has it, and its line in --help."""

    name: str
    module: str
    line: str


COMMANDS = (
    Command(
        "demo", "serve", "Start the console on an embedded Cognito. Everything is forgotten when it stops."
    ),
    Command("serve", "serve", "Start the console for real use."),
    Command("setup", "setup", "Connect to AWS and add user pools, by questions or from a file."),
    Command("worker", "worker", "Run jobs and all that comes by itself, beside consoles on PostgreSQL."),
    Command("plan", "plan", "Show what a CSV file would change in a user pool. Changes nothing."),
    Command("apply", "plan", "Carry out a CSV file on a user pool."),
    Command("jobs", "jobs", "List jobs and how far they are."),
    Command("resume", "jobs", "Go on with a job that stopped."),
    Command("undo", "jobs", "Plan and carry out the undoing of a job."),
    Command("native-import", "native_import", "Import very many new people by AWS's own import job."),
    Command("snapshot", "snapshot", "Read a whole user pool: people, groups and memberships."),
    Command("search", "search", "Find people by any word, attribute, group or status."),
    Command("export", "search", "Write users, groups or memberships to a file."),
    Command("audit", "audit", "Check a user pool by the audit rules."),
    Command("ask", "ask", "Ask a kept snapshot a question of your own, in SQL."),
    Command("diff", "diff", "Compare two snapshots, or a snapshot with a list."),
    Command("schedule", "schedule", "Plan work that begins by itself, and see what came of it."),
    Command("login-test", "login_test", "Sign in as a user and name the link of the chain that fails."),
    Command("explain", "explain", "Say why a user can't sign in to an application."),
    Command("check-token", "check_token", "Check a token against the known user pools."),
    Command("doctor", "doctor", "Check the settings of a user pool and its app clients."),
    Command("providers", "providers", "List the identity providers of a pool, and check whether they work."),
    Command("operators", "operators", "List, add and let in again the people who may sign in."),
    Command("activity", "activity", "Verify that nobody altered the activity log."),
    Command("erase", "erase", "Erase what the console keeps about one person."),
    Command("backup", "backup", "Copy the console's database into a file, while it runs."),
    Command("restore", "backup", "Put a backup in the place of the database."),
    Command("keys", "keys", "Make and rotate the keys that encrypt stored secrets."),
    Command("version", "version", "Print the release, for a report of a fault."),
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; ends the process with 0, or 1 after an error that is said in words."""
    # left at 2, a mistyped option of `plan` would say to a script that changes are waiting
    _USAGE_ERROR.exit_code = 1
    args = list(sys.argv[1:] if arguments is None else arguments)
    try:
        build_app(args)(args=args, prog_name="python -m console")
    except ConsoleError as error:
        typer.echo(f"Error: {error.message}", err=True)
        if error.next_step:
            typer.echo(error.next_step, err=True)
        sys.exit(1)


def build_app(arguments: Sequence[str]) -> typer.Typer:
    """The application for these arguments: the command they name, and one line for each other."""
    app = typer.Typer(
        help="Cognito Ops Console: work with Amazon Cognito user pools, in a browser or from here.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_no_options)
    called = next((argument for argument in arguments if not argument.startswith("-")), "")
    for command in COMMANDS:
        if command.name == called:
            _mount(app, command)
        else:
            app.command(command.name, help=command.line)(_no_options)
    return app


def _mount(app: typer.Typer, command: Command) -> None:
    """Add the command from its file's `app`: the one of that name, its only one, or the whole group."""
    group: typer.Typer = importlib.import_module(f"console.command_line.{command.module}").app
    infos = group.registered_commands
    named = [info for info in infos if (info.name or _plain_name(info)) == command.name]
    # with a callback of its own a group stays one, whatever it holds: `activity verify`
    alone = len(infos) == 1 and not group.registered_groups and group.registered_callback is None
    only = infos if alone else []
    if found := named or only:
        found[0].name = command.name
        found[0].help = found[0].help or inspect.getdoc(found[0].callback) or command.line
        app.registered_commands.append(found[0])
    else:
        app.add_typer(group, name=command.name, help=command.line)


def _plain_name(info: typer.models.CommandInfo) -> str:
    return info.callback.__name__.replace("_", "-") if info.callback else ""


def _no_options() -> None:
    """Holds a place in --help."""
