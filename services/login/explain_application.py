"""The checks about the application: who is let in, and whether its app client can sign people in.

What each setting does: Cognito developer guide, "Application-specific settings with app clients",
"Authentication flows" and "Authorize endpoint"; API reference, UserPoolClientType.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from services.cognito.actions import OFFERS, AddToGroup, UpdateClient
from services.cognito.models import AppClient
from services.cognito.people import sign_in_name
from services.login.chain import (
    Unknown,
    decide,
    doubtful,
    failed,
    not_applicable,
    not_reached,
    passed,
    unchecked,
)
from services.login.client_fixes import (
    LOCAL,
    ClientFix,
    allow_callback,
    allow_flow,
    allow_scopes,
    offer_provider,
    stop_offering,
    use_login_pages,
)
from services.login.client_flows import allows, flows_of
from services.login.explain_facts import CHECK_TITLES, CheckedLink, Facts, LinkFix, titled
from services.login.explain_person import NOBODY
from services.login.sign_in_flow import FLOWS, SignInFlow
from services.words import counted, lifetime

CLIENT_PATH = "AWS console → Cognito → the pool → App clients → this client"
NO_APPLICATION = "No application is chosen."


def group(facts: Facts) -> CheckedLink:
    """Whether they are in a group that the application lets in."""
    key, title = titled("allowed-group")
    user, application, groups = facts.user, facts.application, facts.groups
    if application is None:
        return CheckedLink(not_applicable(key, title, NO_APPLICATION))
    if user is None:
        return CheckedLink(not_reached(key, title, NOBODY))
    if not application.allowed_groups:
        return CheckedLink(
            failed(
                key,
                "The application lets nobody in",
                f"{application.name} lets nobody in: no allowed groups are set for it in this console.",
                "Set them under Configuration → Applications.",
            ),
            f"{application.name} isn't opened to anybody yet; the people who run it have to name its groups.",
        )
    if isinstance(groups, Unknown):
        return CheckedLink(unchecked(key, title, groups), unknown=True)
    through = decide(groups, application.allowed_groups, application.group_roles).admitted_by
    if through:
        return CheckedLink(
            passed(key, title, f"{application.name} lets them in through {', '.join(through)}.")
        )
    wanted = " or ".join(application.allowed_groups)
    joining = tuple(AddToGroup(user.ref, group) for group in _there(facts))
    fix = LinkFix(OFFERS[AddToGroup.action].label, AddToGroup.action, joining)
    gone = _gone(facts)
    lacking = f" The pool has no group {' or '.join(gone)}." if gone else ""
    mine = ", ".join(groups) or "none"
    return CheckedLink(
        failed(
            key,
            title,
            f"{application.name} lets in {wanted}; {sign_in_name(user, facts.pool)} is in none of "
            f"them.{lacking}",
            f"Find out whether they are meant to use {application.name}; if so, add them to a group.",
            detail=f"their groups: {mine}",
        ),
        f"Your account has no access to {application.name} yet; somebody has to allow it.",
        (fix,) if fix.changes else (LinkFix("Look at the groups", page="groups"),),
    )


def _there(facts: Facts) -> list[str]:
    """The application's groups that the pool has, as far as is known."""
    application, existing = facts.application, facts.existing
    if application is None:
        return []
    return [
        group for group in application.allowed_groups if isinstance(existing, Unknown) or group in existing
    ]


def _gone(facts: Facts) -> list[str]:
    there = _there(facts)
    return (
        [group for group in facts.application.allowed_groups if group not in there]
        if facts.application
        else []
    )


def role(facts: Facts) -> CheckedLink:
    """Whether their groups give them a role in the application."""
    key, title = titled("role")
    application, groups = facts.application, facts.groups
    if application is None:
        return CheckedLink(not_applicable(key, title, NO_APPLICATION))
    if facts.user is None:
        return CheckedLink(not_reached(key, title, NOBODY))
    if not application.group_roles:
        return CheckedLink(not_applicable(key, title, f"{application.name} has no roles by group."))
    if isinstance(groups, Unknown):
        return CheckedLink(unchecked(key, title, groups), unknown=True)
    mine = decide(groups, application.allowed_groups, application.group_roles)
    if not mine.admitted:
        return CheckedLink(not_reached(key, title, "Not reached: they aren't let in."))
    if mine.roles:
        return CheckedLink(passed(key, title, f"As {', '.join(mine.roles)}."))
    return CheckedLink(
        doubtful(
            key,
            title,
            f"None of their groups gives a role in {application.name}: they get in, and may find it empty.",
            "Add them to a group with a role, or give their group one: Configuration → Applications.",
            detail=f"their groups: {', '.join(mine.groups) or 'none'}",
        ),
        f"You can sign in to {application.name}, but no role is assigned to you there.",
    )


PAGES_PATH = f"{CLIENT_PATH} → Login pages"

USUAL_SCOPES = ("email", "profile")


def ours(what: str) -> str:
    """The sentence for a caller who is stopped by a setting and not by their account."""
    return f"It is not your account: {what}, and we have to put that right."


def by(fix: ClientFix) -> tuple[LinkFix, ...]:
    """A change of the app client as what puts a link right."""
    return (LinkFix(fix.label, UpdateClient.action, client=fix),)


def _login_pages(facts: Facts, client: AppClient) -> tuple[LinkFix, ...]:
    """What turns the login pages on; nothing for a client of programs, which can't become one of people."""
    url = facts.application.callback_url if facts.application else ""
    return () if client.is_program else by(use_login_pages(client, url))


Judge = Callable[[Facts, AppClient], CheckedLink]


def _about_client(key: str) -> Callable[[Judge], Callable[[Facts], CheckedLink]]:
    """A check that needs the client's settings: without them it is said that it wasn't made."""
    title = CHECK_TITLES[key]

    def decorate(judge: Judge) -> Callable[[Facts], CheckedLink]:
        @wraps(judge)
        def check(facts: Facts) -> CheckedLink:
            if facts.application is None:
                return CheckedLink(not_applicable(key, title, NO_APPLICATION))
            if isinstance(facts.client, AppClient):
                return judge(facts, facts.client)
            if facts.client_missing:
                return CheckedLink(not_reached(key, title, "Not reached: there is no such app client."))
            return CheckedLink(
                not_reached(key, title, "Couldn't be checked here: the app client's settings can't be read."),
                unknown=True,
            )

        return check

    return decorate


def client(facts: Facts) -> CheckedLink:
    """Whether the application's client is in the pool, and agrees about having a secret."""
    key, title = titled("client")
    application, found = facts.application, facts.client
    if application is None:
        return CheckedLink(not_applicable(key, title, NO_APPLICATION))
    if facts.client_missing:
        return CheckedLink(
            failed(
                key,
                title,
                f"The pool has no app client {application.client_id}: it was deleted, or is another pool's.",
                "An administrator enters the right one: Configuration → Applications.",
            ),
            ours(f"{application.name} names an app client that the pool doesn't have"),
            (LinkFix("Open the configuration", page="configuration"),),
        )
    if isinstance(found, Unknown):
        return CheckedLink(unchecked(key, title, found), unknown=True)
    if not isinstance(found, AppClient):
        return CheckedLink(not_reached(key, title))
    if found.has_secret != application.has_secret:
        theirs, ours_is = ("has a secret", "none") if found.has_secret else ("has no secret", "one")
        return CheckedLink(
            doubtful(
                key,
                "The app client and the console differ about a secret",
                f"The app client {theirs}, and the console keeps {ours_is} for {application.name}. If the "
                "application itself is set up like that, every sign-in ends with “invalid_client”.",
                "Correct it in Configuration → Applications, and look at the application's own setting.",
                detail=f"client {found.name or found.id}",
            ),
            fixes=(LinkFix("Open the configuration", page="configuration"),),
        )
    return CheckedLink(passed(key, title, f"“{found.name or found.id}” is there.", detail=found.id))


@_about_client("flow")
def flow(facts: Facts, client: AppClient) -> CheckedLink:
    """Whether the flow that the application uses is switched on."""
    key, title = titled("flow")
    if facts.flow is SignInFlow.HOSTED:
        if not client.hosted:
            what, detail = "the hosted login pages are off", "AllowedOAuthFlowsUserPoolClient = false"
        elif "code" not in client.oauth_flows:
            if "implicit" in client.oauth_flows:
                return _implicit_only(facts, client)
            what = "the authorization code grant is off"
            detail = f"AllowedOAuthFlows = {', '.join(client.oauth_flows) or 'none'}"
        else:
            return CheckedLink(
                passed(key, title, "The hosted login page with the authorization code grant is on.")
            )
        return CheckedLink(
            failed(
                key,
                title,
                f"For this app client {what}, so nobody can sign in to {_name(facts)} there.",
                f"{PAGES_PATH} → Edit: OAuth grant types, choose “Authorization code grant”.",
                detail=detail,
            ),
            ours(f"for {_name(facts)} {what}"),
            _login_pages(facts, client),
        )
    return _api_flow(facts, client)


def _implicit_only(facts: Facts, client: AppClient) -> CheckedLink:
    """An application that asks for tokens in its address gets in, and one that asks for a code doesn't
    (developer guide, "Authorize endpoint", response_type)."""
    key, _ = titled("flow")
    return CheckedLink(
        doubtful(
            key,
            "The client gives no code at the login page",
            "For this app client only the implicit grant is on, and not the authorization code grant: "
            f"{_name(facts)} signs people in only if it asks for tokens in its address.",
            f"{PAGES_PATH} → Edit: OAuth grant types, choose “Authorization code grant”.",
            detail=f"AllowedOAuthFlows = {', '.join(client.oauth_flows)}",
        ),
        f"It may not be your account: for {_name(facts)} the login page gives no code; we look into that.",
        _login_pages(facts, client),
    )


def _api_flow(facts: Facts, client: AppClient) -> CheckedLink:
    """Whether the client and the pool's plan have the flow that the application uses by itself."""
    key, title = titled("flow")
    wanted = FLOWS[facts.flow].allowed_by[0]
    if facts.flow is SignInFlow.CHOICE and facts.pool.tier == "LITE":
        return CheckedLink(
            failed(
                key,
                title,
                f"{_name(facts)} lets people choose how to begin, and the pool's feature plan (Lite) has no "
                "such choice: nobody can sign in so.",
                "AWS console → Cognito → the pool → Settings → Feature plan: Essentials or Plus.",
                detail="AuthFlow = USER_AUTH, UserPoolTier = LITE",
            ),
            ours(f"the way in which {_name(facts)} signs people in needs a higher plan at AWS"),
        )
    if allows(client, facts.flow):
        return CheckedLink(passed(key, title, f"{wanted} is on."))
    return CheckedLink(
        failed(
            key,
            title,
            f"{_name(facts)} signs people in through {FLOWS[facts.flow].through}, and that flow is off "
            "for its app client: nobody can sign in so.",
            f"{CLIENT_PATH} → Edit → Authentication flows: choose {wanted}.",
            detail=f"ExplicitAuthFlows = {', '.join(flows_of(client))}",
        ),
        ours(f"the way in which {_name(facts)} signs people in is switched off"),
        by(allow_flow(client, wanted)),
    )


@_about_client("callback")
def callback(facts: Facts, client: AppClient) -> CheckedLink:
    """Whether the application's callback URL is one that the client allows."""
    key, title = titled("callback")
    if facts.flow is not SignInFlow.HOSTED:
        return CheckedLink(not_applicable(key, title, "Only the hosted login page sends people back."))
    wanted = facts.application.callback_url if facts.application else ""
    if not wanted:
        return CheckedLink(
            doubtful(
                key,
                title.open,
                f"The console doesn't know the address of {_name(facts)}, so nothing is compared.",
                "An administrator enters it: Configuration → Applications.",
                detail=f"allowed: {', '.join(client.callback_urls) or 'none'}",
            ),
            fixes=(LinkFix("Open the configuration", page="configuration"),),
            unknown=True,
        )
    if wanted in client.callback_urls:
        return CheckedLink(passed(key, title, f"{wanted} is allowed."))
    near = next((url for url in client.callback_urls if url.rstrip("/").lower() == wanted.lower()), "")
    hint = f" {near} is, and differs from it: every character counts." if near else ""
    return CheckedLink(
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
        (
            *(() if client.is_program else by(allow_callback(client, wanted))),
            LinkFix("Open the configuration", page="configuration"),
        ),
    )


@_about_client("scopes")
def scopes(facts: Facts, client: AppClient) -> CheckedLink:
    """Whether the scopes are there without which a sign-in gives nothing useful."""
    key, title = titled("scopes")
    if facts.flow is not SignInFlow.HOSTED:
        return CheckedLink(not_applicable(key, title, "Scopes matter on the hosted login page only."))
    have = ", ".join(client.scopes) or "none"
    where = f"{PAGES_PATH} → OpenID Connect scopes"
    if "openid" not in client.scopes:
        return CheckedLink(
            failed(
                key,
                title,
                "The scope “openid” is not allowed: an application that asks for it gets “invalid_scope”, "
                "and without it there is no ID token.",
                f"{where}: add OpenID.",
                detail=f"AllowedOAuthScopes = {have}",
            ),
            ours(f"{_name(facts)} isn't allowed to ask who has signed in"),
            by(allow_scopes(client, ["openid"])),
        )
    lacking = [scope for scope in USUAL_SCOPES if scope not in client.scopes]
    if lacking:
        names = " and ".join(f"“{scope}”" for scope in lacking)
        return CheckedLink(
            doubtful(
                key,
                "The client may not ask for all that is usual",
                f"The scope {names} is not allowed. If {_name(facts)} asks for it, the sign-in ends with "
                "“invalid_scope”.",
                f"{where}: add it, or see that the application doesn't ask for it.",
                detail=f"AllowedOAuthScopes = {have}",
            ),
            fixes=by(allow_scopes(client, lacking)),
        )
    return CheckedLink(passed(key, title, f"Allowed: {have}."))


@_about_client("client-providers")
def providers(facts: Facts, client: AppClient) -> CheckedLink:
    """Whether the client offers some way to sign in, and each of them exists."""
    key, title = titled("client-providers")
    if facts.flow is not SignInFlow.HOSTED:
        return CheckedLink(not_applicable(key, title, "Providers matter on the hosted login page only."))
    if not client.providers:
        return CheckedLink(
            failed(
                key,
                "The client offers no way to sign in",
                "The app client offers no way to sign in: neither the pool itself nor another provider.",
                f"{PAGES_PATH} → Identity providers: add the Cognito user pool.",
                detail="SupportedIdentityProviders is empty",
            ),
            ours(f"the login page of {_name(facts)} offers no way to sign in"),
            by(offer_provider(client, LOCAL)),
        )
    offered = [provider for provider in client.providers if provider != LOCAL]
    if not offered:
        return CheckedLink(passed(key, title, "People sign in with the pool's own accounts."))
    if isinstance(facts.providers, Unknown):
        return CheckedLink(unchecked(key, title, facts.providers), unknown=True)
    there = {provider.name for provider in facts.providers}
    gone = [provider for provider in offered if provider not in there]
    if gone:
        return CheckedLink(
            doubtful(
                key,
                title,
                f"The app client offers {' and '.join(gone)}, which the pool doesn't have.",
                f"{PAGES_PATH} → Identity providers: remove it, or add the provider to the pool again.",
            ),
            fixes=by(stop_offering(client, gone)),
        )
    return CheckedLink(passed(key, title, f"The pool has {', '.join(offered)}."))


@_about_client("lifetimes")
def lifetimes(_: Facts, client: AppClient) -> CheckedLink:
    """How long a sign-in lasts."""
    key, title = titled("lifetimes")
    said = (
        f"ID token {lifetime(client.id_token)}, access token {lifetime(client.access_token)}, "
        f"refresh token {lifetime(client.refresh_token)}; "
        f"{counted(client.auth_session_minutes, 'minute')} "
        "for each question on the way."
    )
    if "ALLOW_REFRESH_TOKEN_AUTH" not in flows_of(client) and not client.refresh_rotation:
        return CheckedLink(
            doubtful(
                key,
                title,
                "Nobody stays signed in longer than the access token lives "
                f"({lifetime(client.access_token)}): refreshing is off.",
                f"{CLIENT_PATH} → Edit → Authentication flows: choose ALLOW_REFRESH_TOKEN_AUTH.",
                detail=said,
            ),
            "You are signed out again and again, because the application can't renew your sign-in.",
            by(allow_flow(client, "ALLOW_REFRESH_TOKEN_AUTH")),
        )
    short = min(client.id_token, client.access_token)
    if client.refresh_token <= short:
        return CheckedLink(
            doubtful(
                key,
                title,
                f"The refresh token ({lifetime(client.refresh_token)}) doesn't outlive the others, so people "
                "are signed out when it ends.",
                f"{CLIENT_PATH} → Edit: Refresh token expiration.",
                detail=said,
            )
        )
    return CheckedLink(passed(key, title, said))


def _name(facts: Facts) -> str:
    return facts.application.name if facts.application else "the application"
