"""Temporary passwords are handed over once, with all that somebody needs to sign in."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.bulk.handover import (
    erase_old_passwords,
    passwords_csv,
    passwords_lost,
    passwords_waiting,
    people_without,
    plan_new_passwords,
    sheets,
    take_passwords,
    takings,
)
from services.bulk.model import RowVerdict
from services.bulk.runner import ERASE_LEFTOVERS
from services.dictation import spelled
from services.errors import JobError, NotPermitted
from services.roles import Actor, Origin
from services.store.applications import Application
from services.store.jobs import JobState
from services.store.operators import Operator
from services.store.pools import PoolRecord
from services.store.store import Store
from services.work.desk import work_for
from tests.fixtures.cognito import Cognito
from tests.services.bulk.conftest import Bulk, bulk_on

NEW = ("username", "email", "given_name", "family_name", "groups", "phone_number")


def cells_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_passwords_are_handed_over_once_and_work(staff: Bulk) -> None:
    job, _ = staff.run(
        staff.plan(
            (*NEW[:4], "temporary_password"),
            ("hand.one", "hand.one@example.com", "Hand", "One", ""),
            ("hand.two", "hand.two@example.com", "Hand", "Two", "Chosen-Pass-1234!"),
        )
    )
    assert passwords_waiting(staff.store, job.id) == 2
    handed = take_passwords(staff.store, job.id, staff.who())
    assert [(password.username, password.name) for password in handed] == [
        ("hand.one", "Hand One"),
        ("hand.two", "Hand Two"),
    ]
    assert handed[1].password == "Chosen-Pass-1234!"
    assert handed[0].password not in repr(handed)
    assert cells_of(passwords_csv(handed).data)[1][3] == handed[0].password
    assert passwords_waiting(staff.store, job.id) == 0
    with pytest.raises(JobError, match="handed over before"):
        take_passwords(staff.store, job.id, staff.who())
    client = staff.cognito.client()
    app = client.create_user_pool_client(
        UserPoolId=staff.target.pool_id,
        ClientName="try",
        ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"],
    )["UserPoolClient"]["ClientId"]
    answer = client.admin_initiate_auth(
        UserPoolId=staff.target.pool_id,
        ClientId=app,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "hand.one", "PASSWORD": handed[0].password},
    )
    assert answer["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_no_password_stands_readable_in_the_database(staff: Bulk, tmp_path: object) -> None:
    job, _ = staff.run(
        staff.plan(
            (*NEW[:4], "temporary_password", "password"),
            ("seal.one", "seal.one@example.com", "S", "One", "Sealed-Temp-123!", ""),
            ("seal.two", "seal.two@example.com", "S", "Two", "", "Sealed-Perm-123!"),
        )
    )
    made = [password.password for password in take_passwords(staff.store, job.id, staff.who())]
    database = staff.store.database.engine.url.database
    assert database is not None
    staff.store.close()
    content = b"".join(open(database + end, "rb").read() for end in ("", "-wal") if _exists(database + end))  # noqa: SIM115
    for secret in ("Sealed-Temp-123!", "Sealed-Perm-123!", *made, "seal.one@example.com"):
        in_activity = secret == "seal.one@example.com"  # names of targets are searchable there
        assert in_activity or secret.encode() not in content


def _exists(path: str) -> bool:
    from pathlib import Path  # noqa: PLC0415

    return Path(path).exists()


def test_passwords_nobody_took_are_erased_after_a_time(staff: Bulk) -> None:
    job, _ = staff.run(staff.plan(NEW[:4], ("old.one", "old.one@example.com", "Old", "One")))
    assert erase_old_passwords(staff.store, timedelta(days=1)) == 0
    assert erase_old_passwords(staff.store, timedelta(seconds=-1)) >= 1
    assert passwords_waiting(staff.store, job.id) == 0


def test_passwords_of_a_job_whose_end_was_never_noted_are_erased_too(staff: Bulk) -> None:
    job, _ = staff.run(staff.plan(NEW[:4], ("end.less", "end.less@example.com", "End", "Less")))
    staff.store.jobs.update(job.id, state=JobState.STOPPED, finished_at=None)
    assert passwords_waiting(staff.store, job.id) == 1
    assert erase_old_passwords(staff.store, timedelta(0)) >= 1
    assert passwords_waiting(staff.store, job.id) == 0


def test_a_plan_nobody_starts_keeps_its_passwords_no_longer(staff: Bulk) -> None:
    plan = staff.plan(NEW[:4], ("wait.one", "wait.one@example.com", "Wait", "One"))
    job = staff.save(plan)
    assert staff.store.jobs.passwords_left(job.id) == 1
    erase_old_passwords(staff.store, timedelta(seconds=-1))
    assert staff.store.jobs.passwords_left(job.id) == 0


def test_the_background_erases_them_by_itself(staff: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    job, _ = staff.run(staff.plan(NEW[:4], ("tidy.one", "tidy.one@example.com", "Tidy", "One")))
    assert staff.store.jobs.passwords_left(job.id) == 1
    monkeypatch.setattr(erase_old_passwords, "__defaults__", (timedelta(seconds=-1),))
    work = work_for(staff.store)
    work.begin((ERASE_LEFTOVERS,))
    end = time.monotonic() + 60
    while staff.store.jobs.passwords_left(job.id) and time.monotonic() < end:
        time.sleep(0.05)
    work.close()
    assert staff.store.jobs.passwords_left(job.id) == 0


def test_an_auditor_takes_no_passwords(staff: Bulk, cast: dict[str, Operator]) -> None:
    job, _ = staff.run(staff.plan(NEW[:4], ("aud.one", "aud.one@example.com", "Aud", "One")))
    ada = cast["ada"]
    with pytest.raises(NotPermitted):
        take_passwords(staff.store, job.id, Actor(ada.id, ada.username, ada.role, Origin.BROWSER))
    assert passwords_waiting(staff.store, job.id) == 1


# What stands on a sheet.


@pytest.fixture
def known(staff: Bulk) -> PoolRecord:
    """The pool is set up in the console, with an application for billing and one for everybody."""
    store, target = staff.store, staff.target
    pool = store.pools.add(PoolRecord(target.connection_id, target.pool_id, "staff", target.region))
    for name, groups in (("Billing", ("billing",)), ("Home", ())):
        address = f"https://{name.lower()}.example.com"
        store.applications.add(Application(pool.id, name, "c" * 26, address, allowed_groups=groups))
    return pool


@pytest.mark.usefixtures("known")
def test_a_sheet_says_where_to_go_as_whom_until_when_and_spells_the_password(staff: Bulk) -> None:
    row = ("sheet.one", "sheet.one@example.com", 'Sheet "A" & Co', "One", "", "")
    job, _ = staff.run(staff.plan(NEW, row))
    handed = take_passwords(staff.store, job.id, staff.who())
    page = sheets(handed, "staff", ZoneInfo("Europe/Stockholm")).decode()
    assert "Sheet &#34;A&#34; &amp; Co" in page
    assert "https://home.example.com" in page
    assert "https://billing.example.com" not in page
    assert handed[0].password in page
    assert f"Spelled: {spelled(handed[0].password)}" in page
    days = staff.gateway.describe_pool().policy.temporary_days
    until = handed[0].until
    assert until is not None
    assert abs(until - datetime.now(UTC) - timedelta(days=days)) < timedelta(minutes=5)
    local = until.astimezone(ZoneInfo("Europe/Stockholm"))
    assert f"{local:%H:%M}" in page
    header, line = cells_of(passwords_csv(handed).data)
    assert dict(zip(header, line, strict=True)) | {"valid until": ""} == {
        "who": "sheet.one@example.com",
        "name": 'Sheet "A" & Co One',
        "username": "sheet.one",
        "sign in as": "sheet.one",
        "temporary_password": handed[0].password,
        "password spelled": spelled(handed[0].password),
        "valid until": "",
        "address to go to": "Home: https://home.example.com",
    }


@pytest.mark.usefixtures("known")
def test_only_applications_that_let_somebody_in_stand_on_their_sheet(staff: Bulk) -> None:
    job, _ = staff.run(staff.plan(NEW, ("sheet.two", "sheet.two@example.com", "S", "Two", "billing", "")))
    (person,) = take_passwords(staff.store, job.id, staff.who())
    assert [name for name, _ in person.addresses] == ["Billing", "Home"]


@pytest.mark.parametrize(
    ("settings", "username", "verified", "names"),
    [
        ({"UsernameAttributes": ["email"]}, "", "", ("way@example.com",)),
        ({}, "way", "true", ("way",)),
        ({"AliasAttributes": ["email"]}, "way", "true", ("way", "way@example.com")),
        ({"AliasAttributes": ["email"]}, "way", "false", ("way",)),
    ],
)
def test_the_sheet_names_what_works_in_that_kind_of_pool(
    settings: dict[str, list[str]],
    username: str,
    verified: str,
    names: tuple[str, ...],
    empty_pool: Callable[..., str],
    store: Store,
    cognito: Cognito,
    aws_environment: None,
) -> None:
    bulk = bulk_on(store, cognito, empty_pool(**settings))
    header = ("username", "email", "email_verified", "name")
    job, _ = bulk.run(bulk.plan(header, (username, "way@example.com", verified, "Way")))
    (person,) = take_passwords(store, job.id, bulk.who())
    assert person.names == names


def test_who_took_them_and_when_stands_in_the_log_alone(staff: Bulk) -> None:
    job, _ = staff.run(staff.plan(NEW, ("taken.one", "taken.one@example.com", "T", "One", "", "")))
    assert takings(staff.store, job.id) == []
    take_passwords(staff.store, job.id, staff.who())
    (taking,) = takings(staff.store, job.id)
    assert (taking.by, taking.people) == (staff.who().name, 1)


def test_new_ones_are_planned_for_whoever_still_waits_with_a_temporary_one(staff: Bulk) -> None:
    rows = [(f"lost.{n}", f"lost.{n}@example.com", "Lost", str(n), "", "") for n in ("one", "two", "three")]
    job, _ = staff.run(staff.plan(NEW, *rows))
    assert passwords_lost(staff.store, job.id) == 0
    first = {person.username: person.password for person in take_passwords(staff.store, job.id, staff.who())}
    assert [person.username for person in people_without(staff.store, job.id)] == [row[0] for row in rows]
    assert passwords_lost(staff.store, job.id) == 3
    staff.cognito.client().admin_set_user_password(
        UserPoolId=staff.target.pool_id, Username="lost.two", Password="Chosen-Own-1234", Permanent=True
    )
    plan = plan_new_passwords(staff.store, staff.gateway, job.id)
    assert [row.verdict for row in plan.rows] == [
        RowVerdict.CHANGE,
        RowVerdict.UNCHANGED,
        RowVerdict.CHANGE,
    ]
    assert plan.totals.change == 2
    again, _ = staff.run(plan)
    second = take_passwords(staff.store, again.id, staff.who())
    assert [(person.username, person.names) for person in second] == [
        ("lost.one", ("lost.one",)),
        ("lost.three", ("lost.three",)),
    ]
    assert all(person.password != first[person.username] for person in second)


def test_a_hand_over_of_an_earlier_release_still_names_somebody(staff: Bulk) -> None:
    plan = staff.plan(NEW, ("early.one", "early.one@example.com", "E", "One", "", ""))
    job, _ = staff.run(replace(plan, sign_in={}, temporary_days=0))
    (person,) = take_passwords(staff.store, job.id, staff.who())
    assert (person.names, person.until) == (("early.one",), None)
