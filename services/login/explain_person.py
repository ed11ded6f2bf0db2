"""The checks about the person: name, account and status.

Sources: Cognito developer guide, "Customizing sign-in attributes" and "User pool case sensitivity"
(names), "Managing user accounts" (status, recovery), "Passwords, account recovery, and password policies"
(temporary passwords, recovery), "Importing users with a user migration Lambda trigger" and "Adding user pool
sign-in through a third party" (people who are not there yet; who comes through a provider is sent there and
types no name); API reference, UserType, AdminCreateUser, AccountRecoverySetting.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

from services.cognito.actions import OFFERS, Confirm
from services.cognito.identities import identities_in
from services.cognito.models import AppClient, User, UserDetail, UserPool, UserStatus
from services.cognito.people import (
    names_that_work,
    needs_verified,
    same_name,
    sign_in_name,
    sign_in_sentence,
    unverified_for_sign_in,
)
from services.cognito.recovery import Recovery, recovery_attributes, recovery_of
from services.cognito.sign_in import MfaConfig
from services.cognito.status import (
    READ_ONLY,
    STATUS_TEXTS,
    account_line,
    invitation_expired,
    invitation_expiry,
)
from services.directory.filtering import STATE_TITLES, state_of
from services.login.chain import (
    Title,
    Unknown,
    doubtful,
    failed,
    not_applicable,
    not_reached,
    passed,
)
from services.login.client_fixes import LOCAL
from services.login.explain_facts import CheckedLink, Facts, LinkFix, titled
from services.login.sign_in_flow import SignInFlow
from services.words import capital, counted, minute

NOBODY = "Not looked at: there is nobody to look at."

TITLES = {
    "email": "e-mail address",
    "phone_number": "phone number",
    "preferred_username": "preferred username",
    "username": "username",
}


def offer(user: User, pool: UserPool, action: str) -> tuple[LinkFix, ...]:
    """The fix `action` if it makes sense for this person now, else none."""
    offered = OFFERS[action]
    if offered.why_not(user, pool):
        return ()
    # a password has to be entered first
    changes = () if offered.confirm is Confirm.OWN else (offered.change_for(user),)
    return (LinkFix(offered.label, action, changes),)


def new_password(facts: Facts) -> tuple[LinkFix, ...]:
    """The ways to a new password that are open for this person now."""
    user, pool = facts.user, facts.pool
    if user is None:
        return ()
    code = () if recovery_by(facts).problem else offer(user, pool, "reset_password")
    return code + offer(user, pool, "set_temporary_password")


def name(facts: Facts) -> CheckedLink:
    """Whether somebody is there under the name that is typed, and can sign in by it."""
    key, title = titled("name")
    found, pool, user = facts.found, facts.pool, facts.user
    if user is None:
        return _nobody(facts, key, title)
    works = names_that_work(user, pool)
    best = sign_in_name(user, pool)
    if user.status is UserStatus.EXTERNAL_PROVIDER:
        said = f"Whoever it is comes through {_button(user)}, and types no name here."
        return CheckedLink(passed(key, title, said, detail=f"sub {user.sub}"))
    if not found.typed:
        return CheckedLink(passed(key, title, f"They sign in as {best}.", detail=f"sub {user.sub}"))
    if any(same_name(value, found.typed, pool) for value in works.values()):
        return CheckedLink(passed(key, title, f"There is an account that signs in as {found.typed}."))
    if case := _spelt_otherwise(facts, user):
        return CheckedLink(
            failed(
                key,
                "The account's name is spelt otherwise",
                f"The account is called {case}, and this pool tells capitals from small letters: "
                f"{found.typed} is nobody to it.",
                f"They have to type {case} exactly. For all others this stays so: a pool's case sensitivity "
                "can't be changed later.",
                detail="UsernameConfiguration.CaseSensitive = true",
            ),
            f"Please type your sign-in name exactly as {case}: capital and small letters make a difference.",
        )
    if found.by in unverified_for_sign_in(user, pool):
        # what has to be done about it is said at the link about verification
        return CheckedLink(passed(key, title, f"{found.typed} is the {TITLES[found.by]} of {best}."))
    what = TITLES.get(found.by, "ID")
    return CheckedLink(
        failed(
            key,
            "What they type is no sign-in name",
            f"{found.typed} is the {what} of {best}, and this pool lets nobody sign in with that.",
            f"They have to sign in as {best}. {sign_in_sentence(pool)} What people sign in with is fixed "
            "when a pool is made.",
        ),
        f"Please sign in as {best}; the {what} doesn't work as the sign-in name.",
    )


def _spelt_otherwise(facts: Facts, user: User) -> str:
    """The names that the pool knows and that differ from the typed one in case only; "" if there is none."""
    names = [
        value
        for person in (user, *facts.found.others)
        for value in names_that_work(person, facts.pool).values()
        if value.casefold() == facts.found.typed.casefold()
    ]
    return " or ".join(dict.fromkeys(names))


def _nobody(facts: Facts, key: str, title: Title) -> CheckedLink:
    found = facts.found
    if not found.typed:
        gone = "This person is not in the pool any more."
        fix = "If they still need an account, create it anew on the Users page."
        return CheckedLink(failed(key, title, gone, fix), "That account has been deleted.")
    sentence = f"Nobody in the pool has {found.typed} as username, e-mail address or phone number."
    if found.reason:
        sentence = f"Nobody is found under {found.typed}. {found.reason}"
    if not found.everywhere:
        sentence += " In this large pool it was looked for as typed and in small letters only."
    reply = "I find no account under that name; please check how it is written."
    fix = f"{sign_in_sentence(facts.pool)} Ask how they write it, or create them on the Users page."
    if not found.suggestions and (coming := _not_there_yet(facts, key)):
        return coming
    if found.suggestions:
        alike = " or ".join(found.suggestions)
        fix = f"Much like it: {alike}. {fix}"
        reply = f"I find no account under that name; could it be {alike}?"
    return CheckedLink(
        failed(key, title, sentence, fix), reply, (LinkFix("Look among all users", page="users"),)
    )


def _not_there_yet(facts: Facts, key: str) -> CheckedLink | None:
    """Nobody is there, and the first sign-in makes the account; None where it doesn't.

    A migration trigger is asked where the password itself is sent, and so not with SRP; a profile of
    another provider is made when somebody comes through it.
    """
    typed, client = facts.found.typed, facts.client
    if "UserMigration" in facts.pool.triggers and facts.flow is not SignInFlow.SRP:
        return CheckedLink(
            doubtful(
                key,
                "The account isn't in the pool yet",
                f"Nobody in the pool goes by {typed}. The pool's UserMigration function may know them: it is "
                "asked when they sign in with their password, or forgot it, and then makes the account.",
                "Let them sign in with the password that they had before. If it is refused, look at the "
                "function's log in CloudWatch, or create them on the Users page.",
                detail="LambdaConfig: UserMigration",
            ),
            "You have no account here yet; it is made when you sign in with the password that you had "
            "before.",
            (LinkFix("Look among all users", page="users"),),
            unknown=True,
        )
    offered = client.providers if isinstance(client, AppClient) and facts.flow is SignInFlow.HOSTED else ()
    if LOCAL in offered:
        return None
    if not isinstance(facts.providers, Unknown):
        there = {provider.name for provider in facts.providers}
        offered = tuple(name for name in offered if name in there)
    if not offered:
        return None
    names = " or ".join(offered)
    return CheckedLink(
        doubtful(
            key,
            "The account isn't in the pool yet",
            f"Nobody in the pool goes by {typed}. The application takes people through {names} only, and "
            "the account of somebody who comes through it for the first time is made then.",
            f"Let them use the button for {names} on the login page; trouble with it is solved there.",
            detail=f"SupportedIdentityProviders = {', '.join(offered)}",
        ),
        f"You have no account here yet; it is made when you use the button for {names} on the login page.",
        (LinkFix("Look among all users", page="users"),),
    )


def duplicates(facts: Facts) -> CheckedLink:
    """Whether others share the name or the e-mail address."""
    key, title = titled("duplicates")
    user, others = facts.user, facts.found.others
    if user is None:
        return CheckedLink(not_reached(key, title, NOBODY))
    if not others:
        if not facts.found.everywhere:
            return CheckedLink(
                passed(
                    key,
                    title,
                    "No other account has this name or e-mail address, written so or in small letters.",
                    detail="The pool is too large to look for every other spelling here.",
                )
            )
        return CheckedLink(
            passed(key, title, "No other account has this name or e-mail address in any spelling.")
        )
    best = sign_in_name(user, facts.pool)
    listed = ", ".join(
        f"{sign_in_name(other, facts.pool)} ({_standing(other, facts)})"
        for other in sorted(others, key=_by_name)
    )
    many = counted(len(others), "more account has", "more accounts have")
    return CheckedLink(
        doubtful(
            key,
            title,
            f"{many} the same name or e-mail address: {listed}.",
            f"Ask which one they use. This is about {best}; disable or delete those that nobody needs.",
        ),
        f"There is more than one account with your e-mail address; {_which(user, best)}.",
        (LinkFix("Look among all users", page="users"),),
    )


def _which(user: User, best: str) -> str:
    """How to come in by this account and not by one that is much like it."""
    if user.status is not UserStatus.EXTERNAL_PROVIDER:
        return f"please sign in as {best}"
    return f"this one opens with the button for {_button(user, 'your own provider')} on the login page"


def _button(user: User, else_called: str = "their own provider") -> str:
    """The providers that a federated person comes through."""
    providers = [identity.provider for identity in identities_in(user.attributes.get("identities", ""))]
    return " or ".join(providers) or else_called


def _invitation(user: User, pool: UserPool) -> tuple[LinkFix, ...]:
    """Sending the invitation again, unless AWS says that such messages don't go out at present."""
    unsent = ("email" if user.email else "phone_number") in pool.unsent
    return () if unsent else offer(user, pool, "resend_invitation")


def enabled(facts: Facts) -> CheckedLink:
    """Whether the account is switched on."""
    key, title = titled("enabled")
    user = facts.user
    if user is None:
        return CheckedLink(not_reached(key, title, NOBODY))
    if user.enabled:
        return CheckedLink(passed(key, title, "It is enabled."))
    return CheckedLink(
        failed(
            key,
            title,
            "An operator or a program has disabled it, so every sign-in is refused, whatever the password.",
            "Find out why it was disabled (the person's Activity may say), then enable it.",
            detail="Enabled = false",
        ),
        "Your account has been switched off; it has to be enabled before you can sign in.",
        offer(user, facts.pool, "enable_user"),
    )


def status(facts: Facts) -> CheckedLink:
    """What the status demands before the person can sign in."""
    key, title = titled("status")
    user, pool = facts.user, facts.pool
    if user is None:
        return CheckedLink(not_reached(key, title, NOBODY))
    text = STATUS_TEXTS[user.status]
    match user.status:
        case UserStatus.CONFIRMED | UserStatus.EXTERNAL_PROVIDER:
            return CheckedLink(passed(key, title, text.meaning, detail=text.term))
        case UserStatus.UNCONFIRMED:
            return CheckedLink(
                failed(key, title, text.meaning, "Confirm the registration here.", detail=text.term),
                "Your registration was never finished: it waits for the code from the message, or for us to "
                "confirm it.",
                offer(user, pool, "confirm_user"),
            )
        case UserStatus.RESET_REQUIRED:
            return _must_reset(facts, user)
        case UserStatus.FORCE_CHANGE_PASSWORD:
            # also of somebody of long standing (API reference, AdminSetUserPassword)
            told = (
                "Your password is still a temporary one: use the temporary password from your invitation or "
                "from us, and choose a password of your own when asked."
            )
            fix, expired = f"They: {text.next_step}", invitation_expired(user, pool.policy, facts.at)
            if expired:
                fix = "Send the invitation again, or set a new password."
            if expired is None:
                told = (
                    "Your password is still a temporary one, and may have run out: try the temporary "
                    "password from your invitation or from us. If it is refused, we send another."
                )
            return CheckedLink(
                doubtful(key, title, text.meaning, fix, detail=text.term),
                told,
                _invitation(user, pool) or offer(user, pool, "set_temporary_password"),
            )
    assert user.status in READ_ONLY  # noqa: S101 - the others stand above
    make = doubtful if user.status is UserStatus.UNKNOWN else failed
    return CheckedLink(
        make(key, title, text.meaning, "An administrator has to look at this user in AWS.", detail=text.term),
        "Your account is in a state that only an administrator can look into.",
    )


def _must_reset(facts: Facts, user: User) -> CheckedLink:
    """RESET_REQUIRED: a code brings a new password, where one can reach the person."""
    (key, title), text = titled("status"), STATUS_TEXTS[user.status]
    found = recovery_by(facts)
    stuck = found.problem
    fix = "Set a password: no code can reach them." if stuck else f"They: {text.next_step} Or set a password."
    fix = f"{fix} {found.doubt}".strip()
    reply = (
        "Your old password no longer works, and no code for a new one can be sent to you: we have to set one."
        if stuck
        else "Your old password no longer works; choose “Forgot password” when signing in, and set a new one "
        "with the code that you get."
    )
    fixes = offer(user, facts.pool, "set_temporary_password")
    return CheckedLink(failed(key, title, text.meaning, fix, detail=text.term), reply, fixes)


def temporary_password(facts: Facts) -> CheckedLink:
    """Whether the invitation's password has run out, by the pool's policy."""
    key, title = titled("temporary-password")
    user, pool = facts.user, facts.pool
    if user is None:
        return CheckedLink(not_reached(key, title, NOBODY))
    expiry = invitation_expiry(user, pool.policy)
    if expiry is None:
        return CheckedLink(not_applicable(key, title, "They have no temporary password."))
    lasts = counted(pool.policy.valid_days, "day")
    days = f"{lasts} in this pool, counted from when it was last known to be set"
    fixes = _invitation(user, pool) + offer(user, pool, "set_temporary_password")
    term = f"TemporaryPasswordValidityDays = {pool.policy.valid_days}"
    fix = "Send the invitation again, or set a new password."
    match invitation_expired(user, pool.policy, facts.at):
        case False:
            return CheckedLink(
                passed(key, title, f"It should work until {minute(expiry, facts.zone)} at least ({days}).")
            )
        case None:
            said = (
                f"Nobody here knows. The one that is known ran out {minute(expiry, facts.zone)} ({days}); "
                f"they were changed {minute(user.changed, facts.zone)}, which may have been an edit or "
                "another temporary password."
            )
            unknown = "It isn’t known whether the temporary password still works"
            return CheckedLink(doubtful(key, unknown, said, fix, detail=term), "", fixes)
        case True:
            return CheckedLink(
                failed(
                    key, title, f"It has expired, {minute(expiry, facts.zone)} ({days}).", fix, detail=term
                ),
                "Your temporary password has expired; you need a new one.",
                fixes,
            )


def _standing(user: User, facts: Facts) -> str:
    """How an account stands, within a sentence: "active", "invitation expired", "disabled"."""
    title = STATE_TITLES[state_of(user, facts.pool.policy, facts.at)]
    words = account_line(title, enabled=user.enabled)
    return words[0].lower() + words[1:]


def _by_name(user: User) -> str:
    return user.username.casefold()


def verified_name(facts: Facts) -> CheckedLink:
    """Whether e-mail and phone number are verified where signing in by them needs that."""
    key, title = titled("verified")
    user, pool = facts.user, facts.pool
    if user is None:
        return CheckedLink(not_reached(key, title, NOBODY))
    if user.status is UserStatus.EXTERNAL_PROVIDER:
        return CheckedLink(
            not_applicable(key, title, "They come through their provider, and type no name here.")
        )
    if not needs_verified(pool):
        names = " and ".join(
            f"{TITLES[name]}es" if name == "email" else f"{TITLES[name]}s"
            for name in ("email", "phone_number")
            if name in pool.username_attributes
        )
        why = f"{capital(names)} need not be verified to sign in with them in this pool."
        if not names:
            why = "Nobody signs in with an e-mail address in this pool, so it need not be verified for that."
        return CheckedLink(not_applicable(key, title, why))
    unusable = unverified_for_sign_in(user, pool)
    if not unusable:
        return CheckedLink(passed(key, title, "What they may sign in with is verified."))
    what = " and ".join(TITLES[attribute] for attribute in unusable)
    fixes = tuple(chain.from_iterable(offer(user, pool, _VERIFY[attribute]) for attribute in unusable))
    typed = facts.found.typed
    uses_it = bool(typed) and any(
        typed.casefold() == user.attributes[attribute].casefold() for attribute in unusable
    )
    works = " or ".join(dict.fromkeys(names_that_work(user, pool).values()))
    reply = f"Your {what} has not been verified, so it doesn't work for signing in; {works} does."
    sentence = f"Their {what} is not verified, so they can't sign in with it; {works} works."
    fix = f"Mark the {what} as verified if you know that it is theirs, or let them sign in as {works}."
    make = failed if uses_it else doubtful
    detail = ", ".join(f"{attribute}_verified = false" for attribute in unusable)
    return CheckedLink(make(key, title, sentence, fix, detail=detail), reply, fixes)


_VERIFY = {"email": "verify_email", "phone_number": "verify_phone"}


def recovery_by(facts: Facts) -> Recovery:
    """Where a code for a new password can reach the person, as far as was looked up: not where AWS reports
    trouble with sending (service model, SmsConfigurationFailure; EmailConfigurationFailure is deprecated)."""
    user, known, mfa = facts.user, facts.second_factors, facts.mfa
    if user is None:
        return Recovery()
    factors = known.mfa_settings if isinstance(known, UserDetail) else None
    pool, sent = facts.pool, None
    if isinstance(mfa, MfaConfig):
        pool = replace(pool, mfa=mfa.mode)
        sent = {name for name, on in (("email", mfa.email), ("phone_number", mfa.sms)) if on}
    found = recovery_of(user, pool, factors, sent)
    left = tuple(attribute for attribute in found.through if attribute not in pool.unsent)
    if found.through and not left:
        return Recovery(
            problem="AWS reports trouble with sending such a code in this pool; set a password instead."
        )
    return replace(found, through=left, unsure=tuple(name for name in found.unsure if name in left))


def recovery(facts: Facts) -> CheckedLink:
    """Whether a code for a new password can reach the person (see `recovery_by`).

    “Forgot password” is refused while a temporary password waits (developer guide, "Managing user
    accounts").
    """
    key, title = titled("recovery")
    user, pool = facts.user, facts.pool
    if user is None:
        return CheckedLink(not_reached(key, title, NOBODY))
    if user.status is UserStatus.EXTERNAL_PROVIDER:
        return CheckedLink(not_applicable(key, title, "They have no password here."))
    if user.status is UserStatus.FORCE_CHANGE_PASSWORD:
        return CheckedLink(
            not_applicable(
                key, title, "“Forgot password” works only once they have chosen a password of their own."
            )
        )
    found = recovery_by(facts)
    if not found.problem:
        where = " or ".join(f"their {TITLES[attribute]}" for attribute in found.through)
        unless = "" if found.sure else ", unless that is their second factor too"
        return CheckedLink(passed(key, title, f"A code can be sent to {where}{unless}."))
    needed = user.status is UserStatus.RESET_REQUIRED
    fixes: tuple[LinkFix, ...] = ()
    for attribute in recovery_attributes(pool):
        fixes += offer(user, pool, _VERIFY[attribute])
    fixes += offer(user, pool, "set_temporary_password")
    make = failed if needed else doubtful
    fix = "Mark the address verified if you know that it is theirs, or set a password."
    if not recovery_of(user, pool).problem:
        fix = "Set a password, or let them have their second factor somewhere else."
    return CheckedLink(
        make(key, title, found.problem, fix),
        "No code for a new password can be sent to you." if needed else "",
        fixes,
    )
