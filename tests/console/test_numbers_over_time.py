"""Numbers about what changed, what waits and what is taken away, counted once more from what boto3 answers.

What stands on the pages of a pool as it is now is counted in `test_every_number.py`.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
import streamlit as st

from console import context
from services.access.sessions import terminal_actor
from services.audits.report import STATE_WORDS
from services.audits.rule import RuleState
from services.audits.rules import RULES
from services.bulk import control, drafts
from services.cognito.actions import AddToGroup, DisableUser
from services.cognito.models import PersonRef
from services.directory.cache import forget_everything
from services.directory.snapshot_task import SnapshotTask
from services.pool_session import open_pool_session
from services.store.operators import Operator
from services.store.store import Store
from services.words import counted
from tests.console.raw_pool import RawPool, applications, attributes, raw_pool
from tests.console.test_every_number import POOL, plain, raw, shown, staff, table
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito
from tests.fixtures.console import OpenPage
from tests.fixtures.tables import table_with
from tests.services.audits.reviews.reviewed import acting
from tests.services.bulk.conftest import bulk_on

__all__ = ["raw", "staff"]

Files = dict[str, Callable[[], bytes]]
"""What the download buttons of a page would send, by their labels."""


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> Files:
    """The files behind the download buttons of the pages opened from here on."""
    found: Files = {}
    monkeypatch.setattr(context, "require_asked_by", lambda _: None)
    monkeypatch.setattr(
        st, "download_button", lambda label, build, *_, **__: found.__setitem__(plain(label), build)
    )
    return found


def rows_of(file: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"), newline="")))


def test_the_file_of_findings_holds_as_many_as_the_page_says(
    open_as: OpenPage, raw: RawPool, files: Files
) -> None:
    open_as("ada", "audits", pool=POOL, tab="Findings")
    found = STATE_WORDS[RuleState.FOUND]
    lines = Counter(row["rule"] for row in rows_of(files["CSV"]()) if row["state"] == found)
    findings = raw.findings()
    assert lines == {rule.id: len(findings[rule.id]) for rule in RULES if findings[rule.id]}


def test_the_file_of_access_holds_as_many_as_the_page_says(
    open_as: OpenPage, raw: RawPool, files: Files
) -> None:
    page = open_as("ada", "audits", pool=POOL, tab="Access by application")
    lines = Counter(row["Application"] for row in rows_of(files["CSV"]()))
    assert lines == {name: raw.access(name).total() for name in applications()}
    assert lines[next(iter(applications()))] == len(table(page, 1))


def test_two_dates(open_as: OpenPage, staff: Store, raw: RawPool, cognito: Cognito) -> None:
    client, pool_id = cognito.client(), cognito.staff
    free = (p["Username"] for p in raw.people if p["Enabled"] and not raw.held[p["Username"]])
    gone, off, joins, *_ = free
    client.admin_delete_user(UserPoolId=pool_id, Username=gone)
    client.admin_disable_user(UserPoolId=pool_id, Username=off)
    client.admin_add_user_to_group(UserPoolId=pool_id, Username=joins, GroupName="billing")
    client.admin_create_user(UserPoolId=pool_id, Username="brand.new", MessageAction="SUPPRESS")
    read_again(staff)
    now = raw_pool(cognito, pool_id)

    before, after = ({p["Username"]: p for p in read.people} for read in (raw, now))
    stayed = before.keys() & after.keys()
    expected = {
        "joined": len(after.keys() - before.keys()),
        "left": len(before.keys() - after.keys()),
        "group gained": sum(len(now.held[name] - raw.held[name]) for name in stayed),
        "enabled or disabled": sum(before[name]["Enabled"] is not after[name]["Enabled"] for name in stayed),
    }
    page = open_as("ada", "audits", pool=POOL, tab="Compare")
    assert not page.exception
    kinds = {kind: number for text in shown(page) for kind, number in counts_in(text, expected)}
    assert kinds == expected == dict.fromkeys(expected, 1)
    assert shown(page)[f"{sum(expected.values())} lines shown"] == 1


def counts_in(text: str, kinds: dict[str, int]) -> list[tuple[str, int]]:
    """What a button of a kind of difference says: "joined 1"."""
    kind, _, number = text.rpartition(" ")
    return [(kind, int(number))] if kind in kinds and number.isdigit() else []


def read_again(store: Store) -> None:
    forget_everything()
    session = open_pool_session(store, store.pools.by_name(POOL), terminal_actor())
    SnapshotTask(store, session.gateway, terminal_actor(), POOL, 1.0).run(terminal_actor())


def test_the_timeline_of_a_person(
    open_as: OpenPage, staff: Store, raw: RawPool, cast: dict[str, Operator]
) -> None:
    person = next(p for p in raw.people if p["Enabled"] and not raw.held[p["Username"]])
    sub = attributes(person)["sub"]
    about = PersonRef(username=person["Username"], sub=sub, label=person["Username"])
    session = open_pool_session(staff, staff.pools.by_name(POOL), acting(cast["max"]))
    made = [AddToGroup(about, "billing"), AddToGroup(about, "auditors"), DisableUser(about)]
    for change in made:
        session.changes.perform(change, reason="counted")
    page = open_as("ada", "user", pool=POOL, id=sub, tab="Timeline")
    listed = table_with(page, "Who, from where")
    assert len(listed) == len(made)


def test_what_waits_on_onboarding(
    open_as: OpenPage,
    staff: Store,
    cognito: Cognito,
    cast: dict[str, Operator],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    before = raw_pool(cognito, cognito.staff)
    names = [f"starter.{number}" for number in range(3)]
    bulk = bulk_on(staff, cognito, cognito.staff)
    header = ("username", "email", "given_name", "family_name", "temporary_password")
    made = bulk.plan(
        header, *((name, f"{name}@brightwater.example", "New", name.title(), "") for name in names)
    )
    bulk.run(replace(made, pool=POOL))
    unstarted = bulk.plan(("username", "nickname"), *((name, "Counted") for name in names))
    control.start(staff, bulk.save(replace(unstarted, pool=POOL)).id, bulk.who())
    who = acting(cast["max"])
    file = b"username,email\none,one@brightwater.example\ntwo,two@brightwater.example\n"
    draft = drafts.begin(staff, staff.pools.by_name(POOL), who, "starters.csv", file)
    assert not open_as("max", "onboarding", pool=POOL, draft=draft.id).exception  # which reads it

    page = shown(open_as("max", "onboarding", pool=POOL))
    invited = raw_pool(cognito, cognito.staff).states()["Invited"] - before.states()["Invited"]
    assert invited == len(names)
    said = " ".join(page)
    assert f"{counted(invited, 'temporary password')} to hand over" in said
    assert f"starters.csv: {counted(file.count(10) - 1, 'row')}. Left" in said
    assert f"0 of {counted(len(names), 'row')}" in said
    overview = shown(open_as("max", "overview", pool=POOL))
    assert overview["Waiting for you: 2"] == 1  # the passwords and the draft; the job waits for nobody


def test_the_check_up_counts_what_it_lists(open_as: OpenPage, staff: Store) -> None:
    page = open_as("sam", "login_test", pool=POOL, tab="Pool check-up")
    page.button(key="checkup-now").click().run()
    assert not page.exception
    (said,) = [text for text in shown(page) if "to mend" in text]
    mend, kinds, good, unknown = NUMBERS_OF_CHECK_UP.search(said).groups()
    told = [plain(str(part.value)) for part in page.markdown]
    assert int(mend) == sum(text.startswith("Why: ") for text in told)
    assert int(mend) == sum(int(number) for number in re.findall(r"(\d+) \w", kinds))
    titles = {part.label for part in page.expander}
    assert f"As it should be ({good})" in titles
    assert (f"Couldn’t be checked ({unknown})" in titles) is (unknown != "0")


NUMBERS_OF_CHECK_UP = re.compile(
    r"(\d+) to mend \(([^)]*)\) · (\d+) as they should be · (\d+) couldn’t be checked"
)
