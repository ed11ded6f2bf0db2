"""Request-rate quotas of Cognito user pools: per account and region, by category.

Figures are AWS's defaults (Amazon Cognito developer guide, "Quotas in Amazon Cognito").
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

JOB_SHARE = 0.5
"""The share of a quota that a job takes unless told otherwise: production traffic needs the rest."""

PER_POOL_OPERATION_RPS = 5.0
"""Further cap on one operation against one pool, in the categories marked `capped_per_pool`."""


@dataclass(frozen=True, slots=True)
class Category:
    """One quota category; `rps` is AWS's default in requests per second."""

    name: str
    rps: float
    operations: frozenset[str]
    adjustable: bool = False
    capped_per_pool: bool = False


def _category(
    name: str, rps: float, operations: str, *, adjustable: bool = False, capped: bool = False
) -> Category:
    return Category(name, rps, frozenset(operations.split()), adjustable, capped)


_ALL = (
    _category(
        "UserAuthentication",
        120,
        "InitiateAuth RespondToAuthChallenge AdminInitiateAuth AdminRespondToAuthChallenge"
        " GetTokensFromRefreshToken",
        adjustable=True,
    ),
    _category("UserCreation", 50, "SignUp ConfirmSignUp AdminCreateUser AdminConfirmSignUp", adjustable=True),
    _category(
        "UserAccountRecovery",
        30,
        "ChangePassword ConfirmForgotPassword ForgotPassword AdminResetUserPassword AdminSetUserPassword",
    ),
    _category("UserRead", 120, "AdminGetUser AdminGetUserAuthFactors GetUser", adjustable=True),
    _category(
        "UserUpdate",
        25,
        "AdminAddUserToGroup AdminRemoveUserFromGroup AdminUpdateUserAttributes AdminDeleteUserAttributes"
        " AdminDeleteUser AdminDisableUser AdminEnableUser AdminLinkProviderForUser"
        " AdminDisableProviderForUser AdminUserGlobalSignOut GlobalSignOut UpdateUserAttributes"
        " DeleteUserAttributes DeleteUser VerifyUserAttribute",
    ),
    _category("UserToken", 120, "RevokeToken", adjustable=True),
    _category(
        "UserResourceRead",
        50,
        "AdminListGroupsForUser AdminListDevices AdminGetDevice AdminListUserAuthEvents GetDevice ListDevices"
        " GetUserAttributeVerificationCode ResendConfirmationCode",
        adjustable=True,
    ),
    _category(
        "UserResourceUpdate",
        25,
        "AdminForgetDevice AdminUpdateAuthEventFeedback AdminSetUserMFAPreference AdminDeleteSoftwareToken"
        " AdminSetUserSettings AdminUpdateDeviceStatus UpdateDeviceStatus UpdateAuthEventFeedback"
        " ConfirmDevice SetUserMFAPreference SetUserSettings VerifySoftwareToken AssociateSoftwareToken"
        " ForgetDevice",
    ),
    _category("UserList", 30, "ListUsers ListUsersInGroup"),
    _category("UserPoolRead", 15, "DescribeUserPool ListUserPools"),
    _category("UserPoolUpdate", 15, "CreateUserPool UpdateUserPool DeleteUserPool"),
    _category(
        "UserPoolResourceRead",
        20,
        "DescribeIdentityProvider DescribeResourceServer DescribeUserImportJob DescribeUserPoolDomain"
        " GetCSVHeader GetGroup GetSigningCertificate GetIdentityProviderByIdentifier GetUserPoolMfaConfig"
        " ListGroups ListIdentityProviders ListResourceServers ListTagsForResource ListUserImportJobs"
        " DescribeRiskConfiguration GetUICustomization DescribeManagedLoginBranding"
        " DescribeManagedLoginBrandingByClient",
        capped=True,
    ),
    _category(
        "UserPoolResourceUpdate",
        15,
        "AddCustomAttributes CreateGroup CreateIdentityProvider CreateResourceServer CreateUserImportJob"
        " CreateUserPoolDomain DeleteGroup DeleteIdentityProvider DeleteResourceServer DeleteUserPoolDomain"
        " SetUserPoolMfaConfig StartUserImportJob StopUserImportJob UpdateGroup UpdateIdentityProvider"
        " UpdateResourceServer UpdateUserPoolDomain SetRiskConfiguration SetUICustomization TagResource"
        " UntagResource CreateManagedLoginBranding UpdateManagedLoginBranding DeleteManagedLoginBranding",
        capped=True,
    ),
    _category("UserPoolClientRead", 15, "DescribeUserPoolClient ListUserPoolClients", capped=True),
    _category(
        "UserPoolClientUpdate",
        15,
        "CreateUserPoolClient DeleteUserPoolClient UpdateUserPoolClient",
        capped=True,
    ),
    _category("UserFederation", 25, "", adjustable=True),
    _category("ClientAuthentication", 150, "GetClientToken"),
    _category("LimitManagement", 1, "GetProvisionedLimit UpdateProvisionedLimit"),
)

UNLISTED = Category("Unlisted", 5.0, frozenset())
"""Operations that AWS's table doesn't name; no figure is published, so they go slowly."""

CATEGORIES = MappingProxyType({category.name: category for category in (*_ALL, UNLISTED)})
"""Every category by its name."""

_BY_OPERATION = MappingProxyType(
    {operation: category for category in _ALL for operation in category.operations}
)


def category_of(operation: str) -> Category:
    """The category in which AWS counts `operation`; `UNLISTED` when its table doesn't say."""
    return _BY_OPERATION.get(operation, UNLISTED)


def operation_rps(operation: str) -> float:
    """Most calls per second that one pool can take of `operation` at default quotas."""
    category = category_of(operation)
    return min(category.rps, PER_POOL_OPERATION_RPS) if category.capped_per_pool else category.rps
