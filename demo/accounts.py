"""Whether a password opens an account of the embedded Cognito, refused as AWS would refuse it.

moto takes expired temporary passwords, passwords of people who must reset theirs, and any number of
wrong ones. The rules are those of the Cognito developer guide (authentication flows, managing
errors); messages follow AWS's where they are known.
"""

from __future__ import annotations

from datetime import timedelta

from moto.cognitoidp.exceptions import NotAuthorizedError, UserNotConfirmedException, UserNotFoundError
from moto.cognitoidp.models import UserStatus
from moto.core.exceptions import JsonRESTError
from moto.core.utils import utcnow

from demo.user_pool import AwsLikeClient, AwsLikePool
from demo.users import AwsLikeUser

FREE_TRIES = 5  # wrong passwords until the lock-out begins
LONGEST_LOCK = timedelta(minutes=15)
WRONG = "Incorrect username or password."
LOCKED = "Password attempts exceeded"
EXPIRED = "Temporary password has expired and must be reset by an administrator."


class PasswordResetRequired(JsonRESTError):
    """The old password is void; a new one is set with a code."""

    def __init__(self) -> None:
        super().__init__("PasswordResetRequiredException", "Password reset required for the user")


def check_secret_hash(client: AwsLikeClient, username: str, given: str | None) -> None:
    """SECRET_HASH of clients that have a secret. Raises NotAuthorizedException."""
    if not client.generate_secret:
        return
    if given is None:
        raise NotAuthorizedError(
            f"Client {client.id} is configured with secret but SECRET_HASH was not received"
        )
    if not client.accepts_hash(given, username):
        raise NotAuthorizedError(f"SecretHash does not match for the client: {client.id}")


def who_signs_in(pool: AwsLikePool, client: AwsLikeClient, username: str) -> AwsLikeUser:
    """Who signs in under `username`; nobody, and people from elsewhere, are refused."""
    user = pool.find(username)
    if user is None and client.extended_config.get("PreventUserExistenceErrors") != "ENABLED":
        raise UserNotFoundError("User does not exist.")
    if user is None or status_of(user) == "EXTERNAL_PROVIDER":
        raise NotAuthorizedError(WRONG)
    if not user.enabled:
        raise NotAuthorizedError("User is disabled.")
    return user


def check_password(pool: AwsLikePool, client: AwsLikeClient, username: str, password: str) -> AwsLikeUser:
    """The user whose password this is, status permitting. Raises what AWS answers otherwise."""
    user = who_signs_in(pool, client, username)
    check_not_locked(user)
    if status_of(user) == UserStatus.RESET_REQUIRED:
        raise PasswordResetRequired
    if not user.password or user.password != password:
        count_failure(user)
        raise NotAuthorizedError(WRONG)
    check_may_enter(pool, user)
    return user


def check_may_enter(pool: AwsLikePool, user: AwsLikeUser) -> None:
    """Asked once the password was right: is the account confirmed, the temporary password in time?"""
    user.wrong_passwords = (0, None)
    if status_of(user) == UserStatus.UNCONFIRMED:
        raise UserNotConfirmedException("User is not confirmed.")
    if must_choose_password(user) and temporary_password_expired(pool, user):
        raise NotAuthorizedError(EXPIRED)


def status_of(user: AwsLikeUser) -> str:
    """The user's status by name."""
    return str(getattr(user.status, "value", user.status))


def must_choose_password(user: AwsLikeUser) -> bool:
    """Whether the password is a temporary one."""
    return status_of(user) == UserStatus.FORCE_CHANGE_PASSWORD


def temporary_password_expired(pool: AwsLikePool, user: AwsLikeUser) -> bool:
    """By the pool's TemporaryPasswordValidityDays (0 and absent mean 7), counted from when it was set."""
    policy = pool.extended_config.get("Policies", {}).get("PasswordPolicy", {})
    days = int(policy.get("TemporaryPasswordValidityDays") or 7)
    return bool(utcnow() - (user.password_set or user.last_modified_date) > timedelta(days=days))


def required_attributes(pool: AwsLikePool, user: AwsLikeUser) -> list[str]:
    """What the pool requires of everybody and this user lacks."""
    wanted = [
        name for name, attribute in pool.schema_attributes.items() if attribute.required and name != "sub"
    ]
    return [name for name in wanted if not user.attribute_lookup.get(name)]


def choose_password(user: AwsLikeUser, password: str, attributes: list[dict[str, str]]) -> None:
    """The person's own password instead of the temporary one, with the attributes that were lacking."""
    user.update_attributes(attributes)
    user.password, user.status = password, UserStatus.CONFIRMED
    user.last_modified_date = user.password_set = utcnow()


def check_not_locked(user: AwsLikeUser) -> None:
    """Five wrong passwords close the account for a second, each further one for twice as long."""
    wrong, last = user.wrong_passwords
    if wrong < FREE_TRIES or last is None:
        return
    if utcnow() - last < min(timedelta(seconds=2 ** (wrong - FREE_TRIES)), LONGEST_LOCK):
        raise NotAuthorizedError(LOCKED)


def count_failure(user: AwsLikeUser) -> None:
    """Remember a wrong password."""
    user.wrong_passwords = (user.wrong_passwords[0] + 1, utcnow())
