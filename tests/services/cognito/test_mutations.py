"""Nothing changes a pool but the methods that ask for a permit, and only one module gives permits."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest

import services
from services.cognito.actions import ACTIONS
from services.cognito.app_clients import AppClients
from services.cognito.call import UNSIGNED
from services.cognito.client import is_read
from services.cognito.gateway import CognitoGateway
from services.cognito.imports import ImportJobs
from services.cognito.mutations import Mutations, SignInMutations
from services.cognito.permit import Permit, PermitMissing, issue
from services.cognito.providers import IdentityProviders
from tests.services.cognito.fake_aws import FakeAws, ok

ROOT = Path(services.__file__).parent.parent
MUTATING = {
    name: method
    for name, method in inspect.getmembers(CognitoGateway, inspect.isfunction)
    if hasattr(method, "__mutation__")
}
OPERATIONS = frozenset(botocore.session.Session().get_service_model("cognito-idp").operation_names)


def arguments_for(method: Any) -> tuple[list[Any], dict[str, Any]]:
    """Something for every parameter after `self` and `permit` that has no default."""
    given: list[Any] = []
    named: dict[str, Any] = {}
    for parameter in list(inspect.signature(method).parameters.values())[2:]:
        if parameter.default is inspect.Parameter.empty:
            value: Any = {"name": "x"} if "Mapping" in str(parameter.annotation) else "x"
            if parameter.name.endswith("_arn"):
                value = "arn:aws:iam::123456789012:role/x"
            if parameter.name == "session":
                value = "x" * 20  # the least that the service model takes
            if parameter.name == "settings":
                value = {"ClientName": "x"}
            if parameter.name == "code":
                value = "123456"
            if parameter.name == "session_id":
                value = "tkn" + "0" * 25
            if parameter.name == "factors":
                value = {"SMS_MFA": (True, True)}
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
                named[parameter.name] = value
            else:
                given.append(value)
    return given, named


def trees(*folders: str, word: str = "") -> Iterator[tuple[Path, ast.Module]]:
    """Every source file that holds `word`."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if word in text.lower():
                yield path, ast.parse(text)


def test_there_is_a_method_for_every_change() -> None:
    assert {method.__mutation__ for method in MUTATING.values()} == {  # type: ignore[attr-defined]
        change.operation for change in ACTIONS.values()
    }
    assert len(MUTATING) == len(ACTIONS)


@pytest.mark.parametrize("name", sorted(MUTATING))
@pytest.mark.parametrize("permit", [None, "activity-1", object()])
def test_every_change_refuses_without_a_permit(
    aws: FakeAws, gateway: CognitoGateway, name: str, permit: object
) -> None:
    given, named = arguments_for(MUTATING[name])
    with pytest.raises(PermitMissing):
        getattr(gateway, name)(permit, *given, **named)
    assert aws.seen == []


@pytest.mark.parametrize("name", sorted(MUTATING))
def test_every_change_refuses_a_permit_that_is_closed(
    aws: FakeAws, gateway: CognitoGateway, name: str
) -> None:
    with issue("activity-1") as permit:
        pass
    given, named = arguments_for(MUTATING[name])
    with pytest.raises(PermitMissing):
        getattr(gateway, name)(permit, *given, **named)
    assert aws.seen == []


@pytest.mark.parametrize("name", sorted(MUTATING))
def test_every_change_sends_the_operation_that_it_names_once(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit, name: str
) -> None:
    aws.otherwise = ok(
        User={"Username": "x"},
        Group={"GroupName": "x"},
        UserImportJob={"JobId": "x"},
        IdentityProvider={"ProviderName": "x"},
        ClientSecretDescriptor={"ClientSecretId": "x"},
    )
    given, named = arguments_for(MUTATING[name])
    getattr(gateway, name)(permit, *given, **named)
    assert [call.operation for call in aws.seen] == [MUTATING[name].__mutation__]  # type: ignore[attr-defined]
    unsigned = aws.seen[0].operation in UNSIGNED
    assert aws.seen[0].parameters.get("UserPoolId") == (None if unsigned else gateway.pool_id)
    assert bool(aws.seen[0].authorization) != unsigned


def test_the_client_itself_sends_no_change_without_a_permit(aws: FakeAws, gateway: CognitoGateway) -> None:
    with issue("activity-1") as permit:
        pass
    with pytest.raises(PermitMissing):
        gateway.client.change(permit, "AdminDeleteUser", gateway.pool_id, Username="x")
    assert aws.seen == []


def named_changes(tree: ast.AST) -> set[str]:
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in OPERATIONS and not is_read(str(node.value))
    }


def test_changing_operations_are_sent_only_from_methods_that_ask_for_a_permit() -> None:
    for path, tree in trees("services"):
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef):
                continue
            sends = {
                call.func.attr
                for call in ast.walk(node)
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
            } & {"change", "read"}
            marked = any("mutation(" in ast.unparse(decorator) for decorator in node.decorator_list)
            body = {name for part in node.body for name in named_changes(part)}
            if body and sends:
                assert marked, f"{path.name}: {node.name} sends {body}"
            if marked:
                decorated = {name for decorator in node.decorator_list for name in named_changes(decorator)}
                assert body == decorated, f"{path.name}: {node.name}"


def test_every_changing_operation_named_by_the_gateway_has_its_marked_method() -> None:
    named: set[str] = set()
    for module in (CognitoGateway, Mutations, ImportJobs, SignInMutations, AppClients, IdentityProviders):
        named |= named_changes(ast.parse(inspect.getsource(inspect.getmodule(module) or module)))
    assert named == {method.__mutation__ for method in MUTATING.values()}  # type: ignore[attr-defined]


def test_nobody_opens_an_aws_client_outside_the_seam() -> None:
    for path, tree in trees("services", "console", "pages", word="boto"):
        imported = {
            name.split(".")[0]
            for node in ast.walk(tree)
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        }
        if {"boto3", "botocore"} & imported:
            assert path.parent == ROOT / "services" / "cognito", path


def test_only_the_one_path_for_changes_gives_permits() -> None:
    givers = set()
    for path, tree in trees("services", "console", "pages", "demo", word="permit"):
        text = ast.unparse(tree)
        uses_module = "import permit" in text or "cognito.permit import" in text
        if uses_module and any(word in text for word in ("permits.issue", "permit.issue", "import issue")):
            givers.add(path.relative_to(ROOT).as_posix())
        makes = any(
            isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Permit"
            for node in ast.walk(tree)
        )
        assert not makes or path.name == "permit.py", path
    assert givers == {"services/changes.py"}


# what each change sends


def sent(aws: FakeAws) -> dict[str, Any]:
    (only,) = aws.seen
    return {name: value for name, value in only.parameters.items() if name != "UserPoolId"}


USER = ok(User={"Username": "ann", "Attributes": [{"Name": "sub", "Value": "s1"}]})


def test_a_person_is_made_without_a_message_unless_one_is_asked_for(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit
) -> None:
    aws.answer("AdminCreateUser", USER)
    made = gateway.create_user(
        permit, username="ann", attributes={"email": "a@x.org"}, temporary_password="Abc1"
    )
    assert made.sub == "s1"
    assert sent(aws) == {
        "Username": "ann",
        "UserAttributes": [{"Name": "email", "Value": "a@x.org"}],
        "ForceAliasCreation": False,
        "MessageAction": "SUPPRESS",
        "TemporaryPassword": "Abc1",
    }


def test_an_invitation_goes_only_where_it_was_asked_to_go(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit
) -> None:
    aws.answer("AdminCreateUser", USER)
    gateway.create_user(permit, username="ann", attributes={}, delivery=("EMAIL",))
    assert sent(aws)["DesiredDeliveryMediums"] == ["EMAIL"]
    assert "MessageAction" not in sent(aws)
    assert "TemporaryPassword" not in sent(aws)


def test_an_invitation_is_sent_again_with_resend(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit
) -> None:
    gateway.resend_invitation(permit, "ann", delivery=["SMS"])
    assert sent(aws) == {"Username": "ann", "MessageAction": "RESEND", "DesiredDeliveryMediums": ["SMS"]}


def test_a_group_never_gets_a_role(aws: FakeAws, gateway: CognitoGateway, permit: Permit) -> None:
    aws.answer("CreateGroup", ok(Group={"GroupName": "g"}))
    gateway.create_group(permit, "g", description="d", precedence=0)
    assert sent(aws) == {"GroupName": "g", "Description": "d", "Precedence": 0}
