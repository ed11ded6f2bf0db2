"""`search` and `export`, as they are typed."""

from __future__ import annotations

import csv
import io
import json

import openpyxl
import pyarrow.parquet as pq
import pytest

from console.terminal import main
from services.cognito.gateway import CognitoGateway
from services.csv_safe import restore
from services.errors import ServiceFault
from services.store.activity import ActivityResult
from services.store.applications import Application
from services.store.connections import Connection, CredentialKind
from services.store.engine import open_store
from services.store.pools import PoolRecord
from tests.console.commands.taken import taken
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY


@pytest.fixture
def typed(tmp_path, cognito, capsys, monkeypatch):
    """`typed("search", "ann")`: exit code, standard output and standard error, on the staff pool."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("CONSOLE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CONSOLE_KEY_FILE", str(tmp_path / "keys"))
    where = ["--region", cognito.region, "--pool-id", cognito.staff, "--endpoint-url", cognito.url]

    def run(command, *options):
        capsys.readouterr()
        try:
            main([command, *options, *where, "--share", "1"])
        except SystemExit as end:
            return int(end.code or 0), *capsys.readouterr()
        return 0, *capsys.readouterr()

    return run


def test_a_search_reads_the_pool_once_and_then_works_on_the_snapshot(typed):
    code, out, _ = typed("search", "SORENSEN group:auditors")
    assert code == 0
    assert "kirsten" in out
    assert "1 of 90 people. " in out
    assert "Complete: all users, groups and memberships were read." in out
    typed("search", "is:disabled")
    with open_store() as store:
        assert len(store.activity.search(action="take_snapshot")) == 1
    assert "Taken from the snapshot of " in typed("search", "ann", "--max-age", "5m")[2]
    with open_store() as store:
        assert len(store.activity.search(action="take_snapshot")) == 1
    typed("search", "ann", "--read")
    with open_store() as store:
        assert len(store.activity.search(action="take_snapshot")) == 2
    assert typed("search", "ann", "--read", "--max-age", "5m")[0] == 1


def test_applications_are_known_by_their_pool_whatever_names_it(typed, cognito):
    with open_store() as store:
        connection = store.connections.add(
            Connection(name="C", region=cognito.region, account="", kind=CredentialKind.DEFAULT)
        )
        pool = store.pools.add(PoolRecord(connection.id, cognito.staff, "the staff"))
        store.applications.add(Application(pool.id, "Books", "client1", allowed_groups=("billing",)))
    assert typed("search", "app:Books")[:2] == typed("search", "group:billing")[:2]


def test_a_list_narrows_the_search_and_says_whom_it_does_not_find(typed, tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("bo.li\nann.lindqvist; nobody@example.org\n", encoding="utf-8")
    code, out, err = typed("search", "--list", str(names), "--format", "json")
    assert code == 0
    assert {row["username"] for row in json.loads(out)["rows"]} == {"bo.li", "ann.lindqvist"}
    assert "Not found: nobody@example.org" in err


def test_long_answers_are_cut_and_say_so(typed):
    _, out, _ = typed("search", "billing", "--limit", "2", "--order", "newest")
    assert "more (--limit" in out
    assert len(out.split("\n\n")[0].splitlines()) == 4


def test_users_are_exported_in_every_format(typed, tmp_path, cognito):
    code, out, _ = typed("export", "users")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert (code, len(rows)) == (0, 90)
    assert "Complete: " in rows[0]["Completeness"]
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "@", "-"))]
    for ending in ("csv", "xlsx", "parquet", "json"):
        code, _, err = typed(
            "export", "users", "--query", "group:billing", "-o", str(tmp_path / f"a.{ending}")
        )
        assert code == 0
        assert "Complete: " in err
    members = cognito.members(cognito.staff, "billing")
    assert set(pq.read_table(tmp_path / "a.parquet")["username"].to_pylist()) == members
    assert {row["username"] for row in json.loads((tmp_path / "a.json").read_text())["rows"]} == members
    assert openpyxl.load_workbook(tmp_path / "a.xlsx")["Users"].max_row == len(members) + 1


def test_groups_and_memberships_are_exported(typed, cognito):
    _, out, _ = typed("export", "groups")
    sizes = {row["name"]: row["members"] for row in csv.DictReader(io.StringIO(out))}
    assert sizes["billing"] == str(len(cognito.members(cognito.staff, "billing")))
    _, out, _ = typed("export", "memberships", "--query", "group:billing")
    rows = list(csv.DictReader(io.StringIO(out)))
    named = {restore(row["username"]) for row in rows if row["groups"] == "billing"}
    assert named == cognito.members(cognito.staff, "billing")


def test_what_is_missing_is_in_the_file_and_ends_with_3(typed, monkeypatch):
    def fails(self, group, token=""):
        raise ServiceFault("AWS failed.")

    monkeypatch.setattr(CognitoGateway, "members_page", fails)
    code, out, err = typed("export", "users", "--query", "no:group")
    assert code == 3
    assert "could be read, so people may be missing" in err
    row = next(csv.DictReader(io.StringIO(out)))
    assert "NOT complete" in row["Completeness"]
    assert "all_groups" not in row


@pytest.mark.parametrize(
    "arguments",
    [
        ("export", "people"),
        ("export", "groups", "--query", "ann"),
        ("export", "users", "--format", "xlsx"),
        ("export", "users", "--format", "pdf"),
        ("export", "users", "-o", "file"),
        ("export", "users", "-o", "/nowhere/file.csv"),
        ("search", "status:x"),
        ("search", "ann", "--order", "x"),
        ("search", "ann", "--list", "/nowhere/file"),
    ],
)
def test_what_makes_no_sense_is_said(typed, arguments):
    code, _, err = typed(*arguments)
    assert code == 1
    assert err.startswith("Error: ")
    assert len(err.splitlines()) >= 2


def test_the_log_says_which_files_were_taken_and_not_what_was_looked_at(typed, tmp_path, cognito):
    typed("search", "ann")
    typed("search", "ann", "--output", str(tmp_path / "found.csv"))
    typed("export", "users", "--format", "json")
    assert taken() == [("found.csv", cognito.staff), ("users.json (standard output)", cognito.staff)]
    with open_store() as store:
        lines = store.activity.search(action="download_file")
    assert lines[1].after == {"bytes": (tmp_path / "found.csv").stat().st_size}
    assert "(terminal)" in lines[0].operator_name


def test_a_file_that_could_not_be_written_was_not_taken(typed, tmp_path):
    assert typed("export", "users", "--output", str(tmp_path / "nowhere" / "users.csv"))[0] == 1
    with open_store() as store:
        (line,) = store.activity.search(action="download_file")
    assert line.result == ActivityResult.FAILED
