"""Actions that put a person into a group and take them out of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from services.cognito.actions.base import (
    Change,
    Confirm,
    CurrentMemberships,
    Facts,
    HeldBack,
    Offer,
    PersonChange,
    WayBack,
)
from services.cognito.models import PersonRef, User
from services.cognito.permit import Permit
from services.errors import UserNotFound
from services.roles import Permission

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway


@dataclass(frozen=True)
class MembershipChange(PersonChange):
    """A change of one person's membership in one group; `adds` says which way."""

    permission = Permission.USER_MEMBERSHIP
    asks_group = True
    dated = False
    adds: ClassVar[bool]

    group: str = ""

    @property
    def expected(self) -> Facts:
        return {"member": self.adds, "group": self.group}

    @property
    def opposite(self) -> Facts:
        """What holds while it is not so: what it replaces."""
        return {"member": not self.adds, "group": self.group}

    def before(self, gateway: CognitoGateway) -> Facts:
        try:
            user = self.find(gateway)
        except UserNotFound:
            user = self.find(gateway, certain=True)  # lists don't show at once who is new
        return {"member": self.is_member(gateway, user), "group": self.group}

    def is_member(self, gateway: CognitoGateway, user: User) -> bool:
        """Whether the person, as looked up, is in the group now."""
        return any(group.name == self.group for group in gateway.groups_of(user.username))

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        return self.is_member(gateway, self.find(gateway, certain=True)) is self.adds

    def already(self, before: Facts) -> bool:
        return before.get("member") is self.adds

    def way_back(
        self, user: User, there: CurrentMemberships, before: Facts, after: Facts, held_back: HeldBack
    ) -> WayBack:
        if self.group not in there.groups:
            return WayBack(stays=(f"The group {self.group} is not there any more.",))
        if there.is_member(user, self.group) is not self.adds:
            return WayBack()  # it is as it was before
        back = (RemoveFromGroup if self.adds else AddToGroup)(user.ref, self.group)
        return WayBack(((back, self.expected, self.opposite),), basis={"groups": {self.group: self.adds}})

    @property
    def object(self) -> str:
        return self.group

    def difference(self, before: Facts, after: Facts) -> list[tuple[str, str, str]]:
        words = ("not in", "in")
        return [(f"group {self.group}", words[not self.adds], words[self.adds])]

    @classmethod
    def logged_on(cls, person: PersonRef, after: Facts) -> Change | None:
        return cls(person, str(after["group"])) if "group" in after else None


@dataclass(frozen=True)
class AddToGroup(MembershipChange):
    """AdminAddUserToGroup."""

    action = "add_to_group"
    operation = "AdminAddUserToGroup"
    phrase = "Adding {Username} to the group {GroupName}"
    logged, verb, past = "Added to a group", "add to group", "added to group"
    row_action, file_title = "add_to_groups", "Add the people to the groups named"
    row_synonyms = ("add_groups", "add_to_group")
    offers = (Offer("Add to group", ":material/group_add:", confirm=Confirm.OWN),)
    adds = True

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.add_to_group(permit, self.person.username, self.group)
        return self.expected

    def regroup(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return (*names, self.group)

    @property
    def joins(self) -> str:
        return self.group


@dataclass(frozen=True)
class RemoveFromGroup(MembershipChange):
    """AdminRemoveUserFromGroup."""

    action = "remove_from_group"
    operation = "AdminRemoveUserFromGroup"
    phrase = "Removing {Username} from the group {GroupName}"
    logged, verb, past = "Removed from a group", "remove from group", "removed from group"
    row_action, file_title = "remove_from_groups", "Remove the people from the groups named"
    row_synonyms = ("remove_groups", "remove_from_group")
    offers = (Offer("Remove from group", ":material/group_remove:", confirm=Confirm.OWN),)
    adds = False

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.remove_from_group(permit, self.person.username, self.group)
        return self.expected

    def regroup(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if name != self.group)

    @property
    def leaves(self) -> str:
        return self.group
