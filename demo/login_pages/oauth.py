"""Authlib's authorization server on top of a pool of the embedded Cognito.

Authlib judges the requests; here stand the pool's app clients, tokens and AWS's ways of saying no
(developer guide: "The redirect and authorization endpoint", "The token endpoint", "The revoke token
endpoint"). AWS's errors carry the code alone, so descriptions are left out.
"""

from __future__ import annotations

import secrets
import time
import uuid
from dataclasses import dataclass
from typing import Any, cast

from authlib.oauth2.rfc6749 import (
    ClientMixin,
    InvalidGrantError,
    OAuth2Error,
    OAuth2Request,
    UnauthorizedClientError,
    UnsupportedTokenTypeError,
    grants,
)
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oidc.core.grants import OpenIDCode
from authlib.oidc.core.grants.util import create_half_hash
from werkzeug.wrappers import Response

from demo import tokens, user_sessions
from demo.authorization_server import AuthorizationCode, CodeGrant, Pkce, WerkzeugServer
from demo.login_pages.memory import Grant, Memory, SignedIn
from demo.user_pool import AwsLikeClient, AwsLikePool
from demo.users import AwsLikeUser

METHODS = ["none", "client_secret_basic", "client_secret_post"]


class Client(ClientMixin):  # type: ignore[misc]
    """An app client as Authlib sees it."""

    def __init__(self, record: AwsLikeClient) -> None:
        self.record = record
        self.config = record.extended_config

    def get_client_id(self) -> str:
        return str(self.record.id)

    def get_default_redirect_uri(self) -> str | None:
        return None  # AWS requires it in the request

    def get_allowed_scope(self, scope: str) -> str | None:
        allowed = self.config.get("AllowedOAuthScopes") or []
        asked = scope.split() if scope else allowed
        if not set(asked) <= set(allowed):
            return None
        if {"email", "phone", "profile"} & set(asked) and "openid" not in asked:
            return None
        return " ".join(asked)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in (self.config.get("CallbackURLs") or [])

    def check_logout_uri(self, logout_uri: str) -> bool:
        return logout_uri in (self.config.get("LogoutURLs") or [])

    def check_client_secret(self, client_secret: str) -> bool:
        return self.record.accepts(client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return (method == "none") != bool(self.record.generate_secret)

    def check_response_type(self, response_type: str) -> bool:
        return self._allows(response_type)

    def check_grant_type(self, grant_type: str) -> bool:
        # AWS refreshes for every client whose people sign in through these pages.
        return grant_type == "refresh_token" or self._allows("code")

    def _allows(self, flow: str) -> bool:
        usable = self.config.get("AllowedOAuthFlowsUserPoolClient")
        return bool(usable) and flow in (self.config.get("AllowedOAuthFlows") or [])


class PoolServer(WerkzeugServer):
    """The authorization server of one pool. Cheap: made for each request."""

    def __init__(self, pool: AwsLikePool, memory: Memory) -> None:
        super().__init__()
        self.pool = pool
        self.memory = memory
        self.register_grant(_CodeGrant, [Pkce(required=False), _IdToken()])
        self.register_grant(_RefreshGrant, [_IdToken()])
        self.register_endpoint(_Revocation(self))

    def query_client(self, client_id: str) -> Client | None:
        record = self.pool.client(client_id)
        return Client(record) if record is not None else None

    def user(self, who: SignedIn) -> AwsLikeUser | None:
        """The person, unless disabled or gone since."""
        user = self.pool.find(who.username)
        return user if user is not None and user.enabled else None

    def handle_error_response(self, request: Any, error: OAuth2Error) -> Response:
        error.description = error.description if error.description == "invalid_redirect" else ""
        response = super().handle_error_response(request, error)
        if response.status_code == 401:
            response.status_code = 400
            response.headers.pop("WWW-Authenticate", None)
        return cast(Response, response)

    def begin_session(self, request: OAuth2Request, user: AwsLikeUser, grant: Grant) -> None:
        """Write down the sign-in, as the browser's from which it came."""
        who = request.authorization_code.who
        user_sessions.begin_tokens(
            self.pool, request.client.record, user, grant.origin_jti, who.session, who.caller
        )

    def issue(self, client: Client, user: AwsLikeUser, grant: Grant) -> dict[str, Any]:
        """An access token in the form of a token answer."""
        token = tokens.sign(
            self.pool,
            tokens.access_claims(
                self.pool,
                client.record,
                user,
                scope=grant.scope,
                auth_time=grant.auth_time,
                origin_jti=grant.origin_jti,
            ),
        )
        self.pool.access_tokens[token] = (client.record.id, user.username)
        return {
            "access_token": token,
            "expires_in": tokens.lifetime(client.record, "Access"),
            "token_type": "Bearer",
            "scope": grant.scope,
        }


class _IdToken(OpenIDCode):  # type: ignore[misc]
    """The id token beside an access token whose scopes hold `openid`."""

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
        return False  # AWS takes any, and any number of times

    def process_token(self, grant: Any, response: Any) -> Any:
        token = super().process_token(grant, response)
        token.pop("scope", None)  # AWS doesn't say it
        return token

    def encode_id_token(self, token: dict[str, Any], request: OAuth2Request) -> str:
        server, grant = request.credential
        claims = tokens.id_claims(
            server.pool,
            request.client.record,
            request.user,
            scope=grant.scope,
            auth_time=grant.auth_time,
            origin_jti=grant.origin_jti,
        )
        claims["at_hash"] = create_half_hash(token["access_token"], "RS256").decode()
        if request.authorization_code and request.authorization_code.nonce:
            claims["nonce"] = request.authorization_code.nonce
        signed = tokens.sign(server.pool, claims)
        server.pool.id_tokens[signed] = (request.client.record.id, request.user.username)
        return signed


class _CodeGrant(CodeGrant):
    """A code from the login page, good once."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    server: PoolServer

    def query_authorization_code(self, code: str, client: Client) -> AuthorizationCode[SignedIn] | None:
        found = self.server.memory.codes.take(code)
        if found is None or found.client_id != client.get_client_id():
            return None
        if self.request.payload.redirect_uri != found.redirect_uri:
            raise UnauthorizedClientError(description="invalid_redirect")
        return found

    def authenticate_user(self, authorization_code: AuthorizationCode[SignedIn]) -> AwsLikeUser | None:
        return self.server.user(authorization_code.who)

    def generate_token(self, user: Any, scope: str, **_: Any) -> dict[str, Any]:
        grant = Grant(scope, self.request.authorization_code.who.auth_time, str(uuid.uuid4()))
        self.request.credential = (self.server, grant)
        refresh_token = secrets.token_urlsafe(96)
        self.server.memory.grants[refresh_token] = grant
        owner = (self.request.client.get_client_id(), user.username, grant.origin_jti)
        self.server.pool.refresh_tokens[refresh_token] = owner
        self.server.begin_session(self.request, user, grant)
        token = self.server.issue(self.request.client, user, grant)
        return {**token, "refresh_token": refresh_token}


@dataclass(frozen=True, slots=True)
class _Refresh:
    """A refresh token that the pool still honours."""

    token: str
    client_id: str
    username: str
    grant: Grant

    def check_client(self, client: Client) -> bool:
        return self.client_id == client.get_client_id()

    def get_scope(self) -> str:
        return self.grant.scope


def _refresh(server: PoolServer, token: str) -> _Refresh | None:
    """Known, not revoked by its owner's or an administrator's sign-out, and in time."""
    owner = server.pool.refresh_tokens.get(token)
    if owner is None:
        return None
    client_id, username, origin_jti = owner
    grant = server.memory.grants.get(token) or Grant(tokens.API_SCOPE, int(time.time()), origin_jti)
    client = server.query_client(client_id)
    if client is None or time.time() > grant.auth_time + tokens.lifetime(client.record, "Refresh"):
        return None
    return _Refresh(token, client_id, username, grant)


class _RefreshGrant(grants.RefreshTokenGrant):  # type: ignore[misc]
    """New tokens for an old sign-in."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    server: PoolServer

    def authenticate_refresh_token(self, refresh_token: str) -> _Refresh | None:
        return _refresh(self.server, refresh_token)

    def authenticate_user(self, refresh_token: _Refresh) -> AwsLikeUser:
        user = self.server.user(SignedIn(self.server.pool.id, refresh_token.username, 0))
        if user is None:
            raise InvalidGrantError
        return user

    def issue_token(self, user: AwsLikeUser, refresh_token: _Refresh) -> dict[str, Any]:
        self.request.credential = (self.server, refresh_token.grant)
        user_sessions.used(user, refresh_token.grant.origin_jti)
        return self.server.issue(self.request.client, user, refresh_token.grant)

    def revoke_old_credential(self, refresh_token: _Refresh) -> None:
        """The old one stays good: these clients don't rotate."""


class _Revocation(RevocationEndpoint):  # type: ignore[misc]
    """Refresh tokens can be revoked, and with them the access tokens of the same sign-in."""

    CLIENT_AUTH_METHODS = METHODS
    server: PoolServer

    def query_token(self, token_string: str, token_type_hint: str) -> _Refresh | None:
        if token_string in self.server.pool.access_tokens or token_string in self.server.pool.id_tokens:
            raise UnsupportedTokenTypeError
        return _refresh(self.server, token_string)

    def revoke_token(self, token: _Refresh, request: OAuth2Request) -> None:
        if not request.client.config.get("EnableTokenRevocation", True):
            raise UnsupportedTokenTypeError
        user = self.server.pool.find(token.username)
        if user is not None:
            user_sessions.forget_tokens(user, token.grant.origin_jti)
        tokens.revoke(self.server.pool, token.grant.origin_jti)
