"""A file of people on the command line: how it is read, and how its rows are treated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from console.command_line.options import ShareOption

VerifiedOption = Annotated[
    bool, typer.Option("--mark-verified", help="Mark e-mail addresses and phone numbers as verified.")
]


@dataclass(frozen=True, slots=True)
class FileOptions:
    """How a file is to be read, where it isn't to be told from the file itself."""

    column: Annotated[
        list[str] | None,
        typer.Option("--column", help="Meaning of a column, as HEADING=MEANING; repeatable."),
    ] = None
    encoding: Annotated[
        str, typer.Option("--encoding", help="Encoding of the file, such as UTF-8 or Windows-1252.")
    ] = ""
    delimiter: Annotated[
        str,
        typer.Option("--delimiter", help="What stands between cells: comma, semicolon, tab or bar."),
    ] = ""
    sheet: Annotated[str, typer.Option("--sheet", help="Sheet of a workbook.")] = ""
    header_row: Annotated[
        int | None, typer.Option("--header-row", help="Row with the headings, 0 for a file without.", min=0)
    ] = None


@dataclass(frozen=True, slots=True)
class RowOptions:
    """How the rows of a file are treated."""

    share: ShareOption = 0.5
    action: Annotated[str, typer.Option(help="What rows without an action column ask.")] = "upsert"
    delivery: Annotated[str, typer.Option(help="Invite new people by: none, email, sms, email+sms.")] = "none"
    create_groups: Annotated[
        bool, typer.Option("--create-groups", help="Create groups that are missing.")
    ] = False
    leave_group: Annotated[
        list[str] | None,
        typer.Option("--leave-group", help="Don't create this one of the missing groups; repeatable."),
    ] = None
    mark_verified: VerifiedOption = False
    delete_enabled: Annotated[
        bool, typer.Option("--delete-enabled", help="Delete people who aren't disabled, too.")
    ] = False
    scope: Annotated[
        str,
        typer.Option("--scope", help="Further groups that sync_groups may touch, with ; between them."),
    ] = ""
    accept: Annotated[
        list[str] | None,
        typer.Option(
            "--accept",
            help="Take cells with this kind of damage as they stand, such as mojibake; repeatable.",
        ),
    ] = None
    repair: Annotated[
        list[str] | None,
        typer.Option(
            "--repair", help="Put cells with this kind of damage right where that can be; repeatable."
        ),
    ] = None
    phone_region: Annotated[
        str,
        typer.Option(
            "--phone-region",
            help="Country of phone numbers without country code, such as SE; otherwise the pool's setting.",
        ),
    ] = ""

    usernames: Annotated[
        str,
        typer.Option(
            "--usernames",
            help="Make usernames of new people from a pattern, such as {first}.{last}, {f}{last} or {mail}; "
            "an attribute in braces too.",
        ),
    ] = ""
    split_names: Annotated[
        bool,
        typer.Option("--split-names", help="Split full names of new people into first and last."),
    ] = False
    join_names: Annotated[
        bool,
        typer.Option("--join-names", help="Put full names of new people together from first and last."),
    ] = False

    leaver: Annotated[
        list[str] | None,
        typer.Option(
            "--leaver",
            help="What the action leaver does: sign-out, disable, groups; repeatable. Otherwise all of them.",
        ),
    ] = None

    zone: Annotated[
        str,
        typer.Option("--zone", help="Time zone in which last days end, such as Europe/Berlin."),
    ] = ""
