"""Signing in through the API of the embedded Cognito, as strict as AWS.

moto ignores the client's flows and secret, takes any SRP proof and any code. Rules and shapes are
those of the API reference (InitiateAuth, AdminInitiateAuth, RespondToAuthChallenge).
"""

from __future__ import annotations

import json
import secrets
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from moto.cognitoidp.exceptions import (
    CodeMismatchException,
    InvalidParameterException,
    NotAuthorizedError,
    ResourceNotFoundError,
)
from moto.cognitoidp.models import CognitoIdpBackend, UserStatus
from moto.core.exceptions import JsonRESTError
from moto.core.utils import utcnow

from demo import accounts, factors, rules, srp, tokens
from demo.operations import OperationRequest, every_pool
from demo.user_pool import AwsLikeClient, AwsLikePool
from demo.users import AwsLikeUser

MESSAGE_CODE = "123456"
"""The code of text messages and e-mails that the emulator doesn't send."""

ALLOWED_BY = {
    "ADMIN_USER_PASSWORD_AUTH": ("ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"),
    "ADMIN_NO_SRP_AUTH": ("ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"),
    "USER_PASSWORD_AUTH": ("ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"),
    "USER_SRP_AUTH": ("ALLOW_USER_SRP_AUTH",),
    "USER_AUTH": ("ALLOW_USER_AUTH",),
    "REFRESH_TOKEN_AUTH": ("ALLOW_REFRESH_TOKEN_AUTH",),
    "REFRESH_TOKEN": ("ALLOW_REFRESH_TOKEN_AUTH",),
}
UNSET = ("ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH")
"""What a client may when its ExplicitAuthFlows were never set."""

NOT_ENABLED = "EnableSoftwareTokenMFAException"
NO_SESSION = "Invalid session for the user, session is expired."
CODES = {"SMS_MFA": "SMS_MFA_CODE", "SOFTWARE_TOKEN_MFA": "SOFTWARE_TOKEN_MFA_CODE"}


@dataclass(frozen=True, slots=True)
class Step:
    """A sign-in that waits for the answer to `challenge`. `until` is on the monotonic clock."""

    pool: AwsLikePool
    client: AwsLikeClient
    user: AwsLikeUser
    challenge: str
    until: float
    proof: srp.Exchange | None = None
    totp: str = ""


class ApiSignIn(CognitoIdpBackend):
    """The part of the backend that signs people in."""

    def admin_initiate_auth(
        self, user_pool_id: str, client_id: str, auth_flow: str, auth_parameters: dict[str, str]
    ) -> dict[str, Any]:
        """Begin as an administrator."""
        request = OperationRequest(self, {"UserPoolId": user_pool_id, "ClientId": client_id})
        pool, client = request.pool, request.client
        if auth_flow == "USER_PASSWORD_AUTH":
            raise InvalidParameterException("Initiate Auth method not supported")
        return self._begin(pool, client, auth_flow, auth_parameters or {})

    def initiate_auth(
        self, client_id: str, auth_flow: str, auth_parameters: dict[str, str]
    ) -> dict[str, Any]:
        """Begin as anybody."""
        if auth_flow.startswith("ADMIN_"):
            raise InvalidParameterException("Initiate Auth method not supported")
        pool = next((pool for pool in every_pool() if client_id in pool.clients), None)
        client = pool.client(client_id) if pool else None
        if pool is None or client is None:
            raise ResourceNotFoundError(f"User pool client {client_id} does not exist.")
        return self._begin(pool, client, auth_flow, auth_parameters or {})

    def _begin(
        self, pool: AwsLikePool, client: AwsLikeClient, flow: str, given: Mapping[str, str]
    ) -> dict[str, Any]:
        allowed = client.extended_config.get("ExplicitAuthFlows") or UNSET
        if flow not in ALLOWED_BY:
            raise InvalidParameterException("Initiate Auth method not supported")
        if not set(ALLOWED_BY[flow]) & set(allowed):
            raise InvalidParameterException(f"{flow.removeprefix('ADMIN_')} flow not enabled for this client")
        if flow.startswith("REFRESH"):
            return self._refresh(pool, client, given)
        username = given.get("USERNAME", "")
        if not username:
            raise InvalidParameterException("Missing required parameter USERNAME")
        _check_secret_hash(client, username, given)
        if flow == "USER_SRP_AUTH":
            return self._ask_for_proof(pool, client, username, given)
        if flow == "USER_AUTH":
            return self._ask_for_choice(pool, client, username, given)
        return self._go_on(
            pool, client, accounts.check_password(pool, client, username, given.get("PASSWORD", ""))
        )

    def _refresh(self, pool: AwsLikePool, client: AwsLikeClient, given: Mapping[str, str]) -> dict[str, Any]:
        owner = pool.refresh_tokens.get(given.get("REFRESH_TOKEN", ""))
        user = pool.find(owner[1]) if owner else None
        if owner is None or owner[0] != client.id or user is None or not user.enabled:
            raise NotAuthorizedError(
                "Refresh Token has been revoked" if not owner else "Invalid Refresh Token"
            )
        given_hash = given.get("SECRET_HASH", "")
        if client.generate_secret and not any(
            client.accepts_hash(given_hash, name) for name in (user.username, user.id)
        ):
            raise NotAuthorizedError(f"SecretHash does not match for the client: {client.id}")
        answer = _tokens(pool, client, user, owner[2])
        del answer["AuthenticationResult"]["RefreshToken"]
        return answer

    def _ask_for_choice(
        self, pool: AwsLikePool, client: AwsLikeClient, name: str, given: Mapping[str, str]
    ) -> dict[str, Any]:
        preferred = given.get("PREFERRED_CHALLENGE")
        if preferred == "PASSWORD" and "PASSWORD" in given:
            return self._go_on(pool, client, accounts.check_password(pool, client, name, given["PASSWORD"]))
        if preferred == "PASSWORD_SRP" and "SRP_A" in given:
            return self._ask_for_proof(pool, client, name, given)
        user = accounts.who_signs_in(pool, client, name)
        answer = self._ask(pool, client, user, "SELECT_CHALLENGE", {"USERNAME": user.username})
        return {**answer, "AvailableChallenges": ["PASSWORD", "PASSWORD_SRP"]}

    def _ask_for_proof(
        self, pool: AwsLikePool, client: AwsLikeClient, name: str, given: Mapping[str, str]
    ) -> dict[str, Any]:
        user = accounts.who_signs_in(pool, client, name)
        accounts.check_not_locked(user)
        if accounts.status_of(user) == UserStatus.RESET_REQUIRED:
            raise accounts.PasswordResetRequired
        try:
            exchange = srp.begin(pool.id, user.username, user.password or "", int(given.get("SRP_A", ""), 16))
        except ValueError:
            raise InvalidParameterException("Missing or wrong parameter SRP_A") from None
        return self._ask(
            pool,
            client,
            user,
            "PASSWORD_VERIFIER",
            {
                "SALT": f"{exchange.salt:x}",
                "SRP_B": f"{exchange.public_b:x}",
                "SECRET_BLOCK": exchange.block,
                "USERNAME": user.username,
                "USER_ID_FOR_SRP": user.username,
            },
            proof=exchange,
        )

    def _ask(
        self,
        pool: AwsLikePool,
        client: AwsLikeClient,
        user: AwsLikeUser,
        challenge: str,
        parameters: dict[str, str],
        **more: Any,
    ) -> dict[str, Any]:
        """A challenge and the session to answer it in."""
        minutes = int(client.extended_config.get("AuthSessionValidity") or 3)
        now = time.monotonic()
        step = Step(pool, client, user, challenge, now + timedelta(minutes=minutes).total_seconds(), **more)
        waiting: dict[str, Any] = self.sessions  # moto keeps pairs here, and only looks for keys
        for old in [name for name, step in waiting.items() if isinstance(step, Step) and step.until < now]:
            del waiting[old]
        # The proof's block is all that AWS wants back with the answer to a proof.
        session = step.proof.block if step.proof else secrets.token_urlsafe(48)
        waiting[session] = step
        answer = {"ChallengeName": challenge, "ChallengeParameters": parameters}
        return answer if step.proof else {**answer, "Session": session}

    # Answers

    def respond_to_auth_challenge(
        self, session: str, client_id: str, challenge_name: str, challenge_responses: dict[str, str]
    ) -> dict[str, Any]:
        """Judge an answer: tokens, the next challenge, or a refusal that leaves the session as it is."""
        given = challenge_responses or {}
        session = session or given.get("PASSWORD_CLAIM_SECRET_BLOCK", "")
        step = self._step(session)
        if step is None or step.client.id != client_id or step.challenge != challenge_name:
            raise NotAuthorizedError(NO_SESSION)
        if not step.user.enabled:
            raise NotAuthorizedError("User is disabled.")
        _check_secret_hash(step.client, given.get("USERNAME", ""), given)
        answer = getattr(self, f"_answer_{challenge_name.lower()}")(step, given)
        self.sessions.pop(session, None)
        return dict(answer)

    def _step(self, session: str) -> Step | None:
        found: Any = self.sessions.get(session)
        return found if isinstance(found, Step) and found.until > time.monotonic() else None

    def _answer_password_verifier(self, step: Step, given: Mapping[str, str]) -> dict[str, Any]:
        proof, block = step.proof, given.get("PASSWORD_CLAIM_SECRET_BLOCK")
        said = (given.get("TIMESTAMP", ""), given.get("PASSWORD_CLAIM_SIGNATURE", ""))
        if (
            proof is None
            or block != proof.block
            or not srp.proves(proof, step.pool.id, step.user.username, *said)
        ):
            accounts.count_failure(step.user)
            raise NotAuthorizedError(accounts.WRONG)
        accounts.check_may_enter(step.pool, step.user)
        return self._go_on(step.pool, step.client, step.user)

    def _answer_select_challenge(self, step: Step, given: Mapping[str, str]) -> dict[str, Any]:
        name = step.user.username
        if given.get("ANSWER") == "PASSWORD":
            user = accounts.check_password(step.pool, step.client, name, given.get("PASSWORD", ""))
            return self._go_on(step.pool, step.client, user)
        if given.get("ANSWER") == "PASSWORD_SRP":
            return self._ask_for_proof(step.pool, step.client, name, given)
        raise InvalidParameterException("Selected challenge is not available.")

    def _answer_new_password_required(self, step: Step, given: Mapping[str, str]) -> dict[str, Any]:
        missing = accounts.required_attributes(step.pool, step.user)
        sent = {
            name.removeprefix("userAttributes."): value
            for name, value in given.items()
            if name.startswith("userAttributes.")
        }
        if any(not sent.get(name) for name in missing):
            raise InvalidParameterException("Invalid attributes given, " + ", ".join(missing) + " is missing")
        attributes = [{"Name": name, "Value": value} for name, value in sent.items()]
        rules.check_password(step.pool.extended_config, given.get("NEW_PASSWORD", ""))
        rules.check_attributes(step.pool.schema_attributes, attributes, creating=True)
        step.user.update_attributes(attributes)
        step.user.password, step.user.status = given["NEW_PASSWORD"], UserStatus.CONFIRMED
        step.user.last_modified_date = utcnow()
        return self._go_on(step.pool, step.client, step.user)

    def _answer_select_mfa_type(self, step: Step, given: Mapping[str, str]) -> dict[str, Any]:
        if given.get("ANSWER") not in step.user.factors():
            raise InvalidParameterException("Invalid MFA type selected")
        return self._ask_for_code(step.pool, step.client, step.user, given["ANSWER"])

    def _answer_software_token_mfa(self, step: Step, given: Mapping[str, str]) -> dict[str, Any]:
        factors.check_totp(step.user.totp_secret, given.get(CODES["SOFTWARE_TOKEN_MFA"], ""))
        return _tokens(step.pool, step.client, step.user)

    def _answer_sms_mfa(self, step: Step, given: Mapping[str, str]) -> dict[str, Any]:
        if given.get(CODES["SMS_MFA"]) != MESSAGE_CODE:
            raise CodeMismatchException("Invalid code or auth state for the user.")
        return _tokens(step.pool, step.client, step.user)

    def _answer_mfa_setup(self, step: Step, _: Mapping[str, str]) -> dict[str, Any]:
        if not step.user.software_token_mfa_enabled:
            raise NotAuthorizedError("User has not set up an MFA method.")
        return _tokens(step.pool, step.client, step.user)

    def _go_on(self, pool: AwsLikePool, client: AwsLikeClient, user: AwsLikeUser) -> dict[str, Any]:
        """What follows a right password."""
        if accounts.must_choose_password(user):
            missing = [f"userAttributes.{name}" for name in accounts.required_attributes(pool, user)]
            known = {name: value for name, value in user.attribute_lookup.items() if name != "sub"}
            parameters = {"requiredAttributes": json.dumps(missing), "userAttributes": json.dumps(known)}
            parameters["USER_ID_FOR_SRP"] = user.username
            return self._ask(pool, client, user, "NEW_PASSWORD_REQUIRED", parameters)
        if pool.mfa_config == "OFF":
            return _tokens(pool, client, user)
        held = user.factors()
        if not held and pool.mfa_config == "ON":
            offered = {"MFAS_CAN_SETUP": json.dumps(["SOFTWARE_TOKEN_MFA"]), "USER_ID_FOR_SRP": user.username}
            return self._ask(pool, client, user, "MFA_SETUP", offered)
        if not held:
            return _tokens(pool, client, user)
        preferred = user.preferred_mfa_setting
        if len(held) > 1 and preferred not in held:
            offered = {"MFAS_CAN_CHOOSE": json.dumps(held), "USER_ID_FOR_SRP": user.username}
            return self._ask(pool, client, user, "SELECT_MFA_TYPE", offered)
        return self._ask_for_code(pool, client, user, preferred if preferred in held else held[0])

    def _ask_for_code(
        self, pool: AwsLikePool, client: AwsLikeClient, user: AwsLikeUser, factor: str
    ) -> dict[str, Any]:
        parameters = {"USER_ID_FOR_SRP": user.username}
        if factor == "SMS_MFA":
            number = user.attribute_lookup.get("phone_number", "")
            parameters |= {
                "CODE_DELIVERY_DELIVERY_MEDIUM": "SMS",
                "CODE_DELIVERY_DESTINATION": f"+{'*' * max(len(number) - 5, 0)}{number[-4:]}",
            }
        return self._ask(pool, client, user, factor, parameters)

    # Setting up an authenticator app

    def associate_software_token(self, access_token: str, session: str) -> dict[str, str]:
        """A fresh secret for an authenticator app."""
        step = self._step(session)
        if not session:
            user = OperationRequest(self, {"AccessToken": access_token}).user
            user.new_totp_secret = factors.new_secret()
            return {"SecretCode": user.new_totp_secret}
        if step is None or step.challenge != "MFA_SETUP":
            raise NotAuthorizedError(NO_SESSION)
        secret = factors.new_secret()
        del self.sessions[session]
        asked = self._ask(step.pool, step.client, step.user, "MFA_SETUP", {}, totp=secret)
        return {"SecretCode": secret, "Session": str(asked["Session"])}

    def verify_software_token(
        self,
        access_token: str,
        session: str,
        user_code: str,
        friendly_device_name: str,  # noqa: ARG002
    ) -> dict[str, str]:
        """The first code of that app turns it on."""
        step = self._step(session)
        if not session:
            return self._verify_for_later(access_token, user_code)
        if step is None or not step.totp:
            raise NotAuthorizedError(NO_SESSION)
        factors.check_totp(step.totp, user_code, NOT_ENABLED)
        factors.keep_totp(step.user, step.totp)
        del self.sessions[session]
        asked = self._ask(step.pool, step.client, step.user, "MFA_SETUP", {})
        return {"Status": "SUCCESS", "Session": str(asked["Session"])}

    def _verify_for_later(self, access_token: str, code: str) -> dict[str, str]:
        """Somebody signed in sets an app up; SetUserMFAPreference turns it on."""
        user = OperationRequest(self, {"AccessToken": access_token}).user
        if not user.new_totp_secret:
            raise JsonRESTError("SoftwareTokenMFANotFoundException", "No software token was associated.")
        factors.check_totp(user.new_totp_secret, code, NOT_ENABLED)
        user.totp_secret, user.new_totp_secret, user.token_verified = user.new_totp_secret, "", True
        return {"Status": "SUCCESS"}


def _check_secret_hash(client: AwsLikeClient, username: str, given: Mapping[str, str]) -> None:
    if not client.generate_secret:
        return
    if "SECRET_HASH" not in given:
        raise NotAuthorizedError(
            f"Client {client.id} is configured with secret but SECRET_HASH was not received"
        )
    if not client.accepts_hash(given["SECRET_HASH"], username):
        raise NotAuthorizedError(f"SecretHash does not match for the client: {client.id}")


def _tokens(
    pool: AwsLikePool,
    client: AwsLikeClient,
    user: AwsLikeUser,
    origin_jti: str = "",
) -> dict[str, Any]:
    """In: the tokens, known to moto's GetUser and sign-outs."""
    origin = origin_jti or str(uuid.uuid4())
    about: dict[str, Any] = {"scope": tokens.API_SCOPE, "auth_time": int(time.time()), "origin_jti": origin}
    access = tokens.sign(pool, tokens.access_claims(pool, client, user, **about))
    identity = tokens.sign(pool, tokens.id_claims(pool, client, user, **about))
    refresh = secrets.token_urlsafe(96)
    pool.access_tokens[access] = pool.id_tokens[identity] = (client.id, user.username)
    if not origin_jti:
        pool.refresh_tokens[refresh] = (client.id, user.username, origin)
    return {
        "ChallengeParameters": {},
        "AuthenticationResult": {
            "IdToken": identity,
            "AccessToken": access,
            "RefreshToken": refresh,
            "ExpiresIn": tokens.lifetime(client, "Access"),
            "TokenType": "Bearer",
        },
    }
