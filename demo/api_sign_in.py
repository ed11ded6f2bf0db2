"""Signing in through the API of the embedded Cognito, as strict as AWS.

moto ignores the client's flows and secret, takes any SRP proof and any code. Rules and shapes are
those of the API reference (InitiateAuth, AdminInitiateAuth, RespondToAuthChallenge).
"""

from __future__ import annotations

import base64
import json
import secrets
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from moto.cognitoidp.exceptions import InvalidParameterException, NotAuthorizedError, ResourceNotFoundError
from moto.cognitoidp.models import CognitoIdpBackend, UserStatus
from moto.core.exceptions import JsonRESTError

from demo import accounts, devices, factors, messages, rules, sign_in_attempt, srp, tokens, user_sessions
from demo.operations import OperationRequest
from demo.sign_in_attempt import SignInAttempt
from demo.user_pool import AwsLikeClient, AwsLikePool
from demo.users import EMAIL, SMS, TOTP, AwsLikeUser

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
CODES = {SMS: "SMS_MFA_CODE", TOTP: "SOFTWARE_TOKEN_MFA_CODE", EMAIL: "EMAIL_OTP_CODE"}
"""Challenge of a second factor → where its answer stands."""

Given = Mapping[str, str]
Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """An attempt that waits for the answer to `challenge`. `until` is on the monotonic clock."""

    attempt: SignInAttempt
    challenge: str
    until: float
    proof: srp.Exchange | None = None


class ApiSignIn(CognitoIdpBackend):
    """The part of the backend that signs people in."""

    def admin_initiate_auth(
        self, user_pool_id: str, client_id: str, auth_flow: str, auth_parameters: dict[str, str]
    ) -> Told:
        """Begin as an administrator."""
        request = OperationRequest(self, {"UserPoolId": user_pool_id, "ClientId": client_id})
        pool, client = request.pool, request.client
        if auth_flow == "USER_PASSWORD_AUTH":
            raise InvalidParameterException("Initiate Auth method not supported")
        return self._begin(pool, client, auth_flow, auth_parameters or {})

    def initiate_auth(self, client_id: str, auth_flow: str, auth_parameters: dict[str, str]) -> Told:
        """Begin as anybody."""
        if auth_flow.startswith("ADMIN_"):
            raise InvalidParameterException("Initiate Auth method not supported")
        pool, client = OperationRequest(self, {"ClientId": client_id}).pool_and_client
        return self._begin(pool, client, auth_flow, auth_parameters or {})

    def _begin(self, pool: AwsLikePool, client: AwsLikeClient, flow: str, given: Given) -> Told:
        allowed = client.extended_config.get("ExplicitAuthFlows") or UNSET
        if flow not in ALLOWED_BY:
            raise InvalidParameterException("Initiate Auth method not supported")
        if not set(ALLOWED_BY[flow]) & set(allowed):
            raise InvalidParameterException(f"{flow.removeprefix('ADMIN_')} flow not enabled for this client")
        if flow.startswith("REFRESH"):
            return _refresh(pool, client, given)
        username, device = given.get("USERNAME", ""), given.get("DEVICE_KEY", "")
        if not username:
            raise InvalidParameterException("Missing required parameter USERNAME")
        accounts.check_secret_hash(client, username, given.get("SECRET_HASH"))
        preferred = given.get("PREFERRED_CHALLENGE")
        if flow == "USER_SRP_AUTH" or (preferred == "PASSWORD_SRP" and "SRP_A" in given):
            user = accounts.who_signs_in(pool, client, username)
            return self._ask_for_proof(sign_in_attempt.begin(pool, client, user, device), given)
        if flow == "USER_AUTH" and not (preferred == "PASSWORD" and "PASSWORD" in given):
            user = accounts.who_signs_in(pool, client, username)
            return self._ask_for_choice(sign_in_attempt.begin(pool, client, user, device))
        password = given.get("PASSWORD", "")
        return self._go_on(sign_in_attempt.by_password(pool, client, username, password, device))

    def _ask_for_choice(self, attempt: SignInAttempt) -> Told:
        answer = self._ask(attempt, "SELECT_CHALLENGE", {"USERNAME": attempt.user.username})
        return {**answer, "AvailableChallenges": ["PASSWORD", "PASSWORD_SRP"]}

    def _ask_for_proof(self, attempt: SignInAttempt, given: Given) -> Told:
        pool, user = attempt.pool, attempt.user
        accounts.check_not_locked(user)
        if accounts.status_of(user) == UserStatus.RESET_REQUIRED:
            raise accounts.PasswordResetRequired
        identity = srp.identity_of(pool.id, user.username)
        proof = srp.begin(identity, user.password or "", _public_a(given))
        parameters = {"USERNAME": user.username, "USER_ID_FOR_SRP": user.username}
        return self._ask(attempt, "PASSWORD_VERIFIER", {**_asked_in(proof), **parameters}, proof)

    def _ask(
        self,
        attempt: SignInAttempt,
        challenge: str,
        parameters: dict[str, str],
        proof: srp.Exchange | None = None,
    ) -> Told:
        """A challenge and the session to answer it in."""
        minutes = int(attempt.client.extended_config.get("AuthSessionValidity") or 3)
        now = time.monotonic()
        waiting: dict[str, Any] = self.sessions  # moto keeps pairs here, and only looks for keys
        for old in [name for name, step in waiting.items() if isinstance(step, Step) and step.until < now]:
            del waiting[old]
        # The proof's block is all that AWS wants back with the answer to a proof.
        session = proof.block if proof else secrets.token_urlsafe(48)
        waiting[session] = Step(attempt, challenge, now + timedelta(minutes=minutes).total_seconds(), proof)
        answer = {"ChallengeName": challenge, "ChallengeParameters": parameters}
        return answer if proof else {**answer, "Session": session}

    # Answers

    def respond_to_auth_challenge(
        self, session: str, client_id: str, challenge_name: str, challenge_responses: dict[str, str]
    ) -> Told:
        """Judge an answer: tokens, the next challenge, or a refusal that leaves the session as it is."""
        given = challenge_responses or {}
        session = session or given.get("PASSWORD_CLAIM_SECRET_BLOCK", "")
        step = self._step(session)
        if step is None or step.attempt.client.id != client_id or step.challenge != challenge_name:
            raise NotAuthorizedError(NO_SESSION)
        if not step.attempt.user.enabled:
            raise NotAuthorizedError("User is disabled.")
        name = given.get("USERNAME", "")
        accounts.check_secret_hash(step.attempt.client, name, given.get("SECRET_HASH"))
        if challenge_name in CODES:
            step.attempt.check_code(challenge_name, given.get(CODES[challenge_name], ""))
            answer = _tokens(step.attempt)
        else:
            answer = getattr(self, f"_answer_{challenge_name.lower()}")(step, given)
        self.sessions.pop(session, None)
        return answer

    def _step(self, session: str) -> Step | None:
        found: Any = self.sessions.get(session)
        return found if isinstance(found, Step) and found.until > time.monotonic() else None

    def _answer_password_verifier(self, step: Step, given: Given) -> Told:
        attempt = step.attempt
        right = _proved(step, srp.identity_of(attempt.pool.id, attempt.user.username), given)
        attempt.password_was(right)
        if not right:
            accounts.count_failure(attempt.user)
            raise NotAuthorizedError(accounts.WRONG)
        accounts.check_may_enter(attempt.pool, attempt.user)
        attempt.device = attempt.device or attempt.user.devices.get(given.get("DEVICE_KEY", ""))
        return self._go_on(attempt)

    def _answer_select_challenge(self, step: Step, given: Given) -> Told:
        attempt = step.attempt
        if given.get("ANSWER") == "PASSWORD":
            name, password = attempt.user.username, given.get("PASSWORD", "")
            try:
                accounts.check_password(attempt.pool, attempt.client, name, password)
            except JsonRESTError:
                attempt.password_was(right=False)
                raise
            attempt.password_was(right=True)
            return self._go_on(attempt)
        if given.get("ANSWER") == "PASSWORD_SRP":
            return self._ask_for_proof(attempt, given)
        raise InvalidParameterException("Selected challenge is not available.")

    def _answer_new_password_required(self, step: Step, given: Given) -> Told:
        pool, user = step.attempt.pool, step.attempt.user
        missing = accounts.required_attributes(pool, user)
        sent = {
            name.removeprefix("userAttributes."): value
            for name, value in given.items()
            if name.startswith("userAttributes.")
        }
        if any(not sent.get(name) for name in missing):
            raise InvalidParameterException("Invalid attributes given, " + ", ".join(missing) + " is missing")
        attributes = [{"Name": name, "Value": value} for name, value in sent.items()]
        rules.check_password(pool.extended_config, given.get("NEW_PASSWORD", ""))
        rules.check_attributes(pool.schema_attributes, attributes, creating=True)
        accounts.choose_password(user, given["NEW_PASSWORD"], attributes)
        return self._go_on(step.attempt)

    def _answer_select_mfa_type(self, step: Step, given: Given) -> Told:
        if given.get("ANSWER") not in step.attempt.user.factors():
            raise InvalidParameterException("Invalid MFA type selected")
        return self._ask_for_code(step.attempt, given["ANSWER"])

    def _answer_mfa_setup(self, step: Step, _: Given) -> Told:
        if not step.attempt.user.software_token_mfa_enabled:
            raise NotAuthorizedError("User has not set up an MFA method.")
        return _tokens(step.attempt)

    def _answer_device_srp_auth(self, step: Step, given: Given) -> Told:
        attempt, device = step.attempt, step.attempt.device
        if device is None or given.get("DEVICE_KEY") != device.key or not device.verifier:
            raise ResourceNotFoundError("Device does not exist.")
        salt, verifier = (
            int.from_bytes(base64.b64decode(text), "big") for text in (device.salt, device.verifier)
        )
        proof = srp.begin_known(salt, verifier, _public_a(given))
        parameters = {"USERNAME": attempt.user.username, "DEVICE_KEY": device.key}
        return self._ask(attempt, "DEVICE_PASSWORD_VERIFIER", {**_asked_in(proof), **parameters}, proof)

    def _answer_device_password_verifier(self, step: Step, given: Given) -> Told:
        identity = devices.group_key(step.attempt.pool) + given.get("DEVICE_KEY", "")
        if not _proved(step, identity, given):
            raise NotAuthorizedError(accounts.WRONG)
        return _tokens(step.attempt)

    def _go_on(self, attempt: SignInAttempt) -> Told:
        """What follows a right password."""
        pool, user = attempt.pool, attempt.user
        named = {"USER_ID_FOR_SRP": user.username}
        if accounts.must_choose_password(user):
            missing = [f"userAttributes.{name}" for name in accounts.required_attributes(pool, user)]
            known = {name: value for name, value in user.attribute_lookup.items() if name != "sub"}
            named |= {"requiredAttributes": json.dumps(missing), "userAttributes": json.dumps(known)}
            return self._ask(attempt, "NEW_PASSWORD_REQUIRED", named)
        if attempt.must_set_up:
            offered = json.dumps(factors.allowed(pool) or [TOTP])
            return self._ask(attempt, "MFA_SETUP", {"MFAS_CAN_SETUP": offered, **named})
        asked = attempt.factors()
        if not asked:
            return _tokens(attempt)
        if attempt.device_suffices:
            return self._ask(attempt, "DEVICE_SRP_AUTH", named)
        if len(asked) > 1:
            return self._ask(attempt, "SELECT_MFA_TYPE", {"MFAS_CAN_CHOOSE": json.dumps(asked), **named})
        return self._ask_for_code(attempt, asked[0])

    def _ask_for_code(self, attempt: SignInAttempt, factor: str) -> Told:
        attempt.send_code(factor)
        parameters = {"USER_ID_FOR_SRP": attempt.user.username}
        if factor == TOTP and attempt.user.totp_name:
            parameters["FRIENDLY_DEVICE_NAME"] = attempt.user.totp_name
        if attempt.message is not None and factor != TOTP:
            parameters |= {
                "CODE_DELIVERY_DELIVERY_MEDIUM": attempt.message.medium,
                "CODE_DELIVERY_DESTINATION": messages.masked(attempt.message),
            }
        return self._ask(attempt, factor, parameters)

    # Setting up an authenticator app

    def associate_software_token(self, access_token: str, session: str) -> dict[str, str]:
        """A fresh secret for an authenticator app, for somebody signed in or on the way in."""
        if not session:
            user = OperationRequest(self, {"AccessToken": access_token}).user
            user.new_totp_secret = factors.new_secret()
            return {"SecretCode": user.new_totp_secret}
        step = self._step(session)
        if step is None or step.challenge != "MFA_SETUP":
            raise NotAuthorizedError(NO_SESSION)
        step.attempt.user.new_totp_secret = factors.new_secret()
        del self.sessions[session]
        asked = self._ask(step.attempt, "MFA_SETUP", {})
        return {"SecretCode": step.attempt.user.new_totp_secret, "Session": str(asked["Session"])}

    def verify_software_token(
        self, access_token: str, session: str, user_code: str, friendly_device_name: str
    ) -> dict[str, str]:
        """The app's first code; on the way in it is turned on at once, else by SetUserMFAPreference."""
        step = self._step(session) if session else None
        if session and (step is None or step.challenge != "MFA_SETUP"):
            raise NotAuthorizedError(NO_SESSION)
        user = step.attempt.user if step else OperationRequest(self, {"AccessToken": access_token}).user
        if not user.new_totp_secret:
            raise JsonRESTError("SoftwareTokenMFANotFoundException", "No software token was associated.")
        factors.check_totp(user.new_totp_secret, user_code, NOT_ENABLED)
        factors.keep_totp(user, user.new_totp_secret, friendly_device_name or "")
        if step is None:
            return {"Status": "SUCCESS"}
        factors.prefer_totp(user)
        del self.sessions[session]
        asked = self._ask(step.attempt, "MFA_SETUP", {})
        return {"Status": "SUCCESS", "Session": str(asked["Session"])}


def _public_a(given: Given) -> int:
    try:
        public_a = int(given.get("SRP_A", ""), 16)
    except ValueError:
        public_a = 0
    if public_a % srp.PRIME == 0:
        raise InvalidParameterException("Missing or wrong parameter SRP_A")
    return public_a


def _asked_in(proof: srp.Exchange) -> dict[str, str]:
    """The server's half of a proof."""
    return {"SALT": f"{proof.salt:x}", "SRP_B": f"{proof.public_b:x}", "SECRET_BLOCK": proof.block}


def _proved(step: Step, identity: str, given: Given) -> bool:
    if step.proof is None or given.get("PASSWORD_CLAIM_SECRET_BLOCK") != step.proof.block:
        return False
    said = given.get("TIMESTAMP", ""), given.get("PASSWORD_CLAIM_SIGNATURE", "")
    return srp.proves(step.proof, identity, *said)


def _refresh(pool: AwsLikePool, client: AwsLikeClient, given: Given) -> Told:
    """New tokens of the same sign-in."""
    owner = pool.refresh_tokens.get(given.get("REFRESH_TOKEN", ""))
    user = pool.find(owner[1]) if owner else None
    if owner is None or owner[0] != client.id or user is None or not user.enabled:
        raise NotAuthorizedError("Refresh Token has been revoked" if not owner else "Invalid Refresh Token")
    given_hash = given.get("SECRET_HASH", "")
    if client.generate_secret and not any(
        client.accepts_hash(given_hash, name) for name in (user.username, user.id)
    ):
        raise NotAuthorizedError(f"SecretHash does not match for the client: {client.id}")
    user_sessions.used(user, owner[2])
    return {"ChallengeParameters": {}, "AuthenticationResult": _result(pool, client, user, owner[2])}


def _tokens(attempt: SignInAttempt) -> Told:
    """In: a new sign-in's tokens, and a key for a device that isn't known yet."""
    pool, client, user = attempt.pool, attempt.client, attempt.user
    origin, refresh = str(uuid.uuid4()), secrets.token_urlsafe(96)
    result = {**_result(pool, client, user, origin), "RefreshToken": refresh}
    pool.refresh_tokens[refresh] = (client.id, user.username, origin)
    attempt.succeed()
    attempt.begin_tokens(origin)
    if attempt.device is None and devices.configuration(pool):
        result["NewDeviceMetadata"] = devices.offer(pool, user)
    return {"ChallengeParameters": {}, "AuthenticationResult": result}


def _result(pool: AwsLikePool, client: AwsLikeClient, user: AwsLikeUser, origin: str) -> Told:
    """An access and an id token, known to moto's GetUser and sign-outs."""
    about: dict[str, Any] = {"scope": tokens.API_SCOPE, "auth_time": int(time.time()), "origin_jti": origin}
    access = tokens.sign(pool, tokens.access_claims(pool, client, user, **about))
    identity = tokens.sign(pool, tokens.id_claims(pool, client, user, **about))
    pool.access_tokens[access] = pool.id_tokens[identity] = (client.id, user.username)
    return {
        "IdToken": identity,
        "AccessToken": access,
        "ExpiresIn": tokens.lifetime(client, "Access"),
        "TokenType": "Bearer",
    }
