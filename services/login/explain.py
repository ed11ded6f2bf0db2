"""Why can't this user sign in? Every check in order, and the likeliest cause in one sentence.

The checks are pure: they look at `Facts` that were gathered once. The order is that of likelihood
for somebody who calls about one person: the person first, then what they are let into, then the
application and the pool.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from services.cognito.models import UserStatus
from services.login import explain_application as application
from services.login import explain_factors as factors
from services.login import explain_federated as federation
from services.login import explain_person as person
from services.login import explain_pool as pool
from services.login.chain import LinkState
from services.login.exit_codes import EXIT_CODES, LOOK, NOT_ALL_CHECKED, NOTHING_BLOCKS
from services.login.explain_facts import CheckedLink, Explanation, Facts

CHECKS: tuple[tuple[str, Callable[[Facts], CheckedLink]], ...] = (
    ("name", person.name),
    ("duplicates", person.duplicates),
    ("enabled", person.enabled),
    ("temporary-password", person.temporary_password),
    ("status", person.status),
    ("verified", person.verified_name),
    ("provider", federation.federated),
    ("allowed-group", application.group),
    ("role", application.role),
    ("first-factor", factors.first_factor),
    ("second-factor", factors.second_factor),
    ("recovery", person.recovery),
    ("client", application.client),
    ("flow", application.flow),
    ("callback", application.callback),
    ("scopes", application.scopes),
    ("client-providers", application.providers),
    ("lifetimes", application.lifetimes),
    ("domain", pool.domain),
    ("branding", pool.branding),
    ("pool", pool.settings),
    ("triggers", pool.triggers),
    ("events", pool.events),
)
"""Every check by its key, in order."""

# The newest try is the best witness when nothing blocks; where it isn't known, what they have to do.
_LIKELY = ("events", "status", "second-factor", "duplicates", "provider")


def explain(facts: Facts) -> Explanation:
    """All checks on `facts`, and the likeliest cause."""
    checks = tuple(_got_round(facts, check(facts)) for _, check in CHECKS)
    cause = _cause(checks)
    if cause is not None:
        return Explanation(facts, cause.reply or cause.link.sentence, checks, cause, cause.fixes)
    return Explanation(facts, _nothing_found(checks), checks, fixes=person.new_password(facts))


_OF_PASSWORDS = frozenset({"temporary-password", "status", "first-factor", "second-factor"})
_OF_NAMES = frozenset({"name", "verified"})
_WITH_PASSWORDS = frozenset(
    {UserStatus.CONFIRMED, UserStatus.FORCE_CHANGE_PASSWORD, UserStatus.RESET_REQUIRED}
)


def _got_round(facts: Facts, check: CheckedLink) -> CheckedLink:
    """A check about passwords and codes, which stop nobody who comes through a provider that their profile
    is linked with: Cognito leaves all of that to the provider (developer guide, "Adding MFA to a user
    pool" and "Linking federated users to an existing user profile")."""
    through = " or ".join(federation.open_through(facts))
    told = check.blocks or check.reply
    # a name is typed only where the application takes passwords as well
    spared = _OF_PASSWORDS if federation.takes_passwords(facts) else _OF_PASSWORDS | _OF_NAMES
    if not (through and told and check.link.key in spared):
        return check
    if facts.user is None or facts.user.status not in _WITH_PASSWORDS:
        return check
    said = f"{check.link.sentence} That doesn't matter when they come through {through}."
    link = replace(check.link, state=LinkState.DOUBTFUL, sentence=said)
    reply = (
        f"Please use the button for {through} on the login page: your account is linked with it, and it asks "
        "for no password or code of ours."
    )
    return replace(check, link=link, reply=reply)


def _cause(checks: tuple[CheckedLink, ...]) -> CheckedLink | None:
    """The first check that blocks; else the likeliest of those that have something to tell."""
    blocking = next((check for check in checks if check.blocks), None)
    if blocking is not None:
        return blocking
    telling = {check.link.key: check for check in checks if check.reply}
    # somebody who signs in elsewhere is told so even though nothing is wrong here
    order = [*_LIKELY, *(key for key in telling if key not in _LIKELY)]
    return next((telling[key] for key in order if key in telling), None)


def _nothing_found(checks: tuple[CheckedLink, ...]) -> str:
    recovery = next(check for check in checks if check.link.key == "recovery")
    way_out = (
        "use “Forgot password”."
        if recovery.link.state is LinkState.PASSED
        else "call again, and we set a new password."
    )
    return (
        "Everything that I can see is in order, so the password is probably mistyped; after five wrong ones "
        f"you have to wait, up to 15 minutes. Please wait, try once more, and if it fails, {way_out}"
    )


def exit_code(answer: Explanation) -> int:
    """0: nothing stands in the way; 2: nothing blocks, but there is something to look at; 3: nothing that
    could be checked stands in the way; otherwise the code of the link that blocks."""
    if answer.cause is not None and answer.cause.blocks:
        return EXIT_CODES[answer.cause.link.key]
    if answer.cause is not None:
        return LOOK
    return NOT_ALL_CHECKED if answer.unknown else NOTHING_BLOCKS
