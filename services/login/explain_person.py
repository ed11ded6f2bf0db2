"""The checks about the person: their name, their account, its status, what they would recover it with."""

from __future__ import annotations

from collections.abc import Callable

from services.cognito.actions import ConfirmUser, EnableUser, ResendInvitation, ResetPassword
from services.cognito.models import User, UserPool, UserStatus
from services.cognito.people import sign_in_name, sign_in_sentence, unverified_for_sign_in
from services.cognito.status import (
    READ_ONLY,
    STATUS_TEXTS,
    actions,
    invitation_expired,
    invitation_expiry,
)
from services.login.chain import doubtful, failed, not_applicable, not_reached, passed
from services.login.explain_model import Check, Facts, Fix
from services.login.lookup import names_that_work, same_name
from services.words import counted, minute

NOBODY = "Not looked at: there is nobody to look at."

TITLES = {
    "email": "e-mail address",
    "phone_number": "phone number",
    "preferred_username": "preferred username",
    "username": "username",
}


def offer(user: User, pool: UserPool, action: str, label: str) -> tuple[Fix, ...]:
    """The fix `action` if it makes sense for this person now, else none."""
    if actions(user, pool).get(action):
        return ()
    make = _CHANGES.get(action)
    return (Fix(label, action, (make(user),) if make else ()),)


_CHANGES: dict[str, Callable[[User], EnableUser | ConfirmUser | ResendInvitation | ResetPassword]] = {
    "enable_user": lambda user: EnableUser(user.ref),
    "confirm_user": lambda user: ConfirmUser(user.ref),
    "resend_invitation": lambda user: ResendInvitation(
        user.ref, delivery=("EMAIL",) if user.email else ("SMS",)
    ),
    "reset_password": lambda user: ResetPassword(user.ref),
}


def new_password(facts: Facts) -> tuple[Fix, ...]:
    """The ways to a new password that are open for this person now."""
    user, pool = facts.user, facts.pool
    if user is None:
        return ()
    code = offer(user, pool, "reset_password", "Send reset code")
    return code + offer(user, pool, "set_temporary_password", "Set password")


def name(facts: Facts) -> Check:
    """Whether somebody is there under the name that is typed, and can sign in by it."""
    key, title = "name", "There is such an account"
    found, pool, user = facts.found, facts.pool, facts.user
    if user is None:
        return _nobody(facts, key, title)
    works = names_that_work(user, pool)
    best = sign_in_name(user, pool)
    if not found.typed:
        return Check(passed(key, title, f"They sign in as {best}.", detail=f"sub {user.sub}"))
    if any(same_name(value, found.typed, pool) for value in works.values()):
        return Check(passed(key, title, f"There is an account that signs in as {found.typed}."))
    if case := _spelt_otherwise(facts, user):
        return Check(
            failed(
                key,
                title,
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
        return Check(passed(key, title, f"{found.typed} is the {TITLES[found.by]} of {best}."))
    what = TITLES.get(found.by, "ID")
    return Check(
        failed(
            key,
            title,
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
        for one in (user, *facts.found.others)
        for value in names_that_work(one, facts.pool).values()
        if value.casefold() == facts.found.typed.casefold()
    ]
    return " or ".join(dict.fromkeys(names))


def _nobody(facts: Facts, key: str, title: str) -> Check:
    found = facts.found
    if not found.typed:
        gone = "This person is not in the pool any more."
        fix = "If they still need an account, create it anew on the Users page."
        return Check(failed(key, title, gone, fix), "That account has been deleted.")
    sentence = f"Nobody in the pool has {found.typed} as username, e-mail address or phone number."
    if not found.everywhere:
        sentence += " In this large pool it was looked for as typed and in small letters only."
    reply = "I find no account under that name; please check how it is written."
    fix = f"{sign_in_sentence(facts.pool)} Ask how they write it, or create them on the Users page."
    if found.suggestions:
        alike = " or ".join(found.suggestions)
        fix = f"Much like it: {alike}. {fix}"
        reply = f"I find no account under that name; could it be {alike}?"
    return Check(failed(key, title, sentence, fix), reply, (Fix("Look among all users", page="users"),))


def duplicates(facts: Facts) -> Check:
    """Whether others share the name or the e-mail address."""
    key, title = "duplicates", "No other account is mixed up with it"
    user, others = facts.user, facts.found.others
    if user is None:
        return Check(not_reached(key, title, NOBODY))
    if not others:
        if not facts.found.everywhere:
            return Check(
                passed(
                    key,
                    title,
                    "No other account has this name or e-mail address, written so or in small letters.",
                    detail="The pool is too large to look for every other spelling here.",
                )
            )
        return Check(passed(key, title, "No other account has this name or e-mail address in any spelling."))
    best = sign_in_name(user, facts.pool)
    listed = ", ".join(
        f"{sign_in_name(one, facts.pool)} ({_standing(one)})" for one in sorted(others, key=_by_name)
    )
    many = counted(len(others), "more account has", "more accounts have")
    return Check(
        doubtful(
            key,
            title,
            f"{many} the same name or e-mail address: {listed}.",
            f"Ask which one they use. This is about {best}; disable or delete those that nobody needs.",
        ),
        f"There is more than one account with your e-mail address; please sign in as {best}.",
        (Fix("Look among all users", page="users"),),
    )


def enabled(facts: Facts) -> Check:
    """Whether the account is switched on."""
    key, title = "enabled", "The account is switched on"
    user = facts.user
    if user is None:
        return Check(not_reached(key, title, NOBODY))
    if user.enabled:
        return Check(passed(key, title, "It is enabled."))
    return Check(
        failed(
            key,
            title,
            "An operator or a program has disabled it, so every sign-in is refused, whatever the password.",
            "Find out why it was disabled (the person's Activity may say), then enable it.",
            detail="Enabled = false",
        ),
        "Your account has been switched off; it has to be enabled before you can sign in.",
        offer(user, facts.pool, "enable_user", "Enable"),
    )


def status(facts: Facts) -> Check:
    """What the status demands before the person can sign in."""
    key, title = "status", "Nothing has to be done first"
    user, pool = facts.user, facts.pool
    if user is None:
        return Check(not_reached(key, title, NOBODY))
    text = STATUS_TEXTS[user.status]
    match user.status:
        case UserStatus.CONFIRMED | UserStatus.EXTERNAL_PROVIDER:
            return Check(passed(key, title, text.meaning, detail=text.term))
        case UserStatus.UNCONFIRMED:
            return Check(
                failed(key, title, text.meaning, "Confirm the registration here.", detail=text.term),
                "Your registration was never finished: the code from the message was not entered.",
                offer(user, pool, "confirm_user", "Confirm registration"),
            )
        case UserStatus.RESET_REQUIRED:
            return Check(
                failed(
                    key, title, text.meaning, f"They: {text.next_step} Or set a password.", detail=text.term
                ),
                "Your old password no longer works; choose “Forgot password” when signing in, and set a new "
                "one with the code that you get.",
                offer(user, pool, "set_temporary_password", "Set password"),
            )
        case UserStatus.FORCE_CHANGE_PASSWORD:
            return Check(
                doubtful(key, title, text.meaning, f"They: {text.next_step}", detail=text.term),
                "You haven't signed in yet: use the temporary password from your invitation, and choose a "
                "password of your own when asked.",
                offer(user, pool, "resend_invitation", "Send invitation again"),
            )
    assert user.status in READ_ONLY  # noqa: S101 - the others stand above
    make = doubtful if user.status is UserStatus.UNKNOWN else failed
    return Check(
        make(key, title, text.meaning, "An administrator has to look at this user in AWS.", detail=text.term),
        "Your account is in a state that only an administrator can look into.",
    )


def temporary_password(facts: Facts) -> Check:
    """Whether the invitation's password has run out, by the pool's policy."""
    key, title = "temporary-password", "The temporary password still works"
    user, pool = facts.user, facts.pool
    if user is None:
        return Check(not_reached(key, title, NOBODY))
    expiry = invitation_expiry(user, pool.policy)
    if expiry is None:
        return Check(not_applicable(key, title, "They have no temporary password."))
    when = minute(expiry)
    days = f"{pool.policy.temporary_days} days in this pool; Cognito doesn't say when it was set, so this is "
    days += "estimated from the last change of the user"
    fixes = offer(user, pool, "resend_invitation", "Send invitation again")
    fixes += offer(user, pool, "set_temporary_password", "Set password")
    if not invitation_expired(user, pool.policy, facts.at):
        return Check(passed(key, title, f"It should work until about {when} ({days})."))
    return Check(
        failed(
            key,
            title,
            f"It has probably expired, about {when} ({days}).",
            "Send the invitation again, or set a new password.",
            detail=f"TemporaryPasswordValidityDays = {pool.policy.temporary_days}",
        ),
        "Your temporary password has most likely expired; you need a new invitation.",
        fixes,
    )


def _standing(user: User) -> str:
    word = STATUS_TEXTS[user.status].title.lower()
    return word if user.enabled else f"disabled, {word}"


def _by_name(user: User) -> str:
    return user.username.casefold()
