"""Questions of one's own about a pool, saved by name; with a severity they are asked in every audit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select

from services.errors import RecordNotFound
from services.store.columns import name_key, new_id, utc_now
from services.store.records import Records, from_row
from services.store.schema import saved_questions


@dataclass(frozen=True, slots=True)
class SavedQuestion:
    """One question about one pool: `sql`, and `about` (why it is asked, may be empty).

    `severity` as `services.audits.rule.Severity`, "" for a question that is no rule.
    """

    id: str
    pool_record_id: str
    name: str
    sql: str
    about: str
    severity: str
    operator_id: str
    operator_name: str
    created_at: datetime


class SavedQuestions(Records):
    """Owner of the table `saved_questions`. What is asked is sealed: it may name people."""

    def list(self, pool_record_id: str) -> tuple[SavedQuestion, ...]:
        """The questions of a pool by name. Raises `SealBroken`."""
        query = (
            select(saved_questions)
            .where(saved_questions.c.pool_record_id == pool_record_id)
            .order_by(saved_questions.c.name_key)
        )
        return tuple(map(self._opened, self._all(query)))

    def get(self, id: str) -> SavedQuestion:
        """One question. Raises `RecordNotFound`, `SealBroken`."""
        row = self._first(select(saved_questions).where(saved_questions.c.id == id))
        if row is None:
            raise _gone()
        return self._opened(row)

    def add(
        self,
        *,
        pool_record_id: str,
        name: str,
        sql: str,
        about: str,
        severity: str,
        operator_id: str,
        operator_name: str,
    ) -> SavedQuestion:
        """Keep a question. Raises `NameTaken`, or `RecordNotFound` when the pool is gone."""
        id = new_id()
        values = {
            "id": id,
            "pool_record_id": pool_record_id,
            "name": name.strip(),
            "name_key": name_key(name),
            "question": self._seal(saved_questions.c.question, {"sql": sql, "about": about}, id),
            "severity": severity,
            "operator_id": operator_id,
            "operator_name": operator_name,
            "created_at": utc_now(),
        }
        taken = f"Another question about this pool is called “{name.strip()}”. Nothing was saved."
        self._write(insert(saved_questions).values(values), taken)
        return self.get(id)

    def delete(self, id: str) -> None:
        """Forget a question. Raises `RecordNotFound`."""
        if not self._write(delete(saved_questions).where(saved_questions.c.id == id)):
            raise _gone()

    def _opened(self, row: Row[Any]) -> SavedQuestion:
        said = self._open(saved_questions.c.question, row.question, row.id)
        return from_row(SavedQuestion, row, sql=said["sql"], about=said["about"])


def _gone() -> RecordNotFound:
    return RecordNotFound("This saved question is not there any more.", "Choose another, or ask anew.")
