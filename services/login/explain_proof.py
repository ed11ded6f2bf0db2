"""The checks about what people prove themselves with: a verified address, a way back, a second factor."""

from __future__ import annotations

from services.cognito.actions import mark_verified
from services.cognito.models import User, UserStatus
from services.cognito.people import needs_verified, unverified_for_sign_in
from services.cognito.sign_in_reads import MfaConfig
from services.cognito.status import is_verified, no_recovery
from services.login.chain import doubtful, failed, not_applicable, not_reached, passed
from services.login.explain_model import Check, Facts, Fix, Way
from services.login.explain_person import NOBODY, TITLES, offer
from services.login.known import Unknown
from services.login.lookup import names_that_work


def verified_name(facts: Facts) -> Check:
    """Whether e-mail and phone number are verified where signing in by them needs that."""
    key, title = "verified", "The e-mail address works as a sign-in name"
    user, pool = facts.user, facts.pool
    if user is None:
        return Check(not_reached(key, title, NOBODY))
    if not needs_verified(pool):
        why = "E-mail addresses need not be verified to sign in with them in this pool."
        if not pool.username_attributes:
            why = "Nobody signs in with an e-mail address in this pool, so it need not be verified for that."
        return Check(not_applicable(key, title, why))
    unusable = unverified_for_sign_in(user, pool)
    if not unusable:
        return Check(passed(key, title, "What they may sign in with is verified."))
    what = " and ".join(TITLES[one] for one in unusable)
    fixes = tuple(
        Fix(f"Mark {TITLES[one]} verified", _VERIFY[one], (mark_verified(user, one),)) for one in unusable
    )
    typed = facts.found.typed
    uses_it = bool(typed) and any(typed.casefold() == user.attributes[one].casefold() for one in unusable)
    works = " or ".join(dict.fromkeys(names_that_work(user, pool).values()))
    reply = f"Your {what} has not been verified, so it doesn't work for signing in; {works} does."
    sentence = f"Their {what} is not verified, so they can't sign in with it; {works} works."
    fix = f"Mark the {what} as verified if you know that it is theirs, or let them sign in as {works}."
    make = failed if uses_it else doubtful
    detail = ", ".join(f"{one}_verified = false" for one in unusable)
    return Check(make(key, title, sentence, fix, detail=detail), reply, fixes)


_VERIFY = {"email": "verify_email", "phone_number": "verify_phone"}


def recovery(facts: Facts) -> Check:
    """Whether a code for a new password can reach the person."""
    key, title = "recovery", "They can recover a forgotten password"
    user, pool = facts.user, facts.pool
    if user is None:
        return Check(not_reached(key, title, NOBODY))
    if user.status is UserStatus.EXTERNAL_PROVIDER:
        return Check(not_applicable(key, title, "They have no password here."))
    if user.status is UserStatus.FORCE_CHANGE_PASSWORD:
        return Check(
            not_applicable(
                key, title, "“Forgot password” works only once they have chosen a password of their own."
            )
        )
    problem = no_recovery(user, pool)
    if not problem:
        channels = [one for one in ("email", "phone_number") if is_verified(user, one)]
        where = " or ".join(f"their {TITLES[one]}" for one in channels)
        return Check(passed(key, title, f"A code can be sent to {where}."))
    needed = user.status is UserStatus.RESET_REQUIRED
    fixes: tuple[Fix, ...] = ()
    for attribute in ("email", "phone_number"):
        if f"verified_{attribute}" in (pool.recovery or ("verified_email", "verified_phone_number")):
            for fix in offer(user, pool, _VERIFY[attribute], f"Mark {TITLES[attribute]} verified"):
                fixes += (Fix(fix.label, fix.action, (mark_verified(user, attribute),)),)
    fixes += offer(user, pool, "set_temporary_password", "Set password")
    make = failed if needed else doubtful
    return Check(
        make(
            key, title, problem, "Mark the address verified if you know that it is theirs, or set a password."
        ),
        "No code for a new password can be sent to you, because your address is not verified."
        if needed
        else "",
        fixes,
    )


def second_factor(facts: Facts) -> Check:
    """Whether the person has, or can get, the second factor that the pool asks for."""
    key, title = "second-factor", "They have the second factor that is asked for"
    user, mfa = facts.user, facts.mfa
    if user is None:
        return Check(not_reached(key, title, NOBODY))
    if user.status is UserStatus.EXTERNAL_PROVIDER:
        return Check(not_applicable(key, title, "Their own provider asks for it, not this pool."))
    mode = mfa.mode if isinstance(mfa, MfaConfig) else facts.pool.mfa
    if mode == "OFF":
        return Check(not_applicable(key, title, "This pool asks for no second factor.", detail="OFF"))
    asked = facts.second_factors
    if isinstance(asked, Unknown):
        return Check(doubtful(key, title, asked.sentence, asked.next_step), unknown=True)
    if asked is not None and asked.mfa_settings:
        names = ", ".join(_FACTORS.get(one, one) for one in asked.mfa_settings)
        sentence = f"They have set up: {names}. If they have lost it, nobody but an administrator can help."
        return Check(passed(key, title, sentence, detail=f"preferred: {asked.preferred_mfa or 'none'}"))
    if mode == "ON" and isinstance(mfa, MfaConfig):
        return _required(facts, user, mfa, key, title)
    if asked is not None:
        return Check(passed(key, title, "They have set up none, and the pool lets them do without."))
    required = "The pool requires one." if mode == "ON" else "The pool leaves it to each person to use one."
    return _not_asked(key, title, required)


_FACTORS = {
    "SOFTWARE_TOKEN_MFA": "an authenticator app",
    "SMS_MFA": "a code by SMS",
    "EMAIL_OTP": "a code by e-mail",
}


def _required(facts: Facts, user: User, mfa: MfaConfig, key: str, title: str) -> Check:
    """A second factor is required and none is known of."""
    by_sms = mfa.sms and bool(user.attributes.get("phone_number"))
    by_email = mfa.email and bool(user.email)
    if by_sms or by_email:
        to = user.attributes.get("phone_number") if by_sms else user.email
        return Check(passed(key, title, f"The pool requires one; they get a code sent to {to}."))
    if not mfa.totp:
        missing = " and no ".join(
            what for what, there in (("phone number", mfa.sms), ("e-mail address", mfa.email)) if there
        )
        return Check(
            failed(
                key,
                title,
                f"The pool requires a second factor, and they have no {missing or 'way to get one'} to send "
                "a code to.",
                "Add it to their profile, on the user's page.",
                detail="MfaConfiguration = ON",
            ),
            "Signing in needs a code that is sent to you, and we have nowhere to send it.",
            (Fix("Open their page", page="user"),),
        )
    if facts.second_factors is None:
        return _not_asked(key, title, "The pool requires one.")
    return Check(
        doubtful(
            key,
            title,
            "The pool requires a second factor and they have none yet: at the next sign-in they are asked to "
            "set up an authenticator app.",
            "They need the app at hand. An application with a sign-in form of its own must know how to set "
            "it up (challenge MFA_SETUP); the hosted login page does.",
        ),
        "You need an authenticator app: at the next sign-in you are asked to set it up.",
    )


def first_factor(facts: Facts) -> Check:
    """Whether the person has what is asked for first, where the pool offers more than passwords."""
    key, title = "first-factor", "They have what they are asked for first"
    user, have = facts.user, facts.first_factors
    if user is None:
        return Check(not_reached(key, title, NOBODY))
    if not facts.pool.first_factors - {"PASSWORD"}:
        return Check(not_applicable(key, title, "Everybody signs in with a password in this pool."))
    if user.status is UserStatus.EXTERNAL_PROVIDER:
        return Check(not_applicable(key, title, "Their own provider asks for it, not this pool."))
    offered = ", ".join(sorted(facts.pool.first_factors))
    if have is None:
        return _not_asked(key, title, f"The pool offers more than passwords ({offered}).")
    if isinstance(have, Unknown):
        return Check(doubtful(key, title, have.sentence, have.next_step), unknown=True)
    names = ", ".join(have) or "nothing"
    if (facts.way is Way.HOSTED and have) or "PASSWORD" in have:
        return Check(passed(key, title, f"They have set up: {names}."))
    return Check(
        failed(
            key,
            title,
            f"They have no password ({names} is set up), and the application asks for one.",
            "Let them use the hosted login page, or set a password.",
            detail=f"AllowedFirstAuthFactors = {offered}",
        ),
        "You have no password with us; you sign in in another way, which this application doesn't offer.",
        offer(user, facts.pool, "set_temporary_password", "Set password"),
    )


def _not_asked(key: str, title: str, sentence: str) -> Check:
    said = f"{sentence} Not looked at: asking for theirs counts this person as active this month."
    return Check(
        not_reached(key, title, said),
        fixes=(Fix("Look at their second factor", "ask_second_factors"),),
        unknown=True,
    )
