"""What a plan costs: calls per quota category, time at a share of the quota, people who become billed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain

from services.bulk.model import PlanTotals, RowPlan, Step, Verdict
from services.cognito.quotas import CATEGORIES, category_of, operation_rps


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
        create=verdicts[Verdict.CREATE],
        change=verdicts[Verdict.CHANGE],
        unchanged=verdicts[Verdict.UNCHANGED],
        invalid=verdicts[Verdict.INVALID],
        steps=len(steps),
        irreversible=sum(step.irreversible for step in steps),
        billed=sum(any(step.change.bills for step in row.steps) for row in listed),
        emails=media["EMAIL"],
        texts=media["SMS"],
        calls=dict(calls),
        actions=dict(Counter(step.change.action for step in steps)),
        seconds=seconds_for(operations, share, limits),
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
