"""Problems of a file that are alike, so that they can be settled together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.bulk.cells.damage import DamageKind, cells_in_words
from services.bulk.files.csv_file import CsvTable
from services.bulk.model import Problem, ProblemSeverity
from services.words import counted

# What may differ between problems that are alike: what stands in the cell, names, numbers.
_MAY_DIFFER = re.compile(r"“[^”]*”|[^\s“”]+@[^\s“”]+|\(\w[^)]*\)|[+\d][\d,.:/-]*")
_ELLIPSIS = "…"
_NAMED = 3
"""So many different cells are named in a title; of more it holds for each."""


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """Problems of one column (or of whole rows) that differ only in what stands in the cells.

    `title` says what is wrong with all of them, `fix` what to do; `rows` are their rows, in order. `alike`
    is the sentence that makes them one group: it stays when some of them are settled.
    """

    column: str
    alike: str
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
    def missing_groups(self) -> Mapping[str, int]:
        """Groups that aren't there and could be created, each with how many rows name it; most first."""
        named = Counter(problem.missing_group for problem in self.problems if problem.missing_group)
        return dict(named.most_common())

    @property
    def headline(self) -> str:
        """How many cells or rows there are, and what is wrong with them."""
        mixed = len({general(problem.what) for problem in self.problems}) > 1
        if self.kind and (self.is_error or mixed):  # the first of several sentences isn't true of all
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
    return ProblemGroup(
        column=first.column if len(columns) == 1 else "",
        alike=general(first.what),
        title=_in_common([problem.what for problem in alike]),
        fix=_in_common([problem.fix for problem in alike]) if len(fixes) == 1 else "",
        severity=first.severity,
        kind=first.kind,
        rows=tuple(dict.fromkeys(problem.row for problem in alike)),
        problems=tuple(alike),
    )


def general(sentence: str) -> str:
    """A sentence about one cell as it holds for all that are alike."""
    return _MAY_DIFFER.sub(lambda found: _left_out(found.group()), sentence)


def _left_out(part: str) -> str:
    return f"“{_ELLIPSIS}”" if part.startswith("“") else _ELLIPSIS


def _in_common(sentences: Sequence[str]) -> str:
    """Sentences that are alike as one: what is the same in all stays, a few different cells are named."""
    places = zip(*(_MAY_DIFFER.findall(sentence) for sentence in sentences), strict=False)
    said = iter([_of_all(tuple(dict.fromkeys(parts))) for parts in places])
    return _MAY_DIFFER.sub(lambda found: next(said, _left_out(found.group())), sentences[0])


def _of_all(parts: Sequence[str]) -> str:
    """What stands at one place of sentences that are alike, each different part once."""
    if len(parts) == 1:
        return parts[0]
    return " or ".join(parts) if parts[0].startswith("“") and len(parts) <= _NAMED else _left_out(parts[0])


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
