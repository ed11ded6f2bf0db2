"""The least-privilege IAM policy for a connection: the chosen pools, and what operators may do there.

IAM can tell user pools apart, but not groups, users or app clients inside one (Service
Authorization Reference, "Amazon Cognito user pools": the only resource type of these actions is
`userpool`); finer limits are the operators' roles in this console.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.cognito.actions import ACTIONS, ImportChange
from services.cognito.call import UNSIGNED
from services.errors import InvalidValue
from services.roles import ROLE_PERMISSIONS, Permission, Role
from services.store import checks

SERVICE = "cognito-idp"

READ_OPERATIONS: dict[Permission, tuple[str, ...]] = {
    Permission.READ: (
        "ListUserPools",
        "DescribeUserPool",
        "ListUserPoolClients",
        "ListUsers",
        "AdminGetUser",
        "ListGroups",
        "GetGroup",
        "ListUsersInGroup",
        "AdminListGroupsForUser",
        # why somebody can't sign in; the check-up of a pool
        "DescribeUserPoolDomain",
        "DescribeManagedLoginBrandingByClient",
        "GetUserPoolMfaConfig",
        "ListIdentityProviders",
        "AdminListUserAuthEvents",
        "AdminGetUserAuthFactors",
        "AdminListDevices",
        "AdminListUserSessions",
    ),
    # how fast a job may go; AWS's own import jobs
    Permission.BULK: (
        "GetProvisionedLimit",
        "GetCSVHeader",
        "DescribeUserImportJob",
        "ListUserImportJobs",
    ),
    # its answer holds the provider's secret; the secrets of app clients are told only when they are made
    Permission.CONFIGURE: ("DescribeIdentityProvider", "ListUserPoolClientSecrets"),
    # its answer holds the client's secret, so those who only look do without
    Permission.LOGIN_TEST: ("DescribeUserPoolClient", "AdminInitiateAuth"),
}
"""Operations that change no settings, by the permission whose work needs them."""

# AWS's own import jobs: of no use without a role that Cognito may write its log with.
IMPORT_OPERATIONS = frozenset(
    {
        "GetCSVHeader",
        "ListUserImportJobs",
        "DescribeUserImportJob",
        *(kind.operation for kind in ACTIONS.values() if issubclass(kind, ImportChange)),
    }
)

WITHOUT_IMPORTS = (
    "AWS's own import jobs (for very many people) are left out. To have them in, enter the role that writes "
    "their log; the onboarding page shows what that role has to be like."
)

# The Service Authorization Reference names no resource type for these.
WITHOUT_RESOURCE = frozenset({"ListUserPools", "DescribeUserPoolDomain", "GetProvisionedLimit"})

# IAM quota "characters in a managed policy", white space not counted.
LONGEST_POLICY = 6144


@dataclass(frozen=True, slots=True)
class PolicyPool:
    """One user pool that the policy is for."""

    region: str
    pool_id: str


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy document and what an administrator has to know about it."""

    document: dict[str, Any]
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The document as JSON, as it is pasted into IAM."""
        return json.dumps(self.document, indent=2)

    @property
    def size(self) -> int:
        """Characters as IAM counts them (without white space)."""
        return len(json.dumps(self.document, separators=(",", ":")))


def operations() -> dict[Permission, tuple[str, ...]]:
    """Permission → the Cognito operations that the console calls for it."""
    table = {permission: list(names) for permission, names in READ_OPERATIONS.items()}
    for change in ACTIONS.values():
        if change.operation in UNSIGNED:
            continue
        names = table.setdefault(change.permission, [])
        if change.operation not in names:
            names.append(change.operation)
    return {permission: tuple(names) for permission, names in table.items()}


def partition_of(region: str) -> str:
    """The first part of ARNs in `region` (AWS: China and the US government have their own)."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def pool_arn(pool: PolicyPool, account_id: str) -> str:
    """The ARN of a user pool."""
    return f"arn:{partition_of(pool.region)}:{SERVICE}:{pool.region}:{account_id}:userpool/{pool.pool_id}"


def policy_for(
    pools: Sequence[PolicyPool], roles: Collection[Role], account_id: str, import_role_arn: str = ""
) -> Policy:
    """The policy with which operators of `roles` can do all they may on `pools`, and nothing else.

    AWS's own import jobs are part of it only with `import_role_arn`, the role that Cognito writes
    their log with. Raises `InvalidValue` when no pool or role is chosen, or `account_id` isn't 12 digits.
    """
    if not pools:
        raise InvalidValue(
            "No pool is chosen.", "Choose the pools that the console shall reach.", field="pools"
        )
    if not roles:
        raise InvalidValue("No role is chosen.", "Choose who works through this connection.", field="roles")
    if not checks.is_account_id(account_id):
        raise InvalidValue(
            "The policy needs the 12-digit account ID; an alias can't stand in it.",
            "Copy it from the top right corner of the AWS console.",
            field="account",
        )
    resources = list(dict.fromkeys(pool_arn(pool, account_id) for pool in pools))
    statements = []
    anywhere: list[str] = []
    imports: list[str] = []
    for role, every in _by_least_role(roles).items():
        imports += [name for name in every if name in IMPORT_OPERATIONS]
        names = [name for name in every if name not in IMPORT_OPERATIONS]
        anywhere += [name for name in names if name in WITHOUT_RESOURCE]
        here = [name for name in names if name not in WITHOUT_RESOURCE]
        if here:
            statements.append(_statement(role.sid, here, resources))
    if anywhere:
        statements.insert(0, _statement("FindPoolsAndQuotas", anywhere, "*"))
    if imports and import_role_arn:
        statements += _import_statements(imports, resources, checks.role_arn(import_role_arn))
    policy = Policy({"Version": "2012-10-17", "Statement": statements})
    notes = _notes(statements, policy.size)
    if imports and not import_role_arn:
        notes = (*notes, WITHOUT_IMPORTS)
    return replace(policy, notes=notes)


def assume_role_policy(role_arn: str) -> Policy:
    """What the credentials that a connection starts from need, to take on the role `role_arn`."""
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "TakeOnRole", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role_arn}
        ],
    }
    return Policy(document)


def import_logs_role(region: str, account_id: str) -> tuple[Policy, Policy]:
    """The role that an import job writes its log with: whom it trusts, and what it may do.

    Source: Cognito developer guide, "Creating the CloudWatch Logs IAM role".
    """
    where = f"arn:{partition_of(region)}:logs:{region}:{account_id or '*'}"
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "cognito-idp.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    logs = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": [
                    "logs:CreateLogGroup",
                    "logs:CreateLogStream",
                    "logs:DescribeLogStreams",
                    "logs:PutLogEvents",
                ],
                "Resource": f"{where}:log-group:/aws/cognito/*",
            }
        ],
    }
    return Policy(trust), Policy(logs)


def _by_least_role(roles: Collection[Role]) -> dict[Role, list[str]]:
    """Operations for `roles`, each under the least powerful role that needs it."""
    table = operations()
    wanted = frozenset[Permission]().union(*(ROLE_PERMISSIONS[role] for role in roles))
    found: dict[Role, list[str]] = {}
    seen: set[str] = set()
    for role in Role:
        names = {
            name
            for permission in ROLE_PERMISSIONS[role] & wanted
            for name in table.get(permission, ())
            if name not in seen
        }
        if names:
            found[role] = sorted(names)
            seen |= names
    return found


def _statement(sid: str, names: Sequence[str], resource: str | list[str]) -> dict[str, Any]:
    written = resource[0] if isinstance(resource, list) and len(resource) == 1 else resource
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": [f"{SERVICE}:{name}" for name in names],
        "Resource": written,
    }


def _import_statements(names: Sequence[str], resources: list[str], role_arn: str) -> list[dict[str, Any]]:
    passing = {
        "Sid": "LetCognitoLogImports",
        "Effect": "Allow",
        "Action": ["iam:PassRole"],
        "Resource": role_arn,
    }
    return [_statement("RunImportJobs", names, resources), passing]


def _notes(statements: Sequence[dict[str, Any]], size: int) -> tuple[str, ...]:
    actions = {action for statement in statements for action in statement["Action"]}
    notes = []
    if any(statement["Resource"] == "*" for statement in statements):
        notes.append(
            "Resource “*” stands only where AWS offers nothing narrower: listing pools, reading a domain and "
            "quotas."
        )
    if f"{SERVICE}:CreateGroup" in actions or f"{SERVICE}:UpdateGroup" in actions:
        notes.append(
            "CreateGroup and UpdateGroup can also attach an IAM role to a group (RoleArn), and with an "
            "identity pool its members then act as that role. This console never sets a RoleArn, but "
            "IAM can't forbid it to whoever else holds these credentials: keep them here only."
        )
    if f"{SERVICE}:DescribeIdentityProvider" in actions:
        notes.append(
            "DescribeIdentityProvider returns the provider's own secret, and UpdateIdentityProvider wants it "
            "back. This console hands it on within one change and keeps it nowhere."
        )
    if f"{SERVICE}:UpdateUserPoolClient" in actions:
        notes.append(
            "UpdateUserPoolClient can change everything of an app client. This console changes what an "
            "administrator chose, after a look that nobody else has changed the client since. "
            "UpdateUserPool is not part of the policy."
        )
    if f"{SERVICE}:DescribeUserPoolClient" in actions:
        notes.append(
            "DescribeUserPoolClient returns the app client's secret. It is needed to read a secret and to "
            "check an app client's settings (callback URLs, flows, scopes); without it, type the secret "
            "yourself, and those checks are left out."
        )
    if size > LONGEST_POLICY:
        notes.append(
            f"With {size:,} characters it is longer than IAM takes in one managed policy "
            f"({LONGEST_POLICY:,}): split the pools over several policies."
        )
    return tuple(notes)
