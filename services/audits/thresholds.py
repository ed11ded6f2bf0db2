"""The settings of the audit rules: one set per pool, kept in the store, each change in the activity log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from types import MappingProxyType
from typing import Any

from services.cognito.group_rules import MOST_GROUPS_PER_USER
from services.errors import InvalidValue
from services.roles import ActorSource, Permission
from services.store.activity import NewActivity, only_changed
from services.store.store import Store

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When something becomes a finding. Days are counted from now; pairs name groups.

    `apart` are pairs of groups that nobody may hold together. `ignore_automatic` leaves the groups
    `<pool id>_<provider>`, which Cognito fills by itself, out of every count of memberships but
    AWS's own limit.
    """

    expiring_days: int = 2
    unconfirmed_days: int = 7
    reset_days: int = 14
    dormant_days: int = 180
    most_groups: int = 10
    near_limit: int = 90
    ignore_automatic: bool = True
    apart: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True)
class NumberSpec:
    """What a number is called on the page, its unit, and the values that make sense."""

    title: str
    unit: str
    least: int
    most: int


NUMBERS: Mapping[str, NumberSpec] = MappingProxyType(
    {
        "expiring_days": NumberSpec("Invitation expires within", "days", 1, 365),
        "unconfirmed_days": NumberSpec("Registration not confirmed for", "days", 1, 3650),
        "reset_days": NumberSpec("Password reset not finished for", "days", 1, 3650),
        "dormant_days": NumberSpec("Account not changed for", "days", 1, 3650),
        "most_groups": NumberSpec("In very many groups: more than", "groups", 1, MOST_GROUPS_PER_USER),
        "near_limit": NumberSpec(
            f"Near Cognito's limit of {MOST_GROUPS_PER_USER} groups from", "groups", 1, MOST_GROUPS_PER_USER
        ),
    }
)
APART_TITLE = "Groups nobody may hold together"
AUTOMATIC_TITLE = "Ignore the automatic groups of identity providers"


class AuditSettings:
    """Reads and changes the thresholds of pools. Changing needs AUDIT_RULES."""

    def __init__(self, store: Store, who: ActorSource) -> None:
        self._store = store
        self._who = who

    def get(self, pool_key: str) -> Thresholds:
        """The thresholds of a pool; the standard ones where nobody has changed them."""
        return read_thresholds(self._store, pool_key)

    def change(self, pool_key: str, pool_name: str, wanted: Thresholds, reason: str = "") -> str:
        """Keep `wanted` for the pool; returns the id of the line in the activity log.

        Raises `NotPermitted`, or `InvalidValue` for values that make no sense.
        """
        actor = self._who()
        actor.require(Permission.AUDIT_RULES)
        checked = checked_thresholds(wanted)
        before, after = only_changed(_facts(self.get(pool_key)), _facts(checked))
        what = NewActivity(
            actor,
            "change_audit_rules",
            pool_name,
            target_kind="setting",
            target_id=pool_key,
            target_name="Audit rules",
            before=before,
            reason=reason,
        )
        with self._store.activity.audited(what) as line:
            keep_thresholds(self._store, pool_key, checked)
            line.after = after
        return line.id


def read_thresholds(store: Store, pool_key: str) -> Thresholds:
    """The thresholds of a pool. A stored value that makes no sense (any more) gives way to the standard."""
    stored = store.settings.get(_key(pool_key), {})
    if not isinstance(stored, Mapping):
        return Thresholds()
    given: dict[str, Any] = {
        field.name: stored[field.name] for field in fields(Thresholds) if field.name in stored
    }
    try:
        if "apart" in given:
            given["apart"] = tuple((str(pair[0]), str(pair[1])) for pair in given["apart"])
        return checked_thresholds(Thresholds(**given))
    except (InvalidValue, TypeError, IndexError):
        return Thresholds()


def keep_thresholds(store: Store, pool_key: str, wanted: Thresholds) -> None:
    """Keep them without asking who may, and without a line in the log: for setting a console up."""
    store.settings.set(_key(pool_key), asdict(checked_thresholds(wanted)))


def checked_thresholds(wanted: Thresholds) -> Thresholds:
    """The thresholds with pairs in order and each once. Raises `InvalidValue`."""
    for name, spec in NUMBERS.items():
        value = getattr(wanted, name)
        if not isinstance(value, int) or isinstance(value, bool) or not spec.least <= value <= spec.most:
            raise InvalidValue(
                f"{spec.title} {value} {spec.unit} makes no sense.",
                f"Use a whole number from {spec.least} to {spec.most:,}.",
                field=name,
            )
    given = {name: getattr(wanted, name) for name in NUMBERS}
    return Thresholds(**given, ignore_automatic=bool(wanted.ignore_automatic), apart=_pairs(wanted.apart))


def _pairs(pairs: Sequence[Sequence[str]]) -> tuple[Pair, ...]:
    kept: dict[Pair, None] = {}
    for first, other in ((str(pair[0]).strip(), str(pair[1]).strip()) for pair in pairs):
        if not first and not other:
            continue
        if not first or not other:
            raise InvalidValue(
                f"“{first or other}” stands alone.",
                "A pair needs two groups; fill in the other.",
                field="apart",
            )
        if first == other:
            raise InvalidValue(
                f"“{first}” is paired with itself.", "Choose two different groups.", field="apart"
            )
        kept[(first, other) if first < other else (other, first)] = None
    return tuple(kept)


def _facts(thresholds: Thresholds) -> dict[str, Any]:
    """The thresholds for the log, named as on the page."""
    facts: dict[str, Any] = {
        f"{spec.title} ({spec.unit})": getattr(thresholds, name) for name, spec in NUMBERS.items()
    }
    facts[AUTOMATIC_TITLE] = thresholds.ignore_automatic
    facts[APART_TITLE] = [f"{first} + {other}" for first, other in thresholds.apart]
    return facts


def _key(pool_key: str) -> str:
    return f"audits.thresholds|{pool_key}"
