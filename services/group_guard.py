"""Groups that aren't handed out by just anybody: those that give an AWS role, and those marked protected.

Putting somebody into one needs a manager, or an operator who is named with the group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from services.cognito.actions import Change
from services.cognito.models import Group
from services.errors import NotPermitted
from services.roles import Actor, Permission, least_role
from services.store.activity import NewActivity, Why
from services.store.store import Store


@dataclass(frozen=True, slots=True)
class GuardedGroup:
    """One such group: `why` it is guarded, in a sentence, and the ids of `operators` who may hand it out."""

    name: str
    why: str
    operators: frozenset[str] = frozenset()

    def allows(self, actor: Actor) -> bool:
        """Whether the actor may put somebody into it."""
        return actor.may(Permission.GROUP_PROTECTED) or actor.operator_id in self.operators


class GroupGuard:
    """The guarded groups of one pool. `groups` are all groups of the pool as it has them."""

    def __init__(self, store: Store, pool_record_id: str, groups: Callable[[], Iterable[Group]]) -> None:
        self._store = store
        self._key = f"protected_groups:{pool_record_id}"
        self._groups = groups

    def protected(self) -> dict[str, tuple[str, ...]]:
        """Groups that are marked protected, each with the ids of the operators named for it."""
        kept: Mapping[str, list[str]] = self._store.settings.get(self._key) or {}
        return {name: tuple(operators) for name, operators in kept.items()}

    def guarded(self) -> dict[str, GuardedGroup]:
        """Every guarded group by its name. Raises what reading the groups raises."""
        protected = self.protected()
        found: dict[str, GuardedGroup] = {}
        for group in self._groups():
            operators = protected.get(group.name)
            if group.role_arn:
                why = f"{group.name} also gives rights in AWS, through an IAM role."
            elif operators is not None:
                why = f"{group.name} is protected."
            else:
                continue
            found[group.name] = GuardedGroup(group.name, why, frozenset(operators or ()))
        return found

    def why_not(self, name: str, actor: Actor) -> str:
        """Why the actor may not put somebody into the group, in a sentence; "" when they may."""
        if actor.may(Permission.GROUP_PROTECTED):
            return ""
        group = self.guarded().get(name)
        if group is None or group.allows(actor):
            return ""
        named = " or somebody named for it" if group.operators else ""
        return f"{group.why} Only a {least_role(Permission.GROUP_PROTECTED)}{named} puts people into it."

    def check(self, change: Change, actor: Actor) -> None:
        """Raise `NotPermitted` when the change puts somebody into a group that the actor may not hand out."""
        if change.joins and (why := self.why_not(change.joins, actor)):
            raise NotPermitted(f"{why} Nothing was changed.", "Ask a manager to do it.")

    def protect(self, name: str, operators: Iterable[str] | None, actor: Actor, why: Why) -> str:
        """Mark the group protected, for these operators beside managers, or (None) no longer.

        The answer is the id of the line in the log. Raises `NotPermitted`.
        """
        actor.require(Permission.GROUP_EDIT)
        protected = self.protected()
        before = _facts(protected.get(name))
        if operators is None:
            protected.pop(name, None)
        else:
            protected[name] = tuple(dict.fromkeys(operators))
        new = NewActivity(
            actor,
            "protect_group",
            target_kind="group",
            target_id=name,
            target_name=name,
            before=before,
            **why,
        )
        with self._store.activity.audited(new) as line:
            self._store.settings.set(self._key, {key: list(value) for key, value in protected.items()})
            line.after = _facts(protected.get(name))
        return line.id


def _facts(operators: tuple[str, ...] | None) -> dict[str, object]:
    return {"protected": operators is not None, "operators who may hand it out": list(operators or ())}
