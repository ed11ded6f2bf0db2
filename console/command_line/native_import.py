"""`native-import`: very many new people by AWS's own import job, or just the file for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from console.command_line.file_options import FileOptions, VerifiedOption
from console.command_line.options import NoteOptions, Where, YesOption, carried_out

app = typer.Typer()


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What is to become of a file's people."""

    logs_role: Annotated[
        str, typer.Option("--logs-role", help="ARN of the role with which AWS writes the import's log.")
    ] = ""
    mark_verified: VerifiedOption = False
    file_only: Annotated[
        Path | None, typer.Option("--file-only", help="Write AWS's file here, and send nothing.")
    ] = None
    lines: Annotated[
        Path | None, typer.Option("--lines", help="Write here who is on which line: AWS's log names lines.")
    ] = None
    follow: Annotated[
        bool, typer.Option("--watch", help="Wait until it has ended, then plan the groups.")
    ] = False
    yes: YesOption = False


@app.command(name="native-import")
@carried_out
def native_import(
    where: Where,
    reading: FileOptions,
    wanted: ImportOptions,
    said: NoteOptions,
    file: Annotated[Path | None, typer.Argument(help="The file, or - for standard input.")] = None,
    job: Annotated[str, typer.Option("--job", help="Id of an import begun before, instead of a file.")] = "",
    end: Annotated[bool, typer.Option("--stop", help="Stop the import given with --job, for good.")] = False,
) -> None:
    """Import very many new people by AWS itself: no invitation, nobody becomes an active user.

    They choose a password with “Forgot password” at their first sign-in. Groups follow as a plan.
    Ends with 0, with 3 when somebody was left out, skipped or failed, with 1 when nothing was imported,
    with 4 when watching was interrupted.
    """
