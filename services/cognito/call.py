"""One call to AWS in words, for the messages of errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services import errors as e

PHRASES: dict[str, str] = {
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
    "DescribeUserPoolDomain": "Reading the domain {Domain}",
    "DescribeManagedLoginBrandingByClient": "Reading the branding of the app client {ClientId}",
    "GetUserPoolMfaConfig": "Reading the pool's second factors",
    "ListIdentityProviders": "Listing identity providers",
    "DescribeIdentityProvider": "Reading the identity provider {ProviderName}",
    "ListUserPoolClientSecrets": "Listing the secrets of the app client {ClientId}",
    "AdminListUserAuthEvents": "Reading the sign-in history of {Username}",
    "AdminGetUserAuthFactors": "Reading what {Username} signs in with",
    "AdminListDevices": "Listing the devices of {Username}",
    "AdminListUserSessions": "Listing the sessions of {Username}",
    "GetCSVHeader": "Asking for the columns of an import file",
    "DescribeUserImportJob": "Reading the import job {JobId}",
    "ListUserImportJobs": "Listing import jobs",
    "GetProvisionedLimit": "Reading the account's quotas",
    "InitiateAuth": "Signing in",
    "AdminInitiateAuth": "Signing in",
    "RespondToAuthChallenge": "Answering the sign-in",
    "AdminRespondToAuthChallenge": "Answering the sign-in",
    "AssociateSoftwareToken": "Asking for a secret for an authenticator app",
    "GetTokensFromRefreshToken": "Refreshing the tokens",
    "RevokeToken": "Revoking the tokens",
    "GetCallerIdentity": "Asking AWS who these credentials belong to",
    "AssumeRole": "Taking on the role",
}
"""Operations in words. Those of changes are put in by their actions (`services.cognito.actions`)."""

SIGN_IN = frozenset(
    {
        *("InitiateAuth", "AdminInitiateAuth", "RespondToAuthChallenge", "AdminRespondToAuthChallenge"),
        *("AssociateSoftwareToken", "VerifySoftwareToken", "GetTokensFromRefreshToken", "RevokeToken"),
    }
)
"""Operations with which users sign in."""

UNSIGNED = SIGN_IN - {"AdminInitiateAuth", "AdminRespondToAuthChallenge"}
"""Those that no credentials go with (service model: authtype none), so that no policy speaks of them."""

_RESEND = "Sending the invitation again to {Username}"


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the translation needs to know it; parameters stay out of its repr."""

    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)
    service: str = "cognito-idp"
    mutates: bool = False
    region: str = ""
    is_aws: bool = True

    @property
    def phrase(self) -> str:
        """Such as "Adding ann to the group billing"; the operation's name when it has no words yet."""
        template = PHRASES.get(self.operation, self.operation)
        if self.parameters.get("MessageAction") == "RESEND":
            template = _RESEND
        try:
            return template.format_map(self.parameters)
        except KeyError:
            return self.operation

    def error(
        self, kind: type[e.CognitoError], what: str, step: str, code: str, **more: Any
    ) -> e.CognitoError:
        """The error in three parts: what was tried and why it failed, what that changed, what to do."""
        effect = ""
        if self.mutates:
            effect = " It may or may not have taken effect." if kind.leaves_open else f" {e.NOTHING_CHANGED}"
        error = kind(
            f"{self.phrase} did not work: {what}{effect}", step, code=code, operation=self.operation, **more
        )
        error.cause = what
        return error
