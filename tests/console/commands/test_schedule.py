"""`python -m console schedule`: what begins by itself, from a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from console.command_line.schedule import app
from services.audits.reviews.unanswered import Unanswered, rule_of
from services.errors import InvalidValue, NotPermitted
from services.store.columns import utc_now
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.engine import open_store
from services.store.pools import PoolRecord
from services.store.schedules import RunResult
from services.store.store import Store
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito
from tests.fixtures.store import make_cast


@pytest.fixture
def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cognito: Cognito) -> Iterator[Store]:
    """A console's database with the cast and the staff pool, found by the commands as they find it."""
    monkeypatch.delenv("CONSOLE_ENCRYPTION_KEYS", raising=False)
    monkeypatch.setenv("CONSOLE_KEY_FILE", str(tmp_path / "keys"))
    monkeypatch.setenv("CONSOLE_DATABASE_URL", f"sqlite:///{tmp_path / 'console.db'}")
    secret = ConnectionSecret(ACCESS_KEY, SECRET_KEY)
    with open_store() as store:
        make_cast(store)
        connection = store.connections.add(
            Connection("moto", cognito.region, CredentialKind.STATIC, endpoint_url=cognito.url, secret=secret)
        )
        store.pools.add(PoolRecord(connection.id, cognito.staff, "staff"))
        yield store


def call(*arguments: str) -> Result:
    done = CliRunner().invoke(app, [*arguments, "--pool", "staff"])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_work_is_planned_listed_rests_goes_on_and_is_removed(console: Store) -> None:
    assert "Nothing is done by itself" in call("list").stdout
    added = call("add", "Nightly", "--do", "audit", "--when", "every day at 5", "--as", "max",
                 "--zone", "Europe/Berlin", "--set", "report=csv")  # fmt: skip
    assert "It comes next on" in added.stdout
    (listed,) = json.loads(call("list", "--json").stdout)
    assert (listed["name"], listed["when"], listed["zone"], listed["runs_as"]) == (
        "Nightly",
        "0 5 * * *",
        "Europe/Berlin",
        "max",
    )
    call("pause", "nightly")
    assert "next: paused" in call("list").stdout
    assert "comes next on" in call("resume", "Nightly").stdout
    call("remove", "Nightly")
    assert console.schedules.list() == ()


def test_run_does_it_here_and_its_exit_code_says_how_it_ended(console: Store, tmp_path: Path) -> None:
    call("add", "Export", "--do", "export", "--when", "every day at 5", "--as", "ada", "--set", "what=groups")
    file = tmp_path / "groups.csv"
    done = call("run", "Export", "--output", str(file))
    assert (done.exit_code, "lines." in done.stdout) == (0, True)
    assert b"billing" in file.read_bytes()
    (line,) = console.activity.search(action="scheduled_run")
    assert (line.operator_name, line.origin) == ("ada", "schedule")
    (told,) = json.loads(call("runs", "Export", "--json").stdout)
    assert (told["result"], told["file"].startswith("groups-staff-")) == ("done", True)
    again = tmp_path / "again.csv"
    call("fetch", "Export", "--output", str(again))
    assert again.read_bytes() == file.read_bytes()
    taken = [line.target_name for line in console.activity.search(action="download_file")]
    assert taken == ["again.csv", "groups.csv"]
    call(
        "add", "Audit", "--do", "audit", "--when", "every day at 5", "--as", "ada", "--set", "tell_from=info"
    )
    assert call("run", "Audit").exit_code == 2
    console.operators.update(console.schedules.list()[0].operator_id, disabled=True)
    assert call("run", "Audit").exit_code == 1


def test_a_run_that_made_up_for_others_says_for_how_many(console: Store) -> None:
    call("add", "Export", "--do", "export", "--when", "every day at 5", "--as", "ada", "--set", "what=groups")
    run = console.schedule_runs.begin(console.schedules.list()[0].id, utc_now(), 3)
    console.schedule_runs.end(run, RunResult.DONE, "2 lines.")
    assert (
        "2 lines. Caught up: it fell due 3 more times while nobody ran it." in call("runs", "Export").stdout
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--do", "coffee", "--when", "every hour", "--as", "ada"), "can't be done by schedule"),
        (("--do", "audit", "--when", "soon", "--as", "ada"), "isn't understood"),
        (("--do", "audit", "--when", "every hour", "--as", "nobody"), "no operator"),
        (("--do", "audit", "--when", "every hour", "--as", "ada", "--set", "colour=red"), "sets nothing"),
        (("--do", "audit", "--when", "every hour", "--as", "ada", "--set", "oldest_hours=x"), "no number"),
        (("--do", "audit", "--when", "every hour", "--as", "ada", "--zone", "Mars/Base"), "no time zone"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_planned(
    console: Store, options: tuple[str, ...], said: str
) -> None:
    with pytest.raises(InvalidValue, match=said):
        call("add", "X", *options)
    assert console.schedules.list() == ()


def test_an_operator_is_not_made_to_do_what_they_may_not(console: Store) -> None:
    with pytest.raises(NotPermitted):
        call("add", "X", "--do", "job", "--when", "once on 2099-01-01 at 5:00", "--as", "ada",
             "--set", "job_id=x")  # fmt: skip


def test_a_review_that_comes_again_names_its_reviewers_and_what_is_done_without_an_answer(
    console: Store,
) -> None:
    given = ["review=Billing", "groups=billing", "reviewer_ids=sam,max", "days=10", "unanswered=suggestion"]
    options = [word for field in given for word in ("--set", field)]
    call(
        "add",
        "Quarterly",
        "--do",
        "review",
        "--when",
        "first monday of the month at 9",
        "--as",
        "ada",
        *options,
    )
    (planned,) = console.schedules.list()
    ids = [console.operators.by_username(name).id for name in ("sam", "max")]  # type: ignore[union-attr]
    assert (list(planned.options["reviewer_ids"]), planned.options["unanswered"]) == (ids, "suggestion")
    assert call("run", "Quarterly").exit_code == 0
    (campaign,) = console.campaigns.of_pool("staff")
    assert rule_of(campaign) is Unanswered.SUGGESTION
    with pytest.raises(InvalidValue, match="nothing to do when nobody answers"):
        call("add", "X", "--do", "review", "--when", "every day at 9", "--as", "ada", *options, "--set",
             "unanswered=guess")  # fmt: skip
