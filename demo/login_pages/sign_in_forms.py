"""The forms on the way in: password, new password, second factor; and what each answer leads to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import segno
from moto.cognitoidp.exceptions import UserNotFoundError
from moto.core.exceptions import JsonRESTError

from demo import accounts, devices, factors, password_recovery, sign_in_attempt
from demo.caller import CALLER
from demo.login_pages import looks
from demo.login_pages.looks import Form, field
from demo.login_pages.memory import KnownBrowser, Memory, Step
from demo.people import PASSWORD
from demo.pools import CUSTOMERS_ID, STAFF_ID
from demo.rules import check_attributes, check_password
from demo.sign_in_attempt import SignInAttempt
from demo.user_pool import AwsLikeClient, AwsLikePool
from demo.users import EMAIL, SMS, TOTP, AwsLikeUser, SentMessage

NEXT_STEPS = {
    "UserNotConfirmedException": "The account is not confirmed yet: its e-mail address has to be confirmed "
    "first, or somebody has to confirm it for you.",
    "PasswordResetRequiredException": "The password has been reset: choose “Forgot your password?” and use "
    "the code from the message.",
}
ABOUT_CODES = {
    TOTP: "The code from your authenticator app.",
    SMS: "The code from the text message that we have sent you.",
    EMAIL: "The code from the e-mail that we have sent you.",
}
FACTORS = {TOTP: "Authenticator app", SMS: "Text message", EMAIL: "E-mail"}
FORGOT = "forgot"
REMEMBER = "Remember this device: ask for no code on it (applications offer this, AWS's own pages don't)"


@dataclass(frozen=True, slots=True)
class Entered:
    """Let in. `known` is the name under which this browser is remembered, "" if it isn't."""

    user: AwsLikeUser
    known: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Not let in; the form says why and asks again."""

    form: Form


Outcome = Entered | Form | Refused


class SignInForms:
    """The forms for one visit; `known` names the browser if somebody had it remembered."""

    def __init__(self, pool: AwsLikePool, client: AwsLikeClient, memory: Memory, known: str = "") -> None:
        self._pool = pool
        self._client = client
        self._memory = memory
        self._known = memory.known.get(known)
        self._providers = self._offered()

    def first(self, refused: str = "", username: str = "") -> Form:
        """Username and password, and the other ways in that the application offers."""
        by_email = "email" in (self._pool.extended_config.get("UsernameAttributes") or [])
        label, complete = ("E-mail address", "email") if by_email else ("Username", "username")
        name = self._client.extended_config.get("ClientName") or self._client.id
        local = "COGNITO" in (self._client.extended_config.get("SupportedIdentityProviders") or ["COGNITO"])
        fields = [
            field("username", label, "text", username, complete),
            field("password", "Password", "password", "", "current-password"),
        ]
        return Form(
            title="Sign in",
            about=f"to {name}, with your account of {self._pool.name}",
            fields=fields if local else [],
            focus=1 if username else 0,
            button="Sign in" if local else "",
            refused=refused,
            note=self._hint() if local else looks.NOTE,
            choices=[(FORGOT, "Forgot your password?", "")] if local else [],
            providers=self._providers,
        )

    def go_on(self, sent: Mapping[str, str]) -> Outcome:
        """Judge what a form sent."""
        if "step" not in sent and sent.get("choice") == FORGOT:
            return self._forgot(sent.get("username", "").strip())
        if "step" not in sent:
            return self._password(sent.get("username", "").strip(), sent.get("password", ""))
        step = self._memory.steps.get(sent["step"])
        attempt = step.attempt if step else None
        fits = attempt and (attempt.pool, attempt.client) == (self._pool, self._client)
        there = attempt and self._pool.find(attempt.user.username) is attempt.user
        if step is None or not (fits and there and step.attempt.user.enabled):
            return Refused(self.first("This took too long. Please sign in again."))
        return self._judge(step, sent)

    def _judge(self, step: Step, sent: Mapping[str, str]) -> Outcome:
        judges: dict[str, Callable[[Mapping[str, str], SignInAttempt], Outcome]] = {
            "new-password": self._new_password,
            "set-up": self._set_up,
            "choose": self._chosen,
            "recover": self._recover,
        }
        judge = judges.get(step.kind)
        if judge is not None:
            return judge(sent, step.attempt)
        return self._code(sent, step.attempt, step.kind)

    def _password(self, username: str, password: str) -> Outcome:
        known = self._known
        try:
            attempt = sign_in_attempt.by_password(self._pool, self._client, username, password)
        except JsonRESTError as error:
            next_step = NEXT_STEPS.get(error.error_type, "")
            return Refused(self.first(f"{error.message} {next_step}".strip(), username))
        if known and (known.pool_id, known.username) == (self._pool.id, attempt.user.username):
            attempt.device = attempt.user.devices.get(known.device_key)
        if accounts.must_choose_password(attempt.user):
            return self._new_password_form(attempt)
        return self._second(attempt)

    def _new_password_form(self, attempt: SignInAttempt, refused: str = "") -> Form:
        missing = accounts.required_attributes(self._pool, attempt.user)
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
            step=self._step(attempt, "new-password"),
        )

    def _new_password(self, sent: Mapping[str, str], attempt: SignInAttempt) -> Outcome:
        password = sent.get("new_password", "")
        missing = accounts.required_attributes(self._pool, attempt.user)
        given = [{"Name": name, "Value": sent.get(f"attribute.{name}", "").strip()} for name in missing]
        if password != sent.get("again"):
            return Refused(self._new_password_form(attempt, "The two passwords differ."))
        if any(not attribute["Value"] for attribute in given):
            return Refused(self._new_password_form(attempt, "Please fill in every field."))
        try:
            check_password(self._pool.extended_config, password)
            check_attributes(self._pool.schema_attributes, given, creating=True)
        except JsonRESTError as error:
            return Refused(self._new_password_form(attempt, error.message))
        self._forget(sent)
        accounts.choose_password(attempt.user, password, given)
        return self._second(attempt)

    def _forgot(self, username: str) -> Form | Refused:
        user = self._pool.find(username)
        try:
            if user is None:
                raise UserNotFoundError("User does not exist.")
            sent, event = password_recovery.forgot(self._pool, user)
        except JsonRESTError as error:
            return Refused(self.first(f"No code can be sent: {error.message}", username))
        return self._recover_form(SignInAttempt(self._pool, self._client, user, event, message=sent))

    def _recover_form(self, attempt: SignInAttempt, refused: str = "") -> Form:
        return Form(
            title="Choose a new password",
            about="We have sent you a code.",
            fields=[
                field("code", "Code", "text", "", "one-time-code"),
                field("new_password", "New password", "password", "", "new-password"),
                field("again", "New password, once more", "password", "", "new-password"),
            ],
            button="Set password",
            refused=refused,
            step=self._step(attempt, "recover"),
            note=_instead_of(attempt.message),
        )

    def _recover(self, sent: Mapping[str, str], attempt: SignInAttempt) -> Refused | Form:
        password = sent.get("new_password", "")
        if password != sent.get("again"):
            return Refused(self._recover_form(attempt, "The two passwords differ."))
        try:
            password_recovery.choose(self._pool, attempt.user, sent.get("code", "").strip(), password)
        except JsonRESTError as error:
            return Refused(self._recover_form(attempt, error.message))
        self._forget(sent)
        return self.first("", attempt.user.username)

    # The second factor

    def _second(self, attempt: SignInAttempt) -> Entered | Form:
        """What follows a right password."""
        if attempt.must_set_up:
            attempt.user.new_totp_secret = factors.new_secret()
            return self._set_up_form(attempt)
        asked = attempt.factors()
        if not asked or attempt.device_suffices:
            return self._in(attempt)
        if len(asked) > 1:
            return self._choice_form(attempt)
        return self._ask_for_code(attempt, asked[0])

    def _set_up_form(self, attempt: SignInAttempt, refused: str = "") -> Form:
        secret = attempt.user.new_totp_secret
        address = f"otpauth://totp/{self._pool.id}:{attempt.user.id}?secret={secret}"
        return Form(
            title="Set up an authenticator app",
            about="A second factor is needed here. Scan the picture with an authenticator app, or type the "
            "secret into it; then enter the code that it shows.",
            fields=[field("code", "Code", "text", "", "one-time-code")],
            button="Set up and sign in",
            refused=refused,
            step=self._step(attempt, "set-up"),
            note=f"The secret is {secret}",
            picture=segno.make(address).svg_data_uri(scale=4),
        )

    def _set_up(self, sent: Mapping[str, str], attempt: SignInAttempt) -> Outcome:
        secret = attempt.user.new_totp_secret
        try:
            factors.check_totp(secret, sent.get("code", "").strip())
        except JsonRESTError:
            return Refused(self._set_up_form(attempt, "Code mismatch"))
        self._forget(sent)
        factors.keep_totp(attempt.user, secret, "")
        factors.prefer_totp(attempt.user)
        return self._in(attempt)

    def _choice_form(self, attempt: SignInAttempt, refused: str = "") -> Form:
        return Form(
            title="How do you want to get the code?",
            about="You have set up more than one way.",
            fields=[],
            button="",
            choices=[(factor, FACTORS[factor], "") for factor in attempt.factors()],
            refused=refused,
            step=self._step(attempt, "choose"),
        )

    def _chosen(self, sent: Mapping[str, str], attempt: SignInAttempt) -> Outcome:
        factor = sent.get("choice", "")
        if factor not in attempt.factors():
            return Refused(self._choice_form(attempt, "Please choose one of these."))
        self._forget(sent)
        return self._ask_for_code(attempt, factor)

    def _ask_for_code(self, attempt: SignInAttempt, factor: str) -> Form:
        attempt.send_code(factor)
        return self._code_form(attempt, factor)

    def _code_form(self, attempt: SignInAttempt, factor: str, refused: str = "") -> Form:
        secret = attempt.user.totp_secret.upper()
        note = f"The emulator's authenticator secret for this account is {secret}."
        if factor != TOTP:
            note = _instead_of(attempt.message)
        return Form(
            title="Enter the code",
            about=ABOUT_CODES[factor],
            fields=[field("code", "Code", "text", "", "one-time-code")],
            button="Sign in",
            refused=refused,
            step=self._step(attempt, factor),
            note=note,
            tick=REMEMBER if devices.configuration(self._pool) else "",
        )

    def _code(self, sent: Mapping[str, str], attempt: SignInAttempt, factor: str) -> Outcome:
        try:
            attempt.check_code(factor, sent.get("code", "").strip())
        except JsonRESTError:
            return Refused(self._code_form(attempt, factor, "Code mismatch"))
        self._forget(sent)
        return self._in(attempt, remember="tick" in sent)

    def _in(self, attempt: SignInAttempt, remember: bool = False) -> Entered:
        attempt.succeed()
        if not remember:
            return Entered(attempt.user)
        key = devices.offer(self._pool, attempt.user)["DeviceKey"]
        devices.add(attempt.user, key, CALLER.get().device, remembered=True)
        browser = KnownBrowser(self._pool.id, attempt.user.username, key)
        return Entered(attempt.user, self._memory.known.put(browser))

    # Parts

    def _step(self, attempt: SignInAttempt, kind: str) -> str:
        return self._memory.steps.put(Step(attempt, kind))

    def _forget(self, sent: Mapping[str, str]) -> None:
        self._memory.steps.take(sent.get("step", ""))

    def _offered(self) -> list[str]:
        """Providers that the client offers and the pool has."""
        named = self._client.extended_config.get("SupportedIdentityProviders") or []
        return [name for name in named if name in self._pool.identity_providers]

    def _hint(self) -> str:
        if self._pool.id not in (STAFF_ID, CUSTOMERS_ID):
            return looks.NOTE
        return f"{looks.NOTE} Unless somebody changed it, everybody's password is {PASSWORD}"


def _instead_of(message: SentMessage | None) -> str:
    """What stands on the form because nothing is sent."""
    return (
        f"The emulator sends nothing to {message.to}: the code is {message.code}." if message else looks.NOTE
    )
