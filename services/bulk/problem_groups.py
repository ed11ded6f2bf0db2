"""Problems of a file that are alike, so that they can be settled together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from services.bulk.csv_file import CsvTable
from services.bulk.damage import DamageKind, cells_in_words
from services.bulk.model import Problem, ProblemSeverity
from services.words import counted

# What differs between problems that are alike: what stands in the cell, names, numbers.
_QUOTED = re.compile(r"“[^”]*”")
_NAMED = re.compile(r"\S+@\S+|\(\w[^)]*\)|[+\d][\d,.:/-]*")
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """Problems of one column (or of whole rows) that differ only in what stands in the cells.

    `title` says what is wrong with all of them, `fix` what to do; `rows` are their rows, in order.
    """

    column: str
    title: str
    fix: str
    severity: ProblemSeverity
    kind: str
    rows: tuple[int, ...]
    problems: tuple[Problem, ...]

    @property
    def is_error(self) -> bool:
        """Whether the problems keep their rows from being carried out."""
        return self.severity is ProblemSeverity.ERROR

    @property
    def repairable(self) -> bool:
        """Whether the likely original of some of them can be told."""
        return any(problem.repairable for problem in self.problems)

    @property
    def headline(self) -> str:
        """How many cells or rows there are, and what is wrong with them."""
        if self.kind and self.is_error:
            return cells_in_words(DamageKind(self.kind), len(self.problems))
        return f"{counted(len(self.rows), 'row')}: {self.title}"


def grouped(problems: Iterable[Problem]) -> tuple[ProblemGroup, ...]:
    """The problems by what is wrong: what must be fixed first, then the largest groups first."""
    found: dict[tuple[str, str, str, str], list[Problem]] = {}
    for problem in problems:
        column = "" if problem.kind else problem.column
        what = problem.kind or general(problem.what)
        found.setdefault((str(problem.severity), problem.kind, column, what), []).append(problem)
    groups = [_group(alike) for alike in found.values()]
    return tuple(sorted(groups, key=lambda group: (not group.is_error, -len(group.rows))))


def _group(alike: list[Problem]) -> ProblemGroup:
    first = alike[0]
    columns = {problem.column for problem in alike}
    fixes = {general(problem.fix) for problem in alike}
    single = len(alike) == 1
    return ProblemGroup(
        column=first.column if len(columns) == 1 else "",
        title=first.what if single else general(first.what),
        fix=first.fix if single else (general(first.fix) if len(fixes) == 1 else ""),
        severity=first.severity,
        kind=first.kind,
        rows=tuple(dict.fromkeys(problem.row for problem in alike)),
        problems=tuple(alike),
    )


def general(sentence: str) -> str:
    """A sentence about one cell as it holds for all that are alike."""
    return _NAMED.sub(_ELLIPSIS, _QUOTED.sub(f"“{_ELLIPSIS}”", sentence))


def changed_cells(
    table: CsvTable, group: ProblemGroup, change: Callable[[str], str]
) -> Mapping[tuple[int, int], str]:
    """The cells that the group's problems are about, as `change` makes them; those it leaves alone aside."""
    places = {heading: place for place, heading in enumerate(table.header)}
    wanted: dict[int, set[int]] = {}
    for problem in group.problems:
        if problem.column in places:
            wanted.setdefault(problem.row, set()).add(places[problem.column])
    return {
        (row.number, place): value
        for row in table.rows()
        for place in wanted.get(row.number, ())
        if (value := change(row.cells[place])) != row.cells[place]
    }
