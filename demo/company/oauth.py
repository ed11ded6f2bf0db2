"""Authlib's authorization server for the company's applications: code flow, id tokens, user info.

OpenID Connect Core 1.0; keys are made anew in each process, so these tokens prove something while it
lives and nothing afterwards.
"""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from authlib.oauth2.rfc6749 import ClientMixin, OAuth2Request
from authlib.oidc.core.grants import OpenIDCode
from authlib.oidc.core.grants.util import create_half_hash
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from demo.authorization_server import AuthorizationCode, CodeGrant, Pkce, WerkzeugServer
from demo.company.colleagues import CLIENTS, COLLEAGUES, Colleague, CompanyClient
from demo.drawer import Drawer

CODE_LIFE = 60.0  # seconds
TOKEN_LIFE = 600  # seconds, of access and id tokens
BROWSER_LIFE = 8 * 3600.0  # seconds that a browser stays signed in
SCOPES = ("openid", "email", "profile", "groups")
METHODS = ["client_secret_basic", "client_secret_post"]


@dataclass(frozen=True, slots=True)
class Present:
    """A colleague who signed in; `auth_time` in seconds since the epoch."""

    colleague: Colleague
    auth_time: int


@dataclass(frozen=True, slots=True)
class CompanyToken:
    """What an access token stands for."""

    who: Present
    scope: str


@dataclass
class CompanyMemory:
    """What is remembered between two requests, and the keys."""

    codes: Drawer[AuthorizationCode[Present]] = field(default_factory=lambda: Drawer(CODE_LIFE))
    tokens: Drawer[CompanyToken] = field(default_factory=lambda: Drawer(TOKEN_LIFE))
    browsers: Drawer[Present] = field(default_factory=lambda: Drawer(BROWSER_LIFE))

    @cached_property
    def key(self) -> RSAKey:
        """Made when the first token is."""
        key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, private=True)
        key.ensure_kid()
        return key

    def key_set(self) -> dict[str, Any]:
        """The public keys."""
        return dict(KeySet([self.key]).as_dict(private=False))


class _Client(ClientMixin):  # type: ignore[misc]
    """An application as Authlib sees it."""

    def __init__(self, record: CompanyClient) -> None:
        self.record = record

    def get_client_id(self) -> str:
        return self.record.client_id

    def get_default_redirect_uri(self) -> str | None:
        return None

    def get_allowed_scope(self, scope: str) -> str:
        return " ".join(name for name in (scope or "").split() if name in SCOPES)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return self.record.may_lead_to(redirect_uri)

    def check_client_secret(self, client_secret: str) -> bool:
        return hmac.compare_digest(client_secret.encode(), self.record.secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in METHODS

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class CompanyServer(WerkzeugServer):
    """The authorization server at one address. Cheap: made for each request."""

    def __init__(self, issuer: str, memory: CompanyMemory) -> None:
        super().__init__()
        self.issuer = issuer
        self.memory = memory
        self.register_grant(_CodeGrant, [Pkce(required=False), _IdToken()])

    def query_client(self, client_id: str) -> _Client | None:
        record = CLIENTS.get(client_id)
        return _Client(record) if record is not None else None


class _IdToken(OpenIDCode):  # type: ignore[misc]
    """The id token beside the access token."""

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
        return False

    def encode_id_token(self, token: dict[str, Any], request: OAuth2Request) -> str:
        server, code = request.credential
        now = int(time.time())
        claims = {
            **code.who.colleague.claims(code.scope),
            "iss": server.issuer,
            "aud": code.client_id,
            "iat": now,
            "exp": now + TOKEN_LIFE,
            "auth_time": code.who.auth_time,
            "amr": ["pwd"],
            "at_hash": create_half_hash(token["access_token"], "RS256").decode(),
            **({"nonce": code.nonce} if code.nonce else {}),
        }
        key = server.memory.key
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)


class _CodeGrant(CodeGrant):
    """A code from the sign-in page, good once."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    server: CompanyServer

    def query_authorization_code(self, code: str, client: _Client) -> AuthorizationCode[Present] | None:
        found = self.server.memory.codes.take(code)
        return found if found is not None and found.client_id == client.get_client_id() else None

    def authenticate_user(self, authorization_code: AuthorizationCode[Present]) -> Present | None:
        who = authorization_code.who
        return who if who.colleague in COLLEAGUES else None

    def generate_token(self, user: Present, scope: str, **_: Any) -> dict[str, Any]:
        self.request.credential = (self.server, self.request.authorization_code)
        access_token = self.server.memory.tokens.put(CompanyToken(user, scope), secrets.token_urlsafe(48))
        return {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": TOKEN_LIFE,
            "scope": scope,
        }
