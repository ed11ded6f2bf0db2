"""The one path for changes to a user pool.

Every change, from a page, a job or the terminal, goes through `ChangePath.perform`: permission,
intent, call, result. Nothing else can obtain the permit that the gateway's mutations ask for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, Unpack

from services.cognito import permit as permits
from services.cognito.actions import Change, Facts
from services.cognito.gateway import CognitoGateway
from services.errors import (
    CognitoError,
    ConsoleError,
    FollowUpFailed,
    GroupNotFound,
    OutcomeUnknown,
    ServiceFault,
    UserNotFound,
)
from services.note_rules import NoteRules
from services.roles import Actor, ActorSource
from services.store.activity import ActivityResult, NewActivity, Why


@dataclass(frozen=True, slots=True)
class Performed:
    """What a change did; `activity_id` leads to its line in the log."""

    change: Change
    activity_id: str
    before: Facts
    after: Facts


class ActivityWriter(Protocol):
    """Where a change is written down before it is sent, and once it has ended: the activity log."""

    def intend(self, new: NewActivity) -> str:
        """Write that something is about to be done; the answer is the line's id."""

    def finish(
        self,
        id: str,
        result: ActivityResult,
        after: Facts | None = None,
        error_code: str = "",
        error: str = "",
    ) -> None:
        """Write how it ended."""


class Unlogged:
    """Writes nothing down: for a program that is given no console's database."""

    def intend(self, new: NewActivity) -> str:  # noqa: ARG002 - the shape of an activity log
        """There is no log: returns "" as the id of the line."""
        return ""

    def finish(
        self,
        id: str,
        result: ActivityResult,
        after: Facts | None = None,
        error_code: str = "",
        error: str = "",
    ) -> None:
        """There is no log: does nothing."""


class ChangePath:
    """Performs changes on one pool for whoever `who` says is acting at that moment."""

    def __init__(
        self,
        gateway: CognitoGateway,
        activity: ActivityWriter,
        who: ActorSource,
        pool: str,
        on_done: Callable[[Performed], None] | None = None,
        guard: Callable[[Change, Actor], None] | None = None,
        rules: Callable[[], NoteRules] | None = None,
    ) -> None:
        """`pool` is what the log calls the pool; `on_done` hears of every change that took effect.

        `guard` refuses, beside the actor's permissions, what this actor may not do to this pool. `rules`
        say what has to be said with each change; jobs have none here, as they said it when they were started.
        """
        self.gateway = gateway
        self.activity = activity
        self.who = who
        self.pool = pool
        self.on_done = on_done
        self.guard = guard
        self.rules = rules

    def perform(
        self,
        change: Change,
        *,
        before: Facts | None = None,
        job_id: str = "",
        first_sent: datetime | None = None,
        **why: Unpack[Why],
    ) -> Performed:
        """Carry out one change and return what it did.

        `why` is kept in the log. `before` spares a read when the caller has just compared;
        `first_sent` (aware, UTC) says that an earlier try with unknown outcome exists, so the pool is
        looked at before anything is sent again. Raises `SessionEnded`, `NotPermitted`, `ProofNeeded` or
        `ReasonMissing` before anything happens, and the gateway's `CognitoError`s after the failure has
        been logged; `FollowUpFailed` when it took effect all the same.
        """
        actor = self.who()
        actor.require(change.permission, dangerous=change.dangerous)
        if self.guard is not None:
            self.guard(change, actor)
        if self.rules is not None:
            self.rules().require(why)
        known = change.before(self.gateway) if before is None else before
        line = self._intend(actor, change, known, job_id, why)
        after = None if first_sent is None else self._look(change, line, first_sent)
        try:
            after = after or self._send(change, line, first_sent or datetime.now(UTC))
        except FollowUpFailed as error:
            self._done(Performed(change, line, known, error.after), error)
            raise
        except ConsoleError as error:
            unknown = isinstance(error, CognitoError) and error.leaves_open
            self._failed(line, ActivityResult.UNKNOWN if unknown else ActivityResult.FAILED, error)
            raise
        return self._done(Performed(change, line, known, after))

    def _done(self, performed: Performed, but: ConsoleError | None = None) -> Performed:
        """Log that it took effect, with what failed afterwards, and tell whoever shows people."""
        code, said = (_code(but), but.message) if but else ("", "")
        line = performed.activity_id
        self.activity.finish(line, ActivityResult.DONE, performed.after, code, said)
        if self.on_done is not None:
            self.on_done(performed)
        return performed

    def _intend(self, actor: Actor, change: Change, before: Facts, job_id: str, why: Why) -> str:
        """Log what is about to be done; the id of the line."""
        target = change.target
        new = NewActivity(
            actor,
            change.action,
            pool=self.pool,
            target_kind=target.kind,
            target_id=target.id,
            target_name=target.name,
            before=before,
            job_id=job_id,
            **why,
        )
        return self.activity.intend(new)

    def _look(self, change: Change, line: str, first_sent: datetime) -> Facts | None:
        """What to log when an earlier try had taken effect; None when it had not, or nobody can tell."""
        try:
            took_effect = change.took_effect(self.gateway, first_sent)
        except (UserNotFound, GroupNotFound) as error:
            self._failed(line, ActivityResult.FAILED, error)
            raise
        except ConsoleError as error:
            # the earlier try may have worked, and nobody could look
            self._failed(line, ActivityResult.UNKNOWN, error)
            raise
        return {"found": "an earlier try had taken effect"} if took_effect else None

    def _failed(self, line: str, result: ActivityResult, error: ConsoleError) -> None:
        self.activity.finish(line, result, error_code=_code(error), error=error.message)

    def _send(self, change: Change, activity_id: str, sent: datetime) -> Facts:
        """Send once; when it stays open what happened, look before calling it a failure."""
        try:
            with permits.issue(activity_id) as permit:
                return change.send(self.gateway, permit)
        except CognitoError as error:
            if not error.leaves_open:
                raise
            try:
                happened = change.took_effect(self.gateway, sent)
            except ConsoleError:
                raise error from None  # the look failed too, so the outcome stays unknown
            if not happened:
                raise
            if isinstance(error, OutcomeUnknown | ServiceFault):
                return {"found": "no answer came, but the change had taken effect"}
            after = {**change.expected, "found": "it had taken effect all the same"}
            done = f"{change.target.name}: {change.done}"
            raise FollowUpFailed(done, error, after, activity_id) from error


def _code(error: ConsoleError) -> str:
    return getattr(error, "code", "") or type(error).__name__
