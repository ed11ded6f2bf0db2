"""The first tab of the audits page: cards, what a rule found, the way to a plan, and the settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from demo.install import install_pools
from services.audits.audit import audit
from services.audits.history import forget_histories
from services.audits.rule import AuditContext
from services.audits.thresholds import Thresholds, read_thresholds
from services.directory.cache import forget_everything
from services.directory.pool import pool_of
from services.directory.snapshot import Completeness, Snapshot
from services.directory.snapshots import Snapshots, forget_opened
from services.gateways import gateway_for, target_of
from services.store.audit_days import AuditDay
from services.store.columns import new_id, utc_now
from services.store.jobs import JobState
from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.fixtures.console import OpenPage
from tests.fixtures.tables import open_row, table_with, tables
from tests.services.audits.pools import read_pool


@pytest.fixture
def staff(console_store: Store, cognito: Cognito) -> Iterator[Snapshot]:
    """The demo's staff, read a moment ago."""
    forget_everything()
    forget_opened()
    install_pools(console_store, cognito.url)
    gateway = gateway_for(console_store, target_of(console_store.pools.by_name("staff")), "test")
    read = read_pool(gateway)
    about = replace(
        read.about, id=new_id(), pool_key=gateway.pool_key, taken_at=utc_now(), finished_at=utc_now()
    )
    kept = replace(read, about=about)
    Snapshots(console_store).save(kept)
    yield kept
    forget_everything()
    forget_opened()


def texts(app: AppTest) -> str:
    shown = [*app.markdown, *app.info, *app.warning, *app.error, *app.success, *app.header, *app.text]
    return "\n".join(str(element.value).replace("\\", "").replace("\N{WORD JOINER}", "") for element in shown)


def cards(app: AppTest) -> list[str]:
    return [
        button.key.removeprefix("audits-open-")
        for button in app.button
        if str(button.key).startswith("audits-open-")
    ]


def test_cards_stand_by_severity_and_unanswered_rules_apart(open_as: OpenPage, staff: Snapshot) -> None:
    app = open_as("ada", "audits", pool="staff")
    assert not app.exception
    assert cards(app)[0] == "role_group"
    assert cards(app)[-1] == "dormant"
    said = texts(app)
    assert "These rules say neither that all is well" in said
    assert "No pairs of groups that nobody may hold together are set up for this pool." in said
    app.button(key="audits-open-same_email").click().run()
    table = tables(app)[0].value
    assert set(table["Who"]) >= {"k.sorensen@brightwater.example", "K.Sorensen@Brightwater.example"}
    app.button(key="audits-back").click().run()
    assert "role_group" in cards(app)


def test_a_fix_is_looked_through_where_it_was_asked_for_and_kept_for_later(
    open_as: OpenPage, staff: Snapshot, console_store: Store, cognito: Cognito
) -> None:
    before = cognito.members(cognito.staff, "billing")
    app = open_as("max", "audits", pool="staff", rule="disabled_member")
    assert "Nobody chosen" in texts(app)
    app.checkbox[0].check().run()
    app.button(key="audits-fix-remove_from_groups").click().run()
    assert "toby.ashworth@brightwater.example" in texts(app)
    app.text_input[-1].input("Quarterly audit")
    next(button for button in app.button if button.label == "Preview").click().run()
    assert not console_store.jobs.list()
    assert list(tables(app)[-1].value["What happens"]) == ["Changed"] * 4
    assert cognito.members(cognito.staff, "billing") == before
    app.checkbox[-1].check()
    next(
        button for button in app.button if button.label == "Take them out of these groups: 4 people"
    ).click().run()
    (job,) = console_store.jobs.list()
    assert job.state is JobState.PLANNED
    assert job.title.startswith("Disabled, but still in groups: take them out of these groups (")
    assert app.query_params["id"] == job.id
    assert "1 plan is kept and nothing is changed yet." in texts(app)
    assert cognito.members(cognito.staff, "billing") == before


def test_a_fix_that_hurts_asks_for_a_reason_and_one_with_groups_for_groups(
    open_as: OpenPage, staff: Snapshot, console_store: Store
) -> None:
    app = open_as("max", "audits", pool="staff", rule="in_no_group")
    app.checkbox[0].check().run()
    app.button(key="audits-fix-disable").click().run()
    next(button for button in app.button if button.label == "Preview").click().run()
    assert "Give a reason." in texts(app)
    next(button for button in app.button if button.label == "Cancel").click().run()
    app.button(key="audits-fix-add_to_groups").click().run()
    next(button for button in app.button if button.label == "Preview").click().run()
    assert "Choose at least one group." in texts(app)
    assert not console_store.jobs.list()


def test_who_may_not_plan_sees_why(open_as: OpenPage, staff: Snapshot) -> None:
    app = open_as("sam", "audits", pool="staff", rule="disabled_member")
    app.checkbox[0].check().run()
    button = app.button(key="audits-fix-remove_from_groups")
    assert button.disabled
    assert button.help == "Your role is support; this needs manager or above."


def test_a_manager_changes_a_threshold_and_the_findings_follow(
    open_as: OpenPage, staff: Snapshot, console_store: Store
) -> None:
    app = open_as("max", "audits", pool="staff")
    assert "unconfirmed" not in cards(app)
    app.button(key="audits-settings").click().run()
    box = next(field for field in app.number_input if field.label.startswith("Registration not confirmed"))
    box.set_value(1)
    next(button for button in app.button if button.label == "Keep these settings").click().run()
    assert not app.exception
    assert read_thresholds(console_store, staff.about.pool_key) == Thresholds(unconfirmed_days=1)
    assert "The audit rules of staff are changed." in texts(app)
    assert "unconfirmed" in cards(app)
    (line,) = console_store.activity.search(action="change_audit_rules")
    assert line.operator_name.casefold() == "max"


def test_an_auditor_sees_the_settings_and_can_t_change_them(open_as: OpenPage, staff: Snapshot) -> None:
    app = open_as("ada", "audits", pool="staff")
    app.button(key="audits-settings").click().run()
    assert app.number_input[0].value == 2
    assert all(field.disabled for field in app.number_input)
    assert next(button for button in app.button if button.label == "Keep these settings").disabled


def test_what_wasn_t_read_is_said_on_the_page_and_passes_nothing(
    open_as: OpenPage, staff: Snapshot, console_store: Store
) -> None:
    gap = Completeness(
        missing=("The members of billing could not be read.",), unread_groups=frozenset({"billing"})
    )
    about = replace(staff.about, id="incomplete", completeness=gap)
    Snapshots(console_store).save(replace(staff, about=about))
    app = open_as("ada", "audits", pool="staff")
    assert "NOT complete. The members of billing could not be read." in texts(app)
    assert "in_no_group" not in cards(app)
    assert "Not all members could be read of billing." in texts(app)
    app = open_as("ada", "audits", pool="staff", rule="disabled_member")
    assert "There may be more. Not all members could be read of billing." in texts(app)
    app = open_as("ada", "overview", pool="staff")
    assert "could not be evaluated. NOT complete. The members of billing could not be read." in texts(app)


def test_sign_ins_that_the_pool_doesn_t_record_are_said_not_to_be_there(
    open_as: OpenPage, staff: Snapshot
) -> None:
    app = open_as("ada", "audits", pool="staff", rule="dormant")
    assert "Cognito lists no last sign-in; the changed date is shown." in texts(app)
    assert app.button(key="audits-sign-ins").disabled


def test_the_overview_shows_the_gravest_findings_and_how_old_they_are(
    open_as: OpenPage, staff: Snapshot
) -> None:
    app = open_as("ada", "overview", pool="staff")
    assert not app.exception
    table = table_with(app, "Severity")
    assert list(table["Severity"][:2]) == ["High", "Medium"]
    assert table["What"][0] == "Group with an AWS role"
    assert "Invitation about to expire" in set(table["What"])
    assert "From the directory as it was read just now." in texts(app)


def test_the_overview_counts_as_the_audit_does_or_says_why_not(open_as: OpenPage, staff: Snapshot) -> None:
    made = audit(pool_of(staff), AuditContext(now=utc_now()))
    counts = {result.rule.id: result.count for result in made.results}
    overview = open_as("ada", "overview", pool="staff")
    shown = {metric.label: int(metric.value) for metric in overview.metric}
    assert shown["Invitations expired"] == counts["invitation_expired"]
    apart = counts["in_no_group"] - shown["In no group"]
    assert apart > 0
    start = f"{apart} more {'is' if apart == 1 else 'are'} only in groups that Cognito fills by itself"
    assert start in texts(overview)


def opened(app: AppTest, sub: str) -> None:
    """Click on the first name: that person's page comes."""
    open_row(app, tables(app)[-1], 0)
    app.run()
    assert app.query_params["id"] == sub


def test_a_row_of_the_matrix_and_of_access_opens_the_person(open_as: OpenPage, staff: Snapshot) -> None:
    app = open_as("ada", "audits", pool="staff", tab="Matrix")
    assert not app.exception
    (table,) = [table.value for table in tables(app)]
    by_label = dict(zip(staff.users["email"].to_pylist(), staff.users["sub"].to_pylist(), strict=True))
    opened(app, by_label[table["Person"].iloc[0]])
    app = open_as("ada", "audits", pool="staff", tab="Access by application")
    (table,) = [table.value for table in tables(app)[-1:]]
    opened(app, by_label[table["Person"].iloc[0]])


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    return app.run()


def test_groups_that_were_found_are_accepted_until_a_day_and_taken_back(
    open_as: OpenPage, staff: Snapshot, console_store: Store
) -> None:
    app = open_as("max", "audits", pool="staff", rule="role_group")
    assert not app.exception
    chooser = next(box for box in app.multiselect if box.label.startswith("Findings to accept"))
    first = chooser.options[0]
    chooser.set_value([f"groups {first}"])
    press(app.run(), "Accept…")
    assert first in [text.value for text in app.text]  # the dialog says which
    press(app, "Accept")
    assert "needs a reason" in texts(app)
    next(area for area in app.text_area if area.label == "Reason *").set_value("Agreed with security")
    press(app, "Accept")
    app.run()
    assert not app.exception
    assert "Agreed with security" in str([table.value for table in tables(app)])
    pool = console_store.pools.by_name("staff")
    (note,) = console_store.finding_notes.of_pool(pool.id)
    assert note.subject == f"groups {first}"
    board = open_as("ada", "audits", pool="staff")
    assert any(re.fullmatch(r"\d+ accepted", button.label) for button in board.button)


def test_an_auditor_may_remark_and_not_accept(open_as: OpenPage, staff: Snapshot) -> None:
    app = open_as("ada", "audits", pool="staff", rule="role_group")
    chooser = next(box for box in app.multiselect if box.label.startswith("Findings to accept"))
    chooser.set_value([f"groups {chooser.options[0]}"])
    app.run()
    buttons = {button.label: button.disabled for button in app.button}
    assert (buttons["Accept…"], buttons["Assign…"], buttons["Remark…"]) == (True, True, False)


def test_what_is_new_since_an_earlier_day_is_counted_and_shown_alone(
    open_as: OpenPage, staff: Snapshot, console_store: Store
) -> None:
    pool, earlier = console_store.pools.by_name("staff"), utc_now() - timedelta(days=7)
    app = open_as("ada", "audits", pool="staff", rule="disabled_member")
    assert not [toggle for toggle in app.toggle if toggle.key.startswith("audits-new-")]
    everybody = tables(app)[0].value
    (today,) = console_store.audit_days.of_pool(pool.id)
    assert today.counts["high"] > 0

    _, found = console_store.audit_days.last_before(pool.id, today.day + timedelta(days=1)) or (None, {})
    known = {rule: prints[2:] for rule, prints in found.items()}  # two of each rule were not found then
    console_store.audit_days.keep(pool.id, AuditDay(earlier.date(), earlier, {"high": 1}), known)
    forget_histories()
    app = open_as("ada", "audits", pool="staff", rule="disabled_member")
    toggle = app.toggle(key="audits-new-disabled_member")
    assert toggle.label.startswith("Only 2 new since ")
    toggle.set_value(True).run()
    assert not app.exception
    new = set(tables(app)[0].value["Who"])
    assert len(new) == 2
    assert new < set(everybody["Who"])

    app = open_as("ada", "audits", pool="staff")
    assert "2 new since " in texts(app)
    (chart,) = app.get("vega_lite_chart")
    assert "1 high" in chart.proto.spec


def test_the_overview_says_what_is_new_with_the_trend(
    open_as: OpenPage, staff: Snapshot, console_store: Store
) -> None:
    pool, earlier = console_store.pools.by_name("staff"), utc_now() - timedelta(days=7)
    console_store.audit_days.keep(pool.id, AuditDay(earlier.date(), earlier, {"high": 1}), {"same_email": []})
    forget_histories()
    app = open_as("ada", "overview", pool="staff")
    assert not app.exception
    assert "new since " in texts(app)
    assert any("Findings by severity" in chart.proto.spec for chart in app.get("vega_lite_chart"))
