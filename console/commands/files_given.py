"""A file of people on the command line: how it is read, and how its rows are treated."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from console.command_line.file_options import FileOptions, RowOptions
from console.commands import showing
from services.bulk.cells.cell_text import media_of, split_groups
from services.bulk.cells.damage import KINDS, DamageKind
from services.bulk.columns import ColumnMap, recognise
from services.bulk.files.csv_file import Choices, CsvTable, read_file
from services.bulk.files.dialect import DELIMITERS
from services.bulk.files.encoding import EncodingReading, encoding_named
from services.bulk.model import PlanOptions
from services.bulk.row_actions import action_of, row_actions
from services.cognito.models import UserPool
from services.errors import FileRejected, InvalidValue, SheetNotChosen
from services.people.leaving import LeaverPart
from services.schedule.timing import zone_of
from services.store import checks

_SIGNS = {name: sign for sign, name in DELIMITERS.items()} | {"pipe": "|", "\\t": "\t"}


def table_of(file: Path, reading: FileOptions) -> CsvTable:
    """The file (`-`: standard input) as a table. Raises `FileRejected`, and `InvalidValue` for words
    that mean nothing."""
    name = "standard input" if str(file) == "-" else file.name
    try:
        table = read_file(_bytes_of(file), name, _choices(reading))
    except SheetNotChosen as error:
        named = ", ".join(f"--sheet {sheet!r}" for sheet in error.sheets)
        raise FileRejected(error.message, f"Name the sheet that is meant: {named}.") from None
    if table.readings:
        raise FileRejected(f"It isn't sure in which encoding {name} is.", _which(table.readings))
    return table


def columns_of(table: CsvTable, reading: FileOptions, pool: UserPool) -> ColumnMap:
    """What the table's columns mean. Raises `InvalidValue` for words that mean nothing."""
    mapping = recognise(table.header, pool, table.repeated, table.empty)
    known = {target.name for target in mapping.targets}
    for assignment in reading.column or []:
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


def _choices(reading: FileOptions) -> Choices:
    sign = _SIGNS.get(reading.delimiter.casefold(), reading.delimiter)
    if sign and sign not in DELIMITERS:
        raise InvalidValue(
            f"“{reading.delimiter}” can't separate cells.", "Use comma, semicolon, tab or bar."
        )
    encoding = encoding_named(reading.encoding) if reading.encoding else ""
    return Choices(encoding, sign, reading.sheet, reading.header_row)


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


def plan_options(treatment: RowOptions) -> PlanOptions:
    """The options of a plan. Raises `InvalidValue` for words that mean nothing."""
    action, media = action_of(treatment.action), media_of(treatment.delivery)
    if action is None:
        raise InvalidValue(f"“{treatment.action}” is no action.", f"Use one of: {', '.join(row_actions())}.")
    if media is None:
        raise InvalidValue(
            f"“{treatment.delivery}” is no way to invite.", "Use none, email, sms or email+sms."
        )
    for kind in (*(treatment.accept or ()), *(treatment.repair or ())):
        if kind not in set(DamageKind):
            raise InvalidValue(f"“{kind}” is no kind of damage.", f"Use one of: {', '.join(DamageKind)}.")
    for kind in treatment.accept or ():
        if not KINDS[DamageKind(kind)].taken:
            raise InvalidValue(
                f"Cells of the kind “{kind}” can't be taken as they stand.", f"Use --repair {kind}."
            )
    return PlanOptions(
        share=treatment.share,
        action=action,
        delivery=media,
        create_groups=treatment.create_groups,
        leave_groups=tuple(treatment.leave_group or ()),
        mark_verified=treatment.mark_verified,
        delete_enabled=treatment.delete_enabled,
        scope=split_groups(treatment.scope),
        accept=tuple(treatment.accept or ()),
        repair=tuple(treatment.repair or ()),
        region=checks.phone_region(treatment.phone_region),
        usernames=treatment.usernames,
        split_names=treatment.split_names,
        join_names=treatment.join_names,
        leaver=_leaver_parts(treatment.leaver),
        zone=zone_of(treatment.zone).key if treatment.zone else "",
    )
