"""Identities of other providers that lead to a profile of the pool.

Rules are those of the developer guide ("Linking federated users to an existing user profile") and the
API reference (AdminLinkProviderForUser, AdminDisableProviderForUser): linked before the first
federated sign-in, at most five to a profile, on at most five attributes of a provider.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from moto.cognitoidp.exceptions import (
    AliasExistsException,
    InvalidParameterException,
    UserNotFoundError,
)
from moto.core.exceptions import JsonRESTError

from demo.identity_providers import SOCIAL, SUBJECT, IdentityProviderRecord, find
from demo.operations import Answer, Operation, OperationRequest
from demo.user_pool import AwsLikePool
from demo.users import AwsLikeUser, LinkedIdentity

MOST = 5  # identities of a profile; also attributes of a provider that links go by
LOCAL = "cognito"
MERGING = (
    "Merging is not currently supported, provide a SourceUser that has not been signed up in order to link"
)


def federated_name(provider: str, subject: str) -> str:
    """The username of a profile that a federated sign-in makes."""
    return f"{provider}_{subject}"


def owner_of(
    pool: AwsLikePool, provider: IdentityProviderRecord, subject: str, attributes: Mapping[str, str]
) -> AwsLikeUser | None:
    """The profile that this identity is linked to; from now on the subject alone leads to it.

    `attributes` are the pool's, mapped from the provider's claims.
    """
    for user in pool.everybody():
        for link in user.links:
            value = subject if link.attribute == SUBJECT or link.used else attributes.get(link.attribute)
            if link.provider == provider.name and value == link.value:
                link.attribute, link.value, link.used = SUBJECT, subject, True
                write_identities(user)
                return user
    return None


def link(pool: AwsLikePool, user: AwsLikeUser, provider: str, attribute: str, value: str) -> None:
    """Let an identity lead to the profile. Raises what AWS answers where it may not."""
    record = find(pool, provider)
    _check_attribute(record, attribute)
    holder = next((owner for owner in pool.everybody() if _linked(owner, provider, attribute, value)), None)
    if holder is user:
        raise InvalidParameterException("SourceUser is already linked to DestinationUser")
    if holder is not None:
        raise AliasExistsException
    if _has_signed_in(pool, provider, attribute, value):
        raise InvalidParameterException(MERGING)
    used = {link.attribute for owner in pool.everybody() for link in owner.links if link.provider == provider}
    if len(user.links) >= MOST or len(used | {attribute}) > MOST:
        raise JsonRESTError("LimitExceededException", "Max number of linked identities exceeded.")
    issuer = record.details.get("oidc_issuer", "")
    made = round(time.time() * 1000)
    user.links.append(LinkedIdentity(provider, attribute, value, record.kind, issuer, made))
    write_identities(user)


def write_identities(user: AwsLikeUser) -> None:
    """The attribute `identities`: the profile's own provider first, then those linked to it."""
    own = [entry for entry in json.loads(user.attribute_lookup.get("identities", "[]")) if entry["primary"]]
    entries = own + [_entry(link) for link in user.links]
    if entries:
        user.update_attributes([{"Name": "identities", "Value": json.dumps(entries)}])
    elif "identities" in user.attribute_lookup:
        user.delete_attributes(["identities"])


def _entry(link: LinkedIdentity) -> dict[str, Any]:
    return {
        "userId": link.value,
        "providerName": link.provider,
        "providerType": link.kind,
        "issuer": link.issuer or None,
        "primary": False,
        "dateCreated": link.made,
    }


# Operations


def link_provider(request: OperationRequest) -> Answer:
    """Link an identity that hasn't signed in yet to a profile that exists."""
    source, destination = request["SourceUser"], request["DestinationUser"]
    provider, attribute, value = (source.get(name, "") for name in PARTS)
    if provider.lower() == LOCAL:
        raise InvalidParameterException("SourceUser must be a federated user.")
    if not (provider and attribute and value):
        raise InvalidParameterException("SourceUser needs a provider, an attribute's name and its value.")
    link(request.pool, _profile(request.pool, destination), provider, attribute, value)
    return {}


def disable_provider(request: OperationRequest) -> Answer:
    """Take a linked identity off its profile, or the password of a local user, or a federated profile."""
    pool, given = request.pool, request["User"]
    provider, attribute, value = (given.get(name, "") for name in PARTS)
    if provider.lower() == LOCAL:
        if attribute != SUBJECT:
            raise InvalidParameterException(f"ProviderAttributeName must be {SUBJECT}.")
        _profile(pool, given).password = ""
        return {}
    _check_attribute(find(pool, provider), attribute)
    for user in pool.everybody():
        for link in user.links:
            if (link.provider, link.attribute, link.value) == (provider, attribute, value):
                user.links.remove(link)
                write_identities(user)
                return {}
    if attribute != SUBJECT:
        raise UserNotFoundError("User does not exist.")
    _profile(pool, given).enabled = False
    return {}


PARTS = ("ProviderName", "ProviderAttributeName", "ProviderAttributeValue")


def _profile(pool: AwsLikePool, named: Mapping[str, str]) -> AwsLikeUser:
    """A local profile by its username, a federated one by its provider and the id there."""
    provider, value = named.get("ProviderName", ""), named.get("ProviderAttributeValue", "")
    if not (provider and value):
        raise InvalidParameterException("A provider and the value of an attribute are needed.")
    found = pool.find(value if provider.lower() == LOCAL else federated_name(provider, value))
    if found is None:
        raise UserNotFoundError("User does not exist.")
    return found


def _check_attribute(record: IdentityProviderRecord, attribute: str) -> None:
    if attribute == SUBJECT:
        return
    if record.kind in SOCIAL:
        raise InvalidParameterException(f"ProviderAttributeName must be {SUBJECT} for {record.kind}.")
    if attribute not in record.mapping:
        raise InvalidParameterException(f"{attribute} is not mapped from a claim of {record.name}.")


def _linked(user: AwsLikeUser, provider: str, attribute: str, value: str) -> bool:
    return any(
        (link.provider, link.attribute, link.value) == (provider, attribute, value) for link in user.links
    )


def _has_signed_in(pool: AwsLikePool, provider: str, attribute: str, value: str) -> bool:
    """Whether the identity has a profile of its own, made by its first sign-in."""
    if attribute == SUBJECT:
        return federated_name(provider, value) in pool.users
    return any(
        user.username.startswith(f"{provider}_") and user.attribute_lookup.get(attribute) == value
        for user in pool.everybody()
    )


OPERATIONS: dict[str, Operation] = {
    "AdminLinkProviderForUser": link_provider,
    "AdminDisableProviderForUser": disable_provider,
}
