"""Asking the embedded Cognito, each answer held against the service model of the installed botocore."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from demo.people import PASSWORD
from demo.pools import FIELD_SERVICE
from demo.service_model import problems

Ask = Callable[..., Any]


@pytest.fixture
def ask(boto: Any) -> Ask:
    """`ask("AdminListDevices", Username=…)`: the answer, which fits its shape to the last limit."""

    def asked(operation: str, **given: Any) -> Any:
        answer = getattr(boto, xform_name(operation))(**given)
        answer.pop("ResponseMetadata")
        shape = boto.meta.service_model.operation_model(operation).output_shape
        if shape is not None:
            report = ParamValidator().validate(answer, shape)
            assert not report.has_errors(), report.generate_report()
            assert list(problems(shape, answer)) == []
        return answer

    return asked


@pytest.fixture
def refused(boto: Any) -> Callable[..., str]:
    """The code with which an operation is refused; the model knows it for that operation."""

    def asked(operation: str, **given: Any) -> str:
        with pytest.raises(ClientError) as caught:
            getattr(boto, xform_name(operation))(**given)
        code = str(caught.value.response["Error"]["Code"])
        known = {shape.name for shape in boto.meta.service_model.operation_model(operation).error_shapes}
        assert code in known, caught.value
        return code

    return asked


@pytest.fixture
def signed_in(boto: Any) -> Callable[..., Any]:
    """The AuthenticationResult of somebody's sign-in by password."""

    def sign_in(username: str = "rolf.vogt", **more: str) -> Any:
        return boto.initiate_auth(
            ClientId=FIELD_SERVICE.own_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": PASSWORD, **more},
        )["AuthenticationResult"]

    return sign_in
