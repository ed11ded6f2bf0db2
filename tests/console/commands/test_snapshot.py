"""`snapshot`, as it is typed."""

from __future__ import annotations

import json
import threading

import pytest

from console.commands import snapshot as module
from console.terminal import main
from services.cognito.gateway import CognitoGateway
from services.directory.scan import PoolScan
from services.errors import ServiceFault
from services.store.engine import open_store
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY


@pytest.fixture
def typed(tmp_path, cognito, capsys, monkeypatch):
    """`typed("--json")`: exit code, standard output and standard error of the command on the staff pool."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("CONSOLE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CONSOLE_KEY_FILE", str(tmp_path / "keys"))
    where = ["--region", cognito.region, "--pool-id", cognito.staff, "--endpoint-url", cognito.url]

    def run(*options):
        capsys.readouterr()
        try:
            main(["snapshot", *where, *options])
        except SystemExit as end:
            return int(end.code or 0), *capsys.readouterr()
        return 0, *capsys.readouterr()

    return run


def test_a_pool_is_read_kept_and_listed(typed):
    code, out, _ = typed("--share", "1")
    assert code == 0
    assert "90 people" in out
    assert "Complete: all users, groups and memberships were read." in out
    code, out, _ = typed("--list", "--json")
    (line,) = json.loads(out)
    assert (code, line["people"], line["complete"]) == (0, 90, True)
    with open_store() as store:
        (logged,) = store.activity.search(action="take_snapshot")
        assert logged.origin == "terminal"


def test_something_missing_ends_with_3_and_says_what(typed, monkeypatch):
    def fails(self, group, token=""):
        raise ServiceFault("AWS failed.")

    monkeypatch.setattr(CognitoGateway, "members_page", fails)
    code, out, _ = typed("--json")
    assert code == 3
    assert "could not all be read: AWS failed." in json.loads(out)["statement"]


def test_ctrl_c_stops_it_and_nothing_is_kept(typed, monkeypatch):
    readings = []
    state, list_groups = PoolScan.state, CognitoGateway.list_groups

    class Watched(module.Foreground):
        def __init__(self, taking):
            super().__init__(taking)
            readings.append(self)

    def ctrl_c(self):
        if threading.current_thread() is threading.main_thread() and not readings[0]._stop.is_set():
            raise KeyboardInterrupt
        return state(self)

    def held(self):
        assert readings[0]._stop.wait(20)
        return list_groups(self)

    monkeypatch.setattr(module, "Foreground", Watched)
    monkeypatch.setattr(PoolScan, "state", ctrl_c)
    monkeypatch.setattr(CognitoGateway, "list_groups", held)
    code, _, err = typed()
    assert code == 1
    assert "Reading was stopped after" in err
    assert typed("--list")[1] == "No snapshot of this pool is kept.\n"
