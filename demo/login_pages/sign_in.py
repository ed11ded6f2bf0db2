"""One person's way through the login forms: password, new password or code, in."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from moto.cognitoidp.models import CognitoIdpUser, UserStatus
from moto.core.exceptions import JsonRESTError
from moto.core.utils import utcnow

from demo import sign_in as door
from demo.api_sign_in import MESSAGE_CODE, check_totp, totp_secret
from demo.login_pages import looks
from demo.login_pages.looks import Form, field
from demo.login_pages.memory import SignedIn, Step
from demo.people import PASSWORD
from demo.pools import CUSTOMERS_ID, STAFF_ID
from demo.rules import check_attributes, check_password

if TYPE_CHECKING:
    from demo.login_pages.application import Visit

NEXT_STEPS = {
    "UserNotConfirmedException": "The account is not confirmed yet: its e-mail address has to be confirmed "
    "first, or somebody has to confirm it for you.",
    "PasswordResetRequiredException": "The password has been reset: choose “forgot password” in the "
    "application and use the code from the message.",
}


@dataclass(frozen=True, slots=True)
class Refused:
    """Not let in; the form says why and asks again."""

    form: Form


class SignIn:
    """The forms for one visit."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._pool = visit.pool

    def first(self, refused: str = "", username: str = "") -> Form:
        """Username and password."""
        client = self._visit.client()
        name = username or self._visit.request.args.get("login_hint", "")
        by_email = "email" in (self._pool.extended_config.get("UsernameAttributes") or [])
        label, complete = ("E-mail address", "email") if by_email else ("Username", "username")
        return Form(
            title="Sign in",
            about=f"to {client.config.get('ClientName') or client.get_client_id()}, "
            f"with your account of {self._pool.name}",
            fields=[
                field("username", label, "text", name, complete),
                field("password", "Password", "password", "", "current-password"),
            ],
            focus=1 if name else 0,
            button="Sign in",
            refused=refused,
            note=self._hint(),
        )

    def go_on(self, sent: Mapping[str, str]) -> SignedIn | Form | Refused:
        """Judge what a form sent."""
        step = self._visit.memory.steps.get(sent.get("step", ""))
        if "step" not in sent:
            return self._password(sent.get("username", "").strip(), sent.get("password", ""))
        user = self._pool._get_user(step.username) if step else None
        fits = step and (step.pool_id, step.client_id) == (self._pool.id, self._client_id())
        if step is None or user is None or not fits or not user.enabled:
            return Refused(self.first("This took too long. Please sign in again."))
        return self._new_password(sent, user) if step.kind == "new-password" else self._code(sent, user)

    def _password(self, username: str, password: str) -> SignedIn | Form | Refused:
        client = self._visit.client().record
        try:
            user = door.check_password(self._pool, client, username, password)
        except JsonRESTError as error:
            words = error.message
            next_step = NEXT_STEPS.get(error.error_type, "")
            return Refused(self.first(f"{words} {next_step}".strip(), username))
        if door.must_choose_password(user):
            return self._new_password_form(user)
        return self._in_or_code(user)

    def _new_password_form(self, user: CognitoIdpUser, refused: str = "") -> Form:
        missing = door.required_attributes(self._pool, user)
        return Form(
            title="Choose a new password",
            about="The password that you were given was for the first time only.",
            fields=[
                field("new_password", "New password", "password", "", "new-password"),
                field("again", "New password, once more", "password", "", "new-password"),
                *(field(f"attribute.{name}", name.replace("_", " ").capitalize()) for name in missing),
            ],
            button="Set password and sign in",
            refused=refused,
            step=self._step(user, "new-password"),
        )

    def _new_password(self, sent: Mapping[str, str], user: CognitoIdpUser) -> SignedIn | Form | Refused:
        password = sent.get("new_password", "")
        missing = door.required_attributes(self._pool, user)
        given = [{"Name": name, "Value": sent.get(f"attribute.{name}", "").strip()} for name in missing]
        if password != sent.get("again"):
            return Refused(self._new_password_form(user, "The two passwords differ."))
        if any(not one["Value"] for one in given):
            return Refused(self._new_password_form(user, "Please fill in every field."))
        try:
            check_password(self._pool.extended_config, password)
            check_attributes(self._pool.schema_attributes, given, creating=True)
        except JsonRESTError as error:
            return Refused(self._new_password_form(user, error.message))
        self._forget(sent)
        user.update_attributes(given)
        user.password, user.status = password, UserStatus.CONFIRMED
        user.last_modified_date = utcnow()
        return self._in_or_code(user)

    def _in_or_code(self, user: CognitoIdpUser) -> SignedIn | Form:
        if self._pool.mfa_config == "OFF" or not (user.software_token_mfa_enabled or user.sms_mfa_enabled):
            return self._in(user)
        return self._code_form(user)

    def _code_form(self, user: CognitoIdpUser, refused: str = "") -> Form:
        from_app = user.software_token_mfa_enabled
        return Form(
            title="Enter the code",
            about="The code from your authenticator app."
            if from_app
            else "The code from the text message that we have sent you.",
            fields=[field("code", "Code", "text", "", "one-time-code")],
            button="Sign in",
            refused=refused,
            step=self._step(user, "code"),
            note=f"The emulator's authenticator secret for this account is {totp_secret(user).upper()}."
            if from_app
            else f"The emulator sends no text messages: the code is {MESSAGE_CODE}.",
        )

    def _code(self, sent: Mapping[str, str], user: CognitoIdpUser) -> SignedIn | Form | Refused:
        code = sent.get("code", "").strip()
        if user.software_token_mfa_enabled:
            try:
                check_totp(totp_secret(user), code)
            except JsonRESTError:
                return Refused(self._code_form(user, "Code mismatch"))
        elif code != MESSAGE_CODE:
            return Refused(self._code_form(user, "Code mismatch"))
        self._forget(sent)
        return self._in(user)

    def _in(self, user: CognitoIdpUser) -> SignedIn:
        return SignedIn(self._pool.id, user.username, int(time.time()))

    def _step(self, user: CognitoIdpUser, kind: str) -> str:
        return self._visit.memory.steps.put(Step(self._pool.id, self._client_id(), user.username, kind))

    def _forget(self, sent: Mapping[str, str]) -> None:
        self._visit.memory.steps.take(sent.get("step", ""))

    def _client_id(self) -> str:
        return self._visit.client().get_client_id()

    def _hint(self) -> str:
        if self._pool.id not in (STAFF_ID, CUSTOMERS_ID):
            return looks.NOTE
        return f"{looks.NOTE} Unless somebody changed it, everybody's password is {PASSWORD}"
