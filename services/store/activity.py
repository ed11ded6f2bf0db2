"""The activity log: one line for everything that operators did, written before and after."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypedDict, Unpack

from sqlalchemy import ColumnElement, Row, and_, bindparam, func, insert, or_, select, update

from services.errors import ConsoleError, RecordNotFound
from services.roles import Actor
from services.store.columns import new_id, utc_now
from services.store.database import Database
from services.store.log_chain import LogChain, beginning, ending
from services.store.records import Records, from_row
from services.store.schema import activity
from services.store.vault import Vault

Facts = Mapping[str, Any]

EXPORT_PAGE = 500


class ActivityResult(StrEnum):
    """How an activity ended; INTENDED until it has."""

    INTENDED = "intended"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Why(TypedDict, total=False):
    """Why something is done: the `reason` in words, the `ticket` it belongs to, and how the caller was
    `identified`."""

    reason: str
    ticket: str
    identified: str


def reason_text(why: Why) -> str:
    """The ticket and the reason in one text, for what keeps nothing but a reason."""
    return ": ".join(part for part in (why.get("ticket", ""), why.get("reason", "")) if part)


def undoing(why: Why) -> Why:
    """Why something is taken back that was done for `why`."""
    return Why(reason=f"Undo. {why.get('reason', '')}".strip(), ticket=why.get("ticket", ""), identified="")


@dataclass(frozen=True, slots=True)
class NewActivity:
    """Who is about to do what to whom. `before` holds JSON-ready facts free of secrets."""

    actor: Actor
    action: str
    pool: str = ""
    target_kind: str = ""
    target_id: str = ""
    target_name: str = ""
    before: Facts = field(default_factory=dict)
    reason: str = ""
    job_id: str = ""
    ticket: str = ""
    identified: str = ""


def taken_file(actor: Actor, pool: str, name: str) -> NewActivity:
    """That `actor` takes a file about people of the pool called `pool` out of the console."""
    return NewActivity(actor, "download_file", pool, target_kind="file", target_id=name, target_name=name)


@dataclass(frozen=True, slots=True)
class Activity:
    """A line of the log. `after` is empty until the activity has ended."""

    id: str
    at: datetime
    finished_at: datetime | None
    operator_id: str
    operator_name: str
    role: str
    origin: str
    action: str
    pool: str
    target_kind: str
    target_id: str
    target_name: str
    reason: str
    job_id: str
    result: ActivityResult
    error_code: str
    error: str
    before: Facts
    after: Facts
    ticket: str = ""
    identified: str = ""
    erased_at: datetime | None = None
    """When the traces of whom it is about were erased from it."""


@dataclass(slots=True)
class Line:
    """The line of what is under way inside `ActivityLog.audited`; `after` is what holds when it is done."""

    id: str
    after: Facts = field(default_factory=dict)


class Finish(NamedTuple):
    """The end of one activity, for `finish_many`."""

    id: str
    result: ActivityResult
    after: Facts | None = None
    error_code: str = ""
    error: str = ""


class ActivityFilter(TypedDict, total=False):
    """What to look for; everything given must hold. Empty values are not looked at.

    `operator`: id or exact name; `target`: id or exact name; `since` (included) and `until`
    (excluded): aware times; `text`: words that all occur in operator, target, action, reason or ticket;
    `not_by`: id of an operator whose lines are left out; `steps` False leaves out the steps of jobs.
    """

    operator: str
    target: str
    action: str
    pool: str
    result: ActivityResult | str
    since: datetime | None
    until: datetime | None
    job_id: str
    text: str
    not_by: str
    steps: bool


class ActivityLog(Records):
    """Owner of the table `activity`. A line is written once, ended once, and never changed after.

    `chain` proves it. Clean-up takes old lines away, and `erase` whom a line is about.
    """

    def __init__(self, database: Database, vault: Vault) -> None:
        super().__init__(database, vault)
        self.chain = LogChain(database, vault)

    def intend(self, new: NewActivity) -> str:
        """Write that something is about to be done; the answer is the line's id."""
        return self.intend_many([new])[0]

    def intend_many(self, news: Sequence[NewActivity]) -> list[str]:
        """`intend` for many in one transaction; ids in the same order."""
        rows = [self._row(new) for new in news]
        if rows:
            contents = [beginning(row, new.before) for row, new in zip(rows, news, strict=True)]
            with self._database.write() as db:
                for row, link in zip(rows, self.chain.append(db, contents), strict=True):
                    row |= {"begun": link.number, "begun_mac": link.mac}
                db.execute(_INSERT, rows)
        return [row["id"] for row in rows]

    def finish(
        self,
        id: str,
        result: ActivityResult,
        after: Facts | None = None,
        error_code: str = "",
        error: str = "",
    ) -> None:
        """Write how it ended. Raises `RecordNotFound` when the line isn't open (any more)."""
        self.finish_many([Finish(id, result, after, error_code, error)])

    def finish_many(self, ends: Sequence[Finish]) -> None:
        """`finish` for many in one transaction: all or, with `RecordNotFound`, none."""
        if not ends:
            return
        now = utc_now()
        rows = [
            {
                "line": end.id,
                **_end(end, now),
                "after": self._sealed("after", end.id, end.after),
            }
            for end in ends
        ]
        contents = [ending({"id": end.id, **_end(end, now)}, end.after) for end in ends]
        with self._database.write() as db:
            for row, link in zip(rows, self.chain.append(db, contents), strict=True):
                row |= {"ended": link.number, "ended_mac": link.mac}
            if db.execute(_FINISH, rows).rowcount != len(rows):
                raise RecordNotFound("A line of the activity log is not there, or has ended before.")

    def record(
        self, new: NewActivity, result: ActivityResult = ActivityResult.DONE, after: Facts | None = None
    ) -> str:
        """Write something that has already happened (changes of the configuration); the line's id."""
        row = self._row(new)
        begun = beginning(row, new.before)
        row |= {
            "finished_at": row["at"],
            "result": str(result),
            "after": self._sealed("after", row["id"], after),
        }
        with self._database.write() as db:
            first, last = self.chain.append(db, [begun, ending(row, after)])
            row |= {"begun": first.number, "begun_mac": first.mac}
            row |= {"ended": last.number, "ended_mac": last.mac}
            db.execute(_INSERT, row)
        return str(row["id"])

    @contextmanager
    def audited(self, new: NewActivity) -> Iterator[Line]:
        """Write the intent, let the change happen inside the `with`, and write how it ended.

        A `ConsoleError` from inside is logged and raised again; a line left as intended says that
        the console died in between. The caller has checked the actor's permission.
        """
        line = Line(self.intend(new))
        try:
            yield line
        except ConsoleError as error:
            self.finish(line.id, ActivityResult.FAILED, error_code=type(error).__name__, error=error.message)
            raise
        self.finish(line.id, ActivityResult.DONE, after=line.after)

    def erase(self, ids: Sequence[str]) -> int:
        """Empty these lines of whom they are about; they stay proved. How many there were."""
        with self._database.write() as db:
            return self.chain.erase(db, ids)

    def forget(self, before: datetime) -> int:
        """Take the lines away that were begun before then, off the chain's old end; how many there were."""
        with self._database.write() as db:
            return self.chain.cut(db, before)

    def get(self, id: str) -> Activity:
        """One line. Raises `RecordNotFound`."""
        row = self._first(select(activity).where(activity.c.id == id))
        if row is None:
            raise RecordNotFound("This line of the activity log is not there.")
        return self._activity(row)

    def search(
        self, *, limit: int = 100, before_id: str = "", **filters: Unpack[ActivityFilter]
    ) -> list[Activity]:
        """The newest lines that fit, newest first; `before_id` goes on below an earlier answer."""
        query = select(activity).where(*_conditions(filters)).order_by(activity.c.id.desc()).limit(limit)
        if before_id:
            query = query.where(activity.c.id < before_id)
        return [self._activity(row) for row in self._all(query)]

    def iter_all(self, **filters: Unpack[ActivityFilter]) -> Iterator[Activity]:
        """Every line that fits, newest first, read in pages so that nothing is held up meanwhile."""
        last = ""
        while page := self.search(limit=EXPORT_PAGE, before_id=last, **filters):
            yield from page
            last = page[-1].id

    def count(self, **filters: Unpack[ActivityFilter]) -> int:
        """How many lines fit the filters."""
        row = self._first(select(func.count()).select_from(activity).where(*_conditions(filters)))
        return 0 if row is None else int(row[0])

    def last_done(
        self,
        pools: Collection[str],
        actions: Collection[str],
        *,
        since: datetime,
        until: datetime | None = None,
        targets: Collection[str] | None = None,
    ) -> dict[str, datetime]:
        """By target id, when one of `actions` was last done between those moments (aware, UTC).

        `targets`: only these (a page of them), else every one of the pools.
        """
        c = activity.c
        query = (
            select(c.target_id, func.max(c.finished_at).label("last"))
            .where(c.at >= since, c.pool.in_(pools), c.result == str(ActivityResult.DONE))
            .where(c.action.in_(actions))
            .group_by(c.target_id)
        )
        if until is not None:
            query = query.where(c.finished_at <= until)
        if targets is not None:
            query = query.where(c.target_id.in_(targets))
        return {row.target_id: row.last for row in self._all(query)}

    def _row(self, new: NewActivity) -> dict[str, Any]:
        id = new_id()
        words = (new.actor.name, new.target_name, new.target_id, new.action, new.reason, new.ticket)
        return {
            "id": id,
            "at": utc_now(),
            "finished_at": None,
            "operator_id": new.actor.operator_id,
            "operator_name": new.actor.name,
            "role": str(new.actor.role),
            "origin": str(new.actor.origin),
            "action": new.action,
            "pool": new.pool,
            "target_kind": new.target_kind,
            "target_id": new.target_id,
            "target_name": new.target_name,
            "reason": new.reason,
            "ticket": new.ticket,
            "identified": new.identified,
            "job_id": new.job_id,
            "result": str(ActivityResult.INTENDED),
            "error_code": "",
            "error": "",
            "words": " ".join(words).casefold(),
            "before": self._sealed("before", id, new.before),
            "after": None,
        }

    def _sealed(self, column: str, id: str, facts: Facts | None) -> str | None:
        return self._seal(activity.c[column], facts or None, id)

    def _activity(self, row: Row[Any]) -> Activity:
        before = self._open(activity.c.before, row.before, row.id) or {}
        after = self._open(activity.c.after, row.after, row.id) or {}
        return from_row(Activity, row, before=before, after=after)


def _end(end: Finish, now: datetime) -> dict[str, Any]:
    return {
        "finished_at": now,
        "result": str(end.result),
        "error_code": end.error_code,
        "error": end.error,
    }


_INSERT = insert(activity)
_ENDS = ("finished_at", "result", "error_code", "error", "after", "ended", "ended_mac")
_FINISH = (
    update(activity)
    .where(activity.c.id == bindparam("line"), activity.c.result == str(ActivityResult.INTENDED))
    .where(activity.c.erased_at.is_(None))
    .values({name: bindparam(name) for name in _ENDS})
)


def _conditions(filters: ActivityFilter) -> Iterable[ColumnElement[bool]]:
    c = activity.c
    if operator := filters.get("operator"):
        yield or_(c.operator_id == operator, c.operator_name == operator)
    if target := filters.get("target"):
        yield or_(c.target_id == target, c.target_name == target)
    for name in ("action", "pool", "job_id", "result"):
        if wanted := filters.get(name):
            yield c[name] == str(wanted)
    if since := filters.get("since"):
        yield c.at >= since
    if until := filters.get("until"):
        yield c.at < until
    if stranger := filters.get("not_by"):
        yield c.operator_id != stranger
    if not filters.get("steps", True):
        # what is about a job as a whole names it as its target
        yield or_(c.job_id == "", c.target_kind == "job")
    words = filters.get("text", "").casefold().split()
    if words:
        yield and_(*(c.words.contains(word, autoescape=True) for word in words))


def only_changed(before: Facts, after: Facts) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both sides reduced to what differs, so that a line of the log says no more than what happened."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}
