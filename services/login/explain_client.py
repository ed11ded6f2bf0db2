"""The checks about the app client: is it there, does it let the application sign people in.

What each setting does: Cognito developer guide, "Application-specific settings with app clients",
"Authentication flows" and "Authorize endpoint"; API reference, UserPoolClientType.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from services.cognito.models import AppClient
from services.login.chain import doubtful, failed, not_applicable, not_reached, passed
from services.login.explain_access import CLIENT_PATH, LOCAL, NO_APPLICATION
from services.login.explain_model import WAYS, Check, Facts, Fix, Way
from services.login.known import Unknown
from services.words import lifetime

PAGES_PATH = f"{CLIENT_PATH} → Login pages"

# Without any flow set, a client has these (API reference, ExplicitAuthFlows). The names without
# ALLOW_ are older ones for the same.
DEFAULT_FLOWS = ("ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH")
FLOW_OF = {
    Way.PASSWORD: ("ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"),
    Way.SRP: ("ALLOW_USER_SRP_AUTH",),
    Way.ADMIN: ("ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"),
}
USUAL_SCOPES = ("email", "profile")


def ours(what: str) -> str:
    """The sentence for a caller who is stopped by a setting and not by their account."""
    return f"It is not your account: {what}, and we have to put that right."


Judge = Callable[[Facts, AppClient], Check]


def _about_client(key: str, title: str) -> Callable[[Judge], Callable[[Facts], Check]]:
    """A check that needs the client's settings: without them it is said that it wasn't made."""

    def decorate(judge: Judge) -> Callable[[Facts], Check]:
        @wraps(judge)
        def check(facts: Facts) -> Check:
            if facts.application is None:
                return Check(not_applicable(key, title, NO_APPLICATION))
            if isinstance(facts.client, AppClient):
                return judge(facts, facts.client)
            if facts.client_missing:
                return Check(not_reached(key, title, "Not reached: there is no such app client."))
            return Check(
                not_reached(key, title, "Couldn't be checked here: the app client's settings can't be read."),
                unknown=True,
            )

        return check

    return decorate


def client(facts: Facts) -> Check:
    """Whether the application's client is in the pool, and agrees about having a secret."""
    key, title = "client", "The application's app client is in the pool"
    application, found = facts.application, facts.client
    if application is None:
        return Check(not_applicable(key, title, NO_APPLICATION))
    if facts.client_missing:
        return Check(
            failed(
                key,
                title,
                f"The pool has no app client {application.client_id}: it was deleted, or is another pool's.",
                "An administrator enters the right one: Configuration → Applications.",
            ),
            ours(f"{application.name} names an app client that the pool doesn't have"),
            (Fix("Open the configuration", page="configuration"),),
        )
    if isinstance(found, Unknown):
        return Check(doubtful(key, title, found.sentence, found.next_step), unknown=True)
    if not isinstance(found, AppClient):
        return Check(not_reached(key, title))
    if found.has_secret != application.has_secret:
        one, other = ("has a secret", "none") if found.has_secret else ("has no secret", "one")
        return Check(
            doubtful(
                key,
                title,
                f"The app client {one}, and the console keeps {other} for {application.name}. If the "
                "application itself is set up like that, every sign-in ends with “invalid_client”.",
                "Correct it in Configuration → Applications, and look at the application's own setting.",
                detail=f"client {found.name or found.id}",
            ),
            fixes=(Fix("Open the configuration", page="configuration"),),
        )
    return Check(passed(key, title, f"“{found.name or found.id}” is there.", detail=found.id))


def _flows(client: AppClient) -> tuple[str, ...]:
    return client.auth_flows or DEFAULT_FLOWS


@_about_client("flow", "The client may sign people in this way")
def flow(facts: Facts, client: AppClient) -> Check:
    """Whether the flow that the application uses is switched on."""
    key, title = "flow", "The client may sign people in this way"
    if facts.way is Way.HOSTED:
        if not client.hosted:
            what, detail = "the hosted login pages are off", "AllowedOAuthFlowsUserPoolClient = false"
        elif "code" not in client.oauth_flows:
            what = "the authorization code grant is off"
            detail = f"AllowedOAuthFlows = {', '.join(client.oauth_flows) or 'none'}"
        else:
            return Check(passed(key, title, "The hosted login page with the authorization code grant is on."))
        return Check(
            failed(
                key,
                title,
                f"For this app client {what}, so nobody can sign in to {_name(facts)} there.",
                f"{PAGES_PATH} → Edit: OAuth grant types, choose “Authorization code grant”.",
                detail=detail,
            ),
            ours(f"for {_name(facts)} {what}"),
        )
    wanted = FLOW_OF[facts.way]
    if any(one in _flows(client) for one in wanted):
        return Check(passed(key, title, f"{wanted[0]} is on."))
    return Check(
        failed(
            key,
            title,
            f"{_name(facts)} signs people in through {WAYS[facts.way]}, and that flow is off for its app "
            "client: nobody can sign in so.",
            f"{CLIENT_PATH} → Edit → Authentication flows: choose {wanted[0]}.",
            detail=f"ExplicitAuthFlows = {', '.join(_flows(client))}",
        ),
        ours(f"the way in which {_name(facts)} signs people in is switched off"),
    )


@_about_client("callback", "The client sends people back to the application")
def callback(facts: Facts, client: AppClient) -> Check:
    """Whether the application's callback URL is one that the client allows."""
    key, title = "callback", "The client sends people back to the application"
    if facts.way is not Way.HOSTED:
        return Check(not_applicable(key, title, "Only the hosted login page sends people back."))
    wanted = facts.application.callback_url if facts.application else ""
    if not wanted:
        return Check(
            doubtful(
                key,
                title,
                f"The console doesn't know the address of {_name(facts)}, so nothing is compared.",
                "An administrator enters it: Configuration → Applications.",
                detail=f"allowed: {', '.join(client.callback_urls) or 'none'}",
            ),
            fixes=(Fix("Open the configuration", page="configuration"),),
            unknown=True,
        )
    if wanted in client.callback_urls:
        return Check(passed(key, title, f"{wanted} is allowed."))
    near = next((one for one in client.callback_urls if one.rstrip("/").lower() == wanted.lower()), "")
    hint = f" {near} is, and differs from it: every character counts." if near else ""
    return Check(
        failed(
            key,
            title,
            f"{wanted} is not among the callback URLs of the app client, so the login page ends with "
            f"“redirect_mismatch”.{hint}",
            f"{PAGES_PATH} → Allowed callback URLs: add {wanted}. Or correct the application's address in "
            "Configuration → Applications.",
            detail=f"allowed: {', '.join(client.callback_urls) or 'none'}",
        ),
        ours(f"the login page isn't allowed to send people back to {_name(facts)}"),
        (Fix("Open the configuration", page="configuration"),),
    )


@_about_client("scopes", "The client may ask for what it needs")
def scopes(facts: Facts, client: AppClient) -> Check:
    """Whether the scopes are there without which a sign-in gives nothing useful."""
    key, title = "scopes", "The client may ask for what it needs"
    if facts.way is not Way.HOSTED:
        return Check(not_applicable(key, title, "Scopes matter on the hosted login page only."))
    have = ", ".join(client.scopes) or "none"
    where = f"{PAGES_PATH} → OpenID Connect scopes"
    if "openid" not in client.scopes:
        return Check(
            failed(
                key,
                title,
                "The scope “openid” is not allowed: an application that asks for it gets “invalid_scope”, "
                "and without it there is no ID token.",
                f"{where}: add OpenID.",
                detail=f"AllowedOAuthScopes = {have}",
            ),
            ours(f"{_name(facts)} isn't allowed to ask who has signed in"),
        )
    lacking = [one for one in USUAL_SCOPES if one not in client.scopes]
    if lacking:
        names = " and ".join(f"“{one}”" for one in lacking)
        return Check(
            doubtful(
                key,
                title,
                f"The scope {names} is not allowed. If {_name(facts)} asks for it, the sign-in ends with "
                "“invalid_scope”.",
                f"{where}: add it, or see that the application doesn't ask for it.",
                detail=f"AllowedOAuthScopes = {have}",
            )
        )
    return Check(passed(key, title, f"Allowed: {have}."))


@_about_client("client-providers", "The client's providers are in the pool")
def providers(facts: Facts, client: AppClient) -> Check:
    """Whether the client offers some way to sign in, and each of them exists."""
    key, title = "client-providers", "The client's providers are in the pool"
    if facts.way is not Way.HOSTED:
        return Check(not_applicable(key, title, "Providers matter on the hosted login page only."))
    if not client.providers:
        return Check(
            failed(
                key,
                title,
                "The app client offers no way to sign in: neither the pool itself nor another provider.",
                f"{PAGES_PATH} → Identity providers: add the Cognito user pool.",
                detail="SupportedIdentityProviders is empty",
            ),
            ours(f"the login page of {_name(facts)} offers no way to sign in"),
        )
    offered = [one for one in client.providers if one != LOCAL]
    if not offered:
        return Check(passed(key, title, "People sign in with the pool's own accounts."))
    if isinstance(facts.providers, Unknown):
        return Check(doubtful(key, title, facts.providers.sentence, facts.providers.next_step), unknown=True)
    there = {one.name for one in facts.providers}
    gone = [one for one in offered if one not in there]
    if gone:
        return Check(
            doubtful(
                key,
                title,
                f"The app client offers {' and '.join(gone)}, which the pool doesn't have.",
                f"{PAGES_PATH} → Identity providers: remove it, or add the provider to the pool again.",
            )
        )
    return Check(passed(key, title, f"The pool has {', '.join(offered)}."))


@_about_client("lifetimes", "Tokens live long enough")
def lifetimes(_: Facts, client: AppClient) -> Check:
    """How long a sign-in lasts."""
    key, title = "lifetimes", "Tokens live long enough"
    said = (
        f"ID token {lifetime(client.id_token)}, access token {lifetime(client.access_token)}, "
        f"refresh token {lifetime(client.refresh_token)}; {client.auth_session_minutes} minutes "
        "for each question on the way."
    )
    if "ALLOW_REFRESH_TOKEN_AUTH" not in _flows(client) and not client.refresh_rotation:
        return Check(
            doubtful(
                key,
                title,
                "Nobody stays signed in longer than the access token lives "
                f"({lifetime(client.access_token)}): refreshing is off.",
                f"{CLIENT_PATH} → Edit → Authentication flows: choose ALLOW_REFRESH_TOKEN_AUTH.",
                detail=said,
            ),
            "You are signed out again and again, because the application can't renew your sign-in.",
        )
    short = min(client.id_token, client.access_token)
    if client.refresh_token <= short:
        return Check(
            doubtful(
                key,
                title,
                f"The refresh token ({lifetime(client.refresh_token)}) doesn't outlive the others, so people "
                "are signed out when it ends.",
                f"{CLIENT_PATH} → Edit: Refresh token expiration.",
                detail=said,
            )
        )
    return Check(passed(key, title, said))


def _name(facts: Facts) -> str:
    return facts.application.name if facts.application else "the application"
