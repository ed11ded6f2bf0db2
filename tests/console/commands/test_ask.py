"""`ask` as people and programs run it, on snapshots kept in a real store; no pool is asked."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from console import terminal
from services.directory.snapshot import Completeness
from services.directory.snapshots import Snapshots, forget_opened
from services.store.connections import Connection, CredentialKind
from services.store.engine import open_store
from services.store.pools import PoolRecord
from services.store.vault import new_key
from tests.console.commands.taken import taken
from tests.services.audits.made_pools import POOL, World, person, world

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("SELECT …", …)`: the exit code and what was written, on a store with the pool “made”."""
    monkeypatch.setenv("CONSOLE_DATABASE_URL", f"sqlite:///{tmp_path / 'console.db'}")
    monkeypatch.setenv("CONSOLE_ENCRYPTION_KEYS", new_key())
    forget_opened()
    with open_store() as store:
        connection = store.connections.add(
            Connection(name="C", region="eu-west-1", account="", kind=CredentialKind.DEFAULT)
        )
        store.pools.add(PoolRecord(connection.id, POOL.id, "made"))

    def call(*arguments: str) -> tuple[int, str]:
        which = () if "--max-age" in arguments else ("--snapshot", "newest")
        with pytest.raises(SystemExit) as ended:
            terminal.main(["ask", *arguments, *which, "--pool", "made"])
        shown = capsys.readouterr()
        return int(str(ended.value.code or 0)), shown.out + shown.err

    return call


def keep(made: World, day: int, completeness: Completeness | None = None) -> None:
    with open_store() as store:
        taken = datetime(2026, 11, day, 3, 0, tzinfo=UTC)
        Snapshots(store).save(made.read(taken, completeness, id=f"snap{day:02}"))


def test_an_answer_is_a_table_with_the_statement_below(run: Run) -> None:
    made = world({1: ("billing",), 2: ("billing",)})
    made.people["sub-2"] = person(2, attributes={"email": "p2@example.com", "name": "\x1b[31mred"})
    keep(made, 20)
    code, said = run('SELECT "group", count(*) AS people FROM memberships GROUP BY ALL')
    assert code == 0
    assert said.splitlines()[:2] == ["group    people", "billing  2"]
    assert "Complete: all users" in said
    assert "\x1b" not in run("SELECT name FROM users")[1]


def test_a_snapshot_that_is_young_enough_is_asked_and_that_is_said(run: Run) -> None:
    keep(world({1: ()}), 20)
    code, said = run("SELECT sub FROM users", "--max-age", "9000d")
    assert code == 0
    assert "Taken from the snapshot of 20 Nov 2026" in said


def test_one_that_is_older_is_asked_only_when_its_age_does_not_matter(run: Run) -> None:
    keep(world({1: ()}), 20)
    assert run("SELECT sub FROM users", "--max-age", "any")[0] == 0
    code, said = run("SELECT sub FROM users", "--max-age", "1h")  # as without the option
    assert code == 1
    assert "no AWS credentials were found" in said  # it would have been read


def test_programs_get_csv_json_and_a_workbook_with_the_statement(run: Run, tmp_path: Path) -> None:
    keep(world({1: ("billing",), 2: ()}), 20)
    question = "SELECT sub, group_count FROM users ORDER BY sub"
    rows = list(csv.DictReader(io.StringIO(run(question, "--format", "csv")[1].removeprefix("\ufeff"))))
    assert [(row["sub"], row["group_count"]) for row in rows] == [("sub-1", "1"), ("sub-2", "0")]
    assert all("Complete" in row["Completeness"] for row in rows)
    told = json.loads(run(question, "--format", "json")[1])
    assert told["rows"] == [["sub-1", 1], ["sub-2", 0]]
    assert told["complete"]
    file = tmp_path / "answer.xlsx"
    assert run(question, "--format", "xlsx", "--output", str(file))[0] == 0
    assert openpyxl.load_workbook(file).sheetnames == ["About", "Question"]


def test_what_was_not_read_has_an_exit_code_of_its_own(run: Run) -> None:
    keep(world({1: ()}), 20, Completeness(("Page 2 failed.",), users_known=False))
    code, said = run("SELECT count(*) AS n FROM users")
    assert code == 3
    assert "NOT complete. Page 2 failed." in said


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("DELETE FROM users", "Only SELECT can be asked here"),
        ("SELECT * FROM read_csv('/etc/passwd')", "disabled by configuration"),
        ("SELECT nope FROM users", "nope"),
        ("SELECT 1; SELECT 2", "2 statements"),
        ("", "Nothing is asked"),
    ],
)
def test_what_is_not_answered_ends_with_1_and_says_why(run: Run, question: str, said: str) -> None:
    keep(world({1: ()}), 20)
    code, told = run(question)
    assert code == 1
    assert said in told
    assert "Traceback" not in told


def test_two_snapshots_are_compared(run: Run) -> None:
    keep(world({1: ()}), 1)
    keep(world({1: (), 2: ()}), 20)
    code, said = run("SELECT sub FROM users ANTI JOIN older_users USING (sub)", "--older", "previous")
    assert (code, said.splitlines()[1]) == (0, "sub-2")
    assert "Choose an older snapshot" in run("SELECT * FROM older_users")[1]


def test_a_question_may_stand_in_a_file(run: Run, tmp_path: Path) -> None:
    keep(world({1: ()}), 20)
    file = tmp_path / "people.sql"
    file.write_text("SELECT count(*) AS people\nFROM users;\n", encoding="utf-8")
    assert run(str(file))[1].splitlines()[:2] == ["people", "1"]
    assert run(str(tmp_path / "gone.sql"))[0] == 1


def test_columns_and_ready_questions_are_listed(run: Run) -> None:
    assert "invitation_expiry" in run("--columns")[1]
    assert "How many people are in which state?" in run("--ready")[1]


def test_the_log_says_which_answer_was_taken_as_a_file(run: Run, tmp_path: Path) -> None:
    keep(world({1: ("billing",)}), 20)
    run("SELECT username FROM users")
    run("SELECT username FROM users", "--format", "csv", "--output", str(tmp_path / "names.csv"))
    run("SELECT username FROM users", "--format", "json")
    assert taken() == [("names.csv", "made"), ("answer.json (standard output)", "made")]
