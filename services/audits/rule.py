"""What an audit rule is: a question put to a snapshot, and the three kinds of answer it can have.

A rule never passes on what wasn't read. What it needs for an answer to be certain stands in
`needs`; what it needs to have found everything stands in `covers`. Where the snapshot lacks the
first, there is no answer; where it lacks the second, findings stand and "nothing found" doesn't.
"""

from __future__ import annotations

import re
from abc import ABC
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from services.audits.severity import Severity
from services.audits.thresholds import Thresholds
from services.cognito.actions import PersonChange
from services.cognito.group_rules import MOST_GROUPS_PER_USER, provider_of
from services.directory.pool import PoolTables
from services.directory.snapshot import TIME
from services.directory.standing import standing_sql
from services.store.applications import Application
from services.store.saved import SavedQuestion
from services.words import HOURS_SHOWN

ATTRIBUTES = ("email", "email_verified", "phone_number", "identities")
"""Attributes that a rule may name though nobody in a pool has them."""

COLUMNS = ("sub", "groups", "application", "detail", "since")
"""The columns of `RuleResult.findings`: one row per person, else per group or application.

`sub` is "" where no person is meant; `groups` a tuple of names; `detail` says what was found in a few
words; `since` an aware time or NaT.
"""


class RuleState(StrEnum):
    """How a rule ended. Only `CLEAN` means that all is well."""

    FOUND = "found"
    CLEAN = "clean"
    INCOMPLETE = "not evaluated"
    UNANSWERED = "not answered"


class Need(StrEnum):
    """Part of a snapshot that a rule looks at."""

    USERS = "users"
    GROUPS = "groups"
    MEMBERSHIPS = "memberships"
    """Those that count: without the automatic groups of identity providers, if those are ignored."""
    ALL_MEMBERSHIPS = "all memberships"


class FindingSubject(StrEnum):
    """What a finding is about, which is also what is counted."""

    PEOPLE = "people"
    GROUPS = "groups"
    APPLICATIONS = "applications"
    ROWS = "rows"
    """Of a question of one's own that names nobody."""


class FixGroups(StrEnum):
    """Which groups a fix means: none, those of the finding, or some that the operator chooses."""

    NONE = "none"
    FOUND = "found"
    CHOSEN = "chosen"


@dataclass(frozen=True, slots=True)
class Fix:
    """One thing to do about findings, as a plan of the bulk engine.

    `kind` is the action, `title` an order ("Disable them"); `attributes` are the values that an update sets.
    """

    kind: type[PersonChange]
    title: str
    groups: FixGroups = FixGroups.NONE
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LastSignIn:
    """When somebody last signed in (aware, UTC), as far as the pool's events tell; None if none is known."""

    at: datetime | None


@dataclass(frozen=True, slots=True)
class Acceptance:
    """That a finding may stay until a day (aware), by whom and why."""

    until: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class AuditContext:
    """What a snapshot is judged by. `now` is aware.

    `applications` are those configured for the pool; `sign_ins` what is known of some people's last
    sign-ins, by sub; `questions` those of one's own that are asked as rules, if they have a severity;
    `providers` the names of the pool's identity providers, None when they aren't known; `accepted` are
    the findings, by rule and subject, that somebody has accepted and that count apart.
    """

    now: datetime
    thresholds: Thresholds = field(default_factory=Thresholds)
    applications: tuple[Application, ...] = ()
    sign_ins: Mapping[str, LastSignIn] = field(default_factory=dict)
    questions: tuple[SavedQuestion, ...] = ()
    providers: frozenset[str] | None = None
    accepted: Mapping[tuple[str, str], Acceptance] = field(default_factory=dict)


class RuleInput:
    """What a rule is given: the tables of one snapshot, and the settings that decide what counts.

    Beside the pool's own tables (`services.directory.pool`) a query may use

    - `held`: memberships with `row` and `enabled` of the person, `"group"` (sorted in reading order), and
      `counted`: false for automatic groups of identity providers, if those are ignored;
    - `listed`: every group with `name` (sorted in reading order), `automatic` (ignored, as above) and
      `unread`: not all of its members are known;
    - from the setting: `applications` (`number`, `name`, `groups`; `open`: an enabled person is in one of
      them), `apart` (`number`, `one`, `other`) and `sign_ins` (`sub`, `signed_in`);
    - `links`: accounts at identity providers that a profile is linked with, its own among them (`row`,
      `provider`, `id` there), and `gone`: the pool has no such provider (any more);
    - the values `$now`, `$email_signs_in`, `$unread` (names of groups, as above), `$most_possible` (groups
      of one person) and every threshold by its name (`$dormant_days`);
    - `day_words(n)`: so many days in words; `time_left(start, till)` and `calendar_day(moment)`: as pages
      say it.
    - `standings` (`row`, `standing`): whether accounts can sign in (`AccountStanding`).

    `users` has a column for each of `ATTRIBUTES`, also where nobody has one. Close it when done.
    """

    def __init__(self, snapshot: PoolTables, setting: AuditContext) -> None:
        self.snapshot = snapshot
        self.setting = setting
        self.thresholds = setting.thresholds
        self.applications = setting.applications
        self.values = _values(snapshot, setting)
        self._tables = snapshot.cursor()
        self._prepare()

    def __enter__(self) -> RuleInput:
        return self

    def __exit__(self, *_: object) -> None:
        self._tables.close()

    def rows(self, sql: str, **more: Any) -> list[tuple[Any, ...]]:
        """What a query answers, row by row. `more` are values of its own."""
        return self._tables.execute(sql, self._bound(sql, more)).fetchall()

    def findings(self, sql: str, **more: Any) -> pd.DataFrame:
        """The findings that a query answers: any of `COLUMNS`, in its own order."""
        return findings_of(self._tables.sql(sql, params=self._bound(sql, more)).to_arrow_table())

    def is_ignored(self, group: str) -> bool:
        """True for automatic groups of identity providers, if those are ignored."""
        return self.thresholds.ignore_automatic and bool(provider_of(group, self.snapshot.about.pool.id))

    def missing(self, needs: Iterable[Need]) -> tuple[str, ...]:
        """Why some of `needs` can't be relied on, as sentences; empty when all of it was read."""
        wanted, known = set(needs), self.snapshot.completeness
        said: list[str] = []
        if not known.users_known and Need.USERS in wanted:
            said.append("People may be missing from this snapshot.")
        about_groups = wanted & {Need.GROUPS, Need.MEMBERSHIPS, Need.ALL_MEMBERSHIPS}
        if not known.groups_known and about_groups:
            said.append("The list of groups could not be read.")
        if Need.ALL_MEMBERSHIPS in wanted:
            said.extend(self.unread(known.unread_groups))
        elif Need.MEMBERSHIPS in wanted:
            said.extend(self.unread(name for name in known.unread_groups if not self.is_ignored(name)))
        if wanted and known.gap_anywhere:
            said.extend(known.missing)
        return tuple(said)

    def unread(self, groups: Iterable[str]) -> tuple[str, ...]:
        """The sentence about those of `groups` whose members are not known; empty if all are."""
        lost = sorted(self.snapshot.completeness.unread_groups & set(groups), key=str.casefold)
        if not lost:
            return ()
        more = f" and {len(lost) - _NAMED:,} more groups" if len(lost) > _NAMED else ""
        return (f"Not all members could be read of {', '.join(lost[:_NAMED])}{more}.",)

    def _bound(self, sql: str, more: Mapping[str, Any]) -> dict[str, Any] | None:
        """The values that a query names; the engine refuses to be given others."""
        known = {**self.values, **more}
        return {name: known[name] for name in set(_VALUE.findall(sql))} or None

    def _prepare(self) -> None:
        """Make the relations that stand beside the pool's tables, for this connection only."""
        names, unread = self.snapshot.group_names, self.snapshot.completeness.unread_groups
        # numbered in reading order, so that lists of groups are sorted without comparing names
        values = ", ".join("'" + name.replace("'", "''") + "'" for name in names)
        self._tables.execute(f"CREATE TEMP TYPE group_name AS ENUM ({values})")
        self._make(
            "listed",
            {
                "name": ("group_name", names),
                "automatic": ("BOOLEAN", map(self.is_ignored, names)),
                "unread": ("BOOLEAN", (name in unread for name in names)),
            },
        )
        self._make(
            "set_up",
            {
                "number": ("INTEGER", range(len(self.applications))),
                "name": ("VARCHAR", (application.name for application in self.applications)),
                "groups": (
                    "VARCHAR[]",
                    (list(application.allowed_groups) for application in self.applications),
                ),
            },
        )
        self._make_settings()
        absent = [name for name in ATTRIBUTES if name not in self.snapshot.attributes]
        added = "".join(f", NULL::VARCHAR AS {name}" for name in absent)
        self._tables.execute(f"CREATE TEMP VIEW users AS SELECT *{added} FROM memory.main.users")
        now = f"TIMESTAMPTZ '{self.setting.now.isoformat()}'"
        standing = standing_sql(self.snapshot, now)
        self._tables.execute(f"CREATE TEMP VIEW standings AS SELECT row, {standing} AS standing FROM users")
        for sql in _BESIDE:
            self._tables.execute(sql)

    def _make_settings(self) -> None:
        """The tables of what is set up or looked up for this audit, beside the pool."""
        pairs, known = self.thresholds.apart, self.setting.sign_ins
        self._make(
            "apart",
            {
                "number": ("INTEGER", range(len(pairs))),
                "one": ("VARCHAR", (first for first, _ in pairs)),
                "other": ("VARCHAR", (other for _, other in pairs)),
            },
        )
        self._make("here", {"provider": ("VARCHAR", self.setting.providers or ())})
        times = (sign_in.at for sign_in in known.values())
        self._make("sign_ins", {"sub": ("VARCHAR", known), "signed_in": ("TIMESTAMPTZ", times)})

    def _make(self, table: str, columns: Mapping[str, tuple[str, Iterable[Any]]]) -> None:
        """A table of ours; of each column the type and the values."""
        made = ", ".join(f"unnest(${name}::{kind}[]) AS {name}" for name, (kind, _) in columns.items())
        values = {name: list(filled) for name, (_, filled) in columns.items()}
        self._tables.execute(f"CREATE TEMP TABLE {table} AS SELECT {made}", values)


def _nobody() -> pd.DataFrame:
    """No findings."""
    return pd.DataFrame()


@dataclass(frozen=True)
class RuleResult:
    """What one rule says about one snapshot.

    `findings` has the columns `COLUMNS`. `reasons` says why it could not be evaluated, or what may
    be missing from the findings; `remark` is worth knowing in any case. `accepted` are findings, with the
    same columns, that somebody has accepted: they stand in no number.
    """

    rule: Rule
    state: RuleState
    findings: pd.DataFrame = field(repr=False)
    reasons: tuple[str, ...] = ()
    remark: str = ""
    accepted: pd.DataFrame = field(default_factory=_nobody, repr=False)

    def subjects(self, places: Collection[int] | None = None) -> list[str]:
        """What the findings (those at `places`, or all) are about, each as `subject_of` writes it."""
        found = self.findings if places is None else self.findings.iloc[list(places)]
        return subjects_of(self.rule, found)

    def apart_from(self, accepted: Collection[tuple[str, str]]) -> RuleResult:
        """The result with the findings that were accepted set apart."""
        if not accepted or not len(self.findings) or self.rule.about is FindingSubject.ROWS:
            return self
        aside = pd.Series(
            [(self.rule.id, subject) in accepted for subject in subjects_of(self.rule, self.findings)],
            dtype=bool,
        )
        if not aside.any():
            return self
        rest, gone = self.findings[~aside.to_numpy()], self.findings[aside.to_numpy()]
        state = self.state
        if not len(rest):
            # as where nothing was found: what wasn't read may hold more
            state = RuleState.INCOMPLETE if self.reasons else RuleState.CLEAN
        return replace(
            self,
            state=state,
            findings=rest.reset_index(drop=True),
            accepted=gone.reset_index(drop=True),
        )

    @property
    def subs(self) -> list[str]:
        """The people found, each once, in order."""
        return [sub for sub in dict.fromkeys(self.findings["sub"]) if sub]

    @property
    def groups(self) -> list[str]:
        """The groups found, each once, in order."""
        return list(dict.fromkeys(name for names in self.findings["groups"] for name in names))

    @property
    def applications(self) -> list[str]:
        """The applications found, each once, in order."""
        return [name for name in dict.fromkeys(self.findings["application"]) if name]

    @property
    def numbers(self) -> Mapping[FindingSubject, int]:
        """How many people, groups, applications and rows are concerned."""
        found = {
            FindingSubject.PEOPLE: len(self.subs),
            FindingSubject.GROUPS: len(self.groups),
            FindingSubject.APPLICATIONS: len(self.applications),
        }
        return found | (
            {FindingSubject.ROWS: len(self.findings)} if self.rule.about is FindingSubject.ROWS else {}
        )

    @property
    def count(self) -> int:
        """How many of what the rule is about were found."""
        return self.numbers[self.rule.about]

    @property
    def at_least(self) -> bool:
        """True if there may be more than was found."""
        return self.state is RuleState.FOUND and bool(self.reasons)


class Rule(ABC):
    """Base of all rules, one small file each: `sql` finds, everything else says what that means.

    `sql` is one query over what `RuleInput` describes. It answers any of the columns `COLUMNS`, in the
    order in which findings are shown.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    severity: ClassVar[Severity]
    why: ClassVar[str]
    advice: ClassVar[str]
    sql: ClassVar[str]
    about: ClassVar[FindingSubject] = FindingSubject.PEOPLE
    needs: ClassVar[frozenset[Need]] = frozenset()
    covers: ClassVar[frozenset[Need]] = frozenset({Need.USERS})
    fixes: ClassVar[tuple[Fix, ...]] = ()
    thresholds: ClassVar[tuple[str, ...]] = ()
    """Names of the settings that the rule heeds (`services.audits.thresholds`)."""
    note: ClassVar[str] = ""
    own: ClassVar[bool] = False
    """True for a question of one's own, saved with a severity (`services.audits.ask`)."""

    def remark(self, given: RuleInput) -> str:  # noqa: ARG002 - for rules to fill in
        """What is worth knowing about the answer, whatever it is: `note`, unless a rule knows better."""
        return self.note

    def unanswered(self, given: RuleInput, found: int) -> str:  # noqa: ARG002 - for rules to fill in
        """Why the question isn't answered though everything was read; "" when it is.

        `found` is how many findings there are.
        """
        return ""

    def gaps(self, given: RuleInput) -> tuple[str, ...]:
        """Why findings may be missing (sentences): by default what of `covers` wasn't read."""
        return given.missing(self.needs | self.covers)

    def judge(self, given: RuleInput) -> RuleResult:
        """Answer the question for one snapshot."""
        remark = self.remark(given)
        if unsure := given.missing(self.needs):
            return RuleResult(self, RuleState.INCOMPLETE, no_findings(), unsure, remark)
        found = given.findings(self.sql)
        if reason := self.unanswered(given, len(found)):
            return RuleResult(self, RuleState.UNANSWERED, no_findings(), (reason,), remark)
        gaps = self.gaps(given)
        if len(found):
            return RuleResult(self, RuleState.FOUND, found, gaps, remark)
        return RuleResult(self, RuleState.INCOMPLETE if gaps else RuleState.CLEAN, found, gaps, remark)


def subject_of(about: FindingSubject, sub: str, groups: Sequence[str], application: str) -> str:
    """What a finding is known by, in one line: the person's ID (sub), the application, or the groups."""
    if about is FindingSubject.PEOPLE:
        return sub
    if about is FindingSubject.APPLICATIONS:
        return f"application {application}"
    return f"groups {', '.join(groups)}"


def subjects_of(rule: Rule, findings: pd.DataFrame) -> list[str]:
    """`subject_of` each of these findings of a rule."""
    columns = (findings["sub"], findings["groups"], findings["application"])
    return [subject_of(rule.about, *found) for found in zip(*columns, strict=True)]


def findings_of(answer: pa.Table) -> pd.DataFrame:
    """A query's answer as a table with the columns `COLUMNS`; whatever it doesn't have is empty."""
    count = answer.num_rows
    held = answer["groups"].combine_chunks() if "groups" in answer.column_names else None
    texts = {
        name: answer[name].to_pylist() if name in answer.column_names else [""] * count
        for name in ("sub", "application", "detail")
    }
    since = answer["since"].cast(TIME) if "since" in answer.column_names else pa.nulls(count, TIME)
    return pd.DataFrame(
        {
            "sub": pd.Series(texts["sub"], dtype=object),
            "groups": pd.Series([()] * count if held is None else _tuples(held), dtype=object),
            "application": pd.Series(texts["application"], dtype=object),
            "detail": pd.Series(texts["detail"], dtype=object),
            "since": since.to_pandas(),
        },
        columns=list(COLUMNS),
    )


def _tuples(lists: pa.ListArray) -> list[tuple[str, ...]]:
    """The lists as tuples, their values taken out once."""
    values = lists.flatten()
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    ends = pc.cumulative_sum(lists.value_lengths()).to_pylist()
    names = values.to_pylist()
    return [tuple(names[start:end]) for start, end in zip([0, *ends], ends, strict=False)]


@cache
def no_findings() -> pd.DataFrame:
    """The table of a rule that found nothing; nobody changes it."""
    return findings_of(pa.table({"sub": pa.array([], pa.string())}))


_NAMED = 5
_VALUE = re.compile(r"\$(\w+)")
_BLANKS = "concat(' ', chr(9), chr(10), chr(11), chr(12), chr(13))"


def _values(snapshot: PoolTables, setting: AuditContext) -> dict[str, Any]:
    """The values that a rule's query can name with a dollar sign, as `$now`."""
    pool = snapshot.about.pool
    return {
        **asdict(setting.thresholds),
        "now": setting.now,
        "unread": sorted(snapshot.completeness.unread_groups),
        "most_possible": MOST_GROUPS_PER_USER,
        "email_signs_in": "email" in pool.username_attributes | pool.alias_attributes,
    }


_BESIDE = (
    'CREATE TEMP TABLE held AS SELECT u.row, u.enabled, l.name AS "group", NOT l.automatic AS counted '
    'FROM users u JOIN group_sets m USING (group_set) JOIN listed l ON l.name = m."group"',
    "CREATE TEMP VIEW applications AS SELECT *, list_has_any(groups, "
    '(SELECT coalesce(list(DISTINCT "group"::VARCHAR), []) FROM held WHERE enabled)) AS open FROM set_up',
    "CREATE TEMP VIEW links AS SELECT row, link.providerName AS provider, link.userId AS id, "
    "lower(link.providerName) NOT IN (SELECT lower(provider) FROM here) AS gone "
    'FROM (SELECT row, unnest(from_json(identities, \'[{"providerName": "VARCHAR", "userId": "VARCHAR"}]\')) '
    "AS link FROM users WHERE json_valid(identities)) WHERE link.providerName <> ''",
    "CREATE TEMP MACRO day_words(n) AS "
    "CASE WHEN n < 1 THEN 'less than a day' WHEN n = 1 THEN '1 day' ELSE format('{:,} days', n) END",
    # as `words.time_left` and `words.calendar_day` say it
    "CREATE TEMP MACRO hour_words(n) AS CASE WHEN n < 1 THEN 'less than an hour' WHEN n = 1 THEN '1 hour' "
    f"WHEN n < {HOURS_SHOWN} THEN format('{{}} hours', n) ELSE format('{{:,}} days', n // 24) END",
    "CREATE TEMP MACRO time_left(start, till) AS hour_words(datesub('hour', start, till))",
    "CREATE TEMP MACRO calendar_day(moment) AS strftime(moment, '%-d %b %Y')",
    "CREATE TEMP MACRO other_people(n) AS "
    "CASE WHEN n = 1 THEN '1 other person' ELSE format('{:,} other people', n) END",
    f"CREATE TEMP MACRO stripped(text) AS "
    f"CASE WHEN ascii(text) <= 32 OR ascii(text[-1]) <= 32 THEN trim(text, {_BLANKS}) ELSE text END",
    # where a message most likely ends up: letter case and what follows a + left out
    "CREATE TEMP MACRO mailbox(email) AS CASE WHEN contains(email, '+') OR strlen(email) <> length(email) "
    "THEN regexp_replace(stripped(casefolded(email)), '(?s)^([^+]+)\\+.*(@[^@]*)$', '\\1\\2') "
    "ELSE stripped(lower(email)) END",
)
