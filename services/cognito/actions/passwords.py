"""Actions that set or reset a password."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Self

from services.cognito.actions.base import (
    CLOCK_TOLERANCE,
    Change,
    Confirm,
    Facts,
    HeldBack,
    Offer,
    PersonChange,
)
from services.cognito.models import PersonRef, User, UserPool, UserStatus
from services.cognito.permit import Permit
from services.cognito.recovery import recovery_of
from services.errors import ConsoleError, PasswordRejected
from services.roles import Permission

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway


@dataclass(frozen=True)
class SetPassword(PersonChange):
    """AdminSetUserPassword. No message is sent; the old password stops working."""

    action = "set_password"
    operation = "AdminSetUserPassword"
    phrase = "Setting the password of {Username}"
    permission = Permission.USER_PASSWORD
    dangerous = True
    proves_identity = True
    irreversible = True
    logged = "Set a password"
    verb, past = "set a password", "password set"
    row_action = "set_password"
    relies_on = "status"
    sets_password = True
    invites = True
    repeated_remark = "The password was sent twice, because the first try got no answer."
    offers = (
        Offer(
            "Set password",
            ":material/password:",
            "Set a password",
            "The present password stops working at once. Cognito sends no message: you pass the new one on "
            "yourself.",
            "Set password",
            confirm=Confirm.OWN,
            many="Set temporary password",
            name="set_temporary_password",
            makes=lambda user: SetPassword(user.ref),
        ),
        Offer(
            "Set permanent password",
            ":material/password:",
            confirm=Confirm.OWN,
            name="set_permanent_password",
            makes=lambda user: SetPassword(user.ref, permanent=True),
        ),
    )

    password: str = field(default="", repr=False)
    permanent: bool = False

    @property
    def kind(self) -> str:
        """The kind of password in a word: permanent or temporary."""
        return "permanent" if self.permanent else "temporary"

    @property
    def expected(self) -> Facts:
        return {"password": self.kind}

    def replaces(self, user: User) -> Facts:
        return {"status": str(user.status)}

    def before(self, gateway: CognitoGateway) -> Facts:
        user = self.find(gateway)
        return {"status": str(user.status), "enabled": user.enabled}

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.set_password(permit, self.person.username, self.password, permanent=self.permanent)
        return {"status": str(self._status), **self.expected}

    @property
    def _status(self) -> UserStatus:
        return UserStatus.CONFIRMED if self.permanent else UserStatus.FORCE_CHANGE_PASSWORD

    def means_done(self, error: ConsoleError, gateway: CognitoGateway, since: datetime) -> bool:
        # the pool's history of passwords refuses the one that the first try has just set
        return isinstance(error, PasswordRejected) and "History" in error.code

    def with_password(self, temporary: str, permanent: str) -> Self:
        return replace(self, password=permanent if self.permanent else temporary)

    @property
    def needs_password(self) -> bool:
        return True

    @property
    def wanted(self) -> str:
        return f"set a {self.kind} password"

    @property
    def done(self) -> str:
        return f"{self.kind} password set"

    @classmethod
    def refuses(cls, user: User, pool: UserPool) -> str:
        if user.status is UserStatus.EXTERNAL_PROVIDER:
            return "They sign in elsewhere; a password here would be a second way in, past that provider."
        return ""

    @classmethod
    def logged_on(cls, person: PersonRef, after: Facts) -> Change | None:
        if "password" not in after:
            return None
        return cls(person, permanent=after["password"] == "permanent")  # noqa: S105 - a kind of password

    def edit(self, user: User, at: datetime, held_back: HeldBack) -> User | None:
        return replace(user, status=self._status, changed=at)


@dataclass(frozen=True)
class ResetPassword(PersonChange):
    """AdminResetUserPassword: the current password stops working and a code is sent."""

    action = "reset_password"
    operation = "AdminResetUserPassword"
    phrase = "Resetting the password of {Username}"
    permission = Permission.USER_PASSWORD
    dangerous = True
    proves_identity = True
    bills = False
    irreversible = True
    logged = "Reset a password"
    verb, past = "reset the password", "password reset"
    row_action = "reset_password"
    relies_on = "status"
    offers = (
        Offer(
            "Send reset code",
            ":material/lock_reset:",
            "Send a reset code to {0}",
            "The password of {0} stops working at once. Cognito sends them a code, with which they choose a "
            "new one. This can't be undone.",
            "Stop the password and send the code",
            "The password of {0} no longer works. Cognito was asked to send them a code, good for one hour.",
            Confirm.TYPED,
        ),
    )

    @property
    def expected(self) -> Facts:
        return {"status": str(UserStatus.RESET_REQUIRED)}

    @property
    def messages(self) -> tuple[str, ...]:
        return ("EMAIL",)

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.reset_password(permit, self.person.username)
        return self.expected

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        user = self.find(gateway, certain=True)
        fresh = user.changed >= since - CLOCK_TOLERANCE
        return True if user.status is UserStatus.RESET_REQUIRED and fresh else None

    def sends_each_time(self, gateway: CognitoGateway) -> bool:
        # nothing tells whether an unanswered one was sent
        return True

    @classmethod
    def refuses(cls, user: User, pool: UserPool) -> str:
        match user.status:
            case UserStatus.CONFIRMED:
                return recovery_of(user, pool).problem
            case UserStatus.FORCE_CHANGE_PASSWORD:
                return (
                    "They haven't used their temporary password yet; resend the invitation or set a password."
                )
            case UserStatus.UNCONFIRMED:
                return "They aren't confirmed yet; confirm them first."
            case UserStatus.RESET_REQUIRED:
                return (
                    "Their password is reset already; they choose “Forgot password” to get a new code, "
                    "or you set a password."
                )
            case _:
                return "They sign in through another provider and have no password here."

    @classmethod
    def unsure(cls, user: User, pool: UserPool) -> str:
        return recovery_of(user, pool).doubt

    @classmethod
    def logged_on(cls, person: PersonRef, after: Facts) -> Change | None:
        return cls(person)

    def edit(self, user: User, at: datetime, held_back: HeldBack) -> User | None:
        return replace(user, status=UserStatus.RESET_REQUIRED, changed=at)
