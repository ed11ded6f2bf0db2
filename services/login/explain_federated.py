"""The check about people who come through an identity provider: whether the application lets them.

Sources: Cognito developer guide, "Adding user pool sign-in through a third party" and "Linking federated
users to an existing user profile"; API reference, AdminLinkProviderForUser.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.cognito.identities import gone_identities, identities_in
from services.cognito.models import AppClient, User, UserStatus
from services.cognito.sign_in import IdentityProvider
from services.login.chain import (
    Title,
    Unknown,
    doubtful,
    failed,
    not_reached,
    passed,
)
from services.login.client_fixes import (
    LOCAL,
    offer_provider,
)
from services.login.explain_application import CLIENT_PATH, by
from services.login.explain_facts import CheckedLink, Facts, titled
from services.login.explain_person import NOBODY, offer
from services.login.sign_in_flow import SignInFlow


def providers_of(user: User) -> tuple[str, ...]:
    """The providers that a person comes through: those of a federated profile, and those linked to it.

    Cognito lists both in `identities`, also on the profile of somebody who has a password here and was
    linked (developer guide, "Linking federated users to an existing user profile"). For a federated
    person without that attribute the username begins with the provider.
    """
    identities = identities_in(user.attributes.get("identities", ""))
    return tuple(dict.fromkeys(identity.provider for identity in identities))


def open_through(facts: Facts) -> tuple[str, ...]:
    """The providers by which a linked person gets in: linked, offered by the application's client on its
    login page (a form of its own has no buttons for them), and in the pool as far as is known."""
    user, client, known = facts.user, facts.client, facts.providers
    if user is None or not isinstance(client, AppClient) or facts.flow is not SignInFlow.HOSTED:
        return ()
    there = client.providers if isinstance(known, Unknown) else [provider.name for provider in known]
    return tuple(name for name in providers_of(user) if name in client.providers and name in there)


def takes_passwords(facts: Facts) -> bool:
    """Whether the application's login page takes the pool's own accounts, as far as is known."""
    return not isinstance(facts.client, AppClient) or LOCAL in facts.client.providers


def _provider_in_name(user: User) -> tuple[str, ...]:
    name, separator, _ = user.username.partition("_")
    return (name,) if separator and name else ()


def federated(facts: Facts) -> CheckedLink:
    """Whether they sign in here or at another provider, and whether the client lets them do so.

    A federated profile that was given a password is CONFIRMED and signs in both ways (API reference,
    AdminSetUserPassword), as a linked one does. Which providers a client offers counts on the login page
    only: the API takes local accounts all the same (API reference, SupportedIdentityProviders).
    """
    key, title = titled("provider")
    user = facts.user
    if user is None:
        return CheckedLink(not_reached(key, title, NOBODY))
    through = providers_of(user)
    if user.status is UserStatus.EXTERNAL_PROVIDER:
        return _elsewhere(facts, through or _provider_in_name(user), key, title)
    client = facts.client
    offered = client.providers if isinstance(client, AppClient) else ()
    open_to = open_through(facts)
    both = " or ".join(open_to)
    if offered and LOCAL not in offered and facts.flow is SignInFlow.HOSTED:
        return _through_others_only(facts, user, open_to, key, title)
    if open_to:
        return CheckedLink(
            passed(
                key, title, f"Their account is linked with {both}; they sign in through that, or by password."
            ),
            f"You can sign in through {both}, or with your password here.",
        )
    there = None if isinstance(facts.providers, Unknown) else [entry.name for entry in facts.providers]
    gone = () if there is None else gone_identities(user.attributes.get("identities", ""), there)
    if gone:
        return _link_leads_nowhere(gone[0].provider, key)
    return CheckedLink(passed(key, title, "They sign in with a password in this pool."))


def _link_leads_nowhere(provider: str, key: str) -> CheckedLink:
    return CheckedLink(
        doubtful(
            key,
            "Their account is linked with a provider that is gone",
            f"They get in by password. Through {provider}, which their account is linked with, nobody does: "
            "the pool has no provider of that name (any more).",
            "Nothing, unless they are to come that way again: then an administrator adds the provider again.",
        ),
        f"Please sign in with your password; signing in through {provider} is no longer connected.",
    )


def _through_others_only(
    facts: Facts, user: User, open_to: Sequence[str], key: str, title: Title
) -> CheckedLink:
    """Whether a local account gets in where the login page offers other providers only."""
    if open_to:
        both = " or ".join(open_to)
        return CheckedLink(
            passed(key, title, f"Their account is linked with {both}, and they get in through that."),
            f"Use the button for {both} on the login page: your account is linked with it, and that "
            "application takes no passwords of ours.",
        )
    client = facts.client
    offered = client.providers if isinstance(client, AppClient) else ()
    names = " or ".join(offered)
    if lost := [name for name in providers_of(user) if name in offered]:
        return _way_is_gone(" or ".join(lost), key, title)
    change = by(offer_provider(client, LOCAL)) if isinstance(client, AppClient) else ()
    return CheckedLink(
        failed(
            key,
            title,
            f"They have a password in this pool, and the app client takes people only through {names}.",
            f"{CLIENT_PATH} → Login pages → Identity providers: add the Cognito user pool. Or link their "
            "account with that provider.",
            detail=f"SupportedIdentityProviders = {', '.join(offered)}",
        ),
        f"That application only lets people in through {names}, and your account is not there.",
        change + offer(user, facts.pool, "link_identity"),
    )


def _elsewhere(facts: Facts, through: tuple[str, ...], key: str, title: Title) -> CheckedLink:
    """Somebody without a password here, who comes through the providers named (none: it can't be told)."""
    provider = " or ".join(through) or "another provider"
    return _kept_out(facts, through, provider, key, title) or CheckedLink(
        passed(
            key,
            title,
            f"They sign in through {provider} and have no password here; trouble with it is solved there.",
        ),
        f"You sign in through {provider}; please ask there about your password.",
    )


def _kept_out(
    facts: Facts, through: tuple[str, ...], provider: str, key: str, title: Title
) -> CheckedLink | None:
    """What keeps out somebody who comes through another provider; None where nothing does."""
    if facts.application is not None and facts.flow is not SignInFlow.HOSTED:
        return CheckedLink(
            failed(
                key,
                title,
                f"They sign in through {provider}, and the application asks for a password of this pool.",
                "People from another provider get in only through the hosted login page.",
                detail="EXTERNAL_PROVIDER users can't use the API flows",
            ),
            f"You have no password here; use the button for {provider} on the login page.",
        )
    client, known = facts.client, facts.providers
    if isinstance(client, AppClient) and client.providers and not _any_of(through, client.providers):
        return CheckedLink(
            failed(
                key,
                title,
                f"They sign in through {provider}, which the app client doesn't offer.",
                f"{CLIENT_PATH} → Login pages → Identity providers: add {provider}.",
                detail=f"SupportedIdentityProviders = {', '.join(client.providers)}",
            ),
            f"The application doesn't offer your way of signing in ({provider}); that has to be set up.",
            tuple(fix for name in _known_as(through, known) for fix in by(offer_provider(client, name))),
        )
    if not isinstance(known, Unknown) and not _any_of(through, [entry.name for entry in known]):
        return _way_is_gone(provider, key, title)
    return None


def _way_is_gone(provider: str, key: str, title: Title) -> CheckedLink:
    """The only way in is through a provider that the pool doesn't have."""
    return CheckedLink(
        failed(
            key,
            title,
            f"They sign in through {provider}, and the pool has no provider of that name (any more).",
            "AWS console → Cognito → the pool → Social and external providers.",
        ),
        f"Your way of signing in ({provider}) is no longer connected.",
    )


def _known_as(through: Iterable[str], known: tuple[IdentityProvider, ...] | Unknown) -> list[str]:
    """The pool's providers that the names stand for, whatever their capitals."""
    wanted = {name.casefold() for name in through}
    return [] if isinstance(known, Unknown) else [it.name for it in known if it.name.casefold() in wanted]


def _any_of(through: Iterable[str], offered: Iterable[str]) -> bool:
    """Whether one of them is offered; the name in a username may be written small (`google_…`)."""
    known = {name.casefold() for name in offered}
    return any(name.casefold() in known for name in through)
