"""What both authorization servers of the demo share: Authlib on werkzeug, and codes that are good once."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, cast

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    InvalidRequestError,
    OAuth2Payload,
    OAuth2Request,
    grants,
)
from authlib.oauth2.rfc7636 import CodeChallenge
from werkzeug.wrappers import Request, Response


class _Payload(OAuth2Payload):  # type: ignore[misc]
    def __init__(self, request: Request) -> None:
        self._values = request.values

    @property
    def data(self) -> Any:
        return self._values

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        lists: defaultdict[str, list[str]] = defaultdict(list)
        lists.update({name: list(self._values.getlist(name)) for name in self._values})
        return lists


class _Request(OAuth2Request):  # type: ignore[misc]
    def __init__(self, request: Request) -> None:
        super().__init__(request.method, request.url, headers=request.headers)
        self.payload = _Payload(request)
        self._request = request

    @property
    def args(self) -> Any:
        return self._request.args

    @property
    def form(self) -> Any:
        return self._request.form


class SomebodyPresent(Protocol):
    """Whoever has signed in; `auth_time` in seconds since the epoch."""

    @property
    def auth_time(self) -> int: ...


Who = TypeVar("Who", bound=SomebodyPresent)


@dataclass(frozen=True, slots=True)
class AuthorizationCode(Generic[Who]):
    """An authorization code's other half. Its getters are those that Authlib asks for."""

    client_id: str
    redirect_uri: str
    scope: str
    who: Who
    nonce: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.who.auth_time

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
    """A code that the server's memory keeps, good once: whoever asks for it uses it up."""

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        data = request.payload.data
        kept: AuthorizationCode[Any] = AuthorizationCode(
            client_id=request.client.get_client_id(),
            redirect_uri=data["redirect_uri"],
            scope=request.scope,
            who=request.user,
            nonce=data.get("nonce", ""),
            code_challenge=data.get("code_challenge", ""),
            code_challenge_method=data.get("code_challenge_method", ""),
        )
        self.server.memory.codes.put(kept, name=code)

    def delete_authorization_code(self, authorization_code: AuthorizationCode[Any]) -> None:
        """Part of Authlib's interface: the code was forgotten when it was read."""


class WerkzeugServer(AuthorizationServer):  # type: ignore[misc]
    """An authorization server that is asked and answers in werkzeug's objects."""

    def create_oauth2_request(self, request: Any) -> OAuth2Request:
        return request if isinstance(request, OAuth2Request) else _Request(cast(Request, request))

    def handle_response(self, status: int, body: Any, headers: Any) -> Response:
        text = json.dumps(body) if isinstance(body, dict) else body
        response = Response(text, status=status)
        for name, value in headers:
            response.headers[name] = value
        return response

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Part of Authlib's interface: nobody listens to signals."""

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        """Part of Authlib's interface: tokens are kept when they are made."""


class Pkce(CodeChallenge):  # type: ignore[misc]
    """Proof of the code's owner; S256 only, and its name must be said."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]  # noqa: RUF012

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if data.get("code_challenge") and not data.get("code_challenge_method"):
            raise InvalidRequestError
        super().validate_code_challenge(grant, redirect_uri)
