"""Where a code for a new password can go: one answer for menus, files, explanations and audits.

Sources: service model, AccountRecoverySetting (text messages don't qualify for somebody with SMS MFA, nor
e-mail for somebody with e-mail MFA; a pool that never set it prefers text messages, which go beside SMS MFA
too); developer guide, "SMS and email message MFA" (e-mail MFA needs the plan Essentials or Plus, and
messages sent through Amazon SES).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from services.cognito.models import User, UserPool
from services.cognito.status import is_verified

_USUAL = ("verified_phone_number", "verified_email")
_FACTORS = {"email": "EMAIL_OTP", "phone_number": "SMS_MFA"}
_TITLES = {"email": "e-mail address", "phone_number": "phone number"}


@dataclass(frozen=True, slots=True)
class Recovery:
    """Where a code for a new password can reach somebody.

    `through`: the attributes (`email`, `phone_number`) that it can go to. `unsure`: those of them to
    which it can't go if the codes of the person's second factor go there, which nobody has looked up.
    `problem`: why it can go nowhere, in a sentence; empty when it can.
    """

    through: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    problem: str = ""

    @property
    def sure(self) -> bool:
        """Whether a code reaches them, whatever their second factor is."""
        return len(self.through) > len(self.unsure)

    @property
    def doubt(self) -> str:
        """What isn't known, in a sentence, where that decides whether a code reaches them; else empty."""
        if self.sure or not self.through:
            return ""
        where = " or ".join(_TITLES[attribute] for attribute in self.unsure)
        return (
            f"A code can go to their {where}, unless they get the codes of their second factor there too; "
            "lists of people don't say that."
        )


def recovery_attributes(pool: UserPool) -> tuple[str, ...]:
    """What codes for a new password go to in this pool: `email` and `phone_number`, the preferred first.

    Empty where only an operator can set a password.
    """
    channels = pool.recovery or _USUAL
    return tuple(channel.removeprefix("verified_") for channel in channels if channel.startswith("verified_"))


def shared_with_factors(pool: UserPool, sent: Collection[str] | None = None) -> frozenset[str]:
    """Those of `recovery_attributes` to which no code goes, for people who get their second factor's there.

    `sent`: the attributes to which the pool sends codes of second factors (GetUserPoolMfaConfig); None
    while nobody has asked.
    """
    if pool.mfa == "OFF":
        return frozenset()
    impossible = {"email"} if pool.tier == "LITE" or pool.email_sender == "COGNITO_DEFAULT" else set()
    shared = {name for name in recovery_attributes(pool) if _rules_out(name, pool)} - impossible
    return frozenset(shared if sent is None else shared & set(sent))


def _rules_out(attribute: str, pool: UserPool) -> bool:
    """Whether a second factor through an attribute keeps codes for a new password from it."""
    return bool(pool.recovery) or attribute != "phone_number"


def recovery_of(
    user: User,
    pool: UserPool,
    factors: Collection[str] | None = None,
    sent: Collection[str] | None = None,
) -> Recovery:
    """Where a code for a new password can reach `user`.

    `factors`: what they have set up (`UserDetail.mfa_settings`); None where nobody has asked. `sent`: see
    `shared_with_factors`.
    """
    allowed = recovery_attributes(pool)
    if not allowed:
        return Recovery(
            problem="This pool lets nobody recover a password with a code; set a password instead."
        )
    verified = [name for name in _TITLES if name in allowed and is_verified(user, name)]
    if not verified:
        wanted = " or ".join(title for name, title in _TITLES.items() if name in allowed)
        return Recovery(
            problem=f"They have no verified {wanted} to send the code to; mark it verified or set a password."
        )
    if factors is None:
        shared = shared_with_factors(pool, sent)
        return Recovery(tuple(verified), tuple(name for name in verified if name in shared))
    left = [name for name in verified if _FACTORS[name] not in factors or not _rules_out(name, pool)]
    if left:
        return Recovery(tuple(left))
    return Recovery(
        problem="They get the codes of their second factor where the code for a new password would go, and "
        "Cognito sends none there; set a password instead."
    )
