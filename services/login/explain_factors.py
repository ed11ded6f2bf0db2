"""The checks about second factors, and about what people prove themselves with first.

Sources: Cognito developer guide, "Adding MFA to a user pool" (federated people are left to their provider;
with a second factor only passwords are taken first; who has set up none) and "Authentication flows" (first
factors, with managed login only); API reference, AdminGetUserAuthFactors.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.cognito.actions.factors import APP
from services.cognito.models import User, UserDetail, UserStatus
from services.cognito.person_reads import FACTOR_TITLES, FIRST_TITLES
from services.cognito.sign_in import Domain, MfaConfig
from services.login.chain import (
    Title,
    Unknown,
    doubtful,
    failed,
    not_applicable,
    not_reached,
    passed,
    unchecked,
)
from services.login.explain_facts import ASK_FACTORS, CheckedLink, Facts, LinkFix, titled
from services.login.explain_person import NOBODY, offer
from services.login.sign_in_flow import SignInFlow
from services.people.second_factors import codes_due, that_count
from services.words import listed


def second_factor(facts: Facts) -> CheckedLink:
    """Whether the person has, or can get, the second factor that the pool asks for."""
    key, title = titled("second-factor")
    user, mfa = facts.user, facts.mfa
    if user is None:
        return CheckedLink(not_reached(key, title, NOBODY))
    if user.status is UserStatus.EXTERNAL_PROVIDER:
        return CheckedLink(not_applicable(key, title, "Their own provider asks for it, not this pool."))
    mode = mfa.mode if isinstance(mfa, MfaConfig) else facts.pool.mfa
    if mode == "OFF":
        return CheckedLink(not_applicable(key, title, "This pool asks for no second factor.", detail="OFF"))
    asked = facts.second_factors
    if isinstance(asked, Unknown):
        return CheckedLink(unchecked(key, title, asked), unknown=True)
    set_up = that_count(asked.mfa_settings if asked else (), mfa if isinstance(mfa, MfaConfig) else None)
    if asked is not None and set_up:
        names = ", ".join(FACTOR_TITLES.get(factor, factor) for factor in set_up)
        sentence = f"They have set up: {names}."
        fixes: tuple[LinkFix, ...] = ()
        if APP in set_up:
            sentence += " If the phone with the app is lost, remove the app."
            fixes = offer(user, facts.pool, "remove_authenticator")
        detail = f"preferred: {asked.preferred_mfa or 'none'}"
        return CheckedLink(passed(key, title, sentence, detail=detail), fixes=fixes)
    if mode == "ON" and isinstance(mfa, MfaConfig):
        return _required(facts, user, mfa, key, title)
    if asked is not None:
        none = "none that the pool asks for" if asked.mfa_settings else "none"
        return CheckedLink(passed(key, title, f"They have set up {none}, and the pool lets them do without."))
    required = "The pool requires one." if mode == "ON" else "The pool leaves it to each person to use one."
    return _not_asked(key, title, required)


def _required(facts: Facts, user: User, mfa: MfaConfig, key: str, title: Title) -> CheckedLink:
    """A second factor is required and none is known of."""
    if not (mfa.sms or mfa.email or mfa.totp):
        return CheckedLink(not_reached(key, title, "Not reached: the pool requires one and offers none."))
    codes = codes_due(user, facts.pool, mfa)
    if codes.sent:
        got = f"choose between {listed(codes.sent)}" if len(codes.sent) > 1 else f"get a {codes.sent[0]}"
        return CheckedLink(passed(key, title, f"The pool requires one; they {got}."))
    if codes.doubt:
        return CheckedLink(
            doubtful(
                key,
                "No code of the second factor may reach them",
                f"The pool requires a second factor, and nothing is known of theirs. {codes.doubt}",
                "Look at their second factors; add what is missing to their profile, on the user's page.",
                detail="MfaConfiguration = ON",
            ),
            "It may be that no code for signing in reaches you; if none comes, we have to add another way.",
            (LinkFix("Open their page", page="user"),),
        )
    if not mfa.totp:
        missing = " and no ".join(
            what for what, there in (("phone number", mfa.sms), ("e-mail address", mfa.email)) if there
        )
        return CheckedLink(
            failed(
                key,
                title,
                f"The pool requires a second factor, and they have no {missing} to send a code to.",
                "Add it to their profile, on the user's page.",
                detail="MfaConfiguration = ON",
            ),
            "Signing in needs a code that is sent to you, and we have nowhere to send it.",
            (LinkFix("Open their page", page="user"),),
        )
    if facts.second_factors is None:
        return _not_asked(key, title, "The pool requires one.")
    return CheckedLink(
        doubtful(
            key,
            "A second factor is still to be set up",
            "The pool requires a second factor and they have none yet: at the next sign-in they are asked to "
            "set up an authenticator app.",
            "They need the app at hand. An application with a sign-in form of its own must know how to set "
            "it up (challenge MFA_SETUP); the hosted login page does.",
        ),
        "You need an authenticator app: at the next sign-in you are asked to set it up.",
    )


def first_factor(facts: Facts) -> CheckedLink:
    """Whether the person has what is asked for first, where the pool offers more than passwords."""
    key, title = titled("first-factor")
    user, have = facts.user, facts.first_factors
    if user is None:
        return CheckedLink(not_reached(key, title, NOBODY))
    if not facts.pool.first_factors - {"PASSWORD"}:
        return CheckedLink(not_applicable(key, title, "Everybody signs in with a password in this pool."))
    if user.status is UserStatus.EXTERNAL_PROVIDER:
        return CheckedLink(not_applicable(key, title, "Their own provider asks for it, not this pool."))
    offered, also = ", ".join(sorted(facts.pool.first_factors)), _ways(sorted(facts.pool.first_factors))
    if have is None:
        return _not_asked(key, title, f"The pool offers more than passwords ({also}).")
    if isinstance(have, Unknown):
        return CheckedLink(unchecked(key, title, have), unknown=True)
    names = _ways(have)
    classic = isinstance(facts.domain, Domain) and facts.domain.managed_login is False
    asked = facts.flow is SignInFlow.CHOICE or (facts.flow is SignInFlow.HOSTED and not classic)
    if "PASSWORD" in have:
        return CheckedLink(passed(key, title, f"They have set up: {names}."))
    if have and _other_factors(facts):
        return _password_only(facts, user, names, key, title)
    if asked and have:
        return CheckedLink(passed(key, title, f"They have set up: {names}."))
    if not have:
        return CheckedLink(
            failed(
                key,
                title,
                f"They have set up nothing to sign in with, of all that the pool offers ({also}).",
                "Set a password.",
                detail=f"AllowedFirstAuthFactors = {offered}",
            ),
            "Your account has no password yet, nor anything else to sign in with; we have to set one.",
            offer(user, facts.pool, "set_temporary_password"),
        )
    return CheckedLink(
        failed(
            key,
            title,
            f"They have no password ({names} is set up), and the application asks for one.",
            "Let them use a login page of managed login, or set a password.",
            detail=f"AllowedFirstAuthFactors = {offered}",
        ),
        "You have no password with us; you sign in in another way, which this application doesn't offer.",
        offer(user, facts.pool, "set_temporary_password"),
    )


def _other_factors(facts: Facts) -> bool:
    """Whether they have a second factor, with which Cognito takes no code and no passkey in the first step
    (developer guide, "Adding MFA to a user pool"); a pool may let passkeys count as both."""
    known, mfa = facts.second_factors, facts.mfa
    config = mfa if isinstance(mfa, MfaConfig) else None
    mode = config.mode if config else facts.pool.mfa
    return mode != "OFF" and isinstance(known, UserDetail) and bool(that_count(known.mfa_settings, config))


def _password_only(facts: Facts, user: User, names: str, key: str, title: Title) -> CheckedLink:
    return CheckedLink(
        doubtful(
            key,
            title,
            f"They have no password ({names} is set up), and they have a second factor, with which Cognito "
            "takes a password only, unless the pool lets passkeys count as both.",
            "Set a password, or turn their second factor off where the pool lets them do without.",
        ),
        "You have a second factor, and with it only a password is taken; we have to set one.",
        offer(user, facts.pool, "set_temporary_password"),
    )


def _ways(factors: Iterable[str]) -> str:
    """Ways of the first step in words."""
    return ", ".join(FIRST_TITLES.get(factor, factor) for factor in factors)


def _not_asked(key: str, title: Title, sentence: str) -> CheckedLink:
    said = f"{sentence} Not looked at: asking for theirs counts this person as active this month."
    return CheckedLink(
        not_reached(key, title, said),
        fixes=(LinkFix("Look at their second factor", ASK_FACTORS),),
        unknown=True,
    )
