"""The checks of app clients, and of the applications that people sign in to.

Sources: Cognito developer guide, "Application-specific settings with app clients", "Managing user
existence error responses", "Revoking refresh tokens", "Security best practices".
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from services.cognito.app_clients import ClientEdit, ClientSetting
from services.cognito.models import AppClient, UserPool
from services.login.advice import (
    SILENT,
    Advice,
    ClientFacts,
    PoolFacts,
    PoolSetting,
    good,
    mend,
    not_applicable,
    not_checked,
)
from services.login.chain import Title, Unknown
from services.login.client_fixes import ClientFix, allow_callback, fix_of, forbid_flows
from services.login.client_flows import flows_of
from services.login.severity import AdviceSeverity
from services.store.applications import Application

CLIENT = "AWS console → Cognito → the pool → App clients → this client"
HERE = "Configuration → Applications, in this console"
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})

REVOCATION = PoolSetting(
    "token-revocation",
    Title("Single sign-ins can be revoked", "Single sign-ins can't be revoked", "Revoking single sign-ins"),
    AdviceSeverity.MEDIUM,
    "Without it, a single refresh token of this client can't be revoked (RevokeToken): what an application's "
    "“sign out” leaves behind works until it expires. Signing a person out everywhere works either way.",
    f"{CLIENT} → Edit → Advanced security configurations → Enable token revocation",
)
EXISTENCE = PoolSetting(
    "user-existence-errors",
    Title(
        "Errors of signing in don't tell who has an account",
        "Errors of signing in tell who has an account",
        "What errors tell strangers",
    ),
    AdviceSeverity.MEDIUM,
    "Otherwise anybody can try addresses and learn from the error which ones are known here.",
    f"{CLIENT} → Edit → Advanced security configurations → Prevent user existence errors",
)
FLOWS = PoolSetting(
    "client-flows",
    Title("Only the flows that are needed are on", "Flows are on that leak or lead nowhere", "Flows"),
    AdviceSeverity.MEDIUM,
    "Each flow is one more way in; those that send the password itself, or tokens in an address, leak more.",
    f"{CLIENT} → Edit → Authentication flows, and Login pages → OAuth grant types",
)
CALLBACK = PoolSetting(
    "callback-url",
    Title("People are sent back to the application", "The callback URLs aren't right", "Callback URLs"),
    AdviceSeverity.HIGH,
    "With a callback URL missing or misspelt, every sign-in ends with “redirect_mismatch”.",
    f"{CLIENT} → Login pages → Allowed callback URLs",
)
PLAIN_CALLBACK = replace(
    CALLBACK,
    title=replace(CALLBACK.title, bad="A callback URL isn't encrypted"),
    why="The code that comes back with somebody who signed in can be read on the way there.",
)
LOCAL_CALLBACK = replace(
    CALLBACK,
    title=replace(CALLBACK.title, bad="A callback URL leads to the machine of whoever signs in"),
    why="That is for developers: any program on that machine may wait there for the code.",
)
SECRET = PoolSetting(
    "client-secret",
    Title("The client has a secret", "The client has no secret", "Client secret"),
    AdviceSeverity.MEDIUM,
    "A client that runs on a server proves who it is with a secret; without one anybody can use its id.",
    f"{CLIENT} (a secret is chosen when the client is made), and {HERE}",
)
OTHER_SECRET = replace(
    SECRET,
    title=Title(
        "The client and the console agree about a secret",
        "The client and the console differ about a secret",
        "Client secret",
    ),
    why="With another secret than the client's, or one where it has none, login tests end with "
    "“invalid_client”.",
    where=HERE,
)
DOMAIN = PoolSetting(
    "hosted-domain",
    Title(
        "The hosted login page has an address",
        "The hosted login page has no address",
        "Address of the hosted login page",
    ),
    AdviceSeverity.HIGH,
    "An app client that uses the hosted login page can't sign anybody in without a domain.",
    "AWS console → Cognito → the pool → Branding → Domain",
)
GROUP = PoolSetting(
    "application-group",
    Title(
        "Each application has a group of its own",
        "The application has no group of its own",
        "Groups of the application",
    ),
    AdviceSeverity.MEDIUM,
    "Then letting somebody into one application never opens another, and a look at the group says who is in.",
    HERE,
)


def token_revocation(client: ClientFacts, settings: AppClient, _: PoolFacts) -> Advice:
    """Whether refresh tokens of this client can be revoked."""
    if settings.token_revocation is None:
        return not_checked(REVOCATION, SILENT, subject=client.label)
    if settings.token_revocation:
        return good(REVOCATION, "They can be.", subject=client.label)
    fix = fix_of(settings, "Turn revoking on", ClientEdit(ClientSetting.REVOCATION))
    return mend(REVOCATION, "They can't be.", "Turn it on.", subject=client.label, fixes=[fix])


def _gaps(settings: AppClient, pool: UserPool) -> str:
    """Where a name is told all the same (developer guide, "Managing user existence error responses": SignUp
    always tells, and SRP may with aliases)."""
    gaps = "" if pool.admins_create_only else " Registering still says when a username is taken."
    if pool.alias_attributes and "ALLOW_USER_SRP_AUTH" in flows_of(settings):
        gaps += " With names that are aliases, SRP may still tell."
    return gaps


def user_existence(client: ClientFacts, settings: AppClient, pool: PoolFacts) -> Advice:
    """Whether sign-in errors tell who exists."""
    how = settings.prevent_user_existence
    if not how:
        return not_checked(EXISTENCE, SILENT, subject=client.label)
    if how == "ENABLED":
        found = f"They don't say whether a name is known.{_gaps(settings, pool.pool)}"
        return good(EXISTENCE, found, subject=client.label, detail=how)
    found = "Errors tell whether a name is known."
    fix = fix_of(settings, "Hide who has an account", ClientEdit(ClientSetting.EXISTENCE))
    return mend(EXISTENCE, found, "Turn it on.", subject=client.label, detail=how, fixes=[fix])


def flows(client: ClientFacts, settings: AppClient, facts: PoolFacts) -> Advice:
    """Whether flows are on that leak more than others, or that nothing stands behind."""
    on, problems, fixes = settings.auth_flows, [], []
    if "implicit" in settings.oauth_flows:
        grant = ClientEdit(ClientSetting.GRANTS, "implicit", on=False)
        fixes.append(fix_of(settings, "Turn the implicit grant off", grant))
        problems.append("the implicit grant puts tokens into addresses; use the authorization code grant")
    if not settings.has_secret and "ALLOW_ADMIN_USER_PASSWORD_AUTH" in on:
        problems.append("ALLOW_ADMIN_USER_PASSWORD_AUTH is for servers, and this client has no secret")
        fixes.append(forbid_flows(settings, ["ALLOW_ADMIN_USER_PASSWORD_AUTH"]))
    if "ALLOW_USER_PASSWORD_AUTH" in on:
        problems.append("ALLOW_USER_PASSWORD_AUTH sends the password itself; ALLOW_USER_SRP_AUTH doesn't")
        fixes.append(forbid_flows(settings, ["ALLOW_USER_PASSWORD_AUTH"]))
    if "ALLOW_CUSTOM_AUTH" in on and "DefineAuthChallenge" not in facts.pool.triggers:
        problems.append("ALLOW_CUSTOM_AUTH is on, and the pool has no function for it")
        fixes.append(forbid_flows(settings, ["ALLOW_CUSTOM_AUTH"]))
    shown = ", ".join((*on, *settings.oauth_flows)) or "none set: AWS's defaults"
    if not problems:
        return good(FLOWS, "Nothing to object to.", subject=client.label, detail=shown)
    grave = "implicit" in settings.oauth_flows or len(problems) > 1
    text = "; ".join(problems)
    return mend(
        FLOWS,
        f"{text[:1].upper()}{text[1:]}.",
        "Turn off what no application uses.",
        subject=client.label,
        detail=shown,
        severity=AdviceSeverity.MEDIUM if grave else AdviceSeverity.LOW,
        fixes=fixes,
    )


def callback(client: ClientFacts, settings: AppClient, facts: PoolFacts) -> Advice:
    """Whether the callback URLs are there, are those of the applications, and are safe."""
    subject, have = client.label, settings.callback_urls
    shown = ", ".join(have) or "none"
    if not settings.hosted:
        return not_applicable(CALLBACK, "This client doesn't use the hosted login page.", subject=subject)
    missing = [
        app.callback_url for app in client.applications if app.callback_url and app.callback_url not in have
    ]
    if missing:
        found = f"Not allowed: {', '.join(missing)}."
        missing_urls = () if settings.is_program else dict.fromkeys(missing)
        fixes = [allow_callback(settings, url) for url in missing_urls]
        return mend(CALLBACK, found, "Add it, to the letter.", subject=subject, detail=shown, fixes=fixes)
    if not have:
        return mend(CALLBACK, "There is none.", "Add that of the application.", subject=subject)
    plain = [url for url in have if url.startswith("http://") and urlsplit(url).hostname not in _LOCAL]
    if plain:
        found = f"Not encrypted: {', '.join(plain)}."
        fixes = [_without(settings, url) for url in plain]
        return mend(PLAIN_CALLBACK, found, "Use https.", subject=subject, detail=shown, fixes=fixes)
    local = [
        url for url in have if urlsplit(url).hostname in _LOCAL and not _same_place(url, facts.own_callback)
    ]
    if local:
        return mend(
            LOCAL_CALLBACK,
            f"On the machine of whoever signs in, as a developer's: {', '.join(local)}.",
            "Remove it from a client that real people use.",
            subject=subject,
            detail=shown,
            severity=AdviceSeverity.LOW,
            fixes=[_without(settings, url) for url in local],
        )
    known = "as the applications have it" if client.applications else "no application here to compare it with"
    return good(CALLBACK, f"{shown} ({known}).", subject=subject)


def _without(client: AppClient, url: str) -> ClientFix:
    return fix_of(client, f"Take {url} out", ClientEdit(ClientSetting.CALLBACK_URLS, url, on=False))


def _same_place(url: str, own: str) -> bool:
    """Whether both are the same address of the same machine, by whatever name."""
    a, b = urlsplit(url), urlsplit(own)
    return b.hostname in _LOCAL and (a.port, a.path) == (b.port, b.path)


def secret(client: ClientFacts, settings: AppClient, _: PoolFacts) -> Advice:
    """Whether the client has a secret, and the console knows so."""
    subject = client.label
    differ = [app.name for app in client.applications if app.has_secret != settings.has_secret]
    if differ and settings.has_secret:
        return mend(
            OTHER_SECRET,
            f"It has one, and the console keeps none for {', '.join(differ)}: login tests end with "
            "“invalid_client”.",
            "Enter it, or have the console read it.",
            subject=subject,
        )
    if differ:
        found = f"It has none, and the console keeps one for {', '.join(differ)}."
        return mend(OTHER_SECRET, found, "Forget the secret.", subject=subject)
    if not settings.has_secret:
        return mend(
            SECRET,
            "It has none: right for an app on a phone or in a browser, wrong on a server.",
            "For a server, make a client with a secret.",
            subject=subject,
            severity=AdviceSeverity.LOW,
        )
    return good(SECRET, "It has one.", subject=subject)


def hosted_domain(facts: PoolFacts) -> Advice:
    """Whether clients that use the hosted login page have one."""
    named = facts.pool.custom_domain or facts.pool.domain
    if named:
        return good(DOMAIN, f"{named}.")
    if isinstance(facts.clients, Unknown):
        return not_checked(DOMAIN, facts.clients)
    using = [client.name or client.id for client in facts.readable if client.hosted]
    if using:
        found = f"The pool has no domain, and {', '.join(using)} would use it."
        return mend(DOMAIN, found, "Create a domain.")
    unread = next((client.settings for client in facts.clients if isinstance(client.settings, Unknown)), None)
    if unread is not None:
        return not_checked(DOMAIN, unread)
    return not_applicable(DOMAIN, "No app client uses it.")


def application_group(application: Application, facts: PoolFacts) -> Advice:
    """Whether the application has a group that opens it, and it alone."""
    subject, mine = application.name, application.allowed_groups
    if not mine:
        return mend(GROUP, "It has no group, so nobody gets in.", "Give it one.", subject=subject)
    if not isinstance(facts.groups, Unknown):
        gone = [group for group in mine if group not in facts.groups]
        if len(gone) == len(mine):
            return mend(
                GROUP,
                f"The pool has no group {' or '.join(gone)}, so nobody gets in.",
                "Make the group, or name the right one.",
                subject=subject,
                severity=AdviceSeverity.HIGH,
            )
        if gone:
            return mend(GROUP, f"The pool has no group {' or '.join(gone)}.", "Take it out.", subject=subject)
    others = {
        group: other.name
        for other in facts.applications
        if other.id != application.id
        for group in other.allowed_groups
    }
    own = [group for group in mine if group not in others]
    if not own:
        also = ", ".join(f"{group} ({others[group]})" for group in mine)
        found = f"Every group of it opens another application too: {also}."
        return mend(GROUP, found, "Give it a group of its own.", subject=subject, severity=AdviceSeverity.LOW)
    if isinstance(facts.groups, Unknown):
        return not_checked(GROUP, facts.groups, subject=subject)
    return good(GROUP, f"Its own: {', '.join(own)}.", subject=subject)


CLIENT_CHECKS = (
    (REVOCATION, token_revocation),
    (EXISTENCE, user_existence),
    (FLOWS, flows),
    (CALLBACK, callback),
    (SECRET, secret),
)
"""In the order in which they are shown, with the setting that each looks at."""
