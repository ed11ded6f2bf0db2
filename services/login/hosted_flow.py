"""The code flow: the address that a sign-in begins with, and its answer exchanged for checked tokens."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from authlib.common.errors import AuthlibBaseError

from services import web
from services.cognito.models import AppClient
from services.errors import ConsoleError, InvalidValue, LoginTestRefused
from services.login.chain import (
    STEPS,
    Link,
    LinkState,
    TokenReport,
    decide,
    decision_links,
    failed,
    not_applicable,
    passed,
    step,
)
from services.login.discovery import Discovery, KnownPool
from services.login.oauth import AUTH_METHODS, meaning_of, oauth_client
from services.login.token_text import (
    LARGEST_TOKEN,
    NotAToken,
    Parts,
    Tokens,
    claim_lines,
    person_in,
    take_apart,
)
from services.login.tokens import KEYS, ExpectedToken, Keys, check_token, groups_in

LONGEST = 500
DEFAULT_SCOPES = ("openid", "email", "profile")
_CALLBACK_TITLE = STEPS["callback"]


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
    if not flow.scopes or any(not scope or '"' in scope or " " in scope for scope in flow.scopes):
        raise InvalidValue("Give at least one scope, such as openid.", field="scopes")
    if flow.auth_method not in AUTH_METHODS:
        raise InvalidValue("Choose how the client proves itself.", field="auth_method")


@dataclass(frozen=True, slots=True)
class Proofs:
    """What ties an answer to its exchange: for one sign-in only."""

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
        detail = f"{name} allows: {', '.join(client.oauth_flows) or 'no flow of the login page'}"
    elif missing := [scope for scope in flow.scopes if scope not in client.scopes]:
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


LONGEST_CODE = 2_000
_SIGNED_IN, _EXCHANGED = STEPS["signed-in"], STEPS["code"]
_PRINTABLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """What the callback address carries. `error` is the provider's code when it refused."""

    state: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    error: str = ""
    description: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class CodeExchange:
    """What the answer is the answer to. `secret` is the client's."""

    flow: Flow
    discovery: Discovery
    proofs: Proofs
    secret: str = field(repr=False)
    place: KnownPool


@dataclass(frozen=True, slots=True)
class ExchangeResult:
    """What came of an answer: links from "signed-in" on, checked tokens, the tokens themselves."""

    links: tuple[Link, ...]
    reports: tuple[TokenReport, ...] = ()
    person: str = ""
    tokens: Tokens = field(default_factory=Tokens, repr=False)
    sub: str = ""


def answer_from(query: Mapping[str, str]) -> CallbackAnswer:
    """The answer in the parameters of a callback, each cut to a sensible length."""
    return CallbackAnswer(
        query.get("state", "")[:200],
        query.get("code", "")[:LONGEST_CODE],
        query.get("error", "")[:100],
        query.get("error_description", "")[:500],
        query.get("iss", "")[:500],
    )


def answer_in(address: str) -> CallbackAnswer:
    """The answer in a pasted address. Raises `LoginTestRefused` when there is none."""
    text = address.strip()
    if len(text) > 8_000:
        raise LoginTestRefused("This address is too long for the answer of a sign-in.", "Copy it again.")
    try:
        query = urlsplit(text).query or text.partition("?")[2]
        answer = answer_from(dict(parse_qsl(query, max_num_fields=50)))
    except ValueError:
        answer = CallbackAnswer()
    if not answer.code and not answer.error:
        raise LoginTestRefused(
            "There is no answer in this address: neither a code nor an error.",
            "Copy the whole address of the page that the sign-in ended on, with everything after the “?”.",
        )
    return answer


def carry_out(exchange: CodeExchange, answer: CallbackAnswer) -> ExchangeResult:
    """Exchange the code and check what it gives. Nothing is raised but programming errors."""
    refusal = _refusal(exchange, answer)
    if refusal is not None:
        return ExchangeResult((refusal,))
    links = [passed("signed-in", _SIGNED_IN, "The login page has sent a code for somebody.")]
    got = _exchanged(exchange, answer.code)
    if isinstance(got, Link):
        return ExchangeResult((*links, got))
    tokens = _tokens_in(got)
    if not tokens.id_token and not tokens.access_token:
        text = "The token endpoint answered, but without any token."
        return ExchangeResult((*links, failed("code", _EXCHANGED, text, "Check the discovery URL.")))
    kinds = [name for name, there in _kinds(tokens) if there]
    links.append(
        passed("code", _EXCHANGED, f"For {' and '.join(filter(None, [', '.join(kinds[:-1]), kinds[-1]]))}.")
    )
    return _judged(exchange, tokens, links)


def _kinds(tokens: Tokens) -> tuple[tuple[str, bool], ...]:
    return (
        ("an ID token", bool(tokens.id_token)),
        ("an access token", bool(tokens.access_token)),
        ("a refresh token", bool(tokens.refresh_token)),
    )


def _refusal(exchange: CodeExchange, answer: CallbackAnswer) -> Link | None:
    """The provider's own refusal, or an answer that is none."""
    flow = exchange.flow
    if answer.issuer and answer.issuer != exchange.discovery.issuer:
        return failed(
            "signed-in",
            _SIGNED_IN,
            "The answer says that it comes from another provider than the one that was asked.",
            "Begin again. If it stays, somebody stands between the browser and the provider (RFC 9207).",
        )
    if answer.error:
        values = {
            "redirect_uri": flow.redirect_uri,
            "scopes": ", ".join(flow.scopes),
            "client_id": flow.client_id,
            "provider": flow.identity_provider,
        }
        stage = "provider" if flow.identity_provider else "sign-in"
        meaning = meaning_of(stage, answer.error, answer.description, **values)
        fix = f"{meaning.fix} (Field: {meaning.field}.)" if meaning.field else meaning.fix
        return failed("signed-in", _SIGNED_IN, meaning.sentence, fix, detail=answer.error)
    if not _PRINTABLE.fullmatch(answer.code):
        return failed(
            "signed-in",
            _SIGNED_IN,
            "The answer holds no usable code.",
            "Begin again; copy the whole address.",
        )
    return None


def _exchanged(exchange: CodeExchange, code: str) -> Mapping[str, Any] | Link:
    flow, discovery = exchange.flow, exchange.discovery
    try:
        with oauth_client(discovery.origins, flow.client_id, exchange.secret, flow.auth_method) as client:
            got = client.fetch_token(
                discovery.token_endpoint,
                grant_type="authorization_code",
                code=code,
                redirect_uri=flow.redirect_uri,
                **({"code_verifier": exchange.proofs.verifier} if flow.pkce else {}),
            )
    except AuthlibBaseError as error:
        return _told("exchange", str(error.error or ""), str(error.description or ""), flow)
    except httpx.HTTPError as error:
        told: ConsoleError = web.unreachable(discovery.token_endpoint, error)
        return failed("code", _EXCHANGED, told.message, told.next_step)
    except ConsoleError as error:
        return failed("code", _EXCHANGED, error.message, error.next_step)
    except ValueError:
        text = "The token endpoint answered something that is no token answer."
        return failed("code", _EXCHANGED, text, "Check the discovery URL.")
    return dict(got)


def _told(stage: str, code: str, description: str, flow: Flow) -> Link:
    meaning = meaning_of(stage, code, description, scopes=", ".join(flow.scopes), client_id=flow.client_id)
    fix = f"{meaning.fix} (Field: {meaning.field}.)" if meaning.field else meaning.fix
    return failed("code", _EXCHANGED, meaning.sentence, fix, detail=code[:60])


def _tokens_in(got: Mapping[str, Any]) -> Tokens:
    def text(name: str) -> str:
        value = got.get(name)
        return value if isinstance(value, str) and len(value) <= LARGEST_TOKEN else ""

    return Tokens(text("id_token"), text("access_token"), text("refresh_token"))


def _judged(exchange: CodeExchange, tokens: Tokens, links: list[Link]) -> ExchangeResult:
    """Both tokens checked, and their checks summed up in links of the chain."""
    flow, now = exchange.flow, time.time()
    base = expected_of(exchange)
    reports, parts = [], {}
    for title, use, token in (
        ("ID token", "id", tokens.id_token),
        ("Access token", "access", tokens.access_token),
    ):
        if not token:
            continue
        access = tokens.access_token if use == "id" else ""
        wanted = expected_for(base, use, exchange.proofs.nonce if use == "id" else None, access)
        report, taken = check_one(title, token, exchange, wanted, now)
        reports.append(report)
        if taken is not None:
            parts[use] = taken
    links += summed_up(reports)
    claims = (parts.get("id") or parts.get("access") or Parts({}, {})).claims
    # Whatever the token says counts only if everything about the token holds.
    if not any(link.state is LinkState.FAILED for link in links if link.key != "scopes"):
        through = came_through(claims, flow.identity_provider)
        links += [through] if through is not None else []
        decision = decide(groups_in(claims), flow.allowed_groups, flow.group_roles)
        links += decision_links(decision, flow.allowed_groups, flow.group_roles, flow.application)
    sub = claims.get("sub")
    return ExchangeResult(
        tuple(links), tuple(reports), person_in(claims), tokens, sub if isinstance(sub, str) else ""
    )


def came_through(claims: Mapping[str, Any], wanted: str) -> Link | None:
    """Through which provider somebody came, and whose profile that is; `wanted` is the one asked for.

    None for an account of the pool's own where no provider was asked for. An ID token lists in
    `identities` all that is linked to the profile (Cognito developer guide, "Understanding the identity
    (ID) token"); a profile that a provider made is called `Provider_id`, others were linked to it.
    """
    key, title = step("provider")
    linked = identities_in_claims(claims)
    username = claims.get("cognito:username") or claims.get("username")
    username = username if isinstance(username, str) else ""
    if not linked:
        if not wanted:
            return None
        return failed(
            key,
            title,
            f"The token is of {username or 'somebody'}, an account of the pool that is linked with nothing.",
            f"Choose {wanted} on the login page; or the app client doesn't offer it.",
        )
    names = [name for name, _ in linked]
    if wanted and wanted not in names:
        return failed(
            key,
            title,
            f"The profile {username} is linked with {' and '.join(names)}, and not with {wanted}.",
            "Sign in with an account of that provider; the browser may have remembered another one.",
        )
    name, id = next((entry for entry in linked if entry[0] == wanted), linked[0])
    if username.casefold().startswith(f"{name}_".casefold()):
        said = f"Through {name}, as {id}. The profile {username} is that provider's own."
        more = [f"{other} ({known})" for other, known in linked if other != name]
        said += f" Linked with it: {', '.join(more)}." if more else " No other account is linked with it."
        return passed(key, title, said, detail=name)
    said = f"Through {name}, as {id}, which is linked to the profile {username}."
    return passed(key, title, said, detail=name)


def identities_in_claims(claims: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The linked identities that a token tells of, as (provider, id there)."""
    told = claims.get("identities")
    found = []
    for entry in told if isinstance(told, list) else []:
        name = entry.get("providerName") if isinstance(entry, dict) else None
        if isinstance(name, str) and name:
            found.append((name, str(entry.get("userId") or "")))
    return found


def expected_of(exchange: CodeExchange) -> ExpectedToken:
    """What every token of this sign-in should be."""
    flow = exchange.flow
    return ExpectedToken(
        exchange.place.name,
        exchange.place.issuers,
        issuer=exchange.discovery.issuer,
        client_id=flow.client_id,
        clients={flow.client_id: flow.application} if flow.application else {},
        scopes=flow.scopes,
        fresh=True,
    )


def expected_for(base: ExpectedToken, use: str, nonce: str | None, access_token: str) -> ExpectedToken:
    """`base` for one kind of token."""
    return replace(base, token_use=use, nonce=nonce, access_token=access_token)


def check_one(
    title: str, token: str, exchange: CodeExchange, expected: ExpectedToken, now: float
) -> tuple[TokenReport, Parts | None]:
    """One token taken apart and checked; the parts are None when it is no token at all."""
    try:
        parts = take_apart(token)
    except NotAToken as error:
        broken = failed("signature", "Form", error.message, error.next_step)
        return TokenReport(title, (broken,), ()), None

    def keys(kid: str) -> Keys:
        return KEYS.keys(exchange.discovery.jwks_uri, exchange.discovery.origins, kid)

    return TokenReport(title, check_token(parts, keys, expected, now), claim_lines(parts.claims, now)), parts


_SUMS = (
    (
        "signed-by-pool",
        ("duplicates", "header", "algorithm", "key-id", "signature", "issuer"),
        "Signed with the pool's key, in its name, and unaltered.",
    ),
    (
        "for-client",
        ("token-use", "client", "nonce", "at-hash"),
        "Issued for this application and for this very sign-in.",
    ),
    ("in-time", ("expiry", "not-before", "clock", "auth-time"), ""),
    ("scopes", ("scope",), ""),
)


def summed_up(reports: list[TokenReport]) -> list[Link]:
    """The checks of all tokens as four links; each repeats the first check that went wrong."""
    links = []
    for key, names, good in _SUMS:
        title = STEPS[key]
        relevant = [(report.title, link) for report in reports for link in report.checks if link.key in names]
        wrong = _first(relevant, LinkState.FAILED) or _first(relevant, LinkState.DOUBTFUL)
        if wrong is not None:
            which, link = wrong
            text = f"{which}, {link.title.lower()}: {link.sentence}"
            links.append(Link(key, title.bad, link.state, text, link.fix, link.detail))
            continue
        first = next((link for _, link in relevant if link.state is LinkState.PASSED), None)
        if first is None:
            links.append(not_applicable(key, title, "No token of this sign-in says anything about it."))
        else:
            links.append(passed(key, title, good or first.sentence))
    return links


def _first(relevant: list[tuple[str, Link]], state: LinkState) -> tuple[str, Link] | None:
    return next((titled for titled in relevant if titled[1].state is state), None)
