"""Changes to several people at once from a page: one after the other, one outcome each.

For a handful (`DIRECTLY`); more than that is a job. Every change goes through the one path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Unpack

from services.changes import ChangePath, Performed
from services.cognito.actions import Change
from services.errors import (
    AccessError,
    CognitoError,
    ConsoleError,
    CredentialsExpired,
    CredentialsRejected,
    EndpointUnreachable,
    GroupNotFound,
    NotAvailable,
    PermissionMissing,
    PoolNotFound,
    ReasonMissing,
    StoreError,
)
from services.store.activity import Why

DIRECTLY = 25
"""So many people may be changed while the operator watches; more are a job."""

# What fails for one person because of this fails for everybody: the rest isn't attempted.
_FOR_ALL = (
    AccessError,
    StoreError,
    CredentialsExpired,
    CredentialsRejected,
    EndpointUnreachable,
    GroupNotFound,
    NotAvailable,
    PermissionMissing,
    PoolNotFound,
    ReasonMissing,
)


class ChangeState(StrEnum):
    """What became of one change."""

    DONE = "done"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_ATTEMPTED = "not attempted"


@dataclass(frozen=True, slots=True)
class ChangeOutcome:
    """One change and what became of it: `message` says why not, `activity_id` where it is logged.

    `performed` is what was done, for taking it back.
    """

    change: Change
    result: ChangeState
    message: str = ""
    activity_id: str = ""
    performed: Performed | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The name of the person whom the change was about."""
        return self.change.target.name


def perform_each(path: ChangePath, changes: Iterable[Change], **why: Unpack[Why]) -> Iterator[ChangeOutcome]:
    """Carry out the changes in order and yield an outcome for each, as it comes.

    What is so already is left alone and "unchanged". After a failure that concerns everybody (no
    session, no permission, no connection …) the rest comes out as "not attempted". Raises nothing
    for a `ConsoleError`.
    """
    stopped = ""
    for change in changes:
        if stopped:
            yield ChangeOutcome(change, ChangeState.NOT_ATTEMPTED, stopped)
            continue
        outcome, for_all = _perform(path, change, why)
        yield outcome
        stopped = outcome.message if for_all else ""


def _perform(path: ChangePath, change: Change, why: Why) -> tuple[ChangeOutcome, bool]:
    try:
        path.who().require(change.permission)
        before = change.before(path.gateway)
        if change.already(before):
            return ChangeOutcome(change, ChangeState.UNCHANGED, "Already right; nothing was sent."), False
        done = path.perform(change, before=before, **why)
    except ConsoleError as error:
        unknown = isinstance(error, CognitoError) and error.leaves_open
        result = ChangeState.UNKNOWN if unknown else ChangeState.FAILED
        return ChangeOutcome(change, result, str(error)), isinstance(error, _FOR_ALL)
    return ChangeOutcome(change, ChangeState.DONE, activity_id=done.activity_id, performed=done), False


def summary(outcomes: Iterable[ChangeOutcome], done: str) -> str:
    """All outcomes in one sentence, such as "3 added, 1 already so, 1 failed." (`done` is "added")."""
    results = [outcome.result for outcome in outcomes]
    words = {
        ChangeState.DONE: done,
        ChangeState.UNCHANGED: "already so",
        ChangeState.FAILED: "failed",
        ChangeState.UNKNOWN: "with no answer (look before you repeat)",
        ChangeState.NOT_ATTEMPTED: "not attempted",
    }
    parts = [f"{results.count(result)} {word}" for result, word in words.items() if result in results]
    return (", ".join(parts) or "Nothing to do") + "."
