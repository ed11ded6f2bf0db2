"""The checks about the way in: where they sign in, the group that opens the application, the role."""

from __future__ import annotations

import json

from services.cognito.actions import AddToGroup
from services.cognito.models import AppClient, User, UserStatus
from services.cognito.people import sign_in_name
from services.login.chain import doubtful, failed, not_applicable, not_reached, passed
from services.login.decision import decide
from services.login.explain_model import Check, Facts, Fix, Way
from services.login.explain_person import NOBODY
from services.login.known import Unknown

LOCAL = "COGNITO"
"""What AWS calls the pool itself among a client's identity providers."""

CLIENT_PATH = "AWS console → Cognito → the pool → App clients → this client"
NO_APPLICATION = "No application is chosen."


def provider_of_user(user: User) -> str:
    """The provider that a federated user comes through; "" when it can't be told."""
    try:
        linked = json.loads(user.attributes.get("identities", "[]"))
        return str(linked[0]["providerName"])
    except (ValueError, LookupError, TypeError):
        return user.username.partition("_")[0] if "_" in user.username else ""


def federated(facts: Facts) -> Check:
    """Whether they sign in here or at another provider, and whether the client lets them do so."""
    key, title = "provider", "The application lets them in where they sign in"
    user = facts.user
    if user is None:
        return Check(not_reached(key, title, NOBODY))
    if user.status is UserStatus.EXTERNAL_PROVIDER:
        return _elsewhere(facts, user, key, title)
    client = facts.client
    if isinstance(client, AppClient) and client.providers and LOCAL not in client.providers:
        names = " or ".join(client.providers)
        return Check(
            failed(
                key,
                title,
                f"They have a password in this pool, and the app client takes people only through {names}.",
                f"{CLIENT_PATH} → Login pages → Identity providers: add the Cognito user pool.",
                detail=f"SupportedIdentityProviders = {', '.join(client.providers)}",
            ),
            f"That application only lets people in through {names}, and your account is not there.",
        )
    return Check(passed(key, title, "They sign in with a password in this pool."))


def _elsewhere(facts: Facts, user: User, key: str, title: str) -> Check:
    provider = provider_of_user(user) or "another provider"
    if facts.application is not None and facts.way is not Way.HOSTED:
        return Check(
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
    if isinstance(client, AppClient) and client.providers and provider not in client.providers:
        return Check(
            failed(
                key,
                title,
                f"They sign in through {provider}, which the app client doesn't offer.",
                f"{CLIENT_PATH} → Login pages → Identity providers: add {provider}.",
                detail=f"SupportedIdentityProviders = {', '.join(client.providers)}",
            ),
            f"The application doesn't offer your way of signing in ({provider}); that has to be set up.",
        )
    if not isinstance(known, Unknown) and provider not in {one.name for one in known}:
        return Check(
            failed(
                key,
                title,
                f"They sign in through {provider}, and the pool has no provider of that name (any more).",
                "AWS console → Cognito → the pool → Social and external providers.",
            ),
            f"Your way of signing in ({provider}) is no longer connected.",
        )
    return Check(
        passed(
            key,
            title,
            f"They sign in through {provider} and have no password here; trouble with it is solved there.",
        ),
        f"You sign in through {provider}; please ask there about your password.",
    )


def group(facts: Facts) -> Check:
    """Whether they are in a group that the application lets in."""
    key, title = "allowed-group", "They are in a group that is let in"
    user, application, groups = facts.user, facts.application, facts.groups
    if application is None:
        return Check(not_applicable(key, title, NO_APPLICATION))
    if user is None:
        return Check(not_reached(key, title, NOBODY))
    if not application.allowed_groups:
        return Check(
            failed(
                key,
                title,
                f"{application.name} lets nobody in: no allowed groups are set for it in this console.",
                "Set them under Configuration → Applications.",
            ),
            f"{application.name} isn't opened to anybody yet; the people who run it have to name its groups.",
        )
    if isinstance(groups, Unknown):
        return Check(doubtful(key, title, groups.sentence, groups.next_step), unknown=True)
    through = decide(groups, application.allowed_groups, application.group_roles).admitted_by
    if through:
        return Check(passed(key, title, f"{application.name} lets them in through {', '.join(through)}."))
    wanted = " or ".join(application.allowed_groups)
    fix = Fix("Add to a group", "add_to_group", tuple(AddToGroup(user.ref, one) for one in _there(facts)))
    gone = _gone(facts)
    lacking = f" The pool has no group {' or '.join(gone)}." if gone else ""
    mine = ", ".join(groups) or "none"
    return Check(
        failed(
            key,
            title,
            f"{application.name} lets in {wanted}; {sign_in_name(user, facts.pool)} is in none of "
            f"them.{lacking}",
            f"Find out whether they are meant to use {application.name}; if so, add them to a group.",
            detail=f"their groups: {mine}",
        ),
        f"Your account has no access to {application.name} yet; somebody has to allow it.",
        (fix,) if fix.changes else (Fix("Look at the groups", page="groups"),),
    )


def _there(facts: Facts) -> list[str]:
    """The application's groups that the pool has, as far as is known."""
    application, existing = facts.application, facts.existing
    if application is None:
        return []
    return [one for one in application.allowed_groups if isinstance(existing, Unknown) or one in existing]


def _gone(facts: Facts) -> list[str]:
    there = _there(facts)
    return [one for one in facts.application.allowed_groups if one not in there] if facts.application else []


def role(facts: Facts) -> Check:
    """Whether their groups give them a role in the application."""
    key, title = "role", "They get a role"
    application, groups = facts.application, facts.groups
    if application is None:
        return Check(not_applicable(key, title, NO_APPLICATION))
    if facts.user is None:
        return Check(not_reached(key, title, NOBODY))
    if not application.group_roles:
        return Check(not_applicable(key, title, f"{application.name} has no roles by group."))
    if isinstance(groups, Unknown):
        return Check(doubtful(key, title, groups.sentence, groups.next_step), unknown=True)
    mine = decide(groups, application.allowed_groups, application.group_roles)
    if not mine.admitted:
        return Check(not_reached(key, title, "Not reached: they aren't let in."))
    if mine.roles:
        return Check(passed(key, title, f"As {', '.join(mine.roles)}."))
    return Check(
        doubtful(
            key,
            title,
            f"None of their groups gives a role in {application.name}: they get in, and may find it empty.",
            "Add them to a group with a role, or give their group one: Configuration → Applications.",
            detail=f"their groups: {', '.join(mine.groups) or 'none'}",
        ),
        f"You can sign in to {application.name}, but no role is assigned to you there.",
    )
