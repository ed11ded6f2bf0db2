"""The pool's password policy: what is wrong with a password, and new ones that are always right.

Sources: Cognito developer guide, "Adding user pool password requirements" (lengths, the exact set
of symbols, Basic Latin letters); the API's own pattern for passwords, which refuses every space.
"""

from __future__ import annotations

import string

from services.cognito.models import PasswordPolicy
from services.dictation import LENGTH, dictatable
from services.errors import InvalidValue
from services.words import counted, listed

SYMBOLS = frozenset("^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-")
"""Every character that Cognito counts as a symbol (a space counts too, but the API refuses it)."""

LONGEST = 256
"""Cognito takes no longer password."""

LOWEST_MINIMUM, HIGHEST_MINIMUM = 6, 99
"""Bounds of a policy's minimum length."""

_UPPER = frozenset(string.ascii_uppercase)
_LOWER = frozenset(string.ascii_lowercase)
_DIGITS = frozenset(string.digits)
_KNOWN = _UPPER | _LOWER | _DIGITS | SYMBOLS


def password_problems(password: str, policy: PasswordPolicy) -> list[str]:
    """Everything that keeps `password` from being accepted, as sentences; empty when it is fine.

    Password history and leaked-password checks happen in Cognito only and aren't seen here.
    """
    found: list[str] = []
    length = counted(len(password), "character")
    if len(password) < policy.minimum_length:
        found.append(f"The password has {length}; the pool wants at least {policy.minimum_length}.")
    if len(password) > LONGEST:
        found.append(f"The password has {length}; Cognito takes at most {LONGEST}.")
    used = frozenset(password)
    if any(character.isspace() for character in used):
        found.append("The password contains a space or a line break; take it out.")
    if any(character not in _KNOWN and not character.isspace() for character in used):
        found.append(
            "The password contains a character that Cognito doesn't take; "
            "use the letters A to Z, digits and common symbols."
        )
    needs = (
        (policy.uppercase, _UPPER, "an uppercase letter (A to Z)"),
        (policy.lowercase, _LOWER, "a lowercase letter (a to z)"),
        (policy.numbers, _DIGITS, "a digit"),
        (policy.symbols, SYMBOLS, "a symbol such as ! # % or ?"),
    )
    found += [f"The password needs {what}." for wanted, kind, what in needs if wanted and not used & kind]
    return found


def policy_sentence(policy: PasswordPolicy) -> str:
    """The policy in one sentence, for help texts."""
    parts = [
        what
        for wanted, what in (
            (policy.uppercase, "an uppercase letter"),
            (policy.lowercase, "a lowercase letter"),
            (policy.numbers, "a digit"),
            (policy.symbols, "a symbol"),
        )
        if wanted
    ]
    with_parts = f", with {listed(parts)}" if parts else ""
    return f"At least {policy.minimum_length} characters{with_parts}; no spaces."


def generate(policy: PasswordPolicy) -> str:
    """A new random password that satisfies `policy` and can be dictated (`services.dictation`).

    Longer where the policy asks for more. Raises `InvalidValue` for a policy that no password can satisfy.
    """
    if policy.minimum_length > LONGEST:
        raise InvalidValue(
            f"No password can have the {policy.minimum_length} characters this policy asks for."
        )
    return dictatable(max(policy.minimum_length, LENGTH))
