"""The embedded Cognito answers like AWS where moto would not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.fixtures.cognito import Cognito


def code_of(error: pytest.ExceptionInfo[ClientError]) -> tuple[int, str]:
    answer = error.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


def test_listens_on_loopback_only(cognito: Cognito) -> None:
    assert cognito.url.startswith("http://127.0.0.1:")


def test_lists_the_seeded_pools(boto: Any) -> None:
    names = {pool["Name"] for pool in boto.list_user_pools(MaxResults=60)["UserPools"]}
    assert {"Customers (e-mail)", "Staff (usernames)"} <= names


def test_answers_a_missing_operation_as_aws_does(boto: Any, cognito: Cognito) -> None:
    with pytest.raises(ClientError) as caught:
        boto.get_csv_header(UserPoolId=cognito.staff)
    assert code_of(caught) == (400, "UnknownOperationException")


def test_says_who_is_asking(cognito: Cognito) -> None:
    assert cognito.client("sts").get_caller_identity()["Account"] == "123456789012"


@pytest.mark.parametrize("path", ["/moto-api/data.json", "/bucket/key", "/latest/meta-data/"])
def test_has_nothing_but_cognito(cognito: Cognito, path: str) -> None:
    answer = httpx.get(cognito.url + path)
    assert answer.status_code == 404
    assert answer.json()["__type"] == "UnknownOperationException"


@pytest.mark.parametrize("header", [{"Host": "rebound.example"}, {"Origin": "https://web.example"}])
def test_refuses_what_a_web_page_could_send(cognito: Cognito, header: dict[str, str]) -> None:
    assert httpx.post(cognito.url, headers=header).status_code == 403


def test_refuses_an_oversized_request(cognito: Cognito) -> None:
    assert httpx.post(cognito.url, content=b"x" * 1_000_001).status_code == 413


def test_survives_creates_from_many_threads(boto: Any, empty_pool: Callable[..., str]) -> None:
    pool = empty_pool(UsernameAttributes=["email"])
    failures: list[Exception] = []

    def create(worker: int) -> None:
        for number in range(15):
            try:
                boto.admin_create_user(UserPoolId=pool, Username=f"p{worker}-{number}@brightwater.example")
            except ClientError as error:
                failures.append(error)

    threads = [threading.Thread(target=create, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert boto.describe_user_pool(UserPoolId=pool)["UserPool"]["EstimatedNumberOfUsers"] == 120
