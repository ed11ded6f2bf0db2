"""Accepting findings for a time, assigning them, remarking on them; each kept as a line that stays.

What is accepted counts apart until its day; then it is a finding again by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.audits.rule import Acceptance
from services.audits.rules import RULES
from services.errors import InvalidValue
from services.roles import Actor, ActorSource, Permission
from services.store.activity import ActivityResult, NewActivity
from services.store.columns import utc_now
from services.store.finding_notes import FindingNote, NewFindingNote, NoteKind
from services.store.pools import PoolRecord
from services.store.store import Store
from services.words import counted, day

LONGEST_ACCEPTANCE = timedelta(days=366)
"""Nothing is accepted for good: after a year at most somebody looks again."""
LONGEST_TEXT = 500

FindingKey = tuple[str, str]
"""A rule's id, and what its finding is about."""


@dataclass(frozen=True, slots=True)
class FindingStanding:
    """How one finding stands: the acceptance that holds, if any, to whom it is assigned, how many remarks."""

    accepted: FindingNote | None = None
    assigned: FindingNote | None = None
    remarks: int = 0


def standings(notes: Iterable[FindingNote], now: datetime) -> Mapping[FindingKey, FindingStanding]:
    """How each finding stands that anything was said about; `notes` the oldest first."""
    accepted: dict[FindingKey, FindingNote | None] = {}
    assigned: dict[FindingKey, FindingNote | None] = {}
    remarks: dict[FindingKey, int] = {}
    for note in notes:
        key = (note.rule, note.subject)
        remarks.setdefault(key, 0)
        match note.kind:
            case NoteKind.ACCEPTED:
                accepted[key] = note
            case NoteKind.WITHDRAWN:
                accepted[key] = None
            case NoteKind.ASSIGNED:
                assigned[key] = note if note.assignee_id else None
            case _:
                remarks[key] += 1
    return {
        key: FindingStanding(_holds(accepted.get(key), now), assigned.get(key), count)
        for key, count in remarks.items()
    }


def _holds(note: FindingNote | None, now: datetime) -> FindingNote | None:
    return note if note is not None and note.until is not None and note.until > now else None


def acceptances(store: Store, pool: PoolRecord, now: datetime) -> dict[FindingKey, Acceptance]:
    """The findings of a pool that are accepted at `now`. Raises `SealBroken`."""
    held = standings(store.finding_notes.of_pool(pool.id), now).items()
    notes = {key: standing.accepted for key, standing in held if standing.accepted}
    texts = store.finding_notes.by_id([note.id for note in notes.values()])
    return {
        key: Acceptance(note.until, note.operator_name, texts[note.id].text or "")
        for key, note in notes.items()
        if note.until is not None
    }


def rule_titles(store: Store, pool: PoolRecord) -> dict[str, str]:
    """What people call the rules that audit a pool, its own questions among them, by the rules' ids."""
    own = {f"own_{question.id}": question.name for question in store.saved_questions.of_pool(pool.id)}
    return {rule.id: rule.title for rule in RULES} | own


class FindingDesk:
    """What operators do with findings of one pool, as whoever `who` names at the moment of each call."""

    def __init__(self, store: Store, pool: PoolRecord, who: ActorSource) -> None:
        self._store = store
        self._pool = pool
        self._who = who

    def standings(self) -> Mapping[FindingKey, FindingStanding]:
        """How each finding stands that anything was said about."""
        self._who().require(Permission.READ)
        return standings(self._store.finding_notes.of_pool(self._pool.id), utc_now())

    def history(self, rule: str, subject: str) -> tuple[FindingNote, ...]:
        """Everything said about one finding, the oldest first."""
        self._who().require(Permission.READ)
        return self._store.finding_notes.of_finding(self._pool.id, rule, subject)

    def accept(
        self, rule: str, subjects: Collection[str], reason: str, until: datetime, now: datetime | None = None
    ) -> str:
        """Count these findings apart until then; the id of the log's line. `until` is aware.

        Raises `InvalidValue` without a reason or for an end that is past or more than a year away,
        `NotPermitted`.
        """
        actor, now = self._allowed(), now or utc_now()
        if not reason.strip():
            raise InvalidValue("An accepted finding needs a reason.", "Say why it may stay.", field="reason")
        if not now < until <= now + LONGEST_ACCEPTANCE:
            raise InvalidValue(
                "That day is past, or more than a year away.",
                "Choose the day on which somebody has to look again.",
                field="until",
            )
        return self._say(actor, rule, subjects, NoteKind.ACCEPTED, reason, until=until)

    def withdraw(self, rule: str, subjects: Collection[str], reason: str) -> str:
        """Have these count as findings again; the id of the log's line. Raises `NotPermitted`."""
        return self._say(self._allowed(), rule, subjects, NoteKind.WITHDRAWN, reason)

    def assign(self, rule: str, subjects: Collection[str], assignee_id: str, text: str = "") -> str:
        """Give these findings to an operator, or to nobody with ""; the id of the log's line.

        Raises `InvalidValue` for an operator who is gone or disabled, `NotPermitted`.
        """
        actor, name = self._allowed(), ""
        if assignee_id:
            known = {operator.id: operator for operator in self._store.operators.list()}
            if assignee_id not in known or known[assignee_id].disabled:
                raise InvalidValue("This operator can't sign in (any more).", "Choose another.")
            name = known[assignee_id].name
        return self._say(
            actor, rule, subjects, NoteKind.ASSIGNED, text, assignee_id=assignee_id, assignee_name=name
        )

    def remark(self, rule: str, subjects: Collection[str], text: str) -> str:
        """Say something about these findings; the id of the log's line. Raises `InvalidValue` for nothing."""
        actor = self._who()
        actor.require(Permission.READ)
        if not text.strip():
            raise InvalidValue("The remark is empty.", "Write what others should know.", field="text")
        return self._say(actor, rule, subjects, NoteKind.REMARK, text)

    def _allowed(self) -> Actor:
        actor = self._who()
        actor.require(Permission.AUDIT_RULES)
        return actor

    def _say(
        self,
        actor: Actor,
        rule: str,
        subjects: Collection[str],
        kind: NoteKind,
        text: str,
        *,
        until: datetime | None = None,
        assignee_id: str = "",
        assignee_name: str = "",
    ) -> str:
        new = NewFindingNote(
            kind=kind,
            operator_id=actor.operator_id,
            operator_name=actor.name,
            text=text.strip()[:LONGEST_TEXT],
            until=until,
            assignee_id=assignee_id,
            assignee_name=assignee_name,
        )
        title = rule_titles(self._store, self._pool).get(rule, rule)
        facts = {"rule": title, "findings": counted(len(subjects), "finding")}
        facts |= {"until": day(until)} if until else {}
        facts |= {"assigned to": assignee_name} if kind is NoteKind.ASSIGNED else {}
        line = NewActivity(
            actor,
            f"finding_{kind}",
            self._pool.name,
            target_kind="finding",
            target_id=rule,
            target_name=title,
            reason=new.text if kind in (NoteKind.ACCEPTED, NoteKind.WITHDRAWN) else "",
        )
        with self._store.together():
            self._store.finding_notes.add(self._pool.id, rule, subjects, new)
            return self._store.activity.record(line, ActivityResult.DONE, facts)
