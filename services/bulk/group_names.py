"""Names of groups in a file, settled against the groups of the pool.

Accents may stand apart in one of the two, and lists are written in more ways than one: where the parts
are groups and the whole isn't, it is a list.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from services.bulk.alphabets import as_latin
from services.bulk.damage_checks import damage
from services.bulk.model import CheckedRow, Heading, Problem, ProblemSeverity, Row
from services.cognito.written import nfc, yes_or_no

_LISTED = re.compile(r"[,|/\n、，；·•]")
_WORDS_FOR_NONE = (
    "kein keine keiner keins ohne aucun aucune ninguno ninguna nessuno nessuna nenhum nenhuma geen ingen "
    "inga inget brak žádná žádný nincs yok"
)
_NO_GROUP = frozenset(_WORDS_FOR_NONE.split())
"""Words for “none” that are looked for in groups alone: elsewhere they may be names."""
_BRACKETS = re.compile(r"[\[{(].*[\]})]|\d+;#.*", re.DOTALL)


def with_stored_groups(
    rows: Iterable[CheckedRow], groups: Collection[str], heading: Heading
) -> list[CheckedRow]:
    """Rows whose groups are written as the pool has them; a list that isn't one of its groups is said."""
    stored = {nfc(name): name for name in groups}
    plain = all(name == nfc(name) for name in groups)

    def settled(row: Row, problems: list[Problem]) -> CheckedRow:
        if row.groups is None:
            return row, problems
        column = heading("all_groups" if row.whole_memberships else "groups")
        found = _without_known(problems, row.groups, stored, column)
        if plain and all(name in stored for name in row.groups):
            return row, found
        names: list[str] = []
        for name in row.groups:
            parts = [] if name in stored else [part.strip() for part in _LISTED.split(name) if part.strip()]
            if len(parts) > 1 and all(part in stored for part in parts):
                names += parts
                what = f"“{name}” was read as a list of {len(parts)} groups."
                found.append(Problem(row.number, column, what, "", ProblemSeverity.WARNING))
            else:
                names.append(name)
        groups_of_row = tuple(dict.fromkeys(stored.get(name, name) for name in names))
        return replace(row, groups=groups_of_row), found

    return [settled(row, problems) for row, problems in rows]


def _without_known(
    problems: list[Problem], names: Iterable[str], stored: Collection[str], column: str
) -> list[Problem]:
    """The problems without those about groups that the pool has: whatever they look like, they are meant."""
    if not any(problem.kind and problem.column == column for problem in problems):
        return list(problems)
    known = {
        found.what
        for name in names
        if name in stored and (found := damage("groups", name, column.casefold())) is not None
    }
    return [problem for problem in problems if not (problem.column == column and problem.what in known)]


def _twin(name: str, groups: Iterable[str]) -> str:
    """The group that `name` could be mistaken for; empty when there is none."""
    looks = as_latin(name).casefold()
    return next(
        (
            group
            for group in groups
            if group.casefold() != name.casefold() and as_latin(group).casefold() == looks
        ),
        "",
    )


def no_new_group(name: str, groups: Iterable[str] = ()) -> tuple[str, str] | None:
    """Why a group of this name isn't made from a file, and what to do; None when nothing speaks against it.

    It looks like a list, like a word for nothing, like what a spreadsheet did to a cell, or like one of the
    pool's `groups` written in other letters.
    """
    if len([part for part in _LISTED.split(name) if part.strip()]) > 1 or _BRACKETS.fullmatch(name):
        return (
            f"“{name}” looks like a list and no group.",
            "Put ; between names of groups. If it is one group, create it first on the Groups page.",
        )
    if twin := _twin(name, groups):
        return (
            f"“{name}” isn't made a group: it looks like “{twin}”, which there is, and has other letters.",
            f"Write it as {twin}. If it is another group, create it first on the Groups page.",
        )
    found = damage("groups", name)
    if found is not None:
        return f"“{name}” isn't made a group. {found.what}", found.fix
    if name.casefold() in _NO_GROUP or yes_or_no(name) is not None:
        return (
            f"“{name}” is a word for yes, no or none, and isn't made a group.",
            "If nothing is meant, leave the cell empty. If it is a group, create it on the Groups page.",
        )
    return None


class NewGroups:
    """The groups that one plan makes: none that could be mistaken for another of them."""

    def __init__(self, groups: Collection[str]) -> None:
        """`groups`: those of the pool."""
        self._groups = groups
        self._made: dict[str, str] = {}

    def why_not(self, name: str) -> tuple[str, str] | None:
        """Why no group of this name is made, and what to do; None when nothing speaks against it."""
        if refused := no_new_group(name, self._groups):
            return refused
        first = self._made.setdefault(as_latin(name).casefold(), name)
        if first == name:
            return None
        what = f"“{name}” isn't made a group: another row writes “{first}”, and the two are easily mistaken."
        return what, "Write both alike. If they are two groups, create them first on the Groups page."
