"""What an audit rule is: a question put to a snapshot, and the three kinds of answer it can have.

A rule never passes on what wasn't read. What it needs for an answer to be certain stands in
`needs`; what it needs to have found everything stands in `covers`. Where the snapshot lacks the
first, there is no answer; where it lacks the second, findings stand and "nothing found" doesn't.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from services.bulk.model import Action

if TYPE_CHECKING:
    from services.audits.seen import Seen

COLUMNS = ("sub", "groups", "application", "detail", "since")
"""The columns of `Result.findings`: one row per person, else per group or application.

`sub` is "" where no person is meant; `groups` a tuple of names; `detail` says what was found in a few
words; `since` an aware time or NaT.
"""


class Severity(StrEnum):
    """How much a finding matters."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


class State(StrEnum):
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


class About(StrEnum):
    """What a finding is about, which is also what is counted."""

    PEOPLE = "people"
    GROUPS = "groups"
    APPLICATIONS = "applications"


class Choice(StrEnum):
    """Which groups a fix means: none, those of the finding, or some that the operator chooses."""

    NONE = "none"
    FOUND = "found"
    CHOSEN = "chosen"


@dataclass(frozen=True, slots=True)
class Fix:
    """One thing to do about findings, as a plan of the bulk engine.

    `title` is an order ("Disable them"); `attributes` are the values that an update sets.
    """

    action: Action
    title: str
    groups: Choice = Choice.NONE
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Result:
    """What one rule says about one snapshot.

    `findings` has the columns `COLUMNS`. `reasons` says why it could not be evaluated, or what may
    be missing from the findings; `remark` is worth knowing in any case.
    """

    rule: Rule
    state: State
    findings: pd.DataFrame = field(repr=False)
    reasons: tuple[str, ...] = ()
    remark: str = ""

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
    def numbers(self) -> Mapping[About, int]:
        """How many people, groups and applications are concerned."""
        return {
            About.PEOPLE: len(self.subs),
            About.GROUPS: len(self.groups),
            About.APPLICATIONS: len(self.applications),
        }

    @property
    def count(self) -> int:
        """How many of what the rule is about were found."""
        return self.numbers[self.rule.about]

    @property
    def at_least(self) -> bool:
        """True if there may be more than was found."""
        return self.state is State.FOUND and bool(self.reasons)


class Rule(ABC):
    """Base of all rules, one small file each: `query` finds, everything else says what that means."""

    id: ClassVar[str]
    title: ClassVar[str]
    severity: ClassVar[Severity]
    why: ClassVar[str]
    advice: ClassVar[str]
    about: ClassVar[About] = About.PEOPLE
    needs: ClassVar[frozenset[Need]] = frozenset()
    covers: ClassVar[frozenset[Need]] = frozenset({Need.USERS})
    fixes: ClassVar[tuple[Fix, ...]] = ()
    thresholds: ClassVar[tuple[str, ...]] = ()
    """Names of the settings that the rule heeds (`services.audits.thresholds`)."""
    note: ClassVar[str] = ""

    @abstractmethod
    def query(self, seen: Seen) -> pd.DataFrame:
        """The findings, made with `findings`."""

    def remark(self, seen: Seen) -> str:  # noqa: ARG002 - for rules to fill in
        """What is worth knowing about the answer, whatever it is: `note`, unless a rule knows better."""
        return self.note

    def unanswered(self, seen: Seen) -> str:  # noqa: ARG002 - for rules to fill in
        """Why the question can't be answered though everything was read; "" when it can."""
        return ""

    def gaps(self, seen: Seen) -> tuple[str, ...]:
        """Why findings may be missing (sentences): by default what of `covers` wasn't read."""
        return seen.missing(self.needs | self.covers)

    def judge(self, seen: Seen) -> Result:
        """Answer the question for one snapshot."""
        unsure = seen.missing(self.needs)
        if unsure:
            return Result(self, State.INCOMPLETE, findings(), unsure, self.remark(seen))
        if reason := self.unanswered(seen):
            return Result(self, State.UNANSWERED, findings(), (reason,), self.remark(seen))
        found, gaps = self.query(seen), self.gaps(seen)
        if len(found):
            return Result(self, State.FOUND, found, gaps, self.remark(seen))
        state = State.INCOMPLETE if gaps else State.CLEAN
        return Result(self, state, found, gaps, self.remark(seen))


def findings(
    subs: Sequence[str] | pd.Series | None = None,
    *,
    groups: Iterable[Sequence[str]] | None = None,
    applications: Sequence[str] | None = None,
    details: Iterable[str] | None = None,
    since: pd.Series | None = None,
) -> pd.DataFrame:
    """A table with the columns `COLUMNS`; whatever isn't given is empty."""
    given = [one for one in (subs, applications) if one is not None]
    groups = None if groups is None else [tuple(names) for names in groups]
    length = len(given[0]) if given else len(groups or ())
    nobody = [""] * length
    return pd.DataFrame(
        {
            "sub": pd.Series(nobody if subs is None else list(subs), dtype=object),
            "groups": pd.Series([()] * length if groups is None else groups, dtype=object),
            "application": pd.Series(nobody if applications is None else list(applications), dtype=object),
            "detail": pd.Series(nobody if details is None else list(details), dtype=object),
            "since": _moments(length) if since is None else since.reset_index(drop=True),
        },
        columns=list(COLUMNS),
    )


def _moments(length: int) -> pd.Series:
    """So many times that aren't known."""
    return pd.Series(np.full(length, "NaT", dtype="datetime64[ms]")).dt.tz_localize("UTC")
