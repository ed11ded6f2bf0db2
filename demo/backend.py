"""moto's Cognito with the corrections that a demo needs to look like AWS.

Only differences that an operator would trip over are corrected, each where it is met; for the
rest moto stays as lax as it is.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import cache
from types import SimpleNamespace
from typing import Any, cast

from botocore.model import Shape
from joserfc.jwk import RSAKey
from moto.cognitoidp import models
from moto.cognitoidp.exceptions import (
    AliasExistsException,
    InvalidParameterException,
    NotAuthorizedError,
    UsernameExistsException,
)
from moto.cognitoidp.models import (
    CognitoIdpGroup,
    CognitoIdpUser,
    UserStatus,
    cognitoidp_backends,
)
from moto.core import responses
from moto.core.exceptions import JsonRESTError
from moto.core.serialize import AttributePickerContext, XFormedAttributePicker
from moto.core.utils import method_names_from_class, utcnow
from moto.utilities.utils import load_resource

from demo import auth_events, listing, messages, password_recovery, rules, user_sessions
from demo.api_sign_in import ApiSignIn
from demo.operations import ACCOUNT, OperationRequest, every_pool
from demo.responses import URLS
from demo.user_pool import AwsLikeClient, AwsLikePool
from demo.users import AwsLikeUser

Attributes = list[dict[str, str]]


class KnownKeys(XFormedAttributePicker):
    """Where an answer's values are looked for; moto works that out anew for every value."""

    def get_possible_keys(self, context: AttributePickerContext) -> Generator[str]:
        """What `context.key` may be called in such an object."""
        place = type(context.obj), context.shape, context.key
        if place not in _KEYS:
            _KEYS[place] = tuple(dict.fromkeys(super().get_possible_keys(context)))
        yield from _KEYS[place]


_KEYS: dict[tuple[type, Shape, str], tuple[str, ...]] = {}
_METHOD_NAMES = cache(method_names_from_class)


class UnsupportedUserState(JsonRESTError):
    """AWS's answer when a user's status does not allow the operation."""

    def __init__(self, message: str) -> None:
        super().__init__("UnsupportedUserStateException", message)


class AwsLikeBackend(ApiSignIn):
    """One region's pools."""

    @property
    def _url_module(self) -> Any:
        """moto looks for its URLs beside the class, and these stand elsewhere."""
        return URLS

    def create_user_pool(self, name: str, extended_config: dict[str, Any], own_id: str = "") -> AwsLikePool:
        """A new pool; `own_id` is the part of its id after the underscore."""
        pool = AwsLikePool(self.account_id, self.region_name, name, extended_config, own_id)
        self.user_pools[pool.id] = pool
        return pool

    # Listing

    def list_users(  # type: ignore[override]
        self,
        user_pool_id: str,
        filt: str | None,
        limit: int | None = None,
        pagination_token: str | None = None,
    ) -> tuple[list[CognitoIdpUser], str | None]:
        """A page of users; deleting people between two pages breaks nothing."""
        users = cast(listing.NumberedUsers, self.describe_user_pool(user_pool_id).users)
        about = f"{user_pool_id} {filt or ''}"
        return listing.page(listing.chosen_by(filt or "", users), limit, pagination_token, about)

    def list_users_in_group(  # type: ignore[override]
        self, user_pool_id: str, group_name: str, limit: int | None = None, next_token: str | None = None
    ) -> tuple[list[CognitoIdpUser], str | None]:
        """A page of a group's members."""
        members = listing.in_order(self.get_group(user_pool_id, group_name).users)
        return listing.page(members, limit, next_token, f"{user_pool_id} in {group_name}")

    # Creating

    def admin_create_user(
        self,
        user_pool_id: str,
        username: str,
        message_action: str | None,
        temporary_password: str | None,
        attributes: Attributes,
    ) -> CognitoIdpUser:
        """Create, or resend an invitation (where moto would replace the user, losing sub and attributes)."""
        pool = cast(AwsLikePool, self.describe_user_pool(user_pool_id))
        if temporary_password:
            rules.check_password(pool.extended_config, temporary_password)
        if message_action == "RESEND":
            user = self.admin_get_user(user_pool_id, username)
            if user.status != UserStatus.FORCE_CHANGE_PASSWORD:
                raise UnsupportedUserState("Resend not possible. User status is not FORCE_CHANGE_PASSWORD")
            user.password = temporary_password or rules.new_password(pool.extended_config)
            messages.invite(pool, cast(AwsLikeUser, user))
            return _password_set(user)
        rules.check_username(pool.extended_config, username)
        rules.check_attributes(pool.schema_attributes, attributes, creating=True)
        if pool._get_user(username):
            raise UsernameExistsException("User account already exists")
        given = [attribute for attribute in attributes if attribute.get("Value")]
        password = temporary_password or rules.new_password(pool.extended_config)
        made = super().admin_create_user(user_pool_id, username, "", password, given)
        if message_action != "SUPPRESS":
            messages.invite(pool, cast(AwsLikeUser, made))
        return _password_set(made)

    def create_group(
        self,
        user_pool_id: str,
        group_name: str,
        description: Any,
        role_arn: Any,
        precedence: Any,
    ) -> CognitoIdpGroup:
        """A new group, its name checked."""
        rules.check_name("groupName", group_name)
        return super().create_group(user_pool_id, group_name, description, role_arn, precedence)

    # Changing people: AWS moves UserLastModifiedDate with each of these, moto doesn't

    def admin_update_user_attributes(self, user_pool_id: str, username: str, attributes: Attributes) -> None:
        """Write attributes; a blank value deletes one."""
        pool, user = self.describe_user_pool(user_pool_id), self.admin_get_user(user_pool_id, username)
        rules.check_attributes(pool.schema_attributes, attributes, creating=False)
        names = pool.extended_config.get("UsernameAttributes") or []
        for attribute in attributes:
            if attribute["Name"] in names and pool._get_user(attribute["Value"]) not in (None, user):
                raise AliasExistsException
        user.update_attributes([attribute for attribute in attributes if attribute.get("Value")])
        blank = [attribute["Name"] for attribute in attributes if not attribute.get("Value")]
        user.delete_attributes([name for name in blank if name in user.attribute_lookup])

    def admin_delete_user_attributes(
        self, user_pool_id: str, username: str, attributes: Sequence[str]
    ) -> None:
        """Delete attributes; one that the user lacks is no error as long as the pool knows it."""
        pool, user = self.describe_user_pool(user_pool_id), self.admin_get_user(user_pool_id, username)
        for name in attributes:
            if name not in pool.schema_attributes:
                raise InvalidParameterException(f"user.{name}: Attribute does not exist in the schema.\n")
        user.delete_attributes([name for name in attributes if name in user.attribute_lookup])

    def admin_confirm_sign_up(self, user_pool_id: str, username: str) -> str:
        """Confirm someone who signed up by themselves; anyone else is refused."""
        user = self.admin_get_user(user_pool_id, username)
        if user.status != UserStatus.UNCONFIRMED:
            status = getattr(user.status, "value", user.status)
            raise NotAuthorizedError(f"User cannot be confirmed. Current status is {status}")
        super().admin_confirm_sign_up(user_pool_id, username)
        _changed(user)
        return ""

    def admin_disable_user(self, user_pool_id: str, username: str) -> None:
        """Disable, and end what is signed in."""
        super().admin_disable_user(user_pool_id, username)
        user_sessions.end_all(*self._person(user_pool_id, username))
        _changed(self.admin_get_user(user_pool_id, username))

    def admin_enable_user(self, user_pool_id: str, username: str) -> None:
        """Enable the person."""
        super().admin_enable_user(user_pool_id, username)
        _changed(self.admin_get_user(user_pool_id, username))

    def admin_reset_user_password(self, user_pool_id: str, username: str) -> None:
        """Make the password worthless; a code for a new one goes out."""
        password_recovery.reset(*self._person(user_pool_id, username))

    def admin_set_user_password(
        self, user_pool_id: str, username: str, password: str, permanent: bool
    ) -> None:
        """Set a temporary or permanent password."""
        super().admin_set_user_password(user_pool_id, username, password, permanent)
        _password_set(self.admin_get_user(user_pool_id, username))

    # Leaving

    def admin_delete_user(self, user_pool_id: str, username: str) -> None:
        """Delete the person with all that is theirs."""
        user_sessions.end_all(*self._person(user_pool_id, username))
        super().admin_delete_user(user_pool_id, username)

    def _person(self, user_pool_id: str, username: str) -> tuple[AwsLikePool, AwsLikeUser]:
        request = OperationRequest(self, {"UserPoolId": user_pool_id, "Username": username})
        return request.pool, request.user

    def change_password(self, access_token: str, previous_password: str, proposed_password: str) -> None:
        """The person's own change."""
        request = OperationRequest(self, {"AccessToken": access_token})
        super().change_password(access_token, previous_password, proposed_password)
        _password_set(request.user)
        auth_events.begin(request.pool, request.user, "PasswordChange").response = "Pass"

    def get_user(self, access_token: str) -> CognitoIdpUser:
        """Who the token is about, people from elsewhere too."""
        return OperationRequest(self, {"AccessToken": access_token}).user

    def _validate_password(self, user_pool_id: str, password: str) -> None:
        rules.check_password(self.describe_user_pool(user_pool_id).extended_config, password)


def _changed(user: CognitoIdpUser) -> CognitoIdpUser:
    user.last_modified_date = utcnow()
    return user


def _password_set(user: CognitoIdpUser) -> CognitoIdpUser:
    cast(AwsLikeUser, user).password_set = utcnow()
    return _changed(user)


def use_aws_like_backend() -> None:
    """Make moto, in this process, build `AwsLikeBackend`s from now on."""
    cognitoidp_backends.backend = AwsLikeBackend
    vars(models).update(CognitoIdpUser=AwsLikeUser, CognitoIdpUserPoolClient=AwsLikeClient)
    vars(responses).update(XFormedAttributePicker=KnownKeys, method_names_from_class=_METHOD_NAMES)
    # Every pool reads the same key file, and checking the key takes moto 0.1 s each time.
    vars(models).update(jwk=SimpleNamespace(RSAKey=SimpleNamespace(import_key=lambda _: _signing_key())))


@cache
def _signing_key() -> RSAKey:
    return RSAKey.import_key(load_resource("cognitoidp/resources/jwks-private.json"))


def backend_of(region: str) -> AwsLikeBackend:
    """The pools of `region` in this process."""
    use_aws_like_backend()
    return cast(AwsLikeBackend, cognitoidp_backends[ACCOUNT][region])


def pool_with_id(pool_id: str) -> AwsLikePool | None:
    """A pool of this process, whatever its region."""
    return next((pool for pool in every_pool() if pool.id == pool_id), None)


def pool_of_domain(domain: str) -> AwsLikePool | None:
    """The pool whose login pages have this domain."""
    for region in cognitoidp_backends[ACCOUNT].values():
        known = region.user_pool_domains.get(domain)
        if known is not None:
            return cast(AwsLikePool, region.user_pools.get(known.user_pool_id))
    return None


def forget_everything() -> None:
    """Drop all pools of this process."""
    cognitoidp_backends.clear()
