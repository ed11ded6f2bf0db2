"""What Authlib's authorization server needs of werkzeug: its requests and responses."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any, cast

from authlib.oauth2.rfc6749 import AuthorizationServer, InvalidRequestError, OAuth2Payload, OAuth2Request
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
        """Nobody listens."""

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        """Kept when they are made."""


class Pkce(CodeChallenge):  # type: ignore[misc]
    """Proof of the code's owner; S256 only, and its name must be said."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]  # noqa: RUF012

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if data.get("code_challenge") and not data.get("code_challenge_method"):
            raise InvalidRequestError
        super().validate_code_challenge(grant, redirect_uri)
