"""AWS's import file: its dialect, what keeps a row or the whole file out, and reading it back."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bulk import native
from services.bulk.columns import recognise
from services.bulk.files.csv_file import read_file
from services.bulk.model import Plan, PlanOptions, Reading, RowPlan, RowVerdict, Secrets, Step
from services.bulk.native import (
    NativeFile,
    begin,
    follow_up,
    has_groups,
    header_for,
    job_name,
    native_file,
    stop_import,
    watch,
)
from services.bulk.plan import plan_file
from services.bulk.row_actions import UPSERT
from services.bulk.rows import read_rows
from services.changes import ChangePath
from services.cognito.actions import CreateUser, DisableUser
from services.cognito.attributes import STANDARD_SCHEMA
from services.cognito.connection import ConnectionSettings, StaticKeys
from services.cognito.gateway import CognitoGateway
from services.cognito.imports import ImportState
from services.cognito.limiter import Unpaced
from services.cognito.models import PersonRef, SchemaAttribute, UserPool
from services.csv_safe import CLEAR, restore
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

# A native import from the plan to the groups, against an AWS that has import jobs; and without one.

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
    table = read_file(FILE, "people.csv")
    pool = gateway.describe_pool()
    plan = plan_file(gateway, table, recognise(table.header, pool), PlanOptions())
    return native_file(plan, pool, header=gateway.import_header())


def members(cognito: Cognito, gateway: CognitoGateway) -> set[str]:
    return cognito.members(gateway.pool_id, "billing")


def test_people_come_in_by_the_job_and_their_groups_by_the_ordinary_engine(
    gateway: CognitoGateway, path: ChangePath, aws: ImportingAws
) -> None:
    file = prepared(gateway)
    assert [line.label for line in file.lines] == ["nora@example.com", "bo@example.com"]
    heard: list[str] = []
    job = begin(path, file, ROLE, name="people.csv", told=heard.append)
    assert heard == ["Making the import job", "Uploading 0.0 MB", "Starting it"]
    assert (job.state, job.imported, job.failed) == (ImportState.SUCCEEDED, 2, 0)
    nora = gateway.find_user(username="nora")
    assert nora is not None
    assert nora.attributes["address"] == "1 High Street, Leeds"
    assert nora.attributes["birthdate"] == "1990-12-31"
    table = read_file(FILE, "people.csv")
    columns = recognise(table.header, gateway.describe_pool())
    assert has_groups(table, columns, file)
    plan = follow_up(gateway, table, columns, file, PlanOptions())
    (planned,) = plan.rows
    assert (planned.label, planned.verdict) == ("nora@example.com", RowVerdict.CHANGE)
    assert [step.operation for step in planned.steps] == ["AdminAddUserToGroup"]
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
    for now in watch(gateway, job.id, sleep=lambda _: stop_import(path, job, reason="wrong file")):
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
    line = next(line for line in file.lines if line.line == aws.skipped_lines[0])
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
    monkeypatch.setattr(native.StartImportJob, "before", lambda *_: {})
    with pytest.raises(OutcomeUnknown, match="may or may not"):
        begin(path, prepared(gateway), ROLE)


def test_there_is_no_plan_for_groups_when_nobody_is_to_be_in_one(gateway: CognitoGateway) -> None:
    table = read_file(b"User name,E-mail,email_verified\nnora,nora@example.com,yes\n")
    columns = recognise(table.header, gateway.describe_pool())
    with pytest.raises(JobError, match="Nobody"):
        follow_up(gateway, table, columns, prepared(gateway), PlanOptions())


@pytest.mark.parametrize("given", ["", "people.csv", "Frühjahr / 2026 <x>", "n" * 300])
def test_names_of_jobs_are_such_as_aws_takes_and_never_the_same(given: str) -> None:
    names = {job_name(given) for _ in range(20)}
    assert len(names) == 20
    assert all(re.fullmatch(r"[\w\s+=,.@-]{1,128}", name) for name in names)


POOL = UserPool(
    "eu-west-1_Pool",
    "Pool",
    schema=(*STANDARD_SCHEMA, SchemaAttribute("custom:cost_centre")),
    auto_verified=frozenset({"email"}),
)
ANN = {"email": "ann@example.com", "email_verified": "true"}


def row(
    number: int, username: str, values: Mapping[str, str], *more: Step, delivery: tuple[str, ...] = ()
) -> RowPlan:
    create = CreateUser(username, values, delivery=delivery)
    return RowPlan(number, username, UPSERT, RowVerdict.CREATE, (Step(create), *more))


def plan(*rows: RowPlan, secrets: Mapping[int, Secrets] | None = None) -> Plan:
    reading = Reading("scan", "", 0)
    return Plan(
        "people.csv",
        "csv",
        "pool",
        datetime.now(UTC),
        (),
        PlanOptions(),
        reading,
        rows,
        secrets=secrets or {},
    )


def made(
    values: Mapping[str, str], pool: UserPool = POOL, username: str = "ann", **options: bool
) -> NativeFile:
    return native_file(plan(row(2, username, values)), pool, **options)  # type: ignore[arg-type]


def said(file: NativeFile) -> str:
    return " ".join(problem.what for problem in file.left_out)


def test_the_file_has_every_column_no_mark_no_quotes_and_commas_behind_backslashes() -> None:
    file = made({**ANN, "address": "1 High Street, Leeds", "birthdate": "1985-02-01"})
    text = file.data.decode("utf-8")
    header, line, end = text.split("\n")
    assert not file.data.startswith(b"\xef\xbb\xbf")
    assert end == ""
    assert tuple(header.split(",")) == header_for(POOL)
    assert "1 High Street\\, Leeds" in line
    assert "02/01/1985" in line
    assert ",TRUE," in line
    assert '"' not in text
    assert file.can_start


def test_the_columns_are_those_that_aws_asks_for_in_its_order() -> None:
    header = ("email", "cognito:mfa_enabled", "email_verified", "cognito:username", "name")
    file = native_file(plan(row(2, "ann", ANN)), POOL, header=header)
    first, second, _ = file.data.decode().split("\n")
    assert first == "email,cognito:mfa_enabled,email_verified,cognito:username,name"
    assert second == "ann@example.com,FALSE,TRUE,ann,"


def test_an_attribute_without_a_column_keeps_the_row_out_instead_of_losing_it() -> None:
    header = ("cognito:username", "email", "email_verified", "cognito:mfa_enabled")
    file = native_file(plan(row(2, "ann", {**ANN, "custom:cost_centre": "7"})), POOL, header=header)
    assert "no column custom:cost_centre" in said(file)
    assert file.people == 0


@pytest.mark.parametrize(("mfa", "cell"), [("ON", "TRUE"), ("OFF", "FALSE"), ("OPTIONAL", "FALSE")])
def test_the_column_for_mfa_agrees_with_the_pool(mfa: str, cell: str) -> None:
    assert made(ANN, replace(POOL, mfa=mfa)).data.endswith(f",{cell}\n".encode())


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"email": "ann@example.com"}, "marked as verified"),
        ({"email": "ann@example.com", "email_verified": "false"}, "marked as verified"),
        ({"phone_number": "+46701234567", "phone_number_verified": "true"}, "marked as verified"),
        ({**ANN, "phone_number_verified": "true"}, "no phone number"),
        ({**ANN, "name": "Ann\\Ek"}, "a backslash"),
        ({**ANN, "name": 'Ann "Bo" Ek'}, "a quotation mark"),
        ({**ANN, "address": "High Street\nLeeds"}, "a line break"),
        ({**ANN, "address": "High Street\u2028Leeds"}, "a line break"),
        ({**ANN, "name": " Ann"}, "a space"),
        ({**ANN, "birthdate": "31.12.1990"}, "no date of birth"),
        ({**ANN, "updated_at": "1.5"}, "whole seconds"),
        ({**ANN, **{f"{name}": "x" * 2_040 for name in ("name", "nickname", "gender", "locale")},
          **{f"{name}": "y" * 2_040 for name in ("picture", "profile", "website", "address")}}, "16,000"),
    ],
)  # fmt: skip
def test_a_row_that_aws_would_refuse_or_misread_is_left_out_with_the_reason(
    values: dict[str, str], words: str
) -> None:
    file = made(values)
    assert words in said(file)
    assert (file.people, file.rows_left_out, file.can_start) == (0, 1, False)
    assert all(problem.fix and problem.row == 2 for problem in file.left_out)


@pytest.mark.parametrize("username", ["ann ek", "ann\tek", "a\u00a0b", 'a"b', "a" * 129])
def test_usernames_follow_the_rules_of_imports(username: str) -> None:
    assert made(ANN, username=username).people == 0


def test_a_problem_names_the_column_as_it_is_called_in_the_file() -> None:
    bad = plan(row(2, "ann", {**ANN, "name": "a\\b"}))
    (problem,) = native_file(bad, POOL, heading={"name": "Full name"}.__getitem__).left_out
    assert problem.column == "Full name"


def test_in_a_pool_without_case_the_same_name_comes_once() -> None:
    pool = replace(POOL, case_sensitive=False)
    file = native_file(plan(row(2, "ann", ANN), row(3, "ANN", ANN)), pool)
    assert file.people == 1
    assert "Row 2" in said(file)


def test_required_attributes_have_to_be_there_at_once() -> None:
    schema = tuple(
        replace(attribute, required=attribute.name in ("sub", "birthdate")) for attribute in STANDARD_SCHEMA
    )
    assert "Date of birth is required" in said(made(ANN, replace(POOL, schema=schema)))


def test_addresses_count_as_verified_when_the_operator_says_so() -> None:
    file = made({"email": "ann@example.com"}, mark_verified=True)
    assert file.people == 1
    assert b"ann@example.com,TRUE" in file.data


def test_people_to_be_disabled_are_left_to_an_ordinary_run() -> None:
    disable = Step(DisableUser(PersonRef("ann", "", "ann")))
    file = native_file(plan(row(2, "ann", ANN, disable)), POOL)
    assert "disabled" in said(file)


def test_what_an_import_does_not_carry_is_said() -> None:
    secrets = {2: Secrets(temporary="Abc-12345"), 3: Secrets(temporary="Abc-12345", made=True)}
    rows = (row(2, "ann", ANN), row(3, "bo", ANN, delivery=("EMAIL",)))
    file = native_file(plan(*rows, secrets=secrets), POOL)
    assert "1 row has a password" in file.remarks[0]
    assert "1 row has an invitation" in file.remarks[1]
    assert b"Abc-12345" not in file.data


def test_only_new_people_are_in_it_and_each_line_leads_back_to_its_row() -> None:
    there = RowPlan(3, "old", UPSERT, RowVerdict.UNCHANGED)
    file = native_file(plan(row(2, "ann", ANN), there, row(4, "no", {}), row(5, "bo", ANN)), POOL)
    assert [(line.line, line.row, line.label) for line in file.lines] == [(2, 2, "ann"), (3, 5, "bo")]


def test_a_pool_that_verifies_nothing_by_itself_takes_no_import() -> None:
    file = made(ANN, replace(POOL, auto_verified=frozenset()))
    assert "verifies neither" in file.obstacles[0]
    assert file.people == 1
    assert not file.can_start


def test_the_limits_of_the_whole_file_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "MOST_ROWS", 1)
    monkeypatch.setattr(native, "LARGEST_FILE", 100)
    file = native_file(plan(row(2, "ann", ANN), row(3, "bo", ANN)), POOL)
    assert len(file.obstacles) == 2


def test_an_attribute_name_with_a_comma_is_an_obstacle() -> None:
    odd = replace(POOL, schema=(*POOL.schema, SchemaAttribute("custom:a,b")))
    assert "custom:a,b" in made(ANN, odd).obstacles[0]


def test_the_file_is_never_shown_with_its_people() -> None:
    assert "ann@example.com" not in repr(made({**ANN, "name": "x"}))


TEXT = st.text(st.characters(exclude_characters="\ufeff"), max_size=30)
NAMES = st.sampled_from(["name", "given_name", "nickname", "address", "locale", "custom:cost_centre"])


@given(
    st.dictionaries(
        NAMES, TEXT | st.sampled_from(["a,b", ",", "=1+1", "'=x", "-", "+49", "Ünal 🙂", "a\\,b"])
    )
)
def test_whatever_is_written_is_read_back_as_it_was_by_our_own_reader(values: dict[str, str]) -> None:
    file = made({**ANN, **values})
    if file.left_out:
        assert file.people == 0
        return
    table = read_file(file.data, "aws.csv")
    assert table.aws_dialect
    (record,) = table.rows()
    cells = dict(zip(table.header, record.cells, strict=True))
    assert {name: cells[name] for name in values} == values
    assert cells["cognito:username"] == "ann"


def _plain(text: str) -> bool:
    return bool(text) and restore(text) == text != CLEAR


@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[a-z][a-z0-9._]{0,20}", fullmatch=True),
            st.dates().map(str),
            # what starts like a neutralised cell is read as what it stands for, in every file
            st.text("abc ,;'-äß", min_size=1, max_size=12).map(str.strip).filter(_plain),
        ),
        min_size=1,
        max_size=8,
        unique_by=lambda pair: pair[0],
    )
)
def test_our_own_engine_understands_the_file_as_the_same_people(people: list[tuple[str, str, str]]) -> None:
    wanted = {name: {**ANN, "birthdate": day, "name": text} for name, day, text in people}
    file = native_file(
        plan(*(row(n, username, wanted[username]) for n, username in enumerate(wanted, start=2))), POOL
    )
    assert not file.left_out
    table = read_file(file.data)
    found = read_rows(table, recognise(table.header, POOL), POOL, PlanOptions())
    assert {user.username: dict(user.attributes) for user, _ in found} == wanted
