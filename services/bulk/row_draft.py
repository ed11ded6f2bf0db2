"""What is being put together for one row of a plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from services.bulk.model import Heading, Problem, ProblemSeverity, Row, Step


@dataclass(slots=True)
class RowDraft:
    """The steps, problems and basis of one row, so far."""

    row: Row
    heading: Heading
    problems: list[Problem]
    steps: list[Step] = field(default_factory=list)
    basis: dict[str, Any] = field(default_factory=dict)
    remark: str = ""

    def problem(
        self,
        target: str,
        what: str,
        fix: str,
        severity: ProblemSeverity = ProblemSeverity.ERROR,
        kind: str = "",
        missing_group: str = "",
    ) -> None:
        """Note a problem in the cell of `target` (empty: the whole row)."""
        heading = self.heading(target) if target else ""
        self.problems.append(
            Problem(self.row.number, heading, what, fix, severity, kind=kind, missing_group=missing_group)
        )

    @property
    def is_broken(self) -> bool:
        """True if the row can't be carried out."""
        return any(problem.is_error for problem in self.problems)

    def said_of(self, target: str) -> bool:
        """True if something is wrong with what a spreadsheet or an export did to the cell of `target`."""
        heading = self.heading(target)
        return any(
            problem.is_error and problem.kind and problem.column == heading for problem in self.problems
        )

    @property
    def judged(self) -> set[str]:
        """Attributes whose values have a problem already."""
        return {problem.attribute for problem in self.problems}
