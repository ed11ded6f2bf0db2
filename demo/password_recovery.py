"""Forgotten and reset passwords: a code by the pool's way of recovery, good for an hour, and a new password.

Which way: AccountRecoverySettingType in the API reference; the address has to be verified, and one
that already brings the second factor's codes doesn't count. Refusals as in ForgotPassword,
ConfirmForgotPassword and AdminResetUserPassword.
"""

from __future__ import annotations

from datetime import timedelta

from moto.cognitoidp.exceptions import (
    CodeMismatchException,
    ExpiredCodeException,
    InvalidParameterException,
    NotAuthorizedError,
    UserNotFoundError,
)
from moto.cognitoidp.models import UserStatus
from moto.core.utils import utcnow

from demo import accounts, auth_events, messages, rules
from demo.messages import ADDRESSES
from demo.operations import Answer, Operation, OperationRequest
from demo.user_pool import AwsLikeClient, AwsLikePool
from demo.users import EMAIL, SMS, AwsLikeUser, SentMessage, UserEvent

LIFE = timedelta(hours=1)
WORDS = "Your code to choose a new password is {####}."
NO_WAY = "Cannot reset password for the user as there is no registered/verified email or phone_number"
NOT_NOW = "User password cannot be reset in the current state."
WAYS = {"verified_email": EMAIL, "verified_phone_number": SMS}
USUAL = ({"Priority": 1, "Name": "verified_phone_number"}, {"Priority": 2, "Name": "verified_email"})


def send_code(pool: AwsLikePool, user: AwsLikeUser) -> SentMessage:
    """A fresh code; the one before is void. Raises InvalidParameterException where there is no way."""
    factor = _way(pool, user)
    if factor is None:
        raise InvalidParameterException(NO_WAY)
    sent = messages.send_code(pool, user, factor, WORDS)
    user.recovery = sent
    return sent


def forgot(pool: AwsLikePool, user: AwsLikeUser) -> tuple[SentMessage, UserEvent]:
    """The person asks for a code. Raises what AWS answers to those who can't have one."""
    if not user.enabled:
        raise NotAuthorizedError("User is disabled.")
    if accounts.status_of(user) not in (UserStatus.CONFIRMED, UserStatus.RESET_REQUIRED):
        raise NotAuthorizedError(NOT_NOW)
    sent, event = send_code(pool, user), auth_events.begin(pool, user, "ForgotPassword")
    event.response = "Pass"
    return sent, event


def reset(pool: AwsLikePool, user: AwsLikeUser) -> None:
    """An administrator makes the password worthless; a code goes out."""
    if not user.enabled:
        raise NotAuthorizedError("User is disabled.")
    if accounts.status_of(user) not in (UserStatus.CONFIRMED, UserStatus.RESET_REQUIRED):
        raise NotAuthorizedError(NOT_NOW)
    send_code(pool, user)
    user.status = UserStatus.RESET_REQUIRED
    user.last_modified_date = utcnow()


def choose(pool: AwsLikePool, user: AwsLikeUser, code: str, password: str) -> None:
    """Set a new password with the code. Raises what AWS answers to a wrong or late one."""
    sent = user.recovery
    if sent is None or sent.at + LIFE < utcnow():
        raise ExpiredCodeException("Invalid code provided, please request a code again.")
    if code != sent.code:
        raise CodeMismatchException("Invalid verification code provided, please try again.")
    rules.check_password(pool.extended_config, password)
    user.recovery = None
    accounts.choose_password(user, password, [])


def _way(pool: AwsLikePool, user: AwsLikeUser) -> str | None:
    setting = pool.extended_config.get("AccountRecoverySetting") or {}
    wanted = sorted(setting.get("RecoveryMechanisms") or USUAL, key=lambda way: way["Priority"])
    held = user.attribute_lookup
    for way in wanted:
        factor = WAYS.get(way["Name"])
        attribute = ADDRESSES[factor][1] if factor else ""
        if factor and held.get(f"{attribute}_verified") == "true" and factor not in user.factors():
            return factor
    return None


# Operations, asked by anybody: the app client says which pool


def forgot_password(request: OperationRequest) -> Answer:
    """Send a code; where the client hides who exists, nobody learns that there is no such person."""
    pool, client = request.pool_and_client
    name = request["Username"]
    accounts.check_secret_hash(client, name, request.get("SecretHash"))
    user = pool.find(name)
    if user is None:
        return {"CodeDeliveryDetails": _pretended(client)}
    sent, _ = forgot(pool, user)
    attribute = next(attribute for medium, attribute in ADDRESSES.values() if medium == sent.medium)
    return {
        "CodeDeliveryDetails": {
            "Destination": messages.masked(sent),
            "DeliveryMedium": sent.medium,
            "AttributeName": attribute,
        }
    }


def confirm_forgot_password(request: OperationRequest) -> Answer:
    """A new password with the code."""
    pool, client = request.pool_and_client
    accounts.check_secret_hash(client, request["Username"], request.get("SecretHash"))
    user = pool.find(request["Username"])
    if user is None:
        _pretended(client)
        raise ExpiredCodeException("Invalid code provided, please request a code again.")
    choose(pool, user, request["ConfirmationCode"], request["Password"])
    return {}


def _pretended(client: AwsLikeClient) -> dict[str, str]:
    """As if the person were there, unless the client says who isn't."""
    if client.extended_config.get("PreventUserExistenceErrors") != "ENABLED":
        raise UserNotFoundError("User does not exist.")
    return {"Destination": "n***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}


OPERATIONS: dict[str, Operation] = {
    "ForgotPassword": forgot_password,
    "ConfirmForgotPassword": confirm_forgot_password,
}
