"""A native import from the plan to the groups, against an AWS that has import jobs; and without one."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator

import pytest

from services.bulk import native_import
from services.bulk.columns import recognise
from services.bulk.csv_file import read_csv
from services.bulk.model import PlanOptions, Verdict
from services.bulk.native_file import NativeFile, native_file
from services.bulk.native_import import begin, follow_up, has_groups, job_name, stop, watch
from services.bulk.plan import plan_file
from services.changes import ChangePath
from services.cognito.connection import ConnectionSettings, StaticKeys
from services.cognito.gateway import CognitoGateway
from services.cognito.imports import ImportState
from services.cognito.limiter import Unpaced
from services.errors import (
    EndpointUnreachable,
    InvalidRequest,
    InvalidValue,
    JobError,
    NotAvailable,
    NotPermitted,
    OutcomeUnknown,
    ServiceFault,
)
from services.roles import Role
from services.store.activity import ActivityResult
from services.store.store import Store
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito
from tests.services.cognito.fake_imports import ROLE, ImportingAws, importable_pool, importing_aws
from tests.services.test_changes import actor

FILE = (
    b"User name,E-mail,email_verified,Address,Birthday,Groups\n"
    b'nora,nora@example.com,yes,"1 High Street, Leeds",1990-12-31,billing\n'
    b"bo,bo@example.com,yes,,,\n"
    b'sly,sly@example.com,yes,"back\\slash",,billing\n'
    b"old,old@example.com,yes,,,billing\n"
)


@pytest.fixture
def aws(cognito: Cognito) -> Iterator[ImportingAws]:
    with importing_aws(cognito.url, cognito.client()) as fake:
        yield fake


@pytest.fixture
def gateway(aws: ImportingAws, cognito: Cognito, empty_pool: Callable[..., str]) -> CognitoGateway:
    pool = importable_pool(empty_pool)
    client = cognito.client()
    client.create_group(UserPoolId=pool, GroupName="billing")
    client.admin_create_user(
        UserPoolId=pool,
        Username="old",
        MessageAction="SUPPRESS",
        UserAttributes=[
            {"Name": "email", "Value": "old@example.com"},
            {"Name": "email_verified", "Value": "true"},
        ],
    )
    settings = ConnectionSettings(cognito.region, aws.url, credentials=StaticKeys(ACCESS_KEY, SECRET_KEY))
    return CognitoGateway(settings, pool, limiter=Unpaced(), attempts=2)


@pytest.fixture
def path(gateway: CognitoGateway, store: Store) -> ChangePath:
    return ChangePath(gateway, store.activity, actor, "import")


def prepared(gateway: CognitoGateway) -> NativeFile:
    table = read_csv(FILE, "people.csv")
    pool = gateway.describe_pool()
    plan = plan_file(gateway, table, recognise(table.header, pool), PlanOptions())
    return native_file(plan, pool, header=gateway.import_header())


def members(cognito: Cognito, gateway: CognitoGateway) -> set[str]:
    return cognito.members(gateway.pool_id, "billing")


def test_people_come_in_by_the_job_and_their_groups_by_the_ordinary_engine(
    gateway: CognitoGateway, path: ChangePath, aws: ImportingAws
) -> None:
    file = prepared(gateway)
    assert [one.label for one in file.lines] == ["nora@example.com", "bo@example.com"]
    heard: list[str] = []
    job = begin(path, file, ROLE, name="people.csv", told=heard.append)
    assert heard == ["Making the import job", "Uploading 0.0 MB", "Starting it"]
    assert (job.state, job.imported, job.failed) == (ImportState.SUCCEEDED, 2, 0)
    nora = gateway.find_user(username="nora")
    assert nora is not None
    assert nora.attributes["address"] == "1 High Street, Leeds"
    assert nora.attributes["birthdate"] == "1990-12-31"
    table = read_csv(FILE, "people.csv")
    columns = recognise(table.header, gateway.describe_pool())
    assert has_groups(table, columns, file)
    plan = follow_up(gateway, table, columns, file, PlanOptions())
    (one,) = plan.rows
    assert (one.label, one.verdict) == ("nora@example.com", Verdict.CHANGE)
    assert [step.operation for step in one.steps] == ["AdminAddUserToGroup"]
    assert not plan.secrets


def test_the_address_of_the_file_is_neither_logged_nor_kept(
    gateway: CognitoGateway,
    path: ChangePath,
    aws: ImportingAws,
    store: Store,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").disabled = False
    job = begin(path, prepared(gateway), ROLE)
    (key,) = aws.keys
    lines = store.activity.search()
    assert [line.action for line in lines] == ["start_import_job", "create_import_job"]
    assert {line.result for line in lines} == {ActivityResult.DONE}
    assert lines[1].after["people"] == 2
    for text in (caplog.text, repr(lines), repr(job), repr(gateway.list_import_jobs()), repr(vars(gateway))):
        assert key not in text


@pytest.mark.parametrize(
    ("answers", "kind", "tries"),
    [([403], InvalidRequest, 1), ([500, 503, 500], ServiceFault, 3)],
)
def test_a_file_that_can_not_be_uploaded_imports_nobody(
    answers: list[int],
    kind: type[Exception],
    tries: int,
    gateway: CognitoGateway,
    path: ChangePath,
    aws: ImportingAws,
) -> None:
    aws.upload_answers = answers
    with pytest.raises(kind, match=r"(?s)Nobody was imported.*lapses by itself") as caught:
        begin(path, prepared(gateway), ROLE)
    assert aws.called.count("PUT") == tries
    assert "StartUserImportJob" not in aws.called
    (key,) = aws.keys
    assert key not in repr(caught.value) + str(caught.value)
    assert caught.value.__cause__ is None


def test_an_upload_that_fails_once_is_tried_again(
    gateway: CognitoGateway, path: ChangePath, aws: ImportingAws
) -> None:
    aws.upload_answers = [503]
    assert begin(path, prepared(gateway), ROLE).state is ImportState.SUCCEEDED


def test_a_file_store_that_can_not_be_reached_is_said_without_its_address(
    gateway: CognitoGateway, aws: ImportingAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway._addresses["import-1"] = ("http://127.0.0.1:9/?X-Amz-Signature=secret", 1e12)
    with pytest.raises(EndpointUnreachable) as caught:
        gateway.upload_import_file("import-1", b"x")
    assert "secret" not in f"{caught.value} {caught.value.__context__!r} {caught.value.__cause__!r}"


def test_when_the_answer_to_making_the_job_is_lost_the_job_is_found_and_not_made_twice(
    gateway: CognitoGateway, path: ChangePath, aws: ImportingAws
) -> None:
    aws.lose = {"CreateUserImportJob", "StartUserImportJob"}
    job = begin(path, prepared(gateway), ROLE)
    assert job.state is ImportState.SUCCEEDED
    assert len(aws.jobs) == 1


def test_one_import_at_a_time_is_said_before_anything_is_made(
    gateway: CognitoGateway, path: ChangePath, aws: ImportingAws
) -> None:
    file = prepared(gateway)
    aws.hold = True
    job = begin(path, file, ROLE, name="first")
    assert job.state is ImportState.IN_PROGRESS
    with pytest.raises(JobError, match="one at a time"):
        begin(path, file, ROLE)
    assert len(aws.jobs) == 1


def test_an_import_can_be_watched_and_stopped(
    gateway: CognitoGateway, path: ChangePath, aws: ImportingAws, store: Store
) -> None:
    aws.hold = True
    job = begin(path, prepared(gateway), ROLE)
    seen = []
    for now in watch(gateway, job.id, sleep=lambda _: stop(path, job, reason="wrong file")):
        seen.append(now.state)
    assert seen == [ImportState.IN_PROGRESS, ImportState.STOPPED]
    line = store.activity.search()[0]
    assert (line.action, line.reason, line.target_name) == ("stop_import_job", "wrong file", job.name)
    assert gateway.find_user(username="nora") is None


def test_somebody_who_came_meanwhile_is_skipped_by_aws_and_counted(
    gateway: CognitoGateway, path: ChangePath, cognito: Cognito, aws: ImportingAws
) -> None:
    file = prepared(gateway)
    cognito.client().admin_create_user(UserPoolId=gateway.pool_id, Username="bo", MessageAction="SUPPRESS")
    job = begin(path, file, ROLE)
    assert (job.imported, job.skipped) == (1, 1)
    line = next(one for one in file.lines if one.line == aws.skipped_lines[0])
    assert line.label == "bo@example.com"


def test_a_role_that_is_none_is_refused_before_anything_is_asked(
    path: ChangePath, gateway: CognitoGateway, aws: ImportingAws
) -> None:
    file = prepared(gateway)
    aws.called.clear()
    with pytest.raises(InvalidValue) as caught:
        begin(path, file, "my-role")
    assert caught.value.field == "logs_role"
    assert aws.called == []


def test_support_may_not_import(gateway: CognitoGateway, store: Store, aws: ImportingAws) -> None:
    file = prepared(gateway)
    aws.called.clear()
    support = ChangePath(gateway, store.activity, lambda: actor(Role.SUPPORT), "import")
    with pytest.raises(NotPermitted):
        begin(support, file, ROLE)
    assert aws.called == []


def test_a_backend_without_import_jobs_says_so_and_nothing_is_made(
    store: Store, cognito: Cognito, gateway: CognitoGateway
) -> None:
    file = prepared(gateway)
    settings = ConnectionSettings(cognito.region, cognito.url, credentials=StaticKeys(ACCESS_KEY, SECRET_KEY))
    bare = CognitoGateway(settings, gateway.pool_id, limiter=Unpaced(), attempts=1)
    with pytest.raises(NotAvailable):
        bare.import_header()
    with pytest.raises(NotAvailable):
        begin(ChangePath(bare, store.activity, actor, "import"), file, ROLE)
    assert store.activity.search() == []


def test_columns_that_changed_since_the_file_was_made_stop_it(
    gateway: CognitoGateway, path: ChangePath, aws: ImportingAws
) -> None:
    file = prepared(gateway)
    aws.header.append("custom:new")
    with pytest.raises(JobError, match="custom:new"):
        begin(path, file, ROLE)
    assert not aws.jobs


def test_a_start_whose_outcome_nobody_can_tell_is_not_called_a_failure(
    gateway: CognitoGateway, path: ChangePath, aws: ImportingAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.lose = {"StartUserImportJob"}

    def blind(self: CognitoGateway, job_id: str) -> None:
        raise EndpointUnreachable("No answer.")

    monkeypatch.setattr(CognitoGateway, "describe_import_job", blind)
    monkeypatch.setattr(native_import.StartImportJob, "before", lambda *_: {})
    with pytest.raises(OutcomeUnknown, match="may or may not"):
        begin(path, prepared(gateway), ROLE)


def test_there_is_no_plan_for_groups_when_nobody_is_to_be_in_one(gateway: CognitoGateway) -> None:
    table = read_csv(b"User name,E-mail,email_verified\nnora,nora@example.com,yes\n")
    columns = recognise(table.header, gateway.describe_pool())
    with pytest.raises(JobError, match="Nobody"):
        follow_up(gateway, table, columns, prepared(gateway), PlanOptions())


@pytest.mark.parametrize("given", ["", "people.csv", "Frühjahr / 2026 <x>", "n" * 300])
def test_names_of_jobs_are_such_as_aws_takes_and_never_the_same(given: str) -> None:
    names = {job_name(given) for _ in range(20)}
    assert len(names) == 20
    assert all(re.fullmatch(r"[\w\s+=,.@-]{1,128}", name) for name in names)
