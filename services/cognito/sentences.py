"""What was being tried, in words, for the messages of errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_PHRASES: Mapping[str, str] = {
    "AdminCreateUser": "Creating {Username}",
    "AdminConfirmSignUp": "Confirming {Username}",
    "AdminUpdateUserAttributes": "Changing the attributes of {Username}",
    "AdminDeleteUserAttributes": "Clearing attributes of {Username}",
    "AdminEnableUser": "Enabling {Username}",
    "AdminDisableUser": "Disabling {Username}",
    "AdminDeleteUser": "Deleting {Username}",
    "AdminSetUserPassword": "Setting the password of {Username}",
    "AdminResetUserPassword": "Resetting the password of {Username}",
    "AdminUserGlobalSignOut": "Signing {Username} out",
    "AdminAddUserToGroup": "Adding {Username} to the group {GroupName}",
    "AdminRemoveUserFromGroup": "Removing {Username} from the group {GroupName}",
    "CreateGroup": "Creating the group {GroupName}",
    "UpdateGroup": "Changing the group {GroupName}",
    "DeleteGroup": "Deleting the group {GroupName}",
    "ListUsers": "Listing users",
    "ListUsersInGroup": "Listing the members of {GroupName}",
    "ListGroups": "Listing groups",
    "GetGroup": "Reading the group {GroupName}",
    "AdminGetUser": "Reading {Username}",
    "AdminListGroupsForUser": "Listing the groups of {Username}",
    "ListUserPools": "Listing user pools",
    "DescribeUserPool": "Reading the settings of the user pool {UserPoolId}",
    "ListUserPoolClients": "Listing app clients",
    "DescribeUserPoolClient": "Reading the app client {ClientId}",
    "GetProvisionedLimit": "Reading the account's quotas",
    "GetCallerIdentity": "Asking AWS who these credentials belong to",
    "AssumeRole": "Taking on the role",
}
_RESEND = "Sending the invitation again to {Username}"


@dataclass(frozen=True, slots=True)
class Doing:
    """One call in words. `parameters` are the API's; only names of people and things are used."""

    operation: str
    parameters: Mapping[str, Any]
    mutates: bool

    @property
    def phrase(self) -> str:
        """Such as "Adding ann to the group billing"; the operation's name when it has no words yet."""
        template = _PHRASES.get(self.operation, self.operation)
        if self.parameters.get("MessageAction") == "RESEND":
            template = _RESEND
        try:
            return template.format_map(self.parameters)
        except KeyError:
            return self.operation

    def failed(self, cause: str) -> str:
        """The sentence that says what didn't work and why (`cause` ends with its own full stop)."""
        return f"{self.phrase} did not work: {cause}"

    @property
    def unchanged(self) -> str:
        """What to add when the request certainly had no effect; nothing for a mere look-up."""
        return "Nothing was changed." if self.mutates else ""

    @property
    def maybe(self) -> str:
        """What to add when nobody can tell whether the request had an effect."""
        return "It may or may not have taken effect." if self.mutates else ""
