"""The IAM policy allows what operators may do on the chosen pools, and nothing else."""

import ast
import inspect
import json
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from services.cognito import gateway
from services.cognito.actions import ACTIONS
from services.cognito.call import UNSIGNED
from services.configuration.iam_policy import (
    IMPORT_OPERATIONS,
    LONGEST_POLICY,
    WITHOUT_IMPORTS,
    WITHOUT_RESOURCE,
    PolicyPool,
    assume_role_policy,
    import_logs_role,
    operations,
    policy_for,
    pool_arn,
)
from services.errors import InvalidValue
from services.roles import Permission, Role

ACCOUNT = "123456789012"
POOL = PolicyPool("eu-north-1", "eu-north-1_AbCdEf123")
ARN = "arn:aws:cognito-idp:eu-north-1:123456789012:userpool/eu-north-1_AbCdEf123"


def actions(policy):
    return {action for statement in policy.document["Statement"] for action in statement["Action"]}


def test_an_auditor_gets_reading_only():
    found = actions(policy_for([POOL], [Role.AUDITOR], ACCOUNT))
    assert "cognito-idp:ListUsers" in found
    assert all(
        name.partition(":")[2].startswith(("List", "Get", "Describe", "AdminGet", "AdminList"))
        for name in found
    )
    assert "cognito-idp:DescribeUserPoolClient" not in found


def test_app_clients_come_with_support_and_deleting_with_managers():
    support = actions(policy_for([POOL], [Role.SUPPORT], ACCOUNT))
    manager = actions(policy_for([POOL], [Role.SUPPORT, Role.MANAGER], ACCOUNT))
    admin = actions(policy_for([POOL], list(Role), ACCOUNT))
    assert support < manager <= admin
    assert {"cognito-idp:AdminCreateUser", "cognito-idp:DescribeUserPoolClient"} <= support
    assert {"cognito-idp:AdminDeleteUser", "cognito-idp:DeleteGroup"} <= manager - support


def test_every_operation_but_the_listing_of_pools_is_bound_to_the_pools():
    other = PolicyPool("us-gov-west-1", "us-gov-west-1_x")
    policy = policy_for([POOL, other, POOL], list(Role), ACCOUNT)
    first, *rest = policy.document["Statement"]
    assert first["Resource"] == "*"
    assert set(first["Action"]) <= {f"cognito-idp:{name}" for name in WITHOUT_RESOURCE}
    for statement in rest:
        assert statement["Resource"] == [
            ARN,
            "arn:aws-us-gov:cognito-idp:us-gov-west-1:123456789012:userpool/us-gov-west-1_x",
        ]
        assert not {f"cognito-idp:{name}" for name in WITHOUT_RESOURCE} & set(statement["Action"])


def test_it_is_json_that_iam_takes():
    document = json.loads(policy_for([POOL], list(Role), ACCOUNT).text)
    assert document["Version"] == "2012-10-17"
    sids = [statement["Sid"] for statement in document["Statement"]]
    assert len(set(sids)) == len(sids)
    assert all(sid.isalnum() for sid in sids)
    assert all(statement["Effect"] == "Allow" and statement["Action"] for statement in document["Statement"])
    assert document["Statement"][1]["Resource"] == ARN == pool_arn(POOL, ACCOUNT)


def test_no_action_stands_twice():
    policy = policy_for([POOL], list(Role), ACCOUNT)
    listed = [action for statement in policy.document["Statement"] for action in statement["Action"]]
    assert len(listed) == len(set(listed))


def test_the_role_of_an_import_log_trusts_cognito_and_may_only_write_its_logs():
    trust, logs = import_logs_role("eu-north-1", ACCOUNT)
    assert trust.document["Statement"][0]["Principal"] == {"Service": "cognito-idp.amazonaws.com"}
    (statement,) = logs.document["Statement"]
    assert statement["Resource"] == "arn:aws:logs:eu-north-1:123456789012:log-group:/aws/cognito/*"
    assert all(action.startswith("logs:") for action in statement["Action"])


def test_it_warns_of_role_arns_secrets_and_length():
    assert not any("RoleArn" in note for note in policy_for([POOL], [Role.SUPPORT], ACCOUNT).notes)
    assert any("RoleArn" in note for note in policy_for([POOL], [Role.MANAGER], ACCOUNT).notes)
    assert any("secret" in note for note in policy_for([POOL], [Role.ADMIN], ACCOUNT).notes)
    many = [PolicyPool("eu-north-1", f"eu-north-1_{number:09}") for number in range(40)]
    long = policy_for(many, [Role.ADMIN], ACCOUNT)
    assert long.size > LONGEST_POLICY
    assert any("split" in note for note in long.notes)


@pytest.mark.parametrize(
    ("pools", "roles", "account", "field"),
    [
        ([], [Role.ADMIN], ACCOUNT, "pools"),
        ([POOL], [], ACCOUNT, "roles"),
        ([POOL], [Role.ADMIN], "my-alias", "account"),
        ([POOL], [Role.ADMIN], "", "account"),
    ],
)
def test_nothing_is_made_up_when_something_is_missing(pools, roles, account, field):
    with pytest.raises(InvalidValue) as caught:
        policy_for(pools, roles, account)
    assert caught.value.field == field


def test_the_table_knows_every_change_under_its_own_permission():
    table = operations()
    for change in ACTIONS.values():
        assert (change.operation in table[change.permission]) != (change.operation in UNSIGNED)
    assert "DescribeUserPoolClient" not in table[Permission.READ]


def test_taking_on_a_role_needs_one_action_on_that_role():
    role = "arn:aws:iam::123456789012:role/ops"
    (statement,) = assume_role_policy(role).document["Statement"]
    assert (statement["Action"], statement["Resource"]) == ("sts:AssumeRole", role)


def called_operations():
    """Every Cognito operation that a call in the seam to AWS names as its first argument."""
    model = boto3.client(
        "cognito-idp", region_name="eu-north-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    known = set(model.meta.service_model.operation_names)
    calls = (
        node
        for path in Path(gateway.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and node.args
    )
    first = (call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant))
    return {name for name in first if isinstance(name, str) and name in known}


def test_the_table_holds_exactly_what_the_seam_to_aws_calls():
    # in a process of its own: other tests import changes that the table may have forgotten
    program = (
        "from services.configuration.iam_policy import operations\n"
        "print(*(name for names in operations().values() for name in names))"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert called_operations() - UNSIGNED == set(said.stdout.split())


def test_import_jobs_come_with_the_role_that_writes_their_log():
    role = "arn:aws:iam::123456789012:role/CognitoImports"
    without = policy_for([POOL], list(Role), ACCOUNT)
    assert not {f"cognito-idp:{name}" for name in IMPORT_OPERATIONS} & actions(without)
    assert WITHOUT_IMPORTS in without.notes
    policy = policy_for([POOL], list(Role), ACCOUNT, role)
    assert actions(policy) - actions(without) == {
        "iam:PassRole",
        *(f"cognito-idp:{name}" for name in IMPORT_OPERATIONS),
    }
    passing = policy.document["Statement"][-1]
    assert (passing["Action"], passing["Resource"]) == (["iam:PassRole"], role)
    support = policy_for([POOL], [Role.AUDITOR, Role.SUPPORT], ACCOUNT, role)
    assert WITHOUT_IMPORTS not in policy.notes
    assert "iam:PassRole" not in actions(support)
    assert WITHOUT_IMPORTS not in support.notes
    with pytest.raises(InvalidValue):
        policy_for([POOL], list(Role), ACCOUNT, "arn:aws:iam::123456789012:user/me")


def test_every_mutation_of_the_gateway_belongs_to_a_change():
    marked = {
        method.__mutation__
        for _, method in inspect.getmembers(gateway.CognitoGateway)
        if hasattr(method, "__mutation__")
    }
    assert marked == {change.operation for change in ACTIONS.values()}
