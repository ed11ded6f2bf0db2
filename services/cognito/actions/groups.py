"""Actions on groups themselves: made, changed, deleted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.cognito.actions.base import CLOCK_TOLERANCE, Change, Facts, TargetRef
from services.cognito.models import Group
from services.cognito.permit import Permit
from services.errors import ConsoleError, GroupExists, GroupNotFound
from services.roles import Permission

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway


def group_facts(group: Group) -> dict[str, Any]:
    """What the activity log keeps about a group."""
    return {"description": group.description, "precedence": group.precedence, "role_arn": group.role_arn}


@dataclass(frozen=True)
class GroupChange(Change):
    """A change to a group itself."""

    name: str

    @property
    def target(self) -> TargetRef:
        return TargetRef("group", self.name, self.name)

    def before(self, gateway: CognitoGateway) -> Facts:
        return group_facts(gateway.get_group(self.name))

    @property
    def object(self) -> str:
        return self.name


@dataclass(frozen=True)
class WrittenGroup(GroupChange):
    """A change that says what the group's description and precedence are from then on."""

    description: str = ""
    precedence: int | None = None

    @classmethod
    def from_log(cls, target: TargetRef, after: Facts) -> Change | None:
        if "description" not in after:
            return None
        return cls(target.id, str(after["description"]), after.get("precedence"))


@dataclass(frozen=True)
class CreateGroup(WrittenGroup):
    """CreateGroup, never with a role: a role ARN hands out AWS rights through identity pools."""

    action = "create_group"
    operation = "CreateGroup"
    phrase = "Creating the group {GroupName}"
    permission = Permission.GROUP_CREATE
    logged, verb, past = "Created a group", "create group", "created group"
    makes_group = True

    @property
    def expected(self) -> Facts:
        return {"created": True}

    def before(self, gateway: CognitoGateway) -> Facts:
        return {}

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        group = gateway.create_group(
            permit, self.name, description=self.description, precedence=self.precedence
        )
        return group_facts(group)

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        try:
            created = gateway.get_group(self.name).created
        except GroupNotFound:
            return False
        return created is None or created >= since - CLOCK_TOLERANCE

    def found_there(self, error: ConsoleError) -> str:
        return "it is there already" if isinstance(error, GroupExists) else ""

    def groups_after(self, groups: tuple[Group, ...], at: datetime) -> tuple[Group, ...]:
        if any(group.name == self.name for group in groups):
            return groups
        return (*groups, Group(self.name, self.description, self.precedence, created=at, changed=at))


@dataclass(frozen=True)
class UpdateGroup(WrittenGroup):
    """UpdateGroup: description and precedence. The name is the key and can't change."""

    action = "update_group"
    operation = "UpdateGroup"
    phrase = "Changing the group {GroupName}"
    permission = Permission.GROUP_EDIT
    logged, verb, past = "Changed a group", "change group", "changed group"

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        group = gateway.update_group(
            permit, self.name, description=self.description, precedence=self.precedence
        )
        return group_facts(group)

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        now = gateway.get_group(self.name)
        return now.description == self.description and now.precedence == self.precedence

    def groups_after(self, groups: tuple[Group, ...], at: datetime) -> tuple[Group, ...]:
        return tuple(
            replace(group, description=self.description, precedence=self.precedence, changed=at)
            if group.name == self.name
            else group
            for group in groups
        )


@dataclass(frozen=True)
class DeleteGroup(GroupChange):
    """DeleteGroup. Its members lose it at once; the users themselves stay."""

    action = "delete_group"
    operation = "DeleteGroup"
    phrase = "Deleting the group {GroupName}"
    permission = Permission.GROUP_DELETE
    dangerous = True
    irreversible = True
    logged, verb, past = "Deleted a group", "delete group", "deleted group"

    @property
    def expected(self) -> Facts:
        return {"deleted": True}

    def before(self, gateway: CognitoGateway) -> Facts:
        members = [{"sub": user.sub, "name": user.label} for user in gateway.iter_members(self.name)]
        return {**group_facts(gateway.get_group(self.name)), "members": members}

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.delete_group(permit, self.name)
        return self.expected

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        try:
            gateway.get_group(self.name)
        except GroupNotFound:
            return True
        return False

    @classmethod
    def from_log(cls, target: TargetRef, after: Facts) -> Change | None:
        return cls(target.id)

    def groups_after(self, groups: tuple[Group, ...], at: datetime) -> tuple[Group, ...]:
        return tuple(group for group in groups if group.name != self.name)

    @property
    def ends_group(self) -> str:
        return self.name
