"""What operators keep by name for everybody who works on a pool: searches, and questions of one's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from sqlalchemy import Column, Row

from services.store.records import ELSEWHERE, UNSAVED, NamedRecords, Record, by_name, from_row
from services.store.schema import saved_questions, saved_searches


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedRecord(Record):
    """Something kept by an operator under a name that no other of its kind has in the pool."""

    pool_record_id: str
    name: str
    operator_id: str
    operator_name: str
    changed_at: datetime = field(default=UNSAVED, metadata=ELSEWHERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSearch(SavedRecord):
    """One search of one pool. `query` and `order` as `services.directory.saved_searches` writes them."""

    query: str = field(metadata=ELSEWHERE)
    order: str = field(metadata=ELSEWHERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedQuestion(SavedRecord):
    """One question about one pool: `sql`, and `about` (why it is asked, may be empty).

    `severity` as `services.audits.rule.Severity`, "" for a question that is no rule.
    """

    sql: str = field(metadata=ELSEWHERE)
    about: str = field(default="", metadata=ELSEWHERE)
    severity: str = ""


S = TypeVar("S", bound=SavedRecord)


class SavedRecords(NamedRecords[S]):
    """Owner of a table of what is kept. What it says (`contents`) is sealed: it may name people."""

    noun: ClassVar[str]
    sealed: ClassVar[Column[Any]]
    contents: ClassVar[tuple[str, ...]]

    def of_pool(self, pool_record_id: str) -> tuple[S, ...]:
        """What was saved for a pool, by name. Raises `SealBroken`."""
        return self._listed(by_name(self.table).where(self.table.c.pool_record_id == pool_record_id))

    def _record(self, row: Row[Any]) -> S:
        return from_row(self.kind, row, **self._open(self.sealed, getattr(row, self.sealed.name), row.id))

    def _values(self, record: S) -> dict[str, Any]:
        said = {name: getattr(record, name) for name in self.contents}
        return {**super()._values(record), self.sealed.name: self._seal(self.sealed, said, record.id)}


class SavedSearches(SavedRecords[SavedSearch]):
    """Owner of the table `saved_searches`."""

    kind = SavedSearch
    table = saved_searches
    noun = "search"
    sealed = saved_searches.c.query
    contents = ("query", "order")
    taken = "Another search of this pool is called “{name}”. Nothing was saved."
    gone = ("This saved search is not there any more.", "Choose another, or search anew.")


class SavedQuestions(SavedRecords[SavedQuestion]):
    """Owner of the table `saved_questions`; one with a severity is asked in every audit of its pool."""

    kind = SavedQuestion
    table = saved_questions
    noun = "question"
    sealed = saved_questions.c.question
    contents = ("sql", "about")
    taken = "Another question about this pool is called “{name}”. Nothing was saved."
    gone = ("This saved question is not there any more.", "Choose another, or ask anew.")
