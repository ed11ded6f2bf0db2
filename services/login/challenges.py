"""Cognito's challenges as questions for people, and people's answers as Cognito wants them.

Names and keys are those of RespondToAuthChallenge (API reference). What can't be answered from here
is a dead end that says why.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from services.cognito.attributes import title_of
from services.cognito.sign_in import SignInAnswer
from services.errors import InvalidValue

LONGEST_ANSWER = 2_000
_PREFIX = "userAttributes."


class FieldKind(StrEnum):
    """How a field is asked for."""

    TEXT = "text"
    SECRET = "secret"  # noqa: S105 - a kind of field
    CODE = "code"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to type or choose. `options` are value → words; `optional` may stay empty."""

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    options: Mapping[str, str] = field(default_factory=dict)
    optional: bool = False


@dataclass(frozen=True, slots=True)
class SignInQuestion:
    """One step of a sign-in. `totp` is the address for an authenticator app (a secret: draw, don't keep).

    `changes` says what answering does to the person's account, "" when it changes nothing.
    """

    challenge: str
    title: str
    about: str
    fields: tuple[Field, ...] = ()
    changes: str = ""
    totp: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class DeadEnd:
    """A challenge that can't be answered from here."""

    challenge: str
    sentence: str
    fix: str


CODES = {
    "SMS_MFA": ("SMS_MFA_CODE", "Code from the text message"),
    "SMS_OTP": ("SMS_OTP_CODE", "Code from the text message"),
    "EMAIL_OTP": ("EMAIL_OTP_CODE", "Code from the e-mail"),
    "SOFTWARE_TOKEN_MFA": ("SOFTWARE_TOKEN_MFA_CODE", "Code from the authenticator app"),
}
WORDS = {
    "SMS_MFA": "A code by text message",
    "SMS_OTP": "A code by text message",
    "EMAIL_OTP": "A code by e-mail",
    "EMAIL_MFA": "A code by e-mail",
    "SOFTWARE_TOKEN_MFA": "A code from an authenticator app",
    "PASSWORD": "The password",
    "PASSWORD_SRP": "The password, proved by SRP",
    "WEB_AUTHN": "A passkey",
}
TITLES = {
    "NEW_PASSWORD_REQUIRED": "New password",
    "MFA_SETUP": "Setting up an authenticator app",
    "SELECT_MFA_TYPE": "Choice of the second factor",
    "SELECT_CHALLENGE": "Choice of the first step",
    "PASSWORD": "Password",
    "PASSWORD_SRP": "Password by SRP",
    "PASSWORD_VERIFIER": "Password by SRP",
    "DEVICE_SRP_AUTH": "Remembered device",
    "DEVICE_PASSWORD_VERIFIER": "Remembered device",
    "CUSTOM_CHALLENGE": "The pool's own question",
    **dict.fromkeys(CODES, "Second factor"),
}
_BY_PASSWORD = ("PASSWORD", "PASSWORD_SRP")


def title_of_challenge(name: str) -> str:
    """What a challenge is called on screen."""
    return TITLES.get(name, name.replace("_", " ").capitalize())


def question_of(asked: SignInAnswer) -> SignInQuestion | DeadEnd:
    """What to ask people for a challenge. MFA_SETUP gets its secret from the caller."""
    name = asked.challenge
    if name in CODES:
        return _code(asked)
    build = _BUILDERS.get(name)
    return build(asked) if build is not None else _unknown(asked)


def responses(question: SignInQuestion, typed: Mapping[str, str]) -> dict[str, str]:
    """The ChallengeResponses for what was typed. Raises `InvalidValue` naming the first bad field."""
    for asked in question.fields:
        value = typed.get(asked.name, "")
        if not value and not asked.optional:
            raise InvalidValue(f"“{asked.label}” is empty.", "Fill it in.", field=asked.name)
        if len(value) > LONGEST_ANSWER:
            raise InvalidValue(f"“{asked.label}” is too long.", field=asked.name)
        if asked.options and value not in asked.options:
            raise InvalidValue(f"“{asked.label}”: choose one of those offered.", field=asked.name)
        if asked.kind is FieldKind.CODE and not re.fullmatch(r"[0-9]{4,10}", value):
            raise InvalidValue("The code has digits only.", "Type it without spaces.", field=asked.name)
    if question.challenge == "NEW_PASSWORD_REQUIRED" and typed.get("NEW_PASSWORD") != typed.get("again"):
        raise InvalidValue("The two new passwords differ.", "Type the same twice.", field="again")
    wanted = {asked.name for asked in question.fields}
    return {name: value for name, value in typed.items() if name in wanted and name != "again" and value}


def missing_attributes(parameters: Mapping[str, str]) -> tuple[str, ...]:
    """Attributes that NEW_PASSWORD_REQUIRED wants along, without their prefix."""
    return tuple(name.removeprefix(_PREFIX) for name in _list(parameters.get("requiredAttributes", "")))


def factors_to_set_up(parameters: Mapping[str, str]) -> tuple[str, ...]:
    """The second factors that MFA_SETUP offers."""
    return _list(parameters.get("MFAS_CAN_SETUP", ""))


def setup_question(address: str) -> SignInQuestion:
    """The question of MFA_SETUP, once there is a secret for the app."""
    return SignInQuestion(
        "MFA_SETUP",
        TITLES["MFA_SETUP"],
        "The pool demands a second factor and the person has none. Scan this with an authenticator app, then "
        "type the code that it shows.",
        (Field("code", "Code from the app", FieldKind.CODE),),
        changes="From then on the person needs this authenticator app to sign in.",
        totp=address,
    )


def _code(asked: SignInAnswer) -> SignInQuestion:
    key, label = CODES[asked.challenge]
    to = asked.parameters.get("CODE_DELIVERY_DESTINATION", "")
    sent = f"Cognito has sent it to {to}." if to else "The person has it."
    if asked.challenge == "SOFTWARE_TOKEN_MFA":
        device = asked.parameters.get("FRIENDLY_DEVICE_NAME", "")
        sent = f"From the app “{device}”." if device else "From the app that the person has set up."
    return SignInQuestion(
        asked.challenge, title_of_challenge(asked.challenge), sent, (Field(key, label, FieldKind.CODE),)
    )


def _new_password(asked: SignInAnswer) -> SignInQuestion:
    missing = missing_attributes(asked.parameters)
    more = f" The pool also wants: {', '.join(map(title_of, missing))}." if missing else ""
    return SignInQuestion(
        asked.challenge,
        TITLES[asked.challenge],
        f"The password was a temporary one; Cognito wants a new one before it lets anybody in.{more}",
        (
            Field("NEW_PASSWORD", "New password", FieldKind.SECRET),
            Field("again", "New password, once more", FieldKind.SECRET),
            *(Field(f"{_PREFIX}{name}", title_of(name)) for name in missing),
        ),
        changes="This becomes the person's password, and the temporary one stops working.",
    )


def _choose_factor(asked: SignInAnswer) -> SignInQuestion | DeadEnd:
    offered = _list(asked.parameters.get("MFAS_CAN_CHOOSE", ""))
    if not offered:
        return _unknown(asked)
    options = {name: WORDS.get(name, name) for name in offered}
    about = "The person has several second factors. Which one?"
    fields = (Field("ANSWER", "Second factor", FieldKind.CHOICE, options),)
    return SignInQuestion(asked.challenge, TITLES[asked.challenge], about, fields)


def _choose_first(asked: SignInAnswer) -> SignInQuestion | DeadEnd:
    offered = [name for name in asked.available if name in (*_BY_PASSWORD, "EMAIL_OTP", "SMS_OTP")]
    if not offered:
        words = ", ".join(WORDS.get(name, name) for name in asked.available) or "nothing"
        return DeadEnd(
            asked.challenge,
            f"The person may begin with: {words}. None of it works from this console.",
            "Let the person try it themselves on the login page.",
        )
    fields = [Field("ANSWER", "Begin with", FieldKind.CHOICE, {name: WORDS[name] for name in offered})]
    if set(offered) & set(_BY_PASSWORD):
        label = "Password (if you begin with it)" if len(offered) > 1 else "Password"
        fields.append(Field("PASSWORD", label, FieldKind.SECRET, optional=True))
    left = [WORDS.get(name, name) for name in asked.available if name not in offered]
    more = f" Not from here: {', '.join(left).lower()}." if left else ""
    about = f"Cognito lets the person choose how to begin.{more}"
    return SignInQuestion(asked.challenge, TITLES[asked.challenge], about, tuple(fields))


def _password(asked: SignInAnswer) -> SignInQuestion:
    fields = (Field("PASSWORD", "Password", FieldKind.SECRET),)
    return SignInQuestion(asked.challenge, TITLES[asked.challenge], "Now the password.", fields)


def _device(asked: SignInAnswer) -> SignInQuestion:
    return SignInQuestion(
        asked.challenge,
        TITLES[asked.challenge],
        "The pool remembers devices and wants a known one. These three come from the application that "
        "confirmed the device.",
        (
            Field("DEVICE_KEY", "Device key"),
            Field("device_group_key", "Device group key"),
            Field("device_password", "Device password", FieldKind.SECRET),
        ),
    )


def _custom(asked: SignInAnswer) -> SignInQuestion:
    hidden = ("USERNAME", "USER_ID_FOR_SRP")
    told = [f"{name}: {value[:200]}" for name, value in asked.parameters.items() if name not in hidden]
    about = "A Lambda function of the pool asks." + (f" It says {'; '.join(told)}." if told else "")
    return SignInQuestion(
        asked.challenge, TITLES[asked.challenge], about, (Field("ANSWER", "Answer", FieldKind.SECRET),)
    )


def _setup(asked: SignInAnswer) -> DeadEnd:
    words = ", ".join(WORDS.get(name, name) for name in factors_to_set_up(asked.parameters)) or "something"
    return DeadEnd(
        asked.challenge,
        f"The pool demands a second factor that the person lacks. Offered for setting up: {words.lower()}; "
        "none of it can be set up from here.",
        "Let the person set it up at the login page, or give them a verified phone number or e-mail address.",
    )


def _unknown(asked: SignInAnswer) -> DeadEnd:
    what = WORDS.get(asked.challenge, asked.challenge)
    return DeadEnd(
        asked.challenge,
        f"Cognito now asks for {what}, which this console can't answer.",
        "Test the hosted login page instead, where the person can answer.",
    )


def _list(text: str) -> tuple[str, ...]:
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return ()
    return tuple(name for name in found if isinstance(name, str)) if isinstance(found, list) else ()


_BUILDERS = {
    "NEW_PASSWORD_REQUIRED": _new_password,
    "SELECT_MFA_TYPE": _choose_factor,
    "SELECT_CHALLENGE": _choose_first,
    "PASSWORD": _password,
    "PASSWORD_SRP": _password,
    "DEVICE_SRP_AUTH": _device,
    "CUSTOM_CHALLENGE": _custom,
    "MFA_SETUP": _setup,
}
