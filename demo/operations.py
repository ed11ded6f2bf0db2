"""One call of an operation that moto lacks or has too lax: whose pool, who, what was sent.

Each subject's module (`devices`, `user_sessions` …) names its operations in a dictionary `OPERATIONS`;
`responses` serves them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, cast

from moto.cognitoidp.exceptions import NotAuthorizedError, ResourceNotFoundError
from moto.cognitoidp.models import (
    CognitoIdpBackend,
    cognitoidp_backends,
)

from demo import tokens
from demo.user_pool import AwsLikeClient, AwsLikePool
from demo.users import AwsLikeUser

ACCOUNT = "123456789012"
"""moto's only account."""

Answer = dict[str, Any]


class OperationRequest:
    """The request of an administrator (UserPoolId, Username) or of somebody signed in (AccessToken)."""

    def __init__(self, backend: CognitoIdpBackend, given: Mapping[str, Any]) -> None:
        self.backend = backend
        self.given = given

    def __getitem__(self, name: str) -> Any:
        return self.given[name]

    def get(self, name: str, default: Any = None) -> Any:
        """What was sent under a name, else the default."""
        return self.given.get(name, default)

    @property
    def by_owner(self) -> bool:
        """Whether somebody asks about themselves, with an access token."""
        return "AccessToken" in self.given

    @cached_property
    def pool(self) -> AwsLikePool:
        """Raises ResourceNotFoundException for a pool that isn't there."""
        if self.by_owner:
            return self._owner[0]
        return cast(AwsLikePool, self.backend.describe_user_pool(self.given["UserPoolId"]))

    @cached_property
    def user(self) -> AwsLikeUser:
        """Raises UserNotFoundException, or NotAuthorizedException for a token that isn't good."""
        if self.by_owner:
            return self._owner[1]
        return cast(AwsLikeUser, self.backend.admin_get_user(self.pool.id, self.given["Username"]))

    @cached_property
    def client(self) -> AwsLikeClient:
        """The app client that the request names."""
        found = self.pool.client(self.given["ClientId"])
        if found is None:
            raise ResourceNotFoundError(f"User pool client {self.given['ClientId']} does not exist.")
        return found

    @property
    def pool_and_client(self) -> tuple[AwsLikePool, AwsLikeClient]:
        """Where nothing but the app client is named: it and its pool, whatever their region."""
        for pool in every_pool():
            client = pool.client(self.given["ClientId"])
            if client is not None:
                return pool, client
        raise ResourceNotFoundError(f"User pool client {self.given['ClientId']} does not exist.")

    @cached_property
    def claims(self) -> Mapping[str, Any]:
        """What the access token says."""
        return tokens.read(self.given["AccessToken"])

    @cached_property
    def _owner(self) -> tuple[AwsLikePool, AwsLikeUser]:
        token = self.given["AccessToken"]
        for pool in every_pool():
            if token in pool.access_tokens:
                return pool, _owner_in(pool, token, self.claims)
        raise NotAuthorizedError("Access Token has been revoked")


Operation = Callable[[OperationRequest], Answer]


def every_pool() -> Iterator[AwsLikePool]:
    """The pools of this process, whatever their region."""
    for region in cognitoidp_backends[ACCOUNT].values():
        yield from cast(Iterable[AwsLikePool], region.user_pools.values())


def _owner_in(pool: AwsLikePool, token: str, claims: Mapping[str, Any]) -> AwsLikeUser:
    user = pool.find(pool.access_tokens[token][1])
    if user is None or not user.enabled:
        raise NotAuthorizedError("User is disabled.")
    if tokens.expired(claims):
        raise NotAuthorizedError("Access Token has expired")
    if tokens.API_SCOPE not in claims["scope"].split():
        raise NotAuthorizedError("Access Token does not have required scopes")
    return user
