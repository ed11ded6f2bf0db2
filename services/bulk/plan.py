"""A file or a selection of people → a plan: every step wanted, compared with the pool as it is.

    table = read_file(data, "people.csv")
    columns = recognise(table.header, gateway.describe_pool(), table.repeated, table.empty)
    plan = plan_file(gateway, table, columns, PlanOptions(share=0.5), pool_name="staff")

Nothing is sent but reads that bill nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain

from services.bulk.columns import ColumnMap
from services.bulk.doubtful import namesake, told_of_numbers, with_doubts
from services.bulk.duplicates import Duplicates, lists_all_groups
from services.bulk.files.csv_file import CsvTable
from services.bulk.full_names import told_of_joined, told_of_split
from services.bulk.group_names import with_stored_groups
from services.bulk.identity import Identity, RowPerson, names_in, without_foreign_subs
from services.bulk.model import (
    CheckedRow,
    FileSource,
    Heading,
    Plan,
    PlanOptions,
    PlanTotals,
    Problem,
    ProblemSeverity,
    Row,
    RowPlan,
    RowVerdict,
    Secrets,
    SignInFacts,
    Step,
)
from services.bulk.reading import NamedPeople, People, Progress, Reader, no_progress
from services.bulk.row_actions import (
    GROUP_ACTIONS,
    LEAVER,
    SYNCING,
    WRITING,
    RowAction,
)
from services.bulk.rows import read_rows
from services.bulk.steps import StepMaker
from services.bulk.template import without_examples
from services.bulk.unread import told_of_unread
from services.bulk.usernames import UsernameGiver, UsernamePattern
from services.bulk.verbs import count_by_action
from services.cognito import phones
from services.cognito.actions import CreateGroup, CreateUser
from services.cognito.gateway import CognitoGateway
from services.cognito.group_rules import MOST_GROUPS_PER_USER, provider_of
from services.cognito.models import PersonRef, User, UserPool
from services.cognito.offered import Offered
from services.cognito.people import NameKind, sign_in_names
from services.cognito.quotas import CATEGORIES, category_of, operation_rps
from services.errors import InvalidValue
from services.people.leaving import LeaverPart

# What a plan costs: calls per quota category, time at a share of the quota, people who become billed.


def totals_of(
    rows: Iterable[RowPlan],
    preparation: Iterable[Step],
    share: float,
    limits: Mapping[str, float] | None = None,
) -> PlanTotals:
    """The plan in figures. `share` is 0–1 of each quota; `limits` (requests a second by category)
    replace AWS's defaults where the account's real ones are known."""
    listed = list(rows)
    verdicts = Counter(row.verdict for row in listed)
    steps = list(chain(preparation, *(row.steps for row in listed)))
    calls = Counter(step.change.category().name for step in steps)
    media = Counter(medium for step in steps for medium in step.change.messages)
    operations = Counter(step.operation for step in steps)
    return PlanTotals(
        rows=len(listed),
        create=verdicts[RowVerdict.CREATE],
        change=verdicts[RowVerdict.CHANGE],
        unchanged=verdicts[RowVerdict.UNCHANGED],
        invalid=verdicts[RowVerdict.INVALID],
        later=verdicts[RowVerdict.LATER],
        steps=len(steps),
        irreversible=sum(step.irreversible for step in steps),
        billed=sum(any(step.change.bills for step in row.steps) for row in listed),
        emails=media["EMAIL"],
        texts=media["SMS"],
        calls=dict(calls),
        actions=dict(Counter(step.change.action for step in steps)),
        seconds=seconds_for(operations, share, limits),
        by_action=count_by_action(listed),
    )


def seconds_for(
    operations: Mapping[str, int], share: float, limits: Mapping[str, float] | None = None
) -> float:
    """Shortest time for these calls (by operation): categories run side by side, so the busiest counts."""
    by_category: Counter[str] = Counter()
    longest = 0.0
    for operation, count in operations.items():
        category = category_of(operation)
        by_category[category.name] += count
        if category.capped_per_pool:
            longest = max(longest, count / (operation_rps(operation) * share))
    for name, count in by_category.items():
        rps = (limits or {}).get(name) or CATEGORIES[name].rps
        longest = max(longest, count / (rps * share))
    return longest


MOST_PLANNED = 200_000
"""Rows of one plan: 200,000 memberships take two hours at AWS's whole quota already."""


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
    unsettled = columns.problems(made=bool(options.usernames))
    if unsettled:
        raise InvalidValue(unsettled[0].what, unsettled[0].fix, field="columns")
    pool = _for_file(gateway.describe_pool(), options)
    table = without_examples(table, pool)
    rows = list(read_rows(table, columns, pool, options))
    remarks = [*table.notes, *_unused(columns), *_of_region(columns, pool.phone_region)]
    return PlanMaker(gateway, pool, options, columns.heading_of, progress).plan(
        rows,
        title=table.name or "Uploaded file",
        kind="csv",
        header=table.titles,
        pool_name=pool_name,
        remarks=tuple(remarks),
        columns=columns.used,
        source=FileSource(table.how, table.delimiter, table.sheet),
    )


def check_file(
    table: CsvTable, columns: ColumnMap, pool: UserPool, options: PlanOptions | None = None
) -> Iterable[CheckedRow]:
    """Every row with the problems that can be seen without reading the pool's people (nothing is sent)."""
    options = options or PlanOptions()
    return read_rows(table, columns, _for_file(pool, options), options)


def _for_file(pool: UserPool, options: PlanOptions) -> UserPool:
    """The pool, with the country of phone numbers that was chosen for this file."""
    return replace(pool, phone_region=options.region) if options.region else pool


def plan_for_people(
    gateway: CognitoGateway,
    people: Sequence[User | PersonRef],
    action: RowAction,
    *,
    groups: Sequence[str] | Mapping[str, Sequence[str]] = (),
    attributes: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
    options: PlanOptions | None = None,
    title: str = "",
    pool_name: str = "",
    progress: Progress = no_progress,
) -> Plan:
    """The plan of one action on people chosen in a list. They are read anew, so a stale list is noticed.

    `groups` for the group actions: the same for everybody, or by sub. `attributes` for `update`;
    `values` for what the action asks in columns of its own. Rows
    are numbered from 1 in the order of `people`. Raises the gateway's errors.
    """
    options = options or PlanOptions()
    rows: list[CheckedRow] = []
    for number, person in enumerate(people, start=1):
        named: tuple[str, ...] | None = None
        if action in GROUP_ACTIONS:
            named = tuple(groups.get(person.sub, ()) if isinstance(groups, Mapping) else groups)
        row = Row(
            number,
            action,
            person.sub,
            person.username,
            attributes=attributes or {},
            groups=named,
            values=values or {},
        )
        rows.append((row, []))
    return PlanMaker(gateway, gateway.describe_pool(), options, _same, progress).plan(
        rows,
        title=title or f"{action.replace('_', ' ')}: {len(rows):,} selected",
        kind="selection",
        header=(),
        pool_name=pool_name,
    )


class PlanMaker:
    """Makes one plan: reads whom its rows mean from the pool, and works out what each of them takes."""

    def __init__(
        self,
        gateway: CognitoGateway,
        pool: UserPool,
        options: PlanOptions,
        heading: Heading,
        progress: Progress,
    ) -> None:
        self._pool = pool
        self._offered = Offered(gateway)
        self._options = options
        self._heading = heading
        self._reader = Reader(gateway, pool, progress)

    def plan(
        self,
        rows: list[CheckedRow],
        *,
        title: str,
        kind: str,
        header: tuple[str, ...],
        pool_name: str,
        remarks: tuple[str, ...] = (),
        columns: Mapping[str, int] | None = None,
        source: FileSource | None = None,
    ) -> Plan:
        """The plan of `rows`, each with the problems found so far; nothing is changed by making it.

        `header` and `columns` (what each column is taken for → its place) are those of the file, `kind` says
        what the rows come from, `remarks` what is told of all of them. Raises the gateway's errors.
        """
        people = self._reader.people(
            _wanted(rows, self._pool), names_to_make=len(self._usernames_to_make(rows))
        )
        rows = with_stored_groups(rows, people.groups, self._heading)
        rows, foreign = without_foreign_subs(rows, people)
        self._check_scope(people, rows)
        identity = Identity(people, self._pool, self._heading)
        found = [identity.find(row) for row, _ in rows]
        if kind == "csv":
            rows = with_doubts(rows, found, people, self._options, self._heading)
        rows = self._with_usernames(rows, found)
        if kind == "csv":
            remarks += told_of_numbers(row for row, _ in rows)
            remarks += told_of_unread((row for row, _ in rows), self._heading)
        remarks += (*foreign, *self._names_made(rows, found), *self._left_alone(people, rows))
        self._read_memberships(people, rows, found)
        planned, secrets = self._row_plans(people, rows, found)
        preparation = self._preparation(people, planned)
        plan = Plan(
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
            sign_in=self._sign_ins(planned, found, secrets),
            temporary_days=self._pool.policy.valid_days,
            columns=columns or {},
            source=source or FileSource(),
        )
        return without_groups(plan, self._options.leave_groups)

    def _sign_ins(
        self, planned: list[RowPlan], found: list[RowPerson], secrets: Mapping[int, Secrets]
    ) -> dict[int, SignInFacts]:
        """How the people of the rows that have passwords will sign in."""
        return {
            row.row: self._sign_in(row, known)
            for row, known in zip(planned, found, strict=True)
            if row.row in secrets
        }

    def _sign_in(self, row: RowPlan, known: RowPerson) -> SignInFacts:
        """What the person of a row will type, for whoever hands their password over."""
        created = next((step.change for step in row.steps if isinstance(step.change, CreateUser)), None)
        if created is not None:
            after = {"username": created.username, **created.expected}
            user = created.apply_to(None, after, datetime.now(UTC), frozenset())
            assert user is not None  # noqa: S101 - it makes one
            groups = tuple(step.change.joins for step in row.steps if step.change.joins)
            return SignInFacts(sign_in_names(user, self._pool), groups)
        return SignInFacts(sign_in_names(known.user, self._pool) if known.user else ())

    def _left_alone(self, people: People, rows: list[CheckedRow]) -> Iterable[str]:
        """Groups that rows which make memberships exact don't touch: nobody should have to guess."""
        if any(row.action in SYNCING for row, _ in rows):
            others = sorted(people.groups.keys() - self._named_groups(rows))
            if others:
                yield f"Left alone, because neither the file nor its scope names them: {_some(others)}."
        automatic = sorted(name for name in people.groups if provider_of(name, self._pool.id))
        if automatic and any(row.action == LEAVER for row, _ in rows):
            yield f"Leavers stay in the groups that identity providers keep: {_some(automatic)}."

    def _names_made(self, rows: list[CheckedRow], found: list[RowPerson]) -> Iterable[str]:
        """What is made of the full names of new people, or of the parts of their names."""
        new = [row for (row, _), person in zip(rows, found, strict=True) if person.user is None]
        if self._options.split_names and (told := told_of_split(new)):
            yield told
        if self._options.join_names and (told := told_of_joined(new)):
            yield told

    def _usernames_to_make(self, rows: list[CheckedRow]) -> set[str]:
        """The usernames, without numbers, that are due if nobody of the file is there yet."""
        if not self._options.usernames:
            return set()
        pattern = UsernamePattern(self._options.usernames, self._pool)
        return {pattern.username(row) for row, _ in rows if pattern.applies_to(row)} - {""}

    def _with_usernames(self, rows: list[CheckedRow], found: list[RowPerson]) -> list[CheckedRow]:
        """New people without a username with the one that is made for them, or with what it lacks."""
        if not self._options.usernames:
            return rows
        pattern = UsernamePattern(self._options.usernames, self._pool)
        giver = UsernameGiver(pattern, self._pool, self._reader.names_like)
        for row, _ in rows:
            giver.reserve(row.username, row.attributes.get(NameKind.PREFERRED, ""))

        def named(row: Row, problems: list[Problem], person: RowPerson) -> CheckedRow:
            if person.user is not None or not pattern.applies_to(row):
                return row, problems
            if lacking := pattern.lacking(row):
                what = f"No username can be made: the row has no {lacking}."
                fix = "Fill it in, or write a username."
                heading = self._heading("username")
                return row, [*problems, Problem(row.number, heading, what, fix, attribute="username")]
            return giver.named(row), problems

        return [named(row, problems, person) for (row, problems), person in zip(rows, found, strict=True)]

    def _check_scope(self, people: People, rows: list[CheckedRow]) -> None:
        """A misspelt group in the scope would leave people in the group that was meant."""
        named = {name for row, _ in rows for name in row.groups or ()}
        unknown = sorted(set(self._options.scope) - people.groups.keys() - named)
        if unknown:
            raise InvalidValue(
                f"There is no group “{unknown[0]}”, which sync_groups is to touch.",
                "Correct the name in the scope, or leave it out.",
                field="scope",
            )

    def _read_memberships(self, people: People, rows: list[CheckedRow], found: list[RowPerson]) -> None:
        leaving = LeaverPart.GROUPS in self._options.leaver
        whole = any(row.whole_memberships or (leaving and row.action == LEAVER) for row, _ in rows)
        if len(people.groups) > MOST_GROUPS_PER_USER and any(row.groups for row, _ in rows):
            # only all of somebody's groups say whether one more is too many
            whole = True
        groups = set(people.groups) if whole else self._named_groups(rows)
        users = {
            person.user.sub: person.user
            for (row, _), person in zip(rows, found, strict=True)
            if person.user is not None
            and (
                (row.groups is not None and row.action in WRITING | GROUP_ACTIONS)
                or (leaving and row.action == LEAVER)
            )
        }
        self._reader.memberships(people, list(users.values()), groups)

    def _named_groups(self, rows: list[CheckedRow]) -> set[str]:
        return {name for row, _ in rows for name in row.groups or ()} | set(self._options.scope)

    def _row_plans(
        self, people: People, rows: list[CheckedRow], found: list[RowPerson]
    ) -> tuple[list[RowPlan], dict[int, Secrets]]:
        scope = frozenset(self._named_groups(rows))
        maker = StepMaker(people, self._pool, self._offered, self._options, self._heading, scope)
        duplicates = Duplicates(self._pool, self._heading)
        planned: list[RowPlan] = []
        secrets: dict[int, Secrets] = {}
        known_of = [
            [*problems, *person.problems, *duplicates.check(row, person.user)]
            for (row, problems), person in zip(rows, found, strict=True)
        ]
        _hold_back(rows, known_of, duplicates)
        gathered = _gathered(rows, known_of, duplicates.joins)
        plans: dict[int, RowPlan] = {}
        for (row, _), person, known in zip(rows, found, known_of, strict=True):
            first = duplicates.joins.get(row.number)
            if first is not None and not any(problem.is_error for problem in known):
                planned.append(_joined(row, plans[first], known))
                continue
            row = gathered.get(row.number, row)
            row_plan, its_secrets = maker.plan(duplicates.again(row), person.user, known)
            if row.username_made and person.user is not None and row_plan.steps:
                known = [*known, namesake(row, person.user, self._options, self._heading("username"))]
                row_plan, its_secrets = maker.plan(duplicates.again(row), person.user, known)
            planned.append(row_plan)
            plans[row.number] = row_plan
            if row_plan.verdict is RowVerdict.INVALID:  # kept for the file of rows to fix only
                its_secrets = Secrets(row.temporary_password, row.password)
            if its_secrets:
                secrets[row.number] = its_secrets
        return planned, secrets

    def _preparation(self, people: People, planned: list[RowPlan]) -> tuple[Step, ...]:
        named = {step.change.joins for row in planned for step in row.steps} - {""}
        made = [CreateGroup(name) for name in sorted(named - people.groups.keys())]
        return tuple(Step(change, {}, change.expected) for change in made)


def without_groups(plan: Plan, names: Collection[str]) -> Plan:
    """The plan without creating these groups, and without anybody joining them.

    Other names than those of groups that it would create don't count.
    """
    left = set(names) & set(plan.new_groups)
    if not left:
        return plan
    rows = tuple(_without_groups(row, left) for row in plan.rows)
    preparation = tuple(
        step
        for step in plan.preparation
        if not (isinstance(step.change, CreateGroup) and step.change.name in left)
    )
    options = replace(plan.options, leave_groups=tuple(sorted(left)))
    totals = totals_of(rows, preparation, options.share, plan.quotas)
    sign_in = {
        number: replace(facts, groups=tuple(name for name in facts.groups if name not in left))
        if facts.groups
        else facts
        for number, facts in plan.sign_in.items()
    }
    return replace(plan, rows=rows, preparation=preparation, options=options, totals=totals, sign_in=sign_in)


def _without_groups(row: RowPlan, left: set[str]) -> RowPlan:
    joined = sorted({step.change.joins for step in row.steps} & left)
    if not joined:
        return row
    steps = tuple(step for step in row.steps if step.change.joins not in left)
    named = " and ".join(f"“{name}”" for name in joined)
    what = f"The group {named} isn't created, so nobody joins it."
    basis = dict(row.basis)
    if "groups" in basis:
        basis["groups"] = {name: was for name, was in basis["groups"].items() if name not in left}
    return replace(
        row,
        steps=steps,
        basis=basis,
        verdict=row.verdict if steps else RowVerdict.UNCHANGED,
        problems=(*row.problems, Problem(row.row, "", what, "", ProblemSeverity.WARNING)),
    )


def _hold_back(rows: list[CheckedRow], known_of: list[list[Problem]], duplicates: Duplicates) -> None:
    """Keep a person's first row back where a later one contradicts it, or lists groups in a row that can't be
    carried out: without it the first would take those groups away."""
    first_of = {row.number: known for (row, _), known in zip(rows, known_of, strict=True)}
    for number, later in duplicates.contradicted.items():
        what = f"Row {later} is the same person and asks something else."
        first_of[number].append(
            Problem(number, "", what, "Put everything in one row, or drop one of the two.")
        )
    for (row, _), known in zip(rows, known_of, strict=True):
        first = duplicates.joins.get(row.number)
        if first is not None and lists_all_groups(row) and any(problem.is_error for problem in known):
            what = f"Row {row.number} lists groups of the same person and can't be carried out."
            first_of[first].append(Problem(first, "", what, "Correct that row first."))


def _gathered(
    rows: list[CheckedRow], known_of: list[list[Problem]], joins: Mapping[int, int]
) -> dict[int, Row]:
    """First rows with the groups of the same people's further rows, by number."""
    by_number = {row.number: row for row, _ in rows}
    gathered: dict[int, Row] = {}
    for (row, _), known in zip(rows, known_of, strict=True):
        first = joins.get(row.number)
        if first is not None and not any(problem.is_error for problem in known):
            now = gathered.get(first, by_number[first])
            groups = tuple(dict.fromkeys((*(now.groups or ()), *(row.groups or ()))))
            gathered[first] = replace(now, groups=groups)
    return gathered


def _joined(row: Row, first: RowPlan, known: list[Problem]) -> RowPlan:
    """A further row of a person: its groups are planned with the first one."""
    verdict, problems, remark = RowVerdict.UNCHANGED, known, f"Planned with row {first.row}, the same person."
    if first.verdict is RowVerdict.INVALID:
        what = f"Row {first.row} is the same person and can't be carried out."
        verdict, remark = RowVerdict.INVALID, ""
        problems = [*known, Problem(row.number, "", what, "Correct that row first.")]
    return RowPlan(
        row=row.number,
        label=row.label,
        action=row.action,
        verdict=verdict,
        problems=tuple(problems),
        remark=remark,
        note=row.note,
        cells=row.cells,
    )


def _wanted(rows: list[CheckedRow], pool: UserPool) -> NamedPeople:
    wanted = NamedPeople()
    for row, _ in rows:
        wanted.add(*names_in(row, pool))
    return wanted


def _unused(columns: ColumnMap) -> list[str]:
    names = [column.heading for column in columns.unused]
    return [f"Not used: {', '.join(names)}."] if names else []


def _of_region(columns: ColumnMap, region: str) -> list[str]:
    if not region or "phone_number" not in columns.used:
        return []
    return [f"Phone numbers without a country code are read as numbers of {phones.country_name(region)}."]


_NAMED = 5


def _some(names: Sequence[str]) -> str:
    """Names for a sentence: the first few, and how many more there are."""
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _same(target: str) -> str:
    return target
