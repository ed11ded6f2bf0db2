"""From what somebody wants reviewed to a campaign that could start: who, which groups, what is missing.

Memberships are shared out evenly among the reviewers, and nobody gets their own.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.audits.reviews.population import (
    Membership,
    keys_of,
    memberships_of,
    population_hash,
)
from services.audits.reviews.unanswered import Unanswered
from services.directory.pool import PoolTables
from services.errors import InvalidValue, ReviewError
from services.store.applications import Application
from services.store.campaign_records import NewItem
from services.store.operators import Operator
from services.store.store import Store
from services.words import counted

LONGEST_TITLE = 120
FRESH = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NewReview:
    """What is typed and picked: groups, or an application (then its allowed groups), or both.

    `deadline` is aware.
    """

    title: str
    reviewer_ids: tuple[str, ...]
    deadline: datetime
    groups: tuple[str, ...] = ()
    application: Application | None = None
    unanswered: Unanswered = Unanswered.UNDECIDED


@dataclass(frozen=True)
class PreparedReview:
    """A campaign that could start. `reviewers_of` stands beside `memberships`, one for each."""

    title: str
    groups: tuple[str, ...]
    application: str
    deadline: datetime
    reviewers: tuple[Operator, ...]
    memberships: tuple[Membership, ...]
    reviewers_of: tuple[Operator, ...]
    moved: int
    population_hash: str
    warnings: tuple[str, ...]
    snapshot: PoolTables
    unanswered: Unanswered = Unanswered.UNDECIDED

    @property
    def people(self) -> int:
        """How many different people the memberships belong to."""
        return len({line.sub for line in self.memberships})

    @property
    def suggested(self) -> int:
        """How many memberships are suggested to be revoked."""
        return sum(1 for line in self.memberships if line.why)

    @property
    def shares(self) -> dict[str, int]:
        """How many memberships each reviewer has to decide, by operator id."""
        return dict(Counter(reviewer.id for reviewer in self.reviewers_of))

    @property
    def scope(self) -> dict[str, Any]:
        """What the campaign is about, JSON-ready."""
        return {"groups": list(self.groups), "application": self.application}

    @property
    def about(self) -> dict[str, Any]:
        """Where the population comes from, JSON-ready: what the report says later."""
        about = self.snapshot.about
        return {
            "place": about.place,
            "pool_id": about.pool.id,
            "pool_key": about.pool_key,
            "snapshot_id": about.id,
            "taken_at": about.taken_at.isoformat(),
            "taken_by": about.operator_name,
            "how": list(about.how),
            "complete": about.completeness.complete,
            "completeness": about.completeness.sentence,
            "warnings": list(self.warnings),
            "people": self.people,
            "moved": self.moved,
            "unanswered": str(self.unanswered),
            "population_hash": self.population_hash,
        }

    def items(self) -> list[NewItem]:
        """The rows to store: a membership with its reviewer and its suggestion each."""
        return [
            NewItem(reviewer.id, line.group, bool(line.why), line.facts(reviewer.id))
            for line, reviewer in zip(self.memberships, self.reviewers_of, strict=True)
        ]


def prepare(store: Store, snapshot: PoolTables, review: NewReview, now: datetime) -> PreparedReview:
    """Check what is wanted against the snapshot and share the memberships out; nothing is written.

    Raises `InvalidValue` (its `field` names what is wrong: title, scope, reviewers, deadline), and
    `ReviewError` when the snapshot lacks what is needed or somebody would review their own access.
    """
    title = _title(review.title)
    if review.deadline <= now:
        raise InvalidValue("The deadline is over already.", "Choose a later day.", field="deadline")
    reviewers = _reviewers(store, review.reviewer_ids)
    groups, missing = _groups(snapshot, review)
    memberships = memberships_of(snapshot, groups, now)
    if not memberships:
        raise ReviewError(
            f"Nobody is in {', '.join(groups)}, so there is nothing to review.", "Choose other groups."
        )
    shared = share_out(memberships, reviewers)
    warnings = [*_warnings(snapshot, reviewers, now)]
    if missing:
        warnings.append(
            f"{application_name(review)} also accepts groups that the pool lacks: {', '.join(missing)}."
        )
    return PreparedReview(
        title=title,
        groups=groups,
        application=review.application.name if review.application else "",
        deadline=review.deadline,
        reviewers=reviewers,
        memberships=memberships,
        reviewers_of=shared.reviewers,
        moved=shared.moved,
        population_hash=population_hash(keys_of(memberships)),
        warnings=tuple(warnings),
        snapshot=snapshot,
        unanswered=review.unanswered,
    )


def application_name(review: NewReview) -> str:
    """The name of the application that is reviewed; "" when single groups are."""
    return review.application.name if review.application else ""


def _title(title: str) -> str:
    stripped = title.strip()
    if not stripped:
        raise InvalidValue("The review needs a title.", "For example: Billing, autumn 2026.", field="title")
    if len(stripped) > LONGEST_TITLE:
        raise InvalidValue(f"The title is longer than {LONGEST_TITLE} characters.", field="title")
    return stripped


def _reviewers(store: Store, ids: tuple[str, ...]) -> tuple[Operator, ...]:
    if not ids:
        raise InvalidValue("Nobody is chosen to review.", "Choose at least one.", field="reviewers")
    found = tuple(store.operators.get(id) for id in dict.fromkeys(ids))
    barred = [line.username for line in found if line.disabled]
    if barred:
        raise InvalidValue(
            f"Disabled operators can't sign in to review: {', '.join(barred)}.",
            "Choose others.",
            field="reviewers",
        )
    return found


def _groups(snapshot: PoolTables, review: NewReview) -> tuple[tuple[str, ...], list[str]]:
    """The groups meant that the pool has, and those that only the application names."""
    allowed = review.application.allowed_groups if review.application else ()
    if review.application and not allowed:
        raise InvalidValue(
            f"{review.application.name} has no group that it accepts, so nobody gets in through one.",
            "Choose groups instead.",
            field="scope",
        )
    wanted = tuple(dict.fromkeys((*review.groups, *allowed)))
    if not wanted:
        raise InvalidValue("Nothing is chosen to review.", "Choose groups or an application.", field="scope")
    there = set(snapshot.group_names)
    absent = [name for name in wanted if name not in there]
    completeness = snapshot.completeness
    unread = sorted(set(wanted) & completeness.unread_groups)
    unread += [] if completeness.groups_known else [name for name in absent if name not in unread]
    if unread:
        raise ReviewError(
            f"Not all members of {', '.join(unread)} could be read, and a review must know them all. "
            "Nothing was started.",
            "Read the directory again, or leave these groups out.",
        )
    gone = [name for name in review.groups if name in absent]
    if gone:
        raise InvalidValue(
            f"The pool has no group {', '.join(gone)}.", "Read the directory again.", field="scope"
        )
    return tuple(sorted((name for name in wanted if name in there), key=str.casefold)), absent


def _warnings(snapshot: PoolTables, reviewers: tuple[Operator, ...], now: datetime) -> list[str]:
    found = []
    if not snapshot.completeness.complete:
        found.append(
            f"The directory was not read completely. {snapshot.completeness.sentence} "
            "The groups of this review were read."
        )
    age = now - snapshot.about.taken_at
    if age > FRESH:
        days = age.days
        found.append(f"The directory was read {counted(days, 'day')} ago.")
    nameless = [reviewer.username for reviewer in reviewers if not reviewer.email.strip()]
    if nameless:
        found.append(
            f"No e-mail address is known of {', '.join(nameless)}: their own access is recognised by "
            "their operator name only."
        )
    return found


@dataclass(frozen=True, slots=True)
class SharedOut:
    """The reviewer of each membership, in their order; `moved`: how many went to somebody else
    because they are the reviewer's own."""

    reviewers: tuple[Operator, ...]
    moved: int = 0


def is_same_person(operator: Operator, person: Membership) -> bool:
    """Whether a membership is the operator's own: an e-mail address or username is the same.

    Letter case, outer spaces and plus-tags (ann+test@…) make no difference.
    """
    mine = {_key(operator.username), _key(operator.email)} - {""}
    theirs = {_key(person.username), _key(person.email), _key(person.preferred_username)}
    return bool(mine & theirs)


def share_out(memberships: Sequence[Membership], reviewers: Sequence[Operator]) -> SharedOut:
    """Give each reviewer a run of about equal length, so that groups mostly stay together.

    A reviewer's own memberships go to whoever else has the fewest. Raises `ReviewError` when there
    is nobody else for one.
    """
    count = len(memberships)
    given = [reviewers[place * len(reviewers) // count] for place in range(count)]
    load = Counter(reviewer.id for reviewer in given)
    moved = 0
    for place, person in enumerate(memberships):
        if not is_same_person(given[place], person):
            continue
        others = [reviewer for reviewer in reviewers if not is_same_person(reviewer, person)]
        if not others:
            raise ReviewError(
                f"Nobody reviews their own access, and nobody else is there to decide about "
                f"{person.label} in {person.group}. Nothing was started.",
                "Add another reviewer.",
            )
        load[given[place].id] -= 1
        given[place] = min(others, key=lambda reviewer: (load[reviewer.id], reviewer.username))
        load[given[place].id] += 1
        moved += 1
    return SharedOut(tuple(given), moved)


def _key(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).strip().casefold()
    local, at, domain = text.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}" if at else text
