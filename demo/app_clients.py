"""App clients: changing one resets what isn't sent, and a secret can be exchanged without a gap.

Rules are those of the API reference (UpdateUserPoolClient, AddUserPoolClientSecret and its siblings).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from moto.cognitoidp.exceptions import InvalidParameterException, ResourceNotFoundError
from moto.core.exceptions import JsonRESTError
from moto.core.utils import utcnow

from demo.identity_providers import LOCAL
from demo.operations import Answer, Operation, OperationRequest
from demo.tokens import SECONDS
from demo.user_pool import AwsLikeClient, AwsLikePool, ClientSecret, new_client_secret

SCOPES = frozenset({"openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"})
KEYS = frozenset({"UserPoolId", "ClientId"})
MOST_SECRETS = 2
LIFETIMES = {
    "Access": (300, 86_400, "hours"),
    "Id": (300, 86_400, "hours"),
    "Refresh": (3_600, 315_360_000, "days"),
}
"""Kind of token → least and most seconds that it may live, and the unit unless one is sent."""


def create(request: OperationRequest) -> Answer:
    """Add a client, with a secret if one is asked for or sent."""
    pool, secret = request.pool, request.get("ClientSecret", "")
    has_secret = bool(secret or request.get("GenerateSecret"))
    left_out = KEYS | {"GenerateSecret", "ClientSecret"}
    sent = {name: value for name, value in request.given.items() if name not in left_out}
    check(pool, has_secret, sent)
    client = cast(AwsLikeClient, pool.backend.create_user_pool_client(pool.id, has_secret, sent))
    client.secret = secret or client.secret
    return {"UserPoolClient": client.to_json(extended=True)}


def update(request: OperationRequest) -> Answer:
    """Replace the client's settings: whatever isn't sent goes back to its default."""
    pool, client = request.pool, request.client
    sent = {name: value for name, value in request.given.items() if name not in KEYS}
    check(pool, bool(client.generate_secret), sent)
    client.reset(sent)
    return {"UserPoolClient": client.to_json(extended=True)}


def check(pool: AwsLikePool, has_secret: bool, sent: Mapping[str, Any]) -> None:
    """Raise what AWS answers to settings that don't go together."""
    _check_flows(has_secret, sent)
    _check_addresses(sent)
    _check_lifetimes(sent)
    known = SCOPES | {
        f"{server.identifier}/{scope['ScopeName']}"
        for server in pool.resource_servers.values()
        for scope in server.scopes or ()
    }
    unknown = sorted(set(sent.get("AllowedOAuthScopes") or ()) - known)
    if unknown:
        raise JsonRESTError("ScopeDoesNotExistException", f"Invalid scope requested: {', '.join(unknown)}")
    for provider in sent.get("SupportedIdentityProviders") or ():
        if provider != LOCAL and provider not in pool.identity_providers:
            raise InvalidParameterException(
                f"The provider {provider} does not exist for User Pool {pool.id}."
            )
    for attribute in (*(sent.get("ReadAttributes") or ()), *(sent.get("WriteAttributes") or ())):
        if attribute not in pool.schema_attributes:
            raise InvalidParameterException(f"Invalid attribute: {attribute} is not in the schema.")


def _check_flows(has_secret: bool, sent: Mapping[str, Any]) -> None:
    flows = set(sent.get("AllowedOAuthFlows") or ())
    if "client_credentials" in flows and (len(flows) > 1 or not has_secret):
        raise JsonRESTError(
            "InvalidOAuthFlowException",
            "client_credentials goes with no other flow, and with a client that has a secret only.",
        )
    if flows & {"code", "implicit"} and not sent.get("CallbackURLs"):
        raise JsonRESTError("InvalidOAuthFlowException", "The flows code and implicit need a callback URL.")
    explicit = list(sent.get("ExplicitAuthFlows") or ())
    if explicit and len({flow.startswith("ALLOW_") for flow in explicit}) > 1:
        raise InvalidParameterException("Authentication flows with and without ALLOW_ can't be mixed.")


def _check_addresses(sent: Mapping[str, Any]) -> None:
    callbacks = sent.get("CallbackURLs") or ()
    for address in (*callbacks, *(sent.get("LogoutURLs") or ())):
        parts = urlsplit(address)
        local = parts.hostname in ("localhost", "127.0.0.1")
        if not parts.scheme or parts.fragment or (parts.scheme == "http" and not local):
            raise InvalidParameterException(f"{address} is not valid for a redirect URI.")
    default = sent.get("DefaultRedirectURI")
    if default and default not in callbacks:
        raise InvalidParameterException("The default redirect URI must be among the callback URLs.")


def _check_lifetimes(sent: Mapping[str, Any]) -> None:
    units = sent.get("TokenValidityUnits") or {}
    for kind, (least, most, usual) in LIFETIMES.items():
        number = sent.get(f"{kind}TokenValidity") or 0
        seconds = number * SECONDS[units.get(f"{kind}Token") or usual]
        if number and not least <= seconds <= most:
            raise InvalidParameterException(f"Invalid range for token validity: {kind}TokenValidity.")


# Secrets


def list_secrets(request: OperationRequest) -> Answer:
    """Which secrets there are, never what they are."""
    client = request.client
    return {"ClientSecrets": [_described(client, secret) for secret in client.secrets]}


def add_secret(request: OperationRequest) -> Answer:
    """A second secret; its value is told only if Cognito made it, and only now."""
    client, given = request.client, request.get("ClientSecret")
    if not client.generate_secret:
        raise InvalidParameterException(f"Client {client.id} has no secret.")
    if len(client.secrets) >= MOST_SECRETS:
        raise JsonRESTError("LimitExceededException", f"A client has at most {MOST_SECRETS} secrets.")
    secret = ClientSecret(given or new_client_secret(), utcnow())
    client.secrets.append(secret)
    told = {} if given else {"ClientSecretValue": secret.value}
    return {"ClientSecretDescriptor": {**_described(client, secret), **told}}


def delete_secret(request: OperationRequest) -> Answer:
    """Take a secret away, unless it is the last."""
    client = request.client
    found = next(
        (secret for secret in client.secrets if secret.id(client.id) == request["ClientSecretId"]), None
    )
    if found is None:
        raise ResourceNotFoundError("Client secret does not exist.")
    if len(client.secrets) == 1:
        raise InvalidParameterException("The last secret of a client can't be deleted.")
    client.secrets.remove(found)
    return {}


def _described(client: AwsLikeClient, secret: ClientSecret) -> dict[str, Any]:
    return {"ClientSecretId": secret.id(client.id), "ClientSecretCreateDate": secret.made}


OPERATIONS: dict[str, Operation] = {
    "CreateUserPoolClient": create,
    "UpdateUserPoolClient": update,
    "ListUserPoolClientSecrets": list_secrets,
    "AddUserPoolClientSecret": add_secret,
    "DeleteUserPoolClientSecret": delete_secret,
}
