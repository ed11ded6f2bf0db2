"""How long the console keeps what it writes down: one setting for each kind, and nothing else anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import NamedTuple, Self

from services.errors import InvalidValue
from services.roles import ActorSource, Permission
from services.store.activity import NewActivity, Why, only_changed
from services.store.store import Store

_KEY = "retention"
FOR_EVER = 0
MOST_DAYS = 3_650


class KeptKind(NamedTuple):
    """A kind of what is kept: its title, the unit of its number, the bounds, whether 0 means for ever."""

    title: str
    unit: str
    least: int
    most: int
    may_stay: bool
    help: str


KINDS: Mapping[str, KeptKind] = MappingProxyType(
    {
        "activity_days": KeptKind(
            "Activity log", "days", 30, MOST_DAYS, True, "Its old end goes; the log says so and stays intact."
        ),
        "job_days": KeptKind(
            "Jobs that have ended", "days", 7, MOST_DAYS, True, "With rows and reports; no Undo after that."
        ),
        "plan_days": KeptKind(
            "Plans that nobody started", "days", 1, MOST_DAYS, True, "From the day they were kept."
        ),
        "draft_days": KeptKind(
            "Uploaded files", "days", 1, 365, False, "From the last change made to the draft."
        ),
        "review_days": KeptKind(
            "Closed reviews",
            "days",
            30,
            MOST_DAYS,
            True,
            "With all decisions. Export reports first.",
        ),
        "snapshots": KeptKind(
            "Snapshots of each pool", "snapshots", 1, 1_000, False, "The newest; the last one always stays."
        ),
        "snapshot_days": KeptKind(
            "Snapshots, at most", "days", 1, MOST_DAYS, False, "None for longer, but the last one."
        ),
        "login_test_hours": KeptKind(
            "Results of login tests", "hours", 1, 720, False, "Tokens are never kept."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long each kind is kept, in the unit of its `KINDS`; 0 is for ever, where that may be.

    Raises `InvalidValue` for numbers that can't be meant.
    """

    activity_days: int = FOR_EVER
    job_days: int = FOR_EVER
    plan_days: int = FOR_EVER
    draft_days: int = 14
    review_days: int = FOR_EVER
    snapshots: int = 14
    snapshot_days: int = 180
    login_test_hours: int = 12

    def __post_init__(self) -> None:
        for name, kind in KINDS.items():
            number = getattr(self, name)
            if not kind.least <= number <= kind.most and not (kind.may_stay and number == FOR_EVER):
                ever = ", or 0 for ever" if kind.may_stay else ""
                raise InvalidValue(
                    f"{kind.title}: give {kind.least:,} to {kind.most:,} {kind.unit}{ever}.", field=name
                )

    @classmethod
    def read(cls, store: Store) -> Self:
        """The setting as it is now."""
        return cls(**(store.settings.get(_KEY) or {}))

    def write(self, store: Store, who: ActorSource, why: Why | None = None) -> None:
        """Keep it, and log who did. Raises `NotPermitted`. Nothing is erased before the next clean-up."""
        actor = who()
        actor.require(Permission.CONFIGURE)
        before, after = only_changed(asdict(Retention.read(store)), asdict(self))
        line = NewActivity(
            actor,
            "change_setting",
            target_kind="setting",
            target_id=_KEY,
            target_name="How long things are kept",
            before=before,
            **(why or {}),
        )
        with store.together():
            store.settings.set(_KEY, asdict(self))
            store.activity.record(line, after=after)

    def span(self, name: str) -> timedelta | None:
        """How long the kind `name` is kept; None for ever."""
        number = getattr(self, name)
        if number == FOR_EVER:
            return None
        return timedelta(hours=number) if KINDS[name].unit == "hours" else timedelta(days=number)
