"""What AWS refuses and moto lets pass: names, attributes and temporary passwords.

Rules and limits are those of the Cognito API reference (AdminCreateUser, SchemaAttributeType,
PasswordPolicyType); messages follow AWS's where they are known.
"""

from __future__ import annotations

import re
import secrets
import string
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from moto.cognitoidp.exceptions import InvalidParameterException
from moto.core.exceptions import JsonRESTError

LONGEST_NAME = 128  # characters, of usernames and of group names
NAME_CATEGORIES = frozenset("LMSNP")  # letters, marks, symbols, numbers, punctuation: all but spaces
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PHONE = re.compile(r"\+[0-9]{1,15}")
SYMBOLS = frozenset("^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-")
PASSWORD_RULES = (
    ("RequireUppercase", str.isupper, "uppercase"),
    ("RequireLowercase", str.islower, "lowercase"),
    ("RequireNumbers", str.isdigit, "numeric"),
    ("RequireSymbols", SYMBOLS.__contains__, "symbol"),
)


class PasswordRefused(JsonRESTError):
    """InvalidPasswordException with the reason."""

    def __init__(self, reason: str) -> None:
        super().__init__("InvalidPasswordException", f"Password did not conform with policy: {reason}")


def check_name(field: str, name: str) -> None:
    """A username or group name: 1–128 characters, none of them a space or control character."""
    fits = 1 <= len(name) <= LONGEST_NAME
    if not fits or any(unicodedata.category(char)[0] not in NAME_CATEGORIES for char in name):
        raise InvalidParameterException(
            f"1 validation error detected: Value at '{field}' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+"
        )


def check_username(config: Mapping[str, Any], username: str) -> None:
    """A new user's name, by the pool's way of signing in."""
    check_name("username", username)
    signs_in_with = config.get("UsernameAttributes") or []
    is_email, is_phone = bool(EMAIL.fullmatch(username)), bool(PHONE.fullmatch(username))
    if signs_in_with:
        usable = ("email" in signs_in_with and is_email) or ("phone_number" in signs_in_with and is_phone)
        if not usable:
            names = {"email": "an email", "phone_number": "a phone number"}
            wanted = " or ".join(names[attribute] for attribute in sorted(signs_in_with))
            raise InvalidParameterException(f"Username should be {wanted}.")
    elif is_email and "email" in (config.get("AliasAttributes") or []):
        raise InvalidParameterException(
            "Username cannot be of email format, since user pool is configured for email alias."
        )


def check_attributes(
    schema: Mapping[str, Any], attributes: Sequence[Mapping[str, str]], *, creating: bool
) -> None:
    """Attributes to be written: known, changeable, of the right type and length."""
    for attribute in attributes:
        name, value = attribute["Name"], attribute.get("Value") or ""
        known = schema.get(name)
        if known is None:
            raise InvalidParameterException(
                f"Attributes did not conform to the schema: {name}: Attribute does not exist in the schema.\n"
            )
        if name == "sub" or not (creating or known.mutable):
            raise InvalidParameterException(f"user.{name}: Attribute cannot be updated.\n")
        problem = _problem(name, value, known) if value else ""
        if problem:
            raise InvalidParameterException(f"Attributes did not conform to the schema: {name}: {problem}\n")


def _problem(name: str, value: str, known: Any) -> str:
    if name == "email" and not EMAIL.fullmatch(value):
        return "Invalid email address format."
    if name == "phone_number" and not PHONE.fullmatch(value):
        return "Invalid phone number format."
    if known.data_type == "String":
        limits = known.string_constraints or {}
        least, most = int(limits.get("MinLength") or 0), int(limits.get("MaxLength") or 2048)
        if not least <= len(value) <= most:
            return f"String must be {least} to {most} characters long."
    if known.data_type == "Number":
        limits = known.number_constraints or {}
        if not re.fullmatch(r"-?[0-9]+", value):
            return "Not a number."
        lowest, highest = limits.get("MinValue"), limits.get("MaxValue")
        if (lowest and int(value) < int(lowest)) or (highest and int(value) > int(highest)):
            return "The number is out of range."
    return ""


def new_password(config: Mapping[str, Any]) -> str:
    """A temporary password that fits any policy of this length."""
    length = int(config.get("Policies", {}).get("PasswordPolicy", {}).get("MinimumLength", 8))
    letters = string.ascii_letters + string.digits
    return "Aa1!" + "".join(secrets.choice(letters) for _ in range(max(length, 12) - 4))


def check_password(config: Mapping[str, Any], password: str) -> None:
    """A password by the pool's policy, symbols as AWS counts them."""
    policy = config.get("Policies", {}).get("PasswordPolicy", {})
    if len(password) < int(policy.get("MinimumLength", 8)):
        raise PasswordRefused("Password not long enough")
    for rule, has, kind in PASSWORD_RULES:
        if policy.get(rule) and not any(has(char) for char in password):
            raise PasswordRefused(f"Password must have {kind} characters")
