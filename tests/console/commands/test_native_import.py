"""`native-import`, as it is typed, against an AWS that has import jobs and one that has none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from console.terminal import main
from services.bulk import native
from services.bulk.files.csv_file import read_file
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito
from tests.services.cognito.fake_imports import ROLE, ImportingAws, importable_pool, importing_aws

FILE = (
    "User name,E-mail,Groups\n"
    "nora,nora@example.com,billing\n"
    "bo,bo@example.com,\n"
    "sly,sly\\x@example.com,billing\n"
)


class Ended(NamedTuple):
    code: int
    out: str
    err: str


class Terminal:
    def __init__(
        self, folder: Path, cognito: Cognito, pool: str, capture: pytest.CaptureFixture[str]
    ) -> None:
        self.folder, self.cognito, self.pool, self._capture = folder, cognito, pool, capture
        self.file = folder / "people.csv"
        self.file.write_text(FILE)

    def run(self, *arguments: str, url: str = "") -> Ended:
        where = [
            "--region",
            self.cognito.region,
            "--pool-id",
            self.pool,
            "--endpoint-url",
            url or self.cognito.url,
        ]
        return self.plainly("native-import", *arguments, *where)

    def plainly(self, *arguments: str) -> Ended:
        self._capture.readouterr()
        try:
            main(list(arguments))
        except SystemExit as end:
            code = int(end.code or 0)
        else:
            code = 0
        return Ended(code, *self._capture.readouterr())

    def names(self) -> set[str]:
        return {user["Username"] for user in self.cognito.users(self.pool)}


@pytest.fixture
def terminal(
    tmp_path: Path,
    cognito: Cognito,
    empty_pool: Callable[..., str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Terminal:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("CONSOLE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CONSOLE_KEY_FILE", str(tmp_path / "keys"))
    pool = importable_pool(empty_pool)
    cognito.client().create_group(UserPoolId=pool, GroupName="billing")
    return Terminal(tmp_path, cognito, pool, capsys)


@pytest.fixture
def aws(cognito: Cognito) -> Iterator[ImportingAws]:
    with importing_aws(cognito.url, cognito.client()) as fake:
        yield fake


def test_people_are_imported_and_the_plan_for_their_groups_is_kept(
    terminal: Terminal, aws: ImportingAws
) -> None:
    ended = terminal.run(
        str(terminal.file), "--logs-role", ROLE, "--mark-verified", "--watch", "--yes", url=aws.url
    )
    assert ended.code == 3, ended  # the address of one row can't be right, and nobody may overlook that
    assert "! row 4: " in ended.out
    assert (
        "2 people in AWS's file, 0 new people left out; rows with mistakes: 1; there already: 0." in ended.out
    )
    assert "Finished. 2 imported, 0 skipped, 0 failed." in ended.out
    assert terminal.names() == {"nora", "bo"}
    assert not any(key in ended.out + ended.err for key in aws.keys)
    plan = re.search(r"console apply (\w+)", ended.out)
    assert plan is not None
    assert terminal.plainly("apply", plan[1], "--yes").code == 0
    assert terminal.cognito.members(terminal.pool, "billing") == {"nora"}


def test_a_file_larger_than_one_plan_is_imported_and_its_groups_are_told_apart(
    terminal: Terminal, aws: ImportingAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.bulk.plan.MOST_PLANNED", 1)
    monkeypatch.setattr(native, "MOST_PLANNED", 0)
    terminal.file.write_text("".join(FILE.splitlines(keepends=True)[:3]))
    ended = terminal.run(
        str(terminal.file), "--logs-role", ROLE, "--mark-verified", "--watch", "--yes", url=aws.url
    )
    assert terminal.names() == {"nora", "bo"}
    assert "groups couldn't be planned" in ended.err
    assert "Split the file" in ended.err
    assert ended.code == 3


def test_the_file_alone_is_written_also_where_there_are_no_import_jobs(terminal: Terminal) -> None:
    out, lines = terminal.folder / "aws.csv", terminal.folder / "lines.csv"
    ended = terminal.run(
        str(terminal.file), "--mark-verified", "--file-only", str(out), "--lines", str(lines)
    )
    assert ended.code == 3, ended
    assert "no import jobs" in ended.err
    assert "not for a spreadsheet" in ended.out
    assert read_file(out.read_bytes()).row_count == 2
    assert "3,3,bo@example.com" in lines.read_text("utf-8-sig")
    assert terminal.names() == set()


def test_a_backend_without_import_jobs_is_said_and_nothing_is_imported(terminal: Terminal) -> None:
    ended = terminal.run(str(terminal.file), "--logs-role", ROLE, "--mark-verified", "--yes")
    assert ended.code == 1
    assert "doesn't have the operation" in ended.err
    assert terminal.names() == set()


def test_people_without_a_verified_address_are_left_out_with_the_reason(
    terminal: Terminal, aws: ImportingAws
) -> None:
    ended = terminal.run(str(terminal.file), "--logs-role", ROLE, "--yes", url=aws.url)
    assert ended.code == 1
    assert "! row 2: An import takes only people whose e-mail address is marked as verified." in ended.out
    assert "nobody to import" in ended.err
    assert not aws.jobs


def test_nothing_is_sent_without_a_yes(terminal: Terminal, aws: ImportingAws) -> None:
    ended = terminal.run(str(terminal.file), "--logs-role", ROLE, "--mark-verified", url=aws.url)
    assert ended.code == 1
    assert "--yes" in ended.err
    assert not aws.jobs


def test_an_import_is_watched_and_stopped_by_its_id(
    terminal: Terminal, aws: ImportingAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.hold = True
    begun = terminal.run(str(terminal.file), "--logs-role", ROLE, "--mark-verified", "--yes", url=aws.url)
    assert begun.code == 3
    assert "only gets the groups" in begun.out
    (job_id,) = aws.jobs
    assert f"--job {job_id} --watch" in begun.out

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(native, "watch", native.watch)
    monkeypatch.setattr(native.time, "sleep", interrupted)
    monkeypatch.setattr(native.watch, "__kwdefaults__", {"every": 5.0, "sleep": interrupted})
    watched = terminal.run("--job", job_id, "--watch", url=aws.url)
    assert watched.code == 4
    assert "goes on in AWS" in watched.out
    stopped = terminal.run("--job", job_id, "--stop", url=aws.url)
    assert stopped.code == 0
    assert "Stopped" in stopped.out


def test_a_file_or_a_job_is_needed_and_not_both(terminal: Terminal) -> None:
    assert "Give a file" in terminal.run().err
    assert "Give a file" in terminal.run(str(terminal.file), "--job", "import-1").err
