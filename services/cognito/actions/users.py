"""Actions that make, enable, disable, confirm, sign out and delete a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from services.cognito.actions.base import (
    CLOCK_TOLERANCE,
    Change,
    Confirm,
    CurrentMemberships,
    Facts,
    HeldBack,
    Offer,
    PersonChange,
    TargetRef,
    WayBack,
    facts_of,
)
from services.cognito.models import PersonRef, User, UserPool, UserStatus
from services.cognito.people import message_problems
from services.cognito.permit import Permit
from services.errors import ConsoleError, UserExists, UserNotFound
from services.roles import Permission

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway


@dataclass(frozen=True)
class CreateUser(Change):
    """AdminCreateUser. Without `delivery` no message is sent; `delivery` holds EMAIL and/or SMS.

    `username` is the e-mail address or phone number in pools whose usernames are those.
    """

    action = "create_user"
    operation = "AdminCreateUser"
    phrase = "Creating {Username}"
    permission = Permission.USER_CREATE
    bills = True
    logged, verb, past = "Created a user", "create the person", "created"
    sets_password = True
    makes_person = True

    username: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    temporary_password: str = field(default="", repr=False)
    delivery: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # asdict can't copy a mapping proxy
        object.__setattr__(self, "attributes", dict(self.attributes))

    @property
    def target(self) -> TargetRef:
        return TargetRef("user", self.username, self.attributes.get("email") or self.username)

    @property
    def expected(self) -> Facts:
        return {"status": str(UserStatus.FORCE_CHANGE_PASSWORD), "attributes": dict(self.attributes)}

    @property
    def messages(self) -> tuple[str, ...]:
        return self.delivery

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

    def means_done(self, error: ConsoleError, gateway: CognitoGateway, since: datetime) -> bool:
        return isinstance(error, UserExists) and bool(self.took_effect(gateway, since))

    def person_made(self, gateway: CognitoGateway, after: Facts) -> PersonRef:
        """Who was made. After an answer that got lost, the pool is asked."""
        label = self.target.name
        sub, username = after.get("sub"), after.get("username")
        if sub and username:
            return PersonRef(str(username), str(sub), label)
        user = gateway.find_user(username=self.username)
        return user.ref if user is not None else PersonRef(self.username, "", label)

    def with_password(self, temporary: str, permanent: str) -> Self:
        return replace(self, temporary_password=temporary)

    @property
    def needs_password(self) -> bool:
        return not self.delivery

    def way_back(
        self, user: User, there: CurrentMemberships, before: Facts, after: Facts, held_back: HeldBack
    ) -> WayBack:
        """A created person is deleted only if nobody has signed in as them since."""
        if user.status is not UserStatus.FORCE_CHANGE_PASSWORD:
            return WayBack(
                stays=(f"{user.label} has signed in or has a password of their own, and is not deleted.",)
            )
        gone = DeleteUser(user.ref)
        return WayBack(((gone, gone.replaces(user), gone.expected),), basis={"status": str(user.status)})

    @classmethod
    def from_log(cls, target: TargetRef, after: Facts) -> Change | None:
        return cls(str(after["username"])) if after.get("sub") else None

    def sub(self, after: Facts) -> str:
        return str(after.get("sub", ""))

    def apply_to(self, user: User | None, after: Facts, at: datetime, held_back: HeldBack) -> User | None:
        return user or User(
            username=str(after.get("username", "")),
            sub=self.sub(after),
            status=UserStatus(str(after.get("status", UserStatus.UNKNOWN))),
            enabled=bool(after.get("enabled", True)),
            created=at,
            changed=at,
            attributes=dict(after.get("attributes", {})),
        )


@dataclass(frozen=True)
class ResendInvitation(PersonChange):
    """AdminCreateUser with RESEND: a new temporary password and a new invitation."""

    action = "resend_invitation"
    operation = "AdminCreateUser"
    permission = Permission.USER_INVITE
    logged = "Sent the invitation again"
    verb, past = "send the invitation again", "invitation sent again"
    row_action, file_title = "resend_invite", "Send the invitation again"
    row_synonyms = ("resend", "resend_invitation")
    asks_delivery = True
    relies_on = "status"
    invites = True
    shows = False
    offers = (
        Offer(
            "Send invitation again",
            ":material/forward_to_inbox:",
            "Send the invitation again",
            "They get a new temporary password in a new message. The old temporary password stops working.",
            "Send invitation",
            "Cognito has been asked to send {0} a new invitation.",
        ),
    )

    temporary_password: str = field(default="", repr=False)
    delivery: tuple[str, ...] = ("EMAIL",)

    @classmethod
    def on_user(cls, user: User) -> Self:
        return cls(user.ref, delivery=("EMAIL",) if user.email else ("SMS",))

    def by(self, delivery: tuple[str, ...]) -> Self:
        return replace(self, delivery=delivery)

    @property
    def expected(self) -> Facts:
        return {"invitation": "sent again"}

    @property
    def messages(self) -> tuple[str, ...]:
        return self.delivery

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.resend_invitation(
            permit, self.person.username, temporary_password=self.temporary_password, delivery=self.delivery
        )
        return {**self.expected, "delivery": list(self.delivery)}

    def sends_each_time(self, gateway: CognitoGateway) -> bool:
        # nothing tells whether an unanswered one was sent
        return True

    def with_password(self, temporary: str, permanent: str) -> Self:
        return replace(self, temporary_password=temporary)

    def lacks(self, user: User) -> list[tuple[str, str, str]]:
        return [
            ("delivery", text, "Choose another way, or set a temporary password.")
            for text in message_problems(self.delivery, user.attributes)
        ]

    @classmethod
    def refuses(cls, user: User, pool: UserPool) -> str:
        match user.status:
            case UserStatus.FORCE_CHANGE_PASSWORD if not user.enabled:
                return "They are disabled; enable them first, or the invitation leads nowhere."
            case UserStatus.FORCE_CHANGE_PASSWORD if user.email or user.attributes.get("phone_number"):
                return ""
            case UserStatus.FORCE_CHANGE_PASSWORD:
                return "They have no e-mail address and no phone number to send it to."
            case UserStatus.UNCONFIRMED:
                return "They registered themselves; confirm them instead."
            case UserStatus.EXTERNAL_PROVIDER:
                return "They sign in through another provider and need no invitation."
            case _:
                return "They have accepted their invitation already."

    def edit(self, user: User, at: datetime, held_back: HeldBack) -> User | None:
        return replace(user, changed=at)


@dataclass(frozen=True)
class SwitchChange(PersonChange):
    """A change of whether a person may sign in at all; `enables` says which way."""

    enables: ClassVar[bool]

    @property
    def expected(self) -> Facts:
        return {"enabled": self.enables}

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        return self.find(gateway, certain=True).enabled is self.enables

    def already(self, before: Facts) -> bool:
        return before.get("enabled") is self.enables

    def way_back(
        self, user: User, there: CurrentMemberships, before: Facts, after: Facts, held_back: HeldBack
    ) -> WayBack:
        back, now = (DisableUser if self.enables else EnableUser)(user.ref), {"enabled": user.enabled}
        if back.already(now):
            return WayBack(stays=(f"{user.label} was {back.past} since.",))
        return WayBack(((back, now, back.expected),), basis=now)

    @classmethod
    def logged_on(cls, person: PersonRef, after: Facts) -> Change | None:
        return cls(person)

    def edit(self, user: User, at: datetime, held_back: HeldBack) -> User | None:
        return replace(user, enabled=self.enables, changed=at)


@dataclass(frozen=True)
class EnableUser(SwitchChange):
    """AdminEnableUser. Tokens revoked by an earlier disable stay revoked."""

    action = "enable_user"
    operation = "AdminEnableUser"
    phrase = "Enabling {Username}"
    permission = Permission.USER_ENABLE
    logged, verb, past = "Enabled a user", "enable", "enabled"
    row_action, file_title = "enable", "Enable the people"
    row_synonyms = ("activate",)
    offers = (
        Offer(
            "Enable",
            ":material/check_circle:",
            "Enable this user",
            "They can sign in again. Where they were signed in before, they have to sign in anew.",
            "Enable",
            "{0} is enabled and can sign in again.",
        ),
    )
    enables = True

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.enable_user(permit, self.person.username)
        return self.expected

    @classmethod
    def refuses(cls, user: User, pool: UserPool) -> str:
        return "They are enabled already." if user.enabled else ""


@dataclass(frozen=True)
class DisableUser(SwitchChange):
    """AdminDisableUser: no sign-in any more, and all tokens are revoked."""

    action = "disable_user"
    operation = "AdminDisableUser"
    phrase = "Disabling {Username}"
    permission = Permission.USER_DISABLE
    dangerous = True
    logged, verb, past = "Disabled a user", "disable", "disabled"
    row_action, file_title = "disable", "Disable the people"
    row_synonyms = ("deactivate", "block")
    offers = (
        Offer(
            "Disable",
            ":material/block:",
            "Disable {0}",
            "{0} can no longer sign in and is signed out everywhere. Nothing is lost: they can be enabled "
            "again, and then have to sign in anew.",
            "Disable",
            "{0} is disabled now and signed out everywhere.",
            Confirm.TYPED,
        ),
    )
    enables = False

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.disable_user(permit, self.person.username)
        return self.expected

    @classmethod
    def refuses(cls, user: User, pool: UserPool) -> str:
        return "" if user.enabled else "They are disabled already."


@dataclass(frozen=True)
class ConfirmUser(PersonChange):
    """AdminConfirmSignUp: accept a self-registration. It does not verify the e-mail address."""

    action = "confirm_user"
    operation = "AdminConfirmSignUp"
    phrase = "Confirming {Username}"
    permission = Permission.USER_CONFIRM
    irreversible = True
    logged, verb, past = "Confirmed a registration", "confirm", "confirmed"
    row_action = "confirm"
    relies_on = "status"
    offers = (
        Offer(
            "Confirm registration",
            ":material/how_to_reg:",
            "Confirm the registration",
            "They can sign in with the password they chose when registering. Their e-mail address isn't "
            "verified by this; mark it verified if you know that it is theirs.",
            "Confirm",
            "The registration of {0} is confirmed.",
        ),
    )

    @property
    def expected(self) -> Facts:
        return {"status": str(UserStatus.CONFIRMED)}

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.confirm_user(permit, self.person.username)
        return self.expected

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        return self.find(gateway, certain=True).status is UserStatus.CONFIRMED

    def means_done(self, error: ConsoleError, gateway: CognitoGateway, since: datetime) -> bool:
        person = self.person
        user = gateway.find_user(sub=person.sub, username=person.username, certain=True)
        return user is not None and user.status is UserStatus.CONFIRMED

    @classmethod
    def refuses(cls, user: User, pool: UserPool) -> str:
        waits = user.status is UserStatus.UNCONFIRMED
        return "" if waits else "Only people who registered themselves and wait for confirmation need this."

    def already(self, before: Facts) -> bool:
        return before.get("status") == UserStatus.CONFIRMED

    @classmethod
    def logged_on(cls, person: PersonRef, after: Facts) -> Change | None:
        return cls(person)

    def edit(self, user: User, at: datetime, held_back: HeldBack) -> User | None:
        return replace(user, status=UserStatus.CONFIRMED, changed=at)


@dataclass(frozen=True)
class SignOutUser(PersonChange):
    """AdminUserGlobalSignOut: refresh tokens are revoked; JWTs verify offline until they expire."""

    action = "sign_out_user"
    operation = "AdminUserGlobalSignOut"
    phrase = "Signing {Username} out"
    permission = Permission.USER_SIGN_OUT
    irreversible = True
    logged = "Signed a user out everywhere"
    verb, past = "sign out everywhere", "signed out everywhere"
    row_action, file_title = "sign_out", "Sign the people out everywhere"
    row_synonyms = ("signout", "logout")
    shows = False
    offers = (
        Offer(
            "Sign out everywhere",
            ":material/logout:",
            "Sign out {0} everywhere",
            "{0} has to sign in again on every device once the current access token runs out (an hour, "
            "unless the app client says otherwise). A session of the login page may stay open. This "
            "can't be undone.",
            "Sign out everywhere",
            "{0} is signed out everywhere; access tokens already given out work until they expire.",
            Confirm.TYPED,
            many="Sign out",
        ),
    )

    @property
    def expected(self) -> Facts:
        return {"signed_out": True}

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.sign_out_user(permit, self.person.username)
        return self.expected

    @classmethod
    def refuses(cls, user: User, pool: UserPool) -> str:
        if user.status is UserStatus.UNCONFIRMED:
            return "They have never signed in."
        return "" if user.enabled else "Disabling has signed them out already."


@dataclass(frozen=True)
class DeleteUser(PersonChange):
    """AdminDeleteUser. Cognito keeps nothing of a deleted user."""

    action = "delete_user"
    operation = "AdminDeleteUser"
    phrase = "Deleting {Username}"
    permission = Permission.USER_DELETE
    dangerous = True
    irreversible = True
    logged, verb, past = "Deleted a user", "delete", "deleted"
    row_action, file_title = "delete", "Delete the people"
    row_synonyms = ("remove",)
    ends_person = True
    offers = (
        Offer(
            "Delete",
            ":material/delete_forever:",
            "Delete {0}",
            "{0} is deleted with all attributes and group memberships. Cognito keeps nothing, and somebody "
            "created again under the same name is a new person with another ID. This can't be undone.",
            "Delete for good",
            "{0} was deleted.",
            Confirm.TYPED,
        ),
    )

    @property
    def expected(self) -> Facts:
        return {"deleted": True}

    def before(self, gateway: CognitoGateway) -> Facts:
        user = self.find(gateway)
        groups = [group.name for group in gateway.groups_of(user.username)]
        return {**self.replaces(user), "groups": groups}

    def replaces(self, user: User) -> Facts:
        return facts_of(user)

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.delete_user(permit, self.person.username)
        return self.expected

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        person = self.person
        return gateway.find_user(sub=person.sub, username=person.username, certain=True) is None

    def means_done(self, error: ConsoleError, gateway: CognitoGateway, since: datetime) -> bool:
        return isinstance(error, UserNotFound)

    @classmethod
    def refuses(cls, user: User, pool: UserPool) -> str:
        return "Disable them first; deleting can't be undone." if user.enabled else ""

    @classmethod
    def logged_on(cls, person: PersonRef, after: Facts) -> Change | None:
        return cls(person)

    def edit(self, user: User, at: datetime, held_back: HeldBack) -> User | None:
        return None
