"""explain and doctor, as they are typed."""

from __future__ import annotations

import json

import pytest

from demo.pools import BILLING_DESK
from services.login.exit_codes import EXIT_CODES
from services.store.applications import Application
from services.store.connections import Connection, CredentialKind
from services.store.engine import open_store
from services.store.pools import PoolRecord
from tests.console.commands.test_plan import Terminal, terminal
from tests.fixtures.cognito import Cognito

__all__ = ["terminal"]


@pytest.fixture
def configured(terminal: Terminal, cognito: Cognito) -> Terminal:
    """A terminal whose console knows the staff pool and its application "Billing desk"."""
    with open_store() as store:
        connection = store.connections.add(
            Connection("C", cognito.region, CredentialKind.DEFAULT, endpoint_url=cognito.url)
        )
        for name, pool in (("staff", cognito.staff), ("others", cognito.customers)):
            record = store.pools.add(PoolRecord(connection.id, pool, name))
            store.applications.add(
                Application(
                    record.id,
                    "Billing desk" if name == "staff" else "Portal",
                    BILLING_DESK.own_id,
                    application_url=BILLING_DESK.url,
                    allowed_groups=("billing",),
                    group_roles={"billing": "clerk"},
                    secret="kept",
                )
            )
            store.applications.add(Application(record.id, "Twice", "client"))
    return terminal


@pytest.mark.parametrize(
    ("user", "link", "sentence"),
    [
        ("toby.ashworth", "enabled", "Your account has been switched off"),
        ("ann.lindqvist", "temporary-password", "Your temporary password has expired"),
        ("rolf.vogt", "allowed-group", "Your account has no access to Billing desk yet"),
        ("nobody.of.that.name", "name", "I find no account under that name"),
    ],
)
def test_explain_says_the_cause_first_and_names_it_by_its_exit_code(
    configured: Terminal, user: str, link: str, sentence: str
) -> None:
    ended = configured.run("explain", user, "--app", "billing desk")
    assert ended.code == EXIT_CODES[link]
    assert ended.out.startswith(sentence)
    assert "To do: " in ended.out


def test_explain_as_json_holds_every_check(configured: Terminal) -> None:
    ended = configured.run("explain", "kirsten", "--app", "Billing desk", "--flow", "password", "--json")
    told = json.loads(ended.out)
    assert ended.code == told["exit_code"] == EXIT_CODES["allowed-group"]
    assert told["cause"] == "allowed-group"
    checks = {check["key"]: check for check in told["checks"]}
    assert list(checks) == list(EXIT_CODES)
    assert checks["flow"]["state"] == "failed"
    assert checks["callback"]["state"] == "not applicable"
    assert not checks["second-factor"]["checked"]
    assert checks["allowed-group"]["fixes"] == ["Add to group"]


def test_explain_without_an_application_looks_at_the_person(terminal: Terminal) -> None:
    ended = terminal.run("explain", "bo.li", *terminal.where, "--all")
    assert ended.code == 2
    assert "– Style of the login page: No application is chosen." in ended.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--app", "Twice"), "Several pools have an application"),
        (("--app", "Nothing"), "There is no application called"),
        (("--app", "Twice", "--region", "eu-west-1"), "set up in the console"),
        ((), "Which user pool?"),
    ],
)
def test_explain_wants_to_know_which_application(
    configured: Terminal, arguments: tuple[str, ...], said: str
) -> None:
    ended = configured.run("explain", "bo.li", *arguments)
    assert ended.code == 1
    assert said in ended.err
    assert (
        configured.run("explain", "bo.li", "--app", "Twice", "--pool", "staff").code
        == EXIT_CODES["allowed-group"]
    )


def test_doctor_tells_the_gravest_first_with_where_to_change_it(configured: Terminal) -> None:
    ended = configured.run("doctor", "--pool", "others")
    assert ended.code == 2
    first = ended.out.split("✗ ")[1]
    assert first.startswith("HIGH")
    assert "Where: AWS console" in first
    assert "✗ HIGH  The pool can be deleted by mistake" in ended.out
    told = json.loads(configured.run("doctor", "--pool", "others", "--json").out)
    assert told["exit_code"] == 2
    assert {"key", "subject", "verdict", "severity", "found", "fix", "why", "where"} <= set(told["advice"][0])


def test_doctor_may_mind_only_what_is_grave(terminal: Terminal) -> None:
    ended = terminal.run("doctor", *terminal.where, "--fail-on", "high", "--all")
    assert ended.code == 0
    assert "✗ MEDIUM  Devices are remembered" in ended.out
    assert "✓ The pool can't be deleted by mistake" in ended.out
