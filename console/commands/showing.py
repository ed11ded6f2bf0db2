"""What commands end with, and how they show what they found.

Exit codes:

| code | plan | apply, resume, undo |
|---|---|---|
| 0 | nothing to do | every row is done or was so already |
| 1 | the file or some rows have errors, or it couldn't be planned | nothing of it was carried out |
| 2 | changes are waiting | changes are waiting (`undo --plan`) |
| 3 | – | carried out in part: some rows aren't done, also where the job was stopped or given up |
| 4 | – | paused or waiting: `resume` goes on |

`audit`: 0 all is well; 1 an error; 2 findings at or above --fail-on; 3 none of those, but something
couldn't be read or evaluated.

`ask`: 0 the answer is whole; 1 it wasn't answered; 3 something wasn't read, or there are more rows.

Wrong options end with 1, too (`console.terminal.main` sees to it).
"""

from __future__ import annotations

import codecs
import json
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import Any

import typer

from services.access.sessions import terminal_actor
from services.errors import FileRejected
from services.login.chain import Link, LinkState
from services.store.activity import taken_file
from services.store.store import Store

MARKS = {
    LinkState.PASSED: "✓",
    LinkState.FAILED: "✗",
    LinkState.DOUBTFUL: "!",
    LinkState.NOT_REACHED: "·",
    LinkState.NOT_APPLICABLE: "–",
}
"""What stands before a link of a chain, by how it was found."""


def chain_lines(links: Iterable[Link]) -> Iterable[str]:
    """A line for each link; below those that don't hold, what to do and what was found."""
    for link in links:
        yield f"{MARKS[link.state]} {link.title}: {plain(link.sentence)}"
        if link.state in (LinkState.FAILED, LinkState.DOUBTFUL):
            if link.fix:
                yield f"    To do: {plain(link.fix)}"
            if link.detail:
                yield f"    Found: {plain(link.detail)}"


class Exit(IntEnum):
    """Exit codes by meaning."""

    OK = 0
    ERROR = 1
    CHANGES = 2
    SOME_FAILED = 3
    PAUSED = 4


def show_reading(sentence: str, fraction: float | None) -> None:
    """Show on a terminal how far the pool has been read."""
    if sys.stderr.isatty():
        share = f" {fraction:.0%}" if fraction is not None else ""
        typer.echo(f"\r{sentence}{share}\033[K", nl=False, err=True)


def exit_of_audit(*, failed: bool, certain: bool) -> Exit:
    """The exit code for an audit: `failed` by --fail-on, `certain` if everything asked was answered."""
    if failed:
        return Exit.CHANGES
    return Exit.OK if certain else Exit.SOME_FAILED


def print_json(data: Any) -> None:
    """Write data to standard output as JSON."""
    typer.echo(as_json(data))


def as_json(data: Any) -> str:
    """Data as JSON for people to read, too."""
    return json.dumps(data, indent=2, ensure_ascii=False, default=_plain)


def plain(text: str) -> str:
    """Text from outside, without the control characters that could steer a terminal."""
    return "".join(char if char.isprintable() else "�" for char in text)


def _plain(value: object) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return dict(value) if isinstance(value, Mapping) else str(value)


def write(data: bytes, output: Path | None) -> None:
    """Write to the terminal (without a byte order mark), or into a file. Raises `FileRejected`."""
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(data.removeprefix(codecs.BOM_UTF8))
        sys.stdout.buffer.flush()
        return
    try:
        output.write_bytes(data)
    except OSError as error:
        raise FileRejected(f"{output} can't be written: {error.strerror}.", "Choose another place.") from None


def hand_out(store: Store, pool: str, data: bytes, output: Path | None, what: str) -> None:
    """Write a file about people of the pool called `pool` as `write` does; the activity log says who took it.

    `what` names it where it goes to the terminal, or through a pipe to wherever. Raises `FileRejected`.
    """
    name = output.name if output is not None else f"{what} (standard output)"
    with store.activity.audited(taken_file(terminal_actor()(), pool, name)) as line:
        write(data, output)
        line.after = {"bytes": len(data)}
