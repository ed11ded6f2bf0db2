"""Questions of one's own about a pool, in SQL: which tables there are, what an answer is, and what follows.

    ground = Ground(tables, now=utc_now(), applications=applications)
    answer = ask(ground, 'SELECT "group", count(*) AS people FROM memberships GROUP BY ALL')
    answer.table("Members").rows()

A question is one SELECT, asked in the sandbox (`services.directory.sandbox`). Its answer carries the
statement of completeness; whoever it names by `sub` can become a plan.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from services.audits.people import people_sql
from services.audits.tables import ExportHead as Head
from services.audits.tables import Table, about
from services.cognito.group_rules import provider_of
from services.csv_safe import Cell
from services.directory.filtering import STATE_TITLES
from services.directory.pool import PoolTables
from services.directory.sandbox import Asking, Connection, QueryLimits, connection, refusal
from services.errors import ConsoleError, InvalidValue, QueryRefused
from services.store.activity import Activity
from services.store.applications import Application

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

MOST_ACTIVITY = 200_000
"""Lines of the activity log that are asked, the newest."""

NO_SUB = (
    "This question names no column “sub”, so it doesn't say which people it is about, and can't become a "
    "plan. Add “sub” to what it selects."
)


@dataclass(frozen=True, slots=True)
class ColumnHelp:
    """One column of a table, as the help beside the question says it."""

    name: str
    kind: str
    meaning: str


TEXT, NUMBER, TIME, TRUTH = "text", "number", "time", "yes or no"
USERS = (
    ColumnHelp("sub", TEXT, "Who it is, for ever; a question that selects it can become a plan"),
    ColumnHelp("username", TEXT, "The name for AWS"),
    ColumnHelp("label", TEXT, "E-mail, else phone number, else username"),
    ColumnHelp(
        "state",
        TEXT,
        f"{', '.join(f'{state} ({title})' for state, title in STATE_TITLES.items())}; as of now",
    ),
    ColumnHelp("status", TEXT, "AWS's word: CONFIRMED, FORCE_CHANGE_PASSWORD …"),
    ColumnHelp("enabled", TRUTH, "Whether the account is enabled"),
    ColumnHelp("created", TIME, "When the account was made"),
    ColumnHelp("changed", TIME, "When it was last changed; signing in doesn't count"),
    ColumnHelp("invitation_expiry", TIME, "When an invitation runs out at the earliest; empty for others"),
    ColumnHelp("group_count", NUMBER, "How many groups they are in"),
    ColumnHelp("email, name, …", TEXT, 'Attributes by AWS\'s names; own ones quoted: "custom:department"'),
)
GROUPS = (
    ColumnHelp("name", TEXT, "The group"),
    ColumnHelp("description", TEXT, "Its description"),
    ColumnHelp("precedence", NUMBER, "The lowest number counts first; empty where there is none"),
    ColumnHelp("role_arn", TEXT, "The AWS role that it gives, or empty"),
    ColumnHelp("created", TIME, "When it was made"),
    ColumnHelp("changed", TIME, "When it was last changed"),
    ColumnHelp("members", NUMBER, "How many people are in it, as far as was read"),
    ColumnHelp("automatic", TRUTH, "Filled by Cognito for an identity provider"),
    ColumnHelp("all_read", TRUTH, "Whether all of its members are known"),
)
MEMBERSHIPS = (
    ColumnHelp("sub", TEXT, "Who"),
    ColumnHelp('"group"', TEXT, "In which group (quoted: SQL has a word GROUP)"),
)
APPLICATIONS = (
    ColumnHelp("application", TEXT, "The application; a line for each group that it lets in"),
    ColumnHelp("client_id", TEXT, "Its app client"),
    ColumnHelp('"group"', TEXT, "A group that it lets in; empty where none is set up"),
    ColumnHelp("role", TEXT, "The role that the group gives in it"),
)
ACTIVITY = (
    ColumnHelp('"at"', TIME, "When an operator did something here with this pool"),
    ColumnHelp("operator", TEXT, "Who did it"),
    ColumnHelp("action", TEXT, "What: disable_user, add_to_group …"),
    ColumnHelp("target_kind", TEXT, "user, group …"),
    ColumnHelp("target", TEXT, "With whom or what"),
    ColumnHelp("sub", TEXT, "The person, where it is one"),
    ColumnHelp("result", TEXT, "done, failed, unknown …"),
    ColumnHelp("reason", TEXT, "The reason given"),
)
TABLES: Mapping[str, tuple[ColumnHelp, ...]] = {
    "users": USERS,
    "groups": GROUPS,
    "memberships": MEMBERSHIPS,
    "applications": APPLICATIONS,
    "activity": ACTIVITY,
}
"""Every table that can be asked, by name. With an older snapshot there are `older_users`, `older_groups` and
`older_memberships` of the same columns."""

_ALWAYS = ("email", "email_verified", "phone_number", "name", "given_name", "family_name")


def no_activity() -> Iterable[Activity]:
    """An empty activity log, for questions asked without a console's database."""
    return ()


@dataclass(frozen=True)
class QuestionData:
    """What questions are asked of.

    `now` (aware) is when states are judged; `activity` reads the pool's part of the log.
    """

    snapshot: PoolTables
    now: datetime
    applications: tuple[Application, ...] = ()
    activity: Callable[[], Iterable[Activity]] = no_activity
    older: PoolTables | None = None

    def tables(self, *queries: str) -> dict[str, pa.Table]:
        """The tables that these queries may mean (by a name that stands in one of them)."""
        text = " ".join(queries).casefold()
        made: dict[str, Callable[[], pa.Table]] = {
            "users": lambda: _users(self.snapshot, self.now),
            "groups": lambda: _groups(self.snapshot),
            "memberships": lambda: _memberships(self.snapshot),
            "applications": lambda: _applications(self.applications),
            "activity": lambda: _activity(self.activity()),
        }
        if (older := self.older) is not None:
            made |= {
                "older_users": lambda: _users(older, self.now),
                "older_groups": lambda: _groups(older),
                "older_memberships": lambda: _memberships(older),
            }
        return {name: make() for name, make in made.items() if name in text}

    def connection(self) -> Connection:
        """All of the tables in an engine of this process, for a notebook: `.sql("SELECT …").df()`."""
        older = [f"older_{name}" for name in ("users", "groups", "memberships")] if self.older else []
        return connection(self.tables(*TABLES, *older))

    @property
    def snapshots(self) -> tuple[PoolTables, ...]:
        """The snapshots that the question is about: the pool as it is, and an older one if there is one."""
        return (self.snapshot,) if self.older is None else (self.older, self.snapshot)


@dataclass(frozen=True)
class Answered:
    """The answer to one question. `more`: there are further rows."""

    question: str
    ground: QuestionData = field(repr=False)
    found: pa.Table = field(repr=False)
    more: bool = False

    def __len__(self) -> int:
        return int(self.found.num_rows)

    @property
    def complete(self) -> bool:
        """Whether every snapshot that was asked is complete, and every row is here."""
        return not self.more and all(snapshot.completeness.complete for snapshot in self.ground.snapshots)

    @property
    def statement(self) -> str:
        """How far the answer can be trusted, in sentences."""
        said = [snapshot.completeness.sentence for snapshot in self.ground.snapshots]
        if self.more:
            said.append(f"NOT all rows: the first {len(self):,} are shown.")
        return " ".join(dict.fromkeys(said))

    def frame(self, start: int = 0, count: int | None = None) -> pd.DataFrame:
        """`count` rows from `start` on as a DataFrame; all that follow without a `count`."""
        found: pd.DataFrame = self.found.slice(start, count).to_pandas()
        return found

    def table(self, title: str) -> Table:
        """All rows as a table for a file."""

        def rows() -> Iterator[Sequence[Cell]]:
            for batch in self.found.to_batches(max_chunksize=10_000):
                yield from zip(*(map(cell, column.to_pylist()) for column in batch.columns), strict=True)

        return Table(title, tuple(self.found.column_names), rows)

    def head(self, title: str, made_by: str) -> Head:
        """What stands at the head of an export; `made_by` is the operator's name."""
        cut = f"the first {len(self):,} only" if self.more else ""
        question = " ".join(self.question.split())
        return about(title, *self.ground.snapshots, made_by=made_by, question=question, rows=cut)

    def subs(self) -> list[str]:
        """The people whom the answer names, each once. Raises `InvalidValue` when it has no column `sub`."""
        name = column_named(self.found, "sub")
        if name is None:
            raise InvalidValue(NO_SUB, "Then ask again.")
        there = {sub for (sub,) in self.ground.snapshot.rows("SELECT sub FROM users")}
        return [sub for sub in dict.fromkeys(self.found[name].to_pylist()) if sub in there]


def ask(ground: QuestionData, question: str, limits: QueryLimits | None = None) -> Answered:
    """Ask one question. Raises `QueryRefused` when it may not be asked, is wrong, or goes too far."""
    return AskedQuestion(ground, question, limits).run()


class AskedQuestion:
    """One question that is being asked: by `run`, or by a thread of its own after `start`."""

    def __init__(self, ground: QuestionData, question: str, limits: QueryLimits | None = None) -> None:
        self.ground, self.text = ground, question
        self._limits = limits or QueryLimits()
        self._lock = threading.Lock()
        self._asking: Asking | None = None
        self._cancelled = False
        self._thread: threading.Thread | None = None
        self._outcome: Answered | ConsoleError | None = None

    def start(self) -> None:
        """Ask in the background; `outcome` says when it is answered."""
        self._thread = threading.Thread(target=self._settle, name="question", daemon=True)
        self._thread.start()

    @property
    def outcome(self) -> Answered | ConsoleError | None:
        """The answer, or why there is none; None while it is asked."""
        return self._outcome

    def cancel(self) -> None:
        """End the question; from any thread."""
        with self._lock:
            self._cancelled = True
            if self._asking is not None:
                self._asking.cancel()

    def run(self) -> Answered:
        """Wait for the answer. Raises `QueryRefused`."""
        if not self.text.strip():
            raise refusal("empty", "", self._limits)
        tables = self.ground.tables(self.text)
        with self._lock:
            self._asking = Asking([self.text], tables, self._limits)
            if self._cancelled:
                self._asking.cancel()
        (answer,) = self._asking.run()
        if isinstance(answer, QueryRefused):
            raise hinted(answer, self.ground)
        return Answered(self.text, self.ground, answer.table, answer.more)

    def _settle(self) -> None:
        try:
            self._outcome = self.run()
        except ConsoleError as error:
            self._outcome = error
        except Exception:
            log.exception("A question ended unexpectedly")
            self._outcome = QueryRefused(
                "The question ended unexpectedly. Nothing was changed.", "Ask again; the log says more."
            )


def cell(value: Any) -> Cell:
    """A value of the engine as a cell of a file: times in ISO 8601, lists and objects as text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)


def column_named(table: pa.Table, name: str) -> str | None:
    """The column of this name, however its letters are written; None where there is none."""
    return next((column for column in table.column_names if column.casefold() == name), None)


def hinted(refused: QueryRefused, ground: QuestionData) -> QueryRefused:
    """The refusal, with what to do where no older snapshot was chosen."""
    if ground.older is None and "older_" in refused.message:
        return QueryRefused(refused.message, "Choose an older snapshot to compare with, then ask again.")
    return refused


def _users(pool: PoolTables, now: datetime) -> pa.Table:
    named = dict.fromkeys((*_ALWAYS, *pool.attributes))
    more = ", ".join(
        f"u.{pool.column(name)}" if name in pool.attributes else f"NULL::VARCHAR AS {name}" for name in named
    )
    return pool.arrow(
        "SELECT u.sub, u.username, p.label, "
        "state_at(u.status, u.invited_from, u.invited_until, $now)::VARCHAR AS state, "
        "u.status::VARCHAR AS status, u.enabled, u.created, u.changed, "
        "invitation_expiry(u.status, u.invited_from) AS invitation_expiry, u.group_count, "
        f"{more} FROM users u JOIN {people_sql(pool)} p USING (row) ORDER BY u.row",
        now=now,
    )


def _groups(pool: PoolTables) -> pa.Table:
    table = pool.arrow(
        'SELECT g.*, coalesce(n, 0) AS members FROM "groups" g LEFT JOIN '
        '(SELECT "group", count(*) AS n FROM memberships GROUP BY ALL) m ON m."group" = g.name '
        "ORDER BY g.name"
    )
    names = table["name"].to_pylist()
    unread = pool.completeness.unread_among(names, pool.group_names)
    automatic = pa.array([bool(provider_of(name, pool.about.pool.id)) for name in names], pa.bool_())
    read = pa.array([name not in unread for name in names], pa.bool_())
    return table.append_column("automatic", automatic).append_column("all_read", read)


def _memberships(pool: PoolTables) -> pa.Table:
    return pool.arrow('SELECT sub, "group" FROM memberships ORDER BY row, "group"')


def _applications(applications: Sequence[Application]) -> pa.Table:
    rows = [
        (application.name, application.client_id, group, application.group_roles.get(group or ""))
        for application in applications
        for group in (application.allowed_groups or (None,))
    ]
    names = ("application", "client_id", "group", "role")
    return pa.table({name: pa.array([row[at] for row in rows], pa.string()) for at, name in enumerate(names)})


def _activity(lines: Iterable[Activity]) -> pa.Table:
    found = [
        (
            line.at,
            line.operator_name,
            line.action,
            line.target_kind,
            line.target_name,
            line.target_id if line.target_kind == "user" else None,
            str(line.result),
            line.reason,
        )
        for line, _ in zip(lines, range(MOST_ACTIVITY), strict=False)
    ]
    columns = {"at": pa.array([row[0] for row in found], pa.timestamp("us", "UTC"))}
    for place, column in enumerate(ACTIVITY[1:], start=1):
        columns[column.name] = pa.array([row[place] for row in found], pa.string())
    return pa.table(columns)
