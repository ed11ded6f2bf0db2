"""The checks about the pool: its login pages, what it can't send, its own functions, what was tried.

Sources: Cognito developer guide, "Configuring a user pool domain", "Managed login", "Customizing
user pool workflows with Lambda triggers", "Viewing and exporting user event history", "Advanced security with
threat protection" (it knows nothing of federated sign-in), "Lockout behavior for failed sign-in attempts";
service model, SmsConfigurationFailure, EmailConfigurationFailure, EventRiskType.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType

from services.cognito.actions.factors import APP
from services.cognito.models import UserDetail, UserPool, UserStatus
from services.cognito.person_reads import RISKY_DECISIONS, AuthEvent
from services.cognito.recovery import recovery_attributes
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
from services.login.explain_application import NO_APPLICATION, ours
from services.login.explain_facts import ASK_FACTORS, CheckedLink, Facts, LinkFix, titled
from services.login.explain_federated import providers_of
from services.login.explain_person import NOBODY, new_password, offer, recovery_by
from services.login.sign_in_flow import SignInFlow
from services.words import minute

POOL_PATH = "AWS console → Cognito → the pool"
DOMAIN_PATH = f"{POOL_PATH} → Branding → Domain"

TRIGGERS: Mapping[str, str] = MappingProxyType(
    {
        "PreAuthentication": "before each sign-in",
        "PostAuthentication": "after each sign-in, which fails when it does",
        "PreTokenGeneration": "when tokens are made",
        "PreTokenGenerationConfig": "when tokens are made",
        "DefineAuthChallenge": "in a sign-in of its own kind",
        "CreateAuthChallenge": "in a sign-in of its own kind, to ask something",
        "VerifyAuthChallengeResponse": "in a sign-in of its own kind, to judge the answer",
        "UserMigration": "for people who aren't in the pool yet",
        "PreSignUp": "when somebody registers, or comes through another provider for the first time",
        "PostConfirmation": "when somebody is confirmed, or comes through another provider for "
        "the first time",
        "InboundFederation": "each time somebody comes through another provider",
        "CustomMessage": "before a code or an invitation is sent, which fails when it does",
        "CustomEmailSender": "in place of AWS's e-mails: it may send none",
        "CustomSMSSender": "in place of AWS's text messages: it may send none",
    }
)
"""Every trigger by which a function can keep somebody out, and when it is called (service model,
LambdaConfigType; developer guide, "Customizing user pool workflows with Lambda triggers")."""


def domain(facts: Facts) -> CheckedLink:
    """Whether the pool has a domain for the hosted login pages, and it works."""
    key, title = titled("domain")
    if facts.application is None:
        return CheckedLink(not_applicable(key, title, NO_APPLICATION))
    if facts.flow is not SignInFlow.HOSTED:
        return CheckedLink(not_applicable(key, title, "The application doesn't use the hosted login page."))
    named = facts.pool.custom_domain or facts.pool.domain
    found = facts.domain
    if not named:
        return CheckedLink(
            failed(
                key,
                title,
                "The pool has no domain, so there is no hosted login page to sign in at.",
                f"{DOMAIN_PATH} → Actions → Create Cognito domain.",
                detail="Domain and CustomDomain are empty",
            ),
            ours("the application has no login page to sign in at"),
        )
    if isinstance(found, Unknown):
        sentence = (
            f"The pool names the domain {named}. Whether it works couldn't be checked here: {found.why}"
        )
        return CheckedLink(doubtful(key, title.open, sentence, found.next_step), unknown=True)
    if found is None:
        return CheckedLink(
            failed(
                key,
                title,
                f"The pool names the domain {named}, and AWS knows none of that name.",
                f"{DOMAIN_PATH}: delete it and create it again.",
            ),
            ours("the address of the login page isn't known to AWS"),
        )
    return _state_of(found, facts, key, title)


def _state_of(found: Domain, facts: Facts, key: str, title: Title) -> CheckedLink:
    if found.pool_id != facts.pool.id:
        return CheckedLink(
            failed(
                key,
                title,
                f"The domain {found.name} belongs to another pool ({found.pool_id}).",
                f"{DOMAIN_PATH}: give this pool a domain of its own.",
            ),
            ours("the address of the login page belongs to something else"),
        )
    if found.status in ("CREATING", "UPDATING"):
        return CheckedLink(
            doubtful(
                key,
                "The hosted login page is being set up",
                f"The domain {found.name} is being set up; until that is done the login page may not answer.",
                "Wait: a custom domain takes up to an hour.",
                detail=f"Status = {found.status}",
            ),
            "The login page is being set up at the moment; please try again in an hour.",
        )
    if found.status not in ("", "ACTIVE"):
        return CheckedLink(
            failed(
                key,
                title,
                f"The domain {found.name} doesn't work.",
                f"{DOMAIN_PATH}: look at its certificate and its DNS record, or create it again.",
                detail=f"Status = {found.status}",
            ),
            ours("the address of the login page doesn't work"),
        )
    return CheckedLink(
        passed(key, title, f"{found.name} is there.", detail=found.status or "no status given")
    )


def branding(facts: Facts) -> CheckedLink:
    """Whether managed login has a style for the client; its pages don't work without one."""
    key, title = titled("branding")
    if facts.application is None:
        return CheckedLink(not_applicable(key, title, NO_APPLICATION))
    if facts.flow is not SignInFlow.HOSTED:
        return CheckedLink(not_applicable(key, title, "The application doesn't use the hosted login page."))
    style, found = facts.branding, facts.domain
    if isinstance(found, Domain) and found.managed_login is False:
        return CheckedLink(
            not_applicable(key, title, "The classic hosted pages need none.", detail="version 1")
        )
    if style is None:
        return CheckedLink(not_reached(key, title, "Not reached: there is no login page."))
    if isinstance(style, Unknown):
        return CheckedLink(unchecked(key, title, style), unknown=True)
    if style:
        return CheckedLink(passed(key, title, "A managed login style is assigned to the app client."))
    sentence = "No managed login style is assigned to the app client"
    fix = f"{POOL_PATH} → Branding → Managed login → Create a style, and choose this app client."
    if not isinstance(found, Domain) or found.managed_login is None:
        sentence += ". If the domain shows managed login and not the classic pages, its page doesn't work."
        return CheckedLink(
            doubtful(key, title, sentence, fix),
            ours("the login page may have no style, and then can't be shown"),
        )
    return CheckedLink(
        failed(key, title, f"{sentence}, so its login page can't be shown.", fix),
        ours("the login page has no style, and so can't be shown"),
    )


def settings(facts: Facts) -> CheckedLink:
    """What the pool itself says about second factors, recovery and messages it can't send."""
    key, title = titled("pool")
    pool, mfa = facts.pool, facts.mfa
    if pool.sending_failure:
        return _not_sent(facts, key)
    if isinstance(mfa, Unknown):
        return CheckedLink(unchecked(key, title, mfa), unknown=True)
    if isinstance(mfa, MfaConfig) and mfa.mode == "ON" and not (mfa.sms or mfa.totp or mfa.email):
        return CheckedLink(
            failed(
                key,
                title,
                "The pool requires a second factor and offers none.",
                f"{POOL_PATH} → Sign-in → Multi-factor authentication: choose a method.",
                detail="MfaConfiguration = ON, no method",
            ),
            ours("a second factor is required, and none is on offer"),
        )
    by_code = [_CHANNELS[attribute] for attribute in recovery_attributes(pool)]
    how = f"a code by {' or '.join(by_code)}" if by_code else "an administrator only"
    mode = mfa.mode if isinstance(mfa, MfaConfig) else pool.mfa
    return CheckedLink(
        passed(
            key,
            title,
            f"Second factor: {_MODES.get(mode, mode)}. A forgotten password is recovered by {how}.",
            detail=f"MfaConfiguration = {mode}, AccountRecoverySetting = {' '.join(pool.recovery) or 'none'}",
        )
    )


def _not_sent(facts: Facts, key: str) -> CheckedLink:
    """Messages with which AWS reports trouble; the caller is told of those only that would go to them."""
    pool, user = facts.pool, facts.user
    theirs = {name for name in pool.unsent if user is None or user.attributes.get(name)}
    what = " and ".join(MESSAGES[name] for name in MESSAGES if name in theirs)
    return CheckedLink(
        doubtful(
            key,
            "The pool may not send all its messages",
            f"AWS reports trouble with sending {trouble(pool)}.",
            f"{POOL_PATH} → Authentication methods → Email or SMS.",
            detail=pool.sending_failure,
        ),
        f"Our {what} with codes and invitations may not go out at the moment." if what else "",
    )


MESSAGES = {"email": "e-mails", "phone_number": "text messages"}
"""What goes to each attribute."""


def trouble(pool: UserPool) -> str:
    """With which messages AWS reports trouble, and what that means where it says so (service model,
    SmsConfigurationFailure)."""
    what = " and ".join(MESSAGES[name] for name in MESSAGES if name in pool.unsent) or "messages"
    if "SNSSandbox" in pool.sending_failure:
        return f"{what}: the account is in the SMS sandbox, so they reach only the numbers verified there"
    return what


_MODES = {"OFF": "none", "OPTIONAL": "each person decides", "ON": "required"}
_CHANNELS = {"email": "e-mail", "phone_number": "SMS"}


def triggers(facts: Facts) -> CheckedLink:
    """Whether functions of the pool's owner have a say, which can't be seen from here."""
    key, title = titled("triggers")
    found = [name for name in TRIGGERS if name in facts.pool.triggers]
    if not found:
        return CheckedLink(
            not_applicable(key, title, "The pool calls no function that could refuse a sign-in.")
        )
    said = ", ".join(f"{name} ({TRIGGERS[name]})" for name in found)
    return CheckedLink(
        doubtful(
            key,
            title,
            f"Functions of the pool may refuse somebody: {said}. What they answer can't be seen here.",
            "If nothing else explains it, look at the function's log in CloudWatch at the time of the try.",
        ),
        unknown=True,
    )


_NO_SIGN_INS = frozenset({"SignUp", "ForgotPassword", "PasswordChange", "ResendCode"})
"""Events that are no tries to sign in (service model, EventType)."""


_LATELY = timedelta(days=7)
"""A try that failed longer ago says nothing about somebody who calls now."""


def events(facts: Facts) -> CheckedLink:
    """What became of their last tries, where the plan keeps that."""
    key, title = titled("events")
    if facts.user is None:
        return CheckedLink(not_reached(key, title, NOBODY))
    if facts.events is None:
        off = "threat protection is off, which its plan would allow."
        why = off if facts.pool.tier == "PLUS" else "that takes threat protection (Plus plan)."
        return CheckedLink(not_applicable(key, title, f"This pool doesn't keep what people tried: {why}"))
    if isinstance(facts.events, Unknown):
        return CheckedLink(unchecked(key, title, facts.events), unknown=True)
    tried = [event for event in facts.events if event.kind not in _NO_SIGN_INS]
    if tried:
        return _of_tries(tried, facts)
    if facts.user.status is UserStatus.EXTERNAL_PROVIDER:
        said = "Cognito keeps no tries of people who come through another provider."
        return CheckedLink(not_applicable(key, title, said))
    what = "No sign-in has" if facts.events else "Nothing has"
    if through := " or ".join(providers_of(facts.user)):
        said = (
            f"{what} been tried with a password lately; Cognito keeps those tries only, not those "
            f"through {through}."
        )
        return CheckedLink(passed(key, title.open, said))
    said = f"{what} been tried lately: the requests may not reach this pool."
    return CheckedLink(passed(key, title.open, said))


def _of_tries(tried: Sequence[AuthEvent], facts: Facts) -> CheckedLink:
    key, title = titled("events")
    wrong, newest = [event for event in tried if event.failed], tried[0]
    if not wrong:
        return CheckedLink(passed(key, title, f"The last one, {_when(newest, facts)}, worked."))
    last = wrong[0]
    if not newest.failed:
        said = (
            f"{len(wrong)} of the last {len(tried)} failed, but the newest, {_when(newest, facts)}, worked."
        )
        return CheckedLink(passed(key, title, said, detail=_told(last)))
    if since := _helped_since(newest, facts):
        said = (
            f"{len(wrong)} of the last {len(tried)} failed, but all of them before {since}, when that was "
            "mended here. Nothing has been tried since."
        )
        return CheckedLink(passed(key, title, said, detail=_told(last)))
    if last.at is not None and facts.at - last.at > _LATELY:
        return CheckedLink(
            doubtful(
                key,
                title.open,
                f"The last one, {_when(last, facts)}, failed; no sign-in has been tried since.",
                "Ask when they tried: what they do now may not reach this pool.",
                detail=_told(last),
            )
        )
    why, reply = _why(last, facts)
    return CheckedLink(
        doubtful(
            key,
            title,
            f"{len(wrong)} of the last {len(tried)} failed; "
            f"the newest {_when(last, facts)}{_where(last)}: {why}.",
            _after(last, facts),
            detail=_told(last),
        ),
        reply,
        _lost_app(facts) if "Mfa" in refused_in(last) else new_password(facts),
    )


def _after(last: AuthEvent, facts: Facts) -> str:
    """What to do after failed tries (developer guide, "Lockout behavior for failed sign-in attempts")."""
    if "Mfa" in refused_in(last):
        return (
            "After five wrong codes Cognito makes them wait, up to 15 minutes. Let them wait and try the "
            "newest code; if the phone with the app is lost, remove the app."
        )
    way_on = "try again, or set a password." if _no_code(facts) else "use “Forgot password”."
    return (
        f"After five wrong passwords Cognito makes them wait, up to 15 minutes. Let them wait, then {way_on}"
    )


def _helped_since(newest: AuthEvent, facts: Facts) -> str:
    """When that was mended here which the newest try failed for; empty where it wasn't, or before the try."""
    helped = [facts.helped[asked] for asked in refused_in(newest) if asked in facts.helped]
    if not helped or newest.at is None or max(helped) < newest.at:
        return ""
    return minute(max(helped), facts.zone)


def _lost_app(facts: Facts) -> tuple[LinkFix, ...]:
    """What helps against codes that don't fit: a look at their second factors, then removing a lost app."""
    user, known = facts.user, facts.second_factors
    if user is None or known is None:
        return (LinkFix("Look at their second factor", ASK_FACTORS),)
    return offer(user, facts.pool, "remove_authenticator") if _has_app(facts) else ()


def _has_app(facts: Facts) -> bool:
    known = facts.second_factors
    return isinstance(known, UserDetail) and APP in known.mfa_settings


def refused_in(event: AuthEvent) -> list[str]:
    """What was answered wrongly in a try: Password, Mfa."""
    return [name for name, answer in event.challenges if answer == "Failure"]


def _why(event: AuthEvent, facts: Facts) -> tuple[str, str]:
    """Why a try failed, and what to tell the caller."""
    refused = refused_in(event)
    # found in a leak without being blocked, the password wasn't what the try failed for
    if event.compromised and event.decision == "Block":
        return (
            "AWS knows the password from a leak",
            f"Your password is known from a leak elsewhere, and isn't taken any more; {_way_out(facts)}",
        )
    if "Password" in refused:
        return "the password was wrong", f"The password you typed last was wrong; {_way_out(facts)}"
    known = facts.second_factors
    if "Mfa" in refused and isinstance(known, UserDetail) and known.mfa_settings and not _has_app(facts):
        return (
            "the code was wrong",
            "The code you entered last was wrong; please use the newest one sent to you.",
        )
    if "Mfa" in refused:
        return (
            "the code was wrong",
            "The code you entered last was wrong; please check the time on your phone.",
        )
    if event.decision in RISKY_DECISIONS and not refused:
        return "AWS took it for risky", "Your last try looked unusual and was stopped."
    return "AWS doesn't say why", "Your last try was refused; please wait 15 minutes and try again."


def _way_out(facts: Facts) -> str:
    """What to tell somebody who doesn't know their password."""
    user = facts.user
    if user is not None and user.status is UserStatus.EXTERNAL_PROVIDER:
        return "you have none here, and sign in with the button for your own provider on the login page."
    if user is not None and user.status is UserStatus.FORCE_CHANGE_PASSWORD:
        return "it has to be the temporary one, and if you don't have it, we send or set another."
    if _no_code(facts):
        return "if you don't know it any more, we have to set one."
    return "please try “Forgot password”."


def _no_code(facts: Facts) -> bool:
    """Whether “Forgot password” leads nowhere (developer guide, "Managing user accounts")."""
    user = facts.user
    waits = user is not None and user.status is UserStatus.FORCE_CHANGE_PASSWORD
    return waits or bool(recovery_by(facts).problem)


def _when(event: AuthEvent, facts: Facts) -> str:
    return minute(event.at, facts.zone) if event.at else "at an unknown time"


def _where(event: AuthEvent) -> str:
    place = ", ".join(part for part in (event.city, event.country) if part)
    return f" from {place}" if place else ""


def _told(event: AuthEvent) -> str:
    asked = ", ".join(f"{name} {answer}" for name, answer in event.challenges)
    return f"{event.kind} {event.response}{f' ({asked})' if asked else ''}"
