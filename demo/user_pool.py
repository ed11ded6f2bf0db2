"""A pool of the embedded Cognito and its app clients, with what moto doesn't keep of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from moto.cognitoidp.models import CognitoIdpUserPool, CognitoIdpUserPoolAttribute, CognitoIdpUserPoolClient

from demo import listing
from demo.users import AwsLikeUser

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


class AwsLikeClient(CognitoIdpUserPoolClient):
    """An app client; `browser_minutes` is its SSOSession.MaxValidityMinutes."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.browser_minutes = BROWSER_MINUTES
