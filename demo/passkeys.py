"""Passkeys: registered, listed and deleted by the person they belong to, as AWS has it.

Sources: API reference, StartWebAuthnRegistration, CompleteWebAuthnRegistration, WebAuthnConfigurationType.
A browser's answer is checked by `webauthn`; any page of the relying party's domain may have asked for it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import webauthn
from moto.cognitoidp.exceptions import InvalidParameterException, ResourceNotFoundError
from moto.core.exceptions import JsonRESTError
from moto.core.utils import utcnow
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from demo import factors, paging
from demo.drawer import Drawer
from demo.operations import Answer, Operation, OperationRequest
from demo.user_pool import AwsLikePool
from demo.users import Passkey

LARGEST_PAGE = 20
MOST_PASSKEYS = 20  # of one person (quotas of the developer guide)
PATIENCE = 300.0  # seconds that a registration may take

_begun: Drawer[bytes] = Drawer(PATIENCE)


def start_registration(request: OperationRequest) -> Answer:
    """What the person's browser needs to make a passkey."""
    pool, user = request.pool, request.user
    domain, verification = _domain(pool), _config(pool).get("UserVerification", "preferred")
    if len(user.passkeys) >= MOST_PASSKEYS:
        raise JsonRESTError("LimitExceededException", f"A user has at most {MOST_PASSKEYS} passkeys.")
    options = webauthn.generate_registration_options(
        rp_id=domain,
        rp_name=domain,
        user_id=user.id.encode(),
        user_name=user.username,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement(verification),
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(known)) for known in user.passkeys
        ],
    )
    _begun.put(options.challenge, user.id)
    return {"CredentialCreationOptions": json.loads(webauthn.options_to_json(options))}


def complete_registration(request: OperationRequest) -> Answer:
    """Keep the passkey that the person's browser made."""
    pool, user = request.pool, request.user
    domain, credential = _domain(pool), request["Credential"]
    challenge = _begun.take(user.id)
    if challenge is None:
        raise JsonRESTError("WebAuthnChallengeNotFoundException", "No registration was begun.")
    origin = _origin(credential)
    host = urlsplit(origin).hostname or ""
    if host != domain and not host.endswith(f".{domain}"):
        raise JsonRESTError("WebAuthnOriginNotAllowedException", f"{origin} is no page of {domain}.")
    try:
        webauthn.verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=domain,
            expected_origin=origin,
            require_user_verification=_config(pool).get("UserVerification") == "required",
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise JsonRESTError("WebAuthnCredentialNotSupportedException", str(error)) from None
    own = str(credential["id"])
    user.passkeys[own] = Passkey(
        own,
        f"Passkey {len(user.passkeys) + 1}",
        domain,
        utcnow(),
        str(credential.get("authenticatorAttachment") or "platform"),
        tuple(credential["response"].get("transports") or ()),
    )
    return {}


def _config(pool: AwsLikePool) -> Mapping[str, Any]:
    return pool.passkey_config or {}


def _domain(pool: AwsLikePool) -> str:
    """The relying party of the pool; refused where passkeys are off, or nobody said which it is."""
    if not factors.takes_passkeys(pool):
        raise JsonRESTError("WebAuthnNotEnabledException", "Passkeys are not enabled for this user pool.")
    domain = str(_config(pool).get("RelyingPartyId") or "")
    if not domain:
        raise JsonRESTError("WebAuthnConfigurationMissingException", "The relying party is not set.")
    return domain


def _origin(credential: Mapping[str, Any]) -> str:
    """Where the page stood that asked for the passkey, as the browser says."""
    try:
        said = json.loads(base64url_to_bytes(credential["response"]["clientDataJSON"]))
        return str(said["origin"])
    except (ValueError, TypeError, KeyError):
        raise InvalidParameterException("Credential is not a RegistrationResponseJSON.") from None


def list_credentials(request: OperationRequest) -> Answer:
    """A page of the person's passkeys."""
    user, limit = request.user, request.get("MaxResults") or LARGEST_PAGE
    found, token = paging.page(
        list(user.passkeys.values()), limit, request.get("NextToken"), f"passkeys {user.id}"
    )
    answer: Answer = {
        "Credentials": [
            {
                "CredentialId": passkey.id,
                "FriendlyCredentialName": passkey.name,
                "RelyingPartyId": passkey.domain,
                "AuthenticatorAttachment": passkey.attachment,
                "AuthenticatorTransports": list(passkey.transports),
                "CreatedAt": passkey.created,
            }
            for passkey in found
        ]
    }
    return answer | ({"NextToken": token} if token else {})


def delete_credential(request: OperationRequest) -> Answer:
    """Delete one of the person's passkeys."""
    if request.user.passkeys.pop(request["CredentialId"], None) is None:
        raise ResourceNotFoundError("Credential does not exist.")
    return {}


OPERATIONS: dict[str, Operation] = {
    "StartWebAuthnRegistration": start_registration,
    "CompleteWebAuthnRegistration": complete_registration,
    "ListWebAuthnCredentials": list_credentials,
    "DeleteWebAuthnCredential": delete_credential,
}
