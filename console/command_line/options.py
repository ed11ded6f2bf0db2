"""Options that several commands share, and how a command that is declared here is carried out."""

from __future__ import annotations

import functools
import gc
import importlib
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, get_type_hints

import typer

from services.cognito.quotas import JOB_SHARE

PoolOption = Annotated[str, typer.Option("--pool", help="Name of a pool set up in the console.")]
RegionOption = Annotated[
    str, typer.Option("--region", help="AWS region, with --pool-id: uses AWS's ordinary environment.")
]
PoolIdOption = Annotated[
    str, typer.Option("--pool-id", help="Id of a user pool, such as eu-west-1_AbCdEf123.")
]
EndpointOption = Annotated[str, typer.Option("--endpoint-url", help="Another endpoint than AWS's own.")]
ShareOption = Annotated[
    float,
    typer.Option(help="Part of each AWS quota to use; production traffic needs the rest.", min=0.01, max=1.0),
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]
ResultsOption = Annotated[
    Path | None, typer.Option("--results", help="Write every row's outcome to this CSV.")
]
PasswordsOption = Annotated[
    Path | None, typer.Option("--passwords", help="Write temporary passwords to this new CSV, once.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")]
ApplicationOption = Annotated[
    str, typer.Option("--app", help="Name of an application that is set up in the console.")
]
MaxAgeOption = Annotated[
    str,
    typer.Option(
        "--max-age",
        help="Use a complete snapshot that is at most so old (30m, 12h, 2d), else read the pool. 0 reads in "
        "any case; “any” uses what is kept, however old.",
    ),
]
USUAL_AGE = "1h"
"""How old what is kept may be, unless it is said, for every command that needs a whole pool."""
ReadOption = Annotated[bool, typer.Option("--read", help="Read the pool now, as --max-age 0 does.")]
ReadShareOption = Annotated[
    float,
    typer.Option("--share", help="Share of AWS's request quota for reading, to 1.", min=0.01, max=1.0),
]
READ_SHARE = JOB_SHARE


def carried_out(command: Callable[..., None]) -> Callable[..., None]:
    """`command` as Typer takes it; what it does is the function of its name in console/commands/.

    That file, of the same name as the command's own, is loaded when the command is called, so that `--help`
    needn't wait for what only carrying it out needs.

    A parameter that is a dataclass becomes an option for each of its fields: so options that several commands
    share are written once, and reach the command as one value.
    """
    hints = get_type_hints(command, include_extras=True)
    sets = {name: hint for name, hint in hints.items() if is_dataclass(hint) and isinstance(hint, type)}
    parameters: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        if name not in sets:
            parameters.append(parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        parameters += _options_of(sets[name])
    signature = inspect.Signature(parameters)

    @functools.wraps(command)
    def given(**typed: object) -> None:
        bound = signature.bind(**typed)
        bound.apply_defaults()
        values = bound.arguments
        for name, kind in sets.items():
            values[name] = kind(**{option.name: values.pop(option.name) for option in fields(kind)})
        file = _loaded(command.__module__.replace(__package__, "console.commands"))
        if file.__name__.rpartition(".")[2] not in _STAYING:
            leave_pandas_out()
        getattr(file, command.__name__)(**values)

    given.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    given.__signature__ = signature  # type: ignore[attr-defined]
    return given


_STAYING = ("serve", "worker")
"""Files of commands that go on as a service and sooner or later show tables."""


class _NotInstalled:
    """Makes pandas look as if it weren't installed, to whoever imports it meanwhile."""

    @classmethod
    def find_spec(cls, fullname: str, _path: object = None, _target: object = None) -> None:
        """Nothing, so that the others look; an error for pandas."""
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname, name=fullname)


def leave_pandas_out() -> None:
    """Keep pyarrow from loading pandas, a fifth of a second, before the first array that it makes of a list.

    It looks for pandas then, once, so as to know its objects when it is given some. A command whose file
    loads no pandas gives it none; `to_pandas` loads it later all the same.
    """
    arrow = sys.modules.get("pyarrow")
    if arrow is None or "pandas" in sys.modules:
        return
    sys.meta_path.insert(0, _NotInstalled)
    try:
        arrow.array([])
    finally:
        sys.meta_path.remove(_NotInstalled)


def _loaded(name: str) -> ModuleType:
    """The module of this name, loaded if it isn't yet.

    What is loaded stays: looking through it for garbage meanwhile, and ever after, took a fifth of the time
    until a command began.
    """
    if name in sys.modules:
        return sys.modules[name]
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.freeze()
        gc.enable()


def _options_of(kind: type[Any]) -> list[inspect.Parameter]:
    """A parameter for each field of a dataclass of options."""
    types = get_type_hints(kind, include_extras=True)
    keyword = inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter(option.name, keyword, default=option.default, annotation=types[option.name])
        for option in fields(kind)
    ]


@dataclass(frozen=True, slots=True)
class NoteOptions:
    """Why it is done, for the activity log."""

    reason: Annotated[str, typer.Option("--reason", help="Why, for the activity log.")] = ""
    ticket: Annotated[str, typer.Option("--ticket", help="The ticket it belongs to, for the log.")] = ""


@dataclass(frozen=True, slots=True)
class Where:
    """Which pool the options named."""

    pool: PoolOption = ""
    region: RegionOption = ""
    pool_id: PoolIdOption = ""
    endpoint_url: EndpointOption = ""
