"""What operators say about single findings of audit rules: accepted until, assigned to, remarked on.

Lines are only added; how a finding stands now is what its newest lines say.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, delete, insert, select

from services.store.columns import new_id, utc_now
from services.store.records import Records, from_row
from services.store.schema import finding_notes

PART = 10_000
"""Ids in one statement: databases take only so many values."""


class NoteKind(StrEnum):
    """What a line says about a finding."""

    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    ASSIGNED = "assigned"
    REMARK = "remark"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingNote:
    """One line about one finding of one rule. `subject` as `services.audits.rule.subject_of` writes it.

    `until` is the end of an acceptance; `assignee_id` "" takes an assignment back. `text` is sealed at
    rest, and None where it wasn't asked for.
    """

    id: str
    rule: str
    subject: str
    kind: NoteKind
    until: datetime | None
    assignee_id: str
    assignee_name: str
    operator_id: str
    operator_name: str
    created_at: datetime
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFindingNote:
    """What is said about findings, without of which."""

    kind: NoteKind
    operator_id: str
    operator_name: str
    text: str = ""
    until: datetime | None = None
    assignee_id: str = ""
    assignee_name: str = ""


class FindingNotes(Records):
    """Owner of the table `finding_notes`."""

    def add(self, pool_record_id: str, rule: str, subjects: Collection[str], new: NewFindingNote) -> None:
        """Say it of each of these findings, in one transaction. Raises `RecordNotFound` without the pool."""
        now, rows = utc_now(), []
        for subject in subjects:
            id = new_id()
            rows.append(
                {
                    "id": id,
                    "pool_record_id": pool_record_id,
                    "rule": rule,
                    "subject": subject,
                    "kind": str(new.kind),
                    "until": new.until,
                    "assignee_id": new.assignee_id,
                    "assignee_name": new.assignee_name,
                    "note": self._seal(finding_notes.c.note, new.text, id),
                    "operator_id": new.operator_id,
                    "operator_name": new.operator_name,
                    "created_at": now,
                }
            )
        if rows:
            with self._database.write() as db:
                db.execute(insert(finding_notes), rows)

    def of_pool(self, pool_record_id: str, *, texts: bool = False) -> tuple[FindingNote, ...]:
        """Every line about a pool, the oldest first; with its text if asked for. Raises `SealBroken` then."""
        c = finding_notes.c
        query = select(finding_notes).where(c.pool_record_id == pool_record_id).order_by(c.id)
        return tuple(self._opened(row) if texts else _note(row) for row in self._all(query))

    def of_finding(self, pool_record_id: str, rule: str, subject: str) -> tuple[FindingNote, ...]:
        """Every line about one finding, the oldest first. Raises `SealBroken`."""
        c = finding_notes.c
        query = select(finding_notes).where(
            c.pool_record_id == pool_record_id, c.rule == rule, c.subject == subject
        )
        return tuple(self._opened(row) for row in self._all(query.order_by(c.id)))

    def by_id(self, ids: Sequence[str]) -> dict[str, FindingNote]:
        """These lines with their texts. Raises `SealBroken`."""
        found: dict[str, FindingNote] = {}
        for start in range(0, len(ids), PART):
            query = select(finding_notes).where(finding_notes.c.id.in_(ids[start : start + PART]))
            found |= {row.id: self._opened(row) for row in self._all(query)}
        return found

    def delete(self, ids: Collection[str]) -> int:
        """Erase lines; how many there were."""
        return self._write(delete(finding_notes).where(finding_notes.c.id.in_(ids)))

    def _opened(self, row: Row[Any]) -> FindingNote:
        return _note(row, self._open(finding_notes.c.note, row.note, row.id))


def _note(row: Row[Any], text: str | None = None) -> FindingNote:
    return from_row(FindingNote, row, text=text)
