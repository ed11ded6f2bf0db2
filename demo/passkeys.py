"""Passkeys that people have registered: listed and deleted by themselves, as AWS has it.

Registering one takes a real authenticator; the emulator has only those that the demo begins with.
"""

from __future__ import annotations

from moto.cognitoidp.exceptions import ResourceNotFoundError

from demo import paging
from demo.operations import Answer, Operation, OperationRequest

LARGEST_PAGE = 20


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
    "ListWebAuthnCredentials": list_credentials,
    "DeleteWebAuthnCredential": delete_credential,
}
