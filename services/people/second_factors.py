"""What a person's second factors mean at the next sign-in.

Sources: Cognito developer guide, "Adding MFA to a user pool", "Working with user devices in your user
pool"; service model, AdminSetUserMFAPreference.
"""

from __future__ import annotations

from services.cognito.actions.factors import APP, EMAIL, SMS, no_second_factor, offered_factors
from services.cognito.models import User, UserPool
from services.cognito.person_reads import FACTOR_TITLES, PersonFactors
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
    if factors.mfa:
        return _asked_for(user, factors) + _remembered(pool)
    mode = mfa.mode if mfa else pool.mfa
    if mode != "ON":
        return "They have none: the password alone lets them in."
    sent = _sent(user, mfa)
    if sent:
        return f"They have set up none, and get a {sent} all the same."
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


def _sent(user: User, mfa: MfaConfig | None) -> str:
    if mfa is not None and mfa.sms and _address(user, SMS):
        return f"{FACTOR_TITLES[SMS]} sent to {_address(user, SMS)}"
    if mfa is not None and mfa.email and user.email:
        return f"{FACTOR_TITLES[EMAIL]} sent to {user.email}"
    return ""


def _remembered(pool: UserPool) -> str:
    return " On a device that is remembered the application may skip it." if pool.device_tracking else ""


def after_removal(user: User, pool: UserPool, mfa: MfaConfig | None, factors: PersonFactors) -> str:
    """What happens at the next sign-in once the authenticator app is removed."""
    left = tuple(name for name in factors.mfa if name != APP)
    preferred = factors.preferred if factors.preferred in left else ""
    return next_sign_in(user, pool, mfa, PersonFactors(left, preferred, factors.first))
