"""A pool of the embedded Cognito and its app clients, with what moto doesn't keep of them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import string
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from moto.cognitoidp.models import CognitoIdpUserPool, CognitoIdpUserPoolAttribute, CognitoIdpUserPoolClient
from moto.core.utils import utcnow

from demo import listing
from demo.users import AwsLikeUser, SentMessage

MOST_MESSAGES = 200  # that are kept, the oldest goes first
BROWSER_MINUTES = 60  # how long a client lets a browser in without asking again, unless it says otherwise


@dataclass(slots=True)
class SessionTracking:
    """A pool's session configuration; `most` is how many token sessions a person may have."""

    enabled: bool = False
    most: int = 20


class AwsLikePool(CognitoIdpUserPool):
    """A pool with AWS's whole schema and short id, whose users are found by sub too."""

    def __init__(self, account_id: str, region: str, name: str, config: dict[str, Any], own_id: str) -> None:
        standard = dict(CognitoIdpUserPoolAttribute.STANDARD_SCHEMA)
        given = {entry["Name"]: entry for entry in config.get("Schema", [])}
        whole = [{"Name": key, **default, **given.pop(key, {})} for key, default in standard.items()]
        super().__init__(account_id, region, name, {**config, "Schema": [*whole, *given.values()]})
        own_id = own_id or self.id.partition("_")[2][:9]
        self.arn = self.arn.replace(self.id, f"{region}_{own_id}")
        self.id = f"{region}_{own_id}"
        self.users = listing.NumberedUsers()
        self.tracking = SessionTracking()
        self.email_mfa_config: dict[str, Any] | None = None
        self.passkey_config: dict[str, Any] | None = None
        self.messages: deque[SentMessage] = deque(maxlen=MOST_MESSAGES)

    @property
    def tier(self) -> str:
        """LITE, ESSENTIALS or PLUS; AWS's default is the second."""
        return str(self.extended_config.get("UserPoolTier") or "ESSENTIALS")

    def find(self, username: str) -> AwsLikeUser | None:
        """By username, else by what people sign in with (aliases only once verified), else by sub."""
        users = cast(listing.NumberedUsers, self.users)
        found = users.get(username) or users.by_sub.get(username)
        signs_in_with = self.extended_config.get("UsernameAttributes") or []
        aliases = self.extended_config.get("AliasAttributes") or []
        if found is not None or not (signs_in_with or aliases):
            return found

        def answers_to(user: AwsLikeUser) -> bool:
            held = user.attribute_lookup
            return any(held.get(name) == username for name in signs_in_with) or any(
                held.get(name) == username
                and (name == "preferred_username" or held.get(f"{name}_verified") == "true")
                for name in aliases
            )

        return next(filter(answers_to, users.values()), None)

    def everybody(self) -> list[AwsLikeUser]:
        """All people of the pool."""
        return list(cast(listing.NumberedUsers, self.users).values())

    def client(self, client_id: str) -> AwsLikeClient | None:
        """One of the pool's app clients."""
        return cast("AwsLikeClient | None", self.clients.get(client_id))

    def _get_user(self, username: str) -> Any:
        """Where moto looks for people."""
        return self.find(username)


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """One of an app client's secrets."""

    value: str
    made: datetime

    def id(self, client_id: str) -> str:
        """ClientSecretId: the client's id and when the secret was made."""
        return f"{client_id}--{round(self.made.replace(tzinfo=UTC).timestamp() * 1000)}"


def new_client_secret() -> str:
    """A secret as long as AWS's."""
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(52))


class AwsLikeClient(CognitoIdpUserPoolClient):
    """An app client; `browser_minutes` is its SSOSession.MaxValidityMinutes."""

    def __init__(self, user_pool_id: str, generate_secret: bool, config: dict[str, Any] | None) -> None:
        self.secrets: list[ClientSecret] = []
        self.created = self.modified = utcnow()
        self.browser_minutes = BROWSER_MINUTES
        super().__init__(user_pool_id, generate_secret, config)
        self.secret = new_client_secret()

    @property
    def secret(self) -> str:
        """The secret that has been there longest."""
        return self.secrets[0].value

    @secret.setter
    def secret(self, value: str) -> None:
        self.secrets = [ClientSecret(value, self.created)]

    def accepts(self, secret: str) -> bool:
        """Whether this is one of the client's secrets."""
        return any(hmac.compare_digest(secret.encode(), known.value.encode()) for known in self.secrets)

    def accepts_hash(self, given: str, username: str) -> bool:
        """Whether this is SECRET_HASH by one of the client's secrets."""
        message = f"{username}{self.id}".encode()
        hashes = (hmac.new(known.value.encode(), message, hashlib.sha256) for known in self.secrets)
        return any(hmac.compare_digest(given.encode(), base64.b64encode(made.digest())) for made in hashes)

    def reset(self, settings: Mapping[str, Any]) -> None:
        """Only these settings from now on, everything else by default; the name stays."""
        fresh = CognitoIdpUserPoolClient(self.user_pool_id, False, {})
        name = {"ClientName": self.extended_config.get("ClientName")}
        self.extended_config = {**fresh.extended_config, **name, **settings}
        self.modified = utcnow()

    def to_json(self, extended: bool = False) -> dict[str, Any]:
        """As moto has it, with dates."""
        answer = dict(super().to_json(extended))
        dates = {"CreationDate": self.created, "LastModifiedDate": self.modified}
        return {**answer, **dates} if extended else answer
