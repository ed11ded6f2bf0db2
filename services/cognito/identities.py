"""Accounts at other providers by which a person signs in: the attribute `identities`, taken apart.

Cognito keeps there, as JSON, where a federated person comes from and whom AdminLinkProviderForUser has
linked (API reference; developer guide, "Linking federated users to an existing user profile").
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

MOST_LINKED = 5
"""Identities that one profile can be linked to (developer guide, "Quotas in Amazon Cognito")."""

SUBJECT = "Cognito_Subject"
"""What AdminLinkProviderForUser calls the identifier by which the provider knows somebody."""


@dataclass(frozen=True, slots=True)
class LinkedIdentity:
    """One account at a provider. `primary`: the profile was made by it; `linked_at` is aware, UTC."""

    provider: str
    user_id: str
    kind: str = ""
    primary: bool = False
    linked_at: datetime | None = None

    @property
    def username(self) -> str:
        """What its own profile is called as long as it is linked to nobody: `Provider_id`."""
        return f"{self.provider}_{self.user_id}"


def identities_in(text: str) -> tuple[LinkedIdentity, ...]:
    """The accounts in an attribute `identities`, as far as they can be read; none when it can't be."""
    try:
        entries = json.loads(text or "[]")
    except (ValueError, RecursionError):
        return ()
    found = (_identity(entry) for entry in entries) if isinstance(entries, list) else ()
    return tuple(identity for identity in found if identity is not None)


def gone_identities(text: str, there: Iterable[str]) -> tuple[LinkedIdentity, ...]:
    """Those of the accounts in an attribute `identities` whose provider isn't among the pool's, by name."""
    known = {name.casefold() for name in there}
    return tuple(entry for entry in identities_in(text) if entry.provider.casefold() not in known)


def written_identities(identities: Iterable[LinkedIdentity]) -> str:
    """The attribute `identities` that says these, as Cognito writes it."""
    return json.dumps([_entry(identity) for identity in identities])


def _identity(entry: object) -> LinkedIdentity | None:
    """One account; None where no provider is named."""
    provider = entry.get("providerName") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(provider, str) or not provider:
        return None
    return LinkedIdentity(
        provider=provider,
        user_id=str(entry.get("userId") or ""),
        kind=str(entry.get("providerType") or ""),
        primary=str(entry.get("primary")).lower() == "true",
        linked_at=_moment(entry.get("dateCreated")),
    )


def _moment(milliseconds: object) -> datetime | None:
    """A time as Cognito writes it, in milliseconds since 1970; None for anything else."""
    if not milliseconds or isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float | str):
        return None
    try:
        return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _entry(identity: LinkedIdentity) -> dict[str, Any]:
    since = identity.linked_at
    return {
        "userId": identity.user_id,
        "providerName": identity.provider,
        "providerType": identity.kind,
        "issuer": None,
        "primary": identity.primary,
        "dateCreated": round(since.timestamp() * 1000) if since else None,
    }
