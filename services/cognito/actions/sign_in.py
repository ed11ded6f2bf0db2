"""Changes that a person makes to their own account while signing in, made by a login test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from services.cognito.actions.base import CLOCK_TOLERANCE, Change, Facts, HeldBack, PersonChange
from services.cognito.models import PersonRef, User, UserStatus
from services.cognito.permit import Permit
from services.cognito.sign_in import ClientProof, SignInAnswer, answer_of
from services.roles import Permission

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway


@dataclass(frozen=True)
class ChoosePassword(PersonChange):
    """The answer to NEW_PASSWORD_REQUIRED: a permanent password, and attributes that were missing.

    `answer` is what Cognito said once it was sent. Nothing of it is written down anywhere.
    """

    action = "choose_password"
    operation = "RespondToAuthChallenge"
    permission = Permission.USER_PASSWORD
    irreversible = True
    logged = "Chose a password in a login test"
    verb, past = "choose a password in a login test", "password chosen in a login test"

    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    session: str = field(default="", repr=False)
    user_id: str = ""
    password: str = field(default="", repr=False)
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def answer(self) -> SignInAnswer | None:
        """What came back; None until then, and when no answer came."""
        found: SignInAnswer | None = self.__dict__.get("_answer")
        return found

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        self.__dict__["_answer"] = answer_of(self._call(gateway, permit))
        after: dict[str, object] = {"status": str(UserStatus.CONFIRMED), "password": "chosen in a login test"}
        return after | ({"attributes": dict(self.attributes)} if self.attributes else {})

    def _call(self, gateway: CognitoGateway, permit: Permit) -> Mapping[str, object]:
        return gateway.choose_password(permit, self.client_id, self.session, self._responses())

    def _responses(self) -> dict[str, str]:
        name = self.user_id or self.person.username
        wanted = {f"userAttributes.{name}": value for name, value in self.attributes.items()}
        hashed = ClientProof(self.client_id, self.client_secret).hash(name)
        return {"USERNAME": name, "NEW_PASSWORD": self.password, **wanted, **hashed}

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        user = self.find(gateway, certain=True)
        fresh = user.changed >= since - CLOCK_TOLERANCE
        return True if user.status is UserStatus.CONFIRMED and fresh else None

    @classmethod
    def logged_on(cls, person: PersonRef, after: Facts) -> Change | None:
        return cls(person, attributes=dict(after.get("attributes", {})))

    def edit(self, user: User, at: datetime, held_back: HeldBack) -> User | None:
        attributes = {**user.attributes, **self.attributes}
        return replace(user, status=UserStatus.CONFIRMED, attributes=attributes, changed=at)


@dataclass(frozen=True)
class ChoosePasswordAsAdmin(ChoosePassword):
    """The same in a sign-in that began with AdminInitiateAuth."""

    action = "choose_password_as_admin"
    operation = "AdminRespondToAuthChallenge"

    def _call(self, gateway: CognitoGateway, permit: Permit) -> Mapping[str, object]:
        return gateway.choose_password_as_admin(permit, self.client_id, self.session, self._responses())


@dataclass(frozen=True)
class SetUpTotp(PersonChange):
    """VerifySoftwareToken: the person signs in with codes of this authenticator app from now on."""

    action = "set_up_totp"
    shows = False
    operation = "VerifySoftwareToken"
    phrase = "Checking the authenticator app"
    permission = Permission.USER_PASSWORD
    irreversible = True
    logged = "Set up an authenticator app in a login test"
    verb, past = "set up an authenticator app", "authenticator app set up"

    session: str = field(default="", repr=False)
    code: str = field(default="", repr=False)

    @property
    def next_session(self) -> str:
        """The session to go on in; "" until then, and when no answer came."""
        return str(self.__dict__.get("_session", ""))

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        self.__dict__["_session"] = gateway.set_up_totp(permit, self.session, self.code)
        return {"authenticator_app": "set up in a login test"}
