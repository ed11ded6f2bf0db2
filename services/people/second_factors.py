"""What a person's second factors mean at the next sign-in.

Sources: Cognito developer guide, "Adding MFA to a user pool" (with "Details of MFA logic at user runtime":
whoever has set up nothing gets a code where they have an address for one, but not where codes for a new
password go first) and "Working with user devices in your user pool"; service model,
AdminSetUserMFAPreference.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.cognito.actions.factors import APP, EMAIL, SMS, no_second_factor, offered_factors
from services.cognito.models import User, UserPool
from services.cognito.person_reads import FACTOR_TITLES, PersonFactors
from services.cognito.recovery import recovery_attributes
from services.cognito.sign_in import MfaConfig
from services.words import listed

DEMANDS = {
    "ON": "This pool requires a second factor of everybody.",
    "OPTIONAL": "This pool leaves it to each person whether they use a second factor.",
    "OFF": "This pool asks nobody for a second factor.",
}


def demand(pool: UserPool, mfa: MfaConfig | None) -> str:
    """What the pool asks for and offers; `mfa` is None where its settings can't be read."""
    if mfa is None:
        return DEMANDS.get(pool.mfa, DEMANDS["OFF"])
    said = DEMANDS.get(mfa.mode, DEMANDS["OFF"])
    offered = [FACTOR_TITLES[name] for name in offered_factors(mfa)]
    if mfa.mode == "OFF" or not offered:
        return said
    return f"{said} It offers: {', '.join(offered)}."


def next_sign_in(user: User, pool: UserPool, mfa: MfaConfig | None, factors: PersonFactors) -> str:
    """What happens at the next sign-in, in a sentence."""
    unused = no_second_factor(user, pool)
    if unused:
        return unused
    counting = that_count(factors.mfa, mfa)
    if counting:
        return _asked_for(user, PersonFactors(counting, factors.preferred)) + _remembered(pool)
    mode = mfa.mode if mfa else pool.mfa
    if mode != "ON":
        return "They have none: the password alone lets them in."
    codes = codes_due(user, pool, mfa) if mfa else DueCodes()
    if len(codes.sent) > 1:
        return f"They have set up none, and choose between {listed(codes.sent)}."
    if codes.sent:
        return f"They have set up none, and get a {codes.sent[0]} all the same."
    if codes.doubt:
        return f"They have set up none. {codes.doubt}"
    if mfa is None or mfa.totp:
        return "They have none: at the next sign-in they are asked to set up an authenticator app."
    return "They have none and nothing to send a code to: they can't sign in until their profile has it."


def _asked_for(user: User, factors: PersonFactors) -> str:
    if factors.preferred in factors.mfa:
        return f"They are asked for the {FACTOR_TITLES.get(factors.preferred, factors.preferred)}" + (
            f" sent to {_address(user, factors.preferred)}." if _address(user, factors.preferred) else "."
        )
    names = [FACTOR_TITLES.get(name, name) for name in factors.mfa]
    if len(names) == 1:
        return f"They are asked for the {names[0]}."
    return f"They choose between {listed(names)}."


def _address(user: User, factor: str) -> str:
    return {SMS: user.attributes.get("phone_number", ""), EMAIL: user.email}.get(factor, "")


def that_count(factors: Iterable[str], mfa: MfaConfig | None) -> tuple[str, ...]:
    """Those of a person's second factors that the pool hasn't switched off (API reference,
    SetUserPoolMfaConfig: a method that isn't configured is nobody's)."""
    off = set() if mfa is None else {APP, SMS, EMAIL} - set(offered_factors(mfa))
    return tuple(factor for factor in factors if factor not in off)


@dataclass(frozen=True, slots=True)
class DueCodes:
    """Codes for somebody who has set up nothing, where the pool requires a second factor.

    `sent`: what is sent and where ("code by SMS sent to +49…"), one, or several to choose from. `doubt`: why
    none may come though they have an address for it, in a sentence.
    """

    sent: tuple[str, ...] = ()
    doubt: str = ""


def codes_due(user: User, pool: UserPool, mfa: MfaConfig) -> DueCodes:
    """The codes that reach somebody who has set up no second factor, in a pool that requires one."""
    possible = [
        factor for factor in (SMS, EMAIL) if factor in offered_factors(mfa) and _address(user, factor)
    ]
    first = next(iter(recovery_attributes(pool)), "") if pool.recovery else ""
    kept = {"email": EMAIL, "phone_number": SMS}.get(first, "")
    free = [factor for factor in possible if factor != kept]
    if free or not possible:
        return DueCodes(tuple(f"{FACTOR_TITLES[factor]} sent to {_address(user, factor)}" for factor in free))
    return DueCodes(
        doubt=f"The {FACTOR_TITLES[kept]} would go where codes for a new password go first, and AWS says "
        "that it doesn't: they may be refused until they have another second factor."
    )


def _remembered(pool: UserPool) -> str:
    return " On a device that is remembered the application may skip it." if pool.device_tracking else ""


def after_removal(user: User, pool: UserPool, mfa: MfaConfig | None, factors: PersonFactors) -> str:
    """What happens at the next sign-in once the authenticator app is removed."""
    left = tuple(name for name in factors.mfa if name != APP)
    preferred = factors.preferred if factors.preferred in left else ""
    return next_sign_in(user, pool, mfa, PersonFactors(left, preferred, factors.first))
