"""Everything the gateway can change. Each method asks for an open permit of `services.changes`.

A permit dies with an unknown outcome, so nothing is sent twice on one intent once nobody can tell
whether it had an effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from services.cognito import parse
from services.cognito.models import Group, User
from services.cognito.permit import Permit, PermitMissing
from services.errors import CognitoError, InvalidRequest

if TYPE_CHECKING:
    from services.cognito.client import AwsClient

P = ParamSpec("P")
R = TypeVar("R")
Self_ = TypeVar("Self_", bound="Mutations")
_Method = Callable[Concatenate[Self_, Permit, P], R]


def mutation(operation: str) -> Callable[[_Method[Self_, P, R]], _Method[Self_, P, R]]:
    """Mark a method that calls the mutating API `operation`: it refuses without an open permit.

    The name stands in `__mutation__` of the method.
    """

    def decorate(method: _Method[Self_, P, R]) -> _Method[Self_, P, R]:
        @wraps(method)
        def guarded(self: Self_, permit: Permit, /, *args: P.args, **kwargs: P.kwargs) -> R:
            if not isinstance(permit, Permit):
                raise PermitMissing(f"{operation} was called without a permit.")
            permit.check()
            try:
                return method(self, permit, *args, **kwargs)
            except CognitoError as error:
                permit.is_open = permit.is_open and not error.leaves_open
                raise

        guarded.__mutation__ = operation  # type: ignore[attr-defined]
        return guarded

    return decorate


class Mutations:
    """The changing half of the gateway. Every method raises the `CognitoError`s of `translate`."""

    pool_id: str
    client: AwsClient

    @mutation("AdminCreateUser")
    def create_user(
        self,
        permit: Permit,
        *,
        username: str,
        attributes: Mapping[str, str],
        temporary_password: str = "",
        delivery: Iterable[str] = (),
    ) -> User:
        """Make a user; the invitation goes by `delivery` (EMAIL, SMS), or not at all when that is empty.

        Never takes an alias away from somebody else.
        """
        sent: dict[str, Any] = _delivery(delivery) or {"MessageAction": "SUPPRESS"}
        answer = self.client.change(
            permit,
            "AdminCreateUser",
            self.pool_id,
            Username=username,
            UserAttributes=parse.attribute_list(attributes),
            ForceAliasCreation=False,
            **sent,
            **_password(temporary_password),
        )
        return parse.user(parse.part(answer, "User"))

    @mutation("AdminCreateUser")
    def resend_invitation(
        self, permit: Permit, username: str, *, temporary_password: str = "", delivery: Iterable[str] = ()
    ) -> None:
        """Send the invitation again, with a new temporary password that starts its time anew."""
        self.client.change(
            permit,
            "AdminCreateUser",
            self.pool_id,
            Username=username,
            MessageAction="RESEND",
            **_delivery(delivery),
            **_password(temporary_password),
        )

    @mutation("AdminUpdateUserAttributes")
    def update_attributes(self, permit: Permit, username: str, attributes: Mapping[str, str]) -> None:
        """Set the attributes named and leave the others; a blank value deletes one."""
        self.client.change(
            permit,
            "AdminUpdateUserAttributes",
            self.pool_id,
            Username=username,
            UserAttributes=parse.attribute_list(attributes),
        )

    @mutation("AdminDeleteUserAttributes")
    def clear_attributes(self, permit: Permit, username: str, names: Iterable[str]) -> None:
        """Remove attributes."""
        self.client.change(
            permit,
            "AdminDeleteUserAttributes",
            self.pool_id,
            Username=username,
            UserAttributeNames=list(names),
        )

    @mutation("AdminEnableUser")
    def enable_user(self, permit: Permit, username: str) -> None:
        """Let the person sign in again."""
        self.client.change(permit, "AdminEnableUser", self.pool_id, Username=username)

    @mutation("AdminDisableUser")
    def disable_user(self, permit: Permit, username: str) -> None:
        """Stop the person from signing in, and revoke all tokens."""
        self.client.change(permit, "AdminDisableUser", self.pool_id, Username=username)

    @mutation("AdminDeleteUser")
    def delete_user(self, permit: Permit, username: str) -> None:
        """Delete the person for good."""
        self.client.change(permit, "AdminDeleteUser", self.pool_id, Username=username)

    @mutation("AdminSetUserPassword")
    def set_password(self, permit: Permit, username: str, password: str, *, permanent: bool = False) -> None:
        """Set a password; a temporary one has to be changed at the next sign-in. No message is sent."""
        self.client.change(
            permit,
            "AdminSetUserPassword",
            self.pool_id,
            Username=username,
            Password=password,
            Permanent=permanent,
        )

    @mutation("AdminResetUserPassword")
    def reset_password(self, permit: Permit, username: str) -> None:
        """Make the password invalid and send a code for a new one."""
        self.client.change(permit, "AdminResetUserPassword", self.pool_id, Username=username)

    @mutation("AdminConfirmSignUp")
    def confirm_user(self, permit: Permit, username: str) -> None:
        """Accept a self-registration."""
        self.client.change(permit, "AdminConfirmSignUp", self.pool_id, Username=username)

    @mutation("AdminUserGlobalSignOut")
    def sign_out_user(self, permit: Permit, username: str) -> None:
        """Revoke the person's refresh tokens everywhere."""
        self.client.change(permit, "AdminUserGlobalSignOut", self.pool_id, Username=username)

    @mutation("AdminSetUserMFAPreference")
    def set_mfa_preference(
        self, permit: Permit, username: str, factors: Mapping[str, tuple[bool, bool]]
    ) -> None:
        """Turn second factors on or off: AWS's name → whether it is on, and whether it is asked for first.

        Those that aren't named stay as they are.
        """
        settings = {
            _MFA_SETTINGS[name]: {"Enabled": on, "PreferredMfa": preferred}
            for name, (on, preferred) in factors.items()
            if name in _MFA_SETTINGS
        }
        self.client.change(permit, "AdminSetUserMFAPreference", self.pool_id, Username=username, **settings)

    @mutation("AdminDeleteSoftwareToken")
    def delete_software_token(self, permit: Permit, username: str) -> None:
        """Delete the person's authenticator app; they may set up another one."""
        self.client.change(permit, "AdminDeleteSoftwareToken", self.pool_id, Username=username)

    @mutation("AdminForgetDevice")
    def forget_device(self, permit: Permit, username: str, key: str) -> None:
        """Forget one device of the person."""
        self.client.change(permit, "AdminForgetDevice", self.pool_id, Username=username, DeviceKey=key)

    @mutation("AdminRevokeUserSession")
    def end_session(self, permit: Permit, username: str, session_id: str, *, linked: bool = True) -> None:
        """End one session and, with `linked`, those that it came from or that came from it."""
        self.client.change(
            permit,
            "AdminRevokeUserSession",
            self.pool_id,
            Username=username,
            SessionId=session_id,
            RevokeAssociatedSessions="LINKED" if linked else "NONE",
        )

    @mutation("AdminUpdateAuthEventFeedback")
    def judge_sign_in(self, permit: Permit, username: str, event_id: str, feedback: str) -> None:
        """Tell threat protection whether a try was the person's own: `feedback` is Valid or Invalid."""
        self.client.change(
            permit,
            "AdminUpdateAuthEventFeedback",
            self.pool_id,
            Username=username,
            EventId=event_id,
            FeedbackValue=feedback,
        )

    @mutation("AdminLinkProviderForUser")
    def link_identity(self, permit: Permit, username: str, provider: str, attribute: str, value: str) -> None:
        """Let whoever the provider knows by `attribute` = `value` sign in as the person."""
        self.client.change(
            permit,
            "AdminLinkProviderForUser",
            self.pool_id,
            DestinationUser={"ProviderName": "Cognito", "ProviderAttributeValue": username},
            SourceUser={
                "ProviderName": provider,
                "ProviderAttributeName": attribute,
                "ProviderAttributeValue": value,
            },
        )

    @mutation("AdminDisableProviderForUser")
    def unlink_identity(self, permit: Permit, provider: str, attribute: str, value: str) -> None:
        """Take away the link of whoever the provider knows by `attribute` = `value`."""
        self.client.change(
            permit,
            "AdminDisableProviderForUser",
            self.pool_id,
            User={
                "ProviderName": provider,
                "ProviderAttributeName": attribute,
                "ProviderAttributeValue": value,
            },
        )

    @mutation("AdminAddUserToGroup")
    def add_to_group(self, permit: Permit, username: str, group: str) -> None:
        """Put the person into a group; nothing happens when they are in it."""
        self.client.change(permit, "AdminAddUserToGroup", self.pool_id, Username=username, GroupName=group)

    @mutation("AdminRemoveUserFromGroup")
    def remove_from_group(self, permit: Permit, username: str, group: str) -> None:
        """Take the person out of a group; nothing happens when they are not in it."""
        self.client.change(
            permit, "AdminRemoveUserFromGroup", self.pool_id, Username=username, GroupName=group
        )

    @mutation("CreateGroup")
    def create_group(
        self, permit: Permit, name: str, *, description: str = "", precedence: int | None = None
    ) -> Group:
        """Make a group, never with a role."""
        answer = self.client.change(
            permit,
            "CreateGroup",
            self.pool_id,
            GroupName=name,
            **({"Description": description} if description else {}),
            **_precedence(precedence),
        )
        return parse.group(parse.part(answer, "Group"))

    @mutation("UpdateGroup")
    def update_group(
        self, permit: Permit, name: str, *, description: str = "", precedence: int | None = None
    ) -> Group:
        """Set a group's description and precedence; its role stays.

        Raises `InvalidRequest` when Cognito keeps a precedence that was to be taken away: the API
        has no way to say "none" (API reference, UpdateGroup).
        """
        answer = self.client.change(
            permit,
            "UpdateGroup",
            self.pool_id,
            GroupName=name,
            Description=description,
            **_precedence(precedence),
        )
        group = parse.group(parse.part(answer, "Group"))
        if precedence is None and group.precedence is not None:
            raise InvalidRequest(
                f"The description of {name} was saved, but Cognito keeps the precedence {group.precedence}:"
                " once set, it can't be taken away.",
                "Give a number, such as a high one, instead.",
                operation="UpdateGroup",
            )
        return group

    @mutation("DeleteGroup")
    def delete_group(self, permit: Permit, name: str) -> None:
        """Delete a group; its members stay as users."""
        self.client.change(permit, "DeleteGroup", self.pool_id, GroupName=name)


_MFA_SETTINGS = {
    "SMS_MFA": "SMSMfaSettings",
    "SOFTWARE_TOKEN_MFA": "SoftwareTokenMfaSettings",
    "EMAIL_OTP": "EmailMfaSettings",
}


def _delivery(media: Iterable[str]) -> dict[str, list[str]]:
    # AWS's default is SMS, which costs money and mostly has no number to go to
    chosen = list(media)
    return {"DesiredDeliveryMediums": chosen} if chosen else {}


def _password(temporary: str) -> dict[str, str]:
    return {"TemporaryPassword": temporary} if temporary else {}


def _precedence(value: int | None) -> dict[str, int]:
    return {} if value is None else {"Precedence": value}


# The answers of a sign-in that change the user, in the changing half of the gateway.


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
