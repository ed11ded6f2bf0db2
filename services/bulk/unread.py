"""What cells ask for and the action of their row doesn't read: nobody should believe it done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.bulk.model import Heading, Row
from services.bulk.row_actions import GROUP_ACTIONS, LEAVER, SET_PASSWORD, WRITING
from services.cognito.actions import DisableUser, EnableUser
from services.words import counted

_DOES = {True: EnableUser, False: DisableUser}


def told_of_unread(rows: Iterable[Row], heading: Heading) -> tuple[str, ...]:
    """A sentence for each column that asks something of rows whose action doesn't read it.

    Names and other attributes say as a rule only who is meant, and are left out.
    """
    found: dict[str, list[int]] = {}
    for row in rows:
        for target in _unread(row):
            found.setdefault(target, []).append(row.number)
    return tuple(
        f"“{heading(target)}” has a value in {counted(len(numbers), 'row')} whose action doesn't read it "
        f"(first in row {numbers[0]}): nothing is done about it there."
        for target, numbers in found.items()
    )


def _unread(row: Row) -> Iterator[str]:
    action, kind = row.action, row.action.kind
    if row.groups and action not in WRITING | GROUP_ACTIONS and action != LEAVER:
        yield "groups"
    if row.enabled is not None and action not in WRITING and kind is not _DOES[row.enabled]:
        yield "enabled"
    if action not in WRITING and action != SET_PASSWORD:
        yield from (name for name in ("password", "temporary_password") if getattr(row, name))
    if row.values:
        own = {column.name for column in kind.row_columns}
        yield from (name for name, value in row.values.items() if value and name not in own)
