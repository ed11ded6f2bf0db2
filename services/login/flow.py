"""What one test of the hosted login page is about, and the address that it begins with."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from services.cognito.models import AppClient
from services.errors import ConsoleError, InvalidValue
from services.login import web
from services.login.chain import Link, failed, passed
from services.login.discovery import Discovery
from services.login.http_client import AUTH_METHODS, oauth_client
from services.login.provider_errors import meaning_of

LONGEST = 500
DEFAULT_SCOPES = ("openid", "email", "profile")
_CALLBACK_TITLE = "Client accepts the sign-in"


@dataclass(frozen=True, slots=True)
class Flow:
    """How to sign in. `application_id` is "" for fields typed by hand, whose `secret` is kept sealed.

    `comes_back` says that the provider sends the browser to this console; otherwise its last
    address is pasted. Groups and roles are the application's.
    """

    pool_record_id: str
    pool_name: str
    application_id: str
    application: str
    client_id: str
    discovery_url: str
    redirect_uri: str
    comes_back: bool = True
    auth_method: str = "none"
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    pkce: bool = True
    response_mode: bool = False
    ask_again: bool = True
    identity_provider: str = ""
    login_hint: str = ""
    language: str = ""
    allowed_groups: tuple[str, ...] = ()
    group_roles: Mapping[str, str] = field(default_factory=dict)
    secret: str = field(default="", repr=False)

    def facts(self) -> dict[str, Any]:
        """Everything but the secret, JSON-ready."""
        data = asdict(self)
        del data["secret"]
        return {name: list(value) if isinstance(value, tuple) else value for name, value in data.items()}


def flow_from(facts: Mapping[str, Any], secret: str = "") -> Flow:
    """What `facts` wrote, read back."""
    return Flow(
        **{
            **facts,
            "scopes": tuple(facts["scopes"]),
            "allowed_groups": tuple(facts["allowed_groups"]),
            "group_roles": dict(facts["group_roles"]),
        },
        secret=secret,
    )


def check_flow(flow: Flow) -> None:
    """Raise `InvalidValue` naming the first field that can't be used."""
    for name in ("client_id", "redirect_uri", "identity_provider", "login_hint", "language"):
        value = getattr(flow, name)
        if len(value) > LONGEST or any(ord(char) < 32 for char in value):
            raise InvalidValue("This is too long, or holds control characters.", field=name)
    if not flow.client_id:
        raise InvalidValue(
            "Which app client?", "Choose an application, or type a client ID.", field="client_id"
        )
    parts = urlsplit(flow.redirect_uri)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.fragment:
        raise InvalidValue(
            "The callback URL is no web address.",
            "Give the application an address on the Configuration page, or let the console be called back.",
            field="redirect_uri",
        )
    if not flow.scopes or any(not one or '"' in one or " " in one for one in flow.scopes):
        raise InvalidValue("Give at least one scope, such as openid.", field="scopes")
    if flow.auth_method not in AUTH_METHODS:
        raise InvalidValue("Choose how the client proves itself.", field="auth_method")


@dataclass(frozen=True, slots=True)
class Proofs:
    """What ties an answer to its question: for one sign-in only."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


def new_proofs(state: str = "") -> Proofs:
    """Fresh random values (RFC 7636 wants 43 to 128 characters for the verifier)."""
    return Proofs(state or secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(64))


def sign_in_address(flow: Flow, discovery: Discovery, proofs: Proofs) -> str:
    """The address of the hosted login page for this sign-in; it holds no secret."""
    extra = {
        "nonce": proofs.nonce,
        "response_mode": "query" if flow.response_mode else "",
        "prompt": "login" if flow.ask_again else "",
        "identity_provider": flow.identity_provider,
        "login_hint": flow.login_hint,
        "lang": flow.language,
    }
    with oauth_client((), flow.client_id, "", "none", redirect_uri=flow.redirect_uri) as client:
        address, _ = client.create_authorization_url(
            discovery.authorization_endpoint,
            state=proofs.state,
            code_verifier=proofs.verifier if flow.pkce else None,
            scope=" ".join(flow.scopes),
            **{name: value for name, value in extra.items() if value},
        )
    return str(address)


def settings_link(flow: Flow, client: AppClient) -> Link | None:
    """Why the app client, as it is set now, would refuse this sign-in; None if nothing speaks against it."""
    name = client.name or client.id
    detail = ""
    if flow.redirect_uri not in client.callback_urls:
        code = "redirect_mismatch"
        detail = f"{name} accepts: {', '.join(client.callback_urls[:10]) or 'no callback URL at all'}"
    elif not client.hosted or "code" not in client.oauth_flows:
        code = "unauthorized_client"
        detail = f"{name} allows: {', '.join(client.oauth_flows) or 'no flow of the hosted page'}"
    elif missing := [one for one in flow.scopes if one not in client.scopes]:
        code = "invalid_scope"
        detail = f"{name} allows: {', '.join(client.scopes) or 'no scope'}"
        return _refused(flow, code, "", detail, scopes=", ".join(missing))
    elif flow.identity_provider and flow.identity_provider not in client.providers:
        return failed(
            "callback",
            _CALLBACK_TITLE,
            f"{name} doesn't offer the identity provider {flow.identity_provider}.",
            "Choose another, or add it. In the AWS console: the pool, App clients, this client, Login pages, "
            "Identity providers.",
            detail=f"{name} offers: {', '.join(client.providers) or 'none'}",
        )
    elif client.has_secret != (flow.auth_method != "none"):
        return _wrong_proof(name, client.has_secret)
    else:
        return None
    return _refused(flow, code, "", detail)


def _wrong_proof(name: str, has_secret: bool) -> Link:
    if has_secret:
        return failed(
            "callback",
            _CALLBACK_TITLE,
            f"{name} has a secret, and the application is set up here without one.",
            "Enter the client secret (Configuration, Applications), or choose “basic” or “post” here.",
        )
    return failed(
        "callback",
        _CALLBACK_TITLE,
        f"{name} is a public client without a secret; the application is set up here with one.",
        "Let the application forget the secret (Configuration, Applications), or choose “none” here.",
    )


def preflight_link(flow: Flow, discovery: Discovery) -> Link:
    """Ask the login page once, without a browser, whether it would begin this sign-in.

    A refusal is shown at the provider and never comes back here, so it is looked for beforehand.
    Values of this request are never used again.
    """
    address = sign_in_address(flow, discovery, new_proofs())
    try:
        with httpx.Client(**web.client_options(discovery.origins)) as client:
            answer = client.get(address)
    except httpx.HTTPError as error:
        told = web.unreachable(address, error)
        return failed("callback", _CALLBACK_TITLE, told.message, told.next_step)
    except ConsoleError as error:
        return failed("callback", _CALLBACK_TITLE, error.message, error.next_step)
    target = answer.headers.get("location", "")
    query = dict(parse_qsl(urlsplit(target).query)[:50])
    if "error" in query:
        return _refused(flow, query["error"], query.get("error_description", ""), "")
    if answer.status_code >= httpx.codes.BAD_REQUEST:
        found = next((code for code in _PAGES_SAY if code in answer.text[:20_000]), "invalid_request")
        return _refused(flow, found, "", f"the login page answers {answer.status_code}")
    return passed("callback", _CALLBACK_TITLE, f"It may send people back to {flow.redirect_uri}.")


_PAGES_SAY = ("redirect_mismatch", "invalid_scope", "unauthorized_client", "invalid_client")


def _refused(flow: Flow, code: str, description: str, detail: str, scopes: str = "") -> Link:
    meaning = meaning_of(
        "sign-in",
        code,
        description,
        redirect_uri=flow.redirect_uri,
        scopes=scopes or ", ".join(flow.scopes),
        client_id=flow.client_id,
    )
    fix = f"{meaning.fix} (Field: {meaning.field}.)" if meaning.field else meaning.fix
    return failed("callback", _CALLBACK_TITLE, meaning.sentence, fix, detail=detail)
