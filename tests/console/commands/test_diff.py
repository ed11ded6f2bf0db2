"""`diff` as people and cron jobs run it, on snapshots kept in a real store; no pool is asked."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from console import terminal
from services.bulk.files.csv_file import read_file
from services.directory.snapshot import Completeness
from services.directory.snapshots import Snapshots, forget_opened
from services.store.connections import Connection, CredentialKind
from services.store.engine import open_store
from services.store.pools import PoolRecord
from services.store.vault import new_key
from tests.console.commands.taken import taken
from tests.services.audits.made_pools import POOL, World, person, world

KEY = f"|eu-west-1|{POOL.id}"
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("newest", …)`: the exit code and what was written, on a store with the pool “made”."""
    monkeypatch.setenv("CONSOLE_DATABASE_URL", f"sqlite:///{tmp_path / 'console.db'}")
    monkeypatch.setenv("CONSOLE_ENCRYPTION_KEYS", new_key())
    forget_opened()
    with open_store() as store:
        connection = store.connections.add(
            Connection(name="C", region="eu-west-1", account="", kind=CredentialKind.DEFAULT)
        )
        store.pools.add(PoolRecord(connection.id, POOL.id, "made"))

    def call(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            terminal.main(["diff", *arguments, "--pool", "made"])
        shown = capsys.readouterr()
        return int(str(ended.value.code or 0)), shown.out + shown.err

    return call


def keep(made: World, day: int, completeness: Completeness | None = None) -> str:
    with open_store() as store:
        taken = datetime(2026, 11, day, 3, 0, tzinfo=UTC)
        return Snapshots(store).save(made.read(taken, completeness, id=f"snap{day:02}")).id


def before() -> World:
    return world({1: ("billing",), 2: ()})


def after() -> World:
    made = world({1: (), 2: ("billing",)})
    made.people["sub-2"] = person(2, attributes={"email": "p2@example.com", "name": "\x1b[31mred"})
    return made


def test_two_days_are_compared_and_the_exit_code_says_that_they_differ(run: Run) -> None:
    keep(before(), 1)
    keep(after(), 20)
    code, said = run("2026-11-10", "newest")
    assert code == 2
    assert "group gained: p2@example.com, billing (not a member → member)" in said
    assert "group lost: p1@example.com, billing" in said
    assert "\x1b" not in said
    assert "Older snapshot, 2026-11-01 03:00 UTC: Complete" in said
    assert run("previous")[0] == 2
    assert run("snap20", "snap20") == (0, run("newest", "newest")[1])


def test_what_can_not_be_told_has_an_exit_code_of_its_own(run: Run) -> None:
    keep(before(), 1)
    keep(world({2: ()}, ("billing",)), 20, Completeness(("Page 2 failed.",), users_known=False))
    code, said = run("previous", "newest")
    assert code == 3
    assert "can't be told: p1@example.com" in said
    assert "NOT complete. Page 2 failed." in said


def test_no_difference_is_no_proof_where_something_was_not_read(run: Run) -> None:
    keep(before(), 1)
    keep(before(), 20, Completeness(("Page 2 failed.",), users_known=False))
    code, said = run("previous", "newest")
    assert code == 3
    assert "No differences in what was read." in said
    assert json.loads(run("previous", "newest", "--format", "json")[1])["complete"] is False


def test_programs_get_csv_json_and_a_workbook_with_the_statement(run: Run, tmp_path: Path) -> None:
    keep(before(), 1)
    keep(after(), 20)
    _, text = run("previous", "newest", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["Difference"] for row in rows} == {"group gained", "group lost", "attribute changed"}
    assert all("Complete: all users" in row["Completeness"] for row in rows)
    answer: Any = json.loads(run("previous", "newest", "--format", "json")[1])
    assert answer["counts"]["group gained"] == 1
    assert len(answer["statements"]) == 2
    assert answer["differences"][0]["by"] == "not in this console's log"
    target = tmp_path / "diff.xlsx"
    assert run("previous", "newest", "--format", "xlsx", "--output", str(target))[0] == 2
    assert openpyxl.load_workbook(target).sheetnames == ["About", "Summary", "Differences"]
    assert run("previous", "newest", "--format", "xlsx")[0] == 1


def test_a_list_is_compared_and_the_fixes_are_files_for_apply(run: Run, tmp_path: Path) -> None:
    keep(before(), 1)
    listed = tmp_path / "list.csv"
    listed.write_text("username,groups\np2,billing\n")
    fixes = tmp_path / "fixes"
    code, said = run("newest", str(listed), "--fixes", str(fixes))
    assert code == 2
    assert "membership missing: p2@example.com, billing" in said
    assert "membership extra: p1@example.com, billing" in said
    table = read_file((fixes / "groups.csv").read_bytes(), "groups.csv")
    assert [row.cells[2] for row in table.rows()] == ["remove_from_groups", "add_to_groups"]
    listed.write_text("username\np1\n")
    assert run("newest", str(listed), "--group", "billing")[0] == 0
    code, said = run("newest", str(listed), "--group", "billing", "--everybody")
    assert "person extra: p2@example.com" in said


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        ("2026-10-31", "No snapshot is as old as 2026-10-31."),
        ("2026-13-45", "is no day"),
        ("previous", "Only one snapshot"),
        ("nonsense", "No snapshot of this pool begins with"),
        ("gone.csv", "gone.csv can't be read"),
    ],
)
def test_what_can_not_be_found_is_said_in_words(run: Run, named: str, sentence: str) -> None:
    keep(before(), 1)
    code, said = run("newest", named)
    assert code == 1
    assert sentence in said


def test_a_pool_without_snapshots_is_told_how_to_take_one(run: Run) -> None:
    code, said = run("newest")
    assert code == 1
    assert "python -m console snapshot" in said


def test_the_log_says_which_files_were_taken(run: Run, tmp_path: Path) -> None:
    keep(before(), 1)
    keep(after(), 20)
    run("previous", "newest")
    run("previous", "newest", "--output", str(tmp_path / "found.txt"))
    run("previous", "newest", "--format", "csv", "--fixes", str(tmp_path / "fixes"))
    fixes = sorted(file.name for file in (tmp_path / "fixes").iterdir())
    assert fixes
    names = ["found.txt", "differences.csv (standard output)", *fixes]
    assert sorted(taken()) == sorted((name, "made") for name in names)
