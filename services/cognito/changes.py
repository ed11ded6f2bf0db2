"""Every change that the console can ask of a user pool, as data.

One change is one API call on one target. A page makes one and hands it to `services.changes`; a
plan is a list of them; the activity log and the journal keep what they were. Each change knows
which permission it needs, what was there before, how to send itself, and how to find out whether
an earlier try took effect after all.
"""

# ruff: noqa: ARG002 - subclasses use what the base class only names

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from services.cognito.models import Group, PersonRef, User, UserStatus
from services.cognito.permit import Permit
from services.errors import GroupNotFound, InvalidValue, UserNotFound
from services.roles import Permission

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway

Facts = Mapping[str, Any]
"""JSON-ready facts about a target, free of secrets: attribute → value, `groups` → names …"""

# AWS's clock and ours differ a little; a change is looked for from slightly before it was sent.
CLOCK_TOLERANCE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class TargetRef:
    """Whom or what a change is about: `id` is the sub or the group name, `name` is for people."""

    kind: str
    id: str
    name: str


@dataclass(frozen=True)
class Change(ABC):
    """One wanted API call. Subclasses say which, on whom, and with which permission."""

    action: ClassVar[str]
    operation: ClassVar[str]
    permission: ClassVar[Permission]
    irreversible: ClassVar[bool] = False

    @property
    @abstractmethod
    def target(self) -> TargetRef:
        """Whom or what this change is about."""

    @abstractmethod
    def before(self, gateway: CognitoGateway) -> Facts:
        """Read what this change will replace (ListUsers and group reads only: they bill nobody)."""

    @abstractmethod
    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        """Call the gateway; return what holds afterwards. Raises the gateway's `CognitoError`s."""

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        """After an unknown outcome: True if it happened, False if it did not, None if it can't be told.

        `since` is when the first try was sent (aware, UTC). ListUsers lags behind changes, so people
        are looked up for certain, which bills nobody: the change itself counts them as active.
        """
        return None

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "action" in cls.__dict__:
            ACTIONS[cls.action] = cls


ACTIONS: dict[str, type[Change]] = {}
"""Every change by its `action` name."""


def dump(change: Change) -> dict[str, Any]:
    """The change as JSON-ready data. It may hold a password: seal it before it is stored."""
    return {"action": change.action, **asdict(change)}


def load(data: Mapping[str, Any]) -> Change:
    """The change that `dump` wrote. Raises `InvalidValue` for an action that this release lacks."""
    kind = ACTIONS.get(str(data.get("action")))
    if kind is None:
        raise InvalidValue(f"This release doesn't know the action {data.get('action')!r}.")
    values = {one.name: data[one.name] for one in fields(kind) if one.name in data}
    if "person" in values:
        values["person"] = PersonRef(**values["person"])
    for name in ("delivery", "names"):
        if name in values:
            values[name] = tuple(values[name])
    return kind(**values)


AnyChange = TypeVar("AnyChange", bound=Change)


def with_person(change: AnyChange, person: PersonRef) -> AnyChange:
    """The same change on `person` (used once a new user's sub is known). Others come back as they are."""
    if not hasattr(change, "person"):
        return change
    return replace(change, person=person)  # type: ignore[call-arg]


def facts_of(user: User) -> dict[str, Any]:
    """What the activity log keeps about a person."""
    return {"status": str(user.status), "enabled": user.enabled, "attributes": dict(user.attributes)}


@dataclass(frozen=True)
class PersonChange(Change):
    """A change to one existing person."""

    person: PersonRef

    @property
    def target(self) -> TargetRef:
        return TargetRef("user", self.person.sub or self.person.username, self.person.label)

    def find(self, gateway: CognitoGateway, *, certain: bool = False) -> User:
        """The person as the pool has them now (see `find_user` for `certain`). Raises `UserNotFound`."""
        user = gateway.find_user(sub=self.person.sub, username=self.person.username, certain=certain)
        if user is None:
            raise UserNotFound(
                f"{self.person.label} is not in the pool (any more); nothing was changed.",
                "Refresh the list and look again.",
            )
        return user

    def before(self, gateway: CognitoGateway) -> Facts:
        user = self.find(gateway)
        return {"status": str(user.status), "enabled": user.enabled}


@dataclass(frozen=True)
class CreateUser(Change):
    """AdminCreateUser. Without `delivery` no message is sent; `delivery` holds EMAIL and/or SMS.

    `username` is the e-mail address or phone number in pools whose usernames are those.
    """

    action = "create_user"
    operation = "AdminCreateUser"
    permission = Permission.USER_CREATE

    username: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    temporary_password: str = field(default="", repr=False)
    delivery: tuple[str, ...] = ()

    @property
    def target(self) -> TargetRef:
        return TargetRef("user", self.username, self.attributes.get("email") or self.username)

    def before(self, gateway: CognitoGateway) -> Facts:
        return {}

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        user = gateway.create_user(
            permit,
            username=self.username,
            attributes=self.attributes,
            temporary_password=self.temporary_password,
            delivery=self.delivery,
        )
        return {"username": user.username, "sub": user.sub, **facts_of(user)}

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        user = gateway.find_user(username=self.username, certain=True)
        return user is not None and user.created >= since - CLOCK_TOLERANCE

    def __post_init__(self) -> None:
        # asdict can't copy a mapping proxy
        object.__setattr__(self, "attributes", dict(self.attributes))


@dataclass(frozen=True)
class ResendInvitation(PersonChange):
    """AdminCreateUser with RESEND: a new temporary password and a new invitation."""

    action = "resend_invitation"
    operation = "AdminCreateUser"
    permission = Permission.USER_INVITE

    temporary_password: str = field(default="", repr=False)
    delivery: tuple[str, ...] = ("EMAIL",)

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.resend_invitation(
            permit, self.person.username, temporary_password=self.temporary_password, delivery=self.delivery
        )
        return {"invitation": "sent again", "delivery": list(self.delivery)}


@dataclass(frozen=True)
class UpdateAttributes(PersonChange):
    """AdminUpdateUserAttributes: set the attributes named, leave the others."""

    action = "update_attributes"
    operation = "AdminUpdateUserAttributes"
    permission = Permission.USER_EDIT

    attributes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "attributes", dict(self.attributes))

    def before(self, gateway: CognitoGateway) -> Facts:
        now = self.find(gateway).attributes
        return {"attributes": {name: now.get(name) for name in self.attributes}}

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.update_attributes(permit, self.person.username, self.attributes)
        return {"attributes": dict(self.attributes)}

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        now = self.find(gateway, certain=True).attributes
        waiting = self.waiting(gateway)
        differs = [name for name, value in self.attributes.items() if now.get(name) != value]
        if any(name not in waiting for name in differs):
            return False
        return None if differs else True

    def waiting(self, gateway: CognitoGateway) -> frozenset[str]:
        """Addresses that stay as they are until the user has entered the code that is sent to the new one.

        Nothing then tells whether the change was taken (AttributesRequireVerificationBeforeUpdate, API
        reference, UserAttributeUpdateSettingsType), and each try sends a code.
        """
        held = gateway.describe_pool().verified_before_update
        return frozenset(
            name
            for name in held & self.attributes.keys()
            if self.attributes.get(f"{name}_verified") != "true"
        )


@dataclass(frozen=True)
class ClearAttributes(PersonChange):
    """AdminDeleteUserAttributes: remove the attributes named."""

    action = "clear_attributes"
    operation = "AdminDeleteUserAttributes"
    permission = Permission.USER_EDIT

    names: tuple[str, ...] = ()

    def before(self, gateway: CognitoGateway) -> Facts:
        now = self.find(gateway).attributes
        return {"attributes": {name: now.get(name) for name in self.names}}

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.clear_attributes(permit, self.person.username, self.names)
        return {"attributes": dict.fromkeys(self.names)}

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        now = self.find(gateway, certain=True).attributes
        return not any(now.get(name) for name in self.names)


@dataclass(frozen=True)
class EnableUser(PersonChange):
    """AdminEnableUser. Tokens revoked by an earlier disable stay revoked."""

    action = "enable_user"
    operation = "AdminEnableUser"
    permission = Permission.USER_ENABLE

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.enable_user(permit, self.person.username)
        return {"enabled": True}

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        return self.find(gateway, certain=True).enabled


@dataclass(frozen=True)
class DisableUser(PersonChange):
    """AdminDisableUser: no sign-in any more, and all tokens are revoked."""

    action = "disable_user"
    operation = "AdminDisableUser"
    permission = Permission.USER_DISABLE

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.disable_user(permit, self.person.username)
        return {"enabled": False}

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        return not self.find(gateway, certain=True).enabled


@dataclass(frozen=True)
class DeleteUser(PersonChange):
    """AdminDeleteUser. Cognito keeps nothing of a deleted user."""

    action = "delete_user"
    operation = "AdminDeleteUser"
    permission = Permission.USER_DELETE
    irreversible = True

    def before(self, gateway: CognitoGateway) -> Facts:
        user = self.find(gateway)
        groups = [group.name for group in gateway.groups_of(user.username)]
        return {**facts_of(user), "groups": groups}

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.delete_user(permit, self.person.username)
        return {"deleted": True}

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        person = self.person
        return gateway.find_user(sub=person.sub, username=person.username, certain=True) is None


@dataclass(frozen=True)
class SetPassword(PersonChange):
    """AdminSetUserPassword. No message is sent; the old password stops working."""

    action = "set_password"
    operation = "AdminSetUserPassword"
    permission = Permission.USER_PASSWORD
    irreversible = True

    password: str = field(default="", repr=False)
    permanent: bool = False

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.set_password(permit, self.person.username, self.password, permanent=self.permanent)
        status = UserStatus.CONFIRMED if self.permanent else UserStatus.FORCE_CHANGE_PASSWORD
        return {"status": str(status), "password": "permanent" if self.permanent else "temporary"}


@dataclass(frozen=True)
class ResetPassword(PersonChange):
    """AdminResetUserPassword: the current password stops working and a code is sent."""

    action = "reset_password"
    operation = "AdminResetUserPassword"
    permission = Permission.USER_PASSWORD
    irreversible = True

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.reset_password(permit, self.person.username)
        return {"status": str(UserStatus.RESET_REQUIRED)}

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        user = self.find(gateway, certain=True)
        fresh = user.changed >= since - CLOCK_TOLERANCE
        return True if user.status is UserStatus.RESET_REQUIRED and fresh else None


@dataclass(frozen=True)
class ConfirmUser(PersonChange):
    """AdminConfirmSignUp: accept a self-registration. It does not verify the e-mail address."""

    action = "confirm_user"
    operation = "AdminConfirmSignUp"
    permission = Permission.USER_CONFIRM
    irreversible = True

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.confirm_user(permit, self.person.username)
        return {"status": str(UserStatus.CONFIRMED)}

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        return self.find(gateway, certain=True).status is UserStatus.CONFIRMED


@dataclass(frozen=True)
class SignOutUser(PersonChange):
    """AdminUserGlobalSignOut: refresh tokens are revoked; JWTs verify offline until they expire."""

    action = "sign_out_user"
    operation = "AdminUserGlobalSignOut"
    permission = Permission.USER_SIGN_OUT
    irreversible = True

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.sign_out_user(permit, self.person.username)
        return {"signed_out": True}


@dataclass(frozen=True)
class AddToGroup(PersonChange):
    """AdminAddUserToGroup."""

    action = "add_to_group"
    operation = "AdminAddUserToGroup"
    permission = Permission.USER_MEMBERSHIP

    group: str = ""

    def before(self, gateway: CognitoGateway) -> Facts:
        return {"member": self.is_member(gateway), "group": self.group}

    def is_member(self, gateway: CognitoGateway) -> bool:
        """Whether the person is in the group now."""
        return any(one.name == self.group for one in gateway.groups_of(self.person.username))

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.add_to_group(permit, self.person.username, self.group)
        return {"member": True, "group": self.group}

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        return self.is_member(gateway)


@dataclass(frozen=True)
class RemoveFromGroup(AddToGroup):
    """AdminRemoveUserFromGroup."""

    action = "remove_from_group"
    operation = "AdminRemoveUserFromGroup"

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.remove_from_group(permit, self.person.username, self.group)
        return {"member": False, "group": self.group}

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        return not self.is_member(gateway)


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


@dataclass(frozen=True)
class CreateGroup(GroupChange):
    """CreateGroup, never with a role: a role ARN hands out AWS rights through identity pools."""

    action = "create_group"
    operation = "CreateGroup"
    permission = Permission.GROUP_CREATE

    description: str = ""
    precedence: int | None = None

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


@dataclass(frozen=True)
class UpdateGroup(GroupChange):
    """UpdateGroup: description and precedence. The name is the key and can't change."""

    action = "update_group"
    operation = "UpdateGroup"
    permission = Permission.GROUP_EDIT

    description: str = ""
    precedence: int | None = None

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        group = gateway.update_group(
            permit, self.name, description=self.description, precedence=self.precedence
        )
        return group_facts(group)

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        now = gateway.get_group(self.name)
        return now.description == self.description and now.precedence == self.precedence


@dataclass(frozen=True)
class DeleteGroup(GroupChange):
    """DeleteGroup. Its members lose it at once; the users themselves stay."""

    action = "delete_group"
    operation = "DeleteGroup"
    permission = Permission.GROUP_DELETE
    irreversible = True

    def before(self, gateway: CognitoGateway) -> Facts:
        members = [{"sub": user.sub, "name": user.label} for user in gateway.iter_members(self.name)]
        return {**group_facts(gateway.get_group(self.name)), "members": members}

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.delete_group(permit, self.name)
        return {"deleted": True}

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        try:
            gateway.get_group(self.name)
        except GroupNotFound:
            return True
        return False


# The rest of ACTIONS: whoever knows changes knows all of them.
from services.cognito import import_changes as import_changes  # noqa: E402
from services.cognito import sign_in_changes as sign_in_changes  # noqa: E402
