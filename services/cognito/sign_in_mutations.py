"""The answers of a sign-in that change the user, in the changing half of the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.cognito.mutations import Mutations, mutation
from services.cognito.permit import Permit


class SignInMutations(Mutations):
    """Each asks for an open permit of `services.changes`; `responses` are the ChallengeResponses."""

    @mutation("RespondToAuthChallenge")
    def choose_password(
        self, permit: Permit, client_id: str, session: str, responses: Mapping[str, str]
    ) -> Mapping[str, Any]:
        """Answer NEW_PASSWORD_REQUIRED: the person has the new password from now on."""
        return self.client.change(
            permit, "RespondToAuthChallenge", "", **_answer(client_id, session, responses)
        )

    @mutation("AdminRespondToAuthChallenge")
    def choose_password_as_admin(
        self, permit: Permit, client_id: str, session: str, responses: Mapping[str, str]
    ) -> Mapping[str, Any]:
        """The same in a sign-in that began with AdminInitiateAuth."""
        return self.client.change(
            permit, "AdminRespondToAuthChallenge", self.pool_id, **_answer(client_id, session, responses)
        )

    @mutation("VerifySoftwareToken")
    def set_up_totp(self, permit: Permit, session: str, code: str) -> str:
        """Turn an authenticator app on by its first code; returns the session to go on in."""
        raw = self.client.change(permit, "VerifySoftwareToken", "", Session=session, UserCode=code)
        return str(raw.get("Session") or "")


def _answer(client_id: str, session: str, responses: Mapping[str, str]) -> dict[str, Any]:
    return {
        "ClientId": client_id,
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "Session": session,
        "ChallengeResponses": dict(responses),
    }
