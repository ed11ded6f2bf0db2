"""moto's Cognito with the corrections that a demo needs to look like AWS.

Only differences that an operator would trip over are corrected, each where it is met; for the
rest moto stays as lax as it is.
"""

from __future__ import annotations

from typing import Any

from moto.cognitoidp import urls
from moto.cognitoidp.exceptions import JsonRESTError
from moto.cognitoidp.models import CognitoIdpBackend, CognitoIdpUser, UserStatus, cognitoidp_backends
from moto.core.utils import utcnow

ACCOUNT = "123456789012"
"""moto's only account."""


class UnsupportedUserState(JsonRESTError):
    """AWS's answer when a user's status does not allow the operation."""

    def __init__(self, message: str) -> None:
        super().__init__("UnsupportedUserStateException", message)


class AwsLikeBackend(CognitoIdpBackend):
    """One region's pools."""

    @property
    def _url_module(self) -> Any:
        """moto looks for its URLs beside the class, and this one stands elsewhere."""
        return urls

    def admin_create_user(
        self,
        user_pool_id: str,
        username: str,
        message_action: str,
        temporary_password: str,
        attributes: list[dict[str, str]],
    ) -> CognitoIdpUser:
        """Create, or resend an invitation: moto would replace the user then, losing sub and attributes."""
        if message_action != "RESEND":
            return super().admin_create_user(
                user_pool_id, username, message_action, temporary_password, attributes
            )
        user = self.admin_get_user(user_pool_id, username)
        if user.status != UserStatus.FORCE_CHANGE_PASSWORD:
            raise UnsupportedUserState("Resend not possible. User status is not FORCE_CHANGE_PASSWORD")
        user.password = temporary_password or user.password
        user.last_modified_date = utcnow()
        return user


def use_aws_like_backend() -> None:
    """Make moto, in this process, build `AwsLikeBackend`s from now on."""
    cognitoidp_backends.backend = AwsLikeBackend
    for account in cognitoidp_backends.values():
        account.backend = AwsLikeBackend


def backend_of(region: str) -> Any:
    """The pools of `region` in this process."""
    use_aws_like_backend()
    return cognitoidp_backends[ACCOUNT][region]


def forget_everything() -> None:
    """Drop all pools of this process."""
    cognitoidp_backends.clear()
