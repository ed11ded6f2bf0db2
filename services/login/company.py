"""Operators sign in by their company account: OpenID Connect's code flow with PKCE, state and nonce.

Between the two halves of a sign-in everything stands sealed in a one-time ticket of the store, bound
to the browser; its token is the `state`. Tokens of the provider are read once and kept nowhere.
Sources: OpenID Connect Core 1.0 (3.1), Discovery 1.0, RP-Initiated Logout 1.0; RFC 7636 (PKCE).
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services import web
from services.access.operators import check_person, need_admitted, record_own, record_stranger
from services.access.sessions import live_operator
from services.errors import ConsoleError, InvalidValue, NameTaken, SignInRefused
from services.login.chain import Link, Title, failed, first_failure, not_reached, passed
from services.login.hosted_flow import CallbackAnswer
from services.login.oauth import oauth_client
from services.login.provider_metadata import OidcDescription, discovery_address, oidc_from
from services.roles import Role
from services.store.activity import ActivityResult
from services.store.operators import Operator
from services.store.sign_in_providers import EVERYBODY, SignInProvider
from services.store.store import Store

WAITS = timedelta(minutes=10)
"""How long a sign-in at the provider may take."""

CLOCK_SECONDS = 120
"""By how much the provider's clock may differ from this one."""

_PURPOSE = "company sign-in"
# None of them rests on a secret shared with the client: whoever knows that could forge tokens.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_STEPS = {
    "described": Title("Provider describes itself", "Provider doesn't describe itself", "Description"),
    "answered": Title("Signed in at the provider", "Not signed in at the provider", "Signing in"),
    "exchanged": Title("Code exchanged", "Code not exchanged", "Exchange of the code"),
    "genuine": Title("Token is genuine", "Token is not genuine", "Token"),
    "for-us": Title("For this console and this sign-in", "For another client or sign-in", "Who it is for"),
    "known": Title("Account can be an operator", "Account can't be an operator", "Account"),
    "role": Title("Role found", "No role", "Role"),
}


@dataclass(frozen=True, slots=True)
class CompanyAttempt:
    """What a sign-in under way was begun with, sealed in its ticket."""

    provider_id: str
    nonce: str
    verifier: str
    redirect_uri: str
    came_for: str = ""
    tried_in: str = ""
    """The session whose operator tries the provider out; "" for a real sign-in."""
    again_in: str = ""
    """The session whose operator signs in there again, before something dangerous."""
    begun_at: float = 0.0
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True)
class CompanyAccount:
    """Who the provider says it is: its own id for them, and what the console takes from the claims."""

    subject: str
    username: str
    name: str
    email: str
    groups: tuple[str, ...]
    signed_in_at: float | None = None
    """When they gave their password or factor there, in seconds since 1970; None if it isn't said."""


@dataclass(frozen=True, slots=True)
class CompanyResult:
    """How a sign-in at a provider ended: each link, the account once it is proved, the role when all hold."""

    begun: CompanyAttempt
    links: tuple[Link, ...]
    account: CompanyAccount | None = None
    role: Role | None = None


class _Broken(Exception):
    """A link that failed; the ones after it aren't reached."""

    def __init__(self, key: str, sentence: str, fix: str) -> None:
        super().__init__(sentence)
        self.link = failed(key, _STEPS[key], sentence, fix)


def read_description(discovery_url: str) -> OidcDescription:
    """The provider at this address, checked: issuer, endpoints and keys named, each on https.

    Raises `InvalidValue`, `AddressRefused`, `ProviderUnreachable`.
    """
    url = discovery_address(discovery_url)
    found = oidc_from(web.fetch_json(url, {web.origin_of(url)}), url)
    if discovery_address(found.issuer) != url:
        raise InvalidValue(
            f"The provider calls itself {found.issuer or 'nothing'}, which isn't this address.",
            "Enter the issuer exactly as the provider writes it; at Entra that of your own tenant.",
            field="discovery_url",
        )
    for what, address in (
        ("login page", found.authorize_url),
        ("token address", found.token_url),
        ("keys", found.jwks_uri),
    ):
        if not address:
            raise InvalidValue(
                f"The provider names no {what}.", "It is no OpenID provider.", field="discovery_url"
            )
    return found


@dataclass(frozen=True, slots=True)
class CompanySignIn:
    """The two halves of a sign-in, for real or tried out by an administrator."""

    store: Store

    def offered(self) -> tuple[SignInProvider, ...]:
        """The providers on the sign-in page, by name."""
        return self.store.sign_in_providers.list()

    def depart(
        self,
        provider_id: str,
        browser: str,
        redirect_uri: str,
        came_for: str = "",
        tried_in: str = "",
        again_in: str = "",
        *,
        choosing: bool = False,
    ) -> str:
        """Begin; returns the address of the provider's login page.

        `browser` is a secret of the browser that must come back; `choosing`, that the provider lets
        them choose another account than the one it last had here. Raises `RecordNotFound`,
        `InvalidValue`, `AddressRefused`, `ProviderUnreachable`.
        """
        provider = self.store.sign_in_providers.get(provider_id)
        found = read_description(provider.discovery_url)
        begun = CompanyAttempt(
            provider.id,
            secrets.token_urlsafe(24),
            secrets.token_urlsafe(48),
            redirect_uri,
            came_for,
            tried_in,
            again_in,
            time.time(),
        )
        state = self.store.tickets.issue(_PURPOSE, json.dumps(asdict(begun)), browser, WAITS)
        with oauth_client((), provider.client_id, "", "none", scope=provider.scopes) as client:
            address, _ = client.create_authorization_url(
                found.authorize_url,
                state=state,
                redirect_uri=redirect_uri,
                nonce=begun.nonce,
                code_verifier=begun.verifier,
                response_mode="query",
                **_wanted_of_the_page(begun, choosing),
            )
        return str(address)

    def waits_for(self, state: str, browser: str) -> bool:
        """True if a sign-in that this browser began waits for `state`."""
        return bool(state and browser) and self.store.tickets.peek(_PURPOSE, state, browser) is not None

    def come_back(self, browser: str, answer: CallbackAnswer, now: float | None = None) -> CompanyResult:
        """Take the provider's answer, once. Raises `SignInRefused` when nothing waits for it."""
        kept = self.store.tickets.redeem(_PURPOSE, answer.state, browser)
        if kept is None:
            raise SignInRefused("This sign-in is over, or was begun elsewhere.", "Begin again.")
        begun = CompanyAttempt(**json.loads(kept))
        links: list[Link] = []
        account = role = None
        try:
            provider, account = self._judged(begun, answer, time.time() if now is None else now, links)
            role = role_of(provider, account.groups)
        except _Broken as broken:
            links = _up_to(links, broken)
        else:
            sentence = f"The first rule that fits gives the role {role}."
            links.append(passed("role", _STEPS["role"], sentence, detail=_held(provider, account.groups)))
        return CompanyResult(begun, tuple(links), account, role)

    def sign_in(self, arrival: CompanyResult, address: str = "") -> Operator:
        """The operator of an account that has arrived: made at the first time, name and role renewed.

        Raises `SignInRefused` with the link that failed, also for a disabled operator or a name that
        somebody else has. Every end is logged.
        """
        account, role = self._admitted(arrival, address)
        provider_id = arrival.begun.provider_id
        found = self.store.operators.by_subject(provider_id, account.subject)
        if found is None:
            return self._made(provider_id, account, role)
        need_admitted(self.store, found, address)
        if (found.role, found.name, found.email) == (role, account.name, account.email):
            return found
        renewed = self.store.operators.update(found.id, role=role, name=account.name, email=account.email)
        record_own(self.store, renewed, "operator.renewed", address)
        return renewed

    def sign_in_again(self, arrival: CompanyResult, address: str = "") -> Operator:
        """The operator who signed in at the provider once more; their session counts as proved from now on.

        Raises `SignInRefused`, as `sign_in` and for another account, another session's end, or a
        provider that let them in without asking.
        """
        account, _ = self._admitted(arrival, address)
        begun = arrival.begun
        found = live_operator(self.store, begun.again_in)
        if found is None:
            raise SignInRefused("You were signed out here meanwhile.", "Sign in again.")
        operator, session = found
        if (operator.provider_id, operator.subject) != (begun.provider_id, account.subject):
            record_own(self.store, operator, "operator.proved", address, ActivityResult.FAILED)
            raise SignInRefused(
                f"That was another account than the one of {operator.username}.", "Choose your own there."
            )
        if account.signed_in_at is None or account.signed_in_at < begun.begun_at - CLOCK_SECONDS:
            record_own(self.store, operator, "operator.proved", address, ActivityResult.FAILED)
            raise SignInRefused(
                "The provider doesn't say that you signed in there just now (auth_time).",
                "Try again. If it stays, ask an administrator: it can be set that the provider isn't asked "
                "again.",
            )
        self.store.sessions.prove(session.id)
        record_own(self.store, operator, "operator.proved", address)
        return operator

    def logout_address(self, operator: Operator, back: str) -> str:
        """Where signing out goes on at the provider, with the way `back`; "" when it doesn't."""
        if not operator.provider_id:
            return ""
        try:
            provider = self.store.sign_in_providers.get(operator.provider_id)
            if not provider.signs_out_there:
                return ""
            found = read_description(provider.discovery_url)
        except ConsoleError:
            # the session here is over either way
            return ""
        if not found.end_session_url:
            return ""
        query = {"client_id": provider.client_id, "post_logout_redirect_uri": back}
        return f"{found.end_session_url}?{urlencode(query)}"

    def _admitted(self, arrival: CompanyResult, address: str) -> tuple[CompanyAccount, Role]:
        """Account and role of an arrival whose every link holds. Raises `SignInRefused` otherwise.

        Whoever the provider knows and no rule fits any more is logged, and signed out everywhere.
        """
        account, role = arrival.account, arrival.role
        if account is not None and role is not None:
            return account, role
        if account is not None:
            found = self.store.operators.by_subject(arrival.begun.provider_id, account.subject)
            if found is None:
                record_stranger(self.store, "sign_in", account.username, address)
            else:
                self.store.sessions.revoke_operator(found.id)
                record_own(self.store, found, "sign_in", address, ActivityResult.FAILED)
        broken = first_failure(arrival.links)
        sentence = broken.sentence if broken else "The provider didn't say who you are."
        raise SignInRefused(sentence, broken.fix if broken else "Begin again.")

    def _made(self, provider_id: str, account: CompanyAccount, role: Role) -> Operator:
        try:
            operator = self.store.operators.add(
                username=account.username,
                name=account.name,
                email=account.email,
                role=role,
                provider_id=provider_id,
                subject=account.subject,
            )
        except NameTaken:
            raise SignInRefused(
                f"Another operator of this console is called {account.username}, so you weren't added.",
                "Ask an administrator to give that one another name on the page Operators.",
            ) from None
        record_own(self.store, operator, "operator.arrived")
        return operator

    def _judged(
        self, begun: CompanyAttempt, answer: CallbackAnswer, now: float, links: list[Link]
    ) -> tuple[SignInProvider, CompanyAccount]:
        """Who it is, and by which provider; `links` gets every link that holds. Raises `_Broken`."""

        def good(key: str, sentence: str, detail: str = "") -> None:
            links.append(passed(key, _STEPS[key], sentence, detail=detail))

        try:
            provider = self.store.sign_in_providers.get(begun.provider_id)
            found = read_description(provider.discovery_url)
        except ConsoleError as error:
            raise _Broken("described", error.message, error.next_step) from None
        good("described", f"Its issuer is {found.issuer}.")
        if not answer.code:
            raise _Broken("answered", _refusal(answer), "Sign in again, or ask whoever runs the provider.")
        good("answered", "The provider sent you back with a code.")
        tokens = _exchange(provider, self.store.sign_in_providers.secret(provider.id), found, begun, answer)
        good("exchanged", "Client ID and secret are right.")
        claims, header = _genuine(tokens, found)
        good("genuine", "Signed by a key of the provider.", f"alg {header.get('alg')}")
        _check_claims(claims, header, tokens, provider, found, begun, now)
        good("for-us", "Issuer, audience, nonce and time are right.")
        account = _account(_with_more(claims, tokens, provider, found), provider.claim)
        told = "said" if account.signed_in_at is not None else "not said, so nobody can be asked again"
        good("known", f"{account.username} ({account.name or 'no name'}).", f"auth_time {told}")
        return provider, account


def not_begun(error: ConsoleError) -> tuple[Link, ...]:
    """The links of a sign-in that didn't get as far as the provider's page, because of this."""
    return tuple(_up_to([], _Broken("described", error.message, error.next_step)))


def _up_to(held: list[Link], broken: _Broken) -> list[Link]:
    """The links that held, the one that didn't, and those that weren't reached."""
    links = [*held, broken.link]
    reached = {link.key for link in links}
    return links + [not_reached(key, title) for key, title in _STEPS.items() if key not in reached]


def _wanted_of_the_page(begun: CompanyAttempt, choosing: bool) -> dict[str, str]:
    """What the provider's page is asked for besides (OpenID Connect Core, 3.1.2.1)."""
    if begun.again_in:
        return {"prompt": "login", "max_age": "0"}
    # whoever tries a provider out wants to see its page, and to choose an account
    return {"prompt": "select_account"} if begun.tried_in or choosing else {}


def _seconds(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def role_of(provider: SignInProvider, groups: tuple[str, ...]) -> Role:
    """The role of the first rule that fits. Raises `_Broken` when none does."""
    for value, role in provider.role_rules:
        if value == EVERYBODY or value in groups:
            return Role(role)
    raise _Broken(
        "role",
        f"None of your groups may use this console. {_held(provider, groups)}",
        "Ask an administrator of this console to add a rule for one of your groups, or ask whoever keeps "
        "the groups to add you to one.",
    )


def _held(provider: SignInProvider, groups: tuple[str, ...]) -> str:
    held = ", ".join(groups[:20]) or "nothing"
    return f"The claim “{provider.claim}” holds {held}."


def _refusal(answer: CallbackAnswer) -> str:
    said = " ".join(answer.description.split())[:300] or answer.error
    return f"The provider refused: {said}" if said else "The provider sent no code."


def _origins(found: OidcDescription, *urls: str) -> set[str]:
    """The origins of these addresses; those elsewhere than the provider's own must be public ones."""
    home = web.origin_of(found.url)
    origins = {web.origin_of(url) for url in urls if url}
    for url in urls:
        if url and web.origin_of(url) != home:
            web.refuse_inside(url)
    return origins


def _exchange(
    provider: SignInProvider,
    secret: str,
    found: OidcDescription,
    begun: CompanyAttempt,
    answer: CallbackAnswer,
) -> Mapping[str, Any]:
    method = "none"
    if secret:
        posted = found.auth_methods and "client_secret_basic" not in found.auth_methods
        method = "client_secret_post" if posted else "client_secret_basic"
    try:
        origins = _origins(found, found.token_url)
        with oauth_client(origins, provider.client_id, secret, method) as client:
            got = client.fetch_token(
                found.token_url,
                code=answer.code,
                redirect_uri=begun.redirect_uri,
                code_verifier=begun.verifier,
            )
    except AuthlibBaseError as error:
        code = str(error.error or "unknown error")[:100]
        raise _Broken(
            "exchanged",
            f"The provider refused the code ({code}).",
            "Usually the client secret is wrong, or the callback URL isn't registered for this client.",
        ) from None
    except httpx.HTTPError as error:
        told = web.unreachable(found.token_url, error)
        raise _Broken("exchanged", told.message, told.next_step) from None
    except ConsoleError as error:
        raise _Broken("exchanged", error.message, error.next_step) from None
    if not isinstance(got, Mapping) or not isinstance(got.get("id_token"), str):
        raise _Broken("exchanged", "The provider sent no ID token.", "The scope “openid” must be asked for.")
    return got


def _genuine(tokens: Mapping[str, Any], found: OidcDescription) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """Claims and header of the ID token, its signature verified by a key of the provider."""
    try:
        keys = KeySet.import_key_set(web.fetch_json(found.jwks_uri, _origins(found, found.jwks_uri)))  # type: ignore[arg-type]
        token = jwt.decode(tokens["id_token"], keys, algorithms=_ALGORITHMS)
    except ConsoleError as error:
        raise _Broken("genuine", error.message, error.next_step) from None
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise _Broken(
            "genuine",
            f"The ID token isn't signed by a key of the provider ({type(error).__name__}).",
            "Compare the issuer with the provider's; nobody may sign in with such a token.",
        ) from None
    return dict(token.claims), token.header


def _check_claims(
    claims: dict[str, Any],
    header: Mapping[str, Any],
    tokens: Mapping[str, Any],
    provider: SignInProvider,
    found: OidcDescription,
    begun: CompanyAttempt,
    now: float,
) -> None:
    """Issuer, audience, party, nonce, times and `at_hash` of an ID token (OpenID Connect Core, 3.1.3.7)."""
    checked = CodeIDToken(
        claims,
        dict(header),
        {
            "iss": {"essential": True, "value": found.issuer},
            "aud": {"essential": True, "value": provider.client_id},
            "exp": {"essential": True},
            "iat": {"essential": True},
            "sub": {"essential": True},
            "nonce": {"essential": True, "value": begun.nonce},
        },
        {
            "nonce": begun.nonce,
            "client_id": provider.client_id,
            "access_token": tokens.get("access_token"),
        },
    )
    try:
        checked.validate(now=int(now), leeway=CLOCK_SECONDS)
    except (AuthlibBaseError, JoseError, ValueError) as error:
        said = getattr(error, "description", "") or getattr(error, "error", "") or type(error).__name__
        raise _Broken(
            "for-us",
            f"The ID token doesn't belong to this sign-in: {str(said)[:200]}.",
            "Begin again. If it stays: the client ID, the issuer, or a clock is wrong.",
        ) from None


def _with_more(
    claims: dict[str, Any], tokens: Mapping[str, Any], provider: SignInProvider, found: OidcDescription
) -> dict[str, Any]:
    """The claims, with those of the userinfo address where the token leaves out what is needed."""
    enough = _at(claims, provider.claim) is not None and (
        claims.get("email") or claims.get("preferred_username")
    )
    access = tokens.get("access_token")
    if enough or not found.attributes_url or not isinstance(access, str):
        return claims
    try:
        with httpx.Client(**web.client_options(_origins(found, found.attributes_url))) as client:
            answer = client.get(found.attributes_url, headers={"authorization": f"Bearer {access}"})
            more = web.json_object(answer.content, "The provider") if answer.is_success else {}
    except (httpx.HTTPError, ConsoleError):
        # what the token says by itself is judged then
        return claims
    # OpenID Connect Core, 5.3.2: another subject's answer must not be used
    return {**more, **claims} if more.get("sub") == claims["sub"] else claims


def _at(claims: Mapping[str, Any], path: str) -> Any:
    """The claim of this name, or at this path ("realm_access.roles"); None when there is none."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _account(claims: Mapping[str, Any], claim: str) -> CompanyAccount:
    def text(name: str) -> str:
        value = claims.get(name)
        return " ".join(value.split())[:200] if isinstance(value, str) else ""

    held = _at(claims, claim)
    # an address that nobody has confirmed may be someone else's
    email = "" if claims.get("email_verified") in (False, "false") else text("email")
    groups = [held] if isinstance(held, str) else held if isinstance(held, list) else []
    account = CompanyAccount(
        str(claims["sub"]),
        email or text("preferred_username") or text("cognito:username") or text("sub"),
        text("name") or " ".join(filter(None, (text("given_name"), text("family_name")))),
        email,
        tuple(group for group in groups[:1000] if isinstance(group, str)),
        _seconds(claims.get("auth_time")),
    )
    try:
        check_person(account.username, account.name, account.email)
    except InvalidValue as error:
        raise _Broken("known", error.message, "The provider's name for you can't be used here.") from None
    return account
