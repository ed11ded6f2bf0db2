"""One row being carried out: where it stands, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from services.bulk.model import RowPlan, RowResult, Secrets, Step, sentence
from services.cognito.actions import Change
from services.cognito.models import PersonRef
from services.store.jobs import JobStep, StepState

STOPPED = "Stopped"
"""The code of rows that the end of their job cut off: they go on when it does."""

_OPEN = (StepState.WAITING, StepState.STARTED)


@dataclass
class RowWork:
    """A row of a running job. `entries` are its lines in the journal, kept up to date here; `tries`
    counts how often the next step was tried in this run."""

    plan: RowPlan
    entries: list[JobStep]
    secrets: Secrets = field(default_factory=Secrets, repr=False)
    person: PersonRef | None = None
    tries: int = 0
    _unwritten: list[JobStep] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.person = self.person or self.plan.person or self._created()
        self._unwritten = self._skip_what_no_longer_makes_sense()

    def _created(self) -> PersonRef | None:
        for entry in self.entries:
            if entry.state is StepState.DONE and (entry.result or {}).get("person"):
                return PersonRef(**entry.result["person"])
        return None

    @property
    def number(self) -> int:
        """The row's number in the file."""
        return self.plan.row

    @property
    def has_begun(self) -> bool:
        """True once anything may have been sent for it."""
        return any(entry.state is not StepState.WAITING for entry in self.entries)

    @property
    def lacks_password(self) -> bool:
        """True if a step still to be sent needs a password that was erased: nobody would ever know it."""
        waiting = (self._change(entry) for entry in self.entries if entry.state in _OPEN)
        return not self.secrets and any(change.needs_password for change in waiting)

    @property
    def entry(self) -> JobStep | None:
        """The journal's line of the next step, None when the row has ended."""
        return next((entry for entry in self.entries if entry.state in _OPEN), None)

    @property
    def is_ended(self) -> bool:
        """True when no step is left."""
        return self.entry is None

    def planned(self, entry: JobStep) -> Step:
        """The step of a journal line, as it is to be sent: with its person and password."""
        step = self.plan.steps[self.entries.index(entry)]
        if self.person is not None:
            step = replace(step, change=step.change.on(self.person))
        return step.with_secrets(self.secrets)

    @property
    def operation(self) -> str:
        """The API operation of the next step."""
        entry = self.entry
        return self.plan.steps[self.entries.index(entry)].operation if entry else ""

    def record(self, entry: JobStep) -> JobStep:
        """Put a journal line in its place."""
        self.entries = [entry if known.step == entry.step else known for known in self.entries]
        return entry

    def ended(self, state: StepState, **values: object) -> tuple[JobStep, ...]:
        """Close the next step; the answer is what to write, steps skipped because of it included."""
        entry = self.entry
        assert entry is not None  # noqa: S101 - callers hold an open step
        self.tries = 0
        closed = self.record(replace(entry, state=state, finished_at=datetime.now(UTC), **values))  # type: ignore[arg-type]
        return (closed, *self._skip_what_no_longer_makes_sense())

    def _skip_what_no_longer_makes_sense(self) -> list[JobStep]:
        """Nothing can be done for a person who wasn't created, and nothing irreversible after a failure."""
        failed = [entry for entry in self.entries if entry.state in (StepState.FAILED, StepState.UNKNOWN)]
        if not failed:
            return []
        nobody = any(self._change(entry).makes_person for entry in failed)
        skipped = []
        for entry in self.entries:
            if entry.state is StepState.WAITING and (nobody or self._change(entry).irreversible):
                skipped.append(self.record(replace(entry, state=StepState.SKIPPED)))
        return skipped

    def _change(self, entry: JobStep) -> Change:
        return self.plan.steps[self.entries.index(entry)].change

    def skip_rest(self) -> list[JobStep]:
        """Give up every step that hasn't been sent; the answer is what to write."""
        given_up = [
            self.record(replace(entry, state=StepState.SKIPPED))
            for entry in list(self.entries)
            if entry.state is StepState.WAITING
        ]
        unwritten, self._unwritten = self._unwritten, []
        return [*unwritten, *given_up]

    @property
    def is_cut_off(self) -> bool:
        """True while a step waits that nothing but the end of its job keeps from being sent."""
        return any(entry.state in _OPEN for entry in self.entries)

    def outcome(self) -> tuple[RowResult, str, str]:
        """How the row ended: result, a sentence, and the code of what failed first."""
        finished = [entry for entry in self.entries if entry.state is StepState.DONE]
        flawed = [entry for entry in finished if _error(entry)]
        failed = [entry for entry in self.entries if entry.state in (StepState.FAILED, StepState.UNKNOWN)]
        skipped = [entry for entry in self.entries if entry.state is StepState.SKIPPED]
        lost = [entry for entry in self.entries if entry.state is StepState.STARTED]
        said = sentence([self._change(entry).done for entry in finished])
        remarks = [entry.result["remark"] for entry in self.entries if (entry.result or {}).get("remark")]
        if not failed and not skipped and not lost and not flawed:
            return RowResult.DONE, " ".join([said, *remarks]), ""
        problems = [_error(entry) for entry in flawed]
        problems += [f"Failed: {self._change(entry).wanted}. {_error(entry)}".strip() for entry in failed]
        if lost:  # the job ended before the answer came; when it goes on, it looks
            names = ", ".join(self._change(entry).wanted for entry in lost)
            problems.append(f"Whether this took effect isn't known: {names}.")
        if skipped:
            problems.append(f"Not tried: {', '.join(self._change(entry).wanted for entry in skipped)}.")
        code = next((entry.code for entry in [*failed, *flawed]), STOPPED)
        return RowResult.FAILED, " ".join([said, *problems, *remarks]).strip(), code


def _error(entry: JobStep) -> str:
    """What went wrong at a step; also at one that took effect, if its message or trigger failed."""
    return str((entry.result or {}).get("error", ""))
