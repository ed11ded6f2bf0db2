"""A file of people on the command line: how it is read, and how its rows are treated."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from console.commands import showing
from console.commands.options import ShareOption
from services.bulk.cells.cell_text import media_of, split_groups
from services.bulk.cells.damage import DamageKind
from services.bulk.columns import ColumnMap, recognise
from services.bulk.files.csv_file import DELIMITERS, Choices, CsvTable, read_file
from services.bulk.files.encoding import EncodingReading, encoding_named
from services.bulk.model import PlanOptions
from services.bulk.row_actions import action_of, row_actions
from services.cognito.models import UserPool
from services.errors import FileRejected, InvalidValue
from services.people.leaving import LeaverPart
from services.schedule.timing import zone_of
from services.store import checks

VerifiedOption = Annotated[
    bool, typer.Option("--mark-verified", help="Mark e-mail addresses and phone numbers as verified.")
]
_SIGNS = {name: sign for sign, name in DELIMITERS.items()} | {"pipe": "|", "\\t": "\t"}


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

    def table(self, file: Path) -> CsvTable:
        """The file (`-`: standard input) as a table. Raises `FileRejected`, and `InvalidValue` for words
        that mean nothing."""
        name = "standard input" if str(file) == "-" else file.name
        table = read_file(_bytes_of(file), name, self._choices())
        if table.readings:
            raise FileRejected(f"It isn't sure in which encoding {name} is.", _which(table.readings))
        return table

    def columns(self, table: CsvTable, pool: UserPool) -> ColumnMap:
        """What the table's columns mean. Raises `InvalidValue` for words that mean nothing."""
        mapping = recognise(table.header, pool, table.repeated)
        known = {target.name for target in mapping.targets}
        for assignment in self.column or []:
            heading, _, target = assignment.rpartition("=")
            column = next((it for it in mapping.columns if it.heading == heading), None)
            if column is None:
                headings = ", ".join(it.heading for it in mapping.columns)
                raise InvalidValue(f"The file has no column “{heading}”.", f"Its columns: {headings}.")
            if target and target not in known:
                raise InvalidValue(
                    f"A column can't mean “{target}”.", f"It can mean: {', '.join(sorted(known))}."
                )
            mapping = mapping.assign(column.index, target)
        return mapping

    def _choices(self) -> Choices:
        sign = _SIGNS.get(self.delimiter.casefold(), self.delimiter)
        if sign and sign not in DELIMITERS:
            raise InvalidValue(
                f"“{self.delimiter}” can't separate cells.", "Use comma, semicolon, tab or bar."
            )
        encoding = encoding_named(self.encoding) if self.encoding else ""
        return Choices(encoding, sign, self.sheet, self.header_row)


def _bytes_of(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise FileRejected(f"{file} can't be read: {error.strerror}.", "Check the path.") from None


def _which(readings: Sequence[EncodingReading]) -> str:
    lines = [f"  --encoding {reading.encoding!r}: {' / '.join(reading.lines)}" for reading in readings]
    return "\n".join(["Choose the reading that looks right:", *map(showing.plain, lines)])


def _leaver_parts(asked: Sequence[str] | None) -> tuple[str, ...]:
    for part in asked or ():
        if part not in set(LeaverPart):
            raise InvalidValue(
                f"“{part}” is nothing that is done to leavers.", f"Use one of: {', '.join(LeaverPart)}."
            )
    return tuple(asked or LeaverPart)


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

    def plan_options(self) -> PlanOptions:
        """The options of a plan. Raises `InvalidValue` for words that mean nothing."""
        action, media = action_of(self.action), media_of(self.delivery)
        if action is None:
            raise InvalidValue(f"“{self.action}” is no action.", f"Use one of: {', '.join(row_actions())}.")
        if media is None:
            raise InvalidValue(
                f"“{self.delivery}” is no way to invite.", "Use none, email, sms or email+sms."
            )
        for kind in (*(self.accept or ()), *(self.repair or ())):
            if kind not in set(DamageKind):
                raise InvalidValue(f"“{kind}” is no kind of damage.", f"Use one of: {', '.join(DamageKind)}.")
        return PlanOptions(
            share=self.share,
            action=action,
            delivery=media,
            create_groups=self.create_groups,
            leave_groups=tuple(self.leave_group or ()),
            mark_verified=self.mark_verified,
            delete_enabled=self.delete_enabled,
            scope=split_groups(self.scope),
            accept=tuple(self.accept or ()),
            repair=tuple(self.repair or ()),
            region=checks.phone_region(self.phone_region),
            usernames=self.usernames,
            split_names=self.split_names,
            leaver=_leaver_parts(self.leaver),
            zone=zone_of(self.zone).key if self.zone else "",
        )
