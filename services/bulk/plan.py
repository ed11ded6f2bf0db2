"""A file or a selection of people → a plan: every step wanted, compared with the pool as it is.

    table = read_csv(data, "people.csv")
    columns = recognise(table.header, gateway.describe_pool())
    plan = plan_file(gateway, table, columns, PlanOptions(share=0.5), pool_name="staff")

Nothing is sent but reads that bill nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from services.bulk.columns import ColumnMap
from services.bulk.cost import totals_of
from services.bulk.csv_file import CsvTable
from services.bulk.duplicates import Duplicates
from services.bulk.identity import Found, Identity, names_in
from services.bulk.model import Heading, Plan, PlanOptions, Problem, Row, RowPlan, Secrets, Step, Verdict
from services.bulk.reading import People, Progress, Reader, Wanted, no_progress
from services.bulk.row_actions import GROUP_ACTIONS, WRITING, RowAction
from services.bulk.rows import read_rows
from services.bulk.steps import StepMaker
from services.cognito.actions import CreateGroup
from services.cognito.gateway import CognitoGateway
from services.cognito.group_rules import MOST_GROUPS_PER_USER
from services.cognito.models import PersonRef, User, UserPool
from services.cognito.written import nfc
from services.errors import InvalidValue

MOST_PLANNED = 200_000
"""Rows of one plan: 200,000 memberships take two hours at AWS's whole quota already."""

Checked = tuple[Row, list[Problem]]


def plan_file(
    gateway: CognitoGateway,
    table: CsvTable,
    columns: ColumnMap,
    options: PlanOptions | None = None,
    *,
    pool_name: str = "",
    progress: Progress = no_progress,
    most: int | None = None,
) -> Plan:
    """The plan of a file of at most `most` rows (`MOST_PLANNED`; more where AWS carries it out itself).

    Raises `InvalidValue` when the columns aren't settled or the scope isn't, and the gateway's errors.
    """
    options = options or PlanOptions()
    most = MOST_PLANNED if most is None else most
    if table.row_count > most:
        raise InvalidValue(
            f"{table.name or 'The file'} has {table.row_count:,} rows; one plan takes {most:,}.",
            "Split it into several files, or bring new people in by AWS's own import job "
            "(in a terminal: python -m console native-import).",
        )
    unsettled = columns.problems()
    if unsettled:
        raise InvalidValue(unsettled[0].what, unsettled[0].fix, field="columns")
    pool = gateway.describe_pool()
    rows = list(read_rows(table, columns, pool, options))
    remarks = [*table.notes, *_unused(columns)]
    return _Planner(gateway, pool, options, columns.heading_of, progress).plan(
        rows,
        title=table.name or "Uploaded file",
        kind="csv",
        header=table.header,
        pool_name=pool_name,
        remarks=tuple(remarks),
        columns=columns.used,
    )


def check_file(
    table: CsvTable, columns: ColumnMap, pool: UserPool, options: PlanOptions | None = None
) -> Iterable[Checked]:
    """Every row with the problems that can be seen without reading the pool's people (nothing is sent)."""
    return read_rows(table, columns, pool, options or PlanOptions())


def plan_for_people(
    gateway: CognitoGateway,
    people: Sequence[User | PersonRef],
    action: RowAction,
    *,
    groups: Sequence[str] | Mapping[str, Sequence[str]] = (),
    attributes: Mapping[str, str] | None = None,
    options: PlanOptions | None = None,
    title: str = "",
    pool_name: str = "",
    progress: Progress = no_progress,
) -> Plan:
    """The plan of one action on people chosen in a list. They are read anew, so a stale list is noticed.

    `groups` for the group actions: the same for everybody, or by sub. `attributes` for `update`. Rows
    are numbered from 1 in the order of `people`. Raises the gateway's errors.
    """
    options = options or PlanOptions()

    def groups_for(person: User | PersonRef) -> tuple[str, ...] | None:
        if action not in GROUP_ACTIONS:
            return None
        return tuple(groups.get(person.sub, ()) if isinstance(groups, Mapping) else groups)

    rows: list[Checked] = [
        (
            Row(
                number=number,
                action=action,
                sub=person.sub,
                username=person.username,
                groups=groups_for(person),
                attributes=attributes or {},
            ),
            [],
        )
        for number, person in enumerate(people, start=1)
    ]
    return _Planner(gateway, gateway.describe_pool(), options, _same, progress).plan(
        rows,
        title=title or f"{action.replace('_', ' ')}: {len(rows):,} selected",
        kind="selection",
        header=(),
        pool_name=pool_name,
    )


class _Planner:
    def __init__(
        self,
        gateway: CognitoGateway,
        pool: UserPool,
        options: PlanOptions,
        heading: Heading,
        progress: Progress,
    ) -> None:
        self._pool = pool
        self._options = options
        self._heading = heading
        self._reader = Reader(gateway, pool, progress)

    def plan(
        self,
        rows: list[Checked],
        *,
        title: str,
        kind: str,
        header: tuple[str, ...],
        pool_name: str,
        remarks: tuple[str, ...] = (),
        columns: Mapping[str, int] | None = None,
    ) -> Plan:
        people = self._reader.people(_wanted(rows, self._pool))
        rows = _with_stored_groups(rows, people.groups)
        self._check_scope(people, rows)
        identity = Identity(people, self._pool, self._heading)
        found = [identity.find(row) for row, _ in rows]
        self._read_memberships(people, rows, found)
        planned, secrets = self._row_plans(people, rows, found)
        preparation = self._preparation(people, planned)
        return Plan(
            title=title,
            kind=kind,
            pool=pool_name or self._pool.name,
            made_at=datetime.now(UTC),
            header=header,
            options=self._options,
            reading=self._reader.reading,
            rows=tuple(planned),
            preparation=preparation,
            remarks=remarks,
            totals=totals_of(planned, preparation, self._options.share, self._reader.quotas),
            quotas=self._reader.quotas,
            secrets=secrets,
            columns=columns or {},
        )

    def _check_scope(self, people: People, rows: list[Checked]) -> None:
        """A misspelt group in the scope would leave people in the group that was meant."""
        named = {name for row, _ in rows for name in row.groups or ()}
        unknown = sorted(set(self._options.scope) - people.groups.keys() - named)
        if unknown:
            raise InvalidValue(
                f"There is no group “{unknown[0]}”, which sync_groups is to touch.",
                "Correct the name in the scope, or leave it out.",
                field="scope",
            )

    def _read_memberships(self, people: People, rows: list[Checked], found: list[Found]) -> None:
        whole = any(row.whole_memberships for row, _ in rows)
        if len(people.groups) > MOST_GROUPS_PER_USER and any(row.groups for row, _ in rows):
            # only all of somebody's groups say whether one more is too many
            whole = True
        groups = set(people.groups) if whole else self._named_groups(rows)
        users = {
            one.user.sub: one.user
            for (row, _), one in zip(rows, found, strict=True)
            if one.user is not None and row.groups is not None and row.action in WRITING | GROUP_ACTIONS
        }
        self._reader.memberships(people, list(users.values()), groups)

    def _named_groups(self, rows: list[Checked]) -> set[str]:
        return {name for row, _ in rows for name in row.groups or ()} | set(self._options.scope)

    def _row_plans(
        self, people: People, rows: list[Checked], found: list[Found]
    ) -> tuple[list[RowPlan], dict[int, Secrets]]:
        scope = frozenset(self._named_groups(rows))
        maker = StepMaker(people, self._pool, self._options, self._heading, scope)
        duplicates = Duplicates(self._pool, self._heading)
        planned: list[RowPlan] = []
        secrets: dict[int, Secrets] = {}
        for (row, problems), one in zip(rows, found, strict=True):
            known = [*problems, *one.problems, *duplicates.check(row, one.user)]
            row_plan, its_secrets = maker.plan(duplicates.again(row), one.user, known)
            planned.append(row_plan)
            if row_plan.verdict is Verdict.INVALID:  # kept for the file of rows to fix only
                its_secrets = Secrets(row.temporary_password, row.password)
            if its_secrets:
                secrets[row.number] = its_secrets
        return planned, secrets

    def _preparation(self, people: People, planned: list[RowPlan]) -> tuple[Step, ...]:
        named = {step.change.joins for row in planned for step in row.steps} - {""}
        made = [CreateGroup(name) for name in sorted(named - people.groups.keys())]
        return tuple(Step(change, {}, change.expected) for change in made)


def _wanted(rows: list[Checked], pool: UserPool) -> Wanted:
    wanted = Wanted()
    for row, _ in rows:
        wanted.add(*names_in(row, pool))
    return wanted


def _with_stored_groups(rows: list[Checked], groups: Iterable[str]) -> list[Checked]:
    """Rows whose groups are written as the pool has them, where accents stand apart in one of the two."""
    stored = {nfc(name): name for name in groups if name != nfc(name)}
    if not stored:
        return rows

    def renamed(row: Row) -> Row:
        names = row.groups
        return row if names is None else replace(row, groups=tuple(stored.get(one, one) for one in names))

    return [(renamed(row), problems) for row, problems in rows]


def _unused(columns: ColumnMap) -> list[str]:
    names = [one.heading for one in columns.unused]
    return [f"Not used: {', '.join(names)}."] if names else []


def _same(target: str) -> str:
    return target
