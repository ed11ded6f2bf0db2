"""plan, apply, jobs, resume and undo, as they are typed."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import stat
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import Mock

import openpyxl
import pytest

from console.commands import running
from console.terminal import main
from services.access.sessions import terminal_actor
from services.bulk import control
from services.bulk.model import JobProgress
from services.bulk.report import progress
from services.cognito.actions import CreateUser
from services.csv_safe import Cell, write_csv
from services.errors import CredentialsExpired, StoreUnavailable
from services.store.columns import utc_now
from services.store.connections import Connection, CredentialKind
from services.store.engine import open_store
from services.store.pools import PoolRecord
from services.store.schedules import Schedule
from services.store.store import Store
from tests.console.commands.taken import taken
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito
from tests.fixtures.store import make_cast

HEADER = ("User name", "E-mail", "First name", "Last name", "Groups")


class Ended(NamedTuple):
    """How a command ended: its exit code and what it printed."""

    code: int
    out: str
    err: str


class Terminal:
    """A shell in a folder of its own, with AWS's ordinary environment."""

    def __init__(self, folder: Path, cognito: Cognito, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.cognito = cognito
        self._capture = capture
        self.where = [
            "--region", cognito.region, "--pool-id", cognito.staff, "--endpoint-url", cognito.url,
        ]  # fmt: skip

    def run(self, *arguments: str) -> Ended:
        self._capture.readouterr()
        try:
            main(list(arguments))
        except SystemExit as end:
            code = int(end.code or 0)
        else:
            code = 0
        out, err = self._capture.readouterr()
        return Ended(code, out, err)

    def file(self, header: Sequence[str], *rows: Sequence[Cell]) -> str:
        path = self.folder / "people.csv"
        path.write_bytes(write_csv(header, rows))
        return str(path)

    def jobs(self) -> list[dict[str, Any]]:
        return list(json.loads(self.run("jobs", "--json").out))


@pytest.fixture
def terminal(
    tmp_path: Path, cognito: Cognito, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("CONSOLE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CONSOLE_KEY_FILE", str(tmp_path / "keys"))
    return Terminal(tmp_path, cognito, capsys)


def test_plan_says_what_waits_and_changes_nothing(terminal: Terminal) -> None:
    file = terminal.file(HEADER, ("plan.one", "plan.one@example.com", "Plan", "One", "billing"))
    before = len(terminal.cognito.users(terminal.cognito.staff))
    ended = terminal.run("plan", file, *terminal.where)
    assert ended.code == 2
    assert "create the person" in ended.out
    assert "1 to create, 0 to change" in ended.out
    assert len(terminal.cognito.users(terminal.cognito.staff)) == before
    assert terminal.jobs() == []


def test_plan_ends_with_0_when_there_is_nothing_to_do_and_with_1_on_errors(terminal: Terminal) -> None:
    same = terminal.file(HEADER, ("bo.li", "", "Bo", "", ""))
    assert terminal.run("plan", same, *terminal.where).code == 0
    wrong = terminal.file(HEADER, ("bo.li", "not an address", "", "", ""))
    ended = terminal.run("plan", wrong, *terminal.where)
    assert ended.code == 1
    assert "[E-mail]" in ended.out
    (terminal.folder / "people.csv").write_bytes(b"PK\x03\x04")
    ended = terminal.run("plan", wrong, *terminal.where)
    assert ended.code == 1
    assert "Excel workbook" in ended.err


def test_plan_as_json_can_be_read_by_programs(terminal: Terminal) -> None:
    file = terminal.file(HEADER, ("ann.lindqvist", "", "Annika", "", ""))
    ended = terminal.run("plan", file, *terminal.where, "--json")
    data = json.loads(ended.out)
    assert ended.code == 2
    assert data["totals"]["change"] == 1
    step = data["rows"][0]["steps"][0]
    assert step["before"] == {"attributes": {"given_name": "Ann"}}
    assert step["after"] == {"attributes": {"given_name": "Annika"}}


def test_apply_accounts_for_every_row_and_writes_its_files(terminal: Terminal) -> None:
    file = terminal.file(
        HEADER,
        ("apply.one", "apply.one@example.com", "Apply", "One", "billing;auditors"),
        ("apply.two", "apply.two@example", "Apply", "Two", ""),
        ("bo.li", "", "Bo", "", ""),
    )
    results, passwords = terminal.folder / "out.csv", terminal.folder / "pw.csv"
    ended = terminal.run(
        "apply", file, *terminal.where, "--yes", "--results", str(results), "--passwords", str(passwords)
    )
    assert ended.code == 3
    rows = list(csv.DictReader(io.StringIO(results.read_text("utf-8-sig"))))
    assert [row["outcome"] for row in rows] == ["done", "invalid", "unchanged"]
    assert "apply.one" in terminal.cognito.members(terminal.cognito.staff, "auditors")
    (handed,) = csv.DictReader(io.StringIO(passwords.read_text("utf-8-sig")))
    assert handed["username"] == "apply.one"
    assert taken() == [("out.csv", terminal.cognito.staff)]  # passwords have a line of their own
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
    assert handed["temporary_password"] not in ended.out + ended.err
    (job,) = terminal.jobs()
    assert job["results"] == {"done": 1, "invalid": 1, "unchanged": 1}
    again = terminal.run("apply", file, *terminal.where, "--yes", "--json")
    assert json.loads(again.out)["results"] == {"invalid": 1, "unchanged": 2}


def test_nothing_is_done_without_a_yes(terminal: Terminal) -> None:
    file = terminal.file(HEADER, ("no.yes", "no.yes@example.com", "No", "Yes", ""))
    ended = terminal.run("apply", file, *terminal.where)
    assert ended.code == 1
    assert "--yes" in ended.err
    assert "no.yes" not in {user["Username"] for user in terminal.cognito.users(terminal.cognito.staff)}


def test_a_saved_plan_is_applied_later(terminal: Terminal) -> None:
    file = terminal.file(HEADER, ("saved.one", "saved.one@example.com", "Saved", "One", ""))
    ended = terminal.run("plan", file, *terminal.where, "--save", "--json")
    plan = json.loads(ended.out)["plan"]
    Path(file).unlink()
    assert terminal.run("apply", plan, "--yes").code == 0
    assert "saved.one" in {user["Username"] for user in terminal.cognito.users(terminal.cognito.staff)}
    assert terminal.run("apply", plan, "--yes").code == 1


def test_results_that_could_not_be_written_stop_the_run_before_it_begins(terminal: Terminal) -> None:
    file = terminal.file(HEADER, ("early.one", "early.one@example.com", "Early", "One", ""))
    ended = terminal.run("apply", file, *terminal.where, "--yes", "--results", "/nowhere/out.csv")
    assert ended.code == 1
    assert "can't be written" in ended.err
    assert "early.one" not in {user["Username"] for user in terminal.cognito.users(terminal.cognito.staff)}


def test_a_full_disk_at_the_end_is_said_and_hides_nothing_that_was_done(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = terminal.file(HEADER, ("full.one", "full.one@example.com", "Full", "One", "billing"))
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    monkeypatch.setattr(Path, "write_bytes", Mock(side_effect=full))
    out = [str(terminal.folder / name) for name in ("results.csv", "passwords.csv")]
    ended = terminal.run("apply", file, *terminal.where, "--yes", "--results", out[0], "--passwords", out[1])
    assert ended.code == 3
    assert "finished: 1 done" in ended.out
    assert "results.csv can't be written: No space left on device" in ended.err
    assert "passwords.csv can't be written: No space left on device" in ended.err
    assert "1 temporary password waits" in ended.out  # not erased before it stood in a file


def test_passwords_are_never_written_over_a_file(terminal: Terminal) -> None:
    file = terminal.file(HEADER, ("over.one", "over.one@example.com", "Over", "One", ""))
    ended = terminal.run("apply", file, *terminal.where, "--yes", "--passwords", file)
    assert ended.code == 1
    assert "is there already" in ended.err
    assert terminal.jobs() == []


def test_no_empty_file_stays_where_nobody_agreed_to_a_run(terminal: Terminal) -> None:
    file = terminal.file(HEADER, ("over.two", "over.two@example.com", "Over", "Two", ""))
    passwords = terminal.folder / "new-passwords.csv"
    ended = terminal.run("apply", file, *terminal.where, "--passwords", str(passwords))
    assert ended.code == 1
    assert not passwords.exists()


def test_columns_can_be_given_their_meaning(terminal: Terminal) -> None:
    file = terminal.file(("Wer", "Vor"), ("bo.li", "Bodo"))
    assert terminal.run("plan", file, *terminal.where).code == 1
    ended = terminal.run(
        "plan", file, *terminal.where, "--column", "Wer=username", "--column", "Vor=given_name"
    )
    assert ended.code == 2
    assert "Bo → Bodo" in ended.out
    assert terminal.run("plan", file, *terminal.where, "--column", "Wer=fingers").code == 1


def configured(store: Store, cognito: Cognito) -> None:
    """Set the staff pool up as "staff"."""
    new = Connection("Demo", cognito.region, CredentialKind.DEFAULT, endpoint_url=cognito.url)
    store.pools.add(PoolRecord(store.connections.add(new).id, cognito.staff, "staff"))


def test_a_configured_pool_is_named(terminal: Terminal) -> None:
    with open_store() as store:
        configured(store, terminal.cognito)
    file = terminal.file(HEADER, ("bo.li", "", "Bo", "", ""))
    assert terminal.run("plan", file, "--pool", "staff").code == 0
    ended = terminal.run("plan", file, "--pool", "nowhere")
    assert ended.code == 1
    assert "Known pools: staff." in ended.err
    assert "Which user pool?" in terminal.run("plan", file).err


def test_a_stopped_job_is_resumed_and_then_undone(terminal: Terminal) -> None:
    file = terminal.file(HEADER, ("undo.me", "undo.me@example.com", "Undo", "Me", "billing"))
    plan = json.loads(terminal.run("plan", file, *terminal.where, "--save", "--json").out)["plan"]
    with open_store() as store:
        control.start(store, plan, terminal_actor()())
        control.stop(store, plan, terminal_actor()())
    listed = terminal.run("jobs", plan[:20])
    assert "stopped" in listed.out
    assert terminal.run("resume", plan[:20]).code == 0
    failed = terminal.folder / "failed.csv"
    assert terminal.run("jobs", plan, "--failed", str(failed)).code == 0
    assert len(failed.read_text("utf-8-sig").splitlines()) == 1
    assert terminal.run("undo", plan, "--plan").code == 2
    assert terminal.run("undo", plan, "--yes").code == 0
    assert "undo.me" not in {user["Username"] for user in terminal.cognito.users(terminal.cognito.staff)}
    assert terminal.run("undo", plan, "--plan").code == 1  # nobody there to undo it for


def test_an_unknown_job_is_said(terminal: Terminal) -> None:
    ended = terminal.run("resume", "ffff")
    assert ended.code == 1
    assert "no job whose id begins with ffff" in ended.err


def test_text_from_files_cannot_steer_the_terminal(terminal: Terminal) -> None:
    file = terminal.file(HEADER, ("bo.li", "", "Bo\x1b[2J", "", ""))
    assert "\x1b" not in terminal.run("plan", file, *terminal.where).out


@pytest.mark.parametrize(("others", "code"), [(0, 1), (1, 3)])
def test_apply_ends_with_3_when_a_row_is_not_done_and_with_1_when_none_is(
    terminal: Terminal, others: int, code: int
) -> None:
    taken, other = f"taken.{code}", f"other.{code}"
    rows = [(name, f"{name}@example.com", "Three", "One", "billing") for name in (taken, other)[: 1 + others]]
    plan = json.loads(
        terminal.run("plan", terminal.file(HEADER, *rows), *terminal.where, "--save", "--json").out
    )["plan"]
    terminal.cognito.client().admin_create_user(
        UserPoolId=terminal.cognito.staff, Username=taken, MessageAction="SUPPRESS"
    )
    ended = terminal.run("apply", plan, "--yes")
    assert ended.code == code
    assert "was created meanwhile" in ended.out


def test_apply_ends_with_4_when_the_job_waits(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    file = terminal.file(HEADER, ("four.one", "four.one@example.com", "Four", "One", "billing"))
    plan = json.loads(terminal.run("plan", file, *terminal.where, "--save", "--json").out)["plan"]
    refuse(monkeypatch, CredentialsExpired("The token has expired.", "Sign in to AWS again."))
    ended = terminal.run("apply", plan, "--yes")
    assert ended.code == 4
    assert f"python -m console resume {plan}" in ended.out
    monkeypatch.undo()


def test_a_database_that_cannot_be_asked_how_far_a_job_is_ends_no_run(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = terminal.file(HEADER, ("busy.one", "busy.one@example.com", "Busy", "One", "billing"))
    monkeypatch.setattr(running, "LOOK_EVERY", 0.01)
    asked: list[str] = []

    def busy_at_first(store: Store, job_id: str) -> JobProgress:
        asked.append(job_id)
        if len(asked) <= 3:
            raise StoreUnavailable("The console's database is busy.", "It is tried again.")
        return progress(store, job_id)

    monkeypatch.setattr(running.report, "progress", busy_at_first)
    ended = terminal.run("apply", file, *terminal.where, "--yes")
    assert (ended.code, len(asked) > 3) == (0, True)
    assert "finished: 1 done" in ended.out


def refuse(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def create_user(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(CreateUser, "send", create_user)


class Screen(io.StringIO):
    """Standard error as a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_bar_and_a_pipe_gets_lines(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = terminal.file(HEADER, ("bar.one", "bar.one@example.com", "Bar", "One", "billing"))
    plan = json.loads(terminal.run("plan", file, *terminal.where, "--save", "--json").out)["plan"]
    assert terminal.run("apply", plan, "--yes").code == 0
    with open_store() as store:
        now = progress(store, plan)
    screen, pipe = Screen(), io.StringIO()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", screen)
    with running._display(1) as show:
        show(now)
    assert "1/1" in screen.getvalue()
    assert "\x1b" in screen.getvalue()
    monkeypatch.setattr("sys.stderr", pipe)
    monkeypatch.setattr(running, "LINE_EVERY", 0.0)
    with running._display(1) as show:
        show(now)
    assert pipe.getvalue().startswith("1 of 1 rows (1 done)")
    assert "\x1b" not in pipe.getvalue()


def test_a_file_whose_encoding_is_not_sure_stops_until_it_is_named(terminal: Terminal) -> None:
    file = terminal.folder / "people.csv"
    file.write_bytes(
        "username;email;given_name;family_name\nluk;luk@example.com;Łukasz;Żółć\n".encode("cp1250")
    )
    stopped = terminal.run("apply", str(file), "--yes", *terminal.where)
    assert stopped.code == 1
    assert "--encoding 'Windows-1250': luk;luk@example.com;Łukasz;Żółć" in stopped.out + stopped.err
    assert terminal.jobs() == []
    read = terminal.run("plan", str(file), "--encoding", "windows-1250", *terminal.where)
    assert read.code == 2
    assert "Łukasz" in read.out


def test_how_a_file_is_read_can_be_said(terminal: Terminal) -> None:
    file = terminal.folder / "people.txt"
    file.write_text("made|by,HR\nusername|email|given_name|family_name\nzed|zed@example.com|Zed|Z\n")
    read = terminal.run("plan", str(file), "--delimiter", "bar", "--header-row", "2", *terminal.where)
    assert read.code == 2
    assert "1 to create" in read.out
    assert terminal.run("plan", str(file), "--delimiter", "x", *terminal.where).code == 1
    assert terminal.run("plan", str(file), "--sheet", "x", "--encoding", "klingon", *terminal.where).code == 1


def test_of_two_sheets_that_look_like_lists_one_has_to_be_named(terminal: Terminal) -> None:
    book = openpyxl.Workbook()
    for name, person in (("New joiners", "joan"), ("Leavers", "leo")):
        sheet = book.create_sheet(name)
        sheet.append(["username", "email", "given_name", "family_name"])
        sheet.append([person, f"{person}@example.com", "Jo", "Ek"])
    file = terminal.folder / "people.xlsx"
    book.save(file)
    stopped = terminal.run("apply", str(file), "--yes", *terminal.where)
    assert stopped.code == 1
    assert "--sheet 'New joiners', --sheet 'Leavers'" in stopped.err
    read = terminal.run("plan", str(file), "--sheet", "New joiners", *terminal.where)
    assert read.code == 2
    assert "joan" in read.out


def test_damaged_cells_keep_their_rows_back_until_their_kind_is_settled(terminal: Terminal) -> None:
    header = ("username", "email", "given_name", "family_name")
    file = terminal.file(header, ("jo", "jo@example.com", "JosÃ©", "Ek"))
    held = terminal.run("plan", file, *terminal.where)
    assert held.code == 1
    assert "1 cell has garbled letters (mojibake): --repair mojibake" in held.out
    repaired = terminal.run("plan", file, "--repair", "mojibake", *terminal.where)
    assert repaired.code == 2
    assert "José" in repaired.out
    assert terminal.run("plan", file, "--accept", "mojibake", *terminal.where).code == 2
    assert "no kind of damage" in terminal.run("plan", file, "--accept", "x", *terminal.where).err


def test_of_a_kind_only_what_can_be_done_about_it_is_named(terminal: Terminal) -> None:
    header = ("username", "email", "given_name", "family_name", "phone_number")
    file = terminal.file(header, ("jo", "jo@example.com", "Jo", "Ek", "+49 0151 23456789"))
    held = terminal.run("plan", file, *terminal.where)
    assert "missing: --repair phone-number puts right what can be." in held.out
    assert terminal.run("plan", file, "--accept", "phone-number", *terminal.where).code == 1
    assert terminal.run("plan", file, "--repair", "phone-number", *terminal.where).code == 2


def test_numbers_without_a_country_code_need_a_country(terminal: Terminal) -> None:
    header = ("username", "email", "given_name", "family_name", "phone_number")
    file = terminal.file(header, ("jo", "jo@example.com", "Jo", "Ek", "070-123 45 67"))
    assert terminal.run("plan", file, *terminal.where).code == 1
    told = terminal.run("plan", file, "--phone-region", "se", *terminal.where)
    assert told.code == 2
    assert "+46701234567" in told.out
    assert "no country" in terminal.run("plan", file, "--phone-region", "XX", *terminal.where).err


def test_the_country_of_numbers_is_a_setting_of_the_pool(terminal: Terminal) -> None:
    with open_store() as store:
        connection = store.connections.add(
            Connection(
                "Demo", terminal.cognito.region, CredentialKind.DEFAULT, endpoint_url=terminal.cognito.url
            )
        )
        store.pools.add(PoolRecord(connection.id, terminal.cognito.staff, "staff", phone_region="SE"))
    header = ("username", "email", "given_name", "family_name", "phone_number")
    file = terminal.file(header, ("jo", "jo@example.com", "Jo", "Ek", "070-123 45 67"))
    ended = terminal.run("plan", file, "--pool", "staff")
    assert ended.code == 2
    assert "+46701234567" in ended.out
    assert "read as numbers of SE (+46)" in ended.out
    assert "+45" in terminal.run("plan", file, "--pool", "staff", "--phone-region", "DK").out


def test_groups_to_be_created_are_said_and_can_be_left_out(terminal: Terminal) -> None:
    file = terminal.file(HEADER, ("jo", "jo@example.com", "Jo", "Ek", "fresh;other"))
    ended = terminal.run("plan", file, *terminal.where, "--create-groups")
    assert "2 groups to create first." in ended.out
    left = terminal.run("plan", file, *terminal.where, "--create-groups", "--leave-group", "fresh")
    assert "1 group to create first." in left.out
    assert "isn't created, so nobody joins it" in left.out


# --- leavers with a last day


@pytest.fixture
def leaving(terminal: Terminal) -> list[str]:
    """The words of `apply` for a file of one person who leaves in days, in a pool that is set up."""
    with open_store() as store:
        make_cast(store)
        configured(store, terminal.cognito)
    day = (utc_now() + timedelta(days=9)).date().isoformat()
    file = terminal.file(("User name", "Last day"), ("ann.lindqvist", day))
    return ["apply", file, "--pool", "staff", "--action", "leaver"]


def planned(terminal: Terminal) -> list[Schedule]:
    with open_store() as store:
        return list(store.schedules.of_pool(store.pools.by_name("staff").id))


def test_leavers_are_seen_off_as_the_operator_who_is_named_in_the_zone_that_is_named(
    terminal: Terminal, leaving: list[str]
) -> None:
    ended = terminal.run(*leaving, "--as", "max", "--zone", "Pacific/Auckland", "--reason", "HR-7", "--yes")
    assert (ended.code, "(Pacific/Auckland)" in ended.err) == (0, True), ended
    (schedule,) = planned(terminal)
    assert (schedule.operator_name, schedule.zone) == ("max", "Pacific/Auckland")
    assert not terminal.jobs()


def test_rows_of_a_day_to_come_are_counted_too(terminal: Terminal, leaving: list[str]) -> None:
    ended = terminal.run("plan", *leaving[1:])
    assert "1 row: 0 to create, 0 to change, 1 on a day to come, 0 unchanged, 0 with errors." in ended.out


def test_without_an_operator_nobody_is_seen_off_later(terminal: Terminal, leaving: list[str]) -> None:
    for named in ((), ("--as", "nobody")):
        ended = terminal.run(*leaving, *named, "--yes")
        assert (ended.code, "Say it with --as OPERATOR" in ended.err) == (1, True), ended
    assert planned(terminal) == []


def test_an_operator_who_may_not_is_no_one_to_see_people_off(terminal: Terminal, leaving: list[str]) -> None:
    ended = terminal.run(*leaving, "--as", "ada", "--yes")
    assert (ended.code, planned(terminal)) == (1, [])
    assert "ada is auditor and may not do this" in ended.err


def test_a_zone_that_is_none_is_said(terminal: Terminal, leaving: list[str]) -> None:
    ended = terminal.run(*leaving, "--as", "max", "--zone", "Mars/Base", "--yes")
    assert (ended.code, "Mars/Base" in ended.err, planned(terminal)) == (1, True, []), ended


def test_no_leaver_is_planned_without_a_yes_nor_in_a_pool_that_is_not_set_up(
    terminal: Terminal, leaving: list[str]
) -> None:
    ended = terminal.run(*leaving, "--as", "max")
    assert (ended.code, "add --yes" in ended.err, planned(terminal)) == (1, True, [])
    ended = terminal.run("apply", leaving[1], *terminal.where, *leaving[4:], "--as", "max", "--yes")
    assert (ended.code, planned(terminal)) == (1, [])
    assert "Configuration" in ended.err, ended
