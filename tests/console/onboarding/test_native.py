"""The section "Large import by AWS" of the onboarding preview."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from console.context import Context
from console.onboarding.draft import UploadDraft
from console.onboarding.native import show_native
from services.directory.cache import forget_everything
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.pools import PoolRecord
from services.store.store import Store
from services.work.desk import work_for
from tests.console.onboarding.test_onboarding_page import button, in_tables, press, upload
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito
from tests.fixtures.console import OpenPage
from tests.services.cognito.fake_imports import ROLE, ImportingAws, importable_pool, importing_aws

FILE = (
    "E-mail;First name;User name;Groups\n"
    "nora@example.com;Nora;nora;billing\n"
    'bob@example.com;"Bob ""Bo"" Li";bob;\n'
    "cy@example.com;Cy;cy;\n"
)


@pytest.fixture(autouse=True)
def _only_this_section(monkeypatch: pytest.MonkeyPatch) -> None:
    """The preview's step shows this section alone, so that its buttons are the only ones."""

    def show(ctx: Context, draft: UploadDraft) -> None:
        assert draft.plan is not None
        show_native(ctx, draft, draft.plan)

    monkeypatch.setattr("console.onboarding.preview.show_preview", show)


@pytest.fixture
def aws(cognito: Cognito) -> Iterator[ImportingAws]:
    with importing_aws(cognito.url, cognito.client()) as fake:
        yield fake


@pytest.fixture
def connect(
    cognito: Cognito, empty_pool: Callable[..., str], console_store: Store
) -> Iterator[Callable[[str], str]]:
    """Makes a pool with a group, reached at an address, "staff" in the console; returns its id."""
    forget_everything()

    def make(url: str) -> str:
        pool_id = importable_pool(empty_pool)
        cognito.client().create_group(UserPoolId=pool_id, GroupName="billing")
        connection = console_store.connections.add(
            Connection(
                name="Embedded",
                region=cognito.region,
                account="123456789012",
                endpoint_url=url,
                kind=CredentialKind.STATIC,
                secret=ConnectionSecret(ACCESS_KEY, SECRET_KEY),
            )
        )
        console_store.pools.add(PoolRecord(connection.id, pool_id, "staff"))
        return pool_id

    yield make
    work_for(console_store).close()
    forget_everything()


def preview(open_as: OpenPage) -> AppTest:
    app = upload(open_as("max", "onboarding", pool="staff"), FILE)
    return press(press(app, "Check the file"), "Go on to the preview")


def checked(open_as: OpenPage) -> AppTest:
    app = preview(open_as)
    box = next(box for box in app.checkbox if box.label.startswith("The addresses"))
    return press(box.check().run(), "Check the file for AWS")


def texts(app: AppTest) -> str:
    return "\n".join(
        element.value for kind in (app.markdown, app.info, app.error, app.success) for element in kind
    )


def figures(app: AppTest) -> dict[str, str]:
    return {metric.label: str(metric.value) for metric in app.metric}


def test_the_section_says_what_an_import_is_and_asks_aws_nothing_by_itself(
    open_as: OpenPage, connect: Callable[[str], str], aws: ImportingAws
) -> None:
    connect(aws.url)
    app = preview(open_as)
    assert not app.exception
    assert "No invitation is sent" in texts(app)
    assert aws.called == []


def test_the_check_says_who_is_left_out_and_why(
    open_as: OpenPage, connect: Callable[[str], str], aws: ImportingAws
) -> None:
    connect(aws.url)
    app = checked(open_as)
    assert not app.exception
    assert figures(app)["People in AWS's file"] == "2"
    assert figures(app)["New people left out of it"] == "1"
    assert "a quotation mark" in in_tables(app)
    assert button(app, "Import 2 people by AWS").disabled


def test_unverified_addresses_are_named_before_anything_is_sent(
    open_as: OpenPage, connect: Callable[[str], str], aws: ImportingAws
) -> None:
    connect(aws.url)
    app = press(preview(open_as), "Check the file for AWS")
    assert figures(app)["People in AWS's file"] == "0"
    assert "marked as verified" in in_tables(app)


def test_people_are_imported_and_then_their_groups_are_planned(
    open_as: OpenPage,
    connect: Callable[[str], str],
    aws: ImportingAws,
    cognito: Cognito,
    console_store: Store,
) -> None:
    pool = connect(aws.url)
    app = checked(open_as)
    next(field for field in app.text_input if field.label.startswith("Role with which")).set_value(ROLE)
    app = press(app.run(), "Import 2 people by AWS")
    next(field for field in app.text_input if "type the number" in field.label).set_value("2")
    next(field for field in app.text_input if field.label.startswith("Reason")).set_value("new school year")
    app = press(app, "Begin the import")
    assert not app.exception
    assert {user["Username"] for user in cognito.users(pool)} == {"nora", "cy"}
    assert "2 imported" in texts(app)
    line = console_store.activity.search()[0]
    assert (line.action, line.reason, line.operator_name) == ("start_import_job", "new school year", "max")
    (key,) = aws.keys
    assert key not in texts(app) + in_tables(app)
    app = press(app, "Plan the groups")
    assert not app.exception
    (job,) = console_store.jobs.list()
    assert (job.total_rows, job.total_steps) == (1, 1)


def test_an_active_import_can_be_seen_and_stopped(
    open_as: OpenPage, connect: Callable[[str], str], aws: ImportingAws, cognito: Cognito
) -> None:
    pool = connect(aws.url)
    made = aws.create({"JobName": "spring", "UserPoolId": pool, "CloudWatchLogsRoleArn": ROLE})
    made["Status"] = "InProgress"
    app = press(preview(open_as), "Show the imports of this pool")
    assert "Importing" in texts(app)
    app = press(app, "Stop the import")
    next(field for field in app.text_input if "type the word" in field.label).set_value("stop")
    next(field for field in app.text_input if field.label.startswith("Reason")).set_value("wrong file")
    app = press(app, "Stop it")
    assert not app.exception
    assert made["Status"] == "Stopped"


def test_a_backend_without_import_jobs_says_so_and_still_gives_the_file(
    open_as: OpenPage, connect: Callable[[str], str], cognito: Cognito
) -> None:
    connect(cognito.url)
    app = checked(open_as)
    assert not app.exception
    assert "no import jobs" in texts(app)
    assert figures(app)["People in AWS's file"] == "2"
    assert not any(button.label.startswith("Import ") for button in app.button)
    app = press(app, "Show the imports of this pool")
    assert not app.exception
