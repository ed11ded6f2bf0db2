"""Who reviews what: memberships are shared out evenly, and nobody gets their own."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from services.audits.campaign_population import Membership
from services.errors import ReviewError
from services.store.operators import Operator


@dataclass(frozen=True, slots=True)
class Shared:
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


def share_out(memberships: Sequence[Membership], reviewers: Sequence[Operator]) -> Shared:
    """Give each reviewer a run of about equal length, so that groups mostly stay together.

    A reviewer's own memberships go to whoever else has the fewest. Raises `ReviewError` when there
    is nobody else for one.
    """
    count = len(memberships)
    given = [reviewers[place * len(reviewers) // count] for place in range(count)]
    load = Counter(one.id for one in given)
    moved = 0
    for place, person in enumerate(memberships):
        if not is_same_person(given[place], person):
            continue
        others = [one for one in reviewers if not is_same_person(one, person)]
        if not others:
            raise ReviewError(
                f"Nobody reviews their own access, and nobody else is there to decide about "
                f"{person.label} in {person.group}. Nothing was started.",
                "Add another reviewer.",
            )
        load[given[place].id] -= 1
        given[place] = min(others, key=lambda one: (load[one.id], one.username))
        load[given[place].id] += 1
        moved += 1
    return Shared(tuple(given), moved)


def _key(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).strip().casefold()
    local, at, domain = text.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}" if at else text
